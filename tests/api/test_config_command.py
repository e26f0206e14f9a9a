"""`winnow config show`: every setting, where it comes from, and no password; files that are wrong are refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.settings import ServeSettings
from engine.config_file import load
from engine.errors import UsageError
from engine.home import CONFIG_VARIABLE as VARIABLE
from engine.settings import Settings, settings
from tests.conftest import Winnow

File = Callable[[str], Path]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> File:
    def write(text: str) -> Path:
        path = tmp_path / "winnow.toml"
        path.write_text(text, encoding="utf-8")
        monkeypatch.setenv(VARIABLE, str(path))
        settings.cache_clear()
        return path

    return write


def shown(winnow: Winnow) -> dict[str, Any]:
    outcome = winnow("config", "show", "--json")
    assert outcome.code == 0, outcome.err
    return {entry["name"]: entry for entry in outcome.json["settings"]}


def test_every_setting_is_shown_with_its_source(winnow: Winnow, file: File, monkeypatch: pytest.MonkeyPatch) -> None:
    file('token_budget = 512\nthreads = 3\n[serve]\nrate = 5\nhosts = ["Search.Example"]\n')
    monkeypatch.setenv("WINNOW_THREADS", "4")
    monkeypatch.setenv("WINNOW_SERVE_HITS", "7")
    found = shown(winnow)
    assert set(found) == {*Settings.model_fields, *(f"serve.{name}" for name in ServeSettings.model_fields)}
    assert all(entry["description"] for entry in found.values())
    expected = {
        "token_budget": (512, "file"),
        "threads": (4, "WINNOW_THREADS"),
        "scan": ("faiss", "default"),
        "serve.rate": (5.0, "file"),
        "serve.hosts": (["search.example"], "file"),
        "serve.hits": (7, "WINNOW_SERVE_HITS"),
        "serve.port": (8400, "default"),
    }
    assert {name: (found[name]["value"], found[name]["source"]) for name in expected} == expected


def test_passwords_are_hidden(winnow: Winnow, monkeypatch: pytest.MonkeyPatch) -> None:
    for url in ("postgresql+psycopg://me:hunter2@h/db", "postgresql+psycopg://h/db?user=me&password=hunter2"):
        monkeypatch.setenv("WINNOW_CATALOGUE", url)
        outcome = winnow("config", "show")
        assert outcome.code == 0 and "catalogue" in outcome.out and "hunter2" not in outcome.out + outcome.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[serve]\nrtae = 5\n", "rtae"),
        ("thread = 5\n", "thread"),
        ("[serve]\nhits = 5000\n", "hits"),
        ("serve = 5\n", "serve"),
        ("[server]\nhits = 5\n", "server"),
        ("x", "not valid TOML"),
    ],
)
def test_a_file_that_is_wrong_is_refused(winnow: Winnow, file: File, tmp_path: Path, text: str, message: str) -> None:
    file(text)
    for command in (("config", "show"), ("serve", "--home", tmp_path)):
        outcome = winnow(*command)
        assert outcome.code == 2 and message in outcome.err, outcome.err


def test_a_file_that_is_named_must_be_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "none.toml"))
    with pytest.raises(UsageError, match="does not exist"):
        load(Settings)


def test_wrong_values_are_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINNOW_THREADS", "hunter2")
    with pytest.raises(UsageError, match="threads") as caught:
        load(Settings)
    assert "hunter2" not in str(caught.value)
