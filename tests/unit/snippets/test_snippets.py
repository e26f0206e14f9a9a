"""Snippets begin where something begins, hold what was demanded, and show rows with their header and code by lines."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.snippets import lines
from engine.lexical.analysis import analyse
from engine.lexical.query import parse_query
from engine.snippets.cutting import HEADER, LENGTH, LINES, REST, ROW, Cutter
from engine.snippets.finding import wanted
from engine.snippets.layout import units_of
from engine.text.layout import fences
from engine.types import Chunk, Document, Snippet


class Counts:
    """Statistics in which "rare..." words are rare, and others are not."""

    chunk_count, title_length, body_length = 1000, 0, 0

    def document_frequency(self, term: str) -> int:
        return 1 if term.startswith("rare") else 100


def cut(
    text: str,
    query: str,
    *,
    start: int = 0,
    end: int | None = None,
    language: str = "en",
    title: str = "Title",
    evidence: tuple[int, int] | None = None,
) -> Snippet:
    end = len(text) if end is None else end
    document = Document("d", "d", title, text, language)
    chunk = Chunk("d#0", "d", 0, start, end, text[start:end])
    cutter = Cutter(wanted(parse_query(query, [language], ()), Counts()))
    return cutter.snippet(document, chunk, evidence)


def marked(snippet: Snippet) -> list[str]:
    return [snippet.text[low:high] for low, high in snippet.marks]


FILLER = "Nothing of any interest to anybody stands in this sentence. "


def test_the_sentence_with_the_rare_words_is_shown_from_its_beginning() -> None:
    answer = "The rarest and rarely seen thing is here."
    snippet = cut(
        FILLER * 4 + "A common word, word, word. " + FILLER * 6 + answer + " " + FILLER * 9, "word rarest rarely"
    )
    assert snippet.text.startswith(answer) and not snippet.before and snippet.after
    assert marked(snippet) == ["rarest", "rarely"]


def test_distinct_words_count_before_repetitions() -> None:
    text = "Word word word word word. " + FILLER * 8 + "A word about the river. " + FILLER * 8
    assert cut(text, "word river").text.startswith("A word about the river.")


def test_function_words_are_not_marked_unless_there_is_nothing_else() -> None:
    assert marked(cut('How do I swap "n" and "i" in a river?', "how do I find the river")) == ["river"]
    assert marked(cut("To be or not to be.", "to be or not")) != []
    assert marked(cut("Le chien est dans la maison.", "le chien dans", language="fr")) == ["chien"]


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("knn", "Use the knn_vector field.", ["knn_vector"]),
        ("knn.algo_param.ef_search", "Set ef_construction or knn.algo_param.ef_search.", ["knn.algo_param.ef_search"]),
        ("knn.algo_param.ef_search", "Only ef_search is here.", ["ef_search"]),
        ("ef_search", "the ef in a search", ["ef", "search"]),
        ("X-Forwarded-For", "the header x-forwarded-for: 1", ["x-forwarded-for"]),
        ("maxShards", "Give maxShards, or shards.", ["maxShards"]),
        ("2.11.0", "Since v2.11.0 or 2.11.0.", ["v2.11.0", "2.11.0"]),
        ("cancel", "He cancelled.", ["cancelled"]),
        ("塑料", "请回收塑料垃圾。", ["塑料"]),
    ],
)
def test_identifiers_are_marked_whole(query: str, text: str, expected: list[str]) -> None:
    assert marked(cut(text, query)) == expected


def test_a_whole_identifier_is_shown_before_its_parts() -> None:
    text = (
        "The cluster of max shards per node. "
        + FILLER * 9
        + "Set cluster.max_shards_per_node to raise it. "
        + FILLER * 9
    )
    assert "cluster.max_shards_per_node" in cut(text, "cluster.max_shards_per_node").text


@pytest.mark.parametrize("sentence", ["It says red fox here. ", "word " * 90 + "red fox " + "word " * 90 + ". "])
def test_a_demanded_phrase_is_always_in_it(sentence: str) -> None:
    text = "Rare rarest rarely. A red thing and a fox. " + FILLER * 8 + sentence + FILLER * 8
    snippet = cut(text, '"red fox" rare rarest rarely')
    assert "red fox" in snippet.text


def test_a_row_is_shown_whole_with_its_header_which_may_stand_before_the_passage() -> None:
    rows = [f"setting.{n} | Dynamic | {n} | {'What it does, at some length. ' * 4}" for n in range(12)]
    text = "Settings\n\nThe table lists them.\n\nSetting | Kind | Default | Description\n" + "\n".join(rows)
    start = text.index(rows[5])
    snippet = cut(text, "setting.9", start=start)
    assert snippet.kind == "table" and snippet.header == "Setting | Kind | Default | Description"
    assert snippet.text.startswith(rows[9].strip()) and not snippet.before


def test_the_header_is_not_repeated_above_itself_nor_told_of_a_paragraph() -> None:
    table = "Name | Meaning | Type\nrare | seldom seen | word\nwell | often | word"
    assert cut(table, "name rare").header == "" and cut(table, "name rare").text.startswith("Name | ")
    assert cut("Setting | Meaning | x\n\nA rare sentence.", "rare").header == ""


def test_a_row_is_shown_rather_than_its_header_alone_though_that_has_more_words() -> None:
    header = "State | Rarest | Rarely | " + " | ".join(f"Column {n}" for n in range(30))
    rows = [f"Rare{n} | " + " | ".join(["18,870"] * 32) for n in range(5)]
    snippet = cut("\n".join([header, *rows]), "rarest rarely rare3")
    assert snippet.text.startswith("Rare3 | ") and snippet.header.startswith("State | Rarest")


@pytest.mark.parametrize(
    "below", ["Rarest | April 6\nRarely | 7:30", "rarest = 1;\nrarely = {2}", "Rarest days.\n\nRarely."]
)
def test_a_heading_is_shown_with_what_follows_it_of_whatever_kind(below: str) -> None:
    snippet = cut(f"The rare heading of it\n\n{below}\n\n" + FILLER * 9, "rare heading rarest rarely")
    assert {"rare", "heading"} <= set(marked(snippet)) and "arely" in snippet.text and "arest" in snippet.text
    assert snippet.text.startswith("The rare heading")


def test_words_of_the_title_count_less_than_those_that_only_some_passages_have() -> None:
    text = "The rare thing of rare things takes parameters. " + FILLER * 9 + "Rarest is 5."
    assert "Rarest is 5" in cut(text, "rare rarest", title="Rare").text
    assert cut(FILLER * 9 + "The rare thing.", "rare", title="Rare").text.endswith("The rare thing.")


def test_raw_markdown_tables_lose_their_delimiter_row() -> None:
    text = (
        "| Name | Meaning |\n|------|---------|\n"
        + "".join(f"| n{n} | {'said ' * 30} |\n" for n in range(9))
        + "| rare | yes |"
    )
    snippet = cut(text, "rare")
    assert snippet.text == "| rare | yes |" and snippet.header == "| Name | Meaning |"


CODE = (
    "PUT /index\n{\n"
    + "".join(f'  "setting{n}": {{\n    "value": {n}\n  }},\n' for n in range(9))
    + '  "rarest": true\n}'
)


def test_code_keeps_its_lines_and_indentation() -> None:
    snippet = cut(f"An example follows.\n\n{CODE}\n\nThat was it.", "rarest")
    assert snippet.kind == "code" and snippet.text.count("\n") < LINES
    assert '  "rarest": true' in "\n" + snippet.text and snippet.text in CODE
    assert snippet.start == 0 or f"An example follows.\n\n{CODE}"[snippet.start - 1] == "\n"


def test_fenced_lines_are_code_even_if_the_fence_stands_before_the_passage() -> None:
    text = "Text.\n\n```\nfirst of many words in this very line\nrare words as in a sentence\n```\n\nAfter it."
    assert cut(text, "rare").kind == "code" and "```" not in cut(text, "rare").text
    assert cut(text, "rare", start=text.index("rare")).kind == "code"
    assert cut(text, "after").kind == "prose"


def test_the_row_that_begins_with_an_identifier_is_preferred_to_one_that_speaks_of_it() -> None:
    rows = ["a.limit | Less than a.b_limit and a.c of the limit", "a.b_limit | The limit", "z | z"]
    text = "Name | Meaning\n" + "\n".join(row + " and so on" * 25 for row in rows)
    assert cut(text, "a.b_limit").text.startswith("a.b_limit | The limit")


def test_the_end_of_a_passage_is_shown_with_what_stands_before_it() -> None:
    assert cut(FILLER * 12 + "The rarest.", "rarest").text == (FILLER * 6 + "The rarest.")


@pytest.mark.parametrize(("words", "whole"), [(14, True), (40, False)])
def test_a_sentence_that_a_little_more_would_end_is_shown_to_its_end(words: int, whole: bool) -> None:
    text = "The rarest. " + FILLER * 6 + "And then" + " more" * words + " comes. " + FILLER * 9
    assert cut(text, "rarest").text.endswith("comes.") is whole


def test_a_list_is_shown_from_an_item() -> None:
    text = "".join(f"- Item {n}: {FILLER}\n" for n in range(8)) + "1. The rarest. It is here.\n" + f"2. {FILLER}\n" * 8
    assert cut(text, "rarest").text.startswith("1. The rarest. It is here.")


def test_a_first_line_that_repeats_the_title_is_left_out() -> None:
    assert cut("Title\n\nThe rare thing.", "rare title").text == "The rare thing."
    assert cut("Title", "title").text == "Title"


def test_what_the_reranker_read_is_preferred_to_words_but_not_to_phrases() -> None:
    text = "A rare word. " + FILLER * 20 + "What the reranker liked. " + FILLER * 20
    liked = text.index("What")
    assert "What the reranker liked." in cut(text, "rare", evidence=(liked, liked + 24)).text
    assert "A rare word." in cut(text, '"rare word"', evidence=(liked, liked + 24)).text


def test_a_passage_without_any_word_is_shown_from_its_beginning() -> None:
    assert cut(FILLER * 20, "river").start == 0
    assert cut("", "river") == Snippet(0, 0, "")


SCRIPTS = "ab  é\u0301.!?\n\n|-#\"{}_;:'检索。版กาลं\u0939\u093f שלום,"
TEXTS = st.one_of(
    st.text(SCRIPTS, max_size=900),
    st.text(max_size=200),
    st.builds(lambda word, times: word * times, st.text("xé检ก\u0301", min_size=1, max_size=3), st.integers(0, 900)),
    st.lists(
        st.sampled_from([FILLER, "a | b | c\n", '  "key": 1,\n', "- item\n", "\n\n", "```\n", "red fox "]), max_size=40
    ).map("".join),
)


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.data())
def test_a_snippet_lies_in_its_passage_and_is_short_and_begins_where_something_begins(
    text: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    query = data.draw(st.sampled_from(["red fox", "検 索", "a b", "é", "-", "กา", "key item"]))
    snippet = cut(text, query, start=start, end=end, language=data.draw(st.sampled_from(["en", "zh", "und"])))
    passage = text[start:end]
    assert passage[snippet.start : snippet.end] == snippet.text
    assert len(snippet.text) <= (ROW if snippet.kind == "table" else LENGTH + REST) and len(snippet.header) <= HEADER
    assert all(0 <= low < high <= len(snippet.text) for low, high in snippet.marks)
    assert all(first[1] <= second[0] for first, second in pairwise(snippet.marks))
    assert snippet.kind != "code" or len(snippet.text.split("\n")) <= 2 * LINES
    if passage.strip() and units_of(text, start, end, fences(text)):
        assert snippet.text.strip() and snippet.text == snippet.text.rstrip()
        assert snippet.before or snippet.start in {
            unit.start - start for unit in units_of(text, start, end, fences(text))
        }
        assert snippet.after == bool(passage[snippet.end :].strip())


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.sampled_from([FILLER, "word " * 50, "a | b | c\n", "\n\n", "  x = 1\n", "红 ", "z" * 400 + " "]), max_size=30
    ),
    st.data(),
)
def test_a_demanded_phrase_is_in_it_wherever_it_stands(parts: list[str], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(parts)))
    text = "".join([*parts[:place], " red  fox ", *parts[place:]])
    snippet = cut(text, '"red fox" word')
    assert {"red", "fox"} <= set(analyse(snippet.text, "en")) and "red  fox" in snippet.text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("        a = 1\n        if a:\n            b()", "a = 1\nif a:\n    b()"),
        (
            "def f(self):\n        a = 1\n            b()",
            "def f(self):\n    a = 1\n        b()",
        ),  # the first line's is lost
        ("/// Adds rules.\n    ///\n    fn add() {\n        x()", "/// Adds rules.\n///\nfn add() {\n    x()"),
        ("x = [\n  1,\n]", "x = [\n  1,\n]"),
        ("\tif a {\n\t\tb()\n\t}", "if a {\n\tb()\n}"),
        ("func f() {\n\t\tb()\n\t}", "func f() {\n\tb()\n}"),
        ("    only one line", "only one line"),
    ],
)
def test_code_is_shown_without_the_indentation_that_all_of_it_has(text: str, shown: str) -> None:
    snippet = Snippet(0, len(text), text, kind="code")
    assert "\n".join("".join(piece.text for piece in line) for line in lines(snippet)) == shown
