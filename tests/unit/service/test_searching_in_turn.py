"""Searches of the service wait for their turn, and then for nothing that would come too late."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from api.service.searching import LATEST, PATIENCE
from api.service.service import Service
from engine.query.request import Request
from engine.types import SearchResult
from tests.conftest import Models
from tests.support.servers import home_with_notes


@pytest.fixture
def service(tmp_path: Path, models: Models) -> Iterator[Service]:
    with Service(home_with_notes(tmp_path, models)) as opened:
        yield opened


def test_a_search_waits_until_another_is_done(service: Service) -> None:
    found: list[SearchResult] = []
    turns = service.searching._turns
    with ExitStack() as held:
        for _ in range(turns._places._free):
            held.enter_context(turns.one())
        thread = threading.Thread(target=lambda: found.append(service.searching.search("notes", Request("bridge"))))
        thread.start()
        while not turns._places._waiting:
            time.sleep(0.001)
        assert not found
    thread.join(60)
    assert found and found[0].hits and found[0].degraded == ()


def test_a_key_with_a_filter_waits_in_the_same_row(service: Service) -> None:
    assert service.narrowed("kind:a").searching._turns is service.searching._turns


def test_what_has_waited_too_long_is_answered_without_reranking(service: Service) -> None:
    searching, long_ago = service.searching, time.monotonic() - LATEST - 1
    late, found = Request("bridge", arrived=long_ago), list[SearchResult]()
    threads = [
        threading.Thread(target=lambda: found.append(searching.search("notes", late))),
        threading.Thread(target=lambda: found.extend(list(searching.stages("notes", late))[-1:])),
    ]
    with ExitStack() as held:
        for _ in range(searching._turns._places._free):
            held.enter_context(searching._turns.one())
        for waiting, thread in enumerate(threads, start=1):
            thread.start()
            while len(searching._turns._places._waiting) < waiting:
                time.sleep(0.001)
    for thread in threads:
        thread.join(60)
    assert [result.degraded for result in found] == [("rerank:overloaded",)] * 2


def test_what_nobody_was_before_is_reranked_however_late(service: Service) -> None:
    late = Request("bridge", arrived=time.monotonic() - LATEST - 1)
    assert service.searching.search("notes", late).scored


@pytest.mark.parametrize(("took", "patience"), [(0.5, LATEST - 0.5), (60.0, PATIENCE)])
def test_the_longer_a_turn_takes_the_sooner_reranking_has_to_begin(
    service: Service, took: float, patience: float
) -> None:
    searching, arrived = service.searching, time.monotonic()
    searching._turns._pace.observe(1, took)
    patient = searching._patient(Request("bridge", arrived=arrived))
    assert patient.rerank_by == pytest.approx(arrived + patience)
