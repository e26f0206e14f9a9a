"""A collection that is rewritten again and again stays as small as, and answers as, one that was just built."""

from __future__ import annotations

from tests.support.cycles import run_cycles
from tests.support.stores import fast_home


def test_20_cycles_of_replacing_a_tenth() -> None:
    with fast_home() as home:
        found = run_cycles(home, documents=120, cycles=20)
    assert found.lexical_equal and found.dense_equal
    assert found.most_disk < 2.5
    assert found.segments <= 16
