"""Encoders over whole words, and encoders that take queries and documents different ways, without torch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from engine.errors import UnsupportedModel
from engine.models import load_encoder
from tests.support.checkpoints import TEXTS, tiny_encoder

_TOKENIZER = "sentence_transformers.sentence_transformer.modules.tokenizer.whitespace.WhitespaceTokenizer"


def word_vectors(path: Path, *, tokenizer: str = _TOKENIZER) -> Path:
    """river (1, 0), city (0, 1), bridge (3, 3); `the` is a stop word."""
    folder = path / "0_WordEmbeddings"
    folder.mkdir(parents=True)
    save_file({"emb_layer.weight": np.array([[1, 0], [0, 1], [3, 3]], np.float32)}, folder / "model.safetensors")
    (folder / "wordembedding_config.json").write_text(json.dumps({"tokenizer_class": tokenizer}))
    words = {"vocab": ["river", "city", "bridge"], "stop_words": ["the"], "do_lower_case": False}
    (folder / "whitespacetokenizer_config.json").write_text(json.dumps(words))
    (path / "1_Pooling").mkdir()
    (path / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode": "mean"}))
    return modules(path, ["WordEmbeddings", "Pooling"])


def modules(path: Path, names: list[str]) -> Path:
    entries = [
        {"idx": place, "path": f"{place}_{name}", "type": f"sentence_transformers.models.{name}"}
        for place, name in enumerate(names)
    ]
    (path / "modules.json").write_text(json.dumps(entries))
    return path


def test_word_vectors_are_averaged(tmp_path: Path) -> None:
    encoder = load_encoder(str(word_vectors(tmp_path)))
    vectors = encoder.encode(["the River, the city!", "bridge", "", "unknown words"])
    half = 0.5**0.5
    np.testing.assert_allclose(vectors, [[half, half], [half, half], [0, 0], [0, 0]], rtol=1e-6)
    assert vectors.dtype == np.float32 and encoder.dimension == 2


def test_words_are_counted_and_located(tmp_path: Path) -> None:
    tokens = load_encoder(str(word_vectors(tmp_path))).tokens
    text = "the 🦉 River, (city)"
    assert tokens.count([text, ""]) == [2, 0]
    assert [text[start:end] for start, end in tokens.offsets(text)] == ["River,", "(city)"]


def test_another_tokenizer_is_named(tmp_path: Path) -> None:
    path = word_vectors(tmp_path, tokenizer="sentence_transformers.models.tokenizer.PhraseTokenizer")
    with pytest.raises(UnsupportedModel, match="PhraseTokenizer"):
        load_encoder(str(path))


def routed(path: Path, routes: dict[str, str], mappings: dict[str, str] | None = None) -> Path:
    """Each route is a whole tiny encoder of another seed: transformer and pooling."""
    folder = path / "0_Router"
    types: dict[str, Any] = {}
    structure: dict[str, Any] = {}
    for seed, name in enumerate(routes):
        base = tiny_encoder(folder / f"{name}_0_Transformer", normalize=False, seed=seed, pooling=routes[name])
        (base / "1_Pooling").rename(folder / f"{name}_1_Pooling")
        structure[name] = [f"{name}_0_Transformer", f"{name}_1_Pooling"]
        types |= {part: f"sentence_transformers.models.{part.rpartition('_')[2]}" for part in structure[name]}
    table = {"types": types, "structure": structure, "parameters": {"route_mappings": mappings}}
    (folder / "router_config.json").write_text(json.dumps(table))
    return modules(path, ["Router"])


def test_queries_and_documents_take_their_routes(tmp_path: Path) -> None:
    encoder = load_encoder(str(routed(tmp_path / "routed", {"query": "cls", "document": "mean"})))
    alone = {
        "query": load_encoder(str(tiny_encoder(tmp_path / "q", "cls", normalize=False, seed=0))),
        "document": load_encoder(str(tiny_encoder(tmp_path / "d", "mean", normalize=False, seed=1))),
    }
    for role, expected in alone.items():
        np.testing.assert_array_equal(encoder.encode(TEXTS, role=role), expected.encode(TEXTS))  # type: ignore[arg-type]
    assert encoder.fingerprint.pooling == "query: cls, cosine; document: mean, cosine"
    assert encoder.fingerprint.weights != alone["document"].fingerprint.weights


def test_routes_by_mapping(tmp_path: Path) -> None:
    mappings = {"('query', 'text')": "small", "(None, None)": "large"}
    encoder = load_encoder(str(routed(tmp_path, {"small": "cls", "large": "mean"}, mappings)))
    assert encoder.fingerprint.pooling == "query: cls, cosine; document: mean, cosine"


def test_a_role_without_a_route_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedModel, match="no route for a document, only: query"):
        load_encoder(str(routed(tmp_path, {"query": "cls"})))


def test_a_router_after_pooling_with_keys_of_its_own(tmp_path: Path) -> None:
    """The example of the documentation: one transformer, then a layer for `query` and another for `doc`."""
    path = tiny_encoder(tmp_path, normalize=False)
    for seed, part in enumerate(("query_0_Dense", "doc_0_Dense")):
        whole = tiny_encoder(tmp_path / "parts" / part, normalize=False, dense=6, seed=seed)
        (path / "2_Asym").mkdir(exist_ok=True)
        (whole / "2_Dense").rename(path / "2_Asym" / part)
    table = {
        "types": dict.fromkeys(("query_0_Dense", "doc_0_Dense"), "sentence_transformers.models.Dense"),
        "structure": {"query": ["query_0_Dense"], "doc": ["doc_0_Dense"]},
        "parameters": {"allow_empty_key": True},
    }
    (path / "2_Asym" / "config.json").write_text(json.dumps(table))
    entries = json.loads((path / "modules.json").read_text())
    entries.append({"idx": 2, "name": "2", "path": "2_Asym", "type": "sentence_transformers.models.Asym"})
    (path / "modules.json").write_text(json.dumps(entries))
    encoder = load_encoder(str(path))
    query, document = encoder.encode(TEXTS, role="query"), encoder.encode(TEXTS, role="document")
    assert query.shape == document.shape == (len(TEXTS), 6) and np.abs(query - document).max() > 0.1
    assert encoder.fingerprint.pooling.count("dense(Tanh") == 2
