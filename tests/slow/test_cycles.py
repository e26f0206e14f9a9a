"""100 cycles of replacing a tenth of the documents: disk, latency and answers against a fresh build."""

import pytest

from tests.support.cycles import run_cycles
from tests.support.stores import fast_home

pytestmark = pytest.mark.slow


def test_100_cycles_of_replacing_a_tenth():
    with fast_home() as home:
        found = run_cycles(home, documents=600, cycles=100)
    print(found)
    assert found.lexical_equal and found.dense_equal
    assert found.disk <= found.most_disk < 2.5
    assert found.latency < 1.3
