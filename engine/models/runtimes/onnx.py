"""ONNX Runtime on the CPU, in float32: the default, and the reference for the other runtimes."""

from __future__ import annotations

import onnxruntime as ort

from engine.errors import UsageError
from engine.models.checkpoints.checkpoint import Checkpoint
from engine.models.graphs.architectures import build_graph
from engine.models.graphs.graph import to_model
from engine.models.runtimes.execution import Execution
from engine.models.runtimes.runtime import Ids
from engine.types import Float32


class OnnxRuntime:
    """One session for all threads: `InferenceSession.run` may be called concurrently."""

    def __init__(self, checkpoint: Checkpoint, how: Execution) -> None:
        if how.precision != "float32":
            raise UsageError(
                f"The runtime onnx computes in float32, not {how.precision}.",
                "Set WINNOW_RUNTIME=openvino or torch (extras of these names), or leave WINNOW_PRECISION out.",
            )
        graph = build_graph(checkpoint)
        options = ort.SessionOptions()
        options.intra_op_num_threads = how.threads
        options.log_severity_level = 3  # errors only: warnings would mix with the answers on a terminal
        # Idle threads must sleep: spinning takes the cores from the rest of the process.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # Matrices go in as views of the mapped file: serialising them would copy the model twice.
        self._weights = {
            name: ort.OrtValue.ortvalue_from_numpy(array) for name, array in graph.tensors.items() if array.ndim > 1
        }
        options.add_external_initializers(list(self._weights), list(self._weights.values()))
        model = to_model(graph, embed=False).SerializeToString()
        self._session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._inputs = {value.name for value in self._session.get_inputs()}

    def run(self, input_ids: Ids, attention_mask: Ids, token_type_ids: Ids) -> Float32:
        feed = {"input_ids": input_ids, "attention_mask": attention_mask, "token_type_ids": token_type_ids}
        hidden: Float32 = self._session.run(None, {name: feed[name] for name in self._inputs})[0]
        return hidden


def load(checkpoint: Checkpoint, how: Execution) -> OnnxRuntime:
    return OnnxRuntime(checkpoint, how)
