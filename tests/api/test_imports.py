"""What a command costs before it does anything: modules that must not be imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from indexer.ingest import ingest
from tests.conftest import Models
from tests.support.documents import write_folder

ROOT = Path(__file__).parents[2]
SCRIPT = """
import json, sys
sys.argv = ["winnow", *sys.argv[1:]]
from api.terminal.cli import main
try:
    main()
except SystemExit as end:
    print(json.dumps([end.code or 0, sorted(sys.modules)]), file=sys.stderr)
"""


def modules_of(*arguments: str) -> set[str]:
    """Modules in memory when the command ends."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    code, names = json.loads(done.stderr.splitlines()[-1])
    assert code == 0, done.stderr
    return set(names)


def test_help_imports_no_engine_libraries() -> None:
    assert not modules_of("--help") & {
        *("onnxruntime", "onnx", "pyarrow", "tokenizers", "faiss", "sqlalchemy", "torch", "numpy"),
        *("tantivy", "py3langid", "fastapi", "uvicorn"),
    }


@pytest.mark.timed
def test_help_is_quick() -> None:
    def cost() -> float:
        """CPU seconds of the command, which do not depend on what else the machine does."""
        before = os.times()
        subprocess.run([sys.executable, "-c", SCRIPT, "--help"], cwd=ROOT, capture_output=True, check=True)
        after = os.times()
        return after.children_user + after.children_system - before.children_user - before.children_system

    assert min(cost() for _ in range(2)) < 1.5


def test_search_imports_neither_torch_nor_parsers(models: Models, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "docs", {"a.txt": "The river.", "b.txt": "A bridge."})
    home = tmp_path / "home"
    ingest([folder], home=home, collection="default", encoder=models.encoder, reranker=models.reranker)
    names = modules_of("search", "river", "--home", str(home), "--json")
    assert "onnxruntime" in names
    assert not names & {"torch", "transformers", "sentence_transformers", "trafilatura", "pypdfium2", "alembic"}
    assert not names & {"sqlalchemy", "pyarrow.compute", "fastapi", "starlette", "uvicorn", "mcp", "jinja2"}
    assert not names & {"asyncio", "pydantic_settings", "httpx", "tqdm", "scipy", "sklearn", "nltk", "jsonschema"}
    assert not names & {"rapidfuzz", "usearch", "http.client", "tomllib", "faiss"}
    again = modules_of("search", "bridge", "--home", str(home), "--json")  # with the graphs that the first one kept
    assert "onnxruntime" in again and "onnx" not in again
    assert not names & {"pandas", "benchmarks"}  # which pyarrow imports where it is installed; which has other commands


def test_what_stays_is_not_looked_through_for_garbage() -> None:
    script = """
import gc, sys
sys.argv = ["winnow", "--version"]
from winnow.__main__ import main
try:
    main()
except SystemExit:
    print(gc.get_freeze_count(), gc.get_threshold()[0])
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    frozen, threshold = map(int, done.stdout.splitlines()[-1].split())
    assert frozen > 10_000 and threshold > 10_000


def test_head_gives_no_traceback(models: Models, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "docs", {f"{n}.txt": f"The river {n}. " * 50 for n in range(10)})
    home = tmp_path / "home"
    ingest([folder], home=home, collection="default", encoder=models.encoder, reranker="none")
    for options in ([], ["--json"]):
        process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "from api.terminal.cli import main; main()",
                "search",
                "river",
                "--home",
                str(home),
                *options,
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout and process.stderr
        process.stdout.close()  # as if the reader had gone before anything came
        errors = process.stderr.read()
        assert process.wait(60) == 1
        assert "Traceback" not in errors and "BrokenPipe" not in errors, errors


# What a shell starts in the background ignores the signal, and so do its children.
INTERRUPTIBLE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from api.terminal.cli import main
main()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs signals")
def test_ctrl_c_ends_with_130(models: Models, tmp_path: Path) -> None:
    import signal

    texts = {f"{number}.txt": f"The river {number}. " * 400 for number in range(2000)}
    folder = write_folder(tmp_path / "docs", texts)
    home = tmp_path / "home"
    arguments = ["ingest", str(folder), "--home", str(home), "--models", models.option]
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, *arguments],
        cwd=ROOT,
        env={**os.environ, "WINNOW_COMMIT_CHUNKS": "100"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not list(home.glob("collections/*/generations/000000003.json")) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert out == "" and "What was committed is kept" in errors and "Traceback" not in errors
    report = ingest([folder / "0.txt"], home=home, collection="default")
    assert report.unchanged == 1
