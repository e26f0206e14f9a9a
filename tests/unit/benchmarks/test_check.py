"""`winnow bench check`: three verdicts, and expected.yaml itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from benchmarks.expectations import (
    CommandFailed,
    Entry,
    Expected,
    check_entry,
    judge,
    read_expectations,
    run_command,
    select,
)
from engine.errors import ParseFailed, SourceNotFound, UsageError
from tests.unit.benchmarks.conftest import Bench

FILE = """
good:
  command: winnow bench run somewhere
  expected:
    stages.fused.nDCG@10: {value: 0.7, tolerance: 0.01}
    queries: {value: 300, tolerance: 0}
"""


@pytest.mark.parametrize(
    ("actual", "verdict"),
    [(0.70, "ok"), (0.71, "ok"), (0.69, "ok"), (0.711, "close"), (0.67, "close"), (0.7301, "off"), (0.5, "off")],
)
def test_three_levels(actual: float, verdict: str) -> None:
    assert judge(actual, 0.70, 0.01) == verdict


def test_a_tolerance_of_zero_allows_nothing() -> None:
    assert judge(300, 300, 0) == "ok"
    assert judge(299, 300, 0) == "off"


def test_figures_are_found_by_their_path() -> None:
    entry = Entry("e", "winnow x", (Expected("stages.fused.nDCG@10", 0.7, 0.01), Expected("no.such", 1, 0)))
    found = check_entry(entry, lambda command: {"stages": {"fused": {"nDCG@10": 0.715}}})
    assert [finding.verdict for finding in found] == ["close", "off"]
    assert found[0].actual == 0.715 and found[1].actual is None


def test_a_command_that_fails_puts_all_figures_off() -> None:
    def fail(command: str) -> Mapping[str, Any]:
        raise CommandFailed("exit code 2: no such folder")

    found = check_entry(Entry("e", "winnow x", (Expected("a", 1, 1), Expected("b", 1, 1))), fail)
    assert [(finding.verdict, finding.reason) for finding in found] == [("off", "exit code 2: no such folder")] * 2


@pytest.mark.parametrize(("score", "code", "word"), [(0.701, 0, "ok"), (0.72, 0, "close"), (0.9, 1, "off")])
def test_the_command_prints_verdicts_and_its_exit_code_says_off(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, score: float, code: int, word: str
) -> None:
    result = {"stages": {"fused": {"nDCG@10": score}}, "queries": 300}
    monkeypatch.setattr("benchmarks.expectations.run_command", lambda command: result)
    (tmp_path / "e.yaml").write_text(FILE, encoding="utf-8")
    done = bench("check", "--file", tmp_path / "e.yaml")
    assert done.exit_code == code
    first, second = done.stdout.splitlines()
    assert first.startswith(word) and "expected 0.7000 ± 0.01" in first
    assert second.startswith("ok")
    findings = json.loads(bench("check", "--file", tmp_path / "e.yaml", "--json").stdout)
    assert [finding["verdict"] for finding in findings] == [word, "ok"]


def test_a_real_command_in_a_process_of_its_own() -> None:
    assert run_command("winnow bench datasets")["scifact"] == "mteb/scifact"
    with pytest.raises(CommandFailed, match="exit code 2"):
        run_command("winnow bench run /no/such/folder")


@pytest.mark.parametrize(
    ("command", "told"), [("rm -rf x", "Not a winnow"), ("winnow bench run $NOWHERE/x", "NOWHERE")]
)
def test_commands_that_are_not_run(command: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        run_command(command)


def test_only_one_entry(tmp_path: Path) -> None:
    (tmp_path / "e.yaml").write_text(FILE + FILE.replace("good", "other"), encoding="utf-8")
    entries = read_expectations(tmp_path / "e.yaml")
    assert [entry.name for entry in select(entries, "other")] == ["other"]
    assert len(select(entries, None)) == 2
    with pytest.raises(UsageError, match="good, other"):
        select(entries, "third")


@pytest.mark.parametrize(
    "content", ["- a\n- b\n", "x: {command: winnow}\n", "x: [\n", "x: {command: a, expected: {b: 1}}\n"]
)
def test_a_malformed_file(tmp_path: Path, content: str) -> None:
    (tmp_path / "e.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(ParseFailed):
        read_expectations(tmp_path / "e.yaml")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound):
        read_expectations(tmp_path / "none.yaml")


def test_our_own_expectations_can_be_read() -> None:
    entries = read_expectations()
    assert "sample" in [entry.name for entry in entries]
    for entry in entries:
        assert entry.command.startswith("winnow bench ") and entry.expected
