"""The published demonstrations of retrieve and rerank: Simple English Wikipedia by paragraphs, and one document."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Models, Winnow

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
