"""Judgements that cannot be read: they are told, and searching goes on without them."""

from __future__ import annotations

import shutil

import pytest
from starlette.testclient import TestClient

from api.service.service import Service
from indexer.evaluation.judging import Judgement, Judgements

NOTES = "/collections/notes?q=river"


@pytest.mark.parametrize(
    "spoilt",
    [
        b"\xff\xfe no text",
        b'{"query-id": "a", "corp',
        b"[]",
        b"[" * 100_000,
        b'{"query-id": "a", "corpus-id": "b", "score": 1e400}',
        b'{"query-id": "a", "corpus-id": "b", "score": "good"}',
        b'{"query-id": null, "corpus-id": {}, "score": true}',
        None,
    ],
)
def test_spoilt_judgements_are_told_and_lock_nobody_out(
    browser: TestClient, service: Service, spoilt: bytes | None
) -> None:
    with service.readers.open("notes") as opened:
        kept = Judgements(opened.generation.layout)
    shutil.rmtree(kept.folder, ignore_errors=True)
    kept.judge([Judgement("river", "n1", 1)])
    if spoilt is None:
        kept.queries.unlink()
    else:
        kept.qrels.write_bytes(spoilt + b"\n")
    for address in (NOTES, "/search?in=notes&in=hostile&q=bridge", "/collections/notes", "/health"):
        found = browser.get(address)
        assert found.status_code == 200 and "What was judged of notes is left out" in found.text, address
        assert "/collections/notes/judge" not in found.text.replace("/collections/notes/judgements", "")
    sent = {"q": "river", "document": "n1", "grade": "none", "back": NOTES}
    assert browser.post("/collections/notes/judge", data=sent, follow_redirects=False).status_code == 422
    if spoilt is not None:
        assert kept.qrels.read_bytes() == spoilt + b"\n"
