"""100 cycles of replacing a tenth of the documents: disk, latency and answers against a fresh build."""

from collections.abc import Iterator

import pytest

from tests.support.cycles import Cycles, run_cycles
from tests.support.stores import fast_home

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cycles() -> Iterator[Cycles]:
    with fast_home() as home:
        found = run_cycles(home, documents=6000, cycles=100)
    print(found)
    yield found


def test_the_answers_are_those_of_a_fresh_build(cycles: Cycles) -> None:
    assert cycles.lexical_equal and cycles.dense_equal


def test_the_disk_stays_small(cycles: Cycles) -> None:
    assert cycles.disk <= cycles.most_disk < 2.5


@pytest.mark.timed
def test_the_latency_of_both_legs(cycles: Cycles) -> None:
    assert cycles.latency < 1.3
