"""What goes wrong when a model is loaded, and what loading costs."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from engine.errors import DependencyMissing, ModelNotFound, UnsupportedModel, UsageError
from engine.models import load_encoder, load_reranker
from engine.models.checkpoints.weights import read_tensors, weight_files
from engine.models.describe import describe
from engine.models.encoders.layers import to_unit_length
from engine.models.export import export
from engine.models.runtimes import runtime as runtimes
from tests.support.checkpoints import TEXTS, tiny_cross_encoder, tiny_encoder, tiny_static
from tests.support.late_interaction import tiny_late_interaction


def _edit(file: Path, **changes: object) -> None:
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | changes))


def test_importing_is_light() -> None:
    """Neither the package nor the query path brings torch, and ONNX Runtime only comes with a model."""
    code = (
        "import sys, engine.models; heavy = {'onnx', 'onnxruntime', 'torch', 'tokenizers', 'huggingface_hub'};"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules);"
        "engine.models.load_encoder().encode(['a']);"
        "assert not {'torch', 'transformers', 'openvino', 'huggingface_hub'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])


def test_a_model_is_loaded_once(tmp_path: Path) -> None:
    path = str(tiny_encoder(tmp_path))
    with ThreadPoolExecutor(8) as pool:
        models = list(pool.map(lambda _: load_encoder(path), range(16)))
    assert len(set(map(id, models))) == 1


def test_unknown_directory() -> None:
    for name in ("./no/such/model", "/no/such/model", "not a model!", "double--dash..name"):
        with pytest.raises(ModelNotFound, match="bundled"):
            load_encoder(name)


def test_hub_without_a_network(tmp_path: Path) -> None:
    """In a fresh process, as the hub's library reads its environment once."""
    code = (
        "from engine.errors import ModelNotFound\nfrom engine.models import load_encoder\n"
        "try:\n    load_encoder('minilm')\n"
        "except ModelNotFound as error:\n    assert 'cannot be reached' in str(error) and 'bundled' in str(error), error\n"
        "else:\n    raise SystemExit('loaded')"
    )
    environment = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path), "PATH": ""}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3], env=environment)


def test_empty_directory(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match=r"config\.json"):
        load_encoder(str(tmp_path))


def test_missing_weights(tmp_path: Path) -> None:
    path = tiny_encoder(tmp_path)
    (path / "model.safetensors").unlink()
    with pytest.raises(ModelNotFound, match=r"model\.safetensors"):
        load_encoder(str(path))


def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    path = tiny_encoder(tmp_path)
    (path / "model.safetensors").rename(path / "pytorch_model.bin")
    with pytest.raises(UnsupportedModel, match=r"pytorch_model\.bin") as caught:
        load_encoder(str(path))
    assert 'SentenceTransformer("<directory>").save' in caught.value.remedy


@pytest.mark.parametrize(
    ("make", "file", "changes", "line"),
    [
        (tiny_cross_encoder, "", {}, 'CrossEncoder("<directory>").save'),
        (lambda path: tiny_cross_encoder(path, modular=True), "", {}, 'CrossEncoder("<directory>").save'),
        (lambda path: tiny_cross_encoder(path, modular=True), "2_Dense", {}, 'CrossEncoder("<directory>").save'),
        (tiny_late_interaction, "", {}, 'MultiVectorEncoder("<directory>").save'),
        (tiny_encoder, "", {"architectures": ["LlamaForCausalLM"]}, "AutoModelForCausalLM.from_pretrained"),
        (lambda path: tiny_encoder(path, dense=8), "2_Dense", {}, 'SentenceTransformer("<directory>").save'),
    ],
)
def test_the_conversion_of_pickled_weights_keeps_the_whole_model(
    make: Callable[[Path], Path], file: str, changes: dict[str, object], line: str, tmp_path: Path
) -> None:
    """By SentenceTransformer a cross-encoder would lose its head."""
    folder = make(tmp_path) / file
    if changes:
        _edit(folder / "config.json", **changes)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(UnsupportedModel) as caught:
        weight_files(folder)
    assert line in caught.value.remedy


def test_truncated_weights(tmp_path: Path) -> None:
    path = tiny_encoder(tmp_path)
    weights = (path / "model.safetensors").read_bytes()
    for size in (len(weights) // 2, 100, 4, 0):
        (path / "model.safetensors").write_bytes(weights[:size])
        with pytest.raises(UnsupportedModel, match="not a readable safetensors file"):
            read_tensors([path / "model.safetensors"])


def test_tensor_types(tmp_path: Path) -> None:
    """Each type is read as written; bfloat16 is the upper half of a float32."""
    values = np.array([[1.5, -2.25, 0.0], [3.0, 1e30, -1e-30]], dtype=np.float32)
    halves = (values.view(np.uint32) >> 16).astype("<u2")
    parts = {"single": ("F32", values), "half": ("F16", values.clip(-9, 9).astype("<f2")), "brain": ("BF16", halves)}
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    body = b""
    for name, (kind, array) in parts.items():
        offsets = [len(body), len(body) + array.nbytes]
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": offsets}
        body += array.tobytes()
    text = json.dumps(header).encode()
    (tmp_path / "model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + body)
    tensors = read_tensors([tmp_path / "model.safetensors"])
    np.testing.assert_array_equal(tensors["single"], values)
    np.testing.assert_array_equal(tensors["half"], parts["half"][1])
    np.testing.assert_allclose(tensors["brain"], values, rtol=2**-7)
    assert tensors["brain"].dtype == np.float32


def test_missing_tensor(tmp_path: Path) -> None:
    path = tiny_encoder(tmp_path)
    _edit(path / "config.json", num_hidden_layers=3)
    with pytest.raises(UnsupportedModel, match=r"encoder\.layer\.2"):
        load_encoder(str(path))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"model_type": "t5"}, "t5"),
        ({"hidden_act": "silu"}, "silu"),
        ({"position_embedding_type": "relative_key"}, "relative_key"),
        ({"is_decoder": True}, "decoder"),
    ],
)
def test_architectures_that_are_not_covered(tmp_path: Path, change: dict[str, object], named: str) -> None:
    path = tiny_encoder(tmp_path)
    _edit(path / "config.json", **change)
    with pytest.raises(UnsupportedModel, match=named) as caught:
        load_encoder(str(path), runtime="onnx")
    assert "WINNOW_RUNTIME=torch" in caught.value.remedy


@pytest.mark.parametrize("module", ["sentence_transformers.models.WeightedLayerPooling", "custom.Pooling"])
def test_unknown_module(tmp_path: Path, module: str) -> None:
    path = tiny_encoder(tmp_path)
    modules = json.loads((path / "modules.json").read_text("utf-8"))
    modules[1]["type"] = module
    (path / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(UnsupportedModel, match=module):
        load_encoder(str(path))


def test_plain_transformer_is_pooled_by_its_mean(tmp_path: Path) -> None:
    plain, full = tiny_encoder(tmp_path / "plain"), tiny_encoder(tmp_path / "full", normalize=False)
    (plain / "modules.json").unlink()
    np.testing.assert_array_equal(load_encoder(str(plain)).encode(TEXTS), load_encoder(str(full)).encode(TEXTS))


def test_truncated_dimension(tmp_path: Path) -> None:
    path, whole = tiny_encoder(tmp_path / "a"), tiny_encoder(tmp_path / "b")
    _edit(path / "config_sentence_transformers.json", truncate_dim=8)
    model = load_encoder(str(path))
    assert model.dimension == 8
    cut = to_unit_length(load_encoder(str(whole)).encode(TEXTS)[:, :8])  # the cut undoes the norm: it is given again
    np.testing.assert_allclose(model.encode(TEXTS), cut, rtol=0, atol=1e-6)
    assert model.fingerprint.pooling == "mean, normalize, cosine"


def test_encoder_is_no_reranker(tmp_path: Path) -> None:
    for path in (tiny_encoder(tmp_path / "a"), tiny_static(tmp_path / "b")):
        with pytest.raises(UnsupportedModel, match="Choose a cross-encoder"):
            load_reranker(str(path))
    (tmp_path / "a" / "modules.json").unlink()
    with pytest.raises(UnsupportedModel, match="no classification head"):
        load_reranker(str(tmp_path / "a"), runtime="onnx")


@pytest.mark.parametrize("modular", [False, True])
def test_several_labels_are_refused(tmp_path: Path, modular: bool) -> None:
    with pytest.raises(UnsupportedModel, match="3 scores"):
        load_reranker(str(tiny_cross_encoder(tmp_path, modular=modular, labels=3)))


def test_unknown_activation(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedModel, match="Softshrink"):
        load_reranker(str(tiny_cross_encoder(tmp_path, activation="activation.Softshrink")))


def test_older_activation_key(tmp_path: Path) -> None:
    path = tiny_cross_encoder(tmp_path / "old")
    _edit(path / "config.json", sbert_ce_default_activation_function="torch.nn.modules.linear.Identity")
    new = tiny_cross_encoder(tmp_path / "new", activation="linear.Identity")
    from engine.types import Passage

    passages = [Passage(text) for text in TEXTS]
    expected = load_reranker(str(new)).score("the river", passages)
    np.testing.assert_array_equal(load_reranker(str(path)).score("the river", passages), expected)


def test_unknown_and_missing_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(tiny_encoder(tmp_path))
    with pytest.raises(UsageError, match="onnx, openvino, torch"):
        load_encoder(path, runtime="abacus")
    monkeypatch.setitem(
        runtimes.RUNTIMES, "openvino", ("no_such_package", "openvino", "engine.models.runtimes.openvino")
    )
    with pytest.raises(DependencyMissing, match=r"pip install 'winnow-search\[openvino\]'"):
        load_encoder(path, runtime="openvino")


# -------------------------------------------------------------------------------------------- what a model says it is


@pytest.mark.parametrize("declared", ["cosine", None])
def test_cosine_is_served_as_cosine(tmp_path: Path, declared: str | None) -> None:
    """An encoder that does not end in Normalize: by dot product the longest vector would win."""
    path = tiny_encoder(tmp_path, normalize=False, dense=6)
    _edit(path / "config_sentence_transformers.json", similarity_fn_name=declared)
    encoder = load_encoder(str(path))
    np.testing.assert_allclose(np.linalg.norm(encoder.encode(TEXTS), axis=1), 1.0, rtol=1e-5)
    assert encoder.fingerprint.pooling.endswith(", cosine")


def test_dot_product_keeps_the_norms(tmp_path: Path) -> None:
    path = tiny_encoder(tmp_path, normalize=False, dense=6)
    _edit(path / "config_sentence_transformers.json", similarity_fn_name="dot")
    encoder = load_encoder(str(path))
    norms = np.linalg.norm(encoder.encode(TEXTS), axis=1)
    assert norms.std() > 1e-3 and "cosine" not in encoder.fingerprint.pooling


@pytest.mark.parametrize("name", ["euclidean", "manhattan"])
@pytest.mark.parametrize("make", [tiny_encoder, tiny_static])
def test_other_similarities_are_refused_by_name(tmp_path: Path, name: str, make: Callable[[Path], Path]) -> None:
    path = make(tmp_path)
    (path / "config_sentence_transformers.json").write_text(json.dumps({"similarity_fn_name": name}))
    with pytest.raises(UnsupportedModel, match=name):
        load_encoder(str(path))


@pytest.mark.parametrize("modular", [False, True])
def test_a_cross_encoder_is_no_encoder(tmp_path: Path, modular: bool) -> None:
    with pytest.raises(UnsupportedModel, match="is a reranker"):
        load_encoder(str(tiny_cross_encoder(tmp_path, modular=modular)))


def test_an_encoder_upon_another_architecture_is_an_encoder(tmp_path: Path) -> None:
    """Language models and classifiers are pooled, too: what pools is an encoder."""
    path = tiny_encoder(tmp_path)
    (path / "config_sentence_transformers.json").unlink()
    _edit(path / "config.json", architectures=["BertForSequenceClassification"])
    assert load_encoder(str(path)).encode(TEXTS).shape == (len(TEXTS), 32)


@pytest.mark.parametrize("listed", [True, False])
def test_model2vec(tmp_path: Path, listed: bool) -> None:
    """Its tensor has another name; rows may be shared by tokens and weighted, and modules.json may be missing."""
    path = tiny_static(tmp_path)
    plain = read_tensors([path / "model.safetensors"])["embedding.weight"]
    mapping = np.arange(len(plain)) // 2
    weights = np.linspace(0.5, 2.0, len(plain)).astype(np.float32)
    tensors = {"embeddings": plain[: len(plain) // 2 + 1].copy(), "mapping": mapping, "weights": weights}
    save_file(tensors, path / "model.safetensors")
    if not listed:
        (path / "modules.json").unlink()
    (path / "config.json").write_text('{"model_type": "model2vec", "architectures": ["StaticModel"]}')
    encoder = load_encoder(str(path))
    ids = encoder.tokens.encode_plain(["the river"])[0].ids  # type: ignore[attr-defined]
    expected = np.mean([plain[mapping[token]] * weights[token] for token in ids], axis=0)
    np.testing.assert_allclose(encoder.encode(["the river"])[0], expected / np.linalg.norm(expected), atol=1e-6)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("modules.json", "[]"),
        ("modules.json", "{}"),
        ("modules.json", "[5]"),
        ("modules.json", '"x"'),
        ("modules.json", '[{"idx": 0, "path": ""}]'),
        ("modules.json", '[{"idx": 0, "path": 5, "type": "sentence_transformers.models.StaticEmbedding"}]'),
        ("modules.json", '[{"idx": 0, "path": "", "type": "sentence_transformers.models.Router"}]'),
        ("config_sentence_transformers.json", '{"prompts": [1]}'),
        ("config_sentence_transformers.json", '{"prompts": {"query": 5}}'),
        ("config_sentence_transformers.json", "[]"),
    ],
)
@pytest.mark.parametrize("load", [load_encoder, load_reranker])
def test_files_of_another_shape_are_refused_by_name(
    tmp_path: Path, load: Callable[[str], object], file: str, content: str
) -> None:
    tiny_static(tmp_path)
    (tmp_path / file).write_text(content)
    with pytest.raises(UnsupportedModel, match=re.escape(str(tmp_path))):
        load(str(tmp_path))


@pytest.mark.parametrize("name", ["x/" * 3000, "~nobody-of-this-name/model", "a\0b"])
def test_names_that_no_directory_can_have(name: str) -> None:
    with pytest.raises(ModelNotFound):
        load_encoder(name)


@pytest.mark.parametrize("family", ["t5", "mt5", "deberta", "albert"])
@pytest.mark.parametrize("runtime", ["onnx", "openvino"])
def test_an_architecture_that_only_torch_runs_names_the_extra(tmp_path: Path, family: str, runtime: str) -> None:
    if not runtimes.installed(runtime):
        pytest.skip(f"{runtime} is not installed")
    path = tiny_encoder(tmp_path)
    _edit(path / "config.json", model_type=family)
    with pytest.raises(UnsupportedModel, match=f"is a {family} model") as caught:
        load_encoder(str(path), runtime=runtime)
    assert "winnow-search[torch]" in caught.value.remedy and "WINNOW_RUNTIME=torch" in caught.value.remedy
    assert describe(str(path), "encoder").runtimes == ("torch",)


def test_a_copy_may_be_changed_and_is_another_model(tmp_path: Path) -> None:
    """Length, pooling and dimensions are settings of the files, and part of the fingerprint."""
    export(tiny_encoder(tmp_path / "model"), tmp_path / "copy", "safetensors")
    plain = load_encoder(str(tmp_path / "copy"))
    before = plain.fingerprint
    changes: list[tuple[str, dict[str, object]]] = [
        ("sentence_bert_config.json", {"max_seq_length": 16}),
        ("1_Pooling/config.json", {"pooling_mode": "max", "word_embedding_dimension": 32}),
        ("config_sentence_transformers.json", {"truncate_dim": 8}),
    ]
    for number, (file, content) in enumerate(changes):
        changed = tmp_path / f"changed{number}"
        shutil.copytree(tmp_path / "copy", changed)
        known = json.loads((changed / file).read_text()) if file != "1_Pooling/config.json" else {}
        (changed / file).write_text(json.dumps({**known, **content}))
        encoder = load_encoder(str(changed))
        assert encoder.fingerprint != before
        assert not np.array_equal(encoder.encode([TEXTS[3]]), plain.encode([TEXTS[3]]))
