"""`winnow tune` from end to end, made queries, and the benchmark commands around it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from engine.collection import open_collection
from engine.errors import UsageError
from engine.store.generation import open_generation
from engine.store.repair.verify import verify
from engine.store.writer import open_writer
from indexer.evaluation.judging import Judgement, Judgements
from indexer.evaluation.tuning.judged import Judged, read_judged
from indexer.evaluation.tuning.pseudo import pseudo_queries
from tests.conftest import Models, Winnow
from tests.support.checkpoints import tiny_cross_encoder


def test_tuning_stores_the_recipe_with_its_evidence(winnow: Winnow, home: Path, files: list[object]) -> None:
    options = ["-c", "c", "--home", home, "--depth", 8, "--json", *files]
    dry = winnow("tune", *options, "--dry-run").json
    before = winnow("stats", "-c", "c", "--home", home, "--json").json
    assert before["evidence"] is None and before["generation"] == dry["generation"]
    proposed = winnow("tune", *options).json  # ten queries are too few to change a collection
    assert proposed == {**dry, "evidence": proposed["evidence"]} and not proposed["stored"]
    assert winnow("stats", "-c", "c", "--home", home, "--json").json == before
    done = winnow("tune", *options, "--store").json
    assert done["stored"]
    after = winnow("stats", "-c", "c", "--home", home, "--json").json
    assert after["generation"] == done["generation"] == dry["generation"] + 1
    assert after["recipe"] == done["recipe"] == dry["recipe"]
    assert after["evidence"] == done["evidence"] and after["calibration"] == done["calibration"]
    assert done["evidence"]["queries"] == 10 and done["evidence"]["origin"] == "judged"
    assert set(done["evidence"]["stages"]) == {"lexical", "dense", "fused", "reranked"}
    assert verify(home, "c").problems == ()
    assert done["evidence"]["recipe"] in winnow("stats", "-c", "c", "--home", home).out
    with open_collection("c", home=home) as collection:
        assert collection.searcher.recipe.to_json() == done["recipe"]


def test_what_people_judged_on_the_page_is_tuned_with(
    winnow: Winnow, home: Path, files: list[object], judged: Judged
) -> None:
    options = ["-c", "c", "--home", home, "--depth", 5, "--dry-run", "--json"]
    nobody = winnow("tune", *options, "--judged")
    assert nobody.code != 0 and "Nobody has judged a hit" in nobody.err
    with open_generation(home, "c") as generation:
        kept = Judgements(generation.layout)
    for query, text in judged.queries.items():
        for document, grade in judged.qrels[query].items():
            kept.judge([Judgement(text, document, grade)])
    found = winnow("tune", *options, "--judged").json
    given = winnow("tune", *options, *files).json
    assert found["evidence"]["queries"] == 10 and found["recipe"] == given["recipe"]
    by_name = winnow("tune", *options, "--queries", kept.queries, "--qrels", kept.qrels).json
    assert {**by_name["evidence"], "date": ""} == {**found["evidence"], "date": ""}
    assert "one source" in winnow("tune", *options, "--judged", *files).err


def test_tuning_for_a_person(winnow: Winnow, home: Path, files: list[object]) -> None:
    shown = winnow("tune", "-c", "c", "--home", home, "--depth", 5, "--dry-run", *files)
    assert shown.code == 0 and "recipe:" in shown.out and "nothing stored (--dry-run)" in shown.out
    proposed = winnow("tune", "-c", "c", "--home", home, "--depth", 5, *files)
    assert proposed.code == 0 and "fewer than 50 only propose" in proposed.out and "--store" in proposed.out


def test_enough_judged_queries_are_stored(
    winnow: Winnow, home: Path, files: list[object], judged: Judged, tmp_path: Path
) -> None:
    queries, qrels = tmp_path / "many.jsonl", tmp_path / "many.tsv"
    asked = [
        (f"{name}-{n}", text, grades)
        for name, text in judged.queries.items()
        for n in range(5)
        for grades in [judged.qrels[name]]
    ]
    queries.write_text("".join(json.dumps({"_id": q, "text": text}) + "\n" for q, text, _ in asked))
    qrels.write_text("".join(f"{q}\t{d}\t{grade}\n" for q, _, grades in asked for d, grade in grades.items()))
    options = ["-c", "c", "--home", home, "--depth", 5, "--queries", queries, "--qrels", qrels, "--json"]
    assert winnow("tune", *options).json["stored"]
    tuned = winnow("stats", "-c", "c", "--home", home, "--json").json
    assert tuned["evidence"]["queries"] == 50
    back = winnow("tune", "-c", "c", "--home", home, "--reset", "--json").json
    now = winnow("stats", "-c", "c", "--home", home, "--json").json
    assert now["evidence"] is None and now["calibration"] is None and now["recipe"] == back["recipe"]
    assert (
        now["recipe"]["rerank"] != "none"
        and "untuned recipe" in winnow("tune", "-c", "c", "--home", home, "--reset").out
    )


def test_without_a_relevance_the_remedy_is_told(winnow: Winnow, home: Path) -> None:
    search = ["search", "river", "-c", "c", "--home", home, "--min-relevance", 0.3]
    untuned = winnow(*search)
    assert untuned.code == 2 and "Run `winnow tune` with judged queries" in untuned.err
    assert winnow("tune", "-c", "c", "--home", home, "--pseudo", 12, "--depth", 5, "--store").code == 0
    tuned = winnow(*search)
    assert tuned.code == 2 and "tuned with 12 pseudo queries" in tuned.err and "tune --reset" in tuned.err


def test_tuning_without_a_reranker(winnow: Winnow, home: Path, files: list[object], models: Models) -> None:
    done = winnow("tune", "-c", "c", "--home", home, "--models", f"{models.encoder},none", "--json", *files).json
    assert done["recipe"]["rerank"] == "none"
    assert done["evidence"]["models"]["reranker"] is None


def test_a_recipe_for_another_reranker_is_not_stored(
    winnow: Winnow, home: Path, files: list[object], models: Models, tmp_path: Path
) -> None:
    other = tiny_cross_encoder(tmp_path / "other", seed=5)
    options = ["-c", "c", "--home", home, "--depth", 5, "--models", f"{models.encoder},{other}", *files]
    refused = winnow("tune", *options)
    assert refused.code == 2 and "would not be its own" in refused.err
    assert winnow("tune", *options, "--dry-run").code == 0


def test_tuning_needs_one_source_of_queries(winnow: Winnow, home: Path, files: list[object], tmp_path: Path) -> None:
    for options in ([], files[:2], [*files, "--pseudo", 20]):
        outcome = winnow("tune", "-c", "c", "--home", home, *options)
        assert outcome.code == 2 and "one source" in outcome.err
    few = tmp_path / "few.jsonl"
    few.write_text('{"_id": "q1", "text": "river"}\n')
    outcome = winnow("tune", "-c", "c", "--home", home, "--queries", few, *files[2:])
    assert outcome.code == 2 and "too few" in outcome.err


def test_made_queries_say_so(winnow: Winnow, home: Path) -> None:
    done = winnow("tune", "-c", "c", "--home", home, "--pseudo", 12, "--depth", 5, "--json").json
    assert not done["stored"] and 0.0 < done["recipe"]["dense_weight"] < 1.0
    assert done["evidence"]["origin"] == "pseudo" and done["calibration"] is None
    assert "made from" in winnow("tune", "-c", "c", "--home", home, "--pseudo", 12, "--depth", 5, "--dry-run").out


def test_made_queries_come_from_the_collection(tuning_home: Path) -> None:
    with open_generation(tuning_home, "c") as generation:
        made = pseudo_queries(generation, 30, seed=3)
        assert made == pseudo_queries(generation, 30, seed=3)
        assert made != pseudo_queries(generation, 30, seed=4)
        assert len(set(made.queries.values())) == len(made.queries) == 30
        for query, text in made.queries.items():
            (name,) = made.qrels[query]
            place = generation.find(name)
            assert place is not None
            document = generation.document(*place)
            words = re.findall(r"\w+", document.title) + re.findall(r"\w+", document.text)
            assert set(text.split()) <= set(words) and 3 <= len(text.split()) <= 25
        with pytest.raises(UsageError, match="too few"):
            pseudo_queries(generation, 5)


def test_made_queries_do_not_come_from_deleted_documents(home: Path) -> None:
    with open_writer(home, "c") as writer:
        deleted = [name for name in writer.content_hashes() if name >= "d020"]
        writer.commit(None, deletes=deleted)
    with open_generation(home, "c") as generation:
        made = pseudo_queries(generation, 100)
    assert {name for grades in made.qrels.values() for name in grades} <= {f"d{n:03d}" for n in range(20)}


def test_queries_without_text_or_relevant_documents_are_left_out(files: list[object], judged: Judged) -> None:
    queries, qrels = (Path(str(path)) for path in files[1::2])
    qrels.write_text(qrels.read_text() + "lost\td001\t1\nq0\td002\t0\n")
    assert read_judged(queries, qrels).queries == judged.queries


def test_the_benchmark_of_tuning(
    winnow: Winnow, models: Models, judged: Judged, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.support.documents import topical
    from tests.unit.benchmarks.conftest import write_beir

    corpus = {record["id"]: record["text"] for record in topical(70)}
    data = write_beir(tmp_path / "tiny", corpus=corpus, queries=judged.queries, qrels=judged.qrels)
    options = ["--observations", tmp_path / "kept", "--models", models.option, "--depth", 10]
    assert winnow("bench", "tuning", data, *options, "--collect").out == ""
    kept = sorted((tmp_path / "kept").glob("*.jsonl"))
    size = [path.stat().st_size for path in kept]
    result = winnow("bench", "tuning", data, *options, "--json").json
    assert [path.stat().st_size for path in kept] == size
    part = result["collections"][0]
    assert part["queries"] == 10 and result["mean_regret"] == pytest.approx(part["held_out"]["regret"])
    assert "mean regret" in winnow("bench", "tuning", data, *options).out
    out = tmp_path / "calibration.json"
    made = winnow("bench", "calibrate", data, "--split", "test", *options, "--out", out)
    assert made.code == (0 if out.exists() else 2)


def test_a_sweep_measures_every_combination_as_the_path_would(
    winnow: Winnow, models: Models, judged: Judged, tmp_path: Path
) -> None:
    from tests.support.documents import topical
    from tests.unit.benchmarks.conftest import write_beir

    corpus = {record["id"]: record["text"] for record in topical(70)}
    data = write_beir(tmp_path / "tiny", corpus=corpus, queries=judged.queries, qrels=judged.qrels)
    options = ["--split", "test", "--observations", tmp_path / "kept", "--models", models.option, "--json"]
    vary = ["--vary", "dense_weight=0.2,0.8", "--vary", "rerank=none,blend"]
    done = winnow("bench", "sweep", data, *options, *vary).json
    assert [row["recipe"] for row in done["rows"]] == [
        f"dense_weight={weight} rerank={rerank}" for weight in (0.2, 0.8) for rerank in ("none", "blend")
    ]
    told = ["--split", "test", "--models", models.option, "--json", "--set", "dense_weight=0.8"]
    whole = winnow("bench", "run", data, *told).json["stages"]
    assert done["rows"][2]["nDCG@10"] == pytest.approx(whole["fused"]["nDCG@10"], abs=1e-4)
    assert done["rows"][3]["nDCG@10"] == pytest.approx(whole["reranked"]["nDCG@10"], abs=1e-4)
    assert done["rows"][2]["R@100"] == pytest.approx(whole["fused"]["R@100"], abs=1e-4)


@pytest.mark.parametrize(("vary", "said"), [("dense_weight", "NAME=A,B"), ("nothing=1", "nothing"), ("k1=x", "k1")])
def test_a_sweep_of_what_is_no_knob_is_a_usage_error(winnow: Winnow, tmp_path: Path, vary: str, said: str) -> None:
    done = winnow("bench", "sweep", "data/sample", "--observations", tmp_path, "--vary", vary)
    assert done.code == 2 and said in done.err
