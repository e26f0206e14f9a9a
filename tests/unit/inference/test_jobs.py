"""A job's slices: every item once, within the budget, long with long; the answer in the order asked for."""

from __future__ import annotations

import asyncio

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from api.inference.jobs import Job, Key

KEY = Key("encode", "model", "document")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 200).map("x".__mul__), min_size=1, max_size=40), st.integers(1, 300))
def test_slices_are_whole_bounded_and_put_together_again(texts: list[str], budget: int) -> None:
    async def run() -> None:
        job = Job(KEY, texts, asyncio.get_running_loop().create_future())
        seen: list[int] = []
        longest_of_last = None
        while job.waiting:
            positions = job.take(budget, at_least_one=True)
            lengths = [job.tokens[position] for position in positions]
            assert positions and (sum(lengths) <= budget or len(positions) == 1)
            assert longest_of_last is None or max(lengths) <= longest_of_last
            longest_of_last = max(lengths)
            seen += positions
            job.finish(positions, np.array([[float(position)] for position in positions], dtype=np.float32))
        assert sorted(seen) == list(range(len(texts)))
        assert job.remaining == 0
        assert (await job.done)[:, 0].tolist() == list(range(len(texts)))

    asyncio.run(run())


def test_a_job_within_the_budget_is_one_slice_in_its_own_order() -> None:
    async def run() -> None:
        job = Job(KEY, ["b" * 80, "a", "c" * 40], asyncio.get_running_loop().create_future())
        assert job.take(1000, at_least_one=False) == [0, 1, 2]
        assert not job.waiting

    asyncio.run(run())
