"""The sample collection in BEIR's layout: data/sample/corpus.jsonl is made from data/sample/articles by our parsers.

`python -m benchmarks.sample` makes it again; a test fails while it is stale.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from data import SAMPLE
from indexer.parsers import parser_for

CORPUS = SAMPLE / "corpus.jsonl"
ARTICLES = SAMPLE / "articles"


def corpus_lines() -> Iterator[str]:
    """One JSON object per article, by path: _id is the path below articles/."""
    for path in sorted(ARTICLES.rglob("*")):
        parser = parser_for(path.name) if path.is_file() else None
        if parser is not None:
            yield json.dumps(_record(path, parser.parse(path.read_bytes(), name=path.name)), ensure_ascii=False)


def _record(path: Path, parsed: object) -> dict[str, str]:
    return {
        "_id": path.relative_to(ARTICLES).as_posix(),
        "title": getattr(parsed, "title", ""),
        "text": getattr(parsed, "text", ""),
    }


if __name__ == "__main__":
    CORPUS.write_text("\n".join(corpus_lines()) + "\n", encoding="utf-8")
