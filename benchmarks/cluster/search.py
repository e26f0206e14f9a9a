"""One simulated search: its rounds over all shards, with hedged calls and deadlines as the front makes them.

Who is asked is decided by the front's own rules (`engine.cluster.routing.Load`); what is simulated is time.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from benchmarks.cluster.clock import Action, Clock
from benchmarks.cluster.stations import SimulatedReplica, Station, Times
from engine.cluster.serving.load import Chosen, Load, Patience
from engine.errors import Overloaded


@dataclass(frozen=True, slots=True)
class Work:
    """Work of a search: a round over all shards for each of `rounds`, then the front's share, in `front`."""

    rounds: Sequence[Times]
    front: Times


@dataclass(slots=True)
class Cluster:
    """The replicas of each shard, the front, and how many calls it made, how many of them beside another."""

    clock: Clock
    shards: Sequence[Sequence[SimulatedReplica]]
    front: Station
    patience: Patience
    luck: random.Random
    load: Load = field(init=False)
    calls: int = 0
    hedged: int = 0

    def __post_init__(self) -> None:
        self.load = Load(lambda: self.clock.now)


Outcome = tuple[float | None, int]  # seconds, or None where it was refused; how many shards failed


class Search:
    """A search, from its arrival to its answer."""

    def __init__(self, cluster: Cluster, work: Work, done: Callable[[float | None, int], object]) -> None:
        self._cluster, self._work, self._done = cluster, work, done
        self._began = cluster.clock.now
        self._failed: set[int] = set()

    def begin(self) -> None:
        self._ask(0)

    def _ask(self, number: int) -> None:
        left = [shard for shard in range(len(self._cluster.shards)) if shard not in self._failed]
        if not left or number == len(self._work.rounds):
            self._cluster.front.work(self._work.front.draw(self._cluster.luck), self._answer)
            return
        ends = _Ends(lambda: self._ask(number + 1), self._without, self._refuse)
        _Round(self._cluster, self._work.rounds[number], ends).begin(left)

    def _without(self, shard: int) -> None:
        """Begin again without a shard, as the front does where no replica of it answers."""
        self._failed.add(shard)
        self._ask(0)

    def _refuse(self) -> None:
        self._done(None, 0)

    def _answer(self) -> None:
        self._done(self._cluster.clock.now - self._began, len(self._failed))


class _Ends(NamedTuple):
    """Ends of a round: all shards have answered, the first one will not, or one has too much to do."""

    complete: Action
    lost: Callable[[int], None]
    refused: Action


class _Round:
    """One question to each of some shards, all at once. Answers that come after its end are not heard."""

    def __init__(self, cluster: Cluster, times: Times, ends: _Ends) -> None:
        self._over = False
        self._cluster, self._times, self._ends = cluster, times, ends
        self._waiting: dict[int, _Asked] = {}

    def begin(self, shards: Sequence[int]) -> None:
        """Ask all of them."""
        self._waiting = {shard: _Asked() for shard in shards}
        self._cluster.clock.after(self._cluster.patience.deadline, self._late)
        for shard in shards:
            if not self._over:
                self._send(shard)

    def _send(self, shard: int) -> None:
        """Ask one more replica of a shard, if there is one."""
        asked, cluster = self._waiting[shard], self._cluster
        try:
            chosen = cluster.load.choose(cluster.shards[shard], asked.tried, cluster.patience)
        except Overloaded:
            if not asked.pending:
                self._end(self._ends.refused)
            return
        if chosen is None:
            if not asked.pending:
                self._end(partial(self._ends.lost, shard))
            return
        cluster.calls += 1
        cluster.hedged += bool(asked.pending)
        asked.tried.append(chosen.replica)
        asked.pending += 1
        self._plan_hedge(shard, len(asked.tried))
        seconds = self._times.draw(cluster.luck)
        chosen.replica.call(seconds, lambda: self._take(shard, chosen), lambda: self._fail(shard, chosen))

    def _plan_hedge(self, shard: int, tried: int) -> None:
        """Ask another replica too where no answer comes; again later where that is not allowed now."""

        def hedge() -> None:
            if self._over or shard not in self._waiting or len(self._waiting[shard].tried) != tried:
                return
            if self._cluster.load.may_hedge(self._waiting[shard].tried, self._cluster.patience):
                self._send(shard)
            else:
                self._plan_hedge(shard, tried)

        self._cluster.clock.after(self._cluster.patience.hedge, hedge)

    def _take(self, shard: int, chosen: Chosen[SimulatedReplica]) -> None:
        self._cluster.load.done(chosen, answered=True)
        if self._over or self._waiting.pop(shard, None) is None:
            return
        if not self._waiting:
            self._end(self._ends.complete)

    def _fail(self, shard: int, chosen: Chosen[SimulatedReplica]) -> None:
        self._cluster.load.done(chosen, answered=False)
        self._cluster.load.fail(chosen.replica)
        if not self._over and shard in self._waiting:
            self._waiting[shard].pending -= 1
            if not self._waiting[shard].pending:
                self._send(shard)

    def _late(self) -> None:
        if not self._over:
            shard = next(iter(self._waiting))
            self._end(partial(self._ends.lost, shard))

    def _end(self, then: Action) -> None:
        self._over = True
        then()


@dataclass(slots=True)
class _Asked:
    """One shard's question on its way."""

    tried: list[SimulatedReplica] = field(default_factory=list)
    pending: int = 0
