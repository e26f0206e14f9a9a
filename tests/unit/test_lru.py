"""The bounded cache, against a slow model of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.lru import Lru


def test_what_was_used_last_is_kept() -> None:
    kept: Lru[str, int] = Lru(2)
    kept.put("a", 1)
    kept.put("b", 2)
    assert kept.get("a") == 1
    kept.put("c", 3)
    assert (kept.get("a"), kept.get("b"), kept.get("c"), len(kept)) == (1, None, 3, 2)


@given(st.integers(0, 20), st.lists(st.tuples(st.sampled_from("abcde"), st.none() | st.integers(0, 12))))
def test_entries_weigh_no_more_than_the_capacity(capacity: int, steps: list[tuple[str, int | None]]) -> None:
    kept: Lru[str, int] = Lru(capacity, weigh=lambda value: value)
    model: list[tuple[str, int]] = []  # the last used comes last
    for key, value in steps:
        known = dict(model)
        if value is None:
            assert kept.get(key) == known.get(key)
            value = known.get(key)
        else:
            kept.put(key, value)
        if value is not None:
            model = [*(entry for entry in model if entry[0] != key), (key, value)]
        while sum(weight for _, weight in model) > capacity:
            model.pop(0)
        assert len(kept) == len(model)
