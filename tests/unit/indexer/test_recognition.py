"""Files of no known suffix: what they are by how they begin."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest

from engine.errors import UsageError
from indexer.parsers import parser_called, parser_for
from indexer.sources.source import Failed, Skipped, Source, discover


@pytest.mark.parametrize(
    ("name", "head", "parser"),
    [
        ("README", b"Some words.\n", "text"),
        ("notes.xyz", "Grüße".encode(), "text"),
        ("old.xyz", "Größe und Maß für die Übung. ".encode("latin-1") * 9, "text"),
        ("wide", "words".encode("utf-16"), "text"),
        ("empty", b"", "text"),
        ("page", b"<!DOCTYPE html>\n<html>", "html"),
        ("data", b'\xef\xbb\xbf<?xml version="1.0"?><a/>', "xml"),
        ("script", b"#!/usr/bin/env python3\nprint(1)\n", "code"),
        ("run", b"#!/bin/sh\n", "code"),
        ("ls.1", b'.\\" Comment\n.TH LS 1\n', "man"),
        ("printf.3p", b".Dd May 1\n.Dt PRINTF 3\n", "man"),
        ("bash.1", b".de FN\n\\fI\\\\$1\n..\n.if n .nr x 0\n.TH BASH 1\n", "man"),
        ("top.1", b".ig\nwords\n..\n\\#  Set up\n.TH TOP 1\n", "man"),
        ("top.1", b"\\# a comment\n.ds We top\n.TH TOP 1\n", "man"),
        ("cpan.1", b'.\\" Standard preamble:\n.de Sp \\" Space\n.if t .sp\n..\n.TH CPAN 1\n', "man"),
        ("copy.1", b".ig\nwords\n..\n.Dd $Mdocdate$\n.Dt COPY 1\n", "man"),
        ("notes", b".dotted\n.TH is no request here\n", "text"),
        ("log.1", b"10:00:00 started\n", "text"),
        ("paper", b"% comment\n\\documentclass{article}\n", "latex"),
        ("paper", b"%PDF-1.7\n", "pdf"),
        ("letter", b"{\\rtf1\\ansi words", "rtf"),
        ("program", b"\x7fELF\x02\x01\x01\0\0", None),
        ("noise", random.Random(1).randbytes(3000).replace(b"\0", b""), None),
        ("packed", gzip.compress(b"words " * 99, mtime=0), None),
    ],
)
def test_by_content(name: str, head: bytes, parser: str | None) -> None:
    assert getattr(parser_for(name, head), "name", None) == parser


def test_a_known_suffix_counts_before_the_content() -> None:
    assert getattr(parser_for("a.md", b"<html>"), "name", None) == "markdown"
    assert parser_for("a.xyz") is None


def test_text_of_any_name_is_a_source_and_the_rest_is_accounted_for(tmp_path: Path) -> None:
    (tmp_path / "LICENSE").write_text("Words.")
    (tmp_path / "data.bin").write_bytes(b"\0\1")
    items = list(discover([tmp_path]))
    assert [type(item) for item in items] == [Source, Skipped]
    (named,) = discover([tmp_path / "data.bin"])
    assert isinstance(named, Failed) and "not text" in named.reason and "Markdown" in named.remedy


def test_a_reader_may_be_forced(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Title\n")
    (tmp_path / "b.jsonl").write_text('{"id": 1}\n')
    text = parser_called("text")
    items = list(discover([tmp_path], reader=text))
    assert [item.parse().text for item in items if isinstance(item, Source)] == ["# Title", '{"id": 1}']


def test_a_reader_that_does_not_exist_is_told(tmp_path: Path) -> None:
    from api.terminal.commands.ingest import _reader

    assert _reader("md").name == _reader("markdown").name == "markdown"
    with pytest.raises(UsageError, match="'word'"):
        _reader("word")
