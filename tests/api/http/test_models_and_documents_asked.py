"""What needs no collection: reranking, embeddings, and questions about one document."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from api.errors import DocumentExpired
from api.service.in_document import InDocument
from api.service.service import Service
from api.service.turns import Turns
from api.serving.app import create_app
from engine.models import load_encoder, load_reranker
from engine.models.checkpoints.presets import BUNDLED, MULTILINGUAL, STATIC
from engine.query.request import Request
from engine.types import Passage
from indexer.sources.submitted import Submitted, parse_file
from tests.api.http.conftest import ADDRESS
from tests.conftest import Models
from tests.support.checkpoints import tiny_encoder
from tests.support.families import NLI, tiny_nli
from tests.support.stubs.named_models import NamedModels

TEXT = "The river is long. " * 30 + "The bridge is old. " * 30


def test_rerank_as_cohere_and_jina(client: TestClient, models: Models) -> None:
    passages = ["the bridge", "the river and the city", "food"]
    scores = load_reranker(models.reranker).score("river", [Passage(text) for text in passages])
    order = sorted(range(3), key=lambda place: -scores[place])
    body = {"model": models.reranker, "query": "river", "documents": passages, "top_n": 2, "return_documents": True}
    for path in ("/v1/rerank", "/v2/rerank"):
        results = client.post(path, json=body).json()["results"]
        assert [result["index"] for result in results] == order[:2]
        assert [result["document"]["text"] for result in results] == [passages[place] for place in order[:2]]
        expected = [1 / (1 + np.exp(-scores[place])) for place in order[:2]]
        assert [result["relevance_score"] for result in results] == pytest.approx(expected, abs=1e-6)
    objects = body | {"documents": [{"text": text} for text in passages]}
    assert client.post("/v1/rerank", json=objects).json()["results"] == results


def test_labels_of_a_model_that_has_several(tmp_path: Path, models: Models) -> None:
    """Beside the score, which is the probability of entailment; a model with one score has none."""
    nli = str(tiny_nli(tmp_path / "nli", "roberta"))
    service = Service(tmp_path / "home", offered=[("reranker", nli), ("reranker", models.reranker)])
    body = {"model": nli, "query": "the river", "documents": ["the bridge", "the river and the city", "food"]}
    with TestClient(create_app(service), ADDRESS) as client:
        plain = client.post("/v1/rerank", json=body).json()["results"]
        labelled = client.post("/v1/rerank", json={**body, "return_labels": True, "top_n": 2}).json()["results"]
        refused = client.post("/v2/rerank", json={**body, "model": models.reranker, "return_labels": True})
    assert [result["labels"] for result in plain] == [None] * 3
    assert [result["index"] for result in labelled] == [result["index"] for result in plain[:2]]
    for one, other in zip(labelled, plain, strict=False):
        assert set(one["labels"]) == set(NLI) and sum(one["labels"].values()) == pytest.approx(1, abs=1e-5)
        assert one["labels"]["entailment"] == pytest.approx(one["relevance_score"], abs=1e-5)
        assert one["relevance_score"] == pytest.approx(other["relevance_score"], abs=1e-5)
    assert refused.status_code == 400 and "no labels" in refused.json()["detail"]


def test_embeddings_as_openai(client: TestClient, models: Models) -> None:
    texts = ["the river", "a bridge"]
    encoder = load_encoder(models.encoder)
    body: dict[str, Any] = {"model": models.encoder, "input": texts}
    answer = client.post("/v1/embeddings", json=body).json()
    assert np.allclose([entry["embedding"] for entry in answer["data"]], encoder.encode(texts), atol=1e-6)
    assert answer["usage"]["prompt_tokens"] == sum(encoder.tokens.count(texts))
    packed = client.post("/v1/embeddings", json=body | {"encoding_format": "base64"}).json()["data"]
    decoded = [np.frombuffer(base64.b64decode(entry["embedding"]), "<f4") for entry in packed]
    assert np.allclose(decoded, encoder.encode(texts), atol=1e-6)
    one = client.post("/v1/embeddings", json=body | {"input": "the river", "dimensions": encoder.dimension}).json()
    assert one["data"][0]["embedding"] == pytest.approx(answer["data"][0]["embedding"], abs=1e-5)
    wrongs: list[dict[str, Any]] = [
        {"dimensions": 7},
        {"input": []},
        {"model": "text-embedding-3-small"},
        {"input": [[1, 2]]},
    ]
    for wrong in wrongs:
        assert 400 <= client.post("/v1/embeddings", json=body | wrong).status_code < 500


def embedded(client: TestClient, name: str, **options: Any) -> Any:
    answer = client.post("/v1/embeddings", json={"model": name, "input": ["the river", "a bridge"], **options})
    return np.array([entry["embedding"] for entry in answer.json()["data"]])


def test_embeddings_in_small_numbers(client: TestClient, models: Models) -> None:
    floats = load_encoder(models.encoder).encode(["the river", "a bridge"])
    int8, uint8 = (embedded(client, models.encoder, encoding_format=name) for name in ("int8", "uint8"))
    assert int8.dtype.kind == "i" and (np.abs(int8).max(axis=1) == 127).all()
    assert (uint8 == int8 + 128).all()
    cosines = (int8 * floats).sum(axis=1) / np.linalg.norm(int8, axis=1) / np.linalg.norm(floats, axis=1)
    assert (cosines > 0.999).all()
    binary, ubinary = (embedded(client, models.encoder, encoding_format=name) for name in ("binary", "ubinary"))
    assert (ubinary == np.packbits(floats > 0, axis=1)).all() and (binary == ubinary.astype(int) - 128).all()


def declares_itself(folder: Path) -> None:
    config = folder / "config_sentence_transformers.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"winnow": {"matryoshka": [8, 16]}}))


def declares_in_config(folder: Path) -> None:
    config = folder / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"matryoshka_dimensions": [16, 8]}))


def is_said_to_be(folder: Path) -> None:
    config = folder / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"is_matryoshka": True}))


def tells_in_its_card(folder: Path) -> None:
    shown = '```json\n{\n  "matryoshka_dims": [\n   16,\n   8\n  ]\n}\n```\n'
    (folder / "README.md").write_text(f"---\ntags:\n- loss:MatryoshkaLoss\n---\n# A model\n{shown}")


@pytest.mark.parametrize("declare", [declares_itself, declares_in_config, is_said_to_be, tells_in_its_card])
def test_a_matryoshka_model_is_cut_and_normalised_again(
    declare: Callable[[Path], None], home: Path, tmp_path: Path
) -> None:
    folder = tiny_encoder(tmp_path / "model")
    declare(folder)
    whole = load_encoder(str(folder)).encode(["the river", "a bridge"])
    service = Service(home, offered=[("encoder", str(folder))])
    with TestClient(create_app(service), ADDRESS) as client:
        cut = embedded(client, str(folder), dimensions=8)
        wrong = client.post("/v1/embeddings", json={"model": str(folder), "input": "x", "dimensions": 4096})
    assert np.allclose(cut, whole[:, :8] / np.linalg.norm(whole[:, :8], axis=1, keepdims=True), atol=1e-6)
    assert wrong.status_code == 400 and str(whole.shape[1]) in wrong.json()["remedy"]


def test_only_models_on_offer(client: TestClient, models: Models) -> None:
    cards = client.get("/v1/models").json()["data"]
    assert len({card["id"] for card in cards}) == len(cards)
    known = {(kind, card["id"]) for card in cards for kind in card["kinds"]}
    assert known >= {("encoder", "bundled"), ("reranker", "bundled"), ("encoder", models.encoder)}
    assert next(card for card in cards if card["id"] == models.encoder)["collections"] == ["notes", "others"]
    for name in (models.encoder, "/etc", "BAAI/bge-small-en-v1.5"):
        answer = client.post("/v1/rerank", json={"model": name, "query": "x", "documents": ["x"]})
        assert (answer.status_code, answer.json()["code"]) == (404, "model_not_found")


def test_a_question_about_a_text_and_more(client: TestClient, models: Models) -> None:
    pair = {"encoder": models.encoder, "reranker": models.reranker}
    body = {"text": TEXT, "query": "bridge", "k": 2, "mode": "lexical", "rerank_depth": 0}
    first = client.post("/v1/documents/search", json=body | pair).json()
    assert "bridge" in first["hits"][0]["text"] and first["handle"] is None
    kept = client.post("/v1/documents/search", json=body | pair | {"keep": True}).json()
    more = {"handle": kept["handle"], "query": "river", "mode": "lexical", "rerank_depth": 0}
    assert "river" in client.post("/v1/documents/search", json=more).json()["hits"][0]["text"]
    assert client.delete(f"/v1/documents/handles/{kept['handle']}").status_code == 204
    gone = client.post("/v1/documents/search", json=more)
    assert (gone.status_code, gone.json()["code"]) == (404, "document_expired")
    assert client.post("/v1/documents/search", json={"query": "x"}).status_code == 422
    assert client.get("/v1/collections").json()["collections"][0]["name"] == "notes"  # nothing was stored


def test_a_document_is_kept_before_its_question(client: TestClient, models: Models) -> None:
    pair = {"encoder": models.encoder, "reranker": models.reranker}
    file = {"file": ("a.md", TEXT.encode())}
    for kept in (
        client.post("/v1/documents/handles", json={"text": TEXT, "title": "Notes"} | pair),
        client.post("/v1/documents/handles/file", data=pair, files=file),
    ):
        assert kept.status_code == 201 and kept.json()["expires_in_seconds"] > 0
        more = {"handle": kept.json()["handle"], "query": "river", "mode": "lexical", "rerank_depth": 0}
        assert "river" in client.post("/v1/documents/search", json=more).json()["hits"][0]["text"]
        assert client.delete(f"/v1/documents/handles/{more['handle']}").status_code == 204
    assert client.post("/v1/documents/handles", json={"text": TEXT, "query": "river"}).status_code == 422
    assert client.post("/v1/documents/handles", json={"text": " "} | pair).json()["code"] == "parse_failed"
    unread = client.post("/v1/documents/handles/file", data=pair, files={"file": ("a.pdf", b"no pdf")})
    assert (unread.status_code, unread.json()["code"]) == (422, "parse_failed")
    unknown = client.post("/v1/documents/handles/file", data=pair | {"query": "river"}, files=file)
    assert unknown.status_code == 422 and "query" in unknown.text


def test_a_question_about_a_file(client: TestClient, models: Models) -> None:
    data = {"query": "river", "encoder": models.encoder, "reranker": "none"}
    file = {"file": ("a.md", b"# River\n\nThe river is long.\n\n# Bridge\n\nThe bridge is old.")}
    hits = client.post("/v1/documents/search/file", data=data, files=file).json()["hits"]
    assert hits and hits[0]["title"] == "River"
    for name, content in (("a.pdf", b"no pdf"), ("a.xyz", b"\0"), ("empty.txt", b"")):
        answer = client.post("/v1/documents/search/file", data=data, files={"file": (name, content)})
        assert (answer.status_code, answer.json()["code"]) == (422, "parse_failed"), name


@pytest.mark.parametrize(
    ("text", "named", "expected"),
    [
        (TEXT, {}, STATIC),
        ("Der Fluss fließt unter der alten Brücke durch die Stadt. " * 9, {}, MULTILINGUAL),
        (TEXT, {"encoder": BUNDLED}, BUNDLED),
    ],
)
def test_the_language_of_a_document_decides_the_encoder(
    tmp_path: Path, models: Models, text: str, named: dict[str, str], expected: str
) -> None:
    known = NamedModels(models)
    with TestClient(create_app(Service(tmp_path, models=known)), ADDRESS) as client:
        answers = [
            client.post("/v1/documents/search", json={"query": "bridge", "text": text, **named}).json(),
            client.post(
                "/v1/documents/search/file",
                data={"query": "bridge", "budget_ms": 60_000, **named},
                files={"file": ("a.txt", text.encode())},
            ).json(),
        ]
    assert set(known.encoders) == {expected}
    assert [answer["models"]["encoder"] for answer in answers] == [expected, expected]
    assert all(answer["hits"] for answer in answers)


def test_kept_documents_are_bounded_and_expire(service: Service, models: Models, tmp_path: Path) -> None:
    from engine.models import LocalModels

    kept = InDocument(service.models, LocalModels(), parse_file, tmp_path, Turns(2), kept=2, seconds=60)
    pair = {"encoder": models.encoder, "reranker": "none"}
    ask = Request("river", collapse=False)
    handles = [kept.search(Submitted("d", f"The river {n}."), ask, **pair, keep=True)[1] or "" for n in range(3)]
    with pytest.raises(DocumentExpired):
        kept.ask(handles[0], ask)
    assert kept.ask(handles[2], ask).hits
    kept.seconds = 0
    assert kept.ask(handles[1], ask).hits  # the last question before it expires
    with pytest.raises(DocumentExpired):
        kept.ask(handles[1], ask)
    kept.close()
    other = InDocument(service.models, LocalModels(), parse_file, tmp_path, Turns(2))  # as another process would
    assert other.ask(handles[2], ask).hits
    with pytest.raises(DocumentExpired):
        other.ask(handles[2], ask, "another's key")
    other.forget(handles[2])
    with pytest.raises(DocumentExpired):
        kept.ask(handles[2], ask)
    with pytest.raises(DocumentExpired):
        kept.ask("../../etc", ask)
