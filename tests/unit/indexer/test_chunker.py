"""Chunks of documents that one might meet."""

from __future__ import annotations

import gzip
import json
import re
from itertools import pairwise
from typing import Any

import pytest

from engine.errors import UsageError
from engine.types import Document, Heading
from indexer.chunking.chunker import Chunker
from indexer.chunking.cutting import Cutter
from indexer.chunking.plain import Paragraphs
from indexer.chunking.tokenmap import TokenMap
from indexer.chunking.units import Unit
from tests.support.shared_data import shared
from tests.support.tokens import word_piece

SENTENCE = "The wing was tested in a stream of air at several angles. "  # 13 tokens


def document(text: str, title: str = "Wings") -> Document:
    return Document("d", "uri", title, text, "en")


def chunker(target: int = 100, overlap: int = 20, limit: int = 128) -> Chunker:
    return Chunker(word_piece(), target, overlap, limit)


def sizes(chunks: Any) -> list[int]:
    return word_piece().count([chunk.text for chunk in chunks])


def test_no_text_no_chunks() -> None:
    assert chunker().chunk(document(""), []) == []
    assert chunker().chunk(document(" \n\n "), []) == []


def test_what_fits_the_encoder_is_one_chunk_though_above_the_target() -> None:
    chunks = chunker().chunk(document(SENTENCE * 9), [])
    assert sizes(chunks) == [117]
    assert len(chunker().chunk(document(SENTENCE * 10), [])) == 2


def test_an_encoder_of_long_texts_does_not_make_long_chunks() -> None:
    chunks = chunker(100, 0, 8192).chunk(document(SENTENCE * 40), [])
    assert max(sizes(chunks)) <= 150


def test_a_scifact_abstract_below_the_limit_is_never_split() -> None:
    own = Chunker(word_piece(), 200, 32, 254)
    with gzip.open(shared("data", "scifact", "corpus.jsonl.gz")) as stream:
        records = [json.loads(line) for line in stream][:400]
    for record in records:
        tokens = sum(word_piece().count([record["title"], record["text"]]))
        chunks = own.chunk(document(record["text"], record["title"]), [])
        assert (len(chunks) == 1) == (tokens <= 252)
        assert all(size <= 254 for size in word_piece().count(own.embedding_texts(record["title"], chunks)))


def test_chunks_are_balanced_and_overlap_by_whole_sentences() -> None:
    text = "".join(f"Sentence number {n} says something about wings. " for n in range(60)).strip()
    chunks = chunker().chunk(document(text), [])
    assert max(sizes(chunks)) - min(sizes(chunks)) <= 24
    for left, right in pairwise(chunks):
        shared_part = text[right.start : left.end]
        assert shared_part.startswith("Sentence number")
        assert shared_part.endswith(".")
        assert word_piece().count([shared_part])[0] <= 20


def test_sections_are_kept_apart_and_small_ones_together() -> None:
    text, headings = "", []
    for name, count in (("Intro", 1), ("Long", 8), ("Small", 1), ("Tiny", 1), ("Last", 7)):
        headings.append(Heading(len(text), 2, name))
        text += f"{name}\n\n{SENTENCE * count}\n\n"
    chunks = chunker(100, 0, 110).chunk(document(text), headings)
    assert [chunk.text.split("\n")[0] for chunk in chunks] == ["Intro", "Long", "Small", "Last"]
    assert [chunk.headings for chunk in chunks] == [("Intro",), ("Long",), (), ("Last",)]
    assert "Tiny" in chunks[2].text


def test_code_and_tables_are_cut_between_lines() -> None:
    rows = "\n".join(f"name{n} | value {n} | a remark about the row" for n in range(60))
    for chunk in chunker().chunk(document(rows), []):
        assert chunk.text.startswith("name")
        assert chunk.text.endswith("row")


def test_a_sentence_without_end_is_cut_between_words() -> None:
    text = " ".join(f"word{n}" for n in range(300))
    chunks = chunker(overlap=0).chunk(document(text), [])
    assert " ".join(chunk.text for chunk in chunks) == text
    assert max(sizes(chunks)) <= 128


@pytest.mark.parametrize("text", ["天地玄黄宇宙洪荒" * 200, "ab1" * 4000, "กขค" * 3000, "\u200b" * 5000])
def test_text_without_spaces_is_cut_all_the_same(text: str) -> None:
    chunks = chunker(overlap=0).chunk(document(text), [])
    assert "".join(chunk.text for chunk in chunks) == text
    assert max(len(chunk.text) for chunk in chunks) <= 16 * 128


def test_white_space_does_not_swell_a_chunk() -> None:
    chunks = chunker().chunk(document("a" + " " * 50_000 + "b"), [])
    assert [chunk.text for chunk in chunks] == ["a", "b"]


def test_the_context_is_embedded_but_not_what_the_chunk_shows_itself() -> None:
    own = chunker()
    heading = Heading(0, 2, "Slipstream")
    (chunk,) = own.chunk(document("Slipstream\n\nIt flows."), [heading])
    assert chunk.headings == ("Slipstream",)
    assert own.embedding_text("Wings", chunk) == "Wings\nSlipstream\n\nIt flows."
    (plain,) = own.chunk(document("It flows."), [heading])
    assert own.embedding_text("Wings", plain) == "Wings > Slipstream\nIt flows."


def test_a_long_context_is_shortened_at_a_word_and_the_text_never() -> None:
    own = chunker(100, 0, 100)
    title = "an experimental investigation of wings " * 30
    for chunk in own.chunk(document(SENTENCE * 40, title), []):
        text = own.embedding_text(title, chunk)
        context, _, body = text.partition("\n")
        assert body == chunk.text
        assert title.startswith(context)
        assert title[len(context)] == " "
        assert 95 <= word_piece().count([text])[0] <= 100 or len(chunk.text) < 300


def test_a_chunk_of_another_encoder_is_refused() -> None:
    (chunk,) = Chunker(word_piece(), 200, 0, 254).chunk(document(SENTENCE * 15), [])
    with pytest.raises(UsageError, match="longer than the encoder's 128 tokens"):
        chunker().embedding_text("Wings", chunk)


def test_version_names_all_that_moves_boundaries() -> None:
    assert chunker().version == "structure/5 target=100 overlap=20 max=128"


@pytest.mark.parametrize(("target", "overlap", "limit"), [(8, 0, 100), (200, 0, 100), (100, 51, 100), (100, -1, 100)])
def test_senseless_sizes_are_refused(target: int, overlap: int, limit: int) -> None:
    with pytest.raises(UsageError):
        chunker(target, overlap, limit)


def test_a_header_that_leaves_no_more_room_than_the_overlap_is_survived() -> None:
    """A division by zero ended whole ingests."""
    text = "one two three four\n" + "".join(f"word{n} and more\n" for n in range(40))
    counter = word_piece()
    tokens = TokenMap(text, counter)
    lines = [match.span() for match in re.finditer(r"[^\n]+", text)]
    units = [Unit(*line, header=lines[0]) for line in lines[1:]]
    header = tokens.weights([lines[0]])[0]
    for limit in range(header + 2, header + 30):
        found = list(Cutter(text, tokens, counter, 40, 12).chunks(units, limit))
        assert [span for span, _ in found] and found[-1][0][1] == lines[-1][1]


def test_entries_that_hold_bars_make_no_table_of_a_log() -> None:
    said = ["WWEN[enabled], and the radio was woken by it. It sleeps since then"] * 19 + ["names = a | b | c"]
    log = "\n".join(f"Jul  1 09:{n // 60:02}:{n % 60:02} host app[{n}]: {said[n % 20]}" for n in range(200))
    chunks = chunker().chunk(document(log), [])
    assert len(chunks) > 10 and all(chunk.text.startswith("Jul  1 09:") and not chunk.header for chunk in chunks)


def test_a_question_is_the_header_of_the_numbers_below_it() -> None:
    question = "How satisfied are you with the quality of the food and of the drinks in the cafeteria?"
    table = f"name | {question}\n" + "".join(f"Person number {n} | {n % 5}\n" for n in range(60))
    chunks = chunker().chunk(document(table), [])
    assert len(chunks) > 2 and all(chunk.header.startswith("name | How satisfied") for chunk in chunks[1:])


@pytest.mark.parametrize("text", ["One two.\n\n", "One two.\n\n \n\nThree four.", "\n\nOne two three."])
def test_blank_paragraphs_make_no_chunks(text: str) -> None:
    counter = word_piece()
    runs = list(Paragraphs(text, TokenMap(text, counter)).runs(0, len(text)))
    assert runs and all(runs)
