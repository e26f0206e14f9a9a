"""Asking replicas: the one with least to do, another where it takes too long, and none beyond a deadline.

This is why replicas are called directly and not through Ray Serve's handles: those choose one replica and wait for it,
so that a lost connection costs as long as the network takes to notice; a second call beside the first costs `hedge`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, Protocol

from engine.cluster.serving.load import Chosen, Load, Patience
from engine.cluster.session import Question, ShardFailed
from engine.errors import NotInCluster, Overloaded, UsageError, WinnowError

log = logging.getLogger(__name__)

_THEIRS = (UsageError, NotInCluster)  # the request is wrong: another replica would say the same


class Reply(NamedTuple):
    """Reply of a replica: an answer, or an error of ours."""

    answer: Any
    error: WinnowError | None = None


class Replica(Protocol):
    """A process that has all segments of one shard. Safe under threads."""

    @property
    def name(self) -> str: ...

    def call(self, publication: str, operation: str, arguments: tuple[Any, ...]) -> Future[Reply]:
        """Ask it something about a publication; what the future raises says that the replica has failed."""
        ...


@dataclass(slots=True)
class _Asked:
    """One shard's question on its way: `hedge_at` is when another replica is asked too."""

    question: Question
    hedge_at: float = 0.0
    tried: list[Replica] = field(default_factory=list)
    pending: dict[Future[Reply], Replica] = field(default_factory=dict)
    reply: Reply | None = None
    reason: str = "it has no replica"


class Router:
    """Implements engine.cluster.session.Shards over replicas, each shard's in a list of its own."""

    def __init__(self, publication: str, replicas: Sequence[Sequence[Replica]], patience: Patience, load: Load) -> None:
        self._publication, self._replicas = publication, replicas
        self._patience, self._load = patience, load

    @property
    def count(self) -> int:
        return len(self._replicas)

    def ask(self, questions: Mapping[int, Question]) -> dict[int, Any]:
        """The answers; ShardFailed, Overloaded, and what is wrong with the request."""
        asked = {shard: _Asked(question) for shard, question in questions.items()}
        until = time.monotonic() + self._patience.deadline
        for shard, one in asked.items():
            self._send(shard, one)
        while waiting := {shard: one for shard, one in asked.items() if one.reply is None}:
            self._wait(waiting, until)
        return {shard: _answer(one.reply) for shard, one in asked.items()}

    def close(self) -> None:
        """The replicas are others' to end."""

    def _wait(self, waiting: Mapping[int, _Asked], until: float) -> None:
        """Wait until something comes, or another replica is to be asked."""
        for shard, one in waiting.items():
            if not one.pending or time.monotonic() >= until:
                raise ShardFailed(shard, one.reason if not one.pending else "its replicas took too long")
        following = min([until, *(one.hedge_at for one in waiting.values())])
        futures = [future for one in waiting.values() for future in one.pending]
        wait(futures, max(following - time.monotonic(), 0.0), FIRST_COMPLETED)
        for shard, one in waiting.items():
            for future in [future for future in one.pending if future.done()]:
                self._take(one, future)
            if one.reply is None and (not one.pending or self._hedges(one)):
                self._send(shard, one)

    def _hedges(self, one: _Asked) -> bool:
        """Whether another replica is asked too, now that one has taken long; it is asked again later where not."""
        if time.monotonic() < one.hedge_at:
            return False
        one.hedge_at = time.monotonic() + self._patience.hedge
        return self._load.may_hedge(one.pending.values(), self._patience)

    def _send(self, shard: int, one: _Asked) -> None:
        """Ask one more replica, if there is one."""
        while (chosen := self._choose(shard, one)) is not None:
            replica = chosen.replica
            one.hedge_at = time.monotonic() + self._patience.hedge
            one.tried.append(replica)
            try:
                future = replica.call(self._publication, *one.question)
            except Exception as error:  # whatever a transport raises, the replica did not get it
                self._load.done(chosen, answered=False)
                self._note(one, replica, error)
                continue
            one.pending[future] = replica
            future.add_done_callback(partial(self._ended, chosen))
            return
        one.hedge_at = float("inf")

    def _choose(self, shard: int, one: _Asked) -> Chosen[Replica] | None:
        """Overloaded where nobody is asked yet and all have too much to do."""
        try:
            return self._load.choose(self._replicas[shard], one.tried, self._patience)
        except Overloaded:
            if not one.pending:
                raise
            return None

    def _ended(self, chosen: Chosen[Replica], future: Future[Reply]) -> None:
        self._load.done(chosen, answered=future.exception() is None and future.result().error is None)

    def _take(self, one: _Asked, future: Future[Reply]) -> None:
        replica = one.pending.pop(future)
        try:
            reply = future.result()
        except Exception as error:
            self._note(one, replica, error)
            return
        if reply.error is None or isinstance(reply.error, _THEIRS):
            one.reply = reply
        else:
            self._note(one, replica, reply.error)

    def _note(self, one: _Asked, replica: Replica, error: Exception) -> None:
        said = str(error).strip().rpartition("\n")[2]  # of a traceback from there the last line, which says why
        one.reason = f"{replica.name}: {said or type(error).__name__:.300}"
        if self._load.fail(replica):
            log.warning("A replica failed: %s", one.reason)


def _answer(reply: Reply | None) -> Any:
    assert reply is not None  # noqa: S101 - the loop above ends when all have one
    if reply.error is not None:
        raise reply.error
    return reply.answer
