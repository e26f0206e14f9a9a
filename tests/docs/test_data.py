"""What ships under data/ is whole, of the promised size, and not stale."""

from __future__ import annotations

import hashlib
import json

import pytest

from benchmarks.sample import ARTICLES, CORPUS, corpus_lines
from data import MODELS, SAMPLE


def test_the_corpus_is_what_the_parsers_make_of_the_articles() -> None:
    stored = CORPUS.read_text(encoding="utf-8").splitlines()
    assert stored == list(corpus_lines()), "run `python -m benchmarks.sample`"


def test_every_judgement_names_a_question_and_an_article() -> None:
    questions = [json.loads(line) for line in (SAMPLE / "queries.jsonl").read_text(encoding="utf-8").splitlines()]
    rows = [line.split("\t") for line in (SAMPLE / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()[1:]]
    assert all((ARTICLES / article).is_file() for _, article, _ in rows)
    answerable = {question["_id"] for question in questions if question["metadata"]["answerable"]}
    assert {question for question, _, _ in rows} == answerable
    assert (len(questions), len(questions) - len(answerable)) == (80, 15)
    assert {grade for _, _, grade in rows} == {"1", "2", "3"}


@pytest.mark.parametrize("name", ["winnow-encoder", "winnow-multilingual", "winnow-reranker", "winnow-static"])
def test_a_bundled_model_is_whole_and_has_a_card(name: str) -> None:
    folder = MODELS / name
    listed: dict[str, str] = dict(
        line.split("  ", 1)[::-1] for line in (folder / "CHECKSUMS.sha256").read_text("utf-8").splitlines()
    )
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    assert files.keys() - {"CHECKSUMS.sha256"} == listed.keys()
    for path, digest in listed.items():
        assert hashlib.sha256(files[path].read_bytes()).hexdigest() == digest, path
        assert files[path].stat().st_size < 50_000_000
    assert "licence" in (folder / "README.md").read_text(encoding="utf-8").lower()


def test_the_models_are_small_enough_to_ship() -> None:
    assert sum(path.stat().st_size for path in MODELS.rglob("*") if path.is_file()) <= 180_000_000
