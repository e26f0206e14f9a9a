"""Readers search while a writer commits: every answer is of one generation, whole."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from indexer.ingest import ingest
from tests.conftest import Models
from tests.support.documents import write_records

ROOT = Path(__file__).parents[2]
DOCUMENTS = 12
VERSIONS = 5
BATCH = 4  # chunks of one commit

READER = """
import json, sys
from pathlib import Path
from engine.collection import open_collection

home, ready, stop = map(Path, sys.argv[1:])
stopped = False
while not stopped:
    stopped = stop.exists()
    with open_collection("c", home=home) as collection:
        manifest = collection.generation.manifest
        result = collection.search("the river", 100, collapse=True)
        again = collection.search("the river", 100, collapse=True)  # the writer may have gone on meanwhile
    texts = {hit.document.id: hit.document.text for hit in result.hits}
    print(json.dumps([result.generation, manifest.living.documents, texts]))
    assert texts == {hit.document.id: hit.document.text for hit in again.hits}
    ready.touch()
"""


def version_of(text: str) -> int:
    return int(text.removesuffix(".").rpartition(" ")[2])


def test_readers_see_whole_generations(models: Models, tmp_path: Path, setting: object) -> None:
    setting(commit_chunks=BATCH, sweep_grace_seconds=0)  # type: ignore[operator]
    home, stop = tmp_path / "home", tmp_path / "stop"

    def write(version: int) -> int:
        """Replaces the documents in order, BATCH in each commit."""
        records = [{"id": f"d{n:02d}", "text": f"The river, version {version}."} for n in range(DOCUMENTS)]
        file = write_records(tmp_path / "records.jsonl", records)
        return ingest(
            [file], home=home, collection="c", encoder=models.encoder, reranker="none", text_first=False
        ).generation

    first = write(0)
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(home), str(ready), str(stop)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for ready in (tmp_path / "ready1", tmp_path / "ready2")
    ]
    deadline = time.monotonic() + 60
    while len(list(tmp_path.glob("ready*"))) < len(readers) and time.monotonic() < deadline:
        time.sleep(0.02)
    last = first
    for version in range(1, VERSIONS + 1):
        last = write(version)
    stop.touch()

    commits = DOCUMENTS // BATCH
    assert last >= first + VERSIONS * commits  # merges are generations too
    seen: dict[int, int] = {}  # generation -> commits that it holds beyond the first version
    for reader in readers:
        out, errors = reader.communicate(timeout=120)
        assert reader.returncode == 0, errors
        for line in out.splitlines():
            generation, living, texts = json.loads(line)
            assert living == len(texts) == DOCUMENTS
            versions = [version_of(texts[f"d{n:02d}"]) for n in range(DOCUMENTS)]
            newer = sum(version > versions[-1] for version in versions)
            expected = [versions[-1] + 1 if n < newer else versions[-1] for n in range(DOCUMENTS)]
            assert versions == expected and newer % BATCH == 0
            progress = versions[-1] * commits + newer // BATCH
            assert seen.setdefault(generation, progress) == progress
    assert {first, last} <= seen.keys()
    assert [seen[generation] for generation in sorted(seen)] == sorted(seen.values())
