"""`import winnow` and `python -m winnow`: what they offer, and that files of the same names do them no harm."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import winnow
from engine.collection import open_collection
from indexer.ingest import ingest
from tests.conftest import Models

ROOT = Path(__file__).parents[3]


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def crowded(tmp_path: Path) -> Path:
    """A folder with modules of the names that Winnow's packages have."""
    (tmp_path / "engine.py").write_text("raise RuntimeError('the wrong engine')\n")
    for name in ("api", "data", "indexer", "benchmarks"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"raise RuntimeError('the wrong {name}')\n")
    return tmp_path


def test_every_public_name_is_there() -> None:
    assert winnow.open_collection is open_collection
    for name in winnow.__all__:
        assert getattr(winnow, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = winnow.nothing


@pytest.mark.parametrize("module", ["engine", "api.terminal.cli", "api.terminal.commands.search"])
def test_ctrl_c_during_the_imports_shows_no_traceback(module: str) -> None:
    program = f"""
import sys
from winnow.__main__ import main

class Interrupting:
    def find_spec(self, name, *given):
        if name == {module!r}:
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupting())
sys.argv = ["winnow", "search", "compost"]
main()
"""
    ended = run(ROOT, "-c", program)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


def test_it_says_its_version_as_a_module() -> None:
    assert run(Path("/"), "-m", "winnow", "--version").stdout == f"winnow {winnow.__version__}\n"


def test_modules_of_the_same_names_in_the_working_directory_do_no_harm(crowded: Path) -> None:
    (crowded / "notes.txt").write_text("The harbour opens at six.")
    (crowded / "script.py").write_text(
        "import winnow\n"
        "with winnow.open_collection(home=__import__('pathlib').Path('home')) as collection:\n"
        "    print(collection.search('when does the harbour open').hits[0].document.title)\n"
    )
    ingested = run(crowded, "-m", "winnow", "ingest", "notes.txt", "--home", "home", "--preset", "fast")
    assert ingested.returncode == 0, ingested.stderr
    assert run(crowded, "script.py").stdout == "notes\n"


def test_a_foreign_module_that_was_imported_before_is_named(tmp_path: Path) -> None:
    (tmp_path / "engine.py").write_text("")
    failed = run(tmp_path, "-c", "import engine, winnow; winnow.Recipe")
    assert "A module named 'engine' that is not Winnow's was imported before it" in failed.stderr


def test_a_request_has_every_option_and_stands_alone(models: Models, tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("# Notes\n\nThe river and the city.\n")
    options: dict[str, Any] = {"encoder": models.encoder, "reranker": models.reranker}
    ingest([tmp_path / "notes.md"], home=tmp_path / "home", collection="default", **options)
    with winnow.open_collection(home=tmp_path / "home") as collection:
        assert set(collection.search(winnow.Request("river", rankings=True)).rankings) >= {"lexical", "dense"}
        with pytest.raises(winnow.WinnowError, match="every option already"):
            collection.search(winnow.Request("river"), k=3)  # type: ignore[call-overload]
