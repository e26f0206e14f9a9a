"""Memory for a batch: how much of it fits, and how the libraries say that it did not."""

from __future__ import annotations

# Words of the errors of torch (CUDA and CPU), of ONNX Runtime (its arena, CUDA, the CPU) and of OpenVINO.
_WORDS = (
    "out of memory",
    "not enough memory",
    "can't allocate memory",
    "failed to allocate memory",
    "smaller than requested bytes",
    "bad allocation",
    "bad_alloc",
)
_TOKENS = 65_536  # in a batch; more make a GPU no faster
_SHARE = 0.5  # of the free memory
_FLOATS = 64  # that a token takes in a layer, times the hidden width: the feed-forward layer's above all


def fitting_tokens(free: int, width: int) -> int:
    """How many tokens of a transformer of this hidden width a batch may hold in so many free bytes. An estimate: what
    does not fit is halved (batching.py).
    """
    return min(_TOKENS, int(free * _SHARE) // (4 * _FLOATS * width))


def ran_out(error: Exception) -> bool:
    """Whether memory did not suffice. The libraries' errors have no base in common."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    said = str(error).lower()
    return any(word in said for word in _WORDS)
