"""What is said of requests that are wrong, and that no body can hold up the service or break an answer."""

from __future__ import annotations

import base64
import json
import threading
import zlib
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Cookie, Depends, Header, Response
from starlette.testclient import TestClient

from api.http import json_body
from api.http.invalid import MOST_SHOWN
from api.http.json_route import JsonRoute
from api.http.schemas.searching import SearchBody

SEARCH = "/v1/collections/notes/search"
DOCUMENTS = "/v1/collections/notes/documents"
LEAF = '{"field":"year","gte":1}'


def posted(client: TestClient, path: str, raw: str) -> Any:
    return client.post(path, content=raw, headers={"content-type": "application/json"})


def listed(item: str, count: int) -> str:
    return "[" + ",".join([item] * count) + "]"


def nested(leaf: str, *counts: int) -> str:
    """A filter of `and` in `and`."""
    for count in counts:
        leaf = '{"and":' + listed(leaf, count) + "}"
    return '{"query":"a","filter":' + leaf + "}"


HEAVY = {
    "100,000 unknown fields": (SEARCH, "{" + ",".join(f'"f{i}":1' for i in range(100_000)) + "}"),
    "500,000 unknown fields": (SEARCH, "{" + ",".join(f'"f{i}":1' for i in range(500_000)) + "}"),
    "unknown fields of several searches": ("/v1/search", "{" + ",".join(f'"f{i}":1' for i in range(90_000)) + "}"),
    "10,000 wrong leaves": (SEARCH, nested('{"x":1}', 99, 99)),
    "50,000 conditions": (SEARCH, nested(LEAF, 100, 100, 5)),
    "310,000 conditions": (SEARCH, nested(LEAF, 100, 100, 31)),
    "90,000 wrong values": (SEARCH, nested('{"field":"year","in":' + listed("[]", 1000) + "}", 90)),
    "a long list": (SEARCH, listed("1", 2_000_000)),
    "2,000,000 wrong documents": (DOCUMENTS, '{"documents":' + listed('{"x":[[]]}', 2_000_000) + "}"),
    "900 wrong documents": (
        DOCUMENTS,
        '{"documents":' + listed("{" + ",".join(f'"{i}":1' for i in range(100)) + "}", 900) + "}",
    ),
    "2,000,000 tags": (
        DOCUMENTS,
        '{"documents":[{"id":"a","text":"b","metadata":{"a":' + listed('"x"', 2_000_000) + "}}]}",
    ),
    "100,000 token ids": ("/v1/embeddings", '{"model":"bundled","input":' + listed("1", 100_000) + "}"),
    "200,000 wrong passages": ("/v1/rerank", '{"query":"x","documents":' + listed("{}", 150_000) + "}"),
    "one long key": (SEARCH, '{"' + "k" * 3_000_000 + '":1}'),
}


@pytest.mark.parametrize(("path", "raw"), HEAVY.values(), ids=HEAVY)
def test_a_heavy_body_is_refused_in_few_words(client: TestClient, path: str, raw: str) -> None:
    answer = posted(client, path, raw)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert 1 <= len(answer.json()["errors"]) <= MOST_SHOWN
    assert len(answer.content) < 20_000


def test_heavy_bodies_are_read_outside_of_the_event_loop(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    read, threads = json_body._model_of, []

    def noted(*arguments: Any) -> Any:
        threads.append(threading.current_thread().name)
        return read(*arguments)

    monkeypatch.setattr(json_body, "_model_of", noted)
    for text in ("short", "long " * 20_000):
        assert (
            posted(client, DOCUMENTS, json.dumps({"documents": [{"id": "a", "text": text, "x": 1}]})).status_code == 422
        )
    assert len(threads) == 2 and "worker" not in threads[0] and "worker" in threads[1]


@pytest.mark.parametrize(
    ("path", "body", "location", "said", "remedy"),
    [
        (SEARCH, {"querry": "x"}, "body.querry", "did you mean `query`?", "`min_relevance`"),
        (SEARCH, {"q": "x"}, "body.q", "did you mean `query`?", "`query`"),
        (SEARCH, {"query": "x", "sort": ["-year"]}, "body.sort.0", "not a text", '{"field": NAME, "descending"'),
        (SEARCH, {"query": "x", "sort": [{"field": "year", "order": "desc"}]}, "body.sort.0.order",
         "did you mean `descending`?", "`-name` is for GET"),
        (SEARCH, {"query": "x", "filter": "year:>1850"}, "body.filter.range", "not a text", '{"field": NAME, "equals"'),
        (SEARCH, {"query": "x", "filter": {"field": "year", "atleast": 3}}, "body.filter.range.atleast",
         "the filter on `year`", "`gte`"),
        (SEARCH, {"query": "x", "filter": {"not": {"field": "year", "in": [None]}}}, "body.filter.not.not.in.in.0",
         "the filter on `year`: A value is a text, a number, true or false, and not null", "2020-01-31"),
        (SEARCH, {"query": "x", "filter": {"field": "year", "value": 3}}, "body.filter.range.value",
         "did you mean `equals`?", "`gte`"),
        (SEARCH, ["x"], "body", "An object is needed here, and not a list", "`query`"),
        (DOCUMENTS, {"documents": [{"id": "a", "content": "b"}]}, "body.documents.0.content",
         "did you mean `text`?", "`metadata`"),
        ("/v1/embeddings", {"model": "bundled", "input": ["a", 3]}, "body.input", "item 1 is a number", "Token ids"),
        (SEARCH, {}, None, None, None),
    ],
)  # fmt: skip
def test_errors_name_what_is_allowed(
    client: TestClient, path: str, body: Any, location: str | None, said: str, remedy: str
) -> None:
    answer = client.post(path, json=body).json()
    if location is None:
        assert answer["code"] == "invalid_query"
        return
    assert answer["code"] == "invalid_request"
    assert [part["location"] for part in answer["errors"]] == [location]
    assert said in answer["errors"][0]["message"] and said in answer["detail"]
    assert remedy in answer["remedy"]


def test_unknown_parameters_are_told_the_known_ones(client: TestClient) -> None:
    answer = client.get("/v1/collections/notes/suggest", params={"q": "ri"}).json()
    assert answer["code"] == "invalid_request" and "did you mean `prefix`?" in answer["detail"]
    assert answer["remedy"] == "The parameters are `limit`, `prefix`."
    assert "takes no parameters" in client.get("/v1/collections", params={"page": 2}).json()["remedy"]
    missing = client.get("/v1/collections/notes/suggest").json()
    assert "query.prefix: This is needed, and is missing" in missing["detail"]
    assert missing["remedy"] == "See what it takes at /docs#suggest."


def test_a_body_that_is_not_sent_as_json(client: TestClient) -> None:
    for headers in ({}, {"content-type": "text/plain"}, {"content-type": "application/x-www-form-urlencoded"}):
        answer = client.post(SEARCH, content=b'{"query":"x"}', headers=headers)
        assert answer.status_code == 422 and "Content-Type: application/json" in answer.json()["detail"]
    for kind in ("application/json; charset=utf-8", "application/merge-patch+json"):
        body = {"query": "river", "mode": "lexical", "rerank_depth": 0}
        assert client.post(SEARCH, content=json.dumps(body), headers={"content-type": kind}).status_code == 200
    assert client.post(SEARCH).status_code == 422


SURROGATES: list[tuple[str, Any]] = [
    (SEARCH, {"query": "\ud800 lantern"}),
    (SEARCH, {"query": "a", "filter": {"field": "title", "equals": "\ud800"}}),
    (SEARCH, {"query": "a", "filter": {"field": "title", "in": ["\ud800"]}}),
    (SEARCH, {"query": "a", "filter": {"field": "title", "gte": "\ud800"}}),
    (SEARCH, {"query": "a", "filter": {"field": "\ud800", "equals": "x"}}),
    (SEARCH, {"query": "a", "facets": ["\ud800"]}),
    (SEARCH, {"query": "a", "sort": [{"field": "\ud800"}]}),
    (SEARCH, {"query": "a", "why_not": "\ud800"}),
    (SEARCH, {"query": "a", "\ud800": 1}),
    (SEARCH, {"cursor": "\ud800"}),
    ("/v1/search", {"query": "a", "collections": ["\ud800"]}),
    ("/v1/embeddings", {"model": "bundled", "input": "\ud800"}),
    ("/v1/embeddings", {"model": "bundled", "input": ["a", "\udfff"]}),
    ("/v1/embeddings", {"model": "\ud800", "input": "x"}),
    ("/v1/rerank", {"query": "a", "documents": ["x\udc00"]}),
    ("/v2/rerank", {"query": "\ud800", "documents": [{"text": "x"}]}),
    ("/v1/documents/search", {"query": "x", "text": "lantern \ud800"}),
    (DOCUMENTS, {"documents": [{"id": "a", "text": "b", "metadata": {"\ud800": "\ud800"}}]}),
    (DOCUMENTS + "/delete", {"ids": ["\ud800"]}),
    ("/v1/collections", {"name": "\ud800"}),
]


@pytest.mark.parametrize(("path", "body"), SURROGATES)
def test_half_a_surrogate_pair_breaks_nothing(client: TestClient, path: str, body: Any) -> None:
    answer = posted(client, path, json.dumps(body))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert "surrogate" in answer.json()["detail"]


@pytest.mark.parametrize("charset", ["utf-7", "unicode_escape", "utf-16", "raw_unicode_escape"])
def test_a_form_in_an_odd_charset_breaks_nothing(client: TestClient, charset: str) -> None:
    parts = [b'name="query"\r\n\r\n\\ud800 +2AA-', b'name="file"; filename="\\ud800+2AA-.txt"\r\n\r\nlantern']
    body = b"".join(b"--b\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts) + b"--b--\r\n"
    kind = f"multipart/form-data; boundary=b; charset={charset}"
    for path in ("/v1/documents/search/file", DOCUMENTS + "/files"):
        answer = client.post(path, content=body, headers={"content-type": kind})
        assert 200 <= answer.status_code < 500, answer.text


def test_a_forged_cursor_whose_query_is_no_text(client: TestClient) -> None:
    body = {"query": "the river", "k": 2, "pageable": True, "mode": "lexical", "rerank_depth": 0}
    cursor = client.post(SEARCH, json=body).json()["cursor"]
    data = zlib.decompress(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    forged = data.replace(b'"the river"', b'"\\ud800 ab"')  # as long as it was
    assert forged != data
    for query in (forged, data.replace(b"the river", "\ud800 river"[:7].encode("utf-8", "surrogatepass"))):
        text = base64.urlsafe_b64encode(zlib.compress(query)).decode().rstrip("=")
        for answer in (client.post(SEARCH, json={"cursor": text}), client.get(SEARCH, params={"cursor": text})):
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


def test_a_body_that_is_missing_is_told(client: TestClient) -> None:
    answer = client.post(SEARCH, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"location": "body", "message": "This is needed, and is missing."}]


def test_parameters_beside_a_body_are_read_and_told(client: TestClient) -> None:
    documents = {"documents": [{"id": "beside", "text": "a body"}]}
    wrong = client.post(DOCUMENTS, params={"wait": "perhaps"}, json=documents)
    assert (wrong.status_code, wrong.json()["errors"][0]["location"]) == (422, "query.wait")
    unknown = client.post(DOCUMENTS, params={"wiat": True}, json=documents)
    assert (unknown.status_code, unknown.json()["errors"][0]["location"]) == (422, "query.wiat")
    path = client.post("/v1/collections/%20/search", json={"query": "x"})
    assert (path.status_code, path.json()["errors"][0]["location"]) == (422, "path.collection")
    done = client.post(DOCUMENTS, params={"wait": True}, json=documents)
    assert (done.status_code, done.json()["state"]) == (200, "done")
    assert done.headers["location"] == f"/v1/jobs/{done.json()['id']}"


def test_an_operation_that_takes_json_cannot_take_what_is_not_made_for_it() -> None:
    router = APIRouter(route_class=JsonRoute)

    def in_a_thread() -> int:
        return 1

    for other in (Annotated[str, Header()], Annotated[str, Cookie()], Annotated[int, Depends(in_a_thread)], Response):

        def endpoint(body: SearchBody, other: other) -> None:  # type: ignore[valid-type]
            pass

        endpoint.__annotations__ = {"body": SearchBody, "other": other, "return": None}
        with pytest.raises(TypeError, match="cannot have such arguments"):
            router.post("/odd")(endpoint)
