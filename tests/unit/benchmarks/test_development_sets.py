"""Climate-FEVER and pages of documentation become judged collections that the loader reads."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

from benchmarks.datasets import climate_fever, pages
from indexer.evaluation.datasets import load_dataset


def test_claims_are_answered_by_the_sentences_that_bear_on_them(tmp_path: Path) -> None:
    def evidence(name: str, label: str) -> dict[str, str]:
        return {"evidence_id": name, "article": "Ice", "evidence": f"About {name}.", "evidence_label": label}

    rows = [
        {"claim_id": "0", "claim": "It melts.", "evidences": [evidence("a", "SUPPORTS"), evidence("b", "REFUTES")]},
        {"claim_id": "1", "claim": "It sings.", "evidences": [evidence("c", "NOT_ENOUGH_INFO")]},
    ]
    (tmp_path / "claims.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert climate_fever.convert(tmp_path / "claims.jsonl", tmp_path / "out") == (3, 1)
    data = load_dataset(str(tmp_path / "out"), "dev", tmp_path / "cache")
    assert dict(data.queries) == {"0": "It melts."} and data.qrels["0"] == {"a": 1, "b": 1}


def test_a_page_is_asked_for_by_its_opening(tmp_path: Path) -> None:
    body = 'a "word" of it, ' * 25

    def page(parts: int) -> str:
        return "# Page\n\n" + "".join(f"## Part {n}\n\n{body}\n\n" for n in range(parts))

    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "long.md").write_text(page(5), encoding="utf-8")
    (tmp_path / "docs" / "short.md").write_text(page(2), encoding="utf-8")
    with tarfile.open(tmp_path / "docs.tar", "w") as archive:
        archive.add(tmp_path / "docs", "docs")
    assert pages.convert(tmp_path / "docs.tar", tmp_path / "out") == (7, 1)
    data = load_dataset(str(tmp_path / "out"), "dev", tmp_path / "cache")
    ((name, query),) = data.queries.items()
    assert set(data.qrels[name]) == {f"p0-{n}" for n in range(1, 5)} and name == "p0-0"
    assert '"' not in query and len(query.split()) <= pages.OPENING
