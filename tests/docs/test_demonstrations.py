"""The published demonstrations of retrieve and rerank: Simple English Wikipedia by paragraphs, and one document.

`python -m tests.docs.test_demonstrations` runs the commands of docs/demonstrations.md and writes their output into it.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data import DEMONSTRATION
from tests.conftest import Models, Winnow

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "demonstrations.md"
SHOWN = re.compile(r"```sh\nwinnow (?P<command>[^\n]*)\n```\n\n```text\n(?P<output>.*?)```", re.DOTALL)
NUMBER = re.compile(r"\d+(\.\d+)?")
ARTICLES: list[dict[str, Any]] = [
    {
        "id": "9822",
        "title": "River",
        "paragraphs": [f"The river {n} runs to the city." for n in range(8)] + ["It ends\n\nat the sea."],
    },
    {"id": "7", "title": "Bridge", "paragraphs": ["The bridge of the city is old.", "A river runs below the bridge."]},
]
WIKIPEDIA = ("-c", "simple")


@pytest.fixture
def wikipedia(winnow: Winnow, models: Models, tmp_path: Path, setting: Callable[..., None]) -> Winnow:
    setting(home=tmp_path / "home")
    file = tmp_path / "simplewiki.jsonl"
    file.write_text("\n".join(map(json.dumps, ARTICLES)), "utf-8")
    done = winnow("ingest", file, *WIKIPEDIA, "--chunker", "paragraph", "--models", models.option)
    assert done.code == 0, done.err
    return winnow


def logits(answer: Any) -> list[float]:
    return [hit["reranker"]["score"] for hit in answer["hits"]]


def test_a_paragraph_is_a_passage(wikipedia: Winnow) -> None:
    stats = wikipedia("stats", *WIKIPEDIA, "--json").json
    assert (stats["documents"], stats["chunks"]) == (2, 11) and stats["chunker"].startswith("paragraphs/")
    text = wikipedia("get", *WIKIPEDIA, "9822", "--json").json["text"]
    assert text.split("\n\n") == [
        " ".join(part.split()) if n < 8 else "It ends\nat the sea." for n, part in enumerate(ARTICLES[0]["paragraphs"])
    ]


def test_the_five_best_passages_in_the_cross_encoders_order(wikipedia: Winnow) -> None:
    found = wikipedia(
        "search", *WIKIPEDIA, "river of the city", "-k", 5, "--rerank", "replace", "--collapse", "none", "--json"
    ).json
    assert len(found["hits"]) == 5 and len({hit["document_id"] for hit in found["hits"]}) < 5
    assert logits(found) == sorted(logits(found), reverse=True) and found["scored"] == 11
    fused = wikipedia("search", *WIKIPEDIA, "river of the city", "--rerank", "none", "--json").json
    assert fused["scored"] == 0 and len(fused["hits"]) == 2


@pytest.mark.parametrize(("depth", "scored"), [("3", 3), ("0", 0), ("all", 540)])
def test_a_document_is_read_as_deep_as_asked(
    winnow: Winnow, models: Models, tmp_path: Path, depth: str, scored: int
) -> None:
    sentence = "The river of the city runs to the bridge and the winnow ranks a passage. " * 2
    file = tmp_path / "long.md"
    file.write_text("\n\n".join(f"# Part {n}\n\n{sentence * 2}" for n in range(180)), "utf-8")
    found = winnow("ask-document", file, "river", "--depth", depth, "--json", "--models", models.option).json
    assert found["scored"] == scored


@pytest.mark.parametrize("depth", ["many", "-1", "1.5"])
def test_a_depth_that_is_none(winnow: Winnow, models: Models, tmp_path: Path, depth: str) -> None:
    (tmp_path / "a.txt").write_text("The river is wide.", "utf-8")
    asked = winnow("ask-document", tmp_path / "a.txt", "river", "--depth", depth, "--models", models.option)
    assert asked.code == 2 and "--depth" in asked.err


def test_the_page_shows_what_its_commands_print(
    winnow: Winnow, tmp_path: Path, setting: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers aside: a relevance may differ by a percent on another processor, and seconds do."""
    setting(home=tmp_path / "home")
    monkeypatch.chdir(ROOT)
    shown = list(SHOWN.finditer(PAGE.read_text("utf-8")))
    assert len(shown) == 6
    for found in shown:
        done = winnow(*shlex.split(found["command"]))
        assert done.code == 0, done.err
        assert NUMBER.sub("#", _shown(done.out)) == NUMBER.sub("#", found["output"].strip()), found["command"]


def test_the_lines_and_the_dump_hold_the_same_wiki(
    winnow: Winnow, models: Models, tmp_path: Path, setting: Callable[..., None]
) -> None:
    setting(home=tmp_path / "home")
    lines = [json.loads(line) for line in (DEMONSTRATION / "simplewiki.jsonl").read_text("utf-8").splitlines()]
    for name in ("simplewiki.jsonl", "simplewiki.xml"):
        done = winnow(
            "ingest", DEMONSTRATION / name, "-c", name[-3:], "--chunker", "paragraph", "--models", models.option
        )
        assert done.code == 0, done.err
    for article in lines:
        texts = [
            winnow("get", "-c", collection, name, "--json").json["text"]
            for collection, name in (("onl", article["id"]), ("xml", article["title"]))
        ]
        assert texts[0] == texts[1] == "\n\n".join(article["paragraphs"])


def _printed(found: re.Match[str], home: str) -> str:
    command = [sys.executable, "-m", "winnow", *shlex.split(found["command"])]
    environment = {**os.environ, "WINNOW_HOME": home, "COLUMNS": "100"}
    done = subprocess.run(command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, check=True)
    return found[0].replace(f"```text\n{found['output']}```", f"```text\n{_shown(done.stdout)}\n```")


def _shown(output: str) -> str:
    """What a command has printed, as if the clone lay in the reader's own folder."""
    return output.strip().replace(str(ROOT), "~/winnow")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        PAGE.write_text(SHOWN.sub(lambda found: _printed(found, scratch), PAGE.read_text("utf-8")), "utf-8")
