from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import CollectionNotFound
from engine.store.collections import collection_stats, list_collections
from engine.store.files import size_of_tree
from engine.store.writer import CollectionWriter, open_writer
from tests.support.stores import batch, config, stored


def test_an_absent_home_has_none(home: Path) -> None:
    assert list_collections(home) == []
    with pytest.raises(CollectionNotFound):
        collection_stats(home, "docs")


def test_every_collection_with_its_living(home: Path, writer: CollectionWriter) -> None:
    writer.commit(batch(stored("a"), stored("b")))
    writer.commit(None, deletes=["a"])
    open_writer(home, "another", config()).close()
    assert [(c.name, c.generation, c.documents, c.chunks) for c in list_collections(home)] == [
        ("another", 1, 0, 0),
        ("docs", 3, 1, len(stored("b").chunks)),
    ]


def test_stats_of_one(home: Path, writer: CollectionWriter) -> None:
    writer.commit(batch(stored("a", year=1.0), stored("b", language="de"), stored("c", language="de")))
    writer.commit(batch(stored("d", "")), deletes=["a"])
    found = collection_stats(home, "docs")
    chunks = len(stored("a").chunks)
    assert (found.documents, found.chunks, found.tombstoned, found.segments) == (3, 2 * chunks, chunks, 2)
    assert found.languages == {"de": 2 * chunks}
    assert (found.models["encoder"], found.dimension, found.metadata_schema) == ("fake", 16, {"year": "number"})
    assert found.recipe == writer.manifest.recipe
    assert (found.uuid, found.generation) == (writer.manifest.uuid, 3)
    assert found.bytes == size_of_tree(writer.layout.root) > 1000
