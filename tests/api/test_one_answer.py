"""A hit and an answer are the same JSON from the command line, HTTP, MCP and the client: frozen in one golden file.

`python -m tests.api.test_one_answer` writes the golden file again, for whoever means to change the shape.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import Client as Agent
from starlette.testclient import TestClient

from api.answers.merging import merge
from api.answers.searching import MultiSearchAnswer, SearchAnswer, answer_of, merged_answer_of
from api.asking import SearchFields
from api.client import calls
from api.client.hits import Hit
from api.client.synchronous import Winnow as Client
from api.http.answers import encoded
from api.http.schemas.in_document import DocumentSearchAnswer, document_answer_of
from api.mcp import answers
from api.mcp.files import AllowedFiles
from api.mcp.server import create_server
from api.service.service import Service
from api.serving.app import create_app
from engine.collection import open_collection
from engine.query.request import Request, Sort
from indexer.ingest import ingest
from tests.api.http.conftest import ADDRESS, offered
from tests.conftest import Models, Winnow
from tests.support.documents import topical, write_records

JSON = "application/json"
GOLDEN = Path(__file__).with_name("answer.json")


def shape() -> Any:
    """The answer's JSON schema without its prose."""

    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: bare(part) for name, part in value.items() if name not in ("description", "title")}
        return [bare(part) for part in value] if isinstance(value, list) else value

    schema = SearchAnswer.model_json_schema(mode="serialization")
    # A property may be called "title": only the schema's own titles are prose.
    for kind in [schema, *schema["$defs"].values()]:
        kind.pop("title", None)
        kind.pop("description", None)
        kind["properties"] = {name: bare(value) for name, value in kind["properties"].items()}
    return schema


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Path:
    root = tmp_path_factory.mktemp("answer")
    file = write_records(root / "notes.jsonl", topical(20))
    ingest([file], home=root / "home", collection="c", encoder=models.encoder, reranker=models.reranker)
    return root / "home"


def test_the_shape_is_frozen() -> None:
    assert shape() == json.loads(GOLDEN.read_text(encoding="utf-8"))


def test_every_interface_gives_the_same_hit(home: Path, models: Models, winnow: Winnow) -> None:
    query = "the river and the food"
    printed = winnow("search", query, "--home", home, "-c", "c", "-k", 3, "--json").json
    with Service(home, offered=offered(models)) as service, TestClient(create_app(service), ADDRESS) as client:
        sent = client.post("/v1/collections/c/search", json={"query": query, "k": 3, "explain": True}).json()
        got = client.get("/v1/collections/c/search", params={"query": query, "k": 3, "explain": True}).json()
        result = service.searching.search("c", Request(query, 3))
        told = answers.passages(result).structured_content
        read = calls.search(query, "c", {"k": 3, "explain": True}).read(200, {}, json.dumps(sent).encode())
    assert printed["hits"] == sent["hits"] == got["hits"]
    assert printed.keys() == sent.keys() == got.keys() == set(SearchAnswer.model_fields)
    assert told is not None and [hit | {"stages": None} for hit in sent["hits"]] == told["hits"]
    assert {field.name for field in dataclasses.fields(Hit)} == sent["hits"][0].keys()
    assert json.loads(json.dumps(dataclasses.asdict(read.hits[0]))) == sent["hits"][0]


def keys_of(value: Any) -> Any:
    """Keys at every depth, without the values; of a list those of its first item."""
    if isinstance(value, dict):
        return {name: keys_of(inner) for name, inner in value.items()}
    return [keys_of(value[0])] if isinstance(value, list) and value else None


def test_the_four_interfaces_as_they_are_asked_give_the_same_keys_for_a_hit(
    home: Path, models: Models, winnow: Winnow
) -> None:
    """By the command, over HTTP, by an agent's call of a tool, and by the client's own method over its transport."""
    query = "the river and the food"
    plain = winnow("search", query, "--home", home, "-c", "c", "-k", 3, "--context", 40, "--json").json["hits"]
    with Service(home, offered=offered(models)) as service, TestClient(create_app(service), ADDRESS) as http:
        body = {"query": query, "k": 3, "context": 40}
        sent = http.post("/v1/collections/c/search", json=body | {"explain": True}).json()["hits"]

        def over(request: httpx.Request) -> httpx.Response:
            answer = http.request(request.method, request.url.path, content=request.content, headers=request.headers)
            return httpx.Response(answer.status_code, content=answer.content, headers={"content-type": JSON})

        client = Client(ADDRESS, transport=httpx.MockTransport(over))
        read = [dataclasses.asdict(hit) for hit in client.search(query, "c", k=3, context=40, explain=True).hits]
        server = create_server(service, AllowedFiles([]), encoder=models.encoder, reranker=models.reranker)

        async def ask() -> Any:
            async with Agent(server, read_timeout_seconds=60) as agent:
                arguments = {"query": query, "collection": "c", "k": 3, "context": 40}
                return (await agent.call_tool("search", arguments)).structured_content

        told = asyncio.run(ask())["hits"]
    assert len(plain) == len(sent) == len(read) == len(told) == 3
    assert keys_of(plain) == keys_of(sent) == keys_of(json.loads(json.dumps(read)))
    assert keys_of([hit | {"stages": None} for hit in sent]) == keys_of(told)  # which are not asked to explain
    assert plain == sent == json.loads(json.dumps(read)) and told == [hit | {"stages": None} for hit in sent]


WISHES: list[dict[str, Any]] = [
    {},
    {"rerank_depth": 0},
    {"mode": "lexical"},
    {"mode": "dense", "collapse": False},
    {"collapse": "near", "inner_hits": 2, "context": 40},
    {"facets": ("year", "language"), "rankings": True, "why_not": "d000", "pageable": True},
    {"sort": (Sort("year", True),), "why_not": "absent"},
    {"diversity": 0.5},
]


@pytest.mark.parametrize("wishes", WISHES)
@pytest.mark.parametrize("query", ["the river and the food", "rivver zzyzx", '"no such words"'])
def test_an_answer_is_what_its_model_says(home: Path, models: Models, query: str, wishes: dict[str, Any]) -> None:
    """No value is of another type than JSON's, or changed by being validated: nobody validates what is sent."""
    with Service(home, offered=offered(models)) as service:
        result = service.searching.search("c", Request(query, **wishes))
        merged = merge({"c": result}, 3)
    for model, answer in (
        (SearchAnswer, answer_of(result, "c", explain=True)),
        (DocumentSearchAnswer, document_answer_of(answer_of(result, None, explain=False), "handle", 60.0)),
        (MultiSearchAnswer, merged_answer_of(merged, query, explain=True)),
    ):
        valid = model.model_validate(answer).model_dump_json()
        assert ordered(encoded(answer)) == ordered(valid)


def ordered(text: str | bytes) -> str:
    """A JSON text with its keys in order; 1 and 1.0 remain different."""
    return json.dumps(json.loads(text), sort_keys=True)


def test_the_reranker_itself_is_quoted(home: Path, models: Models) -> None:
    with Service(home, offered=offered(models)) as service:
        reranked = answer_of(service.searching.search("c", Request("river", 3)), "c", explain=False)
        fused = answer_of(service.searching.search("c", Request("river", 3, rerank_depth=0)), "c", explain=False)
    assert all(0.0 <= hit["reranker"]["probability"] <= 1.0 for hit in reranked["hits"])
    assert all(hit["reranker"] is None for hit in fused["hits"])


def test_context_brings_the_passages_around_a_hit_within_its_tokens(home: Path, models: Models, tmp_path: Path) -> None:
    text = "".join(f"The river of number {n} is long and the bridge is high. " for n in range(60))
    file = write_records(tmp_path / "long.jsonl", [{"id": "long", "title": "Long", "text": text}])
    ingest([file], home=tmp_path / "home", collection="c", encoder=models.encoder, reranker=models.reranker)
    with open_collection("c", home=tmp_path / "home") as collection:
        tokens = collection.searcher.encoder.tokens
        for budget in (0, 40, 200, 8192):
            hit = collection.searcher.search(Request("number 30", 1, context=budget)).hits[0]
            if budget == 0:
                assert hit.context is None
                continue
            assert hit.context is not None
            start, end = hit.context
            assert start <= hit.chunk.start and hit.chunk.end <= end
            beside = (text[start : hit.chunk.start], text[hit.chunk.end : end])
            assert sum(tokens.count(list(beside))) <= budget + 8  # special tokens of what is counted in pieces
            assert (start, end) == (0, len(text.strip())) or budget < 8192


def test_every_field_of_the_description_is_a_wish_of_the_engine() -> None:
    wishes = {field.name for field in dataclasses.fields(Request)}
    assert SearchFields.model_fields.keys() - {"explain"} <= wishes
    assert wishes - SearchFields.model_fields.keys() == {"query", "filter", "sort", "pageable", "arrived", "rerank_by"}


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(shape(), indent=1) + "\n", encoding="utf-8")
