"""The query language: what is an operator, and that all the rest is plain text."""

from __future__ import annotations

import pytest

from engine.lexical.query import MAX_CLAUSES, MAX_TERMS, PROSE, Clause, parse_query

FIELDS = {"author", "year", "std"}


def test_plain_words() -> None:
    query = parse_query("  Running \n dogs\tdogs ", ["en"], FIELDS)
    assert query.text == "Running dogs dogs"
    assert query.terms == (("run",), ("dog",), ("dog",))
    assert not query.required and not query.excluded and not query.filters and not query.capped


@pytest.mark.parametrize(
    "text",
    [
        "http://example.org/a?b=c",
        "12:30",
        "fs::vector",
        "unknown:thing",
        "author:",
        ":x",
        'a "quote that never ends',
        '5"6 inch',
        "- lone minus",
        "-5 degrees",
        "--verbose",
        "well-known",
        "OR",
        "AND or NOT",
        "(a + b) * c && !d ^2 ~1 [x TO y] \\",
        "😀 \x00 \x1b",
        "",
    ],
)
def test_plain_text_stays_plain(text: str) -> None:
    query = parse_query(text, ["en"], FIELDS)
    assert query.text == " ".join(text.split())
    assert not query.required and not query.excluded and not query.filters and not query.excluded_filters


def test_phrases_are_required_and_scored() -> None:
    query = parse_query('big "running dogs" “white cats”', ["en", "fr"], FIELDS)
    assert query.required == (
        Clause((("run", "dog"), ("running", "dog"))),
        Clause((("white", "cat"), ("whit", "cat"))),
    )
    assert query.text == "big running dogs white cats"
    assert query.terms[1] == ("run", "running")


def test_exclusions() -> None:
    query = parse_query('cats -dogs -"big birds" -covid-19 -std::vector -"2024"', ["en"], {"author"})
    assert query.text == "cats"
    assert query.terms == (("cat",),)
    assert [clause.readings for clause in query.excluded] == [
        (("dog",),),
        (("big", "bird"),),
        (("covid", "19"), ("covid19",)),
        (("std", "vector"),),
        (("2024",),),
    ]


def test_filters() -> None:
    query = parse_query('author:"Jane Doe" rain -author:Bob year:2020 unknown:x', ["en"], FIELDS)
    assert query.filters == (("author", "Jane Doe"), ("year", "2020"))
    assert query.excluded_filters == (("author", "Bob"),)
    assert query.text == "rain unknown:x"


def test_title_words_are_required_of_the_title_and_leave_the_ranking_to_the_others() -> None:
    query = parse_query('title:Rain -title:"acid rain" snow', ["en"], FIELDS)
    assert query.required == (Clause((("rain",),), "title"),)
    assert query.excluded == (Clause((("acid", "rain"),), "title"),)
    assert query.text == "snow" and query.terms == (("snow",),)


@pytest.mark.parametrize("text", ["title:Rain", 'title:"acid rain"', "title:Rain ...", "title:Rain -snow"])
def test_title_words_rank_where_there_are_no_others(text: str) -> None:
    assert ("rain",) in parse_query(text, ["en"], FIELDS).terms


def test_or_is_an_operator_only_between_words() -> None:
    assert parse_query("cats OR dogs", ["en"], FIELDS).terms == (("cat",), ("dog",))
    assert parse_query("hotels Portland OR", ["en"], FIELDS).text == "hotels Portland OR"
    assert parse_query('"OR"', ["en"], FIELDS).required == (Clause((("or",),)),)


def test_or_of_a_phrase_demands_one_of_the_choice() -> None:
    query = parse_query('"acid rain" OR smog OR "sea level" coast', ["en"], FIELDS)
    assert query.required == (Clause((("acid", "rain"), ("smog",), ("sea", "level"))),)
    assert query.text == "acid rain smog sea level coast" and query.as_words == ()
    assert parse_query('smog OR "acid rain"', ["en"], FIELDS).required == (Clause((("smog",), ("acid", "rain"))),)
    pasted = parse_query("word " * (PROSE + 1) + 'end "acid rain" OR "sea level"', ["en"], FIELDS)
    assert not pasted.required and pasted.text.endswith("end acid rain sea level")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("pears OR year:1815", ["OR"]),
        ("year:1815 OR year:1816", ["OR"]),
        ("title:rain OR snow", ["OR"]),
        ("pears OR -apples", ["OR"]),
        ('"acid rain" OR -smog', ["OR"]),
        ("pears OR NOT apples", ["OR"]),
        ("(pears OR apples) AND honey", ["( )", "AND"]),
        ("pears AND honey OR apples", ["AND"]),
        ("PEARS AND APPLES", ["AND"]),
        ("HTTP NOT TLS", ["NOT"]),
        ("you should NOT use force", ["NOT"]),
        ("pears AND apples", []),
        ("pears OR apples OR honey", []),
        ("pears NOT apples", []),
        ("PEARS OR APPLES", []),
        ("Portland OR", []),
        ("NOT apples", []),
    ],
)
def test_operators_that_are_not_honoured_are_told(text: str, told: list[str]) -> None:
    assert list(parse_query(text, ["en"], FIELDS).as_words) == told


def test_clauses_without_a_word_ask_for_nothing() -> None:
    query = parse_query('cats -!!! "..." title:??? ""', ["en"], FIELDS)
    assert not query.required and not query.excluded


def test_a_query_of_exclusions_has_no_terms() -> None:
    query = parse_query("-cats -dogs", ["en"], FIELDS)
    assert query.terms == () and query.text == "" and len(query.excluded) == 2


def test_long_queries_are_read_and_told() -> None:
    query = parse_query(" ".join(f"word{i}" for i in range(10_000)), ["en", "de", "fr"], FIELDS)
    assert query.capped and query.terms
    assert parse_query(" ".join(f"-word{i}" for i in range(10_000)), ["en"], FIELDS).capped
    parse_query('"' * 10_000, ["en"], FIELDS)
    parse_query("a:" * 10_000, ["en"], FIELDS)
    parse_query('"' + "word " * 10_000 + '"', ["en"], FIELDS)


def test_the_caps_are_exact() -> None:
    assert not parse_query(" ".join(f"w{i}" for i in range(MAX_TERMS)), ["en"], ()).capped
    assert parse_query(" ".join(f"w{i}" for i in range(MAX_TERMS + 1)), ["en"], ()).capped
    assert not parse_query(" ".join(f"-w{i}" for i in range(MAX_CLAUSES)), ["en"], ()).capped
    assert parse_query(" ".join(f"-w{i}" for i in range(MAX_CLAUSES + 1)), ["en"], ()).capped


def test_beyond_so_many_plain_words_quotes_and_minus_signs_are_prose() -> None:
    words = " ".join(f"w{i}" for i in range(PROSE))
    signs = '"running dogs" -cats author:Bob title:rain'
    typed, pasted = (
        parse_query(f"{words} {signs}", ["en"], FIELDS),
        parse_query(f"{words} more {signs}", ["en"], FIELDS),
    )
    assert [clause.field for clause in typed.required] == ["text", "title"] and len(typed.excluded) == 1
    assert typed.notes == []
    assert [clause.field for clause in pasted.required] == ["title"] and not pasted.excluded
    assert pasted.text == f"{words} more running dogs cats"
    assert pasted.filters == typed.filters == (("author", "Bob"),)
    assert pasted.notes == ["query:prose"]


def test_prose_without_signs_has_nothing_to_tell() -> None:
    assert parse_query("word " * (PROSE + 1) + "author:Bob", ["en"], FIELDS).notes == []


@pytest.mark.parametrize(
    ("text", "words", "told"),
    [
        ("(cat OR dog) food", "cat dog food", ["( )"]),
        ('"a b" OR (c AND d)', "a b c d", ["( )", "AND"]),
        ("(cat dog) AND food", "cat dog food", ["( )"]),
        ("food AND (cat dog)", "food cat dog", ["( )"]),
        ("((cat OR dog) food) OR bird", "cat dog food bird", ["( )"]),
        ("[cat OR dog] food", "cat dog food", ["( )"]),
        ("-(cat dog) food", "- cat dog food", ["( )"]),
        ("f(x)", "f(x)", []),
        ("print(x) OR echo", "print(x) echo", []),
        ("array[0] OR list[1]", "array[0] list[1]", []),
        ("print(a, b) AND x", "print(a, b) x", []),
        ("(x) OR (y)", "(x) (y)", []),
        ("python (programming language)", "python (programming language)", []),
        ("cat NOT dog (see below)", "cat (see below)", []),
        ("open( OR )", "open( )", []),
        ("a AND (b", "a (b", []),
        (":-) OR (-:", ":-) (-:", []),
        ('say "(cat OR dog) food"', "say (cat OR dog) food", []),
    ],
)
def test_brackets_that_group_are_told_to_be_text(text: str, words: str, told: list[str]) -> None:
    query = parse_query(text, ["en"], FIELDS)
    assert (query.text, list(query.as_words)) == (words, told)


def test_a_phrase_in_brackets_is_a_phrase() -> None:
    query = parse_query('("gift card" OR voucher) refund', ["en"], FIELDS)
    assert [clause.readings for clause in query.required] == [(("gift", "card"), ("voucher",))]
    query = parse_query('("gift card") refund', ["en"], FIELDS)
    assert [clause.readings for clause in query.required] == [(("gift", "card"),)]


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000,
        ")" * 10_000 + " OR a",
        "(" * 5_000 + "a OR b" + ")" * 5_000,
        "( " * 5_000 + "a OR b" + " )" * 5_000,
        "([" * 5_000 + ")]" * 5_000,
        "(a OR " * 10_000,
        '("' * 5_000,
        "-(" * 5_000 + "a b" + ")" * 5_000,
    ],
)
def test_any_nesting_of_brackets_is_read(text: str) -> None:
    query = parse_query(text, ["en"], FIELDS)
    assert "( )" not in query.text and set(query.as_words) <= {"( )", "OR"}


def test_brackets_in_prose_are_told_by_nobody() -> None:
    query = parse_query('it failed ("no such file") again ' + "and again " * 20, ["en"], FIELDS)
    assert query.prose and query.as_words == ()
