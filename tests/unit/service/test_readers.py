"""Open collections between requests: newer generations at once, older ones as long as they are used."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from api.service.readers import Readers
from engine.errors import CollectionNotFound, GenerationExpired
from engine.models import LocalModels
from engine.query.request import Request
from engine.store.deletion import delete_collection
from engine.store.layout import Home
from engine.store.locks import lock_unpinned
from indexer.ingest import ingest_sources
from indexer.sources.submitted import Submitted, text_source
from tests.conftest import Models


def put(home: Path, models: Models, *names: str) -> int:
    sources = [text_source(Submitted(name, f"The river {name}.")) for name in names]
    return ingest_sources(
        sources, home=home, collection="c", encoder=models.encoder, reranker=models.reranker
    ).generation


def pinned(home: Path, generation: int) -> bool:
    (layout,) = Home(home).all_collections()
    lock = lock_unpinned(layout.pin(generation))
    if lock is not None:
        lock.release()
    return lock is None


def test_a_collection_stays_open_until_there_is_a_newer_generation(home: Path, models: Models) -> None:
    first = put(home, models, "a")
    readers = Readers(home, LocalModels())
    with readers.open("c") as one, readers.open("c") as two:
        assert one is two
        second = put(home, models, "b")
        with readers.open("c") as three:
            assert three.generation.number == second
        assert pinned(home, first)  # it is in use
        assert [hit.document.id for hit in one.searcher.search(Request("river")).hits] == ["a"]
    assert not pinned(home, first) and pinned(home, second)
    readers.close()
    assert not pinned(home, second)


def test_older_generations(home: Path, models: Models) -> None:
    numbers = [put(home, models, name) for name in "abcde"]
    readers = Readers(home, LocalModels())
    for number in numbers:
        with readers.open("c", number) as opened:
            assert opened.generation.number == number
    assert sum(pinned(home, number) for number in numbers) <= 3
    with pytest.raises(GenerationExpired), readers.open("c", 999):
        pass
    readers.close()


def test_a_deleted_collection(home: Path, models: Models) -> None:
    put(home, models, "a")
    readers = Readers(home, LocalModels())
    with readers.open("c") as opened:
        delete_collection(home, "c")
        with pytest.raises(CollectionNotFound), readers.open("c"):
            pass
        assert opened.searcher.search(Request("river")).hits
    readers.close()


def test_no_request_is_dropped_while_generations_change(home: Path, models: Models) -> None:
    put(home, models, "a")
    readers = Readers(home, LocalModels())
    errors: list[BaseException] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            try:
                with readers.open("c") as opened:
                    assert opened.searcher.search(Request("river")).hits
            except BaseException as error:
                errors.append(error)
                return

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for name in "bcdefg":
        put(home, models, name)
    done.set()
    for thread in threads:
        thread.join()
    assert not errors
