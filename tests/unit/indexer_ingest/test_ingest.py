"""The ingest loop: what is embedded, what is committed, what is reported."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from engine.collection import open_collection
from engine.errors import ModelMismatch, SourceNotFound, UsageError
from engine.filters import parse_filter
from engine.models import LocalModels, load_encoder
from engine.protocols import Encoder, Role
from engine.query.request import Request
from engine.store.generation import open_generation
from engine.types import Float32
from indexer.ingest import ingest
from indexer.report import IngestReport, Progress
from tests.conftest import Models
from tests.support.checkpoints import tiny_static
from tests.support.documents import topical, write_folder, write_records


class Watched:
    """An encoder that counts the texts it embeds, and fails once `limit` are done."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.embedded = 0
        self.limit: int | None = None

    def __getattr__(self, name: str) -> object:
        return getattr(self._encoder, name)

    def encode(self, texts: Sequence[str], *, role: Role = "document") -> Float32:
        if self.limit is not None and self.embedded + len(texts) > self.limit:
            raise KeyboardInterrupt
        self.embedded += len(texts)
        return self._encoder.encode(texts, role=role)


@pytest.fixture
def watched(models: Models, monkeypatch: pytest.MonkeyPatch) -> Watched:
    encoder = Watched(load_encoder(models.encoder))
    monkeypatch.setattr(LocalModels, "encoder", lambda self, name: encoder)
    return encoder


@pytest.fixture
def run(home: Path, models: Models) -> Callable[..., IngestReport]:
    def go(*paths: Path) -> IngestReport:
        return ingest(paths, home=home, collection="c", encoder=models.encoder, reranker=models.reranker)

    return go


def texts(home: Path) -> dict[str, str]:
    """Name of each living document's file -> its text, as search sees them."""
    with open_collection("c", home=home) as collection:
        hits = collection.search("the river", 1000).hits
        return {Path(hit.document.uri).name: hit.document.text for hit in hits}


@pytest.fixture
def kept(setting: Callable[..., None], tmp_path: Path) -> Path:
    """The file of embedded passages."""
    setting(cache=tmp_path / "cache", embeddings_disk_mb=50, text_first_chunks=20)
    return tmp_path / "cache" / "embeddings.sqlite"


def test_of_a_changed_document_only_new_passages_are_embedded(
    home: Path, run: Callable[..., IngestReport], watched: Watched, models: Models, kept: Path, tmp_path: Path
) -> None:
    parts = [f"Part {n}. " + f"The river number {n} runs to the bridge of the city. " * 8 for n in range(30)]
    file = write_folder(tmp_path / "docs", {"a.txt": "\n\n".join(parts)}) / "a.txt"
    run(file)
    assert watched.embedded > 30 and kept.exists()
    watched.embedded = 0
    file.write_text("\n\n".join([*parts[:29], "Part 29. " + "Food is sold at the market. " * 8]))
    assert run(file).updated == 1
    assert 0 < watched.embedded <= 3
    watched.embedded = 0
    file.write_text("\n\n".join(parts))
    run(file)
    assert watched.embedded == 0
    ingest([file], home=home, collection="other", encoder=models.encoder, reranker="none")
    assert watched.embedded == 0


def test_nothing_is_kept_of_a_private_home(
    home: Path, run: Callable[..., IngestReport], watched: Watched, kept: Path, tmp_path: Path
) -> None:
    home.mkdir(exist_ok=True)
    (home / "private").touch()
    run(write_folder(tmp_path / "docs", {"a.txt": "The river."}))
    assert watched.embedded == 1 and not kept.exists()


FOLDER = {"a.txt": "The river.", "b.md": "# Bridge\n\nThe bridge.", "sub/c.txt": "Food.", "sub/d.html": "<p>City.</p>"}


def test_unchanged_files_cost_nothing(run: Callable[..., IngestReport], watched: Watched, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "docs", FOLDER)
    first = run(folder)
    assert (first.added, first.updated, first.unchanged, first.commits) == (4, 0, 0, 1)
    assert watched.embedded == first.chunks == 4
    second = run(folder)
    assert (second.added, second.updated, second.unchanged, second.commits, second.chunks) == (0, 0, 4, 0, 0)
    assert watched.embedded == 4
    assert second.generation == first.generation


def test_a_changed_file_is_replaced_in_one_commit(
    run: Callable[..., IngestReport], watched: Watched, tmp_path: Path, home: Path
) -> None:
    folder = write_folder(tmp_path / "docs", FOLDER)
    first = run(folder)
    write_folder(folder, {"a.txt": "The engine now. " * 200})
    second = run(folder)
    assert (second.added, second.updated, second.unchanged) == (0, 1, 3)
    assert second.commits == 1 and second.generation > first.generation
    assert second.chunks == watched.embedded - 4 > 1
    assert texts(home)["a.txt"].startswith("The engine now.")
    with open_generation(home, "c") as generation:
        assert generation.manifest.living.documents == 4
        assert generation.manifest.living.chunks == 3 + second.chunks


def test_nothing_missing_is_deleted(run: Callable[..., IngestReport], tmp_path: Path, home: Path) -> None:
    folder = write_folder(tmp_path / "docs", FOLDER)
    first = run(folder)
    (folder / "a.txt").unlink()
    assert run(folder / "sub").generation == first.generation
    assert run(folder).generation == first.generation
    assert set(texts(home)) == {"a.txt", "b.md", "c.txt", "d.html"}


def test_a_file_named_twice_is_read_once(run: Callable[..., IngestReport], tmp_path: Path, home: Path) -> None:
    folder = write_folder(tmp_path / "docs", FOLDER)
    report = run(folder / "a.txt", folder, folder / "sub" / ".." / "a.txt")
    assert (report.documents, report.added, report.warnings) == (4, 4, [])
    assert len(texts(home)) == 4


def test_an_id_that_comes_twice_is_reported_and_the_last_wins(
    run: Callable[..., IngestReport], tmp_path: Path, home: Path
) -> None:
    records = [{"id": "x", "text": "The river."}, {"id": "y", "text": "A bridge."}, {"id": "x", "text": "The food."}]
    report = run(write_records(tmp_path / "r.jsonl", records))
    assert (report.added, report.updated, report.documents) == (2, 1, 3)
    (problem,) = report.warnings
    assert problem.source.endswith("r.jsonl") and "'x' came more than once" in problem.reason
    with open_collection("c", home=home) as collection:
        assert {hit.document.id: hit.document.text for hit in collection.search("food", 5).hits} == {
            "x": "The food.",
            "y": "A bridge.",
        }


def test_every_file_is_accounted_for(run: Callable[..., IngestReport], tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "docs", {**FOLDER, "e.xyz": "\0", ".hidden.txt": "?", "bad.jsonl": '{"id": 1\n'})
    (folder / "junk.txt").write_bytes(bytes(range(256)) * 40)
    (folder / "dangling.txt").symlink_to(folder / "nowhere")
    report = run(folder)
    assert (report.added, len(report.skipped), len(report.failed)) == (4, 2, 3)
    assert {Path(problem.source).name for problem in report.failed} == {"junk.txt", "dangling.txt", "bad.jsonl#1"}
    assert all(problem.reason and problem.remedy for problem in report.failed)
    data = report.to_json()
    assert data["documents"] == data["added"] + data["updated"] + data["unchanged"] + len(data["failed"])


def test_a_file_that_became_unreadable_keeps_its_document(
    run: Callable[..., IngestReport], tmp_path: Path, home: Path
) -> None:
    folder = write_folder(tmp_path / "docs", FOLDER)
    first = run(folder)
    (folder / "a.txt").write_bytes(bytes(range(256)) * 40)
    report = run(folder)
    assert (report.unchanged, len(report.failed), report.generation) == (3, 1, first.generation)
    assert texts(home)["a.txt"] == "The river."


def test_values_of_different_types_are_kept_and_told(
    run: Callable[..., IngestReport], tmp_path: Path, home: Path
) -> None:
    records: list[dict[str, Any]] = [
        {"id": "x", "text": "The river.", "year": 1999},
        {"id": "y", "text": "The food.", "year": "long ago", "tag": "t"},
    ]
    report = run(write_records(tmp_path / "r.jsonl", records))
    assert (report.added, report.failed) == (2, [])
    assert [problem.source for problem in report.warnings] == ["y"] and "year" in report.warnings[0].reason
    with open_collection("c", home=home) as collection:
        found = {hit.document.id: dict(hit.document.metadata) for hit in collection.search("river", 5).hits}
    assert found == {"x": {"year": 1999}, "y": {"tag": "t", "year": "long ago"}}


def test_commits_as_it_goes(
    run: Callable[..., IngestReport], setting: Callable[..., None], tmp_path: Path, home: Path
) -> None:
    setting(commit_chunks=5)
    report = run(write_records(tmp_path / "r.jsonl", topical(12)))
    assert (report.added, report.commits) == (12, 6)  # the text of three segments, then their vectors
    with open_generation(home, "c") as generation:
        assert [entry.documents for entry in generation.manifest.segments] == [12]  # merged at the end


def test_commits_after_a_while(run: Callable[..., IngestReport], setting: Callable[..., None], tmp_path: Path) -> None:
    setting(commit_seconds=1e-9)
    assert run(write_records(tmp_path / "r.jsonl", topical(3))).commits == 6  # texts, then vectors


def test_an_interrupted_ingest_continues(
    run: Callable[..., IngestReport], setting: Callable[..., None], watched: Watched, tmp_path: Path, home: Path
) -> None:
    setting(commit_chunks=4)
    file = write_records(tmp_path / "r.jsonl", topical(14))
    watched.limit = 10
    with pytest.raises(KeyboardInterrupt):
        run(file)
    assert watched.embedded == 8  # all text was committed first, then two segments of 4 got their vectors
    with open_generation(home, "c") as generation:
        assert generation.manifest.living.documents == 14
    watched.limit, watched.embedded = None, 0
    report = run(file)
    assert (report.unchanged, report.added, watched.embedded) == (14, 0, 6)


def test_an_interrupted_ingest_with_its_vectors_continues(
    models: Models, setting: Callable[..., None], watched: Watched, tmp_path: Path, home: Path
) -> None:
    setting(commit_chunks=4)
    file = write_records(tmp_path / "r.jsonl", topical(14))

    def run() -> IngestReport:
        return ingest([file], home=home, collection="c", encoder=models.encoder, reranker="none", text_first=False)

    watched.limit = 10
    with pytest.raises(KeyboardInterrupt):
        run()
    with open_generation(home, "c") as generation:
        assert (generation.manifest.living.documents, generation.manifest.dense_coverage) == (8, 1.0)
    watched.limit, watched.embedded = None, 0
    report = run()
    assert (report.unchanged, report.added, watched.embedded) == (8, 6, 6)


def test_progress_is_told(home: Path, models: Models, tmp_path: Path) -> None:
    told: list[Progress] = []
    ingest(
        [write_folder(tmp_path / "docs", FOLDER)],
        home=home,
        collection="c",
        encoder=models.encoder,
        reranker="none",
        watch=told.append,
    )
    counts = [(progress.documents, progress.chunks, progress.commits) for progress in told]
    assert counts == sorted(counts) and told[-1] == Progress(4, 4, 1, total=4, read=48, size=48)
    assert told[0].total is None  # not known while documents are being read


def test_a_missing_path_stops_before_anything_is_made(run: Callable[..., IngestReport], tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "docs", FOLDER)
    with pytest.raises(SourceNotFound):
        run(folder, tmp_path / "nowhere")
    assert not (tmp_path / "home").exists()


def test_models_are_the_collections_own(
    run: Callable[..., IngestReport], models: Models, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_folder(tmp_path, FOLDER) / "a.txt"
    monkeypatch.chdir(Path(models.encoder).parent)
    ingest([file], home=home, collection="c", encoder="encoder", reranker="./reranker")
    monkeypatch.chdir(tmp_path)  # a relative directory is kept as an absolute one
    with open_collection("c", home=home) as collection:
        assert collection.generation.manifest.models == {"encoder": models.encoder, "reranker": models.reranker}
        assert collection.search("river").hits
    assert ingest([file], home=home, collection="c").unchanged == 1  # the bundled pair is not asked for
    with pytest.raises(UsageError, match="reranks with"):
        ingest([file], home=home, collection="c", reranker="none")
    other = tiny_static(tmp_path / "other", seed=7)
    with pytest.raises(ModelMismatch, match=models.encoder):
        ingest([file], home=home, collection="c", encoder=str(other))


def test_a_text_too_short_to_tell_takes_the_language_of_the_collection(
    run: Callable[..., IngestReport], tmp_path: Path, home: Path
) -> None:
    prose = "the digital computer stores numbers in its memory and reads them again for each step of the program"
    records = [{"id": f"long-{i}", "text": f"In paper {i}, {prose}."} for i in range(3)]
    write_records(tmp_path / "a.jsonl", [*records, {"id": "first", "text": "Filters of Algol"}])
    run(tmp_path / "a.jsonl")
    write_records(tmp_path / "b.jsonl", [{"id": "later", "text": "Old computers"}, {"id": "other", "text": "Фильтры"}])
    run(tmp_path / "b.jsonl")
    with open_generation(home, "c") as generation:
        found = {name: generation.find(name) for name in ("first", "later", "other")}
        languages = {name: generation.document(*place).language for name, place in found.items() if place}
    assert languages == {"first": "en", "later": "en", "other": "und"}


def test_a_document_with_a_title_alone_is_found_by_it(
    run: Callable[..., IngestReport], tmp_path: Path, home: Path
) -> None:
    records: list[dict[str, Any]] = [
        {"_id": "d1", "title": "Wood ash glaze for stoneware", "text": ""},
        {"_id": "d5", "title": "A kiln of bricks", "text": None},
        {"_id": "d2", "text": "The river."},
        {"_id": "empty", "text": ""},
    ]
    matter = write_folder(tmp_path / "docs", {"a.md": "---\ntitle: Ferry times\n---\n", "b.txt": ""})
    report = run(write_records(tmp_path / "r.jsonl", records), matter)
    assert (report.added, report.failed) == (6, [])
    assert {Path(problem.source).name for problem in report.warnings} == {"empty", "b.txt"}
    with open_collection("c", home=home) as collection:
        for query, expected in (("wood ash glaze", "d1"), ("kiln bricks", "d5"), ("ferry times", "a.md")):
            hit = collection.searcher.search(Request(query, 1, mode="lexical")).hits[0]
            assert Path(hit.document.id).name == expected
            assert hit.chunk.text == hit.document.title


def test_a_file_that_was_named_and_cannot_be_read_has_failed(
    run: Callable[..., IngestReport], tmp_path: Path, home: Path
) -> None:
    folder = write_folder(tmp_path / "docs", dict.fromkeys(("a.exe", "b.bin", "c.bin", "README", ".h"), "\x00"))
    report = run(folder / "a.exe", folder / "README", folder)
    assert [(Path(problem.source).name, problem.reason) for problem in report.failed] == [
        ("a.exe", "No parser reads .exe files, and it is not text."),
        ("README", "No parser reads files without a suffix, and it is not text."),
    ]
    assert all("PDF" in problem.remedy for problem in report.failed)
    assert report.skipped_by_kind == ["2 .bin: no parser", "1 without a suffix: hidden"]
    assert not home.exists()


def test_no_collection_is_made_where_nothing_can_be_read(
    run: Callable[..., IngestReport], tmp_path: Path, home: Path
) -> None:
    folder = write_folder(tmp_path / "docs", {"x.exe": "\0"})
    (folder / "junk.txt").write_bytes(bytes(range(256)) * 40)
    report = run(folder)
    assert (len(report.failed), len(report.skipped), report.generation) == (1, 1, 0)
    assert not home.exists()
    write_folder(folder, {"a.txt": "The river."})
    assert run(folder).added == 1


def test_what_parsers_leave_out_becomes_a_warning(run: Callable[..., IngestReport], tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "docs", {"a.md": "Choose <select><option>red</option></select>."})
    (problem,) = run(folder).warnings
    assert Path(problem.source).name == "a.md" and "<select>" in problem.reason


def test_metadata_is_filtered_in_the_form_in_which_it_was_given(
    run: Callable[..., IngestReport], tmp_path: Path, home: Path
) -> None:
    records: list[dict[str, Any]] = [
        {"id": "a", "text": "The river.", "n": 1234567890123456789, "when": "2024-01-31T23:30:00-05:00", "by": "José"},
        {"id": "b", "text": "The river.", "n": 1234567890123456788, "when": "2024-02-01T04:30:00Z", "by": "Jose\u0301"},
        {"id": "c", "text": "The river.", "n": "1815", "when": "2024-03-05", "by": "Ann"},
    ]
    run(write_records(tmp_path / "r.jsonl", records))
    with open_collection("c", home=home) as collection:

        def ids(text: str) -> set[str]:
            found = collection.search("river", 5, filter=parse_filter(text), collapse=True)
            return {hit.document.id for hit in found.hits}

        assert ids("n:1234567890123456789") == {"a"}
        assert ids("n:<2000") == {"c"}
        assert ids("when:2024-01-31T23:30:00-05:00") == ids("when:2024-02-01T04:30:00Z") == {"a", "b"}
        assert ids("when:2024-02") == {"a", "b"} and ids("when:>=2024-02-15") == {"c"}
        assert ids("by:José") == ids("by:Jose\u0301") == {"a", "b"}
        found = collection.searcher.search(Request("river", 5, facets=("n", "by", "when")))
        values = {name: {count.value: count.count for count in counts} for name, counts in found.facets.items()}
        assert values["n"] == {1234567890123456789: 1, 1234567890123456788: 1, 1815: 1}
        assert values["by"] == {"José": 2, "Ann": 1}
        assert sorted(values["when"].values()) == [1, 2]
        assert all(type(value) is int for value in values["n"])
