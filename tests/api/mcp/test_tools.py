"""The tools in this process: what HTTP takes, the fields with their values, documents as resources, writing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from starlette.testclient import TestClient

from api.mcp.files import AllowedFiles
from api.mcp.server import PATH, create_server, http_app
from api.security.keys import KeyStore
from api.service.service import Service
from indexer.ingest import ingest
from tests.api.http.conftest import offered
from tests.api.mcp.test_keys import INITIALIZE
from tests.conftest import Models
from tests.support.documents import topical, write_records

ODD_ID = "/home/me/../x y%20z.md"
WRITING = {"add_documents", "delete_documents"}
Scenario = Callable[[Client], Awaitable[None]]


@pytest.fixture
def service(tmp_path: Path, models: Models) -> Iterator[Service]:
    """Two collections; their texts differ by the number of documents."""
    records = [*topical(12), {"id": ODD_ID, "title": "Odd", "text": "An odd river.", "published": "2020-02-29"}]
    for name, count in (("notes", 13), ("others", 4)):
        file = write_records(tmp_path / f"{name}.jsonl", records[:count])
        ingest([file], home=tmp_path / "home", collection=name, encoder=models.encoder, reranker=models.reranker)
    with Service(tmp_path / "home", offered=offered(models)) as opened:
        yield opened


def converse(service: Service, scenario: Scenario, *, writes: bool = False) -> None:
    async def run() -> None:
        async with Client(create_server(service, AllowedFiles([]), writes=writes)) as client:
            await scenario(client)

    asyncio.run(run())


async def told(client: Client, tool: str, **arguments: Any) -> tuple[Any, str]:
    """(structured content, text) of a call that succeeds."""
    result = await client.call_tool(tool, arguments)
    text = "".join(part.text for part in result.content if part.type == "text")
    assert not result.is_error, text
    return result.structured_content, text


async def refusal(client: Client, tool: str, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return "".join(part.text for part in result.content if part.type == "text")


def test_several_collections(service: Service) -> None:
    async def scenario(client: Client) -> None:
        found, text = await told(client, "search", query="river", collections=["notes", "others"], k=6)
        assert {hit["collection"] for hit in found["hits"]} == {"notes", "others"} == set(found["collections"])
        assert found["merged_by"] in ("words", "relevance") and "collection: others" in text
        assert [hit["rank"] for hit in found["hits"]] == list(range(1, len(found["hits"]) + 1))
        assert "usage" in await refusal(client, "search", query="x", collections=["notes", "others"], pageable=True)
        assert "not_found" in await refusal(client, "search", query="x", collections=["notes", "none"])

    converse(service, scenario)


def test_what_http_takes(service: Service) -> None:
    async def scenario(client: Client) -> None:
        asked = {"collection": "notes", "query": "river"}
        found, text = await told(client, "search", **asked, facets=["year"], filters=["year:>=2005"])
        assert found["facets"]["year"] and "year: " in text
        assert all(entry["value"] >= 2005 for entry in found["facets"]["year"])
        found, _ = await told(client, "search", **asked, sort=["-year"], filters=["year:>=2000"])
        years = [hit["metadata"]["year"] for hit in found["hits"]]
        assert years == sorted(years, reverse=True) and len(set(years)) > 2
        found, text = await told(client, "search", **asked, why_not="d001", k=1)
        assert found["why_not"]["document_id"] == "d001" and "Why not d001" in text
        found, text = await told(client, "search", collection="notes", query="rivver", k=1)
        assert found["reading"]["searched_for"] == "river" and "Searched for: river" in text
        found, _ = await told(client, "search", collection="notes", query="rivver", k=1, correct=False)
        assert found["reading"]["searched_for"] is None
        found, _ = await told(client, "search", **asked, budget_ms=600_000, collapse=False, inner_hits=2)
        assert found["hits"]
        assert "k" in await refusal(client, "search", **asked, k=51)
        assert "invalid_query" in await refusal(client, "search", collection="notes")

    converse(service, scenario)


def test_an_argument_that_a_tool_does_not_have_is_refused(service: Service) -> None:
    async def scenario(client: Client) -> None:
        for tool, given in (
            ("search", {"query": "river", "filter": {"field": "year", "equals": 1}}),
            ("list_fields", {"name": "others"}),
        ):
            (wrong,) = given.keys() - {"query"}
            said = await refusal(client, tool, **given)
            assert f"{tool} has no argument {wrong}. It takes: " in said and "collection" in said

    converse(service, scenario)


def test_pages(service: Service) -> None:
    async def scenario(client: Client) -> None:
        first, text = await told(client, "search", query="river", collection="notes", k=2, pageable=True)
        assert f"cursor={first['cursor']}" in text
        following, _ = await told(client, "search", cursor=first["cursor"], collection="notes", k=2)
        ids = [hit["document_id"] for hit in [*first["hits"], *following["hits"]]]
        assert len(set(ids)) == len(ids) == 4
        assert "usage" in await refusal(client, "search", query="x", cursor=first["cursor"], collection="notes")

    converse(service, scenario)


def test_context_is_in_the_text_too(service: Service, tmp_path: Path, models: Models) -> None:
    text = "\n\n".join(f"Paragraph {number} is about the {'river' if number == 5 else 'city'}." for number in range(60))
    file = write_records(tmp_path / "long.jsonl", [{"id": "long", "text": text}])
    ingest([file], home=tmp_path / "home", collection="long", encoder=models.encoder, reranker=models.reranker)

    async def scenario(client: Client) -> None:
        found, shown = await told(client, "search", query="river", collection="long", k=1, context=100)
        hit = found["hits"][0]
        assert len(hit["context"]["text"]) > len(hit["text"]) and hit["context"]["text"] in shown
        assert f"characters {hit['context']['start']}-{hit['context']['end']}" in shown

    converse(service, scenario)


def test_fields_tell_types_and_values(service: Service) -> None:
    async def scenario(client: Client) -> None:
        known, text = await told(client, "list_fields", collection="notes")
        fields = {field["name"]: field for field in known["fields"]}
        assert {name: field["type"] for name, field in fields.items()} == {
            "year": "number",
            "tags": "list",
            "checked": "bool",
            "published": "date",
        }
        assert (fields["year"]["low"], fields["year"]["high"]) == (2000, 2011)
        assert fields["published"]["low"] == "2020-02-29" == fields["published"]["values"][0]["value"]
        assert {"value": "even", "count": 6} in fields["tags"]["values"] and fields["tags"]["low"] is None
        assert "year (number, 2000 to 2011)" in text
        value = fields["published"]["values"][0]["value"]
        found, _ = await told(client, "search", query="river", collection="notes", filters=[f"published:{value}"])
        assert [hit["document_id"] for hit in found["hits"]] == [ODD_ID]
        assert "not_found" in await refusal(client, "list_fields", collection="none")

    converse(service, scenario)


def test_deleted_documents_are_in_no_range(service: Service) -> None:
    service.documents.delete("notes", ["d011", ODD_ID])

    async def scenario(client: Client) -> None:
        fields = {
            field["name"]: field for field in (await told(client, "list_fields", collection="notes"))[0]["fields"]
        }
        assert fields["year"]["high"] == 2010 and fields["published"]["low"] is None

    converse(service, scenario)


@pytest.mark.parametrize(
    "written", [ODD_ID.replace("%", "%25").replace(" ", "%20"), "%2Fhome%2Fme%2F..%2Fx%20y%2520z.md"]
)
def test_documents_are_resources(service: Service, written: str) -> None:
    async def scenario(client: Client) -> None:
        (template,) = (await client.list_resource_templates()).resource_templates
        assert template.uri_template == "winnow://documents/{collection}/{+document_id}"
        (content,) = (await client.read_resource(f"winnow://documents/notes/{written}")).contents
        assert getattr(content, "text") == "An odd river."  # noqa: B009
        for missing in ("notes/nothing", "none/d001", "notes/..%2F..%2Fkeys.sqlite"):
            with pytest.raises(MCPError):
                await client.read_resource(f"winnow://documents/{missing}")

    converse(service, scenario)


def test_nothing_writes_unless_allowed(service: Service) -> None:
    async def scenario(client: Client) -> None:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        assert not tools & WRITING
        assert await refusal(client, "delete_documents", collection="notes", document_ids=["d001"])
        assert (await told(client, "read_document", collection="notes", document_id="d001"))[0]["text"]

    converse(service, scenario)


def test_writing(service: Service) -> None:
    async def scenario(client: Client) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        annotations = [tools[name].annotations for name in WRITING]
        assert all(hints and hints.destructive_hint and not hints.read_only_hint for hints in annotations)
        new = {"id": "new", "text": "A zebra.", "metadata": {"year": 2030}}
        job, text = await told(client, "add_documents", collection="notes", documents=[new])
        assert (job["state"], job["added"], job["error"]) == ("done", 1, None) and "1 added" in text
        found, _ = await told(client, "search", query="zebra", collection="notes", k=1, mode="lexical")
        assert found["hits"][0]["document_id"] == "new"
        gone, _ = await told(client, "delete_documents", collection="notes", document_ids=["new"])
        assert gone["deleted"] == ["new"]
        asked = {"collection": "notes", "document_ids": ["new", "d001"]}
        assert "document_not_found" in await refusal(client, "delete_documents", **asked)
        assert (await told(client, "read_document", collection="notes", document_id="d001"))[0]["text"]
        assert "collection_not_found" in await refusal(client, "add_documents", collection="x", documents=[new])
        assert await refusal(client, "add_documents", collection="notes", documents=[{"id": "", "text": "x"}])
        assert await refusal(client, "add_documents", collection="notes", documents=[])

    converse(service, scenario, writes=True)


def call_over_http(service: Service, secret: str) -> str:
    """What an agent with this secret is answered when it deletes a document."""
    app: Any = http_app(create_server(service, AllowedFiles([]), writes=True), KeyStore(service.home))
    headers = {"accept": "application/json, text/event-stream"}
    headers |= {"authorization": f"Bearer {secret}"} if secret else {}
    arguments = {"collection": "notes", "document_ids": ["d001"]}
    call = {"jsonrpc": "2.0", "id": 2, "method": "tools/call"}
    call |= {"params": {"name": "delete_documents", "arguments": arguments}}
    with TestClient(app, base_url="http://127.0.0.1:8401") as client:
        opened = client.post(PATH, json=INITIALIZE, headers=headers)
        assert opened.status_code == 200
        headers["mcp-session-id"] = opened.headers["mcp-session-id"]
        client.post(PATH, json={"jsonrpc": "2.0", "method": "notifications/initialized"}, headers=headers)
        answer = client.post(PATH, json=call, headers=headers)
    message = next(line for line in answer.text.splitlines() if line.startswith("data: {"))
    return str(json.loads(message.removeprefix("data: "))["result"]["content"][0]["text"])


def test_writing_over_http_needs_the_scope(service: Service) -> None:
    keys = KeyStore(service.home)
    _, reader = keys.create("reader")
    _, writer = keys.create("writer", scopes=["write"])
    assert "forbidden" in call_over_http(service, reader)
    assert service.documents.get("notes", "d001")
    assert "Deleted: d001" in call_over_http(service, writer)


def test_writing_over_http_without_keys(service: Service) -> None:
    assert "Deleted: d001" in call_over_http(service, "")
