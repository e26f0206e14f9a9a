"""The encoder of BERT and its relatives as an ONNX graph, built from safetensors without torch.

Post-norm transformer encoder (Devlin et al. 2019, https://arxiv.org/abs/1810.04805) with learnt absolute positions.
Weights stay in the type and place of the file: float16 is widened by a Cast that the runtime folds when it loads.
Rows of all sequences are kept as one matrix (batch * length, hidden), so that each linear layer is one Gemm.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.models.bert_weights import BertShape
from engine.models.weights import Tensors

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, TensorProto

OPSET = 20


@dataclass(slots=True)
class Graph:
    """Nodes and tensors under construction. A node's name is its output's name."""

    nodes: list[NodeProto] = field(default_factory=list)
    tensors: dict[str, NDArray[Any]] = field(default_factory=dict)

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        from onnx import helper

        output = f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], name=output, **attributes))
        return output

    def constant(self, value: Any, dtype: type = np.int64) -> str:
        name = f"constant_{len(self.tensors)}"
        self.tensors[name] = np.asarray(value, dtype=dtype)
        return name

    def weight(self, name: str, tensors: Tensors) -> str:
        """A float32 weight."""
        self.tensors[name] = tensors[name]
        return name if tensors[name].dtype == np.float32 else self.add("Cast", name, to=_FLOAT)


_FLOAT = 1  # TensorProto.FLOAT


def build_bert(shape: BertShape, tensors: Tensors) -> Graph:
    """The graph from input_ids, attention_mask, token_type_ids (batch, length) to last_hidden_state."""
    graph = Graph()
    size = graph.add("Shape", "input_ids")
    hidden = _embeddings(graph, shape, tensors)
    width = tensors["encoder.layer.0.attention.self.query.weight"].shape[0]
    heads = graph.add("Concat", size, graph.constant([shape.heads, width // shape.heads]), axis=0)
    mask = _attention_bias(graph)
    for number in range(shape.layers):
        hidden = _layer(graph, shape, tensors, f"encoder.layer.{number}", hidden, heads, mask)
    size = graph.add("Concat", size, graph.constant([width]), axis=0)
    graph.add("Reshape", hidden, size)
    graph.nodes[-1].output[0] = "last_hidden_state"
    return graph


def _embeddings(graph: Graph, shape: BertShape, tensors: Tensors) -> str:
    """Words, positions and token types, summed and normalised: (batch * length, hidden)."""
    words = _rows(graph, "embeddings.word_embeddings.weight", tensors, "input_ids")
    positions = _rows(graph, "embeddings.position_embeddings.weight", tensors, _positions(graph, shape))
    total = graph.add("Add", words, positions)
    if "embeddings.token_type_embeddings.weight" in tensors:
        # RoBERTa has one token type whatever its tokenizer says.
        single = tensors["embeddings.token_type_embeddings.weight"].shape[0] == 1
        types = graph.add("Mul", "token_type_ids", graph.constant(0)) if single else "token_type_ids"
        total = graph.add("Add", total, _rows(graph, "embeddings.token_type_embeddings.weight", tensors, types))
    width = tensors["embeddings.LayerNorm.weight"].shape[0]
    hidden = _norm(graph, shape, tensors, "embeddings.LayerNorm", total)
    hidden = graph.add("Reshape", hidden, graph.constant([-1, width]))
    if "embeddings_project.weight" in tensors:  # ELECTRA's small models
        hidden = _linear(graph, tensors, "embeddings_project", hidden)
    return hidden


def _positions(graph: Graph, shape: BertShape) -> str:
    if shape.position_offset is None:
        length = graph.add("Gather", graph.add("Shape", "input_ids"), graph.constant(1), axis=0)
        return graph.add("Range", graph.constant(0), length, graph.constant(1))
    # RoBERTa: the offset plus the count of tokens so far; padding stays at the offset.
    offset = graph.constant(shape.position_offset)
    present = graph.add("Cast", graph.add("Not", graph.add("Equal", "input_ids", offset)), to=7)  # INT64
    counted = graph.add("CumSum", present, graph.constant(1))
    return graph.add("Add", graph.add("Mul", counted, present), offset)


def _attention_bias(graph: Graph) -> str:
    """0 where a token is, the lowest float32 where padding is: (batch, 1, 1, length)."""
    present = graph.add("Cast", "attention_mask", to=_FLOAT)
    absent = graph.add("Sub", graph.constant(1.0, np.float32), present)
    bias = graph.add("Mul", absent, graph.constant(np.finfo(np.float32).min, np.float32))
    return graph.add("Unsqueeze", bias, graph.constant([1, 2]))


def _layer(graph: Graph, shape: BertShape, tensors: Tensors, name: str, hidden: str, heads: str, mask: str) -> str:
    context = _attention(graph, shape, tensors, f"{name}.attention.self", hidden, heads, mask)
    output = _linear(graph, tensors, f"{name}.attention.output.dense", context)
    hidden = _norm(graph, shape, tensors, f"{name}.attention.output.LayerNorm", graph.add("Add", output, hidden))
    inner = _activation(graph, shape, _linear(graph, tensors, f"{name}.intermediate.dense", hidden))
    output = _linear(graph, tensors, f"{name}.output.dense", inner)
    return _norm(graph, shape, tensors, f"{name}.output.LayerNorm", graph.add("Add", output, hidden))


def _attention(graph: Graph, shape: BertShape, tensors: Tensors, name: str, hidden: str, heads: str, mask: str) -> str:
    """softmax(Q K' / sqrt(d) + mask) V over (batch, heads, length, d), heads joined again."""
    width = tensors[f"{name}.query.weight"].shape[0]

    def split(part: str, order: list[int]) -> str:
        rows = _linear(graph, tensors, f"{name}.{part}", hidden)
        return graph.add("Transpose", graph.add("Reshape", rows, heads), perm=order)

    scores = graph.add("MatMul", split("query", [0, 2, 1, 3]), split("key", [0, 2, 3, 1]))
    scale = graph.constant((width / shape.heads) ** -0.5, np.float32)
    scores = graph.add("Add", graph.add("Mul", scores, scale), mask)
    context = graph.add("MatMul", graph.add("Softmax", scores, axis=-1), split("value", [0, 2, 1, 3]))
    return graph.add("Reshape", graph.add("Transpose", context, perm=[0, 2, 1, 3]), graph.constant([-1, width]))


def _activation(graph: Graph, shape: BertShape, rows: str) -> str:
    if shape.activation == "relu":
        return graph.add("Relu", rows)
    return graph.add("Gelu", rows, approximate="none" if shape.activation == "gelu" else "tanh")


def _linear(graph: Graph, tensors: Tensors, name: str, rows: str) -> str:
    weight, bias = graph.weight(f"{name}.weight", tensors), graph.weight(f"{name}.bias", tensors)
    return graph.add("Gemm", rows, weight, bias, transB=1)


def _norm(graph: Graph, shape: BertShape, tensors: Tensors, name: str, rows: str) -> str:
    weight, bias = graph.weight(f"{name}.weight", tensors), graph.weight(f"{name}.bias", tensors)
    return graph.add("LayerNormalization", rows, weight, bias, axis=-1, epsilon=shape.epsilon)


def _rows(graph: Graph, name: str, tensors: Tensors, indices: str) -> str:
    """Rows of an embedding table, widened after they are picked."""
    graph.tensors[name] = tensors[name]
    picked = graph.add("Gather", name, indices, axis=0)
    return picked if tensors[name].dtype == np.float32 else graph.add("Cast", picked, to=_FLOAT)


def to_model(graph: Graph, *, embed: bool) -> ModelProto:
    """The graph as a model. Without `embed` its tensors are declared external, to be given to the runtime apart."""
    from onnx import TensorProto, helper

    size = ["batch", "length"]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, size)
        for name in ("input_ids", "attention_mask", "token_type_ids")
    ]
    output = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, [*size, None])
    tensors = [_tensor(name, array, embed) for name, array in graph.tensors.items()]
    body = helper.make_graph(graph.nodes, "bert", inputs, [output], initializer=tensors)
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
