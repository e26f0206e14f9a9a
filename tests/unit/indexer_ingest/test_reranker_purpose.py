"""An ingest says once that the chosen reranker does not judge answers."""

from __future__ import annotations

from pathlib import Path

from indexer.ingest import ingest
from tests.support.checkpoints import tiny_encoder


def test_a_new_collection_says_it_once(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "a.txt").write_text("The river runs under the bridge.")
    encoder = str(tiny_encoder(tmp_path / "encoder"))
    reranker = "cross-encoder/stsb-roberta-base"  # no ingest loads it

    def notes(collection: str, judge: str | None) -> list[str]:
        report = ingest([folder], home=home, collection=collection, encoder=encoder, reranker=judge)
        return [note for note in report.notes if "judges" in note]

    [note] = notes("c", reranker)
    assert note.startswith(reranker) and "winnow search --models" in note
    (folder / "b.txt").write_text("The city has a library.")
    assert notes("c", reranker) == notes("c", None) == []
    assert notes("d", None) == notes("e", "none") == []
