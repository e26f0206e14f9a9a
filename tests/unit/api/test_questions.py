"""`-word` on the command line is a word of the question; what is an option stays one."""

from __future__ import annotations

import re
from typing import Any

import pytest
import typer
from hypothesis import assume, given
from hypothesis import strategies as st

from api.terminal.cli import build
from tests.conftest import Winnow

COMMANDS: Any = typer.main.get_command(build())
OPTIONS = st.lists(
    st.sampled_from([("-k", "3"), ("-k3",), ("-c", "os"), ("--collection=os",), ("--json",), ("--sort", "-date")]),
    max_size=3,
)


def read(*arguments: str) -> dict[str, Any]:
    """The parameters of `winnow search ARGUMENT...`."""
    params: dict[str, Any] = COMMANDS.commands["search"].make_context("search", list(arguments)).params
    return params


@given(st.text(min_size=2), OPTIONS, OPTIONS)
def test_a_word_with_a_dash_is_text_wherever_it_stands(
    word: str, before: list[tuple[str, ...]], after: list[tuple[str, ...]]
) -> None:
    assume(not word.startswith("-") and not re.match(r"[ckh](=|-?\d+$)", word))
    first, last = [part for one in before for part in one], [part for one in after for part in one]
    together = read(*first, f"a -{word}", *last)
    for arguments in ((*first, "a", f"-{word}", *last), (*first, "a", *last, f"-{word}"), ("a", *first, f"-{word}")):
        assert " ".join(read(*arguments)["words"]) == " ".join(together["words"])
    assert read(*first, "a", f"-{word}", *last) == {**together, "words": ["a", f"-{word}"]}
    assert read(f"-{word}", "a")["words"] == [f"-{word}", "a"]


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (("a", "-k5"), {"words": ["a"], "k": 5}),
        (("a", "--sort", "-date", "-word"), {"words": ["a", "-word"], "sort": ["-date"]}),
        (("a", "-c", "-word"), {"words": ["a"], "collections": ["-word"]}),
        (("-2024", "--", "-k5", "--json"), {"words": ["-2024", "-k5", "--json"], "as_json": False}),
        (("a", "-", "-year:2020"), {"words": ["a", "-", "-year:2020"]}),
    ],
)
def test_options_stay_options(arguments: tuple[str, ...], meant: dict[str, Any]) -> None:
    found = read(*arguments)
    assert {name: found[name] for name in meant} == meant


@pytest.mark.parametrize("unknown", ["--wrod", "--no-color=1", "-x"])
@pytest.mark.parametrize("command", [("search",), ("ask-document", "a.txt")])
def test_an_unknown_option_names_the_remedy(winnow: Winnow, command: tuple[str, ...], unknown: str) -> None:
    outcome = winnow(*command, "a", unknown)
    said = " ".join(outcome.err.replace("│", " ").split())
    assert outcome.code == 2 and "No such option: " + unknown.partition("=")[0] in said, outcome.err
    assert "put -- before the question" in said


def test_an_option_without_its_value_is_refused(winnow: Winnow) -> None:
    outcome = winnow("search", "a", "-word", "-c")
    assert outcome.code == 2 and "requires an argument" in outcome.err


def test_ask_document_takes_words_alike() -> None:
    params = COMMANDS.commands["ask-document"].make_context("x", ["a.txt", "a", "-word", "-k", "2"]).params
    assert (str(params["file"]), params["words"], params["k"]) == ("a.txt", ["a", "-word"], 2)
