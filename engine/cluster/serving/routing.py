"""Asking replicas: the one with least to do, another where it takes too long, and none beyond a deadline.

This is why replicas are called directly and not through Ray Serve's handles: those choose one replica and wait for it,
so that a lost connection costs as long as the network takes to notice; a second call beside the first costs `hedge`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, Protocol

from engine.cluster.serving.load import Chosen, Load, Patience
from engine.cluster.session import FAILED, NOT_LOADED, TOO_SLOW, UNREACHABLE, Question, ShardFailed
from engine.errors import GenerationExpired, NotInCluster, Overloaded, UsageError, WinnowError

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
    """One shard's question on its way: `hedge_at` is when another replica is asked too, `reasons` are why replicas gave
    no answer, and `code` is the last of them in a word.
    """

    question: Question
    hedge_at: float = 0.0
    tried: list[Replica] = field(default_factory=list)
    pending: dict[Future[Reply], Replica] = field(default_factory=dict)
    reply: Reply | None = None
    reasons: list[str] = field(default_factory=list)
    code: str = FAILED


class _Round:
    """Wakes whoever waits for the answers of several shards: when all have come, or a call has failed. To be woken by
    each of them would cost a search more than it costs to send them.
    """

    def __init__(self, shards: Iterable[int]) -> None:
        self._missing, self._lock, self._woken = set(shards), threading.Lock(), threading.Event()

    def note(self, shard: int, *, answered: bool) -> None:
        with self._lock:
            if answered:
                self._missing.discard(shard)
            if not answered or not self._missing:
                self._woken.set()

    def wait(self, seconds: float) -> None:
        self._woken.wait(max(seconds, 0.0))
        self._woken.clear()


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
        until, round_ = time.monotonic() + self._patience.deadline, _Round(asked)
        for shard, one in asked.items():
            self._send(shard, one, round_)
        while waiting := {shard: one for shard, one in asked.items() if one.reply is None}:
            self._wait(waiting, until, round_)
        return {shard: _answer(one.reply) for shard, one in asked.items()}

    def close(self) -> None:
        """The replicas are others' to end."""

    def _wait(self, waiting: Mapping[int, _Asked], until: float, round_: _Round) -> None:
        """Wait until all answers have come, one has failed, or another replica is to be asked."""
        for shard, one in waiting.items():
            if not one.pending or time.monotonic() >= until:
                raise self._failure(shard, one)
        following = min([until, *(one.hedge_at for one in waiting.values())])
        round_.wait(following - time.monotonic())
        for shard, one in waiting.items():
            for future in [future for future in one.pending if future.done()]:
                self._take(one, future)
            if one.reply is None and (not one.pending or self._hedges(one)):
                self._send(shard, one, round_)

    def _failure(self, shard: int, one: _Asked) -> ShardFailed:
        """Say in the log, and to whoever asked, why a shard gives no answer."""
        slow = [f"{replica.name}: it took too long" for replica in one.pending.values()]
        failure = ShardFailed(
            shard, "; ".join((*one.reasons, *slow)) or "it has no replica", TOO_SLOW if slow else one.code
        )
        log.warning("%s (%s of %s)", failure, one.question[0], self._publication)
        return failure

    def _hedges(self, one: _Asked) -> bool:
        """Whether another replica is asked too, now that one has taken long; it is asked again later where not."""
        if time.monotonic() < one.hedge_at:
            return False
        one.hedge_at = time.monotonic() + self._patience.hedge
        return self._load.may_hedge(one.pending.values(), self._patience)

    def _send(self, shard: int, one: _Asked, round_: _Round) -> None:
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
            future.add_done_callback(partial(self._ended, chosen, shard, round_))
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

    def _ended(self, chosen: Chosen[Replica], shard: int, round_: _Round, future: Future[Reply]) -> None:
        answered = future.exception() is None and future.result().error is None
        self._load.done(chosen, answered=answered)
        round_.note(shard, answered=answered)

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
        one.reasons.append(f"{replica.name}: {said or type(error).__name__:.300}")
        one.code = _code(error)
        if self._load.fail(replica):
            log.warning("A replica failed: %s", one.reasons[-1])


def _code(error: Exception) -> str:
    if isinstance(error, GenerationExpired):
        return NOT_LOADED
    if isinstance(error, WinnowError):
        return error.code
    return UNREACHABLE if isinstance(error, OSError) else FAILED


def _answer(reply: Reply | None) -> Any:
    assert reply is not None  # noqa: S101 - the loop above ends when all have one
    if reply.error is not None:
        raise reply.error
    return reply.answer
