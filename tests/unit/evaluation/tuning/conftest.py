"""A small collection with documents of several chunks, indexed with tiny models."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from indexer.evaluation.tuning.judged import Judged
from indexer.ingest import ingest
from tests.conftest import Models
from tests.support.documents import TOPICS, topical, write_records

QUERIES = {f"q{number}": f"the {topic} of document {number * 7}" for number, topic in enumerate(TOPICS + TOPICS[:4])}


@pytest.fixture(scope="session")
def tuning_home(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Path:
    root = tmp_path_factory.mktemp("tuning")
    long = [{"id": f"long{n}", "title": "city", "text": f"The river and the city. Food {n}. " * 60} for n in range(3)]
    for number, records in enumerate((topical(50), [*long, *topical(70)[50:]])):
        file = write_records(root / f"{number}.jsonl", records)
        ingest([file], home=root / "home", collection="c", encoder=models.encoder, reranker=models.reranker)
    return root / "home"


@pytest.fixture(scope="session")
def judged() -> Judged:
    qrels = {query: {f"d{number * 7:03d}": 1, "d001": 0} for number, query in enumerate(QUERIES)}
    qrels = {query: {name: grade for name, grade in grades.items() if name < "d070"} for query, grades in qrels.items()}
    kept = {query: grades for query, grades in qrels.items() if any(grades.values())}
    return Judged("tiny", "judged", {query: QUERIES[query] for query in kept}, kept)


@pytest.fixture
def home(tuning_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tuning_home, tmp_path / "home"))


@pytest.fixture
def files(judged: Judged, tmp_path: Path) -> list[object]:
    """--queries and --qrels."""
    queries, qrels = tmp_path / "queries.jsonl", tmp_path / "qrels.tsv"
    queries.write_text("".join(json.dumps({"_id": q, "text": t}) + "\n" for q, t in judged.queries.items()))
    rows = [f"{q}\t{d}\t{grade}\n" for q, grades in judged.qrels.items() for d, grade in grades.items()]
    qrels.write_text("query-id\tcorpus-id\tscore\n" + "".join(rows))
    return ["--queries", queries, "--qrels", qrels]
