"""Loading judged collections: every layout gives the same data set, and what is missing is named."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.errors import ParseFailed, SourceNotFound
from indexer.evaluation.datasets import Dataset, load_dataset
from indexer.evaluation.datasets.corpus import corpus_file
from indexer.evaluation.datasets.named import collection_key, named_datasets
from indexer.evaluation.datasets.records import read_records
from tests.unit.benchmarks.conftest import CORPUS, QRELS, QUERIES, Bench, write_beir

JUDGED = {query: judged for query, judged in QRELS.items() if any(judged.values())}


def documents(dataset: Dataset, cache: Path) -> dict[str, str]:
    return {record["_id"]: record["text"] for record in read_records([corpus_file(dataset, cache)])}


def write_parquet(folder: Path, part: str, name: str, rows: list[dict[str, object]]) -> None:
    (folder / part).mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), folder / part / f"{name}.parquet")


def parquet_folder(folder: Path, *, qrels: str = "qrels", ids: str = "_id") -> Path:
    """The layout of MTEB's and NanoBEIR's repositories, the corpus in two shards."""
    rows: list[dict[str, object]] = [{ids: key, "title": None, "text": text} for key, text in CORPUS.items()]
    write_parquet(folder, "corpus", "corpus-00000-of-00002", rows[:3])
    write_parquet(folder, "corpus", "corpus-00001-of-00002", rows[3:])
    write_parquet(folder, "queries", "queries-00000-of-00001", [{ids: k, "text": t} for k, t in QUERIES.items()])
    judgements: list[dict[str, object]] = [
        {"query-id": query, "corpus-id": document, "score": float(grade)}
        for query, judged in QRELS.items()
        for document, grade in judged.items()
    ]
    write_parquet(folder, qrels, "test-00000-of-00002", judgements[:2])
    write_parquet(folder, qrels, "test-00001-of-00002", judgements[2:])
    write_parquet(folder, qrels, "train-00000-of-00001", [{"query-id": "q1", "corpus-id": "bread", "score": 1}])
    return folder


def check(dataset: Dataset, cache: Path) -> None:
    assert dataset.qrels == JUDGED  # without the query for which nothing is relevant
    assert dataset.queries == {query: QUERIES[query] for query in JUDGED}
    assert documents(dataset, cache) == CORPUS


@pytest.mark.parametrize("compress", [False, True])
def test_a_beir_folder(tmp_path: Path, compress: bool) -> None:
    dataset = load_dataset(write_beir(tmp_path / "tiny", compress=compress), "test", tmp_path)
    assert (dataset.name, dataset.split) == ("tiny", "test")
    check(dataset, tmp_path)


@pytest.mark.parametrize("folder", ["", "scifact"])
def test_a_zip_file_with_or_without_a_folder_inside(tmp_path: Path, folder: str) -> None:
    source = write_beir(tmp_path / "source" / folder)
    archive = shutil.make_archive(str(tmp_path / "scifact"), "zip", tmp_path / "source")
    shutil.rmtree(source)
    dataset = load_dataset(archive, "test", tmp_path / "cache")
    assert dataset.name == "scifact"
    check(dataset, tmp_path)
    assert load_dataset(archive, "test", tmp_path / "cache").corpus == dataset.corpus  # unpacked once


def test_a_zip_file_stays_inside_the_cache(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        archive.writestr("../../escaped.txt", "out")
    with pytest.raises(SourceNotFound, match="holds no corpus"):
        load_dataset(tmp_path / "evil.zip", "test", tmp_path / "deep" / "cache")
    assert not list(tmp_path.glob("escaped.txt")) and not list(tmp_path.parent.glob("escaped.txt"))


@pytest.mark.parametrize(("qrels", "ids"), [("qrels", "_id"), ("default", "id"), ("data", "_id")])
def test_parquet_folders(tmp_path: Path, qrels: str, ids: str) -> None:
    dataset = load_dataset(parquet_folder(tmp_path / "set", qrels=qrels, ids=ids), "test", tmp_path)
    check(dataset, tmp_path)
    assert load_dataset(tmp_path / "set", "train", tmp_path).qrels == {"q1": {"bread": 1}}


def test_parquet_judgements_without_a_grade_are_relevant(tmp_path: Path) -> None:
    folder = parquet_folder(tmp_path / "nano")
    shutil.rmtree(folder / "qrels")
    write_parquet(folder, "qrels", "train-00000-of-00001", [{"query-id": "q1", "corpus-id": "compost"}])
    assert load_dataset(folder, "train", tmp_path).qrels == {"q1": {"compost": 1}}


def test_a_parquet_folder_runs_like_any_other(tmp_path: Path, bench: Bench, models: str) -> None:
    done = bench("run", parquet_folder(tmp_path / "set"), "--models", models, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["stages"]["lexical"]["MRR@10"] == 1.0


def test_whole_numbers_as_ids_become_text(tmp_path: Path) -> None:
    write_parquet(tmp_path / "n", "corpus", "a", [{"_id": 7, "text": "seven"}])
    write_parquet(tmp_path / "n", "queries", "a", [{"_id": 1, "text": "which?"}])
    write_parquet(tmp_path / "n", "qrels", "test", [{"query-id": 1, "corpus-id": 7, "score": 1}])
    dataset = load_dataset(tmp_path / "n", "test", tmp_path)
    assert dataset.qrels == {"1": {"7": 1}}
    assert documents(dataset, tmp_path) == {"7": "seven"}


def test_trec_columns_and_a_file_without_a_header(tmp_path: Path) -> None:
    folder = write_beir(tmp_path / "set")
    (folder / "qrels" / "test.tsv").write_text("q1\t0\tcompost\t2\nq2\tbicycle\t1\n\n", encoding="utf-8")
    assert load_dataset(folder, "test", tmp_path).qrels == {"q1": {"compost": 2}, "q2": {"bicycle": 1}}


def test_a_broken_line_is_an_error_with_its_number(tmp_path: Path) -> None:
    folder = write_beir(tmp_path / "set")
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tcompost\tmany\n", encoding="utf-8")
    with pytest.raises(ParseFailed, match="line 2"):
        load_dataset(folder, "test", tmp_path)


def test_a_missing_split_names_those_that_exist(tmp_path: Path) -> None:
    folder = write_beir(tmp_path / "set", split="train")
    with pytest.raises(SourceNotFound, match="Splits there: train"):
        load_dataset(folder, "test", tmp_path)


@pytest.mark.parametrize("part", ["corpus", "queries"])
def test_a_missing_part_is_named(tmp_path: Path, part: str) -> None:
    folder = write_beir(tmp_path / "set")
    (folder / f"{part}.jsonl").unlink()
    with pytest.raises(SourceNotFound, match=f"has no {part}"):
        load_dataset(folder, "test", tmp_path)


def test_ids_that_do_not_agree_are_an_error(tmp_path: Path) -> None:
    folder = write_beir(tmp_path / "set", queries={"other": "text"})
    with pytest.raises(SourceNotFound, match="ids"):
        load_dataset(folder, "test", tmp_path)


def test_limited_keeps_the_first_queries(tmp_path: Path) -> None:
    dataset = load_dataset(write_beir(tmp_path / "set"), "test", tmp_path).limited(2)
    assert list(dataset.qrels) == list(dataset.queries) == ["q1", "q2"]


def test_an_unknown_name_says_where_the_known_are(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound, match="winnow bench datasets"):
        load_dataset("no-such-set", "test", tmp_path)


def test_a_name_without_a_network_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(SourceNotFound, match="give a local directory"):
        load_dataset("scifact", "test", tmp_path)


def test_a_name_is_fetched_and_its_split_translated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_beir(tmp_path / "snapshot", split="train")
    asked: list[str] = []

    def snapshot(repository: str, **options: object) -> str:
        asked.append(repository)
        return str(folder)

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot)
    dataset = load_dataset("nano-scifact", "test", tmp_path)
    assert asked == ["zeta-alpha-ai/NanoSciFact"]
    assert (dataset.name, dataset.split, dataset.qrels) == ("nano-scifact", "test", JUDGED)


def test_the_table_holds_all_of_beir_and_nanobeir(bench: Bench) -> None:
    known = json.loads(bench("datasets", "--json").stdout)
    assert len([name for name in known if name.startswith("nano-")]) == 13
    assert len([name for name in known if name.startswith("cqadupstack-")]) == 12
    assert len({name for name in known if not name.startswith(("nano-", "cqadupstack-"))}) == 14
    assert len({dataset.hub for dataset in named_datasets().values()}) == len(known)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("scifact", "BeIR/scifact"),
        ("scifact", "mteb/SciFact/train"),
        ("nano-scifact", "allenai/scifact"),
        ("nq", "sentence-transformers/natural-questions"),
        ("fiqa", "zeta-alpha-ai/NanoFiQA2018"),
        ("webis-touche2020", "mteb/touche2020"),
        ("msmarco", "ms_marco"),
        ("scifact", "BeIR/scifact-qrels"),
    ],
)
def test_spellings_of_one_collection(one: str, other: str) -> None:
    assert collection_key(one) == collection_key(other)


@pytest.mark.parametrize(("one", "other"), [("fever", "climate-fever"), ("nq", "nfcorpus"), ("scifact", "scidocs")])
def test_different_collections(one: str, other: str) -> None:
    assert collection_key(one) != collection_key(other)


def test_lines_end_at_newlines_only(tmp_path: Path) -> None:
    row = {"_id": "1", "text": "one\u2028two\u0085three"}
    (tmp_path / "q.jsonl").write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8")
    assert list(read_records([tmp_path / "q.jsonl"])) == [row]
