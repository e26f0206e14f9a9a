"""Logs: which lines make an entry, and what is a log."""

from __future__ import annotations

import pytest

from indexer.parsers import parser_for
from indexer.parsers.lines.log import LogParser, looks_like_log
from indexer.parsers.text import TextParser
from tests.unit.indexer.places import place_of

TIMES = [
    "2024-01-31T10:15:00Z started",
    "Jun 15 04:00:00 combo sshd[1]: failed",
    '10.0.0.1 - - [31/Jan/2024:10:15:00 +0000] "GET / HTTP/1.1" 200',
    "[Sun Dec 04 04:47:44 2005] [error] no",
    "081109 203615 148 INFO dfs.DataNode",
    "- 1117838570 2005.06.03 R02 RAS KERNEL",
    "03-17 16:13:38.811 1702 D PowerManager",
    "12/01/2021, 10:15 - Ann: hello",
]


@pytest.mark.parametrize("line", TIMES)
def test_times_of_many_notations_make_a_log(line: str) -> None:
    assert looks_like_log([line] * 5)
    assert TextParser().parse(f"{line}\n".encode() * 5, name="x.txt").text == "\n".join([line] * 5)


def test_prose_that_names_times_is_no_log() -> None:
    assert not looks_like_log(
        ["The train of 10:15:00 is late, said the man who waits for it every day."] + ["So it is."] * 9
    )


def test_an_entry_of_several_lines_stands_apart() -> None:
    data = b"2024-01-31 10:15:00 a\n2024-01-31 10:15:01 b\n  File x\n  File y\n2024-01-31 10:15:02 c\n2024-01-31 10:15:03 d\n"
    parsed = LogParser().parse(data, name="app.log")
    assert parsed.text.split("\n\n") == [
        "2024-01-31 10:15:00 a",
        "2024-01-31 10:15:01 b\n  File x\n  File y",
        "2024-01-31 10:15:02 c\n2024-01-31 10:15:03 d",
    ]
    assert place_of(parsed, "File y") == "4"


def test_a_log_without_times_is_its_lines() -> None:
    assert LogParser().parse(b"one\r\ntwo\n\nthree", name="a.log").text == "one\ntwo\nthree"


@pytest.mark.parametrize("name", ["app.log", "app.log.1", "APP.LOG.12", "app.log-20240131", "app.log.2024-01-31"])
def test_rotated_logs_are_logs(name: str) -> None:
    assert getattr(parser_for(name), "name", None) == "log"
