"""Every operation of the HTTP API and of the page, on a single machine and in front of a cluster of the same documents:
the same answer, or a typed refusal that says what to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from api.http.access import ACCESS
from api.service.service import Service
from api.serving.app import create_app
from engine.cluster.published.publishing import publish
from engine.models import LocalModels
from engine.store.writer import open_writer
from indexer.ingest import ingest
from tests.support.documents import topical, write_records
from tests.unit.cluster.site import ADDRESS, Site

C = "/v1/collections/c"
JUDGEMENT = {"query": "river", "document_id": "d003", "grade": 2}
Call = tuple[str, str, dict[str, Any]]  # method, URL, what is sent

# By operation: calls that a cluster answers as a single machine does.
SAME: dict[str, list[Call]] = {
    "GET /v1/collections": [("GET", "/v1/collections", {})],
    "GET /v1/collections/{collection}": [("GET", C, {})],
    "GET /v1/collections/{collection}/suggest": [
        ("GET", f"{C}/suggest?prefix={prefix}&limit=20", {}) for prefix in ("n", "the", "brid", "Not", "zz")
    ],
    "GET /v1/collections/{collection}/search": [
        ("GET", f"{C}/search?query={query}", {}) for query in ("river", "brigde", "tags:odd")
    ],
    "POST /v1/collections/{collection}/search": [
        ("POST", f"{C}/search", {"json": body})
        for body in (
            {"query": "the bridge of the city", "facets": ["year", "tags", "checked"]},
            {"query": "river", "filter": {"field": "year", "op": ">=", "value": 2010}, "k": 30},
            {"query": "river", "why_not": "d020", "explain": True},
            {"query": "river", "sort": [{"field": "year", "order": "desc"}], "inner_hits": 2, "context": 40},
            {"query": "river", "facets": ["nowhere"]},
        )
    ],
    "POST /v1/search": [("POST", "/v1/search", {"json": {"query": "river", "collections": ["c"]}})],
    "GET /v1/collections/{collection}/documents": [
        ("GET", f"{C}/documents?limit={limit}", {}) for limit in (1, 7, 39, 100)
    ],
    "GET /v1/collections/{collection}/documents/{document}": [
        ("GET", f"{C}/documents/{document}", {}) for document in ("d003", "d020", "d001", "nowhere")
    ],
    "PUT /v1/collections/{collection}/judgements": [
        ("PUT", f"{C}/judgements", {"json": {"judgements": [JUDGEMENT]}}),
        ("PUT", f"{C}/judgements", {"json": {"judgements": [JUDGEMENT | {"document_id": "nowhere"}]}}),
    ],
    "GET /v1/collections/{collection}/judgements": [("GET", f"{C}/judgements", {})],
    "DELETE /v1/collections/{collection}/judgements": [("DELETE", f"{C}/judgements?query=river", {})],
    "GET /": [("GET", "/", {}), ("GET", "/?q=river", {})],
    "GET /search": [("GET", "/search?q=river&c=c", {})],
    "GET /health": [("GET", "/health", {})],
    "GET /collections/{collection}": [("GET", f"/collections/c{asked}", {}) for asked in ("", "?q=river", "?q=zzzz")],
    "GET /collections/{collection}/document": [
        ("GET", f"/collections/c/document?id={name}&q=river", {}) for name in ("d003", "d020", "nowhere")
    ],
    "POST /collections/{collection}/judge": [],  # judges by the same service as PUT, from a form with a token
    "GET /collections/{collection}/judgements/{name}": [("GET", "/collections/c/judgements/qrels.tsv", {})],
}
# Calls that change a collection, or see a part of it.
REFUSED: dict[str, list[Call]] = {
    "POST /v1/collections": [("POST", "/v1/collections", {"json": {"name": "new"}})],
    "DELETE /v1/collections/{collection}": [("DELETE", C, {})],
    "POST /v1/collections/{collection}/rename": [("POST", f"{C}/rename", {"json": {"name": "new"}})],
    "POST /v1/collections/{collection}/documents": [
        ("POST", f"{C}/documents", {"json": {"documents": [{"id": "x", "text": "a text"}]}})
    ],
    "POST /v1/collections/{collection}/documents/files": [
        ("POST", f"{C}/documents/files", {"files": {"files": ("x.txt", b"a text")}})
    ],
    "POST /v1/collections/{collection}/documents/delete": [
        ("POST", f"{C}/documents/delete", {"json": {"ids": ["d003"]}})
    ],
    "DELETE /v1/collections/{collection}/documents/{document}": [("DELETE", f"{C}/documents/d003", {})],
    "POST /documents": [],  # the page's forms of the same
    "POST /collections/{collection}/rename": [],
    "POST /collections/{collection}/delete": [],
}
# What has nothing to do with stored documents.
APART = (
    "/v1/models", "/v1/rerank", "/v2/rerank", "/v1/embeddings", "/v1/documents", "/v1/jobs", "/jobs", "/document",
    "/docs", "/page", "/healthz", "/readyz", "/metrics", "/openapi.json", "/llms.txt", "/opensearch.xml", "/mcp",
)  # fmt: skip


@pytest.fixture
def services(site: Site, tmp_path: Path) -> Iterator[tuple[TestClient, TestClient]]:
    """A single machine, and the front of a cluster of the same collection: several segments, some documents deleted."""
    more = [{**record, "id": f"more-{record['id']}"} for record in topical(30)[::3]]
    ingest([write_records(tmp_path / "more.jsonl", more)], home=site.home, collection="c")
    with open_writer(site.home, "c") as writer:
        writer.commit(None, deletes=["d001", "d008", "more-d012"])
    publish(site.home, "c", site.address)
    site.keeper.look()
    single, front = Service(site.home, LocalModels()), Service(site.front, LocalModels(), opener=site.open)
    with TestClient(create_app(single), ADDRESS) as one, TestClient(create_app(front), ADDRESS) as many:
        yield one, many


def operations(app: FastAPI) -> Iterator[str]:
    for route in app.routes:
        if isinstance(route, APIRoute):
            yield from (f"{method} {route.path_format}" for method in sorted(route.methods or ()))


def is_apart(operation: str) -> bool:
    path = operation.partition(" ")[2]
    return any(path == known or path.startswith(f"{known}/") for known in APART)


def test_every_operation_is_one_of_them(services: tuple[TestClient, TestClient]) -> None:
    app = services[1].app
    assert isinstance(app, FastAPI)
    named = {*SAME, *REFUSED}
    everything = {*ACCESS, *operations(app)}
    assert named <= everything
    assert {name for name in everything if name not in named and not is_apart(name)} == set()


def test_a_cluster_answers_as_a_single_machine_does(services: tuple[TestClient, TestClient]) -> None:
    one, many = services
    for operation, calls in SAME.items():
        for method, url, sent in calls:
            answers = [http.request(method, url, **sent) for http in (one, many)]
            assert answers[1].status_code == answers[0].status_code, (operation, answers[1].text)
            if "json" in answers[0].headers["content-type"]:
                assert told(answers[1].json()) == told(answers[0].json()), operation


def test_the_pages_of_a_list_are_those_of_a_single_machine(services: tuple[TestClient, TestClient]) -> None:
    ids: list[list[str]] = []
    for http in services:
        found: list[str] = []
        cursor = ""
        while True:
            page = http.get(f"{C}/documents?limit=7{cursor}").json()
            found += [document["id"] for document in page["documents"]]
            if not page["cursor"]:
                break
            cursor = f"&cursor={page['cursor']}"
        ids.append(found)
    assert ids[1] == ids[0] and len(set(ids[0])) == len(ids[0]) == 47


def test_what_changes_a_collection_is_refused_with_what_to_do(services: tuple[TestClient, TestClient]) -> None:
    for operation, calls in REFUSED.items():
        for method, url, sent in calls:
            said = services[1].request(method, url, **sent)
            assert (said.status_code, said.json()["code"]) == (501, "not_in_cluster"), (operation, said.text)
            assert "winnow cluster publish" in said.json()["remedy"]


def test_where_a_shard_does_not_answer_lists_are_incomplete(
    site: Site, services: tuple[TestClient, TestClient]
) -> None:
    many = services[1]
    site.kill(1)
    for path in ("documents?limit=100", "suggest?prefix=no", "documents/nowhere"):
        said = many.get(f"{C}/{path}")
        assert (said.status_code, said.json()["code"]) == (503, "incomplete"), said.text
        assert int(said.headers["retry-after"]) >= 1


TIMES = {"timings_ms", "took_ms", "request_id", "cursor", "began_ms", "updated_at", "created_at", "seconds"}
# Of the folder of the machine that is asked, which in front of a cluster has no documents; and of a segment that was split.
STORED = {"bytes", "segments", "tombstoned"}


def told(answer: Any) -> Any:
    """An answer without what differs between two requests."""
    if isinstance(answer, dict):
        return {name: told(value) for name, value in answer.items() if name not in TIMES | STORED}
    return [told(one) for one in answer] if isinstance(answer, list) else answer


def without_times(page: str) -> str:
    return re.sub(r"[0-9.]+ (ms|s)\b|cursor=[\w-]+", "", page)
