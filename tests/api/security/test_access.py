"""Every operation against every kind of key. A new route that is missing from the table of scopes fails here."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from api.http.access import ACCESS, access_to
from api.security.keys import SCOPES, KeyStore
from api.service.service import Service
from api.serving.app import create_app
from tests.api.http.conftest import ADDRESS
from tests.api.security.conftest import MakeKey, Open, as_key
from tests.conftest import Models

KNOWN = {"collection": "notes", "document": "d001", "job": "none", "handle": "none", "model": "bundled"}
# Refused by the routes with 422, after the check of scopes and before anything is done.
UNDONE = {"no_such_parameter": "1"}


def operations() -> list[tuple[str, str]]:
    """(method, path) of the OpenAPI document, which is the same for every home."""
    document = create_app(Service(Path("nowhere"))).openapi()
    return [(method.upper(), path) for path, methods in document["paths"].items() for method in methods]


def call(client: TestClient, method: str, path: str, secret: str | None = None) -> Any:
    headers = {"authorization": f"Bearer {secret}"} if secret else {}
    return client.request(method, path.format_map(KNOWN), params=UNDONE, headers=headers)


def test_every_route_is_in_the_table(tmp_path: Path) -> None:
    app = create_app(Service(tmp_path))
    routes = {
        f"{method} {context.path_format}"
        for context in iter_route_contexts(app.routes)
        for method in (context.methods or set()) - {"HEAD"}
    }
    assert len(routes) > 20 and routes <= ACCESS.keys()
    assert access_to("GET", "/v1/nothing/of/the/kind") == "admin"


@pytest.mark.parametrize(("method", "path"), operations())
def test_each_scope_against_each_operation(serving: Open, make_key: MakeKey, method: str, path: str) -> None:
    client = serving(rate=1e6, burst=10**6)
    needed = access_to(method, path)
    secrets = {scope: make_key(scope) for scope in SCOPES}
    assert f"{method} {path}" in ACCESS and needed in SCOPES

    none = call(client, method, path)
    assert (none.status_code, none.json()["code"]) == (401, "unauthenticated")
    assert none.headers["www-authenticate"] == 'Bearer realm="Winnow"'
    assert call(client, method, path, secrets["admin"][:-1] + "!").status_code == 401

    for scope, secret in secrets.items():
        allowed = SCOPES.index(scope) >= SCOPES.index(needed)
        answer = call(client, method, path, secret)
        assert answer.status_code == (422 if allowed else 403), (scope, answer.text)
        assert answer.json()["code"] == ("invalid_request" if allowed else "forbidden")

    elsewhere = call(client, method, path, make_key("admin", "others"))
    assert elsewhere.status_code == (403 if "{collection}" in path else 422), elsewhere.text


def test_several_collections_need_a_key_for_each(serving: Open, make_key: MakeKey) -> None:
    client = serving(make_key("read", "notes"))
    body = {"query": "river", "collections": ["notes"], "rerank_depth": 0}
    assert client.post("/v1/search", json=body).status_code == 200
    for collections in (["notes", "others"], ["others"], ["nothing"]):
        answer = client.post("/v1/search", json=body | {"collections": collections})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_a_collection_is_made_by_an_administrator_of_its_name(serving: Open, make_key: MakeKey) -> None:
    client = serving(make_key("admin", "mine"))
    assert client.post("/v1/collections", json={"name": "yours"}).status_code == 403
    assert client.post("/v1/collections", json={"name": "mine", "encoder": "none"}).json()["code"] == "model_not_found"


def test_a_key_learns_nothing_of_other_collections(serving: Open, make_key: MakeKey, models: Models) -> None:
    client = serving(make_key("admin", "notes", "missing"))
    assert [entry["name"] for entry in client.get("/v1/collections").json()["collections"]] == ["notes"]
    assert "others" not in client.get("/v1/models").text
    absent = client.get("/v1/collections/missing")
    assert (absent.status_code, absent.json()["code"]) == (404, "collection_not_found")
    assert "others" not in absent.text
    refused = [client.get(f"/v1/collections/{name}") for name in ("others", "unknown")]
    assert refused[0].json()["detail"].replace("others", "unknown") == refused[1].json()["detail"]
    cursor = serving(make_key()).get("/v1/collections/others/documents", params={"limit": 1}).json()["cursor"]
    foreign = client.get("/v1/collections/notes/documents", params={"limit": 1, "cursor": cursor})
    assert (foreign.status_code, foreign.json()["code"]) == (400, "invalid_cursor")


def test_jobs_belong_to_the_key_that_started_them(serving: Open, make_key: MakeKey) -> None:
    mine, other = make_key("write"), make_key("admin")
    client = serving(mine)
    body = {"documents": [{"id": "d001", "text": "The river."}]}
    job = client.post("/v1/collections/others/documents", params={"wait": True}, json=body).json()["id"]
    assert client.get(f"/v1/jobs/{job}").status_code == 200
    assert [entry["id"] for entry in client.get("/v1/jobs").json()["jobs"]] == [job]
    as_key(client, other)
    assert client.get("/v1/jobs").json() == {"jobs": []}
    for path in (f"/v1/jobs/{job}", f"/v1/jobs/{job}/events"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "job_not_found")


def test_kept_documents_belong_to_the_key_that_sent_them(serving: Open, make_key: MakeKey, models: Models) -> None:
    mine, other = make_key(), make_key("admin")
    client = serving(mine)
    pair = {"encoder": models.encoder, "reranker": "none"}
    kept = client.post("/v1/documents/search", json={"text": "The river.", "query": "river", "keep": True} | pair)
    handle = kept.json()["handle"]
    question = {"handle": handle, "query": "river"}
    as_key(client, other)
    assert client.post("/v1/documents/search", json=question).json()["code"] == "document_expired"
    assert client.delete(f"/v1/documents/handles/{handle}").status_code == 404
    as_key(client, mine)
    assert client.post("/v1/documents/search", json=question).status_code == 200


def test_the_ways_to_send_a_key(serving: Open, make_key: MakeKey) -> None:
    client, secret = serving(), make_key()
    basic = base64.b64encode(f"me:{secret}".encode()).decode()
    for headers in (
        {"x-api-key": secret},
        {"authorization": f"Bearer {secret}"},
        {"authorization": f"bearer {secret}"},
        {"authorization": f"Basic {basic}"},
    ):
        assert client.get("/v1/models", headers=headers).status_code == 200, headers
    for headers in (
        {"x-api-key": f"Bearer {secret}"},
        {"authorization": secret},
        {"authorization": f"Token {secret}"},
        {"authorization": "Basic !"},
        {"authorization": "Bearer"},
        {"authorization": f"Bearer {secret}", "x-api-key": secret},
        {"cookie": f"key={secret}"},
    ):
        assert client.get("/v1/models", headers=headers).status_code == 401, headers
    for name, value in (
        ("authorization", b"Basic \xff\xfe"),
        ("authorization", b"Basic " + base64.b64encode(b"\xff:\xfe")),
        ("authorization", b"Bearer \xff\xfe"),
        ("x-api-key", b"\xff\xfe"),
    ):
        assert client.get("/v1/models", headers=[(name.encode(), value)]).status_code == 401, value
    assert client.get("/v1/models", params={"api_key": secret}).status_code == 401
    browser = client.get("/v1/models", headers={"accept": "text/html"})
    assert "Basic" in browser.headers["www-authenticate"]


def test_open_until_the_first_key_and_never_again(serving: Open, make_key: MakeKey, home: Path) -> None:
    client = serving()
    assert client.get("/v1/models").status_code == 200
    assert client.get("/v1/models", headers={"authorization": "Bearer sk-any"}).status_code == 200
    secret = make_key()
    assert client.get("/v1/models").status_code == 401
    assert as_key(client, secret).get("/v1/models").status_code == 200
    KeyStore(home).revoke(KeyStore(home).list()[0].id)
    assert client.get("/v1/models").status_code == 401
    assert serving().get("/v1/models").status_code == 401  # nor after a restart


def test_exposed_and_without_keys_nothing_is_served(serving: Open) -> None:
    client = serving(host="192.0.2.1", address="http://192.0.2.1")
    assert client.get("/v1/models").status_code == 401


def test_documentation_needs_no_key(serving: Open, make_key: MakeKey) -> None:
    make_key()
    client = serving()
    for path in ("/openapi.json", "/docs", "/docs/errors"):
        assert client.get(path).status_code == 200
    for path in (
        "/docs/",
        "//docs",
        "/docs/../v1/models",
        "/v1/models/",
        "/%76%31/models",
        "/nowhere",
        "/docs/nothing",
    ):
        assert client.get(path, follow_redirects=False).status_code == 401, path


def test_metrics_are_for_this_machine_and_for_keys(serving: Open, make_key: MakeKey) -> None:
    """404 where nobody has put metrics yet: let in all the same."""
    secret = make_key()
    client = serving()
    assert client.get("/metrics").status_code == 401  # from 192.0.2.7
    assert client.get("/metrics", headers={"x-api-key": secret}).status_code in (200, 404)
    local = TestClient(client.app, ADDRESS, client=("127.0.0.1", 4711))
    assert local.get("/metrics").status_code in (200, 404)
    assert local.get("/metrics", headers={"x-forwarded-for": "192.0.2.7"}).status_code == 401
    assert local.get("/v1/models").status_code == 401
