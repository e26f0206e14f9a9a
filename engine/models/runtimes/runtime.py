"""Runtimes of transformers: one small protocol, one file per runtime, chosen by name."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.errors import DependencyMissing, UsageError
from engine.models.checkpoints.checkpoint import Checkpoint
from engine.models.runtimes.execution import Execution
from engine.types import Float32

Ids = NDArray[np.int64]


class Runtime(Protocol):
    """A loaded transformer. Safe under threads."""

    def run(self, input_ids: Ids, attention_mask: Ids, token_type_ids: Ids) -> Float32:
        """Last hidden states, shape (batch, length, hidden), for inputs of shape (batch, length)."""
        ...


# name -> (package it needs, extra that brings it, module with `load(checkpoint, how) -> Runtime`)
RUNTIMES = {
    "onnx": ("onnxruntime", "", "engine.models.runtimes.onnx"),
    "openvino": ("openvino", "openvino", "engine.models.runtimes.openvino"),
    "torch": ("transformers", "torch", "engine.models.runtimes.torch"),
}


def installed(name: str) -> bool:
    """Whether the runtime's package is there."""
    return find_spec(RUNTIMES[name][0]) is not None


def load_runtime(checkpoint: Checkpoint, how: Execution) -> Runtime:
    """Load a transformer. Raises UsageError for an unknown runtime or a precision that it lacks, DependencyMissing
    where it is absent.
    """
    require(how.runtime)
    runtime: Runtime = import_module(RUNTIMES[how.runtime][2]).load(checkpoint, how)
    return runtime


def require(name: str) -> None:
    """Raise UsageError for an unknown runtime, DependencyMissing for one that is not installed."""
    if name not in RUNTIMES:
        raise UsageError(f"There is no runtime {name}.", "Choose one of: " + ", ".join(RUNTIMES) + ".")
    package, extra, _ = RUNTIMES[name]
    if not installed(name):
        wanted = f"winnow-search[{extra}]" if extra else package
        raise DependencyMissing(f"The runtime {name} needs {package}.", f"Install it: pip install '{wanted}'.")
