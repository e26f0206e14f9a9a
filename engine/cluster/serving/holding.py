"""Processes on the host of the front that Ray reserves CPUs and GPUs for; and how a process keeps within its CPUs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

from engine.errors import UsageError
from engine.extras import needs

with needs("cluster", "A cluster"):
    import ray
    from ray.exceptions import RayError
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

_STARTING = 120.0  # seconds in which a process is there, or Ray has no place for it


class _Holder:
    """Runs something for as long as it lives."""

    def __init__(self, begin: Callable[[], AbstractContextManager[object]]) -> None:
        self._running = begin()
        self._running.__enter__()

    def is_there(self) -> bool:
        return True

    def end(self) -> None:
        self._running.__exit__(None, None, None)


@contextmanager
def reserved(cpus: float, gpus: float, begin: Callable[[], AbstractContextManager[object]]) -> Iterator[None]:
    """Run on this host what `begin` begins, in a process that Ray reserves CPUs and GPUs for; Ray makes it again where
    it dies. UsageError where the host does not have them.
    """
    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    kind = ray.remote(_Holder).options(
        num_cpus=cpus,
        num_gpus=gpus,
        max_restarts=-1,
        scheduling_strategy=here,
        runtime_env={"env_vars": threads_of(cpus)},
    )
    holder = kind.remote(begin)
    try:
        ray.get(holder.is_there.remote(), timeout=_STARTING)
    except (RayError, TimeoutError) as error:
        ray.kill(holder)
        said = str(error).strip().rpartition("\n")[2] or type(error).__name__
        raise UsageError(
            f"The process of the models cannot be started on this host: {said:.300}.",
            f"It needs {cpus:g} CPUs and {gpus:g} GPUs that Ray has not reserved: `ray status` tells what there is.",
        ) from error
    try:
        yield
    finally:
        with suppress(RayError, TimeoutError):
            ray.get(holder.end.remote(), timeout=_STARTING)
        ray.kill(holder)


def threads_of(cpus: float) -> dict[str, str]:
    """Variables that keep a process within its CPUs: without them each would take all cores of its host. OpenBLAS has
    one thread, as in every process of ours (winnow/__main__.py).
    """
    names = ("WINNOW_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")
    return {**dict.fromkeys(names, str(max(1, int(cpus)))), "OPENBLAS_NUM_THREADS": "1"}
