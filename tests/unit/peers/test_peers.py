"""The peers that can be installed lightly, run for real on a tiny collection; the others are skipped with a message."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks.cli import app
from benchmarks.peers import run
from benchmarks.peers.base import Corpus
from benchmarks.peers.engines.st_hybrid import reciprocal_ranks
from benchmarks.peers.models import load_rank
from benchmarks.peers.registry import PEERS, load_peer, missing
from benchmarks.peers.worker import Job
from engine.errors import UsageError
from engine.models import load_encoder, load_reranker
from engine.types import Passage
from indexer.evaluation.datasets import load_dataset
from tests.conftest import Models
from tests.support.documents import write_records

TEXTS = {
    "bridge": "The bridge over the river in the city",
    "food": "Food for the year: a document about food",
    "search": "A search engine ranks passages of a document",
    "city": "The city is old",
}


@pytest.fixture
def corpus(tmp_path: Path, models: Models) -> Corpus:
    vectors = load_encoder(models.encoder).encode(list(TEXTS.values()), role="document")
    np.save(tmp_path / "embeddings.npy", vectors)
    (tmp_path / "index").mkdir()
    embeddings = tmp_path / "embeddings.npy"
    return Corpus(list(TEXTS), list(TEXTS.values()), tmp_path / "index", embeddings, models.encoder, models.reranker)


@pytest.mark.parametrize("name", [name for name in PEERS if name != "winnow"])
def test_a_peer_finds_a_text_by_itself(name: str, corpus: Corpus) -> None:
    peer = load_peer(name)
    if missing(peer):
        pytest.skip(f"{name} is {missing(peer)}")
    (corpus.folder / name).mkdir()
    own = Corpus(**{**vars(corpus), "folder": corpus.folder / name})
    ready = peer.build(own)
    assert ready.index_bytes is None or ready.index_bytes > 0
    found = peer.search(TEXTS["search"], 3)
    assert found.stages
    for stage, ids in found.stages.items():
        assert set(ids) <= set(TEXTS) and len(ids) == len(set(ids)) <= 3
        assert found.ready_ms[stage] > 0
        if stage != "reranked":  # a random cross-encoder may well prefer another
            assert ids[0] == "search"


def test_the_bundled_reranker_has_its_own_order_as_a_peer() -> None:
    pytest.importorskip("sentence_transformers")
    texts, rows = [*TEXTS.values(), "How passages are ranked by an engine"], [4, 0, 2, 1]
    query = "what ranks the passages of a document"

    found = load_rank("bundled", texts)(query, rows)

    scores = dict(zip(rows, load_reranker("bundled").score(query, [Passage(texts[row]) for row in rows]), strict=True))
    assert found == sorted(rows, key=lambda row: -scores[row])


def test_every_registered_peer_has_its_name_and_a_note() -> None:
    for name in PEERS:
        peer = load_peer(name)
        assert peer.name == name and peer.note and peer.needs


def test_an_unknown_peer_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="rank-bm25"):
        load_peer("altavista")


def test_bm25_peers_return_no_document_without_a_word_of_the_query(corpus: Corpus) -> None:
    peer = load_peer("rank-bm25")
    peer.build(corpus)
    assert peer.search("zebra", 3).stages == {"lexical": []}
    assert set(peer.search("rivers", 3).stages["lexical"]) == {"bridge"}  # stemmed


def test_reciprocal_ranks_by_hand() -> None:
    # a: 1/61 + 1/62, b: 1/62 + 1/63, c: 1/61
    assert reciprocal_ranks([["a", "b"], ["c", "a", "b"]]) == ["a", "b", "c"]
    assert reciprocal_ranks([["b"], ["a"]]) == ["a", "b"]  # a tie goes by id
    assert reciprocal_ranks([[], []]) == []


def write_collection(folder: Path) -> Path:
    records = [{"_id": key, "title": "", "text": text} for key, text in TEXTS.items()]
    # q1's id is also a document's: it must not be its own answer
    queries = [{"_id": "city", "text": "The city is old"}, {"_id": "q2", "text": "food for the year"}]
    write_records(folder / "corpus.jsonl", records)
    write_records(folder / "queries.jsonl", queries)
    (folder / "qrels").mkdir()
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\ncity\tbridge\t1\nq2\tfood\t1\n")
    return folder


def test_winnow_is_judged_by_what_it_serves_where_its_reranker_stands_aside(tmp_path: Path) -> None:
    folder = write_collection(tmp_path / "tiny")
    with (folder / "corpus.jsonl").open("a", encoding="utf-8") as stream:
        text = "Die alte Brücke über den Fluss steht seit vielen Jahren mitten in unserer Stadt."
        stream.write(json.dumps({"_id": "de", "title": "", "text": text}) + "\n")
    dataset = load_dataset(str(folder), "test", tmp_path)
    (tmp_path / "index").mkdir()
    peer = load_peer("winnow")
    peer.build(Corpus(list(TEXTS), list(TEXTS.values()), tmp_path / "index", dataset=dataset))
    found = peer.search("Wo steht denn eigentlich die alte Brücke über den Fluss in dieser Stadt?", 3)
    assert found.stages["dense"] == []  # German, which the bundled pair does not declare
    assert found.stages["reranked"] == found.stages["fused"] and found.stages["fused"][0] == "de"
    assert found.ready_ms["reranked"] > 0


def test_the_command_measures_in_processes_and_goes_on_without_what_is_missing(tmp_path: Path, models: Models) -> None:
    data = write_collection(tmp_path / "tiny")
    wanted = "winnow,rank-bm25,txtai"
    arguments = ["peers", str(data), "--models", models.option, "--only", wanted, "--home", str(tmp_path / "home")]
    markdown = tmp_path / "table.md"
    done = CliRunner().invoke(app, [*arguments, "--json", "--markdown", str(markdown)])
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    rows = {(row["peer"], row.get("stage")): row for row in result["rows"]}
    assert {stage for peer, stage in rows if peer == "winnow"} == {"lexical", "dense", "fused", "reranked"}
    lexical, theirs = rows["winnow", "lexical"], rows["rank-bm25", "lexical"]
    assert lexical["metrics"]["nDCG@10"] == theirs["metrics"]["nDCG@10"] == 1.0
    assert theirs["ratio"]["nDCG@10"] == 1.0 and lexical["ratio"] == {}
    assert lexical["build_seconds"] > 0 and lexical["rss_mb"] > 20 and lexical["index_bytes"] > 0
    assert lexical["ready_ms"].keys() == {"p50", "p95", "p99"}
    if missing(load_peer("txtai")):
        assert rows["txtai", None]["status"].startswith("not installed: pip install")
        assert "pip install txtai" in markdown.read_text(encoding="utf-8")
    table = markdown.read_text(encoding="utf-8")
    assert "| winnow | lexical | 1.000 |" in table and "cuts documents into chunks" in table


def test_a_peer_that_fails_is_told_and_the_rest_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def work(job: Job) -> dict[str, Any]:
        if job.peer == "rank-bm25":
            raise run.PeerFailed("MemoryError: too much")
        lists = {"lexical": {"city": ["bridge"], "q2": []}}
        times = {"build_load": 0.0, "query_load": 0.0, "steps_ms": {}, "ready_ms": {"lexical": {"p50": 1.0}}}
        return times | {"lists": lists, "build_seconds": 1, "index_bytes": 1, "rss_mb": 1, "peak_rss_mb": 1}

    monkeypatch.setattr(run, "_work", work)
    plan = run.Plan(str(write_collection(tmp_path / "tiny")), "test", None, tmp_path, "bundled", "bundled")
    rows = run.run_peers(plan, ["rank-bm25", "tantivy"], lambda text: None)["rows"]
    assert [row["status"] for row in rows] == ["failed: MemoryError: too much", "ok"]
    assert rows[1]["metrics"]["nDCG@10"] == 0.5


def test_the_worker_says_what_went_wrong(tmp_path: Path) -> None:
    job = Job("rank-bm25", str(tmp_path / "gone"), "test", None, "", "", None, "bundled", "bundled", 100)
    with pytest.raises(run.PeerFailed, match="SourceNotFound"):
        run._work(job)
