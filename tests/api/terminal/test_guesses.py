"""A command that there is not, and an option on the wrong side of its command: what is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Winnow


def said(winnow: Winnow, line: str) -> str:
    """The error as one line, without its box."""
    outcome = winnow(*line.split())
    assert (outcome.code, outcome.out) == (2, "")
    return " ".join(outcome.err.replace("│", " ").split())


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("index x", "ingest"),
        ("add x", "ingest"),
        ("query x", "search"),
        ("find x", "search"),
        ("start", "serve"),
        ("stop", "serve --stop"),
        ("list", "ls"),
        ("list", "collections list"),
        ("rm x", "delete"),
        ("show x", "get"),
        ("info", "stats"),
        ("rename a b", "collections rename"),
        ("serach x", "search"),
        ("Search x", "search"),
        ("version", "--version"),
        ("help", "--help"),
        ("collections ls", "list"),
        ("collections rm x", "delete"),
        ("keys delete x", "revoke"),
        ("keys add x", "create"),
        ("models download x", "pull"),
    ],
)
def test_a_command_of_another_tool(winnow: Winnow, line: str, meant: str) -> None:
    suggested = said(winnow, line).partition("Did you mean")[2]
    assert f"'{meant}'" in suggested, suggested


def test_what_nobody_can_guess_is_told_what_there_is(winnow: Winnow) -> None:
    assert "To search for words, write search before them" in said(winnow, "how do I cancel")
    assert "No such command 'create'. Known: delete, list, rename." in said(winnow, "collections create x")


@pytest.mark.parametrize(
    ("line", "right"),
    [
        ("--home /nowhere search q", "winnow search --home"),
        ("-c docs search q", "winnow search -c"),
        ("-cdocs ls", "winnow ls -c"),
        ("-k 3 search q", "winnow search -k"),
        ("--json ls", "winnow ls --json"),
        ("--home=/nowhere", "winnow search --home"),
        ("--dry-run gc", "winnow gc --dry-run"),
        ("--verbose --preset fast ingest x", "winnow ingest --preset"),
        ("collections --home /nowhere list", "winnow collections list --home"),
        ("keys --home /nowhere create x", "winnow keys create --home"),
        ("--no-such search q", "No such option: --no-such"),
    ],
)
def test_an_option_before_its_command(winnow: Winnow, line: str, right: str) -> None:
    assert right in said(winnow, line)


@pytest.mark.parametrize("line", ["search q --timeout 3", "ls --timeout=3", "collections list --timeout 3"])
def test_an_option_that_goes_before_the_command(winnow: Winnow, line: str) -> None:
    _, _, told = said(winnow, line).partition("--timeout goes before the command: ")
    assert "winnow --timeout ..." in told


@pytest.mark.parametrize("command", ["ingest", "delete", "get"])
def test_a_file_that_begins_with_a_dash(
    winnow: Winnow, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("-name.txt").write_text("Words.")
    assert "The file is named so: ./-name.txt" in said(winnow, f"{command} -name.txt")
    assert "No such option: -n" in said(winnow, f"{command} -nothing")


@pytest.mark.parametrize("command", ["verify", "stats", "search-not x", "certify"])
def test_a_collection_without_its_option(winnow: Winnow, command: str) -> None:
    told = said(winnow, f"{command} notes")
    assert ("A collection is named with -c: " in told) == ("-not" not in command), told
