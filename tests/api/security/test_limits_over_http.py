"""What one request, and one caller, may take: each limit at its border, refused by a problem that says which."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.api.security.conftest import MakeKey, Open, as_key
from tests.conftest import Models

SEARCH = "/v1/collections/notes/search"
FILES = "/v1/collections/notes/documents/files"


def condition(count: int) -> dict[str, Any]:
    return {"and": [{"field": "year", "gte": 2000}] * (count - 1)}


def test_requests_of_a_key_are_counted(serving: Open, make_key: MakeKey) -> None:
    client = serving(make_key(), rate=0.1, burst=3)
    assert [client.get("/v1/models").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = client.get("/v1/models")
    assert refused.json()["code"] == "rate_limited" and 1 <= int(refused.headers["retry-after"]) <= 10
    assert client.get("/docs").status_code == 200
    as_key(client, make_key())
    assert client.get("/v1/models").status_code == 200


def test_requests_of_an_address_are_counted_where_there_are_no_keys(serving: Open) -> None:
    client = serving(rate=0.1, burst=2)
    assert [client.get("/v1/models").status_code for _ in range(3)] == [200, 200, 429]


def test_wrong_keys_are_counted_too(serving: Open, make_key: MakeKey) -> None:
    right = make_key()
    client = serving("wk_000000000000_" + "A" * 43, rate=0.1, burst=2)
    assert [client.get("/v1/models").status_code for _ in range(3)] == [401, 401, 429]
    assert as_key(client, right).get("/v1/models").status_code == 200  # whoever has one is not kept out


@pytest.mark.parametrize(
    ("settings", "allowed", "refused"),
    [
        ({"query_length": 5}, {"query": "river"}, {"query": "rivers"}),
        ({"hits": 5}, {"k": 5}, {"k": 6}),
        ({"hits": 5}, {"k": 1, "rerank_depth": 5}, {"k": 1, "rerank_depth": 6}),
        ({"facets": 1}, {"facets": ["year"]}, {"facets": ["year", "tags"]}),
        ({"filters": 3}, {"filter": condition(3)}, {"filter": condition(4)}),
        ({"filters": 1}, {"filter": {"field": "year", "gte": 1}}, {"filter": {"not": {"and": []}}}),
    ],
)
def test_limits_of_a_search(
    serving: Open, settings: dict[str, int], allowed: dict[str, Any], refused: dict[str, Any]
) -> None:
    client = serving(**settings)
    body = {"query": "river", "k": 1, "mode": "lexical", "rerank_depth": 0}
    for path, extra in ((SEARCH, {}), ("/v1/search", {"collections": ["notes"]})):
        answer = client.post(path, json=body | extra | allowed)
        assert answer.status_code == 200, answer.text
        answer = client.post(path, json=body | extra | refused)
        assert (answer.status_code, answer.json()["code"]) == (400, "usage")
        assert f"`{next(iter(settings))}`" in answer.json()["remedy"]


def test_limits_of_collections_and_pages(serving: Open) -> None:
    client = serving(collections=1, hits=5)
    body = {"query": "river", "k": 2, "mode": "lexical", "rerank_depth": 0}
    assert client.post("/v1/search", json=body | {"collections": ["notes", "others"]}).json()["code"] == "usage"
    cursor = client.post(SEARCH, json=body | {"pageable": True}).json()["cursor"]
    assert client.post(SEARCH, json={"cursor": cursor, "k": 6}).json()["code"] == "usage"
    assert client.get(SEARCH, params={"cursor": cursor, "k": 6}).json()["code"] == "usage"
    assert client.get(SEARCH, params={"query": "river", "k": 6}).json()["code"] == "usage"


def test_limits_of_bodies(serving: Open) -> None:
    client = serving(body_bytes=1000, upload_bytes=3000)
    for path, most in ((SEARCH, 1000), ("/v1/rerank", 1000), ("/v1/collections/notes/documents", 3000), (FILES, 3000)):
        bodies: list[Any] = [b" " * (most + 1)]
        if path != FILES:  # which does not read what is no form
            bodies.append(b" " * 100 for _ in range(most // 100 + 1))  # without a length
        for body in bodies:
            answer = client.post(path, content=body, headers={"content-type": "application/json"})
            assert (answer.status_code, answer.json()["code"]) == (413, "too_large"), path
            assert answer.json()["request_id"] == answer.headers["x-request-id"]
        assert client.post(path, content=b" " * most).status_code in (400, 422)


def test_limits_of_files(serving: Open) -> None:
    client = serving(files=2, file_bytes=10)
    assert client.post(FILES, files=[("files", ("a.txt", b"a" * 10))] * 2, params={"wait": True}).status_code == 200
    answer = client.post(FILES, files=[("files", ("a.txt", b"a"))] * 3)
    assert answer.status_code == 400 and "files" in answer.json()["detail"]
    answer = client.post(FILES, files=[("files", ("a.txt", b"a" * 11))])
    assert (answer.status_code, answer.json()["code"]) == (400, "usage")
    form = {"query": "x", "encoder": "bundled"}
    answer = client.post("/v1/documents/search/file", data=form, files={"file": ("a.txt", b"a" * 11)})
    assert (answer.status_code, answer.json()["code"]) == (400, "usage")
    flood = {f"field{number}": "x" for number in range(100)}
    assert client.post("/v1/documents/search/file", data=flood, files={"file": ("a.txt", b"a")}).status_code == 400
    answer = client.post("/v1/documents/search/file", data={"query": "x" * 70_000}, files={"file": ("a.txt", b"a")})
    assert 400 <= answer.status_code < 500


def test_limits_of_a_document_that_is_asked(serving: Open, models: Models) -> None:
    client = serving(document_length=10)
    pair = {"query": "river", "encoder": models.encoder, "reranker": "none"}
    for text, status in (("The river.", 200), ("The rivers.", 400)):
        assert client.post("/v1/documents/search", json=pair | {"text": text}).status_code == status
    for text, status in (("The river.", 200), ("The rivers.", 422)):
        file = {"file": ("a.txt", text.encode())}
        assert client.post("/v1/documents/search/file", data=pair, files=file).status_code == status


def test_a_request_that_takes_too_long(serving: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    client, over = serving(request_seconds=0.3), threading.Event()
    service = client.app.state.service  # type: ignore[attr-defined]
    monkeypatch.setattr(service.collections, "all", lambda: over.wait(60) and [])
    answer = client.get("/v1/collections")
    assert (answer.status_code, answer.json()["code"]) == (503, "request_timeout")
    assert answer.headers["retry-after"]
    over.set()
    for _ in range(100):  # a busy machine may need longer than the limit for any request, now and then
        if (status := client.get("/v1/models").status_code) == 200:
            break
    assert status == 200


@pytest.mark.parametrize("levels", [17, 200, 20_000, 400_000])
def test_nests(serving: Open, levels: int) -> None:
    nest = '{"query": "x", "filter": ' + '{"not": ' * levels + '{"field": "a", "equals": 1}' + "}" * levels + "}"
    answer = serving().post(SEARCH, content=nest, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422), answer.text[:200]
