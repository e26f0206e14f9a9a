"""ONNX Runtime: the default, and in float32 the reference for the other runtimes."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort

from engine.errors import UnsupportedModel
from engine.models.checkpoints.checkpoint import Checkpoint, classifies
from engine.models.checkpoints.declared import declared_int8
from engine.models.checkpoints.published import chosen_output
from engine.models.runtimes.execution import Execution
from engine.models.runtimes.kept_graph import KeptGraph
from engine.models.runtimes.runtime import Ids
from engine.settings import settings
from engine.types import Float32

log = logging.getLogger(__name__)

_CPU, _CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"
_GPU_TOKENS = 16_384  # in a batch on a GPU, whose free memory is not told: what does not fit is halved
_SIDE_BY_SIDE = 8192  # in a batch of texts that run each by itself: when the last ones run, some threads are done
_TYPES = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}


def providers() -> list[Any]:
    """The GPU, in full float32, where the package onnxruntime-gpu is installed; else the processor."""
    if _CUDA in ort.get_available_providers():
        return [(_CUDA, {"use_tf32": "0"}), _CPU]
    return [_CPU]


class OnnxRuntime:
    """One session for all threads: `InferenceSession.run` may be called concurrently.

    In int8, and in graphs that quantise as they go, each text of a batch runs by itself: the scale of activations is
    that of all rows together, so a text's vectors would depend on its neighbours. Nothing is spent on padding then, and
    as many texts run side by side as there are threads, each on one: their products are so short that threads which
    share them wait for each other half of the time.
    """

    def __init__(self, checkpoint: Checkpoint, how: Execution) -> None:
        self._outputs = list[str]()  # none named: all, which of our own graphs is one
        published = checkpoint.graph
        alone = _in_int8(checkpoint, how) if published is None else quantises_as_it_goes(published)
        self.name = f"onnx {'int8' if alone else 'float32'}"
        self._side_by_side = ThreadPoolExecutor(how.threads, "onnx") if alone else None
        how = replace(how, threads=1) if alone else how
        self._session = self._own(checkpoint, how, int8=alone) if published is None else _read(published, how)
        self._inputs = {value.name: value.type for value in self._session.get_inputs()}
        self.at_once = self._at_once()
        if published is not None:
            outputs = [value.name for value in self._session.get_outputs()]
            logits = classifies(checkpoint)
            self._outputs = [chosen_output(published, list(self._inputs), outputs, logits=logits)]

    def _at_once(self) -> int:
        """How many tokens one batch may hold."""
        least = settings().token_budget
        if self._session.get_providers()[0] == _CUDA:
            return max(least, _GPU_TOKENS)
        if self._side_by_side is not None:  # what is computed at once does not depend on it
            return max(least, _SIDE_BY_SIDE)
        if len(providers()) > 1:
            log.warning("onnxruntime-gpu is installed, but finds no GPU that it can use: the processor computes")
        return least

    def _own(self, checkpoint: Checkpoint, how: Execution, *, int8: bool) -> ort.InferenceSession:
        """A session with a graph that is built from the checkpoint's weights, or was built before."""
        start = partial(self._built, checkpoint, int8)
        if len(providers()) > 1:
            return start(_options(how))
        kept = KeptGraph(checkpoint, int8=int8)
        return kept.open(_options(how)) or kept.make(partial(_options, how), start)

    def _built(self, checkpoint: Checkpoint, int8: bool, options: ort.SessionOptions) -> ort.InferenceSession:
        from engine.models.graphs.architectures import build_graph  # here: what is kept needs neither them nor onnx
        from engine.models.graphs.graph import to_model

        graph = build_graph(checkpoint, int8=int8)
        # Matrices go in as views of the mapped file: serialising them would copy the model twice.
        self._weights = {
            name: ort.OrtValue.ortvalue_from_numpy(array) for name, array in graph.tensors.items() if array.ndim > 1
        }
        options.add_external_initializers(list(self._weights), list(self._weights.values()))
        model = to_model(graph, embed=False).SerializeToString()
        return ort.InferenceSession(model, options, providers=providers())

    def run(self, input_ids: Ids, attention_mask: Ids, token_type_ids: Ids) -> Float32:
        if self._side_by_side is None:
            return self._run(input_ids, attention_mask, token_type_ids)
        run = map if len(input_ids) == 1 else self._side_by_side.map
        return np.stack(list(run(self._run_alone, input_ids, attention_mask, token_type_ids)))

    def _run_alone(self, ids: Ids, mask: Ids, types: Ids) -> Float32:
        """One text of a batch, filled up to the length of the others afterwards."""
        length = int(mask.sum())
        hidden = self._run(ids[None, :length], mask[None, :length], types[None, :length])[0]
        return hidden if hidden.ndim == 1 else np.pad(hidden, ((0, len(ids) - length), (0, 0)))

    def _run(self, input_ids: Ids, attention_mask: Ids, token_type_ids: Ids) -> Float32:
        feed = {"input_ids": input_ids, "attention_mask": attention_mask, "token_type_ids": token_type_ids}
        given = {name: feed[name].astype(_TYPES[kind], copy=False) for name, kind in self._inputs.items()}
        hidden: Float32 = self._session.run(self._outputs or None, given)[0]
        return hidden.astype(np.float32, copy=False)


def _in_int8(checkpoint: Checkpoint, how: Execution) -> bool:
    """Whether a graph of our own is to compute in int8, for which a GPU has no kernels unless it is asked for."""
    asked = how.precision == "auto" and declared_int8(checkpoint)
    return how.precision == "int8" or (asked and len(providers()) == 1)


def _read(graph: Path, how: Execution) -> ort.InferenceSession:
    """A session with a published graph."""
    try:
        return ort.InferenceSession(str(graph), _options(how), providers=providers())
    except Exception as error:  # the errors of the two libraries have no base in common
        raise _unreadable(graph, error) from error


def _options(how: Execution) -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.intra_op_num_threads = how.threads
    options.log_severity_level = 3  # errors only: warnings would mix with the answers on a terminal
    # Idle threads must sleep: spinning takes the cores from the rest of the process.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def quantises_as_it_goes(graph: Path) -> bool:
    """Whether a graph quantises activations by what a batch holds, so that a text's vector depends on the others.
    UnsupportedModel for one that cannot be read.
    """
    import onnx

    try:
        nodes = onnx.load(graph, load_external_data=False).graph.node
    except Exception as error:  # see `_read`
        raise _unreadable(graph, error) from error
    return any(node.op_type == "DynamicQuantizeLinear" for node in nodes)


def _unreadable(graph: Path, error: Exception) -> UnsupportedModel:
    return UnsupportedModel(
        f"ONNX Runtime cannot read {graph}: {str(error)[:200]}.",
        "Choose another file, or leave # and the file out.",
    )


def load(checkpoint: Checkpoint, how: Execution) -> OnnxRuntime:
    return OnnxRuntime(checkpoint, how)
