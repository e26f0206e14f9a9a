"""A data set's documents as one file that `winnow ingest` reads with their own ids."""

from __future__ import annotations

import json
from pathlib import Path

from engine.fingerprint import digest_file, digest_json
from indexer.evaluation.datasets.dataset import Dataset
from indexer.evaluation.datasets.records import ID, field, read_records


def corpus_file(dataset: Dataset, cache: Path) -> Path:
    """The one JSON lines file as it is; anything else is converted below `cache`, once per content."""
    if len(dataset.corpus) == 1 and dataset.corpus[0].suffix != ".parquet":
        return dataset.corpus[0]
    target = cache / f"{dataset.name}-{corpus_digest(dataset)[:12]}" / "corpus.jsonl"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        _convert(dataset, target)
    return target


def corpus_digest(dataset: Dataset) -> str:
    """SHA-256 over the corpus's files, so that figures and indexes can say what they were made of."""
    return digest_json([digest_file(file) for file in dataset.corpus])


def _convert(dataset: Dataset, target: Path) -> None:
    unfinished = target.with_suffix(".part")
    with unfinished.open("w", encoding="utf-8") as stream:
        for record in read_records(dataset.corpus):
            document = {
                "_id": field(record, ID, str(dataset.corpus[0])),
                "title": str(record.get("title") or ""),
                "text": str(record.get("text") or ""),
            }
            stream.write(json.dumps(document, ensure_ascii=False) + "\n")
    unfinished.replace(target)
