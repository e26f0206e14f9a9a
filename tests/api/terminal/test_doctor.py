"""doctor: a line for each thing that can be wrong, with its remedy; and what sends people there."""

from __future__ import annotations

import email
import platform
import shutil
import sys
import tomllib
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from api.terminal.cli import main
from api.terminal.doctor import environment, models
from engine.errors import ModelNotFound
from engine.models.selftest import trial
from engine.models.selftest.results import Result
from tests.conftest import Models, Outcome, Winnow
from tests.support.documents import topical, write_records

DEVELOPMENT = {"test", "test-slow", "test-browser", "test-cluster", "docs"}


@pytest.fixture
def filled(winnow: Winnow, home: Path, models: Models, tmp_path: Path) -> Path:
    file = write_records(tmp_path / "notes.jsonl", topical(6))
    assert winnow("ingest", file, "--home", home, "--models", models.option).code == 0
    return home


@pytest.fixture(autouse=True)
def without_models(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bundled models take seconds to load: one test looks at them."""
    if "bundled" not in request.node.name:
        monkeypatch.setattr(models, "BUNDLED_MODELS", {})


def found(outcome: Outcome, state: str, name: str | None = None) -> list[dict[str, str]]:
    return [one for one in outcome.json["findings"] if one["state"] == state and name in (None, one["name"])]


def collection(home: Path) -> Path:
    (found,) = (home / "collections").iterdir()
    return found


def test_what_is_whole_has_no_problem(winnow: Winnow, filled: Path) -> None:
    told = winnow("doctor", "--home", filled, "--json")
    assert (told.code, told.json["healthy"], found(told, "problem")) == (0, True, [])
    assert {one["area"] for one in told.json["findings"]} >= {"environment", "home", "disk"}
    shown = winnow("doctor", "--home", filled)
    assert (
        shown.code == 0 and "default: 6 documents" in shown.out and shown.out.splitlines()[-1].startswith("0 problems")
    )


def test_what_embeds_the_bundled_models_documents_is_told(
    winnow: Winnow, home: Path, tmp_path: Path, setting: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "run_trial", lambda name: Result((), "its process ended with -4."))
    setting(runtime="auto", cache=tmp_path / "cache")
    assert winnow("models", "test").code == 0
    told = winnow("doctor", "--home", home, "--json")
    (failed,) = found(told, "warning", "winnow-encoder")
    assert "ended with -4" in failed["message"] and "winnow models test bundled" in failed["remedy"]
    assert any("not tested" in one["message"] for one in found(told, "ok", "winnow-multilingual"))


def test_the_bundled_models_are_as_published(winnow: Winnow, home: Path) -> None:
    told = winnow("doctor", "--home", home, "--json")
    assert len(found(told, "ok", "winnow-reranker")) == 1 and told.code == 0


def test_a_home_that_does_not_exist_yet_is_no_problem_and_is_not_made(winnow: Winnow, home: Path) -> None:
    assert winnow("doctor", "--home", home).code == 0
    assert not home.exists()


def _cut(home: Path) -> None:
    path = next((collection(home) / "segments").glob("*/documents.arrow"))
    path.write_bytes(path.read_bytes()[:-1])


def _remove_manifest(home: Path) -> None:
    for path in (collection(home) / "generations").iterdir():
        path.unlink()


def _spoil_catalogue(home: Path) -> None:
    (home / "catalogue.sqlite").write_bytes(b"no database" * 1000)


def _lose_catalogue(home: Path) -> None:
    for path in home.glob("catalogue.sqlite*"):
        path.unlink()


def _unknown_collection(home: Path) -> None:
    """Beside one that the catalogue names lies a copy that it does not."""
    shutil.copytree(collection(home), home / "collections" / ("0" * 32))


@pytest.mark.parametrize(
    ("harm", "remedy"),
    [
        (_cut, "repair -c default"),
        (_remove_manifest, "repair"),
        (_spoil_catalogue, "repair --catalogue"),
        (_lose_catalogue, "repair --catalogue"),
        (_unknown_collection, "repair --catalogue"),
    ],
)
def test_damage_is_a_problem_with_a_remedy(
    winnow: Winnow, filled: Path, harm: Callable[[Path], None], remedy: str
) -> None:
    harm(filled)
    told = winnow("doctor", "--home", filled, "--json")
    assert told.code == 1 and not told.json["healthy"]
    assert any(remedy in one["remedy"] for one in found(told, "problem")), found(told, "problem")
    assert winnow("doctor", "--home", filled).code == 1


def test_a_broken_collection_does_not_hide_the_next(
    winnow: Winnow, filled: Path, models: Models, tmp_path: Path
) -> None:
    _remove_manifest(filled)
    file = write_records(tmp_path / "more.jsonl", topical(3))
    assert winnow("ingest", file, "--home", filled, "-c", "second", "--models", models.option).code == 0
    told = winnow("doctor", "--home", filled, "--json")
    assert found(told, "problem", "default") and found(told, "ok", "second")


def test_a_model_that_is_gone(winnow: Winnow, filled: Path, models: Models, tmp_path: Path) -> None:
    place = shutil.copytree(models.encoder, tmp_path / "mine")
    file = write_records(tmp_path / "more.jsonl", topical(3))
    assert winnow("ingest", file, "--home", filled, "-c", "own", "--models", f"{place},none").code == 0
    shutil.rmtree(place)
    (problem,) = found(winnow("doctor", "--home", filled, "--json"), "problem", "own")
    assert str(place) in problem["message"] and problem["remedy"]


def test_what_was_interrupted_or_moved_is_a_warning(winnow: Winnow, home: Path, models: Models, tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "one.txt").write_text("The ferry leaves at six.", encoding="utf-8")
    assert winnow("ingest", folder, "--home", home, "--models", models.option).code == 0
    folder.rename(tmp_path / "elsewhere")
    generations = collection(home) / "generations"
    (generations / "000000099.json").write_bytes(b"{}")
    warnings = found(winnow("doctor", "--home", home, "--json"), "warning", "default")
    assert {"--root letters" in one["remedy"] for one in warnings} == {True, False}
    assert any("commit was cut short" in one["message"] for one in warnings)


def test_vectors_that_are_missing_are_a_warning(
    winnow: Winnow, home: Path, models: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_records(tmp_path / "notes.jsonl", topical(6))

    def interrupted(*given: object, **options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("indexer.ingest.embed_missing", interrupted)
        winnow("ingest", file, "--home", home, "--models", models.option, "--text-first")
    (warning,) = found(winnow("doctor", "--home", home, "--json"), "warning", "default")
    assert "0% of its chunks have vectors" in warning["message"] and "ingest" in warning["remedy"]


def test_only_an_embedding_that_can_be_gone_on_with_is_a_warning(winnow: Winnow, filled: Path) -> None:
    place = collection(filled)
    (segment,) = (path.name for path in (place / "segments").iterdir())
    sets = place / "vectors"
    (sets / "000000001-00c0ffee.0123456789abcdef.partial").mkdir(parents=True)  # a finished ingest leaves such a one
    assert not found(winnow("doctor", "--home", filled, "--json"), "warning", "default")
    (sets / f"{segment}.0123456789abcdef.partial").mkdir()
    (warning,) = found(winnow("doctor", "--home", filled, "--json"), "warning", "default")
    assert "embedding was cut short" in warning["message"]


def test_little_room_is_told(winnow: Winnow, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    for free, state in ((5, "problem"), (500, "warning")):
        monkeypatch.setattr("shutil.disk_usage", lambda place, free=free: usage(0, 0, free * 2**20))
        told = winnow("doctor", "--home", home, "--json")
        assert found(told, state, "home") and told.code == (state == "problem")


def test_a_cache_that_cannot_be_written_is_told(
    winnow: Winnow, home: Path, tmp_path: Path, setting: Callable[..., None]
) -> None:
    (tmp_path / "file").write_text("no folder")
    for cache, state in ((tmp_path / "absent" / "cache", "ok"), (tmp_path / "file", "warning")):
        setting(cache=cache)
        told = winnow("doctor", "--home", home, "--json")
        (finding,) = found(told, state, "cache")
        assert str(cache) in finding["message"] and told.code == 0 and not (tmp_path / "absent").exists()
        assert ("WINNOW_CACHE" in (finding["remedy"] or "")) == (state == "warning")


def test_packages_and_extras_that_are_missing(winnow: Winnow, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = environment._is_here
    absent = {"rich", "fastapi", "faiss-cpu", "faiss-gpu"}
    monkeypatch.setattr(environment, "_is_here", lambda name: name not in absent and here(name))
    told = winnow("doctor", "--home", home, "--json")
    assert {one["name"] for one in found(told, "problem")} == {"packages", "FAISS"} and told.code == 1
    (serve,) = found(told, "ok", "extra serve")
    assert "not installed" in serve["message"] and "winnow-search[serve]" in serve["message"]


def test_a_package_that_does_not_load(winnow: Winnow, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(module: str) -> Any:
        raise ImportError("libstdc++.so.6: version not found")

    monkeypatch.setattr(environment, "import_module", broken)
    problems = found(winnow("doctor", "--home", home, "--json"), "problem")
    assert any("tantivy" in one["message"] and "libstdc++" in one["message"] for one in problems)


def test_settings_that_cannot_be_read(winnow: Winnow, home: Path, setting: Callable[..., None]) -> None:
    setting(threads=0)
    problems = found(winnow("doctor", "--home", home, "--json"), "problem")
    assert any("threads" in one["message"] for one in problems)


def test_an_extra_is_what_it_brings_to_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenVINO is a part of `cpu` where it has a build: elsewhere nothing is missing without it."""
    lines = [
        "faiss-cpu>=1.9; extra == 'cpu'",
        "openvino; (sys_platform == 'nowhere' and platform_machine == 'x86_64') and extra == 'cpu'",
        "numpy>=2.0",
    ]
    metadata = email.message_from_string("Provides-Extra: cpu\nProvides-Extra: none\n")
    monkeypatch.setattr(environment, "distribution", lambda name: SimpleNamespace(requires=lines, metadata=metadata))
    assert environment.required() == {"": ["numpy"], "cpu": ["faiss-cpu"], "none": []}
    lines[1] = lines[1].replace("nowhere", sys.platform).replace("x86_64", platform.machine())
    assert environment.required()["cpu"] == ["faiss-cpu", "openvino"]


def test_the_list_of_extras_is_complete() -> None:
    root = Path(__file__).parents[3]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(environment.EXTRAS) == set(project["optional-dependencies"]) - DEVELOPMENT


def test_a_changed_or_missing_file_of_a_model_is_named(tmp_path: Path) -> None:
    from engine.models.checkpoints.locate import locate

    copy = shutil.copytree(locate("bundled-static", "encoder"), tmp_path / "model")
    assert models.changed_files(copy) == []
    (copy / "model.safetensors").write_bytes(b"")
    (copy / "tokenizer.json").unlink()
    assert models.changed_files(copy) == ["model.safetensors", "tokenizer.json"]
    (copy / "CHECKSUMS.sha256").unlink()
    with pytest.raises(ModelNotFound):
        models.changed_files(copy)


@pytest.mark.parametrize("error", [KeyError("x"), ValueError("[red]odd"), AssertionError(), ImportError("no numpy")])
def test_an_unexpected_failure_points_to_it(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr("api.terminal.cli.build", lambda only: fail)
    with pytest.raises(SystemExit) as end:
        main()
    said = capsys.readouterr().err
    assert end.value.code == 1 and "winnow doctor" in said and type(error).__name__ in said
    assert str(error) in said and "Traceback" in said  # nothing that a report needs is lost
