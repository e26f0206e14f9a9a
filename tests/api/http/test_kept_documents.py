"""A kept document is read to its end by the reranker while nobody asks: answers come sooner, and are the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from api.errors import DocumentExpired
from api.service.service import Service
from engine.errors import ModelNotFound, ParseFailed
from engine.query.request import Request
from engine.query.retrieval import Retrieval
from indexer.sources.submitted import Submitted
from tests.conftest import Models
from tests.support.late_interaction import tiny_late_interaction

PARTS = (" ".join(f"The river number {n} runs to bridge {6 * n + m} of the city." for m in range(6)) for n in range(30))
TEXT = "\n\n".join(f"# Part {n}\n\n{part}" for n, part in enumerate(PARTS))
ASK = Request("the bridge over river number 7", collapse=False, rerank_depth=5)
OTHER = replace(ASK, query="a city on river number 21")


@pytest.fixture
def late(tmp_path: Path) -> str:
    return str(tiny_late_interaction(tmp_path / "late"))


@pytest.fixture
def service(tmp_path: Path, models: Models, late: str) -> Iterator[Service]:
    offered: Any = [("encoder", models.encoder), ("reranker", late), ("reranker", models.reranker)]
    with Service(tmp_path / "home", offered=offered) as made:
        yield made


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def counted(service: Service, reranker: str, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts the texts that a model's runtime is given."""
    runtime: Any = getattr(service.models.reranker(reranker), "_runtime")  # noqa: B009  of one kind of reranker only
    found: list[int] = []
    run = runtime.run
    monkeypatch.setattr(runtime, "run", lambda ids, *rest: found.append(len(ids)) or run(ids, *rest))
    return found


def test_the_rest_is_read_and_changes_no_answer(
    service: Service, models: Models, late: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair: Any = {"encoder": models.encoder, "reranker": late}
    found = counted(service, late, monkeypatch)
    fresh, _ = service.in_document.search(Submitted("d", TEXT), OTHER, **pair)
    assert sum(found) == 1 + 5
    first, handle = service.in_document.search(Submitted("d", TEXT), ASK, keep=True, **pair)
    assert handle
    with service.in_document._kept.look(handle) as collection:
        passages = collection.generation.manifest.living.chunks
    until(lambda: sum(found) == 3 + passages)  # three questions, the reading's own among them, and each passage once
    later = service.in_document.ask(handle, OTHER)
    assert sum(found) == 3 + passages
    told = [[(hit.chunk.ordinal, hit.stages) for hit in result.hits] for result in (fresh, later)]
    assert told[0] == told[1] and later.scored == fresh.scored == 5
    assert service.in_document.ask(handle, ASK).hits[0].stages == first.hits[0].stages


def test_a_document_is_read_before_its_first_question(
    service: Service, models: Models, late: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair: Any = {"encoder": models.encoder, "reranker": late}
    fresh, _ = service.in_document.search(Submitted("d", TEXT), ASK, **pair)
    found = counted(service, late, monkeypatch)
    handle = service.in_document.keep(Submitted("d", TEXT), **pair)
    with service.in_document._kept.look(handle) as collection:
        passages = collection.generation.manifest.living.chunks
    until(lambda: sum(found) == 1 + passages - 5)  # a question of its own, and what was not read before
    first = service.in_document.ask(handle, ASK)
    assert sum(found) == 1 + passages - 5
    told = [[(hit.chunk.ordinal, hit.stages) for hit in result.hits] for result in (fresh, first)]
    assert told[0] == told[1] and first.scored == 5


def test_nothing_is_kept_of_what_cannot_be_read(service: Service, models: Models, late: str) -> None:
    with pytest.raises(ParseFailed):
        service.in_document.keep(Submitted("d", "\n"), encoder=models.encoder, reranker=late)
    with pytest.raises(ModelNotFound):
        service.in_document.keep(Submitted("d", TEXT), encoder="nobody/nothing", reranker=late)
    assert not list(service.in_document._kept._directory.iterdir())


def test_nothing_more_is_begun_while_somebody_waits(
    service: Service, models: Models, late: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = counted(service, late, monkeypatch)
    with service.in_document._reading.paused():
        _, handle = service.in_document.search(
            Submitted("d", TEXT), ASK, keep=True, encoder=models.encoder, reranker=late
        )
        asked = sum(found)
        assert handle and asked == 1 + 5
        service.in_document.ask(handle, ASK)
        assert sum(found) == asked
        service.in_document.forget(handle)
    with pytest.raises(DocumentExpired):
        service.in_document.ask(handle, ASK)
    again, other = service.in_document.search(
        Submitted("d", TEXT), ASK, keep=True, encoder=models.encoder, reranker=late
    )
    until(lambda: sum(found) > asked)  # the thread has survived a document that was gone
    assert again.hits and other


def test_a_reranker_that_remembers_nothing_is_left_alone(
    service: Service, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    reranker: Any = service.models.reranker(models.reranker)
    score = reranker.score
    monkeypatch.setattr(
        reranker, "score", lambda query, passages: asked.append(len(passages)) or score(query, passages)
    )
    _, handle = service.in_document.search(
        Submitted("d", TEXT), ASK, keep=True, encoder=models.encoder, reranker=models.reranker
    )
    service.close()
    assert handle and len(asked) <= 2  # the question, and once what would have been read


def test_a_document_that_is_dropped_while_it_is_searched_has_expired(
    service: Service, models: Models, late: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    retrieve = Retrieval.retrieve

    def once_it_is_dropped(*arguments: Any) -> Any:
        service.in_document.forget(handle)
        return retrieve(*arguments)

    with service.in_document._reading.paused():  # which would open its files before
        handle = service.in_document.keep(Submitted("d", TEXT), encoder=models.encoder, reranker=late)
        monkeypatch.setattr(Retrieval, "retrieve", once_it_is_dropped)
        with pytest.raises(DocumentExpired, match="not kept any more"):
            service.in_document.ask(handle, ASK)
