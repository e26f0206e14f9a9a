"""A remedy can be followed from where it is shown: a command names options that it has, and other programs none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
import typer.main

from api.service.service import Service
from api.terminal.cli import build
from engine.collection import open_collection
from engine.errors import UsageError, WinnowError
from engine.query.request import Request
from indexer.ingest import ingest
from indexer.sandbox.parse import parse_upload
from indexer.sources.submitted import Submitted
from tests.conftest import Models, Winnow
from tests.support.pdfs import make_pdf

OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
ELSEWHERE = ("winnow tune", "winnow ingest", "winnow reembed", "winnow repair")
TEXT = b"The ferry leaves at six in the morning, and the tram at seven.\n" * 5


def options_of(command: str) -> set[str]:
    """All options of a command, and of `winnow` itself."""
    app = typer.main.get_command(build(command))
    own = app.commands[command]  # type: ignore[attr-defined]
    return {name for known in (app, own) for parameter in known.params for name in parameter.opts}


def check_possible(said: str, known: set[str]) -> None:
    assert set(OPTION.findall(said)) <= known, said
    assert not [name for name in ELSEWHERE if name in said], said


FILES: Mapping[str, bytes] = {
    "text.pdf": TEXT,
    "text.docx": TEXT,
    "picture.png": b"\x89PNG\r\n\x1a\n" + bytes(200),
    "scan.pdf": make_pdf([]),
    "broken.pdf": b"%PDF-1.7\n" + bytes(range(256)) * 4,
    "bytes.bin": bytes(range(256)) * 8,
    "empty.md": b"",
    "broken.zip": b"PK\x03\x04" + bytes(100),
}
ARGUMENTS = {
    "min_relevance": ["--min-relevance", "0.5"],
    "min_relevance without reranking": ["--min-relevance", "0.5", "--rerank", "none"],
    "depth": ["--depth", "x"],
    "an unknown model": ["--models", "nobody/nothing"],
    "a preset": ["--preset", "none"],
    "no option": ["--as", "text"],
    "k": ["-k", "0"],
    "an empty question": [],
}


@pytest.mark.parametrize("name", [*FILES, "a folder", "nothing"])
def test_ask_document_about_what_it_cannot_read(tmp_path: Path, winnow: Winnow, name: str) -> None:
    file = tmp_path / name
    if name in FILES:
        file.write_bytes(FILES[name])
    elif name == "a folder":
        file.mkdir()
    outcome = winnow("ask-document", file, "ferry")
    said = outcome.err.replace("`winnow ingest` takes folders", "")  # which says where else, and is no remedy
    assert outcome.code != 0 and outcome.err
    check_possible(said, options_of("ask-document"))


@pytest.mark.parametrize("name", ARGUMENTS)
def test_ask_document_with_what_makes_no_sense(
    tmp_path: Path, winnow: Winnow, models: Models, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    (tmp_path / "a.md").write_bytes(TEXT)
    question = " " if name == "an empty question" else "ferry"
    named = [] if "--models" in ARGUMENTS[name] else ["--models", models.option]
    outcome = winnow("ask-document", tmp_path / "a.md", question, *named, *ARGUMENTS[name])
    assert outcome.code != 0 and outcome.err
    known = options_of("ask-document") | ({"--as"} if name == "no option" else set())  # which it repeats
    check_possible(outcome.err, known)


@pytest.mark.parametrize("name", FILES)
def test_what_is_uploaded(name: str) -> None:
    try:
        parse_upload(FILES[name], name)
    except WinnowError as error:
        said = str(error).replace("; `winnow ingest` and `winnow ask-document` do with --ocr", "")  # those have it
        check_possible(said, set())


def test_a_single_document_cannot_be_tuned(tmp_path: Path, models: Models) -> None:
    with Service(tmp_path, offered=[("encoder", models.encoder), ("reranker", models.reranker)]) as service:
        wanted = Request("ferry", collapse=False, min_relevance=0.5)
        document = Submitted("d", TEXT.decode())
        with pytest.raises(UsageError) as refused:
            service.in_document.search(document, wanted, encoder=models.encoder, reranker=models.reranker)
    assert "tune" not in str(refused.value) and "single document" in refused.value.message


def test_a_collection_can(tmp_path: Path, models: Models) -> None:
    (tmp_path / "a.md").write_bytes(TEXT)
    ingest(
        [tmp_path / "a.md"], home=tmp_path / "home", collection="c", encoder=models.encoder, reranker=models.reranker
    )
    with open_collection("c", home=tmp_path / "home") as opened, pytest.raises(UsageError, match="winnow tune"):
        opened.search(Request("ferry", min_relevance=0.5))
