"""What an interrupted ingest has to do again: a minute of embedding at most. The clock and the encoder are fakes."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import cast

import pytest

from engine.protocols import Role
from engine.store.generation import open_generation
from engine.store.repair.verify import verify
from engine.store.segments.batch import Batch, StoredDocument
from engine.store.writer import open_writer
from engine.types import Float32
from indexer.chunking.chunker import Chunker
from indexer.embedding import embed_missing
from indexer.pending import Pending
from tests.support.fake_encoder import FakeEncoder, PlainChunker
from tests.support.stores import TEXT, config, contents, stored

RATE = 1.4  # chunks a second
CHUNKER = cast(Chunker, PlainChunker())


class SlowEncoder(FakeEncoder):
    """Takes 1/RATE seconds of its own clock for a text. Ctrl-C comes at `until`, in the midst of a call."""

    def __init__(self, until: float = float("inf")) -> None:
        self.now = 0.0
        self.embedded: list[int] = []
        self._until = until

    def clock(self) -> float:
        return self.now

    def encode(self, texts: Sequence[str], *, role: Role = "document") -> Float32:
        if self.now + len(texts) / RATE > self._until:
            self.now = self._until
            raise KeyboardInterrupt
        self.now += len(texts) / RATE
        return super().encode(texts, role=role)

    def embed(self, home: Path) -> None:
        """What an ingest does after it has committed the text."""
        with open_writer(home, "docs") as writer:
            embed_missing(writer, self, CHUNKER, self.embedded.append, clock=self.clock)


def coverage(home: Path) -> float:
    with open_generation(home, "docs") as generation:
        return generation.manifest.dense_coverage


def of(chunks: int, documents: int) -> tuple[StoredDocument, ...]:
    text = (TEXT * chunks)[: 24 * chunks // documents]
    return tuple(stored(f"d{number}", text) for number in range(documents))


MOMENTS = [random.Random(number).uniform(0, 180) for number in range(20)]


@pytest.mark.parametrize("documents", [63, 2])
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_minute_of_embedding_is_repeated_at_most(home: Path, moment: float, documents: int) -> None:
    with open_writer(home, "docs", config()) as writer:
        writer.commit(Batch(of(252, documents), None))
    first, second = SlowEncoder(until=moment), SlowEncoder()
    with pytest.raises(KeyboardInterrupt):
        first.embed(home)
    if documents > 2:  # in small documents, what a minute embeds can be searched
        assert coverage(home) >= (moment - 60 - 30) / 180
    second.embed(home)
    assert coverage(home) == 1.0
    repeated = first.now + second.now - 252 / RATE
    assert 0 <= repeated <= 60
    assert not verify(home, "docs").problems
    with open_generation(home, "docs") as generation:
        assert {name: document.text for name, document in contents(generation).items()} == {
            item.document.id: item.document.text for item in of(252, documents)
        }


def test_vectors_are_committed_every_minute_with_their_documents(home: Path) -> None:
    with open_writer(home, "docs", config()) as writer:
        writer.commit(Batch((*of(252, 63), stored("empty", "")), None))
        commits: list[float] = []
        encoder = SlowEncoder()
        embed_missing(
            writer,
            encoder,
            CHUNKER,
            lambda chunks: None,
            on_commit=lambda: commits.append(encoder.now),
            clock=encoder.clock,
        )
        assert len(commits) == 3 and all(b - a <= 90 for a, b in zip([0.0, *commits], commits, strict=False))
        assert writer.manifest.dense_coverage == 1.0
        assert {entry.embedded for entry in writer.manifest.segments} == {True}
        assert writer.manifest.living.documents == 64


def test_a_shorter_time_between_commits_is_kept(home: Path, setting: Callable[..., None]) -> None:
    setting(commit_seconds=5)
    commits: list[float] = []
    encoder = SlowEncoder()
    with open_writer(home, "docs", config()) as writer:
        writer.commit(Batch(of(252, 63), None))
        embed_missing(
            writer,
            encoder,
            CHUNKER,
            lambda chunks: None,
            on_commit=lambda: commits.append(encoder.now),
            clock=encoder.clock,
        )
    assert all(b - a <= 5 + 8 / RATE for a, b in pairwise(commits)) and len(commits) > 20


def test_a_fast_encoder_writes_nothing_again(home: Path) -> None:
    with open_writer(home, "docs", config()) as writer:
        writer.commit(Batch(of(252, 63), None))
        (before,) = writer.manifest.segments
        embed_missing(writer, FakeEncoder(), CHUNKER, lambda chunks: None, clock=lambda: 0.0)
        (after,) = writer.manifest.segments
        assert (after.id, after.embedded) == (before.id, True)


def test_vectors_at_once_are_committed_every_minute_too() -> None:
    encoder = SlowEncoder()
    pending = Pending(encoder, CHUNKER, encoder.embedded.append, encoder.clock)
    for item in of(252, 63):
        pending.add(item)
    committed: list[tuple[float, int]] = [(encoder.now, batch.chunks) for batch in pending.take(embed=True)]
    assert sum(chunks for _, chunks in committed) == 252 and len(committed) == 3
    assert all(b - a <= 90 for (a, _), (b, _) in zip([(0.0, 0), *committed], committed, strict=False))


def test_steps_take_a_few_seconds_whatever_the_pace() -> None:
    encoder = SlowEncoder()
    pending = Pending(encoder, CHUNKER, encoder.embedded.append, encoder.clock)
    for item in of(252, 63):
        pending.add(item)
    list(pending.take(embed=True))
    assert encoder.embedded[0] == 32 and set(encoder.embedded[2:-1]) == {8}
