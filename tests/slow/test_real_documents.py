"""Two documentation trees and a folder of difficult PDFs: every file is accounted for, and the store is whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.collection import open_collection
from engine.store.repair.verify import verify
from indexer.ingest import ingest
from tests.conftest import Models
from tests.support.shared_data import unpacked

pytestmark = pytest.mark.slow

ARCHIVES = ("opensearch-docs", "vespa-docs", "pdf")


def test_a_thousand_real_files(models: Models, tmp_path: Path) -> None:
    for name in ARCHIVES:
        unpacked(name, tmp_path / "files" / name)
    files = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    home = tmp_path / "home"
    report = ingest([tmp_path / "files"], home=home, collection="c", encoder=models.encoder, reranker=models.reranker)
    assert report.added + len(report.failed) + len(report.skipped) == len(files)
    assert len(report.failed) <= 7, [problem.reason for problem in report.failed]
    assert all(problem.reason and problem.remedy for problem in report.failed)
    assert verify(home, "c").problems == ()
    with open_collection("c", home=home) as collection:
        found = collection.search("how to configure a cluster manager", 5)
    assert len(found.hits) == 5
    again = ingest([tmp_path / "files"], home=home, collection="c")
    assert again.unchanged == report.added and again.commits == 0
