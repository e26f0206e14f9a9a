"""Headless Chromium before a live service: Debian's own browser, steered by Playwright (extra `test-browser`)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from api.service.service import Service
from indexer.ingest import ingest
from tests.api.http.conftest import offered
from tests.api.page.conftest import ATTACKS, hostile
from tests.conftest import Models
from tests.support.documents import topical, write_records

ROOT = Path(__file__).parents[2]
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@dataclass
class Visit:
    """A tab, and what should never happen in it."""

    page: Any
    address: str
    dialogs: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)

    def check(self) -> None:
        """No strange script ran, none of ours failed, nothing was refused by the policy, and nothing was loaded from elsewhere."""
        assert not self.dialogs
        assert not self.errors
        assert all(url.startswith(self.address + "/") for url in self.requests), self.requests


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Iterator[str]:
    root = tmp_path_factory.mktemp("browser")
    file = write_records(root / "notes.jsonl", topical(40))
    ingest([file], home=root / "home", collection="notes", encoder=models.encoder, reranker=models.reranker)
    with Service(root / "home", offered=offered(models)) as service:
        service.collections.create("hostile", models.encoder, models.reranker)
        job = service.documents.put("hostile", [hostile(number, attack) for number, attack in enumerate(ATTACKS)])
        service.jobs.wait(job.id, 60.0)
    with served(root / "home") as address:
        yield address


@contextmanager
def served(home: Path) -> Iterator[str]:
    """The address of a service over a home."""
    process = subprocess.Popen(
        [sys.executable, "-c", "from api.terminal.cli import main; main()", "serve", "--port", "0", "--home", home],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout
    yield process.stdout.readline().strip()
    process.terminate()
    process.wait(60)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    driver = pytest.importorskip("playwright.sync_api", reason="install the extra test-browser")
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("there is no Chromium: apt-get install chromium")
    with driver.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)  # with a profile of its own
        yield browser
        browser.close()


@pytest.fixture(params=["with scripts", "without scripts"])
def visit(request: pytest.FixtureRequest, chromium: Any, address: str) -> Iterator[Visit]:
    yield from visit_of(chromium, address, scripts=request.param == "with scripts")


def visit_of(chromium: Any, address: str, *, scripts: bool) -> Iterator[Visit]:
    """A visit, which ends with its browser's context."""
    context = chromium.new_context(java_script_enabled=scripts)
    visit = Visit(context.new_page(), address)
    visit.page.on("dialog", lambda dialog: (visit.dialogs.append(dialog.message), dialog.dismiss()))
    visit.page.on("console", lambda line: visit.errors.append(line.text) if line.type == "error" else None)
    visit.page.on("pageerror", lambda error: visit.errors.append(str(error)))
    visit.page.on("request", lambda sent: visit.requests.append(sent.url))
    yield visit
    context.close()
