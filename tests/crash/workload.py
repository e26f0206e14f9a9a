"""What the writer does in a crash trial: a list of operations, each of which knows the state it leaves behind.

To put another operation under fire, add it to WORKLOAD.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from engine.recipe import Recipe
from engine.store.generation import open_generation
from engine.store.merging.merge import merge_all
from engine.store.segments.batch import Batch, StoredDocument
from engine.store.writer import CollectionWriter, open_writer
from indexer.chunking.chunker import Chunker
from indexer.embedding import embed_missing
from tests.support.fake_encoder import FakeEncoder, PlainChunker
from tests.support.stores import batch, config, stored

NAME = "docs"
COMMON = "river"  # a word of every document


@dataclass(frozen=True, slots=True)
class State:
    """What must be in the collection: the batch that each living document comes from, the recipe's depth, and which
    documents have no vectors yet.
    """

    batches: dict[str, int] = field(default_factory=dict)
    depth: int = Recipe().rerank_depth
    pending: frozenset[str] = frozenset()

    def with_batch(self, number: int, names: Iterable[str], deletes: Iterable[str], *, embedded: bool = True) -> State:
        arriving, deleted = set(names), set(deletes)
        kept = {name: found for name, found in self.batches.items() if name not in deleted}
        pending = (self.pending - deleted - arriving) | (frozenset() if embedded else arriving)
        return replace(self, batches=kept | dict.fromkeys(names, number), pending=pending)


ABSENT = None  # no such collection
Maybe = State | None


class Session:
    """A home and its writer, opened when first needed."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._writer: CollectionWriter | None = None

    @property
    def writer(self) -> CollectionWriter:
        if self._writer is None:
            self._writer = open_writer(self.home, NAME, config())
        return self._writer

    def close(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()


@dataclass(frozen=True, slots=True)
class Operation:
    """`after` tells the state behind `run` from the one before it. Running it again must do no harm."""

    name: str
    run: Callable[[Session], object]
    after: Callable[[State], State] = lambda state: state

    def leaves(self, before: Maybe) -> State:
        """Any operation makes the collection if it is absent."""
        return self.after(before or State())


def document(name: str, number: int, repeat: int = 1) -> StoredDocument:
    """A document whose every field tells its batch, as long as `repeat` says. No chunk ends within its first two words."""
    text = f"{COMMON} {name}batch{number} at the über 船. " + f"Batch {number} 🎒 flows on. " * repeat
    return stored(name, text, title=f"{name} in batch {number}", batch=number, tags=(f"t{number}", name))


def texts_are_long(number: int) -> bool:
    """Some batches fill several pages of every file."""
    return number == 2


def documents(number: int, names: Iterable[str]) -> list[StoredDocument]:
    return [document(name, number, 150 if texts_are_long(number) else 1) for name in names]


def names(*numbers: int) -> tuple[str, ...]:
    return tuple(f"doc{number}" for number in numbers)


def commit(number: int, arriving: Sequence[str] = (), deletes: Sequence[str] = ()) -> Operation:
    def run(session: Session) -> None:
        there = session.writer.content_hashes()
        session.writer.commit(batch(*documents(number, arriving)), deletes=[name for name in deletes if name in there])

    return Operation(f"commit {number}", run, lambda state: state.with_batch(number, arriving, deletes))


def retune(depth: int) -> Operation:
    return Operation(
        "recipe",
        lambda session: session.writer.commit(None, recipe=Recipe(rerank_depth=depth), evidence={"depth": depth}),
        lambda state: replace(state, depth=depth),
    )


def commit_and_sweep_under_a_reader(number: int, arriving: Sequence[str]) -> Operation:
    """The reader's generation stays whole while the writer goes on."""
    committing = commit(number, arriving)

    def run(session: Session) -> None:
        with open_generation(session.home, NAME) as generation:
            committing.run(session)
            session.writer.sweep(0)
            for position, segment in enumerate(generation.segments):
                assert segment.documents.num_rows and generation.document(position, 0)

    return Operation(f"commit {number} and sweep under a reader", run, committing.after)


def text_first(number: int, arriving: Sequence[str]) -> Operation:
    """The vectors follow with EMBED."""

    def run(session: Session) -> None:
        session.writer.commit(Batch(tuple(documents(number, arriving)), None))

    return Operation(f"text of {number}", run, lambda state: state.with_batch(number, arriving, (), embedded=False))


def _embed(session: Session) -> None:
    embed_missing(session.writer, FakeEncoder(), cast(Chunker, PlainChunker()), lambda chunks: None)


EMBED = Operation("embed", _embed, lambda state: replace(state, pending=frozenset()))
MERGE = Operation("merge", lambda session: merge_all(session.writer))
SWEEP = Operation("sweep", lambda session: session.writer.sweep(0))
CLOSE = Operation("close", lambda session: session.close())

WORKLOAD: tuple[Operation, ...] = (
    Operation("create", lambda session: session.writer),
    commit(1, names(0, 1, 2, 3)),
    commit(2, names(4, 5)),
    commit(3, names(2, 5, 6), names(0)),
    MERGE,
    SWEEP,
    commit(4, names(7, 8)),
    commit(5, (), names(1, 8)),
    CLOSE,
    commit(6, names(3, 9), names(2)),  # the first segment is all deleted
    retune(7),
    SWEEP,
    commit_and_sweep_under_a_reader(7, names(10, 4)),
    MERGE,
    commit(8, (), names(*range(11))),  # nothing is left
    commit(9, names(1, 2, 11)),
    SWEEP,
    text_first(10, names(2, 12, 13)),
    commit(11, names(14), names(13)),
    EMBED,
    text_first(2, names(15, 1)),
    CLOSE,
    MERGE,
    EMBED,
    SWEEP,
    CLOSE,
)


def states() -> list[Maybe]:
    """The state before each operation, and the last one's."""
    found: list[Maybe] = [ABSENT]
    for operation in WORKLOAD:
        found.append(operation.leaves(found[-1]))
    return found


def possible_states(before: Maybe, operations: Sequence[Operation], marks: Sequence[int]) -> list[Maybe]:
    """The states that a store may be in after a run that left these marks behind (see `progress`).

    An acknowledged operation has happened, one that was begun or that failed may have.
    """
    possible, begun = [before], None
    for mark in marks:
        index, what = divmod(mark, 3)
        operation = operations[index]
        if what == DONE:
            after = [operation.leaves(state) for state in possible]
            possible, begun = [state for place, state in enumerate(after) if state not in after[:place]], None
        else:  # a failed operation has begun before, and its outcome stays open
            possible = possible + _new(begun, possible)
            begun = operation if what == BEGUN else None
    return possible + _new(begun, possible)


BEGUN, DONE, FAILED = range(3)


def progress(index: int, what: int) -> int:
    return index * 3 + what


def _new(begun: Operation | None, possible: list[Maybe]) -> list[Maybe]:
    after = [begun.leaves(state) for state in possible] if begun else []
    return [state for position, state in enumerate(after) if state not in possible and state not in after[:position]]
