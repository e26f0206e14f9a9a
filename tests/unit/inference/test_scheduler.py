"""Who is computed when: with models that only note what they were asked, and take as long as the test says.

Time is virtual (tests/support/virtual_time.py), so a busy machine changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import numpy as np
import pytest

from api.inference.jobs import Job, Key
from api.inference.scheduler import WAIT_FOR_MORE, Lane, Limits, stop
from engine.errors import Overloaded, WinnowError
from engine.types import Float32
from tests.support.virtual_time import VirtualLoop

KEY = Key("encode", "model", "query")
WORD = "x" * 32  # ten tokens by the estimate


class Model:
    """Computes nothing, slowly; `batches` are the texts of each call."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.batches: list[list[list[str]]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    def __call__(self, key: Key, batch: Sequence[tuple[Job, list[int]]]) -> list[Float32]:
        raise AssertionError("The virtual loop awaits `compute`.")

    async def compute(self, key: Key, batch: Sequence[tuple[Job, list[int]]]) -> list[Float32]:
        await self.gate.wait()
        await asyncio.sleep(self.seconds)
        texts = [[str(job.items[position]) for position in positions] for job, positions in batch]
        self.batches.append(texts)
        if any("poison" in text for part in texts for text in part):
            raise TypeError("poison")
        return [np.zeros((len(part), 2), dtype=np.float32) for part in texts]


def job(texts: list[str], *, left: float | None = None, key: Key = KEY) -> Job:
    loop = asyncio.get_running_loop()
    return Job(key, texts, loop.create_future(), deadline=None if left is None else loop.time() + left)


def run(model: Model, test: Callable[[Lane], Awaitable[None]], limits: Limits | None = None) -> Lane:
    async def body() -> Lane:
        lane = Lane("test", model, limits or Limits(budget=100), queues=2)
        task = asyncio.create_task(lane.run())
        try:
            await asyncio.wait_for(test(lane), 20)  # virtual seconds
        finally:
            model.gate.set()
            await stop([task])
            lane.close()
        return lane

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(body())


async def begun(model: Model, lane: Lane) -> Job:
    """A job that is being computed and cannot end before the gate opens."""
    model.gate.clear()
    first = job(["first"])
    lane.submit(first)
    await asyncio.sleep(0.05)
    return first


def test_what_waits_is_computed_together() -> None:
    model = Model()

    async def test(lane: Lane) -> None:
        first = await begun(model, lane)
        others = [job([f"text {number}"]) for number in range(8)]
        for other in others:
            lane.submit(other)
        model.gate.set()
        await asyncio.gather(first.done, *(other.done for other in others))

    run(model, test)
    assert [len(batch) for batch in model.batches] == [1, 8]


def test_models_and_roles_are_not_mixed() -> None:
    model = Model()

    async def test(lane: Lane) -> None:
        first = await begun(model, lane)
        other = job(["other"], key=Key("encode", "other", "query"))
        for waiting in (other, second := job(["second"])):
            lane.submit(waiting)
        model.gate.set()
        await asyncio.gather(first.done, other.done, second.done)

    run(model, test)
    assert [len(batch) for batch in model.batches] == [1, 1, 1]


def test_a_short_job_overtakes_a_long_one() -> None:
    model = Model(seconds=0.01)

    async def test(lane: Lane) -> None:
        long = job([WORD] * 200)  # twenty slices
        lane.submit(long)
        await asyncio.sleep(0.03)
        short = job([WORD])
        lane.submit(short)
        await short.done
        assert not long.done.done() and long.remaining > 1000
        await long.done

    run(model, test)


def test_equal_jobs_are_done_one_after_another() -> None:
    model = Model(seconds=0.005)

    async def test(lane: Lane) -> None:
        lane.submit(warm := job([WORD] * 10))
        await warm.done  # the pace is known
        jobs = [job([WORD] * 50) for _ in range(4)]  # five slices each
        for one in jobs:
            lane.submit(one)
        for place, one in enumerate(jobs):
            await one.done
            assert all(later.remaining == later.size for later in jobs[place + 2 :])

    run(model, test)


def test_a_long_job_is_overtaken_for_a_while_only() -> None:
    """However many short ones come: it is done when those are that came while it would have been computed alone."""
    model = Model(seconds=0.005)

    async def test(lane: Lane) -> None:
        lane.submit(warm := job([WORD] * 10))
        await warm.done
        long = job([WORD] * 100)  # ten slices
        lane.submit(long)
        short: list[Job] = []
        alone = 0.0  # the longest that the long one would have taken, by the paces that were measured
        while not long.done.done():
            short.append(job([WORD] * 10))
            lane.submit(short[-1])
            alone = max(alone, lane._seconds(long, long.size))
            await asyncio.sleep(0.002)  # more than the lane can do
        before = [one for one in short if one.done.done()]
        assert 0 < len(before) < len(short)
        assert not any(one.arrived > long.arrived + 1.5 * alone for one in before)
        await asyncio.gather(*(one.done for one in short))

    run(model, test, Limits(budget=100, jobs=10_000))


def test_the_less_urgent_are_not_starved() -> None:
    model = Model(seconds=0.002)

    async def test(lane: Lane) -> None:
        urgent = [job([WORD] * 10) for _ in range(40)]
        for one in urgent:
            lane.submit(one)
        patient = job([WORD])
        lane.submit(patient, urgency=1)
        await patient.done
        assert sum(one.done.done() for one in urgent) < 20
        await asyncio.gather(*(one.done for one in urgent))

    run(model, test)


def test_expired_and_cancelled_work_is_not_computed() -> None:
    model = Model()

    async def test(lane: Lane) -> None:
        first = await begun(model, lane)
        late, cancelled, good = job(["late"], left=0.05), job(["cancelled"]), job(["good"])
        for waiting in (late, cancelled, good):
            lane.submit(waiting)
        cancelled.done.cancel()
        await asyncio.sleep(0.1)
        model.gate.set()
        await asyncio.gather(first.done, good.done)
        with pytest.raises(Overloaded):
            await late.done

    lane = run(model, test)
    assert [text for batch in model.batches for part in batch for text in part] == ["first", "good"]
    assert (lane.counts.expired, lane.counts.cancelled) == (1, 1)


def test_a_long_job_stops_at_its_deadline() -> None:
    model = Model(seconds=0.02)

    async def test(lane: Lane) -> None:
        long = job([WORD] * 500, left=0.2)  # a second
        lane.submit(long)
        with pytest.raises(Overloaded):
            await long.done

    run(model, test)
    assert 3 < len(model.batches) < 25


def test_too_many_jobs_are_refused() -> None:
    model = Model()

    async def test(lane: Lane) -> None:
        first = await begun(model, lane)
        waiting = [job(["a"]) for _ in range(3)]
        for one in waiting:
            lane.submit(one)
        with pytest.raises(Overloaded) as refused:
            lane.submit(job(["b"]))
        assert refused.value.retry_after >= 1 and refused.value.code == "overloaded"
        model.gate.set()
        await asyncio.gather(first.done, *(one.done for one in waiting))

    lane = run(model, test, Limits(budget=100, jobs=3))
    assert lane.counts.refused == 1


def test_a_wait_beyond_limit_or_deadline_is_refused_and_says_for_how_long() -> None:
    model = Model(seconds=0.1)

    async def test(lane: Lane) -> None:
        await_pace = job([WORD] * 10)
        lane.submit(await_pace)
        await await_pace.done  # 0.1 s for 100 tokens
        long = job([WORD] * 400)  # 4 s
        lane.submit(long)
        await asyncio.sleep(0.01)  # its first slice is being computed
        with pytest.raises(Overloaded) as refused:
            lane.submit(job([WORD] * 400))
        assert 2 <= refused.value.retry_after <= 10
        with pytest.raises(Overloaded):
            lane.submit(job([WORD], left=0.01))
        short = job([WORD], left=5.0)  # it is due before the long one: it waits for a slice only
        lane.submit(short)
        await short.done
        long.done.cancel()

    run(model, test, Limits(budget=100, wait_seconds=2.0))


def test_a_first_burst_is_not_let_in_whole() -> None:
    """Before anything was measured, a small model's pace is assumed."""

    async def test(lane: Lane) -> None:
        let_in = []
        for _ in range(32):
            with suppress(Overloaded):
                lane.submit(one := job([WORD] * 100))  # 1,000 tokens
                let_in.append(one)
        assert 2 <= len(let_in) <= 10
        await asyncio.gather(*(one.done for one in let_in))

    assert run(Model(), test, Limits(budget=100, wait_seconds=1.0)).counts.refused >= 22


def test_what_nobody_has_begun_in_time_is_given_up() -> None:
    """However fast the model was before: what it reads now may be new to it."""
    model = Model(seconds=0.001)

    async def test(lane: Lane) -> None:
        first = job([WORD] * 10)
        lane.submit(first)
        await first.done
        model.seconds = 1.0
        jobs = [job([WORD] * 10) for _ in range(6)]
        for one in jobs:
            one.begin_by = one.arrived + 2.5
            lane.submit(one)
        began = asyncio.get_running_loop().time()
        await asyncio.wait([one.done for one in jobs])
        assert asyncio.get_running_loop().time() - began < 2.5 + 2 * model.seconds
        assert [isinstance(one.done.exception(), Overloaded) for one in jobs] == [False] * 3 + [True] * 3

    assert run(model, test, Limits(budget=100)).counts.expired == 3


def test_what_is_patient_is_not_refused_and_has_its_turn() -> None:
    model = Model(seconds=0.1)

    async def test(lane: Lane) -> None:
        first = job([WORD] * 10)
        lane.submit(first)
        await first.done  # 0.1 s for 100 tokens
        long, patient = job([WORD] * 400), job(["patient"])  # 4 s
        lane.submit(long)
        with pytest.raises(Overloaded):
            lane.submit(job(["hasty"]), urgency=1)
        lane.submit(patient, urgency=1, patient=True)
        await patient.done
        assert not long.done.done()
        long.done.cancel()

    run(model, test, Limits(budget=100, wait_seconds=0.05))


def test_an_idle_lane_refuses_nobody() -> None:
    """However slow the last batch was: else a pace measured wrongly would never be measured again."""
    model = Model(seconds=0.3)

    async def test(lane: Lane) -> None:
        for _ in range(2):
            one = job([WORD], left=0.2)
            lane.submit(one)
            await asyncio.wait([one.done])

    assert run(model, test).counts.refused == 0


def test_bad_input_fails_alone() -> None:
    model = Model()

    async def test(lane: Lane) -> None:
        first = await begun(model, lane)
        poison, good = job(["poison"]), job(["good"])
        lane.submit(poison)
        lane.submit(good)
        model.gate.set()
        await asyncio.gather(first.done, good.done)
        with pytest.raises(WinnowError, match="poison"):
            await poison.done

    run(model, test)


def test_a_lone_request_does_not_wait_for_company() -> None:
    model = Model()

    async def test(lane: Lane) -> None:
        times = []
        for _ in range(50):
            began = asyncio.get_running_loop().time()
            one = job(["a"])
            lane.submit(one)
            await one.done
            times.append(asyncio.get_running_loop().time() - began)
        assert max(times) < WAIT_FOR_MORE

    run(model, test)
