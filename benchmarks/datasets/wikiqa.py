"""WikiQA's question-sentence pairs as a judged collection in BEIR's layout, for choosing defaults on another domain.

Run `python -m benchmarks.datasets.wikiqa FOLDER OUT`; FOLDER holds pairs_{train,dev,test}.jsonl.gz. All sentences make
the corpus; only development questions that have an answer are kept, so `--split dev` is the only one.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

PARTS = ("dev", "test", "train")
JUDGED = "dev"


def convert(source: Path, out: Path) -> tuple[int, int]:
    """Write corpus.jsonl, queries.jsonl and qrels/dev.tsv; the numbers of sentences and of questions."""
    sentences: dict[str, str] = {}
    questions: dict[str, str] = {}
    answers: dict[str, None] = {}  # lines of the qrels, each once
    for part in PARTS:
        for pair in _pairs(source / f"pairs_{part}.jsonl.gz"):
            sentence = sentences.setdefault(pair["text"], str(len(sentences)))
            if part == JUDGED and int(pair["label"]) > 0:
                question = questions.setdefault(pair["query"], f"q{len(questions)}")
                answers[f"{question}\t{sentence}\t1"] = None
    (out / "qrels").mkdir(parents=True, exist_ok=True)
    _write(out / "corpus.jsonl", _records(sentences, {"title": ""}))
    _write(out / "queries.jsonl", _records(questions, {}))
    _write(out / "qrels" / f"{JUDGED}.tsv", ["query-id\tcorpus-id\tscore", *answers])
    return len(sentences), len(questions)


def _pairs(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)


def _records(texts: dict[str, str], more: dict[str, str]) -> Iterator[str]:
    for text, name in texts.items():
        yield json.dumps({"_id": name, **more, "text": text}, ensure_ascii=False)


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    print("{} sentences, {} questions".format(*convert(arguments.source, arguments.out)))
