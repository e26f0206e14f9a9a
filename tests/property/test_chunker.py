"""What holds for the chunks of any text, under each kind of tokenizer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engine.types import Document, Heading
from indexer.chunking.chunker import Chunker
from tests.support.tokens import COUNTERS

PIECES = [
    "A sentence of a few words.", "Another one, with a clause! ", "word ", "\n", "\n\n", "   ", "天地玄黄，宇宙洪荒。", "é", "🙂👩‍👩‍👧",
    "supercalifragilisticexpialidocious", "a" * 150, "x" * 700, "กขคงจ" * 40, "| a | b |\n", "    code = 1;\n", "\u200b", "\u00a0",
    "\ufffd", "0123456789", "http://example.org/a/b?c=d&e=f ", "e\u0301", "\x1f", "Dr. ", "...",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=60).map("".join)
WORDS = st.text(st.sampled_from("ab天é ."), max_size=30)


@st.composite
def documents(draw: st.DrawFn) -> Any:
    text = draw(TEXTS).encode("utf-8", "replace").decode()
    starts = draw(st.lists(st.integers(0, len(text) + 3), max_size=8))
    headings = [Heading(start, draw(st.integers(1, 6)), draw(WORDS)) for start in starts]
    title = draw(WORDS | st.sampled_from(["", "long title " * 40, "无" * 300, "y" * 400]))
    return Document("doc", "uri", title, text, "und"), headings


@st.composite
def sectioned(draw: st.DrawFn) -> Any:
    """Headings as parsers find them: each begins a line. One in mid-word would change how many tokens the word has."""
    blocks = [block.encode("utf-8", "replace").decode() for block in draw(st.lists(TEXTS, min_size=1, max_size=6))]
    starts = [sum(len(block) + 2 for block in blocks[:number]) for number in range(len(blocks))]
    headings = [Heading(start, draw(st.integers(1, 6)), draw(WORDS)) for start in starts if draw(st.booleans())]
    return Document("doc", "uri", draw(WORDS), "\n\n".join(blocks), "und"), headings


def check(chunker: Chunker, document: Document, headings: list[Heading]) -> None:
    chunks = chunker.chunk(document, headings)
    text = document.text
    covered: set[int] = set()
    for ordinal, chunk in enumerate(chunks):
        assert chunk.id == f"doc#{ordinal}"
        assert (chunk.ordinal, chunk.document_id) == (ordinal, "doc")
        assert text[chunk.start : chunk.end] == chunk.text == chunk.text.strip() != ""
        covered.update(range(chunk.start, chunk.end))
    assert all(character.isspace() or index in covered for index, character in enumerate(text))
    starts = [(chunk.start, chunk.end) for chunk in chunks]
    assert starts == sorted(set(starts))
    embedded = chunker.embedding_texts(document.title, chunks)
    assert all(count <= chunker.max_tokens for count in chunker.tokens.count(embedded))
    assert all(whole.endswith(chunk.text) for whole, chunk in zip(embedded, chunks, strict=True))


@pytest.mark.parametrize("counter", COUNTERS.values(), ids=COUNTERS.keys())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(document=documents(), shape=st.sampled_from([(32, 0, 32), (40, 20, 64), (64, 16, 64), (200, 32, 254)]))
@example(document=(Document("doc", "", "t", "a" + " " * 20_000 + "b", "und"), []), shape=(32, 0, 32))
@example(document=(Document("doc", "", "x" * 3000, "y" * 5000, "und"), []), shape=(32, 16, 32))
def test_invariants(counter: Callable[..., Any], document: Any, shape: Any) -> None:
    target, overlap, limit = shape
    check(Chunker(counter(), target, overlap, limit), *document)


@settings(max_examples=40, deadline=None)
@given(document=sectioned())
def test_no_chunk_crosses_a_heading_unless_it_is_small(document: Any) -> None:
    # Not with WordPiece: an unknown word may be cut into known ones of many tokens, and a merged section be cut again.
    chunker = Chunker(COUNTERS["byte level"](), 64, 16, 64)
    doc, headings = document
    starts = {heading.start for heading in headings}
    for chunk in chunker.chunk(doc, headings):
        inside = [start for start in starts if chunk.start < start < chunk.end]
        if inside:  # then it holds whole sections
            bounds = sorted(starts | {0, len(doc.text)})
            left = max(bound for bound in bounds if bound <= chunk.start)
            right = min(bound for bound in bounds if bound >= chunk.end)
            assert not doc.text[left : chunk.start].strip()
            assert not doc.text[chunk.end : right].strip()


@settings(max_examples=30, deadline=None)
@given(document=documents())
def test_chunking_is_deterministic(document: Any) -> None:
    chunker = Chunker(COUNTERS["byte level"](), 40, 10, 64)
    assert chunker.chunk(*document) == chunker.chunk(*document)
