"""Models by address against Winnow's own endpoints: the answers are those of the same models loaded here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.collection import open_collection
from engine.models import load_encoder, load_reranker
from engine.types import Passage
from indexer.ingest import ingest
from tests.api.clients.conftest import Live
from tests.support.documents import TOPICS, topical, write_records

TEXTS = [record["text"] for record in topical(40)]


def _names(live: Live) -> tuple[str, str]:
    options = "?max_tokens=64"
    return f"openai+{live.url}/v1{options}#{live.encoder}", f"cohere+{live.url}/v1{options}#{live.reranker}"


def test_embeddings_are_the_local_ones(live: Live) -> None:
    there, here = load_encoder(_names(live)[0]), load_encoder(live.encoder)
    assert there.dimension == here.dimension
    assert np.allclose(there.encode(TEXTS), here.encode(TEXTS), atol=1e-6)


def test_scores_are_the_local_ones(live: Live) -> None:
    there, here = load_reranker(_names(live)[1]), load_reranker(live.reranker)
    passages = [Passage(text) for text in TEXTS]
    assert np.allclose(there.score("river bridge", passages), here.score("river bridge", passages), atol=1e-4)


@pytest.mark.parametrize("query", TOPICS[:4])
def test_a_collection_answers_as_with_the_local_ones(live: Live, query: str, tmp_path: Path) -> None:
    file = write_records(tmp_path / "notes.jsonl", topical(40))
    encoder, reranker = _names(live)
    ingest([file], home=tmp_path / "home", collection="there", encoder=encoder, reranker=reranker)
    ingest([file], home=tmp_path / "home", collection="here", encoder=live.encoder, reranker=live.reranker)
    found = {}
    for name in ("there", "here"):
        with open_collection(name, home=tmp_path / "home") as collection:
            result = collection.search(query)
            assert result.degraded == ()
            found[name] = [(hit.document.id, round(hit.score, 3)) for hit in result.hits]
    assert found["there"] == found["here"] and found["here"]
