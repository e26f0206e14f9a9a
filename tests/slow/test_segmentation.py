"""Lexical answers do not depend on how a collection came about: in one commit, in many, or with deletes between."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from engine.lexical.query import parse_query
from engine.lexical.search import search_lexical
from engine.recipe import Recipe
from engine.store.generation import open_generation
from engine.store.segments.batch import Batch, StoredDocument
from engine.store.writer import open_writer
from engine.types import Chunk, Document
from indexer.sources.source import Source, discover
from tests.support.shared_data import shared
from tests.support.stores import DIMENSION, config

pytestmark = pytest.mark.slow

Answers = dict[str, list[tuple[str, float]]]


@pytest.fixture(scope="module")
def documents() -> list[StoredDocument]:
    """SciFact, one chunk a document."""
    found = []
    for source in discover([shared("data", "scifact")]):
        if isinstance(source, Source):
            parsed = source.parse()
            document = Document(source.id, source.uri, parsed.title, parsed.text, "en")
            chunk = Chunk(f"{source.id}#0", source.id, 0, 0, len(parsed.text), parsed.text)
            found.append(StoredDocument(document, source.content_hash, (chunk,)))
    return found


@pytest.fixture(scope="module")
def queries() -> list[str]:
    import json

    lines = (shared("data", "scifact") / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines][:300]


def batch(documents: Sequence[StoredDocument]) -> Batch:
    vectors = np.random.default_rng(0).normal(size=(len(documents), DIMENSION)).astype(np.float32)
    return Batch(tuple(documents), vectors)


def answers(home: Path, queries: Sequence[str]) -> Answers:
    with open_generation(home, "c") as generation:
        segments = [segment.lexical for segment in generation.segments]
        return {
            text: [
                (generation.chunk_id(row), score)
                for row, score in search_lexical(
                    segments,
                    parse_query(text, generation.languages, ()),
                    generation.statistics,
                    Recipe(),
                    10,
                    generation.living,
                )
            ]
            for text in queries
        }


@pytest.fixture(scope="module")
def reference(documents: list[StoredDocument], queries: list[str], tmp_path_factory: pytest.TempPathFactory) -> Answers:
    home = tmp_path_factory.mktemp("one")
    with open_writer(home, "c", config()) as writer:
        writer.commit(batch(documents))
    return answers(home, queries)


def same(found: Answers, reference: Answers) -> float:
    """The share of queries with the same ten documents in the same order; every score agrees to 1e-6."""
    for text, hits in found.items():
        assert [score for _, score in hits] == pytest.approx([score for _, score in reference[text]], abs=1e-6)
    return sum(
        [name for name, _ in hits] == [name for name, _ in reference[text]] for text, hits in found.items()
    ) / len(reference)


@pytest.mark.parametrize("commits", [7, 40])
def test_many_commits(
    commits: int, documents: list[StoredDocument], queries: list[str], reference: Answers, tmp_path: Path
) -> None:
    with open_writer(tmp_path, "c", config()) as writer:
        for start in range(commits):
            writer.commit(batch(documents[start::commits]))
    assert same(answers(tmp_path, queries), reference) >= 0.99


@pytest.mark.parametrize("commits", [1, 7])
def test_thirty_per_cent_deleted_and_added_again(
    commits: int, documents: list[StoredDocument], queries: list[str], reference: Answers, tmp_path: Path
) -> None:
    gone = random.Random(7).sample(documents, len(documents) * 3 // 10)
    with open_writer(tmp_path, "c", config()) as writer:
        for start in range(commits):
            writer.commit(batch(documents[start::commits]))
        writer.commit(None, deletes=[stored.document.id for stored in gone])
        writer.commit(batch(gone))
    assert same(answers(tmp_path, queries), reference) >= 0.99
