"""A small training set on disk, in the formats that recipes read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

WORDS = [
    "river",
    "bridge",
    "city",
    "food",
    "year",
    "engine",
    "search",
    "query",
    "document",
    "passage",
    "rank",
    "winnow",
]


def lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def beir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """12 documents, one query for each."""
    folder = tmp_path_factory.mktemp("beir")
    texts = [f"the {word} and the {WORDS[(n + 1) % 12]} in the {WORDS[(n + 2) % 12]}" for n, word in enumerate(WORDS)]
    rows = [{"_id": f"d{n}", "title": f"a {WORDS[n]} document", "text": text} for n, text in enumerate(texts)]
    lines(folder / "corpus.jsonl", rows)
    lines(folder / "queries.jsonl", [{"_id": f"q{n}", "text": f"is the {word} a food"} for n, word in enumerate(WORDS)])
    (folder / "qrels").mkdir()
    judged = [f"q{n}\td{n}\t{1 + n % 2}" for n in range(12)]
    (folder / "qrels" / "train.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *judged, "q0\td5\t0"]) + "\n")
    return folder


@pytest.fixture(scope="session")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [{"query": f"{word} query", "positive": f"a passage of the {word}"} for word in WORDS]
    return lines(tmp_path_factory.mktemp("jsonl") / "pairs.jsonl", rows)


@pytest.fixture(scope="session")
def triples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [
        {"query": f"{word} query", "positive": f"the {word}", "negative": ["a food", "a year"], "score": [1.5, 0.5]}
        for word in WORDS
    ]
    return lines(tmp_path_factory.mktemp("jsonl") / "triples.jsonl", rows)


@pytest.fixture(scope="session")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [
        {"query": f"{word} query", "text": text, "label": label}
        for word in WORDS
        for text, label in ((f"the {word}", 1), ("a food", 0))
    ]
    return lines(tmp_path_factory.mktemp("jsonl") / "labelled.jsonl", rows)


@pytest.fixture(scope="session")
def classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [
        {"text": f"the {word} and the {WORDS[n - 1]}", "label": n % 3 if n else "none"} for n, word in enumerate(WORDS)
    ]
    return lines(tmp_path_factory.mktemp("jsonl") / "classes.jsonl", rows)


@pytest.fixture(scope="session")
def parallel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [{"texts": [f"the {word}", f"der {word}ing", f"le {word}er"]} for word in WORDS]
    return lines(tmp_path_factory.mktemp("jsonl") / "parallel.jsonl", rows)


@pytest.fixture(scope="session")
def pair_classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [
        {"query": f"the {word} is a food", "text": f"{text} {word}", "label": label}
        for word in WORDS
        for text, label in (("a food is the", "entailment"), ("the year of the", "neutral"))
    ]
    return lines(tmp_path_factory.mktemp("jsonl") / "pairs-of-classes.jsonl", rows)
