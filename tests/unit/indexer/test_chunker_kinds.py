"""The chunkers that one may choose from."""

from __future__ import annotations

import pytest

from engine.errors import UsageError
from engine.types import Document, Heading
from indexer.chunking.chunker import Chunker
from indexer.chunking.kinds import KINDS, kind_named
from tests.support.tokens import word_piece

SENTENCE = "The wing was tested in a stream of air at several angles. "  # 13 tokens


def texts(kind: str, text: str, headings: list[Heading] | None = None, limit: int = 128) -> list[str]:
    own = Chunker(word_piece(), 100, 20, limit, KINDS[kind])
    return [chunk.text for chunk in own.chunk(Document("d", "uri", "Title", text, "en"), headings or [])]


def test_paragraphs_are_passages_each_with_its_title_and_long_ones_are_cut_at_sentences() -> None:
    text = f"One. It is short.\n\nTitle of two\n\nTwo.\n\n{SENTENCE * 13}"
    first, second, *rest = texts("paragraphs", text)
    assert (first, second) == ("One. It is short.", "Title of two\n\nTwo.")
    assert len(rest) == 2 and all(piece.endswith("angles.") for piece in rest)


def test_tokens_know_no_headings_and_repeat_some_words() -> None:
    text = f"First\n\n{SENTENCE * 6}\n\nSecond\n\n{SENTENCE * 6}"
    found = texts("tokens", text, [Heading(0, 1, "First"), Heading(text.index("Second"), 1, "Second")])
    assert len(found) == 2 and "First" in found[0] and "Second" in found[0]
    assert found[0].split()[-1] in found[1].split()[:20]


def test_a_document_is_one_passage_if_the_encoder_can_read_it_and_else_as_few_as_may_be() -> None:
    class Reader:
        tokens, max_tokens = word_piece(), 512

    own = Chunker.for_encoder(Reader(), KINDS["document"])  # type: ignore[arg-type]
    whole = Document("d", "uri", "Title", SENTENCE * 35, "en")
    assert len(own.chunk(whole, [Heading(0, 1, "A"), Heading(300, 1, "B")])) == 1
    assert len(own.chunk(Document("d", "uri", "Title", SENTENCE * 70, "en"), [])) == 2


def test_a_version_begins_with_the_chunker_and_its_own_version() -> None:
    for name, kind in KINDS.items():
        assert Chunker(word_piece(), 100, 20, 128, kind).version == f"{name}/1 target=100 overlap=20 max=128"


def test_an_unknown_chunker_is_refused_with_a_description_of_those_that_are_known() -> None:
    with pytest.raises(UsageError, match=r"no chunker 'words'.*`paragraphs`: every paragraph for itself"):
        kind_named("words")
