"""What the first process tells the others arrives as it was, whatever their environment says."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.serving.options import Serving
from api.settings import ServeSettings


def test_workers_are_told_the_settings_of_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the environment alone `--host 0.0.0.0` would look like loopback, where no key is needed."""
    settings = ServeSettings(host="0.0.0.0", port=0, hosts=("a.example",), rate=3.0, upload_bytes=5)
    given = Serving(Path("home"), Path("state"), settings, 2, ("e",), ("r", "s"), "json", log_queries=True)
    monkeypatch.setenv("WINNOW_SERVE_HOST", "127.0.0.1")
    monkeypatch.setenv("WINNOW_SERVE_HOSTS", "*")
    monkeypatch.setenv("WINNOW_SERVE_RATE", "100000")
    assert Serving.from_json(given.to_json()) == given
