"""What a person sees of a result, on terminals of any width and in pipes."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import api.terminal.rendering
from api.answers.searching import answer_of
from api.page.wording import DEGRADED
from api.terminal.rendering import read_as_each, show
from engine.terminal.output import print_json, printable
from engine.types import Chunk, Document, Hit, QueryReading, SearchResult, Snippet, StageScore

STAGES = {"lexical": StageScore(2, 3.25), "fusion": StageScore(1, 1.0)}


def hit(
    text: str,
    *,
    context: tuple[int, int] | None = None,
    rank: int = 1,
    highlights: tuple[tuple[int, int], ...] = (),
    **document: Any,
) -> Hit:
    found = Document("d", document.get("uri", "/docs/d.txt"), document.get("title", "Title"), text, "en")
    chunk = Chunk("d#0", "d", 0, 0, len(text), text, document.get("headings", ()))
    snippet = document.get("snippet", Snippet(0, len(text), text, highlights))
    return Hit(chunk, found, 0.5, None, rank, STAGES, highlights, snippet=snippet, context=context)  # type: ignore[arg-type]


def result(*hits: Hit, degraded: tuple[str, ...] = ()) -> SearchResult:
    return SearchResult("q", hits, 7, {"total": 12.3}, 4, degraded)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What `show` prints: (stdout, stderr), to a pipe unless a terminal's width is given."""

    def run(found: SearchResult, width: int | None = None, explain: bool = False, **wishes: Any) -> tuple[str, str]:
        out, err = io.StringIO(), io.StringIO()

        def console(stderr: bool = False, **options: Any) -> Console:
            terminal: dict[str, Any] = {"force_terminal": True, "width": width, "color_system": None} if width else {}
            return Console(file=err if stderr else out, **options, **terminal)

        monkeypatch.setattr(api.terminal.rendering, "Console", console)
        show(found, explain=explain, **wishes)
        return out.getvalue(), err.getvalue()

    return run


PROSE = "Uncommonly extraordinary responsibilities. " * 6


def test_a_pipe_gets_each_part_on_one_line_without_escapes(shown: Any) -> None:
    out, err = shown(result(hit(PROSE, title="T" * 200, uri="/a/" + "b" * 200)), explain=True)
    lines = out.splitlines()
    assert lines[0] == "1. " + "T" * 200
    assert lines[1] == "   /a/" + "b" * 200
    assert lines[2].strip() == PROSE.strip()
    assert lines[3] == "   why: lexical #2 (3.250) · dense - · fusion #1 (1.000) · rerank -"
    assert "\x1b" not in out and err == "7 candidates, generation 4, 12 ms\n"


@pytest.mark.parametrize("width", [30, 80, 200])
def test_a_terminal_wraps_between_words_and_indents(shown: Any, width: int) -> None:
    out, _ = shown(result(hit(PROSE)), width=width)
    lines = out.splitlines()
    assert all(len(line) <= width and line == line.rstrip() for line in lines)
    assert all(line.startswith("   ") for line in lines[1:] if line.strip())
    words = {word for line in lines[2:] for word in line.split()}
    assert words == {"Uncommonly", "extraordinary", "responsibilities."}


def test_code_keeps_its_lines_and_a_table_has_its_header_above(shown: Any) -> None:
    code = Snippet(0, 20, "if a:\n\tb = [1]\n\n    c", kind="code", before=True, after=True)
    out, _ = shown(result(hit("x", snippet=code)), width=30)
    assert out.splitlines()[2:5] == ["   … if a:", "       b = [1]", "       c …"]
    out, _ = shown(result(hit("x", snippet=Snippet(9, 20, "one | 1\ntwo | 2", kind="table", header="Name | Number"))))
    assert out.splitlines()[2:5] == ["   Name | Number", "   one | 1", "   two | 2"]


@pytest.mark.parametrize("text", ["x" * 5000, "检" * 5000, " " * 5000, "a\n\n\nb \t c", ""])
def test_texts_without_words_to_cut_between(shown: Any, text: str) -> None:
    out, _ = shown(result(hit(text)))
    assert out.splitlines()[2:-1] == [
        f"   {line}" for line in text.replace("\t", "").replace("  ", " ").split("\n") if line.strip()
    ]


def test_markup_and_escapes_are_shown_not_obeyed(shown: Any) -> None:
    out, _ = shown(result(hit("[red]text[/red] [link=x]", title="[bold]t", uri="/\x1b[2Ja\nb", headings=("[i]",))))
    assert "[red]text[/red] [link=x]" in out and "[bold]t  [i]" in out
    assert "/\ufffd[2Ja\ufffdb" in out and "\x1b" not in out


def test_no_name_of_a_picture_is_replaced_by_it(shown: Any) -> None:
    for width in (None, 80):
        out, _ = shown(result(hit("host:key:value :warning: :a:", title="std::b:", uri="/docs/a:b:c")), width=width)
        assert "host:key:value :warning: :a:" in out and "std::b:" in out and "/docs/a:b:c" in out


def test_every_console_leaves_names_of_pictures_alone() -> None:
    made = [
        (str(file), line)
        for folder in ("api", "benchmarks", "engine", "indexer")
        for file in (Path(__file__).parents[3] / folder).rglob("*.py")
        for line in file.read_text(encoding="utf-8").split("\n")
        if re.search(r"\bConsole\((?!\))", line)
    ]
    assert made and not [place for place in made if "emoji=False" not in place[1]]


def test_highlights_are_marked_where_there_are_colours(shown: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, color_system="standard", highlight=False)
    monkeypatch.setattr(api.terminal.rendering, "Console", lambda **options: console)
    show(result(hit("a needle\nin hay", highlights=((2, 8),))), explain=False)
    assert "\x1b[1;33mneedle\x1b[0m" in console.file.getvalue()  # type: ignore[attr-defined]


def test_remarks(shown: Any) -> None:
    out, err = shown(result(degraded=("rerank", "query:truncated")))
    assert out == ""
    first, *remarks = err.splitlines()[:3]
    assert first == "No hits."
    assert remarks == [f"note: {DEGRADED[code]}" for code in ("rerank", "query:truncated")]


def test_json_of_a_hit() -> None:
    found = answer_of(result(hit("text", highlights=((0, 2),))), "c", explain=True)
    assert found["hits"][0]["stages"] == {
        "lexical": {"rank": 2, "score": 3.25}, "fusion": {"rank": 1, "score": 1.0},
    }  # fmt: skip
    assert found["hits"][0]["highlights"] == [(0, 2)]


def test_json_is_utf8_whatever_is_in_it(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    value = {"path": "/a/\udcff", "half": "\ud83e", "text": "检索 🦉 \x1b\n"}
    print_json(value)
    out = capsysbinary.readouterr().out
    assert json.loads(out.decode("utf-8")) == value
    assert "检索 🦉" in out.decode("utf-8") and out.count(b"\n") == 1


def test_printable() -> None:
    assert printable("a\x1b[2Jb\x9b\ud800\n检索 🦉") == "a\ufffd[2Jb\ufffd\ufffd\ufffd检索 🦉"


def test_remarks_of_several_collections_say_whose_they_are() -> None:
    def read(**reading: Any) -> SearchResult:
        return SearchResult("q", (), 7, {"total": 1.0}, 4, reading=QueryReading(**reading))

    a = read(searched_for="pet", nowhere=("x", "y"), as_words=("-la",))
    b = read(nowhere=("y", "z"), as_words=("-la",))
    assert read_as_each({"a": a, "b": b}) == [
        "a: Searched for: pet (--verbatim searches for: q)",
        '"-la" was read as text, not as an operator.',
        'No document has "y".',
    ]
    assert read_as_each({"a": read(), "b": b}) == ['b: "-la" was read as text, not as an operator.']


def test_the_context_is_shown_after_the_snippet(shown: Any) -> None:
    text = "Before.\nThe hit.\nAfter \x1b[2J it."
    out, _ = shown(result(hit(text, snippet=Snippet(8, 16, "The hit.", ()), context=(0, len(text)))))
    assert "   The hit.\n   context:\n   Before.\n   The hit.\n   After \ufffd[2J it.\n" in out
    assert "context:" not in shown(result(hit(text)))[0]


def test_only_what_is_stored_has_a_generation(shown: Any) -> None:
    assert "generation 4" in shown(result())[1]
    assert "generation" not in shown(result(), stored=False)[1]
