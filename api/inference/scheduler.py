"""Who is computed next: admission, batches over several requests, fairness, deadlines.

All of it runs in the event loop and needs no locks; only the models compute in a thread of the lane.

Order: earliest expected finish first. A job's expected finish is its arrival plus the time that it would take alone,
so a short job overtakes a long one that arrived shortly before it, and equal ones are done in the order of their
arrival. What was admitted is mostly done within the time that admission expects. Round robin would finish all of them
late. The expectation can be wrong, since passages that were read before take no time and new ones do: so a job may say
by when it must have been begun, and is given up then.

Batching follows Yu et al., "Orca" (OSDI 2022) in that a new batch is formed before each computation, of whatever waits
then. A single request never waits for others. Only after a batch of several requests does the lane wait a moment, so
that the clients that have just been answered can join the next batch.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from api.inference.jobs import Job, Key
from engine.errors import Overloaded, WinnowError
from engine.types import Float32

WAIT_FOR_MORE = 0.002  # seconds
_SMOOTHING = 0.2  # of the moving average of a model's pace
# Seconds a token until a pace is measured: a small model's on two cores, so that a first burst is not admitted whole.
_FIRST_PACE = 0.0002
_LESS_URGENT_TURN = 4  # every fourth batch begins with the less urgent queue, so that it never starves

Slice = tuple[Job, list[int]]
Compute = Callable[[Key, Sequence[Slice]], Sequence[Float32]]  # one result for each slice


@dataclass(frozen=True, slots=True)
class Limits:
    """`budget` is in tokens of one batch; the rest bounds what may wait."""

    budget: int = 1024
    jobs: int = 256
    wait_seconds: float = 5.0


@dataclass(slots=True)
class Counts:
    """Counts of what a lane has done since it began."""

    batches: int = 0
    slices: int = 0
    refused: int = 0
    expired: int = 0
    cancelled: int = 0


class Lane:
    """Queues, the most urgent first, and one thread that computes. Queries have a lane of their own."""

    def __init__(self, name: str, compute: Compute, limits: Limits, queues: int) -> None:
        self.counts = Counts()
        self._compute = compute
        self._limits = limits
        self._queues: list[deque[Job]] = [deque() for _ in range(queues)]
        self._running: list[Job] = []
        self._pace: dict[Key, float] = {}  # seconds a token
        self._arrived = asyncio.Event()
        self._merged = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"inference-{name}")

    def submit(self, job: Job, urgency: int = 0, *, patient: bool = False) -> None:
        """Queue a job (0 is the most urgent). Overloaded if too much waits, or the job's deadline would pass first. A
        `patient` one waits as long as it takes: its turn comes even while more urgent ones never end.
        """
        self._drop_abandoned()
        wait = self.expected_wait(urgency, job)
        left = min(job.begin_by, math.inf if job.deadline is None else job.deadline) - _now()
        # Only the wait for others counts, and not the job's own time: an idle lane refuses nobody, whatever it measured
        # before, so a pace that was once measured too slow is always measured again.
        late = not patient and (wait > min(left, self._limits.wait_seconds) or left <= 0)
        if late or len(self._queues[urgency]) >= self._limits.jobs:
            self.counts.refused += 1
            raise _overloaded("The models have too much to do", wait)
        self._queues[urgency].append(job)
        self._arrived.set()

    def expected_wait(self, urgency: int, job: Job) -> float:
        """Seconds for which a job would wait for others.

        For what is more urgent or due earlier it waits whole, and otherwise for the slice that is being computed.
        """
        due = self._due(job)
        rivals = [other for other in self._queues[urgency] if self._due(other) <= due]
        ahead = {*rivals, *(other for queue in self._queues[:urgency] for other in queue)}
        tokens = {other: other.remaining for other in ahead}
        tokens |= {other: min(other.remaining, self._limits.budget) for other in self._running if other not in ahead}
        return sum(self._seconds(other, count) for other, count in tokens.items())

    @property
    def backlog(self) -> float:
        """Seconds until all that waits is done."""
        jobs = {*self._running, *self._all()}
        return sum(self._seconds(job, job.remaining) for job in jobs)

    @property
    def waiting(self) -> int:
        return sum(map(len, self._queues))

    async def run(self) -> None:
        """Compute until cancelled."""
        while True:
            await self._arrived.wait()
            if self._merged and sum(job.remaining for job in self._all()) < self._limits.budget:
                await asyncio.sleep(WAIT_FOR_MORE)
            self._drop_abandoned()
            batch = self._next_batch()
            if batch:
                await self._run_batch(batch)
            else:
                self._merged = False
                self._arrived.clear()

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _all(self) -> Iterator[Job]:
        return (job for queue in self._queues for job in queue)

    def _drop_abandoned(self) -> None:
        """Work that nobody waits for any more is not begun, or not gone on with."""
        now = _now()
        for queue in self._queues:
            for job in list(queue):
                if job.done.done():
                    self.counts.cancelled += job.done.cancelled()
                    queue.remove(job)
                elif job.deadline is not None and job.deadline <= now:
                    self.counts.expired += 1
                    job.fail(_overloaded("The request's time was over before it was computed", 0.0))
                    queue.remove(job)
                elif job.begin_by <= now and not job.begun:
                    self.counts.expired += 1
                    job.fail(_overloaded("The models did not come to it", self.backlog))
                    queue.remove(job)

    def _next_batch(self) -> list[Slice]:
        """Slices of one key up to the budget, of the jobs that are due first."""
        queue = self._next_queue()
        waiting = sorted(queue, key=self._due)
        batch: list[Slice] = []
        budget = self._limits.budget
        for job in [job for job in waiting if job.key == waiting[0].key]:
            positions = job.take(budget, at_least_one=not batch)
            if not positions:
                break
            batch.append((job, positions))
            budget -= sum(job.tokens[position] for position in positions)
            if not job.waiting:
                queue.remove(job)
        return batch

    def _due(self, job: Job) -> float:
        """When it would be done if it were alone."""
        return job.arrived + self._seconds(job, job.size)

    def _seconds(self, job: Job, tokens: int) -> float:
        return tokens * self._pace.get(job.key, _FIRST_PACE)

    def _next_queue(self) -> deque[Job]:
        filled = [queue for queue in self._queues if queue]
        if not filled:
            return self._queues[0]
        return filled[-1] if self.counts.batches % _LESS_URGENT_TURN == _LESS_URGENT_TURN - 1 else filled[0]

    async def _run_batch(self, batch: list[Slice]) -> None:
        key = batch[0][0].key
        self._running = [job for job, _ in batch]
        self._merged = len(batch) > 1
        self.counts.batches += 1
        self.counts.slices += len(batch)
        began = _now()
        try:
            results = await self._in_thread(key, batch)
        except Exception as error:
            await self._run_apart(key, batch, error)
        else:
            self._learn_pace(key, batch, _now() - began)
            for (job, positions), rows in zip(batch, results, strict=True):
                job.finish(positions, rows)
        finally:
            self._running = []

    async def _run_apart(self, key: Key, batch: list[Slice], error: Exception) -> None:
        """One request's bad input must not fail those that happened to be computed with it."""
        for job, positions in batch:
            try:
                if len(batch) == 1:
                    raise error
                (rows,) = await self._in_thread(key, [(job, positions)])
            except Exception as own:
                job.fail(own if isinstance(own, WinnowError) else _failed(key, own))
            else:
                job.finish(positions, rows)

    async def _in_thread(self, key: Key, batch: list[Slice]) -> Sequence[Float32]:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._compute, key, batch)

    def _learn_pace(self, key: Key, batch: list[Slice], seconds: float) -> None:
        pace = seconds / max(sum(job.tokens[position] for job, positions in batch for position in positions), 1)
        self._pace[key] = pace if key not in self._pace else self._pace[key] + _SMOOTHING * (pace - self._pace[key])


def _now() -> float:
    return asyncio.get_running_loop().time()


def _overloaded(what: str, wait: float) -> Overloaded:
    return Overloaded(f"{what}: about {wait:.1f} s of work is waiting.", retry_after=max(1, math.ceil(wait)))


def _failed(key: Key, error: Exception) -> WinnowError:
    return WinnowError(f"The model {key.model} failed: {type(error).__name__}: {error}.", "See the server's log.")


async def stop(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel tasks and wait until they are gone."""
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task
