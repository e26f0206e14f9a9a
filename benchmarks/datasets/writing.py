"""Writes a judged collection in BEIR's layout (https://github.com/beir-cellar/beir)."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Collection:
    """Documents (title, text) and queries by id, and which document answers which query."""

    documents: dict[str, tuple[str, str]] = field(default_factory=dict)
    queries: dict[str, str] = field(default_factory=dict)
    answers: dict[tuple[str, str], None] = field(default_factory=dict)  # (query, document), each once

    def write(self, out: Path, split: str) -> None:
        """corpus.jsonl, queries.jsonl and qrels/SPLIT.tsv."""
        (out / "qrels").mkdir(parents=True, exist_ok=True)
        documents = ({"_id": name, "title": title, "text": text} for name, (title, text) in self.documents.items())
        _write(out / "corpus.jsonl", map(_line, documents))
        _write(out / "queries.jsonl", (_line({"_id": name, "text": text}) for name, text in self.queries.items()))
        judged = (f"{query}\t{document}\t1" for query, document in self.answers)
        _write(out / "qrels" / f"{split}.tsv", ["query-id\tcorpus-id\tscore", *judged])


def run(description: str | None, convert: Callable[[Path, Path], tuple[int, int]], said: str) -> None:
    """The command line of a conversion: SOURCE OUT. `said` tells the two numbers that `convert` gives."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    print(said.format(*convert(arguments.source, arguments.out)))


def _line(record: Mapping[str, str]) -> str:
    return json.dumps(record, ensure_ascii=False)


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
