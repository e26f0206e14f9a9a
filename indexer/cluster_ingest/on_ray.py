"""Parts made by Ray's workers: Ray chooses the hosts, and does a task again whose worker or host has died.

Ray Data is not used: it moves rows between stages, and here no row leaves its worker but as a part on shared storage.
What it would add, retries and placement, plain tasks have as well; what a part is, and when it counts, is not left to
Ray.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.cluster.serving.actors import connected
from engine.cluster.serving.holding import threads_of
from engine.errors import UsageError, WinnowError
from engine.extras import needs
from indexer.cluster_ingest.parts import Job, make_part

with needs("cluster", "A cluster"):
    import ray
    from ray.exceptions import RayError, RayTaskError

_RETRIES = 5  # of a task whose worker died


def on_ray(jobs: Sequence[Job], *, address: str | None, cpus: float, gpus: float = 0.0) -> Iterator[str]:
    """Make the parts of jobs on a Ray cluster, without an address one of this machine alone; their names as they are
    made. Each task has so many CPUs, which bound its threads, and GPUs.

    Raises as `make_part`; UsageError where a worker dies of one job again and again.
    """
    with connected(address):
        task = ray.remote(make_part).options(
            num_cpus=cpus,
            num_gpus=gpus,
            max_retries=_RETRIES,
            scheduling_strategy="SPREAD",
            runtime_env={"env_vars": _share(cpus)},
        )
        running = {task.remote(job): job for job in jobs}
        while running:
            [done], _ = ray.wait(list(running), num_returns=1)
            yield _result(done, running.pop(done))


def _share(cpus: float) -> dict[str, str]:
    """Settings of a task that has so many CPUs."""
    return {**threads_of(cpus), "WINNOW_INGEST_WORKERS": str(max(0, min(int(cpus) - 1, 2)))}


def _result(done: object, job: Job) -> str:
    try:
        return str(ray.get(done))
    except RayTaskError as error:
        if isinstance(error.cause, WinnowError | OSError):
            raise error.cause from error
        raise
    except RayError as error:
        files = ", ".join(piece.path for piece in job.partition.pieces[:3])
        raise UsageError(
            f"The workers that read {files} ended again and again: {type(error).__name__}.",
            "Run it again, with more memory or smaller partitions; what is done is not done again.",
        ) from error
