"""Graphs that a publisher put beside the weights: what they give is what the weights give, as far as their precision
goes, and what cannot be run is refused by name.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.errors import ModelNotFound, UnsupportedModel, UsageError, WinnowError
from engine.models import load_encoder, load_reranker
from engine.models.checkpoints.locate import locate_weights
from engine.models.checkpoints.published import graph_patterns, split_graph
from engine.models.describe import describe
from engine.models.export import export
from engine.models.rerankers.digest import reranker_digest
from engine.models.runtimes.runtime import installed
from engine.types import Passage
from tests.support.checkpoints import TEXTS, tiny_cross_encoder, tiny_encoder, tiny_static

PASSAGES = [Passage(text) for text in TEXTS]
LIGHT = [
    pytest.param(name, marks=pytest.mark.skipif(not installed(name), reason=f"{name} is not installed"))
    for name in ("onnx", "openvino")
]


@pytest.fixture
def published(tmp_path: Path) -> Callable[[Path], Path]:
    """A model with its graph as onnx/model.onnx, and no other weights of the transformer."""

    def make(model: Path) -> Path:
        export(model, tmp_path / "published", "onnx")
        return tmp_path / "published"

    return make


@pytest.mark.parametrize("runtime", LIGHT)
def test_an_encoders_graph_gives_what_its_weights_give(
    runtime: str, published: Callable[[Path], Path], tmp_path: Path
) -> None:
    weights = tiny_encoder(tmp_path / "model", dense=16)
    graph = load_encoder(f"{published(weights)}#onnx/model.onnx", runtime=runtime)
    exact = load_encoder(str(weights), runtime=runtime)
    np.testing.assert_allclose(graph.encode(TEXTS), exact.encode(TEXTS), atol=1e-5)
    assert graph.fingerprint.weights != exact.fingerprint.weights  # its precision may be another
    assert graph.fingerprint.pooling == exact.fingerprint.pooling


@pytest.mark.parametrize("runtime", LIGHT)
@pytest.mark.parametrize("modular", [False, True], ids=["with its head", "without a head"])
def test_a_rerankers_graph_scores_as_its_weights_do(
    runtime: str, modular: bool, published: Callable[[Path], Path], tmp_path: Path
) -> None:
    weights = tiny_cross_encoder(tmp_path / "model", modular=modular)
    named = f"{published(weights)}#onnx/model.onnx"
    graph, exact = load_reranker(named, runtime=runtime), load_reranker(str(weights), runtime=runtime)
    np.testing.assert_allclose(graph.score("river", PASSAGES), exact.score("river", PASSAGES), atol=1e-4)
    assert reranker_digest(named) != reranker_digest(str(weights))


def test_the_scores_of_several_labels_come_from_the_graph(published: Callable[[Path], Path], tmp_path: Path) -> None:
    weights = tiny_families_nli(tmp_path / "model")
    graph = load_reranker(f"{published(weights)}#onnx/model.onnx", runtime="onnx")
    exact = load_reranker(str(weights), runtime="onnx")
    np.testing.assert_allclose(graph.score("river", PASSAGES), exact.score("river", PASSAGES), atol=1e-4)


def tiny_families_nli(path: Path) -> Path:
    from tests.support.families import tiny_modernbert

    return tiny_modernbert(path, labels=["contradiction", "entailment", "neutral"])


def test_openvinos_own_format(published: Callable[[Path], Path], tmp_path: Path) -> None:
    openvino = pytest.importorskip(
        "openvino", reason="openvino is not installed: pip install 'winnow-search[openvino]'"
    )
    weights = tiny_encoder(tmp_path / "model")
    folder = published(weights)
    model = openvino.Core().read_model(folder / "onnx" / "model.onnx")
    openvino.save_model(model, folder / "openvino" / "openvino_model.xml", compress_to_fp16=False)
    named = f"{folder}#openvino/openvino_model.xml"
    graph = load_encoder(named, runtime="openvino")
    np.testing.assert_allclose(
        graph.encode(TEXTS), load_encoder(str(weights), runtime="openvino").encode(TEXTS), atol=1e-5
    )
    with pytest.raises(UnsupportedModel, match="runtime onnx cannot run") as caught:
        load_encoder(named, runtime="onnx")
    assert "WINNOW_RUNTIME=openvino" in caught.value.remedy
    before = describe(named, "encoder").reading.fingerprint
    weights_beside = folder / "openvino" / "openvino_model.bin"
    weights_beside.write_bytes(weights_beside.read_bytes() + b"\0")
    assert describe(named, "encoder").reading.fingerprint != before  # the weights beside it count


@pytest.mark.parametrize("runtime", LIGHT)
def test_a_graph_in_dynamic_int8_does_not_depend_on_the_batch(
    runtime: str, published: Callable[[Path], Path], tmp_path: Path
) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    weights = tiny_encoder(tmp_path / "model")
    folder = published(weights)
    file = folder / "onnx" / "model_qint8_avx512.onnx"
    quantize_dynamic(folder / "onnx" / "model.onnx", file, weight_type=QuantType.QInt8)
    exact = load_encoder(str(weights), runtime=runtime).encode(TEXTS)
    fast = load_encoder(f"{folder}#onnx/{file.name}", runtime=runtime)
    assert (exact * fast.encode(TEXTS)).sum(axis=1).min() > 0.98
    if runtime == "onnx":
        for text, row in zip(TEXTS, fast.encode(TEXTS), strict=True):
            np.testing.assert_allclose(fast.encode([text])[0], row, atol=1e-6)


@pytest.mark.parametrize("runtime", LIGHT)
def test_a_graph_in_half_precision(runtime: str, published: Callable[[Path], Path], tmp_path: Path) -> None:
    import onnx
    from onnx import TensorProto, helper

    weights = tiny_encoder(tmp_path / "model")
    folder = published(weights)
    model = onnx.load(folder / "onnx" / "model.onnx")
    (output,) = model.graph.output
    model.graph.node.append(helper.make_node("Cast", [output.name], ["half"], to=TensorProto.FLOAT16))
    for node in model.graph.node[:-1]:
        node.output[:] = ["exact" if name == output.name else name for name in node.output]
    model.graph.node[-1].input[0], model.graph.node[-1].output[0] = "exact", output.name
    output.type.tensor_type.elem_type = TensorProto.FLOAT16
    onnx.save(model, folder / "onnx" / "model_fp16.onnx")
    graph = load_encoder(f"{folder}#onnx/model_fp16.onnx", runtime=runtime).encode(TEXTS)
    assert graph.dtype == np.float32
    np.testing.assert_allclose(graph, load_encoder(str(weights), runtime=runtime).encode(TEXTS), atol=1e-3)


def test_what_cannot_be_run_is_refused_by_name(published: Callable[[Path], Path], tmp_path: Path) -> None:
    folder = published(tiny_encoder(tmp_path / "model"))
    named = f"{folder}#onnx/model.onnx"
    refused(ModelNotFound, "no graph onnx/model_O4.onnx", f"{folder}#onnx/model_O4.onnx", "has onnx/model.onnx")
    refused(UsageError, "its own precision", named, "WINNOW_PRECISION", precision="int8")
    refused(UnsupportedModel, "runtime torch cannot run", named, "onnx or openvino", runtime="torch")
    (folder / "onnx" / "broken.onnx").write_bytes(b"no graph")
    refused(UnsupportedModel, "cannot read", f"{folder}#onnx/broken.onnx", "another file")
    static = tiny_static(tmp_path / "static")
    (static / "model.onnx").write_bytes(b"")
    refused(UnsupportedModel, "cannot take the place", f"{static}#model.onnx", "Leave #")


def refused(kind: type[WinnowError], message: str, name: str, remedy: str, **how: str) -> None:
    if not installed(how.get("runtime", "onnx")):
        return
    with pytest.raises(kind, match=message) as caught:
        load_encoder(name, **{"runtime": "onnx", **how})  # type: ignore[arg-type]
    assert remedy in caught.value.remedy


def test_a_graph_that_gives_something_else_is_refused(tmp_path: Path) -> None:
    """A cross-encoder's graph, which gives scores, for an encoder."""
    export(tiny_cross_encoder(tmp_path / "judge"), tmp_path / "out", "onnx")
    model = tiny_encoder(tmp_path / "model")
    (model / "scores.onnx").write_bytes((tmp_path / "out" / "onnx" / "model.onnx").read_bytes())
    refused(UnsupportedModel, "gives logits", f"{model}#scores.onnx", "Leave #")


def test_a_graph_is_neither_copied_nor_trained(published: Callable[[Path], Path], tmp_path: Path) -> None:
    folder = published(tiny_encoder(tmp_path / "model"))
    with pytest.raises(UsageError, match="neither copied nor trained"):
        locate_weights(f"{folder}#onnx/model.onnx", "encoder")
    assert locate_weights(str(folder), "encoder") == folder


def test_names() -> None:
    assert split_graph("a/b#onnx/model_O3.onnx") == ("a/b", "onnx/model_O3.onnx")
    for name in ("a/b", "a/b#c", "a#../x.onnx", "a#/x.onnx", "#x.onnx"):
        assert split_graph(name) == (name, None)
    assert graph_patterns("openvino/m.xml") == ["openvino/m.xml", "openvino/m.bin"]
    assert graph_patterns("m.onnx") == ["m.onnx", "m.onnx_data", "m.onnx.data"]
