"""Jina's BERT, which transformers does not have, against its published formulae, written for one sequence in NumPy.

They are those of https://huggingface.co/jinaai/jina-bert-implementation and jina-bert-v2-qk-post-norm
(modeling_bert.py): `JinaBertSelfAttention`, `JinaBertGLUMLP`, `JinaBertLayer` and `rebuild_alibi_tensor`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.errors import UnsupportedModel
from engine.models import load_encoder, load_reranker
from engine.models.checkpoints.checkpoint import kind_of, read_checkpoint
from engine.models.checkpoints.tokenization import Tokenization
from engine.models.checkpoints.weights import Tensors, read_tensors
from engine.models.describe import describe, kinds_of
from engine.models.encoders.layers import to_unit_length
from engine.models.graphs.jina_bert import slopes
from engine.models.runtimes.runtime import installed
from engine.types import Passage
from tests.support.checkpoints import TEXTS
from tests.support.families import tiny_jina

Matrix = NDArray[Any]
FORMS = [("geglu", False), ("reglu", False), ("original", False), ("geglu", True), ("reglu", True)]
QUERY = "the river"


def published_slopes(heads: int) -> list[float]:
    def power_of_two(count: int) -> list[float]:
        start = 2.0 ** (-(2.0 ** -(math.log2(count) - 3)))
        return [start * start**number for number in range(count)]

    if math.log2(heads).is_integer():
        return power_of_two(heads)
    closest = 2 ** math.floor(math.log2(heads))
    return power_of_two(closest) + published_slopes(2 * closest)[0::2][: heads - closest]


class Reference:
    """The model of one checkpoint."""

    def __init__(self, path: Path) -> None:
        self.config = json.loads((path / "config.json").read_text("utf-8"))
        self.tensors: Tensors = read_tensors([path / "model.safetensors"])
        self.second = any("layer_norm_q" in name for name in self.tensors)

    def hidden(self, ids: list[int], types: list[int]) -> Matrix:
        """Last hidden states, shape (length, hidden)."""
        table = self.tensors["bert.embeddings.word_embeddings.weight"]
        hidden = table[ids] + self.tensors["bert.embeddings.token_type_embeddings.weight"][types]
        hidden = self.norm("bert.embeddings.LayerNorm", hidden.astype(np.float64))
        for layer in range(self.config["num_hidden_layers"]):
            hidden = self.layer(f"bert.encoder.layer.{layer}", hidden)
        return hidden

    def layer(self, name: str, hidden: Matrix) -> Matrix:
        attended = self.linear(f"{name}.attention.output.dense", self.attention(f"{name}.attention.self", hidden))
        rows = self.norm(f"{name}.attention.output.LayerNorm", attended + hidden)
        if self.config["feed_forward_type"] == "original":
            inner = self.linear(f"{name}.output.dense", gelu(self.linear(f"{name}.intermediate.dense", rows)))
            return self.norm(f"{name}.output.LayerNorm", inner + rows)
        activation = {"geglu": gelu, "reglu": relu}[self.config["feed_forward_type"]]
        width = self.config["intermediate_size"]
        if self.second:
            rows = self.norm(f"{name}.layer_norm_1", hidden + rows)
            both = self.linear(f"{name}.mlp.up_gated_layer", rows)
            inner = self.linear(f"{name}.mlp.down_layer", both[:, :width] * activation(both[:, width:]))
            return self.norm(f"{name}.layer_norm_2", rows + inner)
        both = self.linear(f"{name}.mlp.gated_layers", rows)
        inner = self.linear(f"{name}.mlp.wo", activation(both[:, :width]) * both[:, width:])
        return self.norm(f"{name}.mlp.layernorm", inner + rows)

    def attention(self, name: str, hidden: Matrix) -> Matrix:
        heads, length = self.config["num_attention_heads"], len(hidden)
        query, key, value = (self.linear(f"{name}.{part}", hidden) for part in ("query", "key", "value"))
        if self.second:
            query, key = self.norm(f"{name}.layer_norm_q", query), self.norm(f"{name}.layer_norm_k", key)
        query, key, value = (rows.reshape(length, heads, -1).swapaxes(0, 1) for rows in (query, key, value))
        scores = query @ key.swapaxes(1, 2) / math.sqrt(query.shape[2])
        away = np.abs(np.arange(length)[None, :] - np.arange(length)[:, None])
        scores = scores - np.array(published_slopes(heads))[:, None, None] * away
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        joined: Matrix = (weights @ value).swapaxes(0, 1).reshape(length, -1)
        return joined

    def logits(self, ids: list[int], types: list[int]) -> Matrix:
        return self.linear("classifier", np.tanh(self.linear("bert.pooler.dense", self.hidden(ids, types)[:1])))[0]

    def linear(self, name: str, rows: Matrix) -> Matrix:
        product: Matrix = rows @ self.tensors[f"{name}.weight"].T.astype(np.float64)
        return product + self.tensors[f"{name}.bias"] if f"{name}.bias" in self.tensors else product

    def norm(self, name: str, rows: Matrix) -> Matrix:
        centred = rows - rows.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt(rows.var(axis=-1, keepdims=True) + self.config["layer_norm_eps"])
        normed: Matrix = scaled * self.tensors[f"{name}.weight"] + self.tensors[f"{name}.bias"]
        return normed


def gelu(rows: Matrix) -> Matrix:
    return rows * 0.5 * (1 + np.vectorize(math.erf)(rows / math.sqrt(2)))


def relu(rows: Matrix) -> Matrix:
    return np.maximum(rows, 0)


@pytest.fixture(params=["onnx", "openvino"])
def runtime(request: pytest.FixtureRequest) -> str:
    if not installed(request.param):
        pytest.skip(f"{request.param} is not installed")
    return str(request.param)


@pytest.mark.parametrize("heads", [1, 2, 3, 4, 6, 8, 12, 16, 20])
def test_slopes(heads: int) -> None:
    assert slopes(heads) == pytest.approx(published_slopes(heads))


@pytest.mark.parametrize(("kind", "second"), FORMS)
def test_an_encoder(kind: str, second: bool, runtime: str, tmp_path: Path) -> None:
    """Vectors are the means of the hidden states, at unit length."""
    path = tiny_jina(tmp_path, kind=kind, second=second, heads=8)
    reference = Reference(path)
    encodings = Tokenization(read_checkpoint(path), max_length=100).encode(TEXTS)
    expected = np.stack([reference.hidden(part.ids, part.type_ids).mean(axis=0) for part in encodings])
    vectors = load_encoder(str(path), runtime=runtime).encode(TEXTS)
    np.testing.assert_allclose(vectors, to_unit_length(expected.astype(np.float32)), rtol=0, atol=1e-5)
    assert expected.std(axis=0).min() > 1e-2


@pytest.mark.parametrize(("kind", "second"), FORMS)
def test_a_reranker(kind: str, second: bool, runtime: str, tmp_path: Path) -> None:
    path = tiny_jina(tmp_path, kind=kind, second=second, heads=2, labels=["yes"])
    reference = Reference(path)
    pairs = Tokenization(read_checkpoint(path), max_length=100).encode([(QUERY, text) for text in TEXTS])
    expected = [reference.logits(pair.ids, pair.type_ids)[0] for pair in pairs]
    scores = load_reranker(str(path), runtime=runtime).score(QUERY, [Passage(text) for text in TEXTS])
    np.testing.assert_allclose(scores, expected, rtol=0, atol=1e-4)
    assert np.std(expected) > 1e-2


def test_the_head_tells_a_reranker_from_an_encoder(tmp_path: Path) -> None:
    """Both name the same class in config.json."""
    assert kind_of(read_checkpoint(tiny_jina(tmp_path / "encoder"))) == "encoder"
    reranker = tiny_jina(tmp_path / "reranker", labels=["yes"])
    assert kind_of(read_checkpoint(reranker)) == "reranker"
    described = describe(str(reranker), "reranker")
    assert described.runtimes == ("onnx", "openvino") and not described.own_code
    assert described.architecture == "jina-bert" and kinds_of(str(reranker)) == ("reranker",)
    with pytest.raises(UnsupportedModel, match="is a reranker"):
        load_encoder(str(reranker), runtime="onnx")
    with pytest.raises(UnsupportedModel):
        load_reranker(str(tmp_path / "encoder"), runtime="onnx")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"position_embedding_type": "absolute"}, "without linear biases"),
        ({"feed_forward_type": "swiglu"}, "of the kind swiglu"),
        ({"feed_forward_type": "original", "hidden_act": "silu"}, "the activation silu"),
        ({"is_decoder": True}, "is a decoder"),
    ],
)
def test_what_is_not_covered_is_refused(change: dict[str, object], problem: str, tmp_path: Path) -> None:
    path = tiny_jina(tmp_path)
    config = json.loads((path / "config.json").read_text("utf-8"))
    (path / "config.json").write_text(json.dumps(config | change))
    with pytest.raises(UnsupportedModel, match=problem):
        load_encoder(str(path), runtime="onnx")


def test_torch_says_what_runs_it_without_its_code(tmp_path: Path, setting: Callable[..., None]) -> None:
    if not installed("torch"):
        pytest.skip("torch is not installed")
    path = tiny_jina(tmp_path)
    with pytest.raises(UnsupportedModel) as caught:
        load_encoder(str(path), runtime="torch")
    assert "WINNOW_RUNTIME=onnx" in caught.value.remedy and "WINNOW_TRUST_REMOTE_CODE" in caught.value.remedy
    config = json.loads((path / "config.json").read_text("utf-8"))
    (path / "config.json").write_text(json.dumps({name: config[name] for name in config if name != "auto_map"}))
    for trusted in (False, True):
        setting(trust_remote_code=trusted)
        with pytest.raises(UnsupportedModel, match="without the code") as caught:
            load_encoder(str(path), runtime="torch")
    assert load_encoder(str(path), runtime="onnx").dimension == 32
