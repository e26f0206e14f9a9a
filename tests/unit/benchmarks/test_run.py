"""`winnow bench run`: what it reports, and that what it reports is so."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from benchmarks.metrics import MEASURES, evaluate
from benchmarks.output import read_output
from benchmarks.result import percentiles
from benchmarks.trec import read_run
from engine.errors import SourceNotFound, UsageError
from engine.query.pipeline import Request, Searcher
from engine.query.ranking import Ranking
from tests.unit.benchmarks.conftest import QRELS, Bench, Finished, write_beir

JUDGED = {query: judged for query, judged in QRELS.items() if any(judged.values())}


def test_the_result_has_the_promised_names(finished: Finished) -> None:
    result = finished.result
    assert (result["dataset"], result["split"], result["queries"]) == ("tiny", "test", 4)
    assert set(result["stages"]) == {"lexical", "dense", "dense_float", "fused", "reranked"}
    for values in result["stages"].values():
        assert values.keys() == MEASURES.keys()
        assert all(0.0 <= value <= 1.0 for value in values.values())
    assert result["latency_ms"].keys() == {"p50", "p95", "p99"}
    assert result["latency_ms"]["p50"] <= result["latency_ms"]["p95"] <= result["latency_ms"]["p99"]
    assert {"encode", "lexical", "dense", "fusion", "rerank", "total"} <= result["latency_by_stage_ms"].keys()
    assert result["ready_ms"]["reranked"] == result["latency_ms"]
    assert 20 < result["peak_rss_mb"] < 10_000
    assert result["index_bytes"] > 1000
    assert result["failed"] == [] and result["warnings"] == []


def test_the_build_is_measured_once_and_then_reused(finished: Finished, bench: Bench, models: str) -> None:
    build = finished.result["build"]
    assert (build["documents"], build["reused"]) == (6, False)
    assert build["documents_per_second"] == pytest.approx(6 / build["seconds"], rel=0.05)
    again = bench("run", finished.data, "--models", models, "--home", finished.home, "--json")
    second = json.loads(again.stdout)
    assert second["build"]["reused"] and second["build"]["documents_per_second"] is None
    assert second["build"]["collection"] == build["collection"]
    stages = finished.result["stages"]
    assert second["stages"] == {stage: stages[stage] for stage in second["stages"]}


def test_a_changed_corpus_is_not_answered_from_the_old_index(finished: Finished, bench: Bench, models: str) -> None:
    changed = write_beir(finished.home.parent / "changed", corpus={"compost": "Something else.", "x": "Tides."})
    done = bench("run", changed, "--models", models, "--home", finished.home, "--json")
    result = json.loads(done.stdout)
    assert result["build"]["documents"] == 2
    assert result["build"]["collection"] != finished.result["build"]["collection"]


def test_lexical_finds_what_shares_the_words(finished: Finished) -> None:
    assert finished.result["stages"]["lexical"]["Success@10"] == 1.0
    assert finished.result["stages"]["lexical"]["MRR@10"] == 1.0


def test_the_runs_score_as_the_result_says(finished: Finished) -> None:
    for stage, values in finished.result["stages"].items():
        run = read_run(finished.out / "runs" / f"{stage}.trec")
        assert evaluate(JUDGED, run) == pytest.approx(values), stage


def test_per_query_values_average_to_the_result(finished: Finished) -> None:
    saved = read_output(finished.out)
    assert saved.result == finished.result
    assert [record["query_id"] for record in saved.queries] == list(JUDGED)
    for stage, values in finished.result["stages"].items():
        for metric, mean in values.items():
            found = [record["scores"][stage][metric] for record in saved.queries]
            assert sum(found) / len(found) == pytest.approx(mean)


def test_the_document_that_is_the_query_itself_is_left_out(finished: Finished) -> None:
    for stage in finished.result["stages"]:
        run = read_run(finished.out / "runs" / f"{stage}.trec")
        assert "q-self" not in run["q-self"]
        assert "q-self" in run["q2"] or stage == "lexical"  # elsewhere it is a document like any other
    lexical = read_run(finished.out / "runs" / "lexical.trec")
    assert lexical["q-self"][0] == "knots"


def test_exact_search_shows_the_loss_by_quantisation(finished: Finished) -> None:
    found, stages = finished.result["quantisation"], finished.result["stages"]
    assert found["overlap@100"] == 1.0  # both lists hold all documents
    lost = stages["dense"]["nDCG@10"] - stages["dense_float"]["nDCG@10"]
    assert found["nDCG@10"] == pytest.approx(lost, abs=1e-6)


def test_without_reranking_there_is_no_such_stage(finished: Finished, bench: Bench, models: str) -> None:
    arguments = ("--models", models, "--home", finished.home, "--set", "rerank=none", "--limit", "2")
    done = bench("run", finished.data, *arguments)
    assert done.exit_code == 0, done.output
    assert "fused" in done.stdout and "reranked" not in done.stdout
    assert "(test, 2 queries)" in done.stdout
    assert "index reused" in done.stdout


def test_a_query_that_fails_counts_as_zero_and_is_listed(
    finished: Finished, bench: Bench, models: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rank = Searcher.rank

    def failing(self: Searcher, request: Request) -> Ranking:
        if request.query == "bicycle chain":
            raise RuntimeError("out of order")
        return rank(self, request)

    monkeypatch.setattr(Searcher, "rank", failing)
    arguments = ("--models", models, "--home", finished.home, "--json", "--out", tmp_path, "--exact")
    result = json.loads(bench("run", finished.data, *arguments).stdout)
    assert result["failed"] == [{"query": "q2", "error": "RuntimeError: out of order"}]
    assert result["queries"] == 4
    assert result["stages"]["lexical"]["Success@10"] == 0.75
    record = next(record for record in read_output(tmp_path).queries if record["query_id"] == "q2")
    assert record["scores"]["lexical"]["nDCG@10"] == 0.0 and "out of order" in record["error"]


def test_a_judged_query_without_text_fails(bench: Bench, models: str, tmp_path: Path) -> None:
    data = write_beir(tmp_path / "data", qrels={"q1": {"compost": 1}, "lost": {"bread": 1}})
    result = json.loads(bench("run", data, "--models", models, "--json").stdout)
    assert [failed["query"] for failed in result["failed"]] == ["lost"]
    assert result["stages"]["lexical"]["MRR@10"] == 0.5


def test_a_model_trained_on_the_collection_is_named(finished: Finished, bench: Bench, models: str) -> None:
    encoder, reranker = models.split(",")
    trained = Path(reranker).with_name("trained")
    shutil.copytree(reranker, trained)
    (trained / "README.md").write_text("---\ndatasets: [BeIR/tiny]\n---\n# A model\n", encoding="utf-8")
    arguments = ("run", finished.data, "--models", f"{encoder},{trained}", "--home", finished.home, "--limit", 1)
    done = bench(*arguments, "--json")
    assert done.exit_code == 0, repr(done.exception)
    result = json.loads(done.stdout)
    assert result["trained_on"] == {"encoder": None, "reranker": ["BeIR/tiny"]}
    assert len(result["warnings"]) == 1
    assert "was trained on this collection's train split" in result["warnings"][0]
    assert "was trained on this collection's train split" in bench(*arguments).stdout


def test_documents_that_cannot_be_indexed_are_told(bench: Bench, models: str, tmp_path: Path) -> None:
    data = write_beir(tmp_path / "data")
    with (data / "corpus.jsonl").open("a", encoding="utf-8") as corpus:
        corpus.write('{"_id": "broken"\n')
    result = json.loads(bench("run", data, "--models", models, "--limit", 1, "--json").stdout)
    assert len(result["build"]["failed"]) == 1
    assert any("could not be indexed" in warning for warning in result["warnings"])


@pytest.mark.parametrize(
    ("arguments", "error", "told"),
    [
        (["--split", "dev"], SourceNotFound, "test"),
        (["--set", "colour=red"], UsageError, "colour"),
        (["--models", "a,b,c"], UsageError, "--models"),
    ],
)
def test_wrong_usage_is_a_typed_error(
    bench: Bench, beir: Path, arguments: list[str], error: type[Exception], told: str
) -> None:
    done = bench("run", beir, *arguments)
    assert isinstance(done.exception, error)
    assert told in str(done.exception)


def test_percentiles_interpolate() -> None:
    assert percentiles(range(101)) == {"p50": 50.0, "p95": 95.0, "p99": 99.0}
    assert percentiles([]) == {}
