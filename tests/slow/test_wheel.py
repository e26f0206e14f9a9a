"""A built wheel, installed into a clean environment outside the checkout, finds its models and sample, and answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.readme_commands import run_readme

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "WINNOW"))}
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin directory of an environment that holds nothing but the wheel and what it asks for."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    binaries = folder / "venv" / "bin"
    run(binaries / "pip", "install", "--quiet", f"{wheel}[cpu]", cwd=folder)
    return binaries


def test_quickstart_answers_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    shown = run(installed / "python", "-m", "api.terminal.quickstart", "--home", tmp_path / "home", cwd=tmp_path)
    assert "smelly-compost.md" in shown and "rerank #1" in shown


def test_search_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    sample = run(installed / "python", "-c", "import data; print(data.SAMPLE)", cwd=tmp_path).strip()
    assert not sample.startswith(str(ROOT))
    articles = Path(sample) / "articles" / "gardening"
    run(installed / "winnow", "ingest", articles, "--home", tmp_path, cwd=tmp_path)
    asked = ("search", "compost bin stinks of bad eggs", "--home", tmp_path, "--json")
    found = json.loads(run(installed / "winnow", *asked, cwd=tmp_path))
    assert found["hits"][0]["title"].startswith("Why does my compost stink")
    assert run(installed / "winnow", "verify", "--home", tmp_path, cwd=tmp_path).strip() == "default: clean"


def test_the_preset_fast_is_in_the_wheel(installed: Path, tmp_path: Path) -> None:
    sample = run(installed / "python", "-c", "import data; print(data.SAMPLE)", cwd=tmp_path).strip()
    article = Path(sample) / "articles" / "gardening" / "smelly-compost.md"
    asked = ("ask-document", article, "bad eggs", "--preset", "fast", "--json")
    models = json.loads(run(installed / "winnow", *asked, cwd=tmp_path))["models"]
    assert models == {"encoder": "bundled-static", "reranker": "bundled"}


# Of the commands in README.md and docs/, what a venv with [cpu] alone cannot do, and what it says instead.
NEEDS_AN_EXTRA = {"serve": "serve", "mcp": "mcp", "train": "train", "watch": "watch"}
# They name what is not there: another machine's models, a generation or a backup of an earlier day.
MAY_FAIL = (
    *("BAAI/", "cross-encoder/", "intfloat/", "./mine", "openai+", "tei+"),
    *("-c letters", "winnow diff", "winnow certify", "--min-relevance", "tune --judged"),
    *("https://docs.example.org", "s3://bucket", "cluster.yaml"),
)


def test_every_command_of_the_pages_runs_or_names_its_extra(installed: Path, tmp_path: Path) -> None:
    faults = []
    for ran in run_readme(installed, tmp_path / "me"):
        extra = NEEDS_AN_EXTRA.get(ran.line.split()[1])
        if extra is not None:
            right = ran.code != 0 and f"winnow-search[{extra}]" in ran.output
        else:
            right = ran.code == 0 or (any(part in ran.line for part in MAY_FAIL) and ran.code in (1, 2))
        if not right or "Traceback" in ran.output or "No module named" in ran.output:
            faults.append(f"{ran.line}: {ran.code}\n{ran.output[-600:]}")
    assert not faults, "\n\n".join(faults)


def test_quickstart_prints_commands_that_work_when_pasted(installed: Path, tmp_path: Path) -> None:
    shown = run(installed / "python", "-m", "api.terminal.quickstart", "--home", "kept here", cwd=tmp_path)
    pasted = [line[2:] for line in shown.splitlines() if line.startswith("$ ")]
    assert len(pasted) == 5
    for line in pasted:
        found = run("sh", "-c", line, cwd=tmp_path)
        answers = ("0 added", "0 passages read", "smelly-compost.md", "1. ")
        assert any(answer in found for answer in answers), f"{line}: {found}"


@pytest.mark.parametrize("command", ["tune", "certify", "diff", "bench run", "bench compare", "bench evaluate"])
def test_what_needs_an_extra_says_so(installed: Path, tmp_path: Path, command: str) -> None:
    shown = run(installed / "winnow", *command.split(), "--help", cwd=tmp_path)
    assert "Usage" in shown


def test_the_wheel_brings_no_torch(installed: Path, tmp_path: Path) -> None:
    listed = json.loads(run(installed / "pip", "list", "--format", "json", cwd=tmp_path))
    assert not {"torch", "transformers", "sentence-transformers"} & {package["name"] for package in listed}
