"""OpenVINO on the CPU: in float32, unless told otherwise, so that scores do not depend on the processor."""

from __future__ import annotations

import threading

import openvino as ov

from engine.errors import UsageError
from engine.models.checkpoints.checkpoint import Checkpoint
from engine.models.graphs.architectures import build_graph
from engine.models.graphs.graph import to_model
from engine.models.runtimes.execution import Execution
from engine.models.runtimes.runtime import Ids
from engine.types import Float32

_NAMES = {"auto": "f32", "float32": "f32", "bfloat16": "bf16"}


class OpenVinoRuntime:
    """One compiled model with an infer request per thread: sharing one request gives wrong results without an error."""

    def __init__(self, checkpoint: Checkpoint, how: Execution) -> None:
        core = ov.Core()
        if how.precision == "bfloat16" and "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
            raise UsageError("This processor has no bfloat16.", "Leave WINNOW_PRECISION out.")
        graph = build_graph(checkpoint)
        model = core.read_model(to_model(graph, embed=True).SerializeToString())
        options = {
            "INFERENCE_PRECISION_HINT": _NAMES[how.precision],
            "INFERENCE_NUM_THREADS": how.threads,
            "PERFORMANCE_HINT": "LATENCY",
        }
        self._compiled = core.compile_model(model, "CPU", options)
        self._inputs = {port.any_name for port in self._compiled.inputs}
        self._local = threading.local()

    def run(self, input_ids: Ids, attention_mask: Ids, token_type_ids: Ids) -> Float32:
        if not hasattr(self._local, "request"):
            self._local.request = self._compiled.create_infer_request()
        feed = {"input_ids": input_ids, "attention_mask": attention_mask, "token_type_ids": token_type_ids}
        result = self._local.request.infer({name: feed[name] for name in self._inputs})
        hidden: Float32 = result[0].copy()  # the request's own buffer is overwritten by the next call
        return hidden


def load(checkpoint: Checkpoint, how: Execution) -> OpenVinoRuntime:
    return OpenVinoRuntime(checkpoint, how)
