"""The retrievers for other frameworks: each in its framework's own way of running it, against a live server."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from api.client import InvalidRequest, NotFound, SearchAnswer, Winnow
from tests.api.clients.conftest import Live

QUERY = "the river"


@pytest.fixture
def winnow(live: Live) -> Iterator[Winnow]:
    with Winnow(live.url) as client:
        yield client


@pytest.fixture
def expected(winnow: Winnow) -> SearchAnswer:
    return winnow.search(QUERY, k=3)


@pytest.mark.slow
def test_langchain(winnow: Winnow, expected: SearchAnswer) -> None:
    pytest.importorskip("langchain_core")
    from langchain_core.runnables import RunnableLambda

    from api.adapters.langchain import WinnowRetriever

    retriever = WinnowRetriever(client=winnow, options={"k": 3})
    documents = retriever.invoke(QUERY)
    assert [document.page_content for document in documents] == [hit.text for hit in expected.hits]
    assert [document.id for document in documents] == [hit.chunk_id for hit in expected.hits]
    first, hit = documents[0].metadata, expected.hits[0]
    assert (first["document_id"], first["start"], first["end"]) == (hit.document_id, hit.start, hit.end)
    assert first["year"] == hit.metadata["year"] and first["collection"] == "default"
    chain = retriever | RunnableLambda(lambda found: len(found))
    assert chain.batch([QUERY, "bridge"]) == [3, 3]
    assert asyncio.run(retriever.ainvoke(QUERY)) == documents
    with pytest.raises(NotFound):
        WinnowRetriever(client=winnow, collection="nowhere").invoke(QUERY)


@pytest.mark.slow
def test_llamaindex(winnow: Winnow, expected: SearchAnswer) -> None:
    pytest.importorskip("llama_index.core")
    from llama_index.core.llms import MockLLM
    from llama_index.core.query_engine import RetrieverQueryEngine

    from api.adapters.llamaindex import WinnowRetriever

    retriever = WinnowRetriever(winnow, k=3)
    nodes = retriever.retrieve(QUERY)
    assert [node.node_id for node in nodes] == [hit.chunk_id for hit in expected.hits]
    assert [node.score for node in nodes] == [hit.score for hit in expected.hits]
    source = nodes[0].node.source_node
    assert source is not None and source.node_id == expected.hits[0].document_id
    assert [node.node_id for node in asyncio.run(retriever.aretrieve(QUERY))] == [node.node_id for node in nodes]
    answer = RetrieverQueryEngine.from_args(retriever, llm=MockLLM()).query(QUERY)
    assert [node.node_id for node in answer.source_nodes] == [node.node_id for node in nodes]
    assert expected.hits[0].text in str(answer)  # the mock repeats its prompt


@pytest.mark.slow
def test_haystack(live: Live, expected: SearchAnswer, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("haystack")
    from haystack import Pipeline
    from haystack.components.builders import PromptBuilder

    from api.adapters.haystack import WinnowRetriever

    monkeypatch.setenv("WINNOW_API_KEY", "wk_secret")
    pipeline = Pipeline()
    pipeline.add_component("retriever", WinnowRetriever(live.url, options={"k": 3}))
    template = "{% for document in documents %}{{ document.content }}\n{% endfor %}"
    pipeline.add_component("prompt", PromptBuilder(template, required_variables=["documents"]))
    pipeline.connect("retriever.documents", "prompt.documents")
    kept = pipeline.dumps()
    assert "wk_secret" not in kept
    for runnable in (pipeline, Pipeline.loads(kept, allowed_modules=["api.adapters.haystack"])):
        found = runnable.run({"retriever": {"query": QUERY}}, include_outputs_from={"retriever"})
        documents = found["retriever"]["documents"]
        assert [document.id for document in documents] == [hit.chunk_id for hit in expected.hits]
        assert found["prompt"]["prompt"].split("\n")[:3] == [hit.text for hit in expected.hits]
        assert documents[0].meta["document_id"] == expected.hits[0].document_id
    assert len(pipeline.run({"retriever": {"query": QUERY, "options": {"k": 1}}})["prompt"]["prompt"].splitlines()) == 1


Found = list[tuple[str, str, dict[str, Any]]]  # passage id, text, metadata


def by_langchain(live: Live, query: str, **options: Any) -> Found:
    pytest.importorskip("langchain_core")
    from api.adapters.langchain import WinnowRetriever

    with Winnow(live.url) as client:
        found = WinnowRetriever(client=client, options=options).invoke(query)
    return [(str(one.id), one.page_content, one.metadata) for one in found]


def by_llamaindex(live: Live, query: str, **options: Any) -> Found:
    pytest.importorskip("llama_index.core")
    from api.adapters.llamaindex import WinnowRetriever

    with Winnow(live.url) as client:
        found = WinnowRetriever(client, **options).retrieve(query)
    return [(one.node_id, one.text, one.metadata) for one in found]


def by_haystack(live: Live, query: str, **options: Any) -> Found:
    pytest.importorskip("haystack")
    from api.adapters.haystack import WinnowRetriever

    found = WinnowRetriever(live.url).run(query, options)["documents"]
    return [(one.id, str(one.content), one.meta) for one in found]


@pytest.mark.slow
@pytest.mark.parametrize("by", [by_langchain, by_llamaindex, by_haystack])
def test_the_tasks_of_an_agent(by: Callable[..., Found], live: Live, winnow: Winnow) -> None:
    """What the HTTP tests ask of a search, by each framework's retriever."""
    recent = by(live, QUERY, filter={"field": "year", "gte": 2008})
    assert recent and all(meta["year"] >= 2008 for _, _, meta in recent)
    words = by(live, "bridge", mode="lexical", k=4)
    assert words and all("bridge" in text for _, text, _ in words)
    quick = by(live, QUERY, budget_ms=0.001)
    assert [one[0] for one in quick] == [hit.chunk_id for hit in winnow.search(QUERY, budget_ms=0.001).hits]
    newest = by(live, QUERY, sort=[{"field": "year", "descending": True}])
    assert [meta["year"] for *_, meta in newest] == sorted((meta["year"] for *_, meta in newest), reverse=True)
    apart = by(live, QUERY, collapse=False, k=30)
    assert len({identity for identity, *_ in apart}) == len(apart)
    typo = by(live, "brigde", mode="lexical", k=1)
    assert typo and "bridge" in typo[0][1]
    identity, text, meta = by(live, QUERY, k=1)[0]
    whole = winnow.get_document(meta["document_id"])
    assert whole.text[meta["start"] : meta["end"]] == text and identity.startswith(meta["document_id"])
    assert isinstance(meta["place"], str) and meta["rank"] == 1
    assert by(live, QUERY, filter={"field": "year", "gte": 9999}) == []
    with pytest.raises(InvalidRequest):
        by(live, QUERY, filter={"field": "no such field", "gte": 1})


@pytest.mark.parametrize(
    ("adapter", "library"),
    [("langchain", "langchain_core"), ("llamaindex", "llama_index"), ("haystack", "haystack")],
)
def test_without_the_library(adapter: str, library: str) -> None:
    script = f"import sys; sys.modules[{library!r}] = None; import api.adapters.{adapter}"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=Path(__file__).parents[3], check=False
    )
    assert f"{library}: pip install 'winnow-client[{adapter}]'" in done.stderr
