"""Many searches against a simulated cluster, and what came of them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from benchmarks.cluster.clock import Action, Clock
from benchmarks.cluster.search import Cluster, Outcome, Search, Work
from benchmarks.cluster.stations import Fault, SimulatedReplica, Station, Times
from engine.cluster.serving.load import Patience

# Measured over a million passages on two cores (benchmarks/RESULTS.md, "A million chunks"): p50 and p95 of the dense
# and of the lexical leg, and what a first search takes whose files have to come from the disk. The front: a whole
# search of the sample, whose passages were read before.
DENSE, LEXICAL, STALL, FRONT = (6.6, 8.2), (16.0, 23.0), 974.0, Times(42.0, 49.0)


def measured(stalls: float) -> Work:
    """The work of one search, with a share of calls that wait for the disk."""
    return Work((Times(*DENSE, stalls, STALL), Times(*LEXICAL, stalls, STALL)), FRONT)


@dataclass(frozen=True, slots=True)
class Plan:
    """A cluster and what is asked of it: `rate` searches a second arrive at random moments (a Poisson process).

    `fault` is that of the first replica of each of the first `faulty` shards. `threads` are of each replica,
    `cores` of the front.
    """

    shards: int = 10
    replicas: int = 2
    threads: int = 2
    cores: int = 8
    searches: int = 1000
    rate: float = 10.0
    work: Work = field(default_factory=lambda: measured(0.001))
    patience: Patience = field(default_factory=Patience)
    fault: Fault | None = None
    faulty: int = 0
    seed: int = 0


def simulate(plan: Plan) -> dict[str, Any]:
    """Percentiles of whole searches in milliseconds, and shares: of calls made beside another one, of answers without
    a shard, of searches refused. The first tenth of the searches, which meets an empty cluster, is not counted.
    """
    luck = random.Random(plan.seed)  # noqa: S311 - a simulation
    clock = Clock()
    cluster = Cluster(clock, _shards(plan, clock), Station(clock, plan.cores), plan.patience, luck)
    outcomes: list[Outcome] = []
    moment = 0.0
    for number in range(plan.searches):
        moment += luck.expovariate(plan.rate)
        clock.after(moment, _arrival(cluster, plan.work, outcomes if number >= plan.searches // 10 else []))
    clock.run()
    seconds = [taken for taken, _ in outcomes if taken is not None]
    p50, p95, p99 = np.percentile(seconds, (50, 95, 99)) * 1000 if seconds else (np.nan,) * 3
    return {
        "shards": plan.shards,
        "hedge_ms": round(plan.patience.hedge * 1000),
        "fault": plan.fault.kind.value if plan.fault and plan.faulty else None,
        "faulty": plan.faulty if plan.fault else 0,
        "p50_ms": round(float(p50), 1),
        "p95_ms": round(float(p95), 1),
        "p99_ms": round(float(p99), 1),
        "hedged": round(cluster.hedged / max(cluster.calls, 1), 4),
        "partial": round(sum(lost > 0 for _, lost in outcomes) / max(len(outcomes), 1), 4),
        "refused": round(sum(taken is None for taken, _ in outcomes) / max(len(outcomes), 1), 4),
    }


def _arrival(cluster: Cluster, work: Work, outcomes: list[Outcome]) -> Action:
    """The arrival of a search, whose outcome is noted."""
    return lambda: Search(cluster, work, lambda *outcome: outcomes.append(outcome)).begin()


def with_hedge(plan: Plan, hedge_ms: float) -> Plan:
    """The plan with another moment at which a second replica is asked."""
    return replace(plan, patience=replace(plan.patience, hedge=hedge_ms / 1000))


def _shards(plan: Plan, clock: Clock) -> list[list[SimulatedReplica]]:
    def replica(shard: int, number: int) -> SimulatedReplica:
        fault = plan.fault if number == 0 and shard < plan.faulty else None
        return SimulatedReplica(f"{shard}.{number}", clock, plan.threads, fault)

    return [[replica(shard, number) for number in range(plan.replicas)] for shard in range(plan.shards)]
