"""A key with a filter at every operation and every tool: it is refused, or learns nothing of what does not pass.

A new operation or tool fails here until it refuses such keys (which it does unless it declares otherwise), or is asked
below.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from starlette.testclient import TestClient

from api.http.access import ACCESS, NARROWED
from api.mcp.files import AllowedFiles
from api.mcp.registering import ToolServer
from api.mcp.server import PATH, create_server, http_app
from api.security.keys import FILE, KeyStore
from api.service.service import Service
from api.serving.app import create_app
from api.settings import ServeSettings
from tests.api.http.conftest import ADDRESS, offered
from tests.api.security.conftest import as_key
from tests.api.security.teams import BLUE, ONLY_RED, RED, SECRETS, teams_home
from tests.api.security.test_access import KNOWN
from tests.conftest import Models

Asked = Mapping[str, Any]

SEARCHES: list[Asked] = [
    {"query": "river", "k": 50, "explain": True, "rankings": True, "facets": ["team", "year"], "inner_hits": 3},
    {"query": "zepelin", "why_not": "azure-1"},
    {"query": "flowde", "collapse": "none", "context": 500},
    {"query": "crimson", "sort": [{"field": "year"}]},
    {"query": "stream", "pageable": True, "k": 2},
]
IN = "/v1/collections/teams"
# What is sent to each operation that says how it keeps to a filter. `answers` is the status where that is not 200.
REQUESTS: Mapping[str, list[Asked]] = {
    "GET /": [{}],
    "GET /search": [{"params": {"q": "zepelin river", "in": "*"}}],
    "GET /collections/{collection}": [
        {},
        {"params": {"q": "zepelin river", "why_not": "azure-1"}},
        {"params": {"q": "river"}},
        {"params": {"q": "river", "filter": "team:red"}},
    ],
    "GET /collections/{collection}/document": [
        {"params": {"id": "crimson-1", "q": "river"}},
        {"params": {"id": "azure-1"}, "answers": 404},
    ],
    "GET /document": [{}],
    "POST /document": [{"data": {"q": "river"}, "files": {"file": ("a.md", b"The river.")}}],
    "POST /document/forget": [{"data": {"handle": "none"}, "answers": 404}],
    "GET /v1/models": [{}],
    "GET /v1/models/{model}": [{}],
    "POST /v1/rerank": [{"json": {"query": "river", "documents": ["The river."]}}],
    "POST /v2/rerank": [{"json": {"model": "bundled", "query": "river", "documents": ["The river."]}}],
    "POST /v1/embeddings": [{"json": {"model": "bundled", "input": "river"}}],
    "POST /v1/search": [{"json": {"query": "zepelin river", "collections": ["teams"], "k": 50}}],
    "POST /v1/documents/search": [{"json": {"query": "river", "text": "The river."}}],
    "POST /v1/documents/search/file": [{"data": {"query": "river"}, "files": {"file": ("a.md", b"The river.")}}],
    "POST /v1/documents/handles": [{"json": {"text": "The river."}, "answers": 201}],
    "POST /v1/documents/handles/file": [{"files": {"file": ("a.md", b"The river.")}, "answers": 201}],
    "DELETE /v1/documents/handles/{handle}": [{"answers": 404}],
    "GET /v1/collections": [{}],
    "GET /v1/collections/{collection}": [{}],
    "GET /v1/collections/{collection}/suggest": [{"params": {"prefix": prefix, "limit": 50}} for prefix in "zswdc"],
    "GET /v1/collections/{collection}/search": [
        {"params": {"query": "zepelin river", "k": 50, "facets": "team"}},
        {"params": {"query": "river", "filter": "hidden:1"}, "answers": 400},  # the error lists the fields
        {"params": {"query": "river", "stream": "true"}},
    ],
    "POST /v1/collections/{collection}/search": [{"json": search} for search in SEARCHES],
    "GET /v1/collections/{collection}/documents": [{"params": {"limit": 1000}}],
    "GET /v1/collections/{collection}/documents/{document}": [{}, {"document": "azure-1", "answers": 404}],
}
OWN = {"answers", "document"}  # what is ours of a request
COUNTS = {"GET /v1/collections"}  # tell numbers alone, which a test of their own looks at


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Path:
    return teams_home(tmp_path_factory.mktemp("teams"), models, both=True)


@pytest.fixture
def secrets(home: Path) -> tuple[str, str]:
    """Secrets of a key that sees red documents only, and of one that sees all."""
    (home / FILE).unlink(missing_ok=True)
    store = KeyStore(home)
    return store.create("red", collections=["teams"], filter=ONLY_RED)[1], store.create("whole")[1]


@pytest.fixture
def client(home: Path, models: Models, secrets: tuple[str, str]) -> Iterator[TestClient]:
    app = create_app(Service(home, offered=offered(models)), ServeSettings(rate=1e6, burst=10**6))
    with TestClient(app, ADDRESS, client=("127.0.0.1", 4711)) as opened:
        yield as_key(opened, secrets[0])


def routes() -> list[str]:
    """ "GET /path" of every route, whether or not it is in the OpenAPI document."""
    app = create_app(Service(Path("nowhere")))
    return sorted(
        f"{method} {context.path_format}"
        for context in iter_route_contexts(app.routes)
        for method in (context.methods or set()) - {"HEAD"}
    )


def ask(client: TestClient, operation: str, asked: Asked) -> Any:
    method, path = operation.split(" ")
    places = {**KNOWN, "collection": "teams", "document": "crimson-1", "name": "qrels.jsonl", **asked}
    sent = {name: value for name, value in asked.items() if name not in OWN}
    return client.request(method, path.format_map(places), follow_redirects=True, **sent)


def told(text: str, asked: object = "") -> list[str]:
    """The secrets in an answer that the question did not hold."""
    return [secret for secret in SECRETS if secret in text.lower() and secret not in str(asked).lower()]


@pytest.mark.parametrize("operation", routes())
def test_every_operation(client: TestClient, secrets: tuple[str, str], operation: str) -> None:
    if operation not in NARROWED:
        answer = ask(client, operation, {})
        if ACCESS[operation] == "open":
            assert not told(answer.text)
            return
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), answer.text
        if ACCESS[operation] in ("read", "local"):
            assert "filter" in answer.json()["detail"]
        return
    found = []
    for asked in REQUESTS[operation]:
        answer = ask(as_key(client, secrets[0]), operation, asked)
        assert answer.status_code == asked.get("answers", 200), answer.text
        assert told(answer.text, asked) == [], asked
        whole = ask(as_key(client, secrets[1]), operation, asked)
        found += told(whole.text, {} if asked.get("answers") == 404 else asked)
    shows = NARROWED[operation] == "view" and operation not in COUNTS
    assert (found != []) == shows, "who sees all should be told more here"


def test_every_declared_operation_is_asked() -> None:
    assert NARROWED.keys() == REQUESTS.keys() and NARROWED.keys() <= set(routes())


def test_counts_are_those_of_what_is_seen(client: TestClient, secrets: tuple[str, str]) -> None:
    stats = client.get(IN).json()
    assert (stats["documents"], stats["tombstoned"]) == (RED, 0) and stats["chunks"] < RED + BLUE
    assert set(stats["metadata_schema"]) == {"team", "year"} and stats["languages"].keys() == {"en"}
    assert [one["documents"] for one in client.get("/v1/collections").json()["collections"]] == [RED]
    found = client.post(f"{IN}/search", json={"query": "river", "facets": ["team", "year"], "collapse": True}).json()
    assert found["facets"]["team"] == [{"value": "red", "count": RED}] and found["candidates"] <= RED
    assert len(client.get(f"{IN}/documents").json()["documents"]) == RED
    page = client.get("/collections/teams").text
    assert re.search(rf"\b{RED} documents", page) and f"{RED + BLUE}" not in re.sub(r"<[^>]*>", " ", page)
    assert "/judgements/" not in page
    as_key(client, secrets[1])
    assert client.get(IN).json()["documents"] == RED + BLUE


@pytest.mark.parametrize("asked", [{"query": "river", "pageable": True, "k": 2, "collapse": True}])
def test_cursors_of_others_open_nothing(client: TestClient, secrets: tuple[str, str], asked: Asked) -> None:
    search, documents = f"{IN}/search", f"{IN}/documents"
    as_key(client, secrets[1])
    foreign = client.post(search, json=asked).json()["cursor"]
    listed = client.get(documents, params={"limit": 1}).json()["cursor"]
    as_key(client, secrets[0])
    mine = client.post(search, json=asked).json()["cursor"]
    assert client.post(search, json={"cursor": mine}).status_code == 200
    for answer in (
        client.post(search, json={"cursor": foreign}),
        client.get("/collections/teams", params={"q": "river", "cursor": foreign}),
        client.get(documents, params={"cursor": listed}),
    ):
        assert answer.status_code == 400 and not told(answer.text)


def test_answers_are_not_taken_for_those_of_another_key(client: TestClient, secrets: tuple[str, str]) -> None:
    asked = {"query": "river"}
    tags = [as_key(client, secret).get(f"{IN}/search", params=asked).headers["etag"] for secret in secrets]
    assert tags[0] != tags[1]
    again = as_key(client, secrets[0]).get(f"{IN}/search", params=asked, headers={"if-none-match": tags[1]})
    assert again.status_code == 200


def test_a_commit_is_seen_through_the_filter(client: TestClient, secrets: tuple[str, str], home: Path) -> None:
    service: Service = client.app.state.service  # type: ignore[attr-defined]
    as_key(client, secrets[0])
    before = client.get(f"{IN}/documents").json()["generation"]
    service.documents.delete("teams", ["crimson-0", "azure-0"])
    after = client.get(f"{IN}/documents").json()
    assert after["generation"] > before and len(after["documents"]) == RED - 1
    assert not told(client.post(f"{IN}/search", json=SEARCHES[0]).text)


# ------------------------------------------------------------------------------------------------ MCP

TOOLS: Mapping[str, list[Asked]] = {
    "search": [
        {"query": "zepelin river", "collection": "teams", "k": 50, "facets": ["team"], "context": 300},
        {"query": "river", "collections": ["teams"]},
        {"query": "river", "collection": "teams", "why_not": "azure-1"},
    ],
    "read_document": [{"document_id": "crimson-1", "collection": "teams"}],
    "list_collections": [{}],
    "list_fields": [{"collection": "teams"}],
    "search_in_document": [{"query": "river", "text": "The river."}],
}


async def called(server: ToolServer, keys: KeyStore, secret: str) -> dict[str, list[tuple[bool, str]]]:
    """Tool -> (is_error, all that it says), for each question of TOOLS and an empty one to every other tool."""
    app: Any = http_app(server, keys)
    address, headers = "http://127.0.0.1:8401", {"authorization": f"Bearer {secret}"}
    http: Any = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=address, headers=headers)
    found: dict[str, list[tuple[bool, str]]] = {}
    async with (
        app.router.lifespan_context(app),
        http,
        Client(streamable_http_client(f"{address}{PATH}", http_client=http)) as client,
    ):
        for tool in (await client.list_tools()).tools:
            for asked in TOOLS.get(tool.name, [{}]):
                answer = await client.call_tool(tool.name, dict(asked))
                said = json.dumps([part.model_dump(mode="json") for part in answer.content])
                found.setdefault(tool.name, []).append((answer.is_error, said + json.dumps(answer.structured_content)))
        templates = (await client.list_resource_templates()).resource_templates
        assert [one.uri_template for one in templates] == ["winnow://documents/{collection}/{+document_id}"]
        for document in ("crimson-1", "azure-1"):
            try:
                read = str((await client.read_resource(f"winnow://documents/teams/{document}")).contents)
            except Exception as error:
                found[document] = [(True, str(error))]
            else:
                found[document] = [(False, read)]
    return found


def test_every_tool(home: Path, models: Models, tmp_path: Path) -> None:
    (home / FILE).unlink(missing_ok=True)
    keys = KeyStore(home)
    (_, narrow), (_, whole) = keys.create("red", filter=ONLY_RED), keys.create("whole")
    with Service(home, offered=offered(models)) as service:

        def server(*folders: Path) -> ToolServer:
            made = create_server(service, AllowedFiles(folders), writes=True, encoder=models.encoder, reranker="none")
            assert isinstance(made, ToolServer)
            return made

        seen = asyncio.run(called(server(), keys, narrow))
        everything = asyncio.run(called(server(), keys, whole))
        with_files = asyncio.run(called(server(tmp_path), keys, narrow))
    assert server().narrowed == TOOLS.keys()
    for name, answers in seen.items():
        for asked, (is_error, text) in zip(TOOLS.get(name, [{}]), answers, strict=True):
            assert is_error == (name not in TOOLS and name != "crimson-1"), (name, text)
            assert name in ("azure-1",) or not told(text, asked), (name, text)
            assert not is_error or name == "azure-1" or "filter" in text
    for name in ("search", "list_collections", "list_fields", "azure-1"):
        assert any(told(text) for _, text in everything[name]), name
    assert "document_not_found" in seen["azure-1"][0][1]
    assert with_files["search_in_document"][0][0] and "filter" in with_files["search_in_document"][0][1]
