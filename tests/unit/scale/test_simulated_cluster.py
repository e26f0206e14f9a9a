"""The simulated cluster: times that can be computed by hand, and what each fault does to an answer."""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest

from benchmarks.cluster.run import Plan, measured, simulate, with_hedge
from benchmarks.cluster.search import Work
from benchmarks.cluster.stations import Fault, Times, Wrong
from engine.cluster.serving.load import Patience

EXACT = Work((Times(10, 10), Times(20, 20)), front=Times(5, 5))
QUIET = Plan(shards=3, searches=200, rate=0.1, work=EXACT, patience=Patience(hedge=0.1, deadline=2.0))


def test_a_search_takes_its_rounds_and_the_fronts_share() -> None:
    figures = simulate(QUIET)
    assert figures["p50_ms"] == figures["p99_ms"] == 35.0
    assert figures["hedged"] == figures["partial"] == figures["refused"] == 0.0


@pytest.mark.parametrize("shards", [1, 10, 100])
def test_the_slowest_of_many_shards_decides(shards: int) -> None:
    """The median of the largest of n draws is the quantile 0.5^(1/n) of one."""
    times = Times(10, 20)
    plan = replace(QUIET, shards=shards, searches=2000, work=Work((times,), front=Times(0.001, 0.001)))
    expected = 10 * np.exp(times.sigma * NormalDist().inv_cdf(0.5 ** (1 / shards)))
    assert simulate(with_hedge(plan, 1000))["p50_ms"] == pytest.approx(expected, rel=0.03)


def test_searches_wait_for_each_other() -> None:
    """One worker that is asked more than it can do keeps a queue; then calls are refused."""
    busy = replace(QUIET, shards=1, replicas=1, threads=1, rate=50.0, work=Work((Times(25, 25),), Times(1, 1)))
    assert simulate(busy)["p50_ms"] > 200
    assert simulate(replace(busy, patience=Patience(hedge=9.0, deadline=9.0, queue=4)))["refused"] > 0.1


def test_a_second_call_cuts_what_a_stalled_disk_costs() -> None:
    plan = replace(QUIET, shards=20, searches=1000, work=measured(0.01))
    patient, eager = (simulate(with_hedge(plan, wait)) for wait in (1000, 40))
    assert patient["p95_ms"] > 900 and eager["p95_ms"] < 200
    assert 0.005 < eager["hedged"] < 0.05


@pytest.mark.parametrize("kind", Wrong)
def test_a_replica_that_fails_leaves_answers_whole(kind: Wrong) -> None:
    figures = simulate(replace(QUIET, rate=5.0, fault=Fault(kind), faulty=1))
    assert figures["partial"] == figures["refused"] == 0.0
    assert figures["p50_ms"] == 35.0  # the others are asked


def test_where_no_replica_of_a_shard_answers_the_rest_does() -> None:
    alone = replace(QUIET, replicas=1, faulty=1)
    dead, cut = (simulate(replace(alone, fault=Fault(kind))) for kind in (Wrong.DEAD, Wrong.CUT))
    assert dead["partial"] == cut["partial"] == 1.0
    assert dead["p50_ms"] == 35.0
    assert cut["p50_ms"] == 2035.0  # the deadline, then all again without it


def test_a_fault_ends() -> None:
    brief = replace(QUIET, replicas=1, faulty=1, fault=Fault(Wrong.DEAD, 0.0, 900.0))  # of some 2,000 seconds
    assert 0.2 < simulate(brief)["partial"] < 0.6


def test_the_same_seed_gives_the_same_figures() -> None:
    plan = Plan(shards=5, searches=100)
    assert simulate(plan) == simulate(plan) != simulate(replace(plan, seed=1))
