"""What an operator sees: health, metrics, log lines, traces; and that a budget counts from a request's arrival."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from api.operations.logs import JsonLines, access
from api.service.service import Service
from api.serving.app import create_app
from engine.errors import Overloaded
from engine.query.pipeline import Searcher
from tests.api.http.conftest import ADDRESS, offered
from tests.conftest import Models
from tests.support.servers import home_with_notes

SEARCH = "/v1/collections/notes/search"


def values(client: TestClient) -> dict[tuple[str, ...], float]:
    """(metric, label value...) -> value."""
    text = client.get("/metrics").text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def wait_ready(client: TestClient) -> None:
    until = time.monotonic() + 30
    while client.get("/readyz").status_code != 200 and time.monotonic() < until:
        time.sleep(0.02)


def test_healthy_and_ready(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    wait_ready(client)
    answer = client.get("/readyz")
    assert answer.json() == {"ready": True, "checks": {"catalogue": "ok", "inference": "ok", "models": "ok"}}


def test_what_is_not_ready_is_named(tmp_path: Path, models: Models) -> None:
    home = home_with_notes(tmp_path, models, 3)
    with TestClient(create_app(Service(home)), ADDRESS) as client:
        wait_ready(client)
        for file in home.glob("catalogue.sqlite*"):
            file.unlink()
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["checks"] | {"catalogue": ""} == {"catalogue": "", "inference": "ok", "models": "ok"}
        assert answer.json()["checks"]["catalogue"] == "home_missing"
        assert client.get("/healthz").status_code == 200
        assert client.get("/metrics").status_code == 200  # wanted most when things fail


def test_metrics(client: TestClient) -> None:
    client.post(SEARCH, json={"query": "bridge of the city"})
    before = values(client)
    for _ in range(2):
        assert client.post(SEARCH, json={"query": "bridge of the city"}).status_code == 200
    client.get("/v1/collections/notes/documents/d001")
    client.get("/v1/collections/nowhere/documents/d001")
    client.get("/no/such/path")
    after = values(client)

    def added(*key: str) -> float:
        return after[key] - before.get(key, 0.0)

    search = ("POST", "/v1/collections/{collection}/search")
    document = ("GET", "/v1/collections/{collection}/documents/{document}")
    assert added("winnow_http_requests_total", *search, "200") == 2
    assert added("winnow_http_request_seconds_count", *search) == 2
    assert added("winnow_http_requests_total", *document, "200") == 1
    assert added("winnow_http_requests_total", *document, "404") == 1
    assert added("winnow_http_requests_total", "GET", "(no route)", "404") == 1
    for stage in ("lexical", "encode", "dense", "fusion", "rerank", "total"):
        assert added("winnow_search_stage_seconds_count", stage) == 2, stage
    assert added("winnow_rerank_pairs_total") == added("winnow_rerank_cache_hits_total") > 0  # all were remembered
    assert after["winnow_collection_documents", "notes"] == 40
    assert after["winnow_jobs", "running"] == 0
    assert after["winnow_http_requests_in_progress",] == 1  # the one that asks


@pytest.mark.parametrize("log_queries", [False, True])
def test_a_request_is_one_line_without_what_was_asked(
    service: Service, caplog: pytest.LogCaptureFixture, log_queries: bool
) -> None:
    client = TestClient(create_app(service, log_queries=log_queries), ADDRESS)
    with caplog.at_level(logging.INFO, access.name):
        client.post(SEARCH, json={"query": "secret river"}, headers={"x-request-id": "abc"})
        client.get(SEARCH, params={"query": "secret river", "k": 3})
        client.get("/v1/collections/notes/documents/secret-document")
        client.get("/healthz")
    lines = [JsonLines().format(record) for record in caplog.records if record.name == access.name]
    first, _, third = map(json.loads, lines)
    assert (first["request_id"], first["method"], first["status"], first["collection"]) == ("abc", "POST", 200, "notes")
    assert first["route"] == "/v1/collections/{collection}/search" and first["level"] == "info"
    assert first["scored"] > 0 and first["stages_ms"]["total"] <= first["ms"] + 0.1
    assert third["status"] == 404
    assert ("secret river" in "".join(lines)) == log_queries
    assert "secret-document" not in "".join(lines)


@pytest.fixture(scope="module")
def exporter() -> Iterator[InMemorySpanExporter]:
    provider, found = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(found))
    trace.set_tracer_provider(provider)  # once in a process
    yield found
    provider.shutdown()


def test_a_span_for_the_request_and_each_stage(client: TestClient, exporter: InMemorySpanExporter) -> None:
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    exporter.clear()
    client.post(SEARCH, json={"query": "a span of the bridge"}, headers={"traceparent": parent})
    spans: dict[str, Any] = {span.name: span for span in exporter.get_finished_spans()}
    request, search = spans["POST"], spans["search"]
    assert f"{request.context.trace_id:032x}" == "0af7651916cd43dd8448eb211c80319c"
    assert request.attributes["http.route"] == "/v1/collections/{collection}/search"
    assert request.attributes["http.response.status_code"] == 200
    assert search.parent.span_id == request.context.span_id
    assert {"parse", "lexical", "encode", "dense", "fusion", "rerank", "page"} <= spans.keys()
    assert not any("fastapi" in name or "/v1/" in name for name in spans)  # the framework adds none of its own
    for name in ("lexical", "rerank"):
        assert spans[name].parent.span_id == search.context.span_id
        assert search.start_time <= spans[name].start_time <= spans[name].end_time <= search.end_time + 1_000_000
    assert spans["fusion"].end_time <= spans["rerank"].start_time
    assert request.start_time <= search.start_time + 1_000_000


def test_a_refusal_says_when_to_come_again(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise Overloaded("Too much.", retry_after=6.2)

    monkeypatch.setattr(Searcher, "search", refuse)
    answer = client.post(SEARCH, json={"query": "river"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")
    assert answer.json()["code"] == "overloaded"


def test_a_budget_counts_from_the_arrival(tmp_path: Path, models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    """The only thread is busy for longer than the second request's budget: nothing is left of it to rerank in."""
    home = home_with_notes(tmp_path, models)
    begun, whole = threading.Event(), Searcher.search

    def slow(self: Searcher, request: Any) -> Any:
        if request.query == "slow":
            begun.set()
            time.sleep(4)
        return whole(self, request)

    monkeypatch.setattr(Searcher, "search", slow)
    with TestClient(create_app(Service(home, offered=offered(models)), threads=1), ADDRESS) as client:
        body = {"query": "river and bridge", "budget_ms": 2000}
        client.post(SEARCH, json={"query": "warm up"})
        first = threading.Thread(target=client.post, args=(SEARCH,), kwargs={"json": {"query": "slow"}})
        first.start()
        assert begun.wait(30)
        late = client.post(SEARCH, json=body).json()
        first.join()
        assert late["scored"] == 0 and late["degraded"] == ["rerank:budget"]
        assert client.post(SEARCH, json=body).json()["scored"] > 0


def test_every_stages_whole_list(client: TestClient) -> None:
    answer = client.post(SEARCH, json={"query": "river", "k": 2, "rankings": True}).json()
    assert answer["rankings"].keys() == {"lexical", "dense", "fusion", "rerank"}
    assert len(answer["rankings"]["dense"]) == 40 and len(answer["hits"]) == 2
    assert [entry["key"] for entry in answer["rankings"]["rerank"][:2]] == [
        hit["document_id"] for hit in answer["hits"]
    ]
    assert client.post(SEARCH, json={"query": "river"}).json()["rankings"] is None
