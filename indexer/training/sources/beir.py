"""BEIR folders (https://github.com/beir-cellar/beir): a split's judged queries, or titles as queries."""

from __future__ import annotations

from engine.text.json_lines import numbered_lines
from indexer.training.corpus import Corpus, Query
from indexer.training.recipe import Data
from indexer.training.sources.files import either, read_lines


def read_judged(data: Data) -> Corpus:
    """The queries of `qrels/SPLIT.tsv` over all documents (title and text joined); graded above 0 is positive."""
    rows = list(read_lines(either(data.path, "corpus.jsonl")))
    number = {str(row["_id"]): place for place, row in enumerate(rows)}
    texts = {str(row["_id"]): str(row["text"]) for row in read_lines(either(data.path, "queries.jsonl"))}
    grades: dict[str, dict[int, float]] = {}
    with (data.path / "qrels" / f"{data.split}.tsv").open("rb") as stream:
        lines = [line.decode() for _, line in numbered_lines(stream)]
    for line in lines[1:]:
        query, document, grade = line.split("\t")
        if float(grade) > 0:
            grades.setdefault(query, {})[number[document]] = float(grade)
    passages = [f"{row.get('title') or ''} {row['text'] or ''}".strip() for row in rows]
    queries = [Query(texts[key], tuple(grades[key]), labels=tuple(grades[key].values())) for key in sorted(grades)]
    return Corpus(data.label, passages, queries)


def read_titles(data: Data) -> Corpus:
    """Each document's title as a query for its text, which is read without the title."""
    rows = [row for row in read_lines(either(data.path, "corpus.jsonl")) if row["text"]]
    queries = [Query(str(row["title"]), (place,)) for place, row in enumerate(rows) if row.get("title")]
    return Corpus(data.label, [str(row["text"]) for row in rows], queries)
