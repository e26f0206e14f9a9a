"""Judging and renaming over HTTP."""

from __future__ import annotations

from starlette.testclient import TestClient

from tests.api.http.conftest import sent

PLACE = "/v1/collections/c/judgements"


def judged(client: TestClient, **asked: str) -> list[tuple[str, str, int]]:
    found = client.get(PLACE, params=asked).json()["judgements"]
    return [(one["query"], one["document_id"], one["grade"]) for one in found]


def fill(client: TestClient) -> None:
    answer = client.post("/v1/collections/c/documents", params={"wait": True}, json={"documents": sent()})
    assert answer.json()["state"] == "done"


def test_judging(writable: TestClient) -> None:
    fill(writable)
    assert judged(writable) == []
    kept = [
        {"query": "river", "document_id": "d000", "grade": 3},
        {"query": "river ", "document_id": "d001", "grade": 0},
        {"query": "bridge", "document_id": "d001", "grade": 1},
    ]
    assert writable.put(PLACE, json={"judgements": kept}).json() == {"changed": 3, "total": 3}
    assert judged(writable, query="river") == [("river", "d000", 3), ("river", "d001", 0)]
    assert writable.put(PLACE, json={"judgements": [kept[1] | {"grade": 2}]}).json() == {"changed": 1, "total": 3}
    assert judged(writable) == [("river", "d000", 3), ("river", "d001", 2), ("bridge", "d001", 1)]
    one = {"query": "river", "document_id": "d000"}
    assert writable.delete(PLACE, params=one).json() == {"changed": 1, "total": 2}
    assert writable.delete(PLACE, params=one).json() == {"changed": 0, "total": 2}
    assert writable.delete(PLACE, params={"query": "river"}).json() == {"changed": 1, "total": 1}
    assert judged(writable) == [("bridge", "d001", 1)] and judged(writable, query="never asked") == []


def test_all_judgements_or_none(writable: TestClient) -> None:
    fill(writable)
    right = {"query": "river", "document_id": "d000", "grade": 1}
    for wrong, status in (
        ({"document_id": "nothing"}, 404),
        ({"grade": 4}, 422),
        ({"grade": -1}, 422),
        ({"grade": None}, 422),
        ({"query": ""}, 422),
        ({"query": "  "}, 400),
        ({"document": "d000"}, 422),
    ):
        answer = writable.put(PLACE, json={"judgements": [right, right | wrong]})
        assert answer.status_code == status, answer.text
    assert writable.put(PLACE, json={"judgements": []}).status_code == 422
    assert writable.delete(PLACE).status_code == 422  # of which query?
    assert judged(writable) == []
    assert writable.get("/v1/collections/none/judgements").status_code == 404


def test_renaming_takes_documents_and_judgements_along(writable: TestClient) -> None:
    fill(writable)
    writable.put(PLACE, json={"judgements": [{"query": "river", "document_id": "d000", "grade": 1}]})
    renamed = writable.post("/v1/collections/c/rename", json={"name": "d"})
    assert (renamed.status_code, renamed.json()["name"], renamed.json()["documents"]) == (200, "d", 3)
    assert writable.get("/v1/collections/c").status_code == 404
    assert len(writable.get("/v1/collections/d/judgements").json()["judgements"]) == 1
    assert writable.post("/v1/collections/d/rename", json={"name": "Not a name"}).status_code == 422
    assert writable.post("/v1/collections/nothing/rename", json={"name": "e"}).status_code == 404


def test_a_name_that_is_taken(writable: TestClient) -> None:
    assert writable.post("/v1/collections", json={"name": "d"}).status_code == 201
    refused = writable.post("/v1/collections/c/rename", json={"name": "d"})
    assert (refused.status_code, refused.json()["code"]) == (409, "collection_exists")
