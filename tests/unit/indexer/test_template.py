"""The process that workers are forked from may be started before a file is looked at."""

from __future__ import annotations

import pytest

from indexer.parsers import PARSERS, SANDBOXED
from indexer.sandbox import template
from indexer.sandbox.parse import parse_upload


def test_the_name_tells_which_files_are_read_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[bool] = []
    monkeypatch.setattr(template, "start", lambda: started.append(True))
    for parser in PARSERS:
        for suffix in parser.suffixes:
            started.clear()
            template.start_for(f"a{suffix.upper()}")
            assert bool(started) == (parser.name in SANDBOXED), suffix


def test_a_started_process_reads_the_first_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(template, "_template", None)
    template.start()
    first = template._template
    assert first is not None
    template.start()
    try:
        assert parse_upload(b"Some words.", "a.txt").text == "Some words."
        assert template._template is first
    finally:
        first.close()


def test_a_process_that_cannot_be_started_is_an_error_of_the_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*, ocr: bool) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(template, "_template", None)
    monkeypatch.setattr(template, "_Template", refused)
    template.start()
    with pytest.raises(OSError, match="no more"):
        template.connect(ocr=False)
