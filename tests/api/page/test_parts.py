"""The parts of which pages are made: addresses, filters as text, excerpts, words, colours."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import engine.query.pipeline
import engine.query.reranking
import engine.query.retrieval
from api.page import wording
from api.page.address import Address
from api.page.clauses import clause_of, gathered
from api.page.excerpt import whole
from api.page.facets import fields_to_count, narrowing
from api.page.rendering import static_file
from api.page.source import web_address
from api.snippets import lines, pieces
from engine.filters import Equals, In, parse_filter
from engine.lexical.query import LexicalQuery
from engine.types import Chunk, Document, FacetCount, Hit, MetadataType, Snippet

VALUES = st.text(max_size=30) | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.dates()


@given(field=st.from_regex(r'[^\s:"-][^\s:"]*', fullmatch=True), value=VALUES)
def test_a_clause_reads_back_as_the_value(field: str, value: str | float | bool | date) -> None:
    parsed = parse_filter(clause_of(field, value))
    assert isinstance(parsed, Equals)
    assert parsed.field == field
    if isinstance(value, bool):
        assert parsed.value == str(value).lower()
    elif isinstance(value, float):
        assert float(str(parsed.value)) == value
    else:
        assert parsed.value == (value.isoformat() if isinstance(value, date) else value)


def test_fields_that_no_filter_can_name_are_not_offered() -> None:
    assert fields_to_count({"year": "number", "a field": "string", "tags": "list"}) == ("language", "tags", "year")


def test_dates_are_counted_though_many_other_fields_stand_before_them() -> None:
    schema: dict[str, MetadataType] = {f"field{number}": "string" for number in range(12)}
    counted = fields_to_count({**schema, "checked": "date", "modified": "date", "published": "date", "seen": "date"})
    assert counted[0] == "language" and counted[-3:] == ("published", "modified", "checked")


@pytest.mark.parametrize(
    ("clauses", "one"),
    [
        (["tags:a", "year:2020", "tags:b"], ("tags:a|b", "year:2020")),
        (["tags:a|b", 'tags:"c d"', "tags:a"], ('tags:a|b|"c d"',)),
        (["-tags:a", "-tags:b"], ("-tags:a", "-tags:b")),
        (["year:>=2000", "year:<2010", "year:2005"], ("year:>=2000", "year:<2010", "year:2005")),
        (["tags:a tags:b"], ("tags:a tags:b",)),
        (["nonsense", 'tags:"'], ("nonsense", 'tags:"')),
    ],
)
def test_values_of_a_field_are_one_clause(clauses: list[str], one: tuple[str, ...]) -> None:
    assert gathered(clauses) == one


@given(
    field=st.from_regex(r'[^\s:"-][^\s:"]*', fullmatch=True),
    texts=st.lists(st.text(max_size=20), min_size=2, max_size=4, unique=True),
)
def test_values_that_were_gathered_read_back(field: str, texts: list[str]) -> None:
    (clause,) = gathered([clause_of(field, text) for text in texts])
    assert parse_filter(clause) == In(field, tuple(texts))


def counts(*values: tuple[str | float | date, int]) -> list[FacetCount]:
    return [FacetCount(value, count) for value, count in values]


def test_only_fields_that_divide_the_documents_are_offered() -> None:
    found = narrowing(
        {
            "language": counts(("en", 98), ("de", 2)),  # nearly all alike
            "kind": counts(("page", 60), ("post", 40)),
            "file": counts(*((f"f{number}", 1) for number in range(20))),  # a name of each
            "colour": counts(("red", 2), ("blue", 2)),  # hardly any has it
            "all": counts(("yes", 100)),
            "day": counts(*((date(2020, 1, number), 1) for number in range(1, 21))),
            "made": counts((date(2020, 1, 1), 100)),
        },
        {"day": "date", "made": "date"},
        Address("c", "q"),
    )
    assert [facet.field for facet in found.facets] == ["kind"]
    assert [span.field for span in found.ranges] == ["day"]


def test_what_was_chosen_stays_though_nothing_has_it() -> None:
    address = Address("c", "q", ("tags:gone|a", "day:[2020-01-01..]", "day:<2022", "-kind:x"))
    found = narrowing(
        {"language": counts(("en", 9)), "tags": counts(("b", 6), ("a", 3)), "day": counts((date(2020, 1, 1), 9))},
        {"day": "date", "tags": "list"},
        address,
    )
    assert [(choice.label, choice.count, choice.chosen) for choice in found.facets[0].shown] == [
        ("b", 6, False), ("a", 3, True), ("gone", 0, True)
    ]  # fmt: skip
    assert [(span.field, span.low, span.high) for span in found.ranges] == [("day", "2020-01-01", "")]
    assert found.kept == ("day:<2022", "-kind:x")


def test_an_address_says_only_what_is_not_as_by_default() -> None:
    address = Address("c", "a b", ("year:2020",), "lexical", 0.5, cursor="x")
    assert str(address) == "/collections/c?q=a+b&filter=year%3A2020&mode=lexical&min_relevance=0.5&cursor=x"
    assert address.lacking("year").filter == ()
    assert address.lacking("tags") == replace(address, cursor=None)
    assert address.having("year:2020", "year:2021") == replace(address, filter=("year:2021",), cursor=None)
    assert address.having("year:2020").filter == ()
    assert str(address.of("d")) == "/collections/d?q=a+b"


def hit(text: str, marks: list[tuple[int, int]], title: str = "Title") -> Hit:
    document = Document("d", "d", title, text, "en")
    return Hit(Chunk("c", "d", 0, 0, len(text), text), document, 1.0, None, 1, {}, tuple(marks))


@given(
    text=st.text(st.sampled_from("ab .\n"), max_size=1500),
    cuts=st.lists(st.integers(0, 1500), max_size=12, unique=True).map(sorted),
)
def test_pieces_are_the_text_with_its_marks(text: str, cuts: list[int]) -> None:
    marks = [(low, high) for low, high in zip(cuts[::2], cuts[1::2], strict=False) if high <= len(text)]
    assert "".join(piece.text for piece in pieces(text, marks)) == text
    assert [piece.text for piece in pieces(text, marks) if piece.marked] == [text[low:high] for low, high in marks]
    for kind in ("prose", "table", "code"):
        shown = lines(Snippet(0, len(text), text, tuple(marks), kind))
        assert re.sub(r"\s", "", "".join(piece.text for line in shown for piece in line)) == re.sub(r"\s", "", text)


def read(snippet: Snippet) -> list[str]:
    return ["".join(piece.text for piece in line) for line in lines(snippet)]


def test_sentences_flow_and_items_rows_and_lines_of_code_stand_by_themselves() -> None:
    wrapped = "A line of more than forty characters which was\nwrapped.\n\n- an item\n- another"
    assert read(Snippet(9, 90, wrapped, before=True)) == [
        "… A line of more than forty characters which was wrapped.", "- an item", "- another",
    ]  # fmt: skip
    assert read(Snippet(0, 9, "a | b\nc | d", kind="table", after=True)) == ["a | b", "c | d …"]
    assert read(Snippet(0, 9, "  if a:\n\n      b", kind="code")) == ["if a:", "    b"]
    assert read(Snippet(0, 0, "", kind="code")) == []
    assert read(Snippet(0, 0, "")) == []


def test_a_whole_passage_does_not_repeat_the_title() -> None:
    assert whole(hit("Title\n\nText.", []))[0].text == "Text."
    assert whole(hit("Title", []))[0].text == "Title"


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "/srv/a.md",
        "https:///x",
        "https://a b",
        "http:",
    ],
)
def test_only_web_addresses_become_links(uri: str) -> None:
    assert web_address(uri) is None
    assert web_address("HTTPS://example.org/a") == "HTTPS://example.org/a"


def test_every_shortcoming_that_the_pipeline_can_name_has_words() -> None:
    modules = (engine.query.pipeline, engine.query.retrieval, engine.query.reranking)
    source = "".join(Path(str(module.__file__)).read_text(encoding="utf-8") for module in modules)
    named = set(re.findall(r'degraded\.append\("([^"]+)"\)', source))
    notes = LexicalQuery("", (), capped=True, prose=True, as_words=("-x",)).notes
    assert named and {*named, *notes, wording.UNANSWERED} == wording.DEGRADED.keys()
    assert f'"{wording.UNANSWERED}"' in source


def test_values_read_well() -> None:
    assert [wording.plain(value) for value in (True, 3.0, 2.5, date(2024, 2, 9), ("a", "b"), "x")] == [
        "yes",
        "3",
        "2.5",
        "9 February 2024",
        "a, b",
        "x",
    ]
    assert (wording.counted(1, "hit"), wording.counted(1204, "hit")) == ("1 hit", "1,204 hits")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(scheme: str) -> None:
    """WCAG 2.2, 1.4.3: a contrast of at least 4.5."""
    path, _ = static_file("style.css")
    found = re.findall(r"--([\w-]+): light-dark\(#([0-9a-f]{6}), #([0-9a-f]{6})\);", path.read_text(encoding="utf-8"))
    colours = {name: light if scheme == "light" else dark for name, light, dark in found}
    for text, ground in (
        ("ink", "paper"), ("ink", "raised"), ("quiet", "paper"), ("quiet", "raised"), ("accent", "paper"),
        ("accent-ink", "accent"), ("mark-ink", "mark"), ("alert", "paper"),
    ):  # fmt: skip
        light, dark = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
