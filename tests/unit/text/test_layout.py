"""What the lines of a text are told to be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.text.layout import fences, stretches


def kinds(text: str) -> list[tuple[str, int]]:
    """The kind of each stretch, and how many lines it has."""
    return [(stretch.kind, len(stretch.lines)) for stretch in stretches(text, 0, len(text), fences(text))]


WRAPPED = """\
The wing was tested in a stream of air at several angles, and what the
balance showed was written down by two observers who could not see each
other, so that neither of them was led by the figures of the other one.
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One sentence. Another one.\n\nA paragraph.", [("prose", 2)]),
        (WRAPPED, [("prose", 3)]),
        ("- an item\n- another item\n  - one below it", [("prose", 3)]),
        ("Name | Kind\na | b\nc | d", [("table", 3)]),
        ("| Name | Kind |\n|------|------|\n| a | b |", [("table", 3)]),
        ("id\tname\tsize\n1\tfirst\t20\n2\tsecond\t30", [("table", 3)]),
        ("id,name,size\n1,first,20\n2,second,30", [("table", 3)]),
        ("def f(x):\n    return x\n\ndef g(x):\n    return f(x)", [("code", 4)]),
        ('{"index": {"_id": 1}}\n{"title": "a b"}\n{"index": {"_id": 2}}', [("code", 3)]),
        ("node.attr.type: s3 of ours\nnode.attr.name: <Name 1>\nnode.attr.path: <Path 1>", [("code", 3)]),
        ("Jun 15 04:00:00 combo sshd: failure\nJun 15 04:00:01 combo sshd: failure", [("log", 2)]),
        ("2024-01-01T10:00:00Z a\nTraceback\n2024-01-01T10:00:01Z b", [("log", 3)]),
        ("[Sun Dec 04 04:47:44 2005] [notice] a\n[Sun Dec 04 04:47:45 2005] [error] b", [("log", 2)]),
        ('127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET /"\n' * 2, [("log", 2)]),
        ("081109 203615 148 INFO dfs.DataNode: a\n081109 203807 222 INFO dfs.DataNode: b", [("log", 2)]),
        ("1 Introduction ........ 3\n2 Method . . . . . . 14\n3 Results … xvi", [("contents", 3)]),
        ("Wait .... 3\n\nA paragraph.", [("prose", 1), ("prose", 1)]),
        ("Mill Lane 4\nOld Town\nEngland", [("lines", 3)]),
        ("A sentence to begin.\nAnd one a line.\nNo more than that.", [("prose", 3)]),
    ],
)
def test_the_kinds(text: str, expected: list[tuple[str, int]]) -> None:
    assert kinds(text) == expected


def test_an_indented_comment_does_not_end_code_and_prose_does() -> None:
    body = "def f(x):\n    y = x\n\n    {}\n\n    return y"
    comment = '"Explain at some length in plain English words what is done here"'
    assert kinds(body.format(comment)) == [("code", 4)]
    assert kinds("x = 1\n\nThis explains at some length what was done there.\n\ny = 2\nz = 3")[1] == ("prose", 1)


def test_a_sentence_among_lines_of_code_is_prose() -> None:
    text = "$ vespa deploy ./app\nThe first deployment may take some minutes on most machines.\n$ vespa feed a.json"
    assert kinds(text) == [("code", 1), ("prose", 1), ("code", 1)]


def test_the_foot_and_the_head_of_a_page_do_not_end_a_table_of_contents() -> None:
    entry = "1.1 Purpose ............ 7\n"
    assert kinds(entry * 3 + "\nFielding [Page 2]\n\nRFC 2616 HTTP/1.1\n\n" + entry * 3) == [("contents", 8)]


def test_fences_make_code_of_any_line_and_one_that_is_never_closed_is_none() -> None:
    text = "Text.\n\n```\nA sentence, as it seems.\n\nAnother one.\n```\n\nText.\n\n~~~\n\nMore text."
    assert kinds(text) == [("prose", 1), ("code", 4), ("prose", 3)]


def test_a_row_is_told_by_its_whole_line_though_the_passage_begins_inside_it() -> None:
    text = "a | b | c\nd | e | f"
    (stretch,) = stretches(text, 2, len(text), [])
    assert stretch.kind == "table" and stretch.lines[0] == (2, 9)


PIECES = [
    "a | b | c\n",
    "x = 1;\n",
    "    y\n",
    "\n",
    "Words. ",
    "- item\n",
    "```\n",
    "1 A ..... 2\n",
    "10:00:01 x\n",
    "a\tb\n",
]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=30).map("".join), st.data())
def test_every_line_that_is_not_blank_is_in_one_stretch_in_order(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    lines = [line for stretch in stretches(text, start, end, fences(text)) for line in stretch.lines]
    assert lines == sorted(lines)
    assert "".join("".join(text[slice(*line)].split()) for line in lines) == "".join(text[start:end].split())
