"""Documents and collections over HTTP: what is put is found, what is deleted is not, and jobs tell the truth."""

from __future__ import annotations

import json
import threading
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from indexer.parsers.decoding import clean
from tests.api.http.conftest import DOCUMENTS, sent
from tests.conftest import Models

DOCS = "/v1/collections/c/documents"


def put(client: TestClient, documents: list[dict[str, Any]]) -> Any:
    answer = client.post(DOCS, params={"wait": True}, json={"documents": documents})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_put_get_replace_delete(writable: TestClient) -> None:
    report = put(writable, sent(3))["report"]
    assert (report["added"], report["updated"], report["unchanged"]) == (3, 0, 0)
    report = put(writable, [*sent(2), *sent(1, text="A new text.")])["report"]
    assert (report["added"], report["updated"], report["unchanged"], len(report["warnings"])) == (0, 1, 2, 1)
    document = writable.get(f"{DOCS}/d000").json()
    assert document["text"] == "A new text." and document["metadata"] == {"year": 2000.0}
    assert writable.delete(f"{DOCS}/d000").json()["deleted"] == ["d000"]
    gone = writable.get(f"{DOCS}/d000")
    assert (gone.status_code, gone.json()["code"]) == (404, "document_not_found")
    unknown = writable.post(f"{DOCS}/delete", json={"ids": ["d001", "nothing"]})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "document_not_found")
    assert writable.get(f"{DOCS}/d001").status_code == 200  # all or none
    assert writable.post(f"{DOCS}/delete", json={"ids": ["d001", "d002"]}).status_code == 200
    assert writable.get(DOCS).json()["documents"] == []


def test_ids_of_any_kind(writable: TestClient) -> None:
    names = ["/home/me/notes.md", "a b?c#d", "ümlaut/检索", "files", "x" * 2048]
    put(writable, [{"id": name, "text": f"The river {place}."} for place, name in enumerate(names)])
    for place, name in enumerate(names):
        assert writable.get(f"{DOCS}/{quote(name, safe='')}").json()["text"] == f"The river {place}."


def test_typed_metadata(writable: TestClient) -> None:
    metadata = {"day": "2024-05-06", "tags": ["a", "b"], "open": True, "n": 3, "nested": {"x": 1}}
    put(writable, [{"id": "a", "text": "The river.", "metadata": metadata}])
    kept = writable.get(f"{DOCS}/a").json()["metadata"]
    assert kept == {"day": "2024-05-06", "tags": ["a", "b"], "open": True, "n": 3.0}
    schema = writable.get("/v1/collections/c").json()["metadata_schema"]
    assert schema == {"day": "date", "tags": "list", "open": "bool", "n": "number"}


def test_files(writable: TestClient) -> None:
    files = [
        ("files", ("notes/a.md", b"# River\n\nThe river is long.")),
        ("files", ("b.html", b"<html><title>Bridge</title><body><p>The bridge is old.</p></body></html>")),
        ("files", ("../../c.txt", b"A city.")),
        ("files", ("d.xyz", b"\x00\x01\x02")),
        ("files", ("e.pdf", b"no pdf")),
    ]
    answer = writable.post(f"{DOCS}/files", params={"wait": True}, files=files).json()
    assert answer["report"]["added"] == 3
    assert sorted(problem["source"] for problem in answer["report"]["failed"]) == ["d.xyz", "e.pdf"]
    titles = {entry["title"] for entry in writable.get(DOCS).json()["documents"]}
    assert titles == {"River", "Bridge", "c"}


def test_a_job_in_the_background(writable: TestClient) -> None:
    started = writable.post(DOCS, json={"documents": sent(20)})
    assert started.status_code == 202 and started.headers["location"] == f"/v1/jobs/{started.json()['id']}"
    stream = writable.get(started.headers["location"] + "/events")
    *_, last = stream.text.strip().split("\n\n")
    name, data = last.split("\n")
    assert name == "event: finished"
    job = json.loads(data.removeprefix("data: "))
    assert (job["state"], job["documents"], job["report"]["added"]) == ("done", 20, 20)
    assert writable.get(started.headers["location"]).json() == job
    assert [entry["id"] for entry in writable.get("/v1/jobs").json()["jobs"]] == [job["id"]]
    unknown = writable.get("/v1/jobs/nothing")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "job_not_found")


def test_puts_at_once_wait_for_each_other(writable: TestClient) -> None:
    def send(number: int) -> None:
        put(writable, [{"id": f"{number}", "text": f"The river {number}."}])

    threads = [threading.Thread(target=send, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(writable.get(DOCS).json()["documents"]) == 6
    assert {job["state"] for job in writable.get("/v1/jobs").json()["jobs"]} == {"done"}


def test_a_listing_is_of_one_generation(writable: TestClient) -> None:
    put(writable, sent(10))
    put(writable, sent(14))
    writable.post(f"{DOCS}/delete", json={"ids": ["d003", "d012"]})
    page = writable.get(DOCS, params={"limit": 5}).json()
    seen = [entry["id"] for entry in page["documents"]]
    put(writable, [{"id": "late", "text": "Too late."}])
    writable.delete(f"{DOCS}/d013")
    while page["cursor"]:
        page = writable.get(DOCS, params={"limit": 5, "cursor": page["cursor"]}).json()
        seen += [entry["id"] for entry in page["documents"]]
    assert seen == [f"d{n:03d}" for n in range(14) if n not in (3, 12)]
    for cursor in ("x", "WzFd", "é", "WyJhIiwxLDIsM10"):
        assert writable.get(DOCS, params={"cursor": cursor}).status_code in (400, 410), cursor


def test_etag_of_a_document(client: TestClient) -> None:
    first = client.get("/v1/collections/notes/documents/d001")
    again = client.get("/v1/collections/notes/documents/d001", headers={"if-none-match": first.headers["etag"]})
    assert (first.status_code, again.status_code) == (200, 304)


def test_collections(writable: TestClient, models: Models) -> None:
    body = {"name": "more", "encoder": models.encoder, "reranker": "none"}
    created = writable.post("/v1/collections", json=body)
    assert created.status_code == 201 and created.headers["location"] == "/v1/collections/more"
    assert created.json()["models"] == {"encoder": models.encoder, "reranker": "none"}
    again = writable.post("/v1/collections", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "collection_exists")
    unknown = writable.post("/v1/collections", json={"name": "x", "encoder": "/etc"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "model_not_found")
    assert [entry["name"] for entry in writable.get("/v1/collections").json()["collections"]] == ["c", "more"]
    assert writable.delete("/v1/collections/more").status_code == 204
    assert writable.delete("/v1/collections/more").status_code == 404
    nowhere = writable.post("/v1/collections/more/documents", json={"documents": sent(1)})
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "collection_not_found")
    assert [entry["name"] for entry in writable.get("/v1/collections").json()["collections"]] == ["c"]


def test_suggestions(client: TestClient) -> None:
    found = client.get("/v1/collections/notes/suggest", params={"prefix": "NOTE 3", "limit": 50}).json()["suggestions"]
    assert sorted(found) == sorted(f"Note {n}" for n in range(DOCUMENTS) if str(n).startswith("3"))
    assert client.get("/v1/collections/notes/suggest", params={"prefix": " "}).json() == {"suggestions": []}


@pytest.mark.parametrize("name", ["new\nline", "line\n", "\nline", "a\r\nb/c", "a\u2028b", "a/b\n?#%", "a\tb\x1b"])
def test_ids_with_line_breaks(writable: TestClient, name: str) -> None:
    body = {"documents": [{"id": name, "text": "herons"}]}
    assert writable.post(f"{DOCS}?wait=true", json=body).json()["report"]["added"] == 1
    stored = writable.get(f"{DOCS}/{quote(name, safe='')}")
    assert (stored.status_code, stored.json()["id"]) == (200, clean(name))
    assert writable.delete(f"{DOCS}/{quote(name, safe='')}").status_code == 200
    assert writable.get(DOCS).json()["documents"] == []


def test_a_null_text_is_an_empty_one_and_the_title_its_passage(writable: TestClient) -> None:
    report = put(writable, [{"id": "a", "title": "Ferry times", "text": None}])["report"]
    assert (report["added"], report["failed"], report["chunks"]) == (1, [], 1)
    assert writable.get(f"{DOCS}/a").json()["text"] == "Ferry times"


def test_numbers_and_times_come_back_as_they_were(writable: TestClient) -> None:
    metadata = {"n": 1234567890123456789, "half": 0.5, "when": "2024-01-31T23:30:00-05:00"}
    put(writable, [{"id": "Jose\u0301", "text": "The river.", "metadata": metadata}])
    document = writable.get(f"{DOCS}/{quote('José')}").json()
    assert document["metadata"] == {**metadata, "when": "2024-02-01T04:30:00+00:00"}
    found = {"query": "river", "filter": {"field": "n", "equals": metadata["n"]}, "k": 1}
    assert writable.post("/v1/collections/c/search", json=found).json()["hits"]
    found["filter"] = {"field": "when", "gte": metadata["when"]}
    assert writable.post("/v1/collections/c/search", json=found).json()["hits"]
