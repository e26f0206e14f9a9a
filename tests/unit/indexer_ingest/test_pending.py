"""What is collected between two commits: vectors in the order of chunks, whatever the batches."""

from __future__ import annotations

import numpy as np
import pytest

import indexer.steps
from engine.models import load_encoder
from engine.store.segments.batch import StoredDocument
from engine.types import Document
from indexer.chunking.chunker import Chunker
from indexer.pending import Pending
from tests.conftest import Models
from tests.support.documents import TOPICS


@pytest.mark.parametrize("at_once", [1, 3, 256])
def test_vectors_follow_the_chunks(models: Models, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(indexer.steps, "MOST", at_once)
    monkeypatch.setattr(indexer.steps, "LEAST", 1)
    encoder = load_encoder(models.encoder)
    chunker = Chunker(encoder.tokens, 32, 0, 64)
    embedded: list[int] = []
    pending = Pending(encoder, chunker, embedded.append)
    assert not pending.due and len(pending) == 0
    for number, topic in enumerate(TOPICS):
        text = f"The {topic} is of the year {number}. " * (1 + 10 * (number % 3))
        document = Document(f"d{number}", "", topic, text, "en")
        chunks = tuple(chunker.chunk(document, ()))
        pending.add(StoredDocument(document, "", chunks))
    assert "d3" in pending and "d9" not in pending
    (batch,) = pending.take(embed=True)
    texts = [
        text for stored in batch.documents for text in chunker.embedding_texts(stored.document.title, stored.chunks)
    ]
    assert len(texts) == sum(embedded) > len(TOPICS)
    assert batch.vectors is not None
    np.testing.assert_allclose(batch.vectors, encoder.encode(texts), atol=1e-6)
    assert len(pending) == 0 and "d3" not in pending
    assert list(pending.take(embed=True)) == []
    (empty,) = pending.take(embed=False)
    assert empty.vectors is None
