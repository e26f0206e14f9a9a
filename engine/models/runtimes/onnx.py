"""ONNX Runtime on the CPU: the default, and in float32 the reference for the other runtimes."""

from __future__ import annotations

import numpy as np
import onnxruntime as ort

from engine.errors import UsageError
from engine.models.checkpoints.checkpoint import Checkpoint
from engine.models.checkpoints.declared import declared_int8
from engine.models.graphs.architectures import build_graph
from engine.models.graphs.graph import to_model
from engine.models.runtimes.execution import Execution
from engine.models.runtimes.runtime import Ids
from engine.types import Float32


class OnnxRuntime:
    """One session for all threads: `InferenceSession.run` may be called concurrently.

    In int8 each text of a batch runs by itself: the scale of activations is that of all rows together, so a text's
    vectors would depend on its neighbours. It is no slower, since nothing is spent on padding.
    """

    def __init__(self, checkpoint: Checkpoint, how: Execution) -> None:
        if how.precision == "bfloat16":
            raise UsageError(
                "The runtime onnx computes in float32 and int8, not bfloat16.",
                "Set WINNOW_RUNTIME=openvino or torch (extras of these names), or leave WINNOW_PRECISION out.",
            )
        self._int8 = how.precision == "int8" or (how.precision == "auto" and declared_int8(checkpoint))
        graph = build_graph(checkpoint, int8=self._int8)
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
        if not self._int8:
            return self._run(input_ids, attention_mask, token_type_ids)
        rows = []
        for ids, mask, types in zip(input_ids, attention_mask, token_type_ids, strict=True):
            length = int(mask.sum())
            hidden = self._run(ids[None, :length], mask[None, :length], types[None, :length])
            rows.append(np.pad(hidden[0], ((0, len(ids) - length), (0, 0))))
        return np.stack(rows)

    def _run(self, input_ids: Ids, attention_mask: Ids, token_type_ids: Ids) -> Float32:
        feed = {"input_ids": input_ids, "attention_mask": attention_mask, "token_type_ids": token_type_ids}
        hidden: Float32 = self._session.run(None, {name: feed[name] for name in self._inputs})[0]
        return hidden


def load(checkpoint: Checkpoint, how: Execution) -> OnnxRuntime:
    return OnnxRuntime(checkpoint, how)
