"""`winnow mcp` as agents meet it: a real child process on stdio and over HTTP, spoken to by the SDK's own client."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import Client, StdioServerParameters

from indexer.ingest import ingest
from tests.conftest import Models, Winnow
from tests.support.documents import topical, write_folder, write_records

ROOT = Path(__file__).parents[3]
PROGRAM = ["-c", "from api.terminal.cli import main; main()", "mcp"]
TEXT = "The river is long. " * 30 + "The bridge is old. " * 30
Scenario = Callable[[Client], Awaitable[None]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Path:
    root = tmp_path_factory.mktemp("mcp")
    long = {"id": "long", "title": "Long", "text": "The river. " * 3000, "year": 1990}
    file = write_records(root / "notes.jsonl", [*topical(20), long])
    ingest([file], home=root / "home", collection="default", encoder=models.encoder, reranker=models.reranker)
    return root / "home"


def on_stdio(scenario: Scenario, home: Path, models: Models, *options: object, mode: str = "auto") -> None:
    arguments = [*PROGRAM, "--home", str(home), "--models", models.option, *map(str, options)]
    server = StdioServerParameters(command=sys.executable, args=arguments, cwd=ROOT, env=dict(os.environ))

    async def run() -> None:
        async with Client(server, read_timeout_seconds=60, mode=mode) as client:
            await scenario(client)

    asyncio.run(run())


async def ask(client: Client, tool: str, **arguments: Any) -> tuple[Any, str]:
    """(structured content, text) of a call that succeeds."""
    result = await client.call_tool(tool, arguments)
    text = "".join(part.text for part in result.content if part.type == "text")
    assert not result.is_error, text
    return result.structured_content, text


async def refused(client: Client, tool: str, **arguments: Any) -> str:
    """The text of a call that fails."""
    result = await client.call_tool(tool, arguments)
    text = "".join(part.text for part in result.content if part.type == "text")
    assert result.is_error, text
    return text


async def an_agents_work(client: Client) -> None:
    """Find out what there is, search it with a filter, and read on around the best passage."""
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert tools.keys() == {"search", "read_document", "list_collections", "list_fields", "search_in_document"}
    assert all(tool.output_schema and tool.annotations and tool.annotations.read_only_hint for tool in tools.values())
    known, text = await ask(client, "list_collections")
    assert known["collections"][0]["fields"]["year"] == "number" and "default: 21 documents" in text
    found, text = await ask(client, "search", query="river", k=3, filters=["year:>=2005", "-tags:bridge"])
    assert len(found["hits"]) == 3 and all(hit["metadata"]["year"] >= 2005 for hit in found["hits"])
    hit = found["hits"][0]
    assert hit["document_id"] in text and f"{hit['start']}-{hit['end']}" in text and hit["text"] in text
    part, _ = await ask(client, "read_document", document_id=hit["document_id"], start=hit["start"], end=hit["end"])
    assert part["text"] == hit["text"]


async def errors(client: Client) -> None:
    """Each is a tool error that tells the agent what to do."""
    assert "Known" in (text := await refused(client, "search", query="x", collection="none")) and "not_found" in text
    assert "invalid_filter" in await refused(client, "search", query="x", filters=["!"])
    assert "document_not_found" in await refused(client, "read_document", document_id="nothing")
    assert "usage" in await refused(client, "read_document", document_id="d001", start=10**6)
    assert "k" in await refused(client, "search", query="x", k=1000)
    await an_agents_work(client)  # nothing of it has hurt the server


async def reading_in_parts(client: Client) -> None:
    first, text = await ask(client, "read_document", document_id="long")
    assert first["end"] == first["next_start"] == 20_000 and "start=20000" in text
    rest, _ = await ask(client, "read_document", document_id="long", start=first["next_start"])
    assert rest["next_start"] is None and len(first["text"] + rest["text"]) == rest["length"] == rest["end"]


async def orders(client: Client) -> None:
    """A request chooses whose order counts, and whether documents or passages are hits."""
    found, _ = await ask(client, "search", query="the river", k=8, rerank="replace", collapse="none")
    assert len(found["hits"]) > len({hit["document_id"] for hit in found["hits"]})
    await refused(client, "search", query="the river", rerank="better")


async def only_texts(client: Client) -> None:
    """Without --allow-files there is no word of files."""
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert set(tools["search_in_document"].input_schema["properties"]) == {"query", "text", "k"}
    found, _ = await ask(client, "search_in_document", query="bridge", text=TEXT, k=1)
    assert "bridge" in found["hits"][0]["text"]
    await refused(client, "search_in_document", query="root", path="/etc/passwd")


@pytest.mark.parametrize("mode", ["auto", pytest.param("legacy", marks=pytest.mark.slow)])
def test_stdio(home: Path, models: Models, mode: str) -> None:
    """By the protocol of 2026, and by the handshake before it."""

    async def scenario(client: Client) -> None:
        for part in (errors, reading_in_parts, orders, only_texts):
            await part(client)

    on_stdio(scenario, home, models, mode=mode)


def test_files_of_allowed_folders(home: Path, models: Models, tmp_path: Path) -> None:
    """What may be read is in test_files.py."""
    allowed = write_folder(tmp_path / "allowed", {"a.md": "# River\n\nThe river is long.", "bad.pdf": "no PDF"})

    async def scenario(client: Client) -> None:
        found, _ = await ask(client, "search_in_document", query="river", path="a.md")
        assert found["hits"][0]["title"] == "River"
        assert "forbidden" in await refused(client, "search_in_document", query="x", path="/etc/passwd")
        assert "parse_failed" in await refused(client, "search_in_document", query="x", path="bad.pdf")
        assert "usage" in await refused(client, "search_in_document", query="x", text="x", path="a.md")
        assert (await ask(client, "search_in_document", query="bridge", text=TEXT))[0]["hits"]

    on_stdio(scenario, home, models, "--allow-files", allowed)


@pytest.fixture
def address(home: Path, models: Models) -> Iterator[str]:
    arguments = [*PROGRAM, "--http", "--port", "0", "--home", str(home), "--models", models.option]
    process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    yield process.stdout.readline().strip()
    process.send_signal(signal.SIGINT)
    assert process.wait(30) in (0, 130, -signal.SIGINT)
    process.stdout.close()


def test_http(address: str) -> None:
    async def run() -> None:
        async with Client(address, read_timeout_seconds=60) as client:
            await errors(client)
        async with Client(address, read_timeout_seconds=60, mode="legacy") as client:
            await only_texts(client)

    asyncio.run(run())
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    headers = {"accept": "application/json, text/event-stream"}
    rebound = httpx.post(address, json=body, headers=headers | {"host": "evil.example"})
    foreign = httpx.post(address, json=body, headers=headers | {"origin": "http://evil.example"})
    assert rebound.status_code in (403, 421) and foreign.status_code == 403
    endless = httpx.post(address, json=body, headers=headers | {"x-endless": "a" * 100_000})
    assert (endless.status_code, endless.json()["code"]) == (431, "head_too_large")


def test_stdout_is_the_protocols(home: Path, models: Models) -> None:
    """Every line is a JSON-RPC message, also when models load and things go wrong; stdin's end ends the server."""
    arguments = ["--verbose", "mcp", "--home", str(home), "--models", models.option]
    initialize = (
        '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},'
        '"clientInfo":{"name":"test","version":"1"}}}\n{"jsonrpc":"2.0","method":"notifications/initialized"}\n'
    )
    call = '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"search","arguments":{"query":"river"}}}\n'
    process = subprocess.Popen(
        [sys.executable, *PROGRAM[:2], *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin and process.stdout
    process.stdin.write(initialize + "not JSON\n" + call)
    process.stdin.flush()
    lines: list[str] = []
    while not lines or '"id":2' not in lines[-1]:
        lines.append(process.stdout.readline())
    out, errors_ = process.communicate(timeout=30)
    assert process.returncode == 0, errors_
    assert all(line.startswith('{"jsonrpc":"2.0"') for line in [*lines, *out.splitlines()])


def test_without_the_extra(winnow: Winnow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name == "mcp" or name.startswith(("mcp.", "api.mcp"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mcp", None)
    outcome = winnow("mcp", "--home", tmp_path)
    assert outcome.code == 1 and "dependency_missing" in outcome.err and "[mcp]" in outcome.err
