"""Names of models at an address: what they say, and which are refused without repeating a secret."""

from __future__ import annotations

import pytest

from engine.errors import ModelNotFound, UnsupportedModel, WinnowError
from engine.models.checkpoints.locate import locate
from engine.models.remote.address import Kind, is_address, read_address


@pytest.mark.parametrize(
    ("name", "kind", "url", "model"),
    [
        (
            "openai+http://localhost:11434/v1#nomic-embed-text",
            "encoder",
            "http://localhost:11434/v1/embeddings",
            "nomic-embed-text",
        ),
        ("OPENAI+https://h/v1/#a%23b", "encoder", "https://h/v1/embeddings", "a#b"),
        ("cohere+https://api.jina.ai/v1#org/m:latest", "reranker", "https://api.jina.ai/v1/rerank", "org/m:latest"),
        ("tei+http://[::1]:8080", "encoder", "http://[::1]:8080/embed", ""),
        ("tei+http://h:8080/", "reranker", "http://h:8080/rerank", ""),
    ],
)
def test_says_where_and_which(name: str, kind: Kind, url: str, model: str) -> None:
    address = read_address(name, kind)
    assert (address.url, address.model) == (url, model)


def test_says_what_the_server_cannot() -> None:
    name = "openai+http://h/v1?max_tokens=2048&query_prompt=search_query:%20&document_prompt=search_document:%20#nomic"
    address = read_address(name, "encoder")
    assert address.max_tokens == 2048
    assert address.prompts == {"query": "search_query: ", "document": "search_document: "}


@pytest.mark.parametrize(
    "name",
    [
        "http://localhost:11434/v1#m",
        "ollama+http://localhost:11434#m",
        "openai+http://localhost:11434/v1",
        "openai+http://#m",
        "openai+http:///v1#m",
        "openai+http://h:0/v1#m",
        "openai+http://h:99999/v1#m",
        "openai+http://h:x/v1#m",
        "openai+http://[::1/v1#m",
        "openai+http://h/v 1#m",
        "openai+http://h/v1\r\nX: y#m",
        "openai+http://hé/v1#m",
        "openai+http://h/v1?max_tokens=0#m",
        "openai+http://h/v1?max_tokens=1e9#m",
        "openai+http://h/v1?max_tokens=٥١٢#m",
        "cohere+http://h/v1?scores=percent#m",
    ],
)
def test_refuses_what_is_no_address(name: str) -> None:
    assert is_address(name)
    with pytest.raises(ModelNotFound, match=r"openai\+"):
        read_address(name, "reranker" if name.startswith("cohere") else "encoder")


@pytest.mark.parametrize(
    "name",
    [
        "openai+http://me:s3cret@h/v1#m",
        "openai+http://s3cret@h/v1#m",
        "openai+http://h/v1?api_key=s3cret#m",
        "http://me:s3cret@h/v1#m",
    ],
)
def test_repeats_no_secret(name: str) -> None:
    for tried in (lambda: read_address(name, "encoder"), lambda: locate(name, "encoder")):
        with pytest.raises(WinnowError) as raised:
            tried()
        assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(("name", "kind"), [("cohere+http://h#m", "encoder"), ("openai+http://h#m", "reranker")])
def test_refuses_a_protocol_for_the_other_kind(name: str, kind: Kind) -> None:
    with pytest.raises(UnsupportedModel, match="begins with"):
        read_address(name, kind)


@pytest.mark.parametrize("name", ["bundled", "BAAI/bge-small-en-v1.5", "/models/http", "./x", "C:\\models"])
def test_other_names_are_no_addresses(name: str) -> None:
    assert not is_address(name)


def test_has_no_files_here() -> None:
    with pytest.raises(ModelNotFound, match="no files here"):
        locate("openai+http://h/v1#m", "encoder", download=False)
