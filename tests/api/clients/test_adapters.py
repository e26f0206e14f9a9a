"""The retrievers for other frameworks: each in its framework's own way of running it, against a live server."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.client import NotFound, SearchAnswer, Winnow
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
