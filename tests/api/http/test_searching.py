"""Search over HTTP: the answer is the pipeline's, the parameters reach it, and nothing unknown passes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.service.service import Service
from engine.query.request import Request
from tests.api.http.conftest import DOCUMENTS

SEARCH = "/v1/collections/notes/search"


def ids(answer: Any) -> list[str]:
    return [hit["document_id"] for hit in answer.json()["hits"]]


def events(text: str) -> list[tuple[str, Any]]:
    found = []
    for block in text.strip().split("\n\n"):
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def test_the_answer_is_the_pipelines(client: TestClient, service: Service) -> None:
    expected = service.searching.search("notes", Request("the river of the city", 7))
    answer = client.post(SEARCH, json={"query": "the river of the city", "k": 7, "explain": True})
    assert answer.status_code == 200
    assert ids(answer) == [hit.document.id for hit in expected.hits]
    body = answer.json()
    assert [hit["score"] for hit in body["hits"]] == pytest.approx([hit.score for hit in expected.hits])
    assert (body["generation"], body["candidates"]) == (expected.generation, expected.candidates)
    first, hit = body["hits"][0], expected.hits[0]
    assert first["stages"] == {name: {"rank": p.rank, "score": p.score} for name, p in hit.stages.items()}
    assert [tuple(span) for span in first["highlights"]] == list(hit.highlights)


def test_get_and_post_agree(client: TestClient) -> None:
    got = client.get(SEARCH, params={"query": "bridge", "k": 5, "filter": "year:>=2010", "sort": "-year"})
    body = {"query": "bridge", "k": 5, "filter": {"field": "year", "gte": 2010}}
    posted = client.post(SEARCH, json=body | {"sort": [{"field": "year", "descending": True}]})
    assert ids(got) == ids(posted) != []
    years = [hit["metadata"]["year"] for hit in got.json()["hits"]]
    assert years == sorted(years, reverse=True) and min(years) >= 2010


def test_one_request_chooses_whose_order_counts_and_what_a_hit_is(client: TestClient) -> None:
    asked: dict[str, Any] = {"query": "bridge of the city", "rerank": "replace", "k": 15}
    hits = client.post(SEARCH, json=asked).json()["hits"]
    scores = [hit["reranker"]["score"] for hit in hits]
    assert len(scores) == 15 and scores == sorted(scores, reverse=True)
    got = client.get(SEARCH, params=asked | {"collapse": "none"}).json()["hits"]
    assert got == client.post(SEARCH, json=asked | {"collapse": False}).json()["hits"]
    assert client.post(SEARCH, json=asked | {"rerank": "none"}).json()["scored"] == 0
    assert client.post(SEARCH, json=asked | {"rerank": "better"}).status_code == 422
    assert client.post(SEARCH, json=asked | {"collapse": "some"}).status_code == 422


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ({"field": "year", "equals": 2003}, lambda n: n % 20 == 3),
        ({"field": "year", "gt": 2003, "lte": 2005}, lambda n: n % 20 in (4, 5)),
        ({"field": "tags", "in": ["even", "nothing"]}, lambda n: n % 2 == 0),
        ({"not": {"field": "checked", "equals": True}}, lambda n: n % 5 != 0),
        ({"or": [{"field": "year", "lt": 2001}, {"field": "id", "equals": "d007"}]}, lambda n: n % 20 == 0 or n == 7),
        ({"and": [{"field": "year", "gte": 2018}, {"not": {"field": "tags", "in": ["odd"]}}]}, lambda n: n % 20 == 18),
        ({"and": []}, lambda n: True),
    ],
)
def test_filters(client: TestClient, filter: Any, expected: Any) -> None:
    found = ids(client.post(SEARCH, json={"query": "the river", "k": 100, "filter": filter}))
    assert sorted(found) == [f"d{n:03d}" for n in range(DOCUMENTS) if expected(n)]


def test_what_a_request_may_ask_for(client: TestClient) -> None:
    body = {"query": "river", "k": 3, "facets": ["checked"], "why_not": "d001", "mode": "lexical", "rerank_depth": 0}
    answer = client.post(SEARCH, json=body | {"highlight": False, "inner_hits": 2}).json()
    assert answer["scored"] == 0 and answer["hits"][0]["highlights"] == []
    assert {entry["value"] for entry in answer["facets"]["checked"]} == {True, False}
    assert answer["why_not"]["document_id"] == "d001" and answer["why_not"]["message"]
    assert "dense" not in answer["timings_ms"]


def test_pages_are_of_one_ranking(client: TestClient) -> None:
    whole = ids(client.post(SEARCH, json={"query": "the river", "k": DOCUMENTS}))
    answer = client.post(SEARCH, json={"query": "the river", "k": 7, "pageable": True})
    seen = ids(answer)
    while cursor := answer.json()["cursor"]:
        answer = client.post(SEARCH, json={"cursor": cursor})
        seen += ids(answer)
    assert seen == whole


def test_a_cursor_by_get(client: TestClient) -> None:
    first = client.get(SEARCH, params={"query": "the river", "k": 3, "pageable": True}).json()
    following = client.get(SEARCH, params={"cursor": first["cursor"], "k": 2}).json()
    assert [hit["rank"] for hit in following["hits"]] == [4, 5]
    beside = client.post(SEARCH, json={"cursor": first["cursor"], "query": "bridge"})
    assert beside.status_code == 422 and "leave out query" in beside.json()["detail"]


@pytest.mark.parametrize("cursor", ["x", "eJwDAAAAAAE", "%%%", "é", "a" * 5000])
def test_what_is_no_cursor(client: TestClient, cursor: str) -> None:
    answer = client.post(SEARCH, json={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


def test_a_stream_is_the_fused_answer_and_then_the_reranked_one(client: TestClient) -> None:
    body = {"query": "the river of the city", "k": 4}
    answer = client.post(SEARCH, json=body | {"stream": True})
    assert answer.headers["content-type"].startswith("text/event-stream")
    (first, fused), (second, reranked) = events(answer.text)
    assert (first, second) == ("fused", "reranked")
    assert fused["scored"] == 0 < reranked["scored"]
    assert [hit["document_id"] for hit in reranked["hits"]] == ids(client.post(SEARCH, json=body))
    plain = ids(client.post(SEARCH, json=body | {"rerank_depth": 0}))
    assert [hit["document_id"] for hit in fused["hits"]] == plain


def test_what_is_wrong_with_a_streamed_request_is_a_problem(client: TestClient) -> None:
    answer = client.post(SEARCH, json={"query": "river", "filter": {"field": "none", "equals": 1}, "stream": True})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_filter")


def test_etags(client: TestClient) -> None:
    first = client.get(SEARCH, params={"query": "river"})
    tag = first.headers["etag"]
    again = client.get(SEARCH, params={"query": "river"}, headers={"if-none-match": f'"x", {tag}'})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(SEARCH, params={"query": "bridge"}, headers={"if-none-match": tag})
    assert other.status_code == 200 and other.headers["etag"] != tag


def test_several_collections(client: TestClient) -> None:
    body = {"query": "the river", "k": 12, "collections": ["notes", "others"]}
    answer = client.post("/v1/search", json=body).json()
    assert answer["merged_by"] == "words" and {hit["collection"] for hit in answer["hits"]} == {"notes", "others"}
    assert [hit["rank"] for hit in answer["hits"]] == list(range(1, 13))
    for collection in ("notes", "others"):  # each keeps its order
        scaled = [hit["scaled_score"] for hit in answer["hits"] if hit["collection"] == collection]
        assert scaled == sorted(scaled, reverse=True) and scaled[0] == 1.0
    assert set(answer["collections"]) == {"notes", "others"}
    twice = client.post("/v1/search", json=body | {"collections": ["notes", "notes"]})
    assert (twice.status_code, twice.json()["code"]) == (400, "usage")
    unknown = client.post("/v1/search", json=body | {"collections": ["notes", "nowhere"]})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "collection_not_found")


@pytest.mark.parametrize(
    ("body", "location"),
    [
        ({"query": "river", "kk": 3}, "body.kk"),
        ({"query": "river", "k": 0}, "body.k"),
        ({"query": "river", "k": "3"}, "body.k"),
        ({"query": "x" * 9000}, "body.query"),
        ({"query": "river", "mode": "magic"}, "body.mode"),
        ({"query": "river", "filter": {"field": "year", "atleast": 3}}, "body.filter.range.atleast"),
        ({"query": "a\ud800b"}, "body.query"),
    ],
)
def test_bodies_that_are_refused(client: TestClient, body: Any, location: str) -> None:
    answer = client.post(SEARCH, content=json.dumps(body), headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert location in [part["location"] for part in answer.json()["errors"]]


@pytest.mark.parametrize("query", ["", "   ", "\t\n"])
def test_empty_queries(client: TestClient, query: str) -> None:
    for answer in (client.post(SEARCH, json={"query": query}), client.get(SEARCH, params={"query": query})):
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_query")


def test_a_filter_of_many_levels(client: TestClient) -> None:
    nested: Any = {"field": "year", "equals": 2000}
    for _ in range(40):
        nested = {"not": nested}
    answer = client.post(SEARCH, json={"query": "river", "filter": nested})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_filter")
    deeper = '{"not":' * 5000 + "1" + "}" * 5000
    raw = client.post(
        SEARCH, content=f'{{"query":"river","filter":{deeper}}}', headers={"content-type": "application/json"}
    )
    assert raw.status_code in (400, 422)


def test_a_newer_generation_is_served_at_once(writable: TestClient, tmp_path: Path) -> None:
    put = "/v1/collections/c/documents?wait=true"
    writable.post(put, json={"documents": [{"id": "a", "text": "The river."}]})
    first = writable.get("/v1/collections/c/search", params={"query": "river"})
    page = writable.post("/v1/collections/c/search", json={"query": "river", "k": 1, "pageable": True}).json()
    writable.post(put, json={"documents": [{"id": "b", "text": "Another river."}]})
    second = writable.get(
        "/v1/collections/c/search", params={"query": "river"}, headers={"if-none-match": first.headers["etag"]}
    )
    assert ids(first) == ["a"] and sorted(ids(second)) == ["a", "b"]
    assert page["generation"] < second.json()["generation"]
