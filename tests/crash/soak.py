"""Readers, a writer, deletes, merges, pins and sweeps at once: what each process of test_concurrency.py does.

Commit number n replaces the documents of n's parity but one, which it deletes; a merge follows every fourth. So a
generation's number tells exactly which documents it holds and, every field telling its batch, a mixture of generations
cannot go unseen.
"""

from __future__ import annotations

import random
import resource
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from engine.query.pipeline import Request, Searcher
from engine.recipe import Recipe
from engine.store.generation import Generation, open_generation
from engine.store.merging.merge import merge_all
from engine.store.writer import open_writer
from tests.crash.checks import ALL
from tests.crash.workload import COMMON, NAME, document
from tests.support.fake_encoder import FakeEncoder
from tests.support.stores import batch, config, contents

_GROUP = 6  # documents of one parity
_COMMITS = 4  # between two merges
_THREADS = 2  # of a reading process
_SAMPLE_SECONDS = 0.5


@dataclass(slots=True)
class Usage:
    """One process: handles it has open between rounds; samples of resident bytes and of segments (the writer only).

    An open generation holds some handles for each of its segments, so that only with all generations closed does their
    number say whether any was left behind.
    """

    handles: list[int] = field(default_factory=list)
    resident: list[int] = field(default_factory=list)
    segments: list[int] = field(default_factory=list)
    last: float = 0.0

    def count_handles(self) -> None:
        """To be called with every writer and generation of this process closed."""
        self.handles.append(sum(1 for _ in Path("/proc/self/fd").iterdir()))

    def sample(self, segments: Path | None = None) -> None:
        if time.monotonic() - self.last < _SAMPLE_SECONDS:
            return
        self.last = time.monotonic()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        self.resident.append(pages * resource.getpagesize())
        if segments is not None:
            self.segments.append(len(list(segments.iterdir())))


@dataclass(slots=True)
class Report:
    """How often a process did what it does, what it found wrong, and what it used."""

    rounds: int
    wrong: list[str]
    usage: Usage


def names(number: int) -> Iterator[str]:
    """The documents that commit `number` writes."""
    return (f"p{number % 2}n{place}" for place in range(_GROUP) if place != number // 2 % _GROUP)


def living(commits: int) -> dict[str, int]:
    """Document id -> batch after that many commits, numbered from 1."""
    return {name: number for number in (commits - 1, commits) if number > 0 for name in names(number)}


def write(home: Path, until: float, pipe: Connection) -> None:
    """Commit, sweep and merge without a pause; every fourth commit opens a new writer."""
    wrong, usage, number = [], Usage(), 0
    try:
        while time.monotonic() < until:
            with open_writer(home, NAME, config()) as writer:
                for _ in range(_COMMITS):
                    number += 1
                    gone = [name for name in writer.content_hashes() if int(name[1]) == number % 2]
                    doomed = set(gone) - set(names(number))
                    writer.commit(batch(*(document(name, number) for name in names(number))), deletes=doomed)
                    refused = writer.sweep(0).refused
                    if refused:
                        wrong.append(refused)
                    usage.sample(writer.layout.segments)
                merge_all(writer)
            usage.count_handles()
    except Exception as error:
        wrong.append(repr(error))
    pipe.send(Report(number, wrong, usage))


def read(home: Path, until: float, seed: int, pipe: Connection) -> None:
    """Threads that pin a generation, look at all of it, sometimes for a while, and let it go."""
    usage, rounds, wrong = Usage(), 0, []
    lucks = [random.Random(seed * _THREADS + thread) for thread in range(_THREADS)]
    warm = time.monotonic() + (until - time.monotonic()) / 3
    with ThreadPoolExecutor(_THREADS) as pool:
        for end in (warm, until):
            for found in pool.map(lambda luck, end=end: _read(home, end, luck, usage), lucks):
                rounds += found[0]
                wrong += found[1]
            usage.count_handles()
    pipe.send(Report(rounds, wrong, usage))


def _read(home: Path, until: float, luck: random.Random, usage: Usage) -> tuple[int, list[str]]:
    rounds, wrong = 0, []
    while time.monotonic() < until:
        try:
            with open_generation(home, NAME) as generation:
                wrong += _problems(generation)
                if luck.random() < 0.2:
                    time.sleep(luck.random() / 2)
                    wrong += _problems(generation)
        except Exception as error:
            wrong.append(repr(error))
        rounds += 1
        usage.sample()
    return rounds, wrong


def _problems(generation: Generation) -> list[str]:
    """Everything in the generation that is not what its number says."""
    events = generation.number - 1  # the first generation is empty
    expected = living(events - events // (_COMMITS + 1))
    found = contents(generation)
    if found != {name: document(name, number).document for name, number in expected.items()}:
        return [f"generation {generation.number} holds {sorted(found)} instead of {expected}, or they are mixed"]
    searcher = Searcher(generation, FakeEncoder(), None, Recipe(candidates=ALL, rerank="none"))
    legs = searcher.retrieve(Request(COMMON, ALL))
    return [
        f"generation {generation.number}: a search finds {sorted(leg.keys)} instead of {sorted(expected)}"
        for leg in (legs.lexical, legs.dense)
        if set(leg.keys) != expected.keys()
    ]
