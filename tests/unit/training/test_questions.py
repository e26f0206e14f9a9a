"""The questions and judged lists in data/training are whole: fields, kinds, places, grades, and no id twice."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import data

FOLDER = Path(data.__file__).parent / "training" / "questions"
KINDS = {"question", "keywords", "situation", "claim", "vague", "detail"}


def test_every_question_is_whole() -> None:
    rows = [json.loads(line) for file in FOLDER.glob("*.jsonl") for line in file.read_text("utf-8").split("\n") if line]
    assert len(rows) > 2500
    for row in rows:
        assert set(row) == {"id", "question", "kind", "document", "start", "end"}
        assert row["kind"] in KINDS and row["question"].strip() and row["document"], row["id"]
        assert 0 <= row["start"] < row["end"], row["id"]
    assert max(Counter(row["id"] for row in rows).values()) == 1


def test_every_judged_list_is_whole() -> None:
    folder = FOLDER.parent / "judged"
    rows = [json.loads(line) for file in folder.glob("*.jsonl") for line in file.read_text("utf-8").split("\n") if line]
    assert len(rows) == 2855
    for row in rows:
        assert set(row) == {"question", "passages"} and row["passages"], row["question"]
        for document, start, end, grade in row["passages"]:
            assert document and 0 <= start < end and grade in range(4), row["question"]
    assert max(Counter(row["question"] for row in rows).values()) == 1
