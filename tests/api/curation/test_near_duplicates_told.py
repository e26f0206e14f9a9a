"""Near-duplicates are told on every interface: which documents they are, and how to get at them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.mcp import answers
from api.service.service import Service
from api.serving.app import create_app
from engine.query.request import Request
from indexer.ingest import ingest
from tests.api.http.conftest import ADDRESS, offered
from tests.conftest import Models, Winnow
from tests.support.documents import write_records

TEXT = "The ferry leaves the northern quay in every season, and the harbour office sells tickets an hour before. " * 3
NOTES = [
    {"id": "old", "title": "Ferry", "text": f"{TEXT} It holds from March."},
    {"id": "new", "title": "Ferry", "text": f"{TEXT} It holds from June."},
    {"id": "bread", "title": "Bread", "text": "Bread is baked at night."},
]
WORDS = {"old": "March", "new": "June"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Path:
    root = tmp_path_factory.mktemp("told")
    file = write_records(root / "notes.jsonl", NOTES)
    ingest([file], home=root / "home", collection="c", encoder=models.encoder, reranker=models.reranker)
    return root / "home"


@pytest.fixture
def service(home: Path, models: Models) -> Iterator[Service]:
    with Service(home, offered=offered(models)) as service:
        yield service


def test_over_http_and_on_the_page(service: Service) -> None:
    with TestClient(create_app(service), ADDRESS) as client:
        found = client.get("/v1/collections/c/search", params={"query": "the ferry leaves"}).json()["hits"]
        each = client.get("/v1/collections/c/search", params={"query": "the ferry leaves", "collapse": "true"}).json()
        wrong = client.get("/v1/collections/c/search", params={"query": "ferry", "collapse": "far"})
        page = client.get("/collections/c", params={"q": "the ferry leaves"}).text
    [other] = found[0]["near_duplicates"]
    assert {found[0]["document_id"], other["document_id"]} == {"old", "new"} and not other["identical"]
    assert other["own_words"] == [WORDS[other["document_id"]]]
    assert {"old", "new"} <= {hit["document_id"] for hit in each["hits"]}
    assert wrong.status_code == 422
    assert "1 near-duplicate" in page and f"id={other['document_id']}" in page


def test_on_the_terminal(home: Path, winnow: Winnow) -> None:
    shown = " ".join(winnow("search", "the ferry leaves", "-c", "c", "--home", home).out.split())
    assert "1 near-duplicate: " in shown and ("(has March)" in shown or "(has June)" in shown)
    each = winnow("search", "the ferry leaves", "-c", "c", "--home", home, "--collapse", "document").out
    assert "near-duplicate" not in each


def test_to_agents(service: Service) -> None:
    told = answers.passages(service.searching.search("c", Request("the ferry leaves")))
    assert "near-duplicates: " in told.content[0].text
