"""Whether a store is what it must be after a crash: one of the states that the acknowledged operations allow."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np

from engine.errors import CollectionNotFound
from engine.query.pipeline import Request, Searcher
from engine.recipe import Recipe
from engine.store.generation import Generation, open_generation
from engine.store.repair.verify import CUT_SHORT, verify
from engine.store.writer import open_writer
from engine.types import RowId
from engine.vectors.codecs import int8_codes
from tests.crash.workload import ABSENT, COMMON, NAME, Maybe, State, document, documents
from tests.support.fake_encoder import FakeEncoder
from tests.support.stores import batch, config, contents, vectors_of

ALL = 100_000


class Inconsistency(Exception):
    """The store is not what it must be."""


def check(home: Path, possible: Sequence[Maybe]) -> None:
    """Inconsistency unless the store is in one of the states, whole, searchable, and the next writer can go on."""
    state = _state(home, possible)
    if state is not None:
        _whole(home, notes=True)
    following = _go_on(home, state or State())
    _whole(home, notes=False)
    _demand(_state(home, [following]) == following, "the sweep changed the collection")


def _state(home: Path, possible: Sequence[Maybe]) -> Maybe:
    """Which of the possible states it is; every field of every document, every vector and both legs are looked at."""
    try:
        opened = open_generation(home, NAME)
    except CollectionNotFound:
        _demand(ABSENT in possible, "the collection is gone")
        return ABSENT
    with opened as generation:
        found = contents(generation)
        batches = {name: found[name].metadata.get("batch") for name in found}
        recipe = generation.manifest.recipe.rerank_depth
        wanted = State(cast(dict[str, int], batches), recipe, _pending(generation))
        state = next((state for state in possible if state == wanted), None)
        if state is None:
            raise Inconsistency(f"{wanted} is none of {list(possible)}")
        for name, number in state.batches.items():
            _demand(found[name] == documents(number, [name])[0].document, f"{name} is altered")
        _vectors(generation)
        _both_legs(generation, state)
    return state


def _pending(generation: Generation) -> frozenset[str]:
    """Living documents without vectors."""
    return frozenset(
        generation.document_id(RowId(place, int(row)))
        for place, (segment, living) in enumerate(zip(generation.segments, generation.living, strict=True))
        if not segment.entry.embedded
        for row in range(segment.rows)
        if living is None or living[row]
    )


def _vectors(generation: Generation) -> None:
    """Vectors of the living chunks; whoever embeds a segment late leaves out those that have died."""
    for segment, living in zip(generation.segments, generation.living, strict=True):
        if not segment.entry.embedded:
            continue
        texts = [segment.chunk_bytes(row).decode() for row in range(segment.rows)]
        codes, scale = int8_codes(vectors_of(texts))
        stored, alive = segment.vectors, slice(None) if living is None else living
        same = np.array_equal(stored.int8[alive], codes[alive]) and np.array_equal(stored.scale[alive], scale[alive])
        _demand(same and segment.lexical.rows == len(texts), f"segment {segment.id}: rows do not belong together")


def _both_legs(generation: Generation, state: State) -> None:
    """Each leg finds every living document that it can know, and nothing else."""
    searcher = Searcher(generation, FakeEncoder(), None, Recipe(candidates=ALL, rerank="none"))
    found = searcher.retrieve(Request(COMMON, ALL))
    everything = set(state.batches)
    for leg, wanted in ((found.lexical, everything), (found.dense, everything - state.pending)):
        _demand(set(leg.keys) == wanted, f"a search finds {sorted(leg.keys)} of {sorted(wanted)}")
    for name, number in list(state.batches.items())[:1]:
        hits = searcher.search(Request(f'"{name}batch{number}"', 3)).hits
        _demand([hit.document.id for hit in hits] == [name], f"a phrase finds {[hit.document.id for hit in hits]}")


def _go_on(home: Path, state: State) -> State:
    """The next writer commits and sweeps; the state that it leaves."""
    arriving, doomed = ["next", *list(state.batches)[:1]], list(state.batches)[1:2]
    with open_writer(home, NAME, config()) as writer:
        _demand(set(writer.content_hashes()) == set(state.batches), "the writer knows other documents")
        writer.commit(batch(*(document(name, 99) for name in arriving)), deletes=doomed)
        writer.sweep(0)
    return state.with_batch(99, arriving, doomed)


def _whole(home: Path, *, notes: bool) -> None:
    """`verify` finds nothing wrong; without `notes`, no leftovers either but work that can be gone on with."""
    report = verify(home, NAME)
    _demand(not report.problems, f"verify: {report.problems}")
    left = [note for note in report.notes if not note.endswith(CUT_SHORT)]
    _demand(notes or not left, f"left behind: {left}")


def _demand(true: bool, otherwise: str) -> None:
    if not true:
        raise Inconsistency(otherwise)
