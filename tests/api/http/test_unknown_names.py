"""What an operation does not know, or gets twice, is refused: in the query string, and in a form."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.service.service import Service
from api.serving.app import create_app

FILE = {"file": ("a.md", b"The ferry leaves at six.")}


def operations() -> list[tuple[str, str]]:
    with tempfile.TemporaryDirectory() as home, Service(Path(home)) as service:
        paths = create_app(service).openapi()["paths"]
    return [(method, path) for path, own in paths.items() for method in own if path.startswith(("/v1/", "/v2/"))]


def wrong(answer: Any) -> dict[str, str]:
    """What is wrong with each part, as a 422 says it."""
    assert answer.status_code == 422, answer.text
    return {part["location"]: part["message"] for part in answer.json()["errors"]}


@pytest.mark.parametrize(("method", "path"), operations())
def test_no_operation_takes_a_parameter_that_it_does_not_know(client: TestClient, method: str, path: str) -> None:
    address = re.sub(r"\{\w+\}", "none", path)
    form: dict[str, Any] = {"data": {"query": "x"}, "files": FILE if "search/file" in path else {"files": FILE["file"]}}
    answer = client.request(method, f"{address}?limitt=3", **(form if path.endswith(("/file", "/files")) else {}))
    assert wrong(answer)["query.limitt"].startswith("There is no `limitt` here")


@pytest.mark.parametrize("name", ["query", "k", "cursor", "explain"])
def test_of_two_values_none_is_dropped(client: TestClient, name: str) -> None:
    address = "/v1/collections/notes/search?query=river"
    assert wrong(client.get(f"{address}&{name}=1&{name}=2")) == {f"query.{name}": "This is given twice."}


def test_a_list_has_as_many_values_as_it_likes(client: TestClient) -> None:
    answer = client.get("/v1/collections/notes/search?query=river&filter=year:>=1900&filter=year:<=2100&sort=-year")
    assert answer.status_code == 200 and answer.json()["hits"]


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("budget_msec", "There is no `budget_msec` here; did you mean `budget_ms`?"),
        ("topk", "There is no `topk` here; did you mean `k`?"),
        ("top_k", "There is no `top_k` here; did you mean `k`?"),
        ("x", "There is no `x` here."),
    ],
)
def test_a_field_that_a_form_does_not_have(client: TestClient, field: str, message: str) -> None:
    answer = client.post("/v1/documents/search/file", data={"query": "ferry", field: "3"}, files=FILE)
    assert wrong(answer) == {f"body.{field}": message}
    assert "`budget_ms`" in answer.json()["remedy"]


def test_a_form_with_something_twice(client: TestClient) -> None:
    address = "/v1/documents/search/file"
    twice = client.post(address, data={"query": ["ferry", "tram"], "k": "1"}, files=FILE)
    assert wrong(twice) == {"body.query": "This is given twice."}
    files = client.post(address, data={"query": "ferry"}, files=[*FILE.items(), *FILE.items()])
    assert wrong(files) == {"body.file": "This is given twice."}


@pytest.mark.parametrize(
    ("sent", "location", "message"),
    [
        ({"data": {"query": "ferry"}}, "body.file", "This is needed, and is missing."),
        ({"data": {"query": "ferry", "file": "text"}}, "body.file", "This has to be a file"),
        ({"data": {"query": "ferry"}, "files": {"file": ("", b"text")}}, "body.file", "This has to be a file"),
        ({"files": {**FILE, "query": ("q", b"ferry")}}, "body.query", "Input should be a valid string"),
        (
            {"data": {"query": "ferry", "explain": "{"}, "files": FILE},
            "body.explain",
            "Input should be a valid boolean",
        ),
        ({"json": {"query": "ferry"}}, "body", "This is no form."),
        ({"content": b"x"}, "body", "This is no form."),
    ],
)
def test_what_is_no_form_of_a_file(client: TestClient, sent: dict[str, Any], location: str, message: str) -> None:
    assert wrong(client.post("/v1/documents/search/file", **sent))[location].startswith(message)


def test_an_empty_file_holds_no_text(client: TestClient) -> None:
    files = {"file": ("a.md", b"")}
    answer = client.post("/v1/documents/search/file", data={"query": "ferry"}, files=files)
    assert (answer.status_code, answer.json()["code"]) == (422, "parse_failed")


def test_documents_by_their_files(client: TestClient) -> None:
    address, file = "/v1/collections/notes/documents/files", FILE["file"]
    assert wrong(client.post(address, files={"file": file})) == {
        "body.file": "There is no `file` here; did you mean `files`?"
    }
    assert "body.title" in wrong(client.post(address, data={"title": "x"}, files={"files": file}))
    assert wrong(client.post(address, data={"files": "x"}))["body.files"].startswith("This has to be a file")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/?utm_source=x"])
def test_probes_and_pages_ignore_what_they_do_not_know(client: TestClient, path: str) -> None:
    assert client.get(path, params={"x": "3"}).status_code == 200


FORM = (
    b'--q\r\nContent-Disposition: form-data; name="query"\r\n\r\nferry\r\n'
    b'--q\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nThe ferry leaves at six.\r\n--q--\r\n'
)


@pytest.mark.parametrize("boundary", ["q", '"q"', "q; charset=utf-8"])
def test_a_whole_form(client: TestClient, boundary: str) -> None:
    kind = {"content-type": f"multipart/form-data; boundary={boundary}"}
    assert client.post("/v1/documents/search/file", content=FORM, headers=kind).status_code == 200


@pytest.mark.parametrize("length", [*range(60, len(FORM) - 4, 13), len(FORM) - 4, len(FORM) - 3])
@pytest.mark.parametrize("address", ["/v1/documents/search/file", "/v1/collections/notes/documents/files"])
def test_a_form_that_breaks_off_loses_no_file_in_silence(client: TestClient, address: str, length: int) -> None:
    kind = {"content-type": "multipart/form-data; boundary=q"}
    answer = client.post(address, content=FORM[:length], headers=kind)
    assert "closes it is missing" in wrong(answer)["body"] and answer.json()["remedy"]


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=other"])
def test_what_is_no_readable_form(client: TestClient, kind: str) -> None:
    answer = client.post("/v1/documents/search/file", content=FORM, headers={"content-type": kind})
    assert answer.status_code == 422 and answer.json()["remedy"]
