"""One search's way to the shards: who is asked what, and where rows lie. A shard that fails fails the session."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from engine.cluster.published.publication import Publication
from engine.errors import Incomplete
from engine.types import RowId

Question = tuple[str, tuple[Any, ...]]  # an operation (engine/cluster/shard.py) and its arguments
SEVERAL = "several"  # the operation whose arguments are questions, for one call costs about a millisecond
TOO_SLOW, UNREACHABLE, NOT_LOADED, FAILED = "too_slow", "unreachable", "not_loaded", "failed"
Answer = tuple[list[RowId], list[RowId], Any]  # rows as they are numbered in the whole and in a shard, and what it said


@dataclass(frozen=True, slots=True)
class About:
    """A question about rows: the operation's arguments stand `before` and `after` them."""

    rows: Iterable[RowId]
    operation: str
    before: Sequence[Any] = ()
    after: Sequence[Any] = ()

    def question(self, rows: Sequence[RowId]) -> Question:
        """The same about a shard's own rows."""
        return self.operation, (*self.before, rows, *self.after)


class ShardFailed(Exception):
    """No replica of a shard gave an answer in time. `code` says why in a word: TOO_SLOW, UNREACHABLE, NOT_LOADED,
    FAILED, or the code of an error of ours; the message says it of each replica.
    """

    def __init__(self, shard: int, reason: str, code: str = FAILED) -> None:
        super().__init__(f"Shard {shard} gave no answer: {reason}")
        self.shard, self.code = shard, code


class Shards(Protocol):
    """All shards of one publication. Safe under threads."""

    @property
    def count(self) -> int: ...

    def ask(self, questions: Mapping[int, Question]) -> dict[int, Any]:
        """The answers of shards, all asked at once. ShardFailed; and what the query path raises."""
        ...

    def close(self) -> None:
        """Nobody will ask again."""
        ...


class Places:
    """Where the rows of a generation lie: a segment's position in the whole, or a shard and the position there."""

    def __init__(self, publication: Publication) -> None:
        position = {entry.id: place for place, entry in enumerate(publication.manifest.segments)}
        self._whole = [[position[segment] for segment in part] for part in publication.shards]
        self._parts = {place: (shard, at) for shard, part in enumerate(self._whole) for at, place in enumerate(part)}

    def part(self, row: RowId) -> tuple[int, RowId]:
        """The shard of a row, and the row there."""
        shard, place = self._parts[row.segment]
        return shard, RowId(place, row.row)

    def shard(self, segment: int) -> tuple[int, int]:
        """The shard of a segment, and its position there."""
        return self._parts[segment]

    def whole(self, shard: int, row: RowId) -> RowId:
        return RowId(self._whole[shard][row.segment], row.row)

    def positions(self, shard: int) -> list[int]:
        """The positions in the whole generation of a shard's segments."""
        return self._whole[shard]


class Session:
    """The shards as one search sees them: all but those that have `failed` it."""

    def __init__(self, shards: Shards, places: Places, failed: frozenset[int] = frozenset()) -> None:
        self._shards = shards
        self.places = places
        self.failed = failed

    @property
    def answering(self) -> list[int]:
        return [shard for shard in range(self._shards.count) if shard not in self.failed]

    def ask(self, questions: Mapping[int, Question]) -> dict[int, Any]:
        """The answers of some shards, in their order. ShardFailed."""
        answers = self._shards.ask(questions) if questions else {}
        return {shard: answers[shard] for shard in sorted(answers)}

    def each(self, operation: str, *arguments: Any) -> dict[int, Any]:
        """The answers of all shards. ShardFailed."""
        return self.ask(dict.fromkeys(self.answering, (operation, arguments)))

    def of(self, shard: int, operation: str, *arguments: Any) -> Any:
        """The answer of one shard. ShardFailed."""
        return self.ask({shard: (operation, arguments)})[shard]

    def at(self, rows: Iterable[RowId], operation: str, *before: Any, after: Sequence[Any] = ()) -> list[Answer]:
        """Ask shards about rows: for each that has any of them the rows, as they are numbered here and there, and the
        answer to `operation(*before, rows, *after)`. ShardFailed.
        """
        [answers] = self.at_once([About(rows, operation, before, after)])
        return answers

    def at_once(self, wanted: Sequence[About]) -> list[list[Answer]]:
        """The answers to several questions about rows, by one call to each shard. ShardFailed."""
        asked: dict[int, list[tuple[int, list[RowId], list[RowId]]]] = defaultdict(list)
        for number, about in enumerate(wanted):
            for shard, (here, there) in self._parts(about.rows).items():
                asked[shard].append((number, here, there))
        questions = {
            shard: [wanted[number].question(there) for number, _, there in parts] for shard, parts in asked.items()
        }
        found: list[list[Answer]] = [[] for _ in wanted]
        for shard, answers in self.several(questions).items():
            for (number, here, there), answer in zip(asked[shard], answers, strict=True):
                found[number].append((here, there, answer))
        return found

    def several(self, questions: Mapping[int, Sequence[Question]]) -> dict[int, list[Any]]:
        """The answers to several questions of each shard. ShardFailed."""
        return self.ask({shard: (SEVERAL, tuple(asked)) for shard, asked in questions.items()})

    def complete(self) -> Session:
        """The same for requests that are not made again without a shard: Incomplete where one gives no answer."""
        return Session(_Complete(self._shards), self.places, self.failed)

    def _parts(self, rows: Iterable[RowId]) -> dict[int, tuple[list[RowId], list[RowId]]]:
        """Rows by shard, as they are numbered here and there."""
        parts: dict[int, tuple[list[RowId], list[RowId]]] = {}
        for row in rows:
            shard, own = self.places.part(row)
            here, there = parts.setdefault(shard, ([], []))
            here.append(row)
            there.append(own)
        return parts


class _Complete:
    """Shards that all answer, or none."""

    def __init__(self, shards: Shards) -> None:
        self._shards = shards

    @property
    def count(self) -> int:
        return self._shards.count

    def ask(self, questions: Mapping[int, Question]) -> dict[int, Any]:
        try:
            return self._shards.ask(questions)
        except ShardFailed as error:
            raise incomplete(error) from error

    def close(self) -> None:
        self._shards.close()


def incomplete(error: ShardFailed) -> Incomplete:
    return Incomplete(f"The answer would not be complete. {error}")
