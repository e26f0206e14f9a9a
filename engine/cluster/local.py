"""All shards in this process: what a cluster does without the machines, for tests and for a look at a publication."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.cluster.session import Question
from engine.cluster.shard import Shard


class LocalShards:
    """Implements engine.cluster.session.Shards."""

    def __init__(self, shards: Sequence[Shard]) -> None:
        self._shards = shards

    @property
    def count(self) -> int:
        return len(self._shards)

    def ask(self, questions: Mapping[int, Question]) -> dict[int, Any]:
        return {
            shard: self._shards[shard].answer(operation, *arguments)
            for shard, (operation, arguments) in questions.items()
        }

    def close(self) -> None:
        """The generations hold no lock."""
