"""OpenVINO on the CPU: in float32, unless told otherwise, so that scores do not depend on the processor."""

from __future__ import annotations

import threading

import numpy as np
import openvino as ov

from engine.errors import UnsupportedModel, UsageError
from engine.models.checkpoints.checkpoint import Checkpoint, classifies
from engine.models.checkpoints.published import chosen_output
from engine.models.graphs.architectures import build_graph
from engine.models.graphs.graph import to_model
from engine.models.runtimes.execution import Execution
from engine.models.runtimes.runtime import Ids
from engine.settings import settings
from engine.types import Float32

_NAMES = {"auto": "f32", "float32": "f32", "bfloat16": "bf16", "float16": "f16"}
_CAPABILITIES = {"bfloat16": "BF16", "float16": "FP16"}


class OpenVinoRuntime:
    """One compiled model with an infer request per thread: sharing one request gives wrong results without an error."""

    def __init__(self, checkpoint: Checkpoint, how: Execution) -> None:
        core = ov.Core()
        needed = _CAPABILITIES.get(how.precision)
        if needed and needed not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
            raise UsageError(f"This processor has no {how.precision}.", "Leave WINNOW_PRECISION out.")
        model = _read(core, checkpoint)
        options = {
            "INFERENCE_PRECISION_HINT": _NAMES[how.precision],
            "INFERENCE_NUM_THREADS": how.threads,
            "PERFORMANCE_HINT": "LATENCY",
        }
        self._compiled = core.compile_model(model, "CPU", options)
        self._inputs = {port.any_name for port in self._compiled.inputs}
        self._output = _output(checkpoint, self._compiled)
        self._local = threading.local()
        self.at_once = settings().token_budget

    def run(self, input_ids: Ids, attention_mask: Ids, token_type_ids: Ids) -> Float32:
        if not hasattr(self._local, "request"):
            self._local.request = self._compiled.create_infer_request()
        feed = {"input_ids": input_ids, "attention_mask": attention_mask, "token_type_ids": token_type_ids}
        result = self._local.request.infer({name: feed[name] for name in self._inputs})
        hidden: Float32 = result[self._output].astype(
            np.float32
        )  # the request's own buffer is overwritten by the next call
        return hidden


def _read(core: ov.Core, checkpoint: Checkpoint) -> ov.Model:
    if checkpoint.graph is None:
        return core.read_model(to_model(build_graph(checkpoint), embed=True).SerializeToString())
    try:
        return core.read_model(str(checkpoint.graph))
    except RuntimeError as error:
        raise UnsupportedModel(
            f"OpenVINO cannot read {checkpoint.graph}: {str(error)[:200]}.",
            "Choose another file, or leave # and the file out.",
        ) from error


def _output(checkpoint: Checkpoint, compiled: ov.CompiledModel) -> int:
    """The place of the output that is used."""
    if checkpoint.graph is None:
        return 0
    places = {name: place for place, port in enumerate(compiled.outputs) for name in port.names}
    inputs = [port.any_name for port in compiled.inputs]
    return places[chosen_output(checkpoint.graph, inputs, list(places), logits=classifies(checkpoint))]


def load(checkpoint: Checkpoint, how: Execution) -> OpenVinoRuntime:
    return OpenVinoRuntime(checkpoint, how)
