"""WikiQA's pairs become a judged collection that the loader reads."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from benchmarks.datasets.wikiqa import convert
from indexer.evaluation.datasets import load_dataset

PAIRS = {
    "dev": [("who?", "me", 1), ("who?", "you", 0), ("why?", "no answer", 0), ("who?", "me", 1)],
    "test": [("when?", "now", 1)],
    "train": [("where?", "me", 1)],
}


def test_only_answered_development_questions_are_kept(tmp_path: Path) -> None:
    for part, pairs in PAIRS.items():
        lines = [json.dumps({"query": query, "text": text, "label": label}) for query, text, label in pairs]
        (tmp_path / f"pairs_{part}.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    assert convert(tmp_path, tmp_path / "wikiqa") == (4, 1)
    data = load_dataset(str(tmp_path / "wikiqa"), "dev", tmp_path / "cache")
    assert dict(data.queries) == {"q0": "who?"}
    assert data.qrels["q0"] == {"0": 1}
