"""`winnow ask-document`: one document, of any format, and nothing left behind."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

from engine.errors import ParseFailed
from indexer.in_document import open_document
from tests.conftest import Models, Outcome, Winnow
from tests.support.files.warc import warc
from tests.support.pdfs import make_pdf

WORDS = "The river and the bridge of the city. "
TEXT = WORDS * 12 + "\n\nThe winnow search engine ranks a passage for a query.\n\n" + WORDS * 12


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go during the test, and where none may be left."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("WINNOW_HOME", str(tmp_path / "untouched"))
    return folder


@pytest.fixture
def ask(winnow: Winnow, models: Models, scratch: Path) -> Callable[..., Outcome]:
    return lambda *arguments: winnow("ask-document", *arguments, "--models", models.option)


def documents(folder: Path) -> dict[str, Path]:
    lines = [WORDS.strip()] * 20 + ["The winnow search engine ranks a passage for a query."] + [WORDS.strip()] * 20
    contents = {
        "a.txt": TEXT.encode(),
        "a.md": f"---\nyear: 2020\n---\n# River\n\n{TEXT}".encode(),
        "a.html": f"<html><body><h1>River</h1><p>{TEXT}</p></body></html>".encode(),
        "a.pdf": make_pdf([lines], "River"),
    }
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    return {name: folder / name for name in contents}


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.pdf"])
def test_finds_the_passage_and_leaves_nothing(
    ask: Callable[..., Outcome], tmp_path: Path, scratch: Path, name: str
) -> None:
    outcome = ask(documents(tmp_path)[name], "winnow search engine", "--json", "-k", 3)
    assert outcome.code == 0, outcome.err
    result = outcome.json
    assert result["collection"] is None
    passages = [hit["text"] for hit in result["hits"]]
    assert len(passages) == 3 and len({hit["chunk_id"] for hit in result["hits"]}) == 3
    assert any("winnow search engine" in text for text in passages)
    assert {hit["uri"] for hit in result["hits"]} == {str(tmp_path / name)}
    assert list(scratch.iterdir()) == [] and not (tmp_path / "untouched").exists()


def test_for_a_person(ask: Callable[..., Outcome], tmp_path: Path) -> None:
    outcome = ask(documents(tmp_path)["a.md"], "winnow search engine", "-k", 1, "--explain")
    assert outcome.code == 0
    assert outcome.out.startswith("1. ") and "why: lexical #" in outcome.out


def test_what_is_no_document(ask: Callable[..., Outcome], tmp_path: Path, scratch: Path) -> None:
    (tmp_path / "junk.txt").write_bytes(bytes(range(256)) * 9)
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "table.xyz").write_bytes(b"\0")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.4 nonsense")
    for name, code, words in [
        ("", 2, "is not a file"),
        ("nowhere.txt", 2, "is not a file"),
        ("junk.txt", 1, "binary"),
        ("empty.txt", 1, "no text"),
        ("table.xyz", 1, "No parser reads .xyz"),
        ("broken.pdf", 1, "PDF"),
    ]:
        outcome = ask(tmp_path / name, "river")
        assert (outcome.code, outcome.out) == (code, ""), name
        assert words in outcome.err, outcome.err
        assert list(scratch.iterdir()) == []


def test_an_archive_answers_from_what_can_be_read(
    ask: Callable[..., Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "warcio", None)
    monkeypatch.setitem(sys.modules, "warcio.archiveiterator", None)  # the extra `web-archive`
    archive = tmp_path / "papers.zip"
    with ZipFile(archive, "w") as made:
        made.writestr("rivers/a.txt", TEXT)
        made.writestr("crawl.warc", warc(("resource", "http://a.b/c", "Words.", "text/plain")))
        made.writestr("photo.png", b"\x89PNG\r\n\x1a\n")
    outcome = ask(str(archive), "ranks a passage", "--json")
    assert outcome.code == 0, outcome.err
    assert "papers.zip!/rivers/a.txt" in str(outcome.json["hits"][0])
    assert f"left out: {archive}!/crawl.warc" in outcome.err and "winnow-search[web-archive]" in outcome.err
    assert f"left out: {archive}!/photo.png: a picture" in outcome.err
    with ZipFile(archive, "w") as made:
        made.writestr("crawl.warc", warc(("resource", "http://a.b/c", "Words.", "text/plain")))
    outcome = ask(str(archive), "ranks a passage")
    assert outcome.code == 1 and "winnow-search[web-archive]" in outcome.err


def test_many_questions_of_one_document(models: Models, tmp_path: Path, scratch: Path) -> None:
    with open_document(documents(tmp_path)["a.txt"], encoder=models.encoder, reranker="none") as document:
        first = document.search("winnow search engine", 1, collapse=False).hits[0]
        assert "winnow" in first.chunk.text
        assert document.search("bridge", 3, collapse=False).hits
    assert first.document.text.startswith("The river") and list(scratch.iterdir()) == []


def test_an_error_inside_leaves_nothing(models: Models, tmp_path: Path, scratch: Path) -> None:
    with pytest.raises(ParseFailed), open_document(documents(tmp_path)["a.txt"], encoder=models.encoder):
        raise ParseFailed("stop")
    assert list(scratch.iterdir()) == []


def test_what_is_not_stored_has_no_generation(ask: Callable[..., Outcome], tmp_path: Path) -> None:
    told = ask(documents(tmp_path)["a.txt"], "winnow")
    assert told.code == 0 and "candidates, " in told.err and "generation" not in told.err
