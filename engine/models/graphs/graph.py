"""An ONNX graph under construction, and the operators that transformers share.

Weights stay in the type and place of the file: float16 is widened by a Cast that the runtime folds when it loads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.models.checkpoints.packed import BASE, PACKED, SCALE, ZERO
from engine.models.checkpoints.weights import Tensors
from engine.models.graphs.int8 import int8_linear

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, TensorProto

OPSET = 20
INPUTS = ("input_ids", "attention_mask", "token_type_ids")  # each (batch, length), INT64
HIDDEN = "last_hidden_state"  # the output of an encoder's graph: (batch, length, hidden), FLOAT
FLOAT, INT64 = 1, 7  # of TensorProto


@dataclass(slots=True)
class Graph:
    """Nodes and tensors under construction. A node's name is its output's name. With `int8` linear layers compute in
    it.
    """

    int8: bool = False
    nodes: list[NodeProto] = field(default_factory=list)
    tensors: dict[str, NDArray[Any]] = field(default_factory=dict)
    output: str = ""

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        from onnx import helper

        output = f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], name=output, **attributes))
        return output

    def constant(self, value: Any, dtype: type = np.int64) -> str:
        name = f"constant_{len(self.tensors)}"
        self.tensors[name] = np.asarray(value, dtype=dtype)
        return name

    def widen(self, value: str) -> str:
        """The value in float32."""
        return self.add("Cast", value, to=FLOAT)

    def weight(self, name: str, tensors: Tensors) -> str:
        """A float32 weight."""
        self.tensors[name] = weight = tensors[name]
        return name if weight.dtype == np.float32 else self.widen(name)

    def linear(self, name: str, tensors: Tensors, rows: str, *, bias: bool = True) -> str:
        """rows W' + b; W is (out, in), as torch keeps it."""
        if self.int8:
            product = int8_linear(self, name, tensors[f"{name}.weight"], rows)
            return self.add("Add", product, self.weight(f"{name}.bias", tensors)) if bias else product
        return self.add("Gemm", rows, *self._weights(name, tensors, bias), transB=1)

    def norm(self, name: str, tensors: Tensors, rows: str, epsilon: float, *, bias: bool = True) -> str:
        """Layer normalisation (https://arxiv.org/abs/1607.06450)."""
        return self.add("LayerNormalization", rows, *self._weights(name, tensors, bias), axis=-1, epsilon=epsilon)

    def _weights(self, name: str, tensors: Tensors, bias: bool) -> list[str]:
        return [self.weight(f"{name}.{part}", tensors) for part in ("weight", "bias")[: 1 + bias]]

    def rows(self, name: str, tensors: Tensors, indices: str) -> str:
        """Rows of an embedding table, widened after they are picked."""
        if name + PACKED in tensors:
            return self._packed_rows(name, tensors, indices)
        self.tensors[name] = tensors[name]
        picked = self.add("Gather", name, indices, axis=0)
        return picked if tensors[name].dtype == np.float32 else self.widen(picked)

    def _packed_rows(self, name: str, tensors: Tensors, indices: str) -> str:
        """The same of a packed table (checkpoints/packed.py), of which only what is picked is unpacked."""
        for part in (name + PACKED, name + SCALE):
            self.tensors[part] = tensors[part]
        both = self.widen(self.add("Gather", name + PACKED, indices, axis=0))
        base = self.constant(BASE, np.float32)
        high = self.add("Floor", self.add("Div", both, base))
        low = self.add("Sub", both, self.add("Mul", high, base))
        values = self.add("Sub", self.add("Concat", low, high, axis=-1), self.constant(ZERO, np.float32))
        scales = self.widen(self.add("Gather", name + SCALE, indices, axis=0))
        scaled = self.add("Mul", values, self.add("Unsqueeze", scales, self.constant([-1])))
        return self.add("Reshape", scaled, self.add("Concat", self.add("Shape", indices), self.constant([-1]), axis=0))

    def activation(self, name: str, rows: str) -> str:
        """One of ACTIVATIONS."""
        if name == "relu":
            return self.add("Relu", rows)
        return self.add("Gelu", rows, approximate="none" if name == "gelu" else "tanh")

    def split(self, rows: str, parts: int) -> list[str]:
        """The last axis in equal parts."""
        from onnx import helper

        name = f"Split_{len(self.nodes)}"
        outputs = [f"{name}_{part}" for part in range(parts)]
        self.nodes.append(helper.make_node("Split", [rows], outputs, name=name, axis=-1, num_outputs=parts))
        return outputs

    def split_heads(self, rows: str, heads: str, *, keys: bool = False) -> str:
        """(batch * length, hidden) -> (batch, heads, length, d), or (batch, heads, d, length) for keys.

        `heads` names the shape (batch, length, heads, d).
        """
        return self.add("Transpose", self.add("Reshape", rows, heads), perm=[0, 2, 3, 1] if keys else [0, 2, 1, 3])

    def attend(self, scores: str, values: str, width: int) -> str:
        """softmax(scores) values, with its heads joined again: (batch * length, width)."""
        context = self.add("MatMul", self.add("Softmax", scores, axis=-1), values)
        return self.add("Reshape", self.add("Transpose", context, perm=[0, 2, 1, 3]), self.constant([-1, width]))

    def positions(self) -> str:
        """0, 1, ... to the length of the batch."""
        length = self.add("Gather", self.add("Shape", "input_ids"), self.constant(1), axis=0)
        return self.add("Range", self.constant(0), length, self.constant(1))

    def distances(self) -> str:
        """Position of the query less that of the key: (length, length)."""
        positions = self.positions()
        return self.add("Sub", self.add("Unsqueeze", positions, self.constant([1])), positions)

    def attention_bias(self) -> str:
        """0 where a token is, the lowest float32 where padding is: (batch, 1, 1, length)."""
        present = self.widen("attention_mask")
        absent = self.add("Sub", self.constant(1.0, np.float32), present)
        bias = self.add("Mul", absent, self.constant(np.finfo(np.float32).min, np.float32))
        return self.add("Unsqueeze", bias, self.constant([1, 2]))

    def finish(self, node: str, output: str) -> None:
        """Make `node` the graph's output, by the name of `output`."""
        self.add("Identity", node)
        self.nodes[-1].output[0] = self.output = output


ACTIVATIONS = ("gelu", "gelu_new", "gelu_pytorch_tanh", "relu")


def to_model(graph: Graph, *, embed: bool) -> ModelProto:
    """The graph as a model. Without `embed` its tensors are declared external, to be given to the runtime apart."""
    from onnx import TensorProto, helper

    size = ["batch", "length"]
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, size) for name in INPUTS]
    output = helper.make_tensor_value_info(graph.output, TensorProto.FLOAT, None)
    tensors = [_tensor(name, array, embed) for name, array in graph.tensors.items()]
    body = helper.make_graph(graph.nodes, "transformer", inputs, [output], initializer=tensors)
    return helper.make_model(body, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)


def _tensor(name: str, array: NDArray[Any], embed: bool) -> TensorProto:
    from onnx import TensorProto, helper

    tensor = TensorProto(name=name, data_type=helper.np_dtype_to_tensor_dtype(array.dtype), dims=array.shape)
    if embed or array.ndim < 2:  # graph optimisers read small constants
        tensor.raw_data = array.tobytes()
    else:
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value="given apart")
    return tensor
