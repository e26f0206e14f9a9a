"""Each extra by itself, in a clean environment: its commands work, all others say what they need. `make test-extras`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.files.office import make_xlsx
from tests.support.files.warc import warc
from tests.support.pdfs import Drawing, draw_pdf
from tests.support.readme_commands import run_readme
from tests.support.stubs.sites import Site, page, serving

ROOT = Path(__file__).parents[2]
LIGHT = ("mcp", "serve", "watch", "bench", "usearch", "postgres", "otel", "office", "ocr", "web", "web-archive")
HEAVY = ("torch", "train", "openvino", "peers")
CHOSEN = os.environ.get("WINNOW_TEST_EXTRAS", "")  # `light` or `all`
# Commands that would go on until they are told to end; txtai may bring what they need.
SERVING = {"serve": ("serve",), "mcp": ("mcp",), "watch": ("watch",), "peers": ("serve", "mcp", "watch")}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHOSEN, reason="minutes of installing: run `make test-extras`"),
]


def run(*command: str | Path, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """With no settings of this process but `more`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "WINNOW"))}
    words = [str(part) for part in command]
    return subprocess.run(
        words, cwd=cwd, env=kept | more, capture_output=True, text=True, timeout=900, stdin=subprocess.DEVNULL
    )


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheels of the engine and of the client."""
    folder = tmp_path_factory.mktemp("wheels")
    for project in (ROOT, ROOT / "clients" / "python"):
        built = run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, project, cwd=folder)
        assert built.returncode == 0, built.stderr[-2000:]
    return folder


@pytest.fixture
def environment(wheels: Path, tmp_path: Path) -> Callable[[str, str], Path]:
    """Make an environment with one of the wheels and an extra ("" for none), and return its bin directory."""

    def make(name: str, extra: str) -> Path:
        (wheel,) = wheels.glob(f"{name}-*.whl")
        assert run(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path).returncode == 0
        binaries = tmp_path / "venv" / "bin"
        wanted = f"{wheel}[{extra}]" if extra else str(wheel)
        done = run(binaries / "pip", "install", "-q", wanted, cwd=tmp_path)
        assert done.returncode == 0, done.stderr[-2000:]
        return binaries

    return make


@pytest.mark.parametrize(
    "extra",
    [
        *LIGHT,
        *(
            pytest.param(name, marks=pytest.mark.skipif(CHOSEN != "all", reason="set WINNOW_TEST_EXTRAS=all"))
            for name in HEAVY
        ),
    ],
)
def test_an_extra_by_itself(environment: Callable[[str, str], Path], tmp_path: Path, extra: str) -> None:
    binaries = environment("winnow_search", extra)
    folder = tmp_path / "me"
    # Without `cpu` there is no FAISS: the scan in NumPy stands for it.
    faults = [
        f"{ran.line}: {ran.code}\n{ran.output[-600:]}"
        for ran in run_readme(binaries, folder, serves=SERVING.get(extra, ()), settings={"WINNOW_SCAN": "numpy"})
        if "Traceback" in ran.output or "No module named" in ran.output
    ]
    assert not faults, "\n\n".join(faults)
    assert _works(extra, binaries, folder), extra


def _works(extra: str, binaries: Path, folder: Path) -> bool:
    """Whether what the extra is for works, or fails for another reason than a missing package."""
    winnow, numpy = binaries / "winnow", {"WINNOW_SCAN": "numpy", "WINNOW_HOME": str(folder / "other")}
    match extra:
        case "bench":
            done = run(winnow, "bench", "run", ROOT / "data" / "sample", "--limit", "2", "--json", cwd=folder, **numpy)
            return done.returncode == 0 and "stages" in json.loads(done.stdout)
        case "usearch":
            kind = {"WINNOW_INDEX_KIND": "usearch-b1", **numpy}
            return run(winnow, "ingest", folder / "documents", "--preset", "fast", cwd=folder, **kind).returncode == 0
        case "office":
            (folder / "book.xlsx").write_bytes(make_xlsx({"S": '<row r="1"><c r="A1"><v>1</v></c></row>'}))
            done = run(winnow, "ingest", folder / "book.xlsx", "--preset", "fast", "--json", cwd=folder, **numpy)
            return done.returncode == 0 and json.loads(done.stdout)["added"] == 1
        case "ocr":
            (folder / "scan.pdf").write_bytes(draw_pdf([Drawing(image=True)]))
            done = run(winnow, "ingest", folder / "scan.pdf", "--ocr", "--preset", "fast", cwd=folder, **numpy)
            return "OCR finds none on its pages" in done.stderr
        case "web":
            with serving(Site({"/": page("Ferry")})) as site:
                done = run(winnow, "ingest", f"{site.url}/", "--preset", "fast", "--json", cwd=folder, **numpy)
            return done.returncode == 0 and json.loads(done.stdout)["added"] == 1
        case "web-archive":
            (folder / "a.warc").write_bytes(warc(("resource", "http://a.b/c", "Words.", "text/plain")))
            done = run(winnow, "ingest", folder / "a.warc", "--preset", "fast", "--json", cwd=folder, **numpy)
            return done.returncode == 0 and json.loads(done.stdout)["added"] == 1
        case "postgres":
            place = {"WINNOW_CATALOGUE": "postgresql+psycopg://nobody@127.0.0.1:1/none", **numpy}
            return "catalogue_unavailable" in run(winnow, "collections", "list", cwd=folder, **place).stderr
        case "mcp":
            return run(winnow, "mcp", cwd=folder, **numpy).returncode == 0  # standard input is at its end
        case "serve":
            code = "from api.serving.application import build; from api.serving.app import *"
            return run(binaries / "python", "-c", code, cwd=folder, **numpy).returncode == 0
        case _:
            return True


def test_the_client_by_itself(environment: Callable[[str, str], Path], tmp_path: Path) -> None:
    binaries = environment("winnow_client", "")
    listed = run(binaries / "pip", "list", "--format", "json", cwd=tmp_path)
    names = {package["name"].lower().replace("_", "-") for package in json.loads(listed.stdout)}
    assert {"winnow-client", "httpx", "httpx-sse", "pydantic", "tenacity"} <= names
    assert not names & {"winnow-search", "numpy", "pyarrow", "onnxruntime", "sqlalchemy", "typer"} and len(names) < 20
    code = (
        "from api.client import AsyncWinnow, ConnectionFailed, Winnow\n"
        "try: Winnow('http://127.0.0.1:1').list_collections()\n"
        "except ConnectionFailed: print('reached nobody')"
    )
    done = run(binaries / "python", "-c", code, cwd=tmp_path)
    assert done.stdout.strip() == "reached nobody", done.stderr
    adapter = run(binaries / "python", "-c", "import api.adapters.langchain", cwd=tmp_path)
    assert "pip install 'winnow-client[langchain]'" in adapter.stderr
