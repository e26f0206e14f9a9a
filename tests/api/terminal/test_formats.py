"""--format: the same hits, documents and collections for people, programs, spreadsheets, notes and xargs."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from rich.console import Console

import api.terminal.rendering
from api.terminal.hit_formats import print_hits
from engine.terminal.records import file_of, link_to, markdown, print_files, print_records
from tests.conftest import Models, Winnow
from tests.support.documents import topical, write_folder, write_records

SEARCH = ("search", "river", "bridge", "-k", 4)


@pytest.fixture
def filled(winnow: Winnow, home: Path, models: Models, tmp_path: Path) -> Path:
    """`default` of records in one file, `pages` of two files, one of them with a name that needs quoting."""
    options = ["--home", home, "--models", models.option]
    assert winnow("ingest", write_records(tmp_path / "notes.jsonl", topical(6)), *options).code == 0
    pages = {"a.md": "# River\n\nThe long river.\n", "sub/two words.txt": "Here.\nA bridge over a river."}
    write_folder(tmp_path / "site", pages)
    assert winnow("ingest", tmp_path / "site", "-c", "pages", *options).code == 0
    return home


def test_json_is_the_same_by_both_names(winnow: Winnow, filled: Path) -> None:
    one, other = (winnow(*SEARCH, "--home", filled, *way).json for way in (["--json"], ["--format", "json"]))
    assert one.pop("timings_ms") and other.pop("timings_ms") and one == other
    for command in (["ls"], ["collections", "list"]):
        ways = [winnow(*command, "--home", filled, *way).out for way in (["--json"], ["--format", "json"])]
        assert ways[0] == ways[1]
    assert winnow(*SEARCH, "--home", filled).out == winnow(*SEARCH, "--home", filled, "--format", "table").out


@pytest.mark.parametrize("several", [[], ["-c", "default", "-c", "pages"]])
def test_hits_as_lines_and_as_a_table(winnow: Winnow, filled: Path, several: list[str]) -> None:
    search = (*SEARCH, "--home", filled, *several)
    hits = winnow(*search, "--json").json["hits"]
    lines = [json.loads(line) for line in winnow(*search, "--format", "jsonl").out.splitlines()]
    assert [line.pop("collection") for line in lines] == [hit.pop("collection", "default") for hit in hits]
    assert lines == hits
    rows = list(csv.DictReader(io.StringIO(winnow(*search, "--format", "csv").out)))
    assert [(row["document_id"], row["uri"], row["snippet"], float(row["score"])) for row in rows] == [
        (hit["document_id"], hit["uri"], hit["snippet"]["text"], hit["score"]) for hit in hits
    ]
    written = winnow(*search, "--format", "md").out
    assert [line[0] for line in written.splitlines() if line[:1].isdigit()] == [str(hit["rank"]) for hit in hits]


def test_files_are_paths_each_once(winnow: Winnow, filled: Path, tmp_path: Path) -> None:
    found = winnow(*SEARCH, "--home", filled, "--format", "files")
    assert found.out.splitlines() == [str(tmp_path / "notes.jsonl")]  # four records of one file
    pages = ("--home", filled, "-c", "pages", "--format", "files")
    listed = winnow("ls", *pages).out.splitlines()
    assert listed == [str(tmp_path / "site" / "a.md"), str(tmp_path / "site" / "sub" / "two words.txt")]
    assert sorted(winnow(*SEARCH, *pages).out.splitlines()) == listed
    assert sorted(winnow(*SEARCH, *pages, "-0").out.split("\0")) == ["", *listed]


def test_what_is_in_no_file_is_left_out_and_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    archive = tmp_path / "all.zip"
    archive.write_bytes(b"")
    print_files(["n1", f"{archive}!/in/a.txt", "https://example.org/a", f"{archive}#7", "/gone/b.txt"], null=False)
    said = capsys.readouterr()
    assert said.out.splitlines() == [str(archive), "/gone/b.txt"] and said.err.startswith("2 documents in no file")


def test_documents_and_collections_as_records(winnow: Winnow, filled: Path) -> None:
    documents = winnow("ls", "--home", filled, "--json").json["documents"]
    lines = winnow("ls", "--home", filled, "--format", "jsonl").out.splitlines()
    assert [json.loads(line) for line in lines] == documents
    rows = list(csv.DictReader(io.StringIO(winnow("collections", "list", "--home", filled, "--format", "csv").out)))
    assert [(row["name"], row["documents"]) for row in rows] == [("default", "6"), ("pages", "2")]
    table = winnow("collections", "list", "--home", filled, "--format", "md").out.splitlines()
    assert table[0].startswith("| name |") and set(table[1]) == {"|", "-", " "} and len(table) == 4


@pytest.mark.parametrize("format", ["jsonl", "csv", "md", "files"])
def test_nothing_found_is_nothing_printed(winnow: Winnow, filled: Path, format: str) -> None:
    asked = ("search", "river", "--filter", "year:1066", "--home", filled, "--format", format)
    out = winnow(*asked).out
    assert out.count("\n") == (format == "csv") and winnow(*asked).code == 0  # a header says what the columns are


@pytest.mark.parametrize(
    "options",
    [
        ["--json", "--format", "csv"],
        ["--null"],
        ["-0", "--format", "csv"],
        ["--format", "csv", "--facet", "year"],
        ["--format", "files", "--why-not", "d001"],
        ["--format", "md", "--explain"],
        ["--format", "xml"],
    ],
)
def test_wishes_that_do_not_go_together_are_refused(winnow: Winnow, filled: Path, options: list[str]) -> None:
    refused = winnow("search", "river", "--home", filled, *options)
    assert refused.code == 2 and refused.out == "" and refused.err


def test_collections_are_no_files(winnow: Winnow, filled: Path) -> None:
    assert winnow("collections", "list", "--home", filled, "--format", "files").code == 2


def test_one_document_has_formats_too(winnow: Winnow, models: Models, tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("# River\n\nThe long river.\n", encoding="utf-8")
    asked = ("ask-document", file, "river", "--models", models.option, "--format")
    (line,) = winnow(*asked, "jsonl").out.splitlines()
    assert json.loads(line)["uri"] == str(file) and f"(<{file.as_uri()}>)" in winnow(*asked, "md").out
    assert winnow(*asked, "files").code == 2


HOSTILE = '<img src=x onerror=a()> [x](javascript:a) `|` *b* \x1b[2J,"q"\n# head'


def test_what_was_stored_stays_text_in_markdown_and_csv(capsys: pytest.CaptureFixture[str]) -> None:
    print_records([{"title": HOSTILE, "n": None}], ("title", "n"), "csv")
    assert list(csv.reader(io.StringIO(capsys.readouterr().out))) == [["title", "n"], [HOSTILE, ""]]
    print_records([{"title": HOSTILE, "n": 3}], ("title", "n"), "md")
    line = capsys.readouterr().out.splitlines()[2]
    assert line.count("|") - line.count("\\|") == 3 and "\x1b" not in line and line.endswith("| 3 |")
    assert "\\<img" in markdown(HOSTILE) and "\\[x\\](javascript" in markdown(HOSTILE)


@pytest.mark.parametrize("kind", ["code", "table"])
def test_code_and_tables_keep_their_lines_in_markdown(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    snippet = {"kind": kind, "text": "```\nif a:\n    b", "header": "H" if kind == "table" else "", "place": "line 3"}
    hit = {
        "rank": 1,
        "title": "",
        "document_id": "d",
        "uri": "n1",
        "relevance": None,
        "headings": [],
        "snippet": snippet,
    }
    print_hits({"hits": [hit]}, "md")
    lines = [line.removeprefix("   ") for line in capsys.readouterr().out.splitlines()]
    header = ["H"] if kind == "table" else []
    assert lines == ["1. d, line 3", "", "````", *header, "```", "if a:", "    b", "````", ""]


def test_links_lead_to_files_and_the_web_only(tmp_path: Path) -> None:
    file = tmp_path / "a b#c.txt"
    file.write_text("x", encoding="utf-8")
    assert file_of(str(file)) == str(file) and link_to(str(file)) == file.as_uri()
    assert link_to(f"{file}#12") == file.as_uri()
    assert link_to("https://example.org/ä b>\x1b\\") == "https://example.org/%C3%A4%20b%3E%1B%5C"
    assert link_to("javascript:alert(1)") is None and link_to("notes/1") is None


def test_paths_are_links_on_a_terminal_and_plain_in_a_pipe(
    winnow: Winnow, filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("search", "bridge", "-c", "pages", "-k", 1, "--home", filled)
    path = tmp_path / "site" / "sub" / "two words.txt"
    piped = winnow(*asked).out
    assert f"   {path}:1  lines 1-2" in piped.splitlines() and "\x1b" not in piped
    for no_color in (False, True):
        monkeypatch.setattr(
            api.terminal.rendering,
            "Console",
            lambda no_color=no_color, **options: Console(
                force_terminal=True, color_system="standard", no_color=no_color, width=400, **options
            ),
        )
        shown = winnow(*asked).out
        assert f";{path.as_uri()}\x1b\\" in shown and f"{path}:1" in shown


def test_no_color_leaves_no_colour(winnow: Winnow, filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    colours = ("\x1b[3", "\x1b[1;3")
    assert any(colour in winnow(*SEARCH, "--home", filled).out for colour in colours)
    monkeypatch.setenv("NO_COLOR", "1")
    for command in (SEARCH, ("doctor",), ("search", "river", "-c", "nope")):
        told = winnow(*command, "--home", filled)
        assert not any(colour in told.out + told.err for colour in colours)
