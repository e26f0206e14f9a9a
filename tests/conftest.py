"""Fixtures that several folders share: tiny models, settings by environment, the command line in this process."""

from __future__ import annotations

import getpass
import json
import math
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings

from engine.settings import settings
from tests.support.checkpoints import tiny_cross_encoder, tiny_encoder

# `make test` judges a change, not the luck of the draw; `make explore` draws new examples every time.
hypothesis_settings.register_profile("same", derandomize=True, deadline=None)  # machines are busy
hypothesis_settings.register_profile("explore", deadline=None)
hypothesis_settings.load_profile("same")

os.environ["WINNOW_CACHE"] = str(Path(tempfile.gettempdir()) / f"winnow-tests-{getpass.getuser()}")
os.environ["WINNOW_RERANKER_DISK_MB"] = "0"  # what one test has read must not help another
os.environ["WINNOW_EMBEDDINGS_DISK_MB"] = "0"
os.environ["WINNOW_RUNTIME"] = "onnx"  # what is fastest here must decide nothing
os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"  # tests talk to this machine only


@dataclass(frozen=True)
class Models:
    """Directories of tiny models, each of which reads 64 tokens; `option` is what `--models` takes."""

    encoder: str
    reranker: str

    @property
    def option(self) -> str:
        return f"{self.encoder},{self.reranker}"


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    root = tmp_path_factory.mktemp("models")
    return Models(str(tiny_encoder(root / "encoder")), str(tiny_cross_encoder(root / "reranker")))


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Change settings for one test: `setting(commit_chunks=3)`."""

    def change(**values: object) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"WINNOW_{name.upper()}", str(value))
        settings.cache_clear()

    yield change
    monkeypatch.undo()
    settings.cache_clear()


@dataclass(frozen=True)
class Outcome:
    """What a command did. `json` is stdout, which must be one JSON object."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Winnow = Callable[..., Outcome]


@pytest.fixture
def winnow(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Winnow:
    """Run `winnow ARGUMENT...` in this process, as the console script does; anything but an exit is a failure."""
    from api.terminal import progress
    from api.terminal.cli import main

    monkeypatch.setattr(progress, "EVERY", math.inf)  # lines that a slow machine would print, and a fast one not

    def run(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["winnow", *map(str, arguments)])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err, captured.err
        return Outcome(code, captured.out, captured.err)

    return run


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"
