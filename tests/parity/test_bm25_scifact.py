"""BM25 on SciFact: the published level, and the same whatever the segmentation. Needs the shared collections."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import ir_measures
import numpy as np
import pytest
from ir_measures import nDCG

from engine.lexical.query import parse_query
from engine.lexical.search import search_lexical
from engine.lexical.segment import LexicalSegment
from engine.lexical.statistics import of_segments
from engine.lexical.writing.segment import LexicalEntry, write_lexical
from engine.recipe import Recipe
from tests.support.shared_data import SHARED

SCIFACT = SHARED / "data" / "scifact"

pytestmark = pytest.mark.skipif(not SCIFACT.is_dir(), reason=f"SciFact is not in {SHARED} (set WINNOW_SHARED)")

Run = dict[str, dict[str, float]]


def documents(limit: int | None = None) -> list[dict[str, str]]:
    """By title, so that segments differ as much as they can."""
    with gzip.open(SCIFACT / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        return sorted([json.loads(line) for line in lines][:limit], key=lambda document: document["title"])


def judgements() -> dict[str, dict[str, int]]:
    judged: dict[str, dict[str, int]] = {}
    for line in (SCIFACT / "qrels" / "test.tsv").read_text().splitlines()[1:]:
        query, document, grade = line.split("\t")
        judged.setdefault(query, {})[document] = int(grade)
    return judged


def queries() -> dict[str, str]:
    records = map(json.loads, (SCIFACT / "queries.jsonl").read_text().splitlines())
    judged = judgements()
    return {record["_id"]: record["text"] for record in records if record["_id"] in judged}


def write(directory: Path, corpus: Sequence[dict[str, str]], count: int) -> list[LexicalSegment]:
    bounds = [len(corpus) * i // count for i in range(count + 1)]
    for i in range(count):
        part = corpus[bounds[i] : bounds[i + 1]]
        write_lexical(directory / str(i), [LexicalEntry(d["title"], d["text"], "en") for d in part])
    return [LexicalSegment.open(directory / str(i)) for i in range(count)]


def run(segments: Sequence[LexicalSegment], corpus: Sequence[dict[str, str]], texts: dict[str, str]) -> Run:
    first = np.cumsum([0, *(segment.rows for segment in segments)])
    statistics, masks = of_segments(segments), [None] * len(segments)
    return {
        query: {
            corpus[first[place.segment] + place.row]["_id"]: score
            for place, score in search_lexical(
                segments, parse_query(text, ["en"], ()), statistics, Recipe(), 100, masks
            )
        }
        for query, text in texts.items()
    }


def test_any_segmentation_gives_the_same_scores(tmp_path: Path) -> None:
    corpus, texts = documents(1200), dict(list(queries().items())[:25])
    runs = [run(write(tmp_path / str(count), corpus, count), corpus, texts) for count in (1, 7)]
    for query in texts:
        assert list(runs[0][query].values()) == pytest.approx(list(runs[1][query].values()), abs=1e-6)


@pytest.mark.slow
def test_scifact_test_queries(tmp_path: Path) -> None:
    corpus, texts, judged = documents(), queries(), judgements()
    runs = [run(write(tmp_path / str(count), corpus, count), corpus, texts) for count in (1, 7, 40)]
    assert ir_measures.calc_aggregate([nDCG @ 10], judged, runs[0])[nDCG @ 10] >= 0.675
    for other in runs[1:]:
        same = [list(runs[0][query])[:10] == list(other[query])[:10] for query in texts]
        assert np.mean(same) >= 0.99
