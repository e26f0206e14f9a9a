"""Runtimes of transformers: one small protocol, one file per runtime, chosen by name."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.errors import DependencyMissing, UnsupportedModel, UsageError
from engine.models.checkpoints.checkpoint import Checkpoint
from engine.models.runtimes.execution import Execution
from engine.types import Float32

Ids = NDArray[np.int64]


class Runtime(Protocol):
    """A loaded transformer. Safe under threads. `name` is that of the run-time with its precision, "onnx float32";
    `at_once` is how many tokens one batch may hold, padding included.
    """

    @property
    def name(self) -> str: ...

    @property
    def at_once(self) -> int: ...

    def run(self, input_ids: Ids, attention_mask: Ids, token_type_ids: Ids) -> Float32:
        """Last hidden states, shape (batch, length, hidden), for inputs of shape (batch, length)."""
        ...


# name -> (package it needs, extra that brings it, module with `load(checkpoint, how) -> Runtime`)
RUNTIMES = {
    "onnx": ("onnxruntime", "", "engine.models.runtimes.onnx"),
    "openvino": ("openvino", "openvino", "engine.models.runtimes.openvino"),
    "torch": ("transformers", "torch", "engine.models.runtimes.torch"),
}


PRECISIONS = {
    "onnx": ("float32", "int8"),
    "openvino": ("float32", "bfloat16", "float16"),
    "torch": ("float32", "bfloat16", "float16"),
}
_GRAPHS = {"onnx": (".onnx",), "openvino": (".onnx", ".xml")}


def installed(name: str) -> bool:
    """Whether the runtime's package is there."""
    return find_spec(RUNTIMES[name][0]) is not None


def load_runtime(checkpoint: Checkpoint, how: Execution) -> Runtime:
    """Load a transformer. Raises UsageError for an unknown runtime or a precision that it lacks, DependencyMissing
    where it is absent.
    """
    require(how)
    if checkpoint.graph is not None:
        _check_graph(checkpoint.graph, how)
    runtime: Runtime = import_module(RUNTIMES[how.runtime][2]).load(checkpoint, how)
    return runtime


def runtimes_of(graph: Path) -> tuple[str, ...]:
    """Runtimes that read a published graph, installed or not."""
    return tuple(name for name, suffixes in _GRAPHS.items() if graph.suffix in suffixes)


def _check_graph(graph: Path, how: Execution) -> None:
    fitting = runtimes_of(graph)
    if how.runtime not in fitting:
        raise UnsupportedModel(
            f"The runtime {how.runtime} cannot run {graph}.",
            f"Set WINNOW_RUNTIME={' or '.join(fitting)}, or leave # and the file out.",
        )
    if how.precision == "int8":
        raise UsageError(f"{graph} has its own precision.", "Leave WINNOW_PRECISION out.")


def require(how: Execution) -> None:
    """Raise UsageError for an unknown runtime or a precision that it lacks, DependencyMissing for one that is not
    installed.
    """
    name = how.runtime
    if name not in RUNTIMES:
        raise UsageError(f"There is no runtime {name}.", "Choose one of: " + ", ".join(RUNTIMES) + ".")
    if how.precision not in ("auto", *PRECISIONS[name]):
        others = " or ".join(known for known, precisions in PRECISIONS.items() if how.precision in precisions)
        raise UsageError(
            f"The runtime {name} computes in {' and '.join(PRECISIONS[name])}, not in {how.precision}.",
            f"Set WINNOW_RUNTIME={others}, or leave WINNOW_PRECISION out.",
        )
    package, extra, _ = RUNTIMES[name]
    if not installed(name):
        wanted = f"winnow-search[{extra}]" if extra else package
        raise DependencyMissing(f"The runtime {name} needs {package}.", f"Install it: pip install '{wanted}'.")
