"""Parsers that other distributions bring by the entry points `winnow.parsers`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from indexer.parsers import PARSERS
from indexer.parsers.base import Parser
from indexer.parsers.office.legacy import LegacyParser
from indexer.parsers.outside import outside
from tests.conftest import Models

READER = """
from engine.errors import ParseFailed
from indexer.parsers.base import Parsed

class {name}:
    name, label, version, suffixes = {facts}

    def parse(self, data, *, name):
        if data.startswith(b"bad"):
            raise ParseFailed("It is a bad tale.", "Tell another.")
        if data.startswith(b"bug"):
            raise ZeroDivisionError
        return Parsed("A tale", data.decode()[::-1])
"""
TALE = '"tale", "tales", "1", (".tale", ".saga")'


def distribution(folder: Path, name: str, code: str, points: dict[str, str]) -> None:
    """An installed distribution of one module, with entry points for parsers."""
    (folder / f"{name}.py").write_text(code)
    info = folder / f"{name}-1.5.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.5\n")
    lines = "\n".join(f"{point} = {value}" for point, value in points.items())
    (info / "entry_points.txt").write_text(f"[winnow.parsers]\n{lines}\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that packages are imported from."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    return folder


def found() -> tuple[Parser, ...]:
    return outside([known for known in PARSERS if known.name != "legacy"], LegacyParser())


def test_a_class_and_an_object_are_parsers(site: Path) -> None:
    code = READER.format(name="Tales", facts=TALE) + READER.format(name="Old", facts='"doc", "Word 97", "2", (".doc",)')
    distribution(
        site, "pair_of_parsers", code + "\nold = Old()\n", {"b": "pair_of_parsers:Tales", "a": "pair_of_parsers:old"}
    )
    assert [parser.name for parser in found()] == ["doc", "tale"]  # by the entry points' names


@pytest.mark.parametrize(
    ("code", "value", "why"),
    [
        ("import no_such_module", "broken_parser:Tales", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("", "broken_parser:Tales", "AttributeError"),
        ("", "no_such_package:Tales", "No module named 'no_such_package'"),
        ("this is no Python", "broken_parser:Tales", "SyntaxError"),
        ("raise SystemExit(3)", "broken_parser:Tales", "SystemExit: 3"),
        ("class Tales:\n    def __init__(self, needed): ...", "broken_parser:Tales", "TypeError"),
        ("class Tales: ...", "broken_parser:Tales", "its `name` must be a word"),
        ("", "broken_parser", "its `name` must be a word"),
        (READER.format(name="Tales", facts='"tale", "", "1", (".tale",)'), "broken_parser:Tales", "its `label`"),
        (READER.format(name="Tales", facts='"tale", "tales", 1, (".tale",)'), "broken_parser:Tales", "its `version`"),
        (READER.format(name="Tales", facts='"tale", "tales", "1", [".tale"]'), "broken_parser:Tales", "its `suffixes`"),
        (READER.format(name="Tales", facts='"tale", "tales", "1", ()'), "broken_parser:Tales", "its `suffixes`"),
        (READER.format(name="Tales", facts='"tale", "tales", "1", ("",)'), "broken_parser:Tales", "its `suffixes`"),
        (READER.format(name="Tales", facts='"tale", "tales", "1", (".Tale",)'), "broken_parser:Tales", "its `suffixes`"),
        (READER.format(name="Tales", facts='"pdf", "tales", "1", (".tale",)'), "broken_parser:Tales", "called 'pdf'"),
        (READER.format(name="Tales", facts='"legacy", "tales", "1", (".tale",)'), "broken_parser:Tales", "called 'legacy'"),
        (READER.format(name="Tales", facts='"tale", "tales", "1", (".x.md",)'), "broken_parser:Tales", "as Markdown"),
    ],
)  # fmt: skip
def test_a_broken_one_is_named_with_its_distribution_and_the_others_work(
    site: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, code: str, value: str, why: str
) -> None:
    monkeypatch.delitem(sys.modules, "broken_parser", raising=False)
    monkeypatch.delitem(sys.modules, "sound_parser", raising=False)
    distribution(site, "broken_parser", code, {"a": value})
    distribution(
        site,
        "sound_parser",
        READER.format(name="Sound", facts='"song", "songs", "1", (".song",)'),
        {"b": "sound_parser:Sound"},
    )
    assert [parser.name for parser in found()] == ["song"]
    (warning,) = caplog.messages
    assert warning.startswith("The parser plug-in 'a' (broken_parser 1.5) is left out: ") and why in warning
    assert warning.endswith("Repair or uninstall it.")


def test_the_second_of_two_for_one_suffix_is_left_out(site: Path, caplog: pytest.LogCaptureFixture) -> None:
    code = READER.format(name="One", facts=TALE) + READER.format(name="Two", facts='"saga", "sagas", "1", (".saga",)')
    distribution(site, "rival_parsers", code, {"one": "rival_parsers:One", "two": "rival_parsers:Two"})
    assert [parser.name for parser in found()] == ["tale"]
    assert "'two' (rival_parsers 1.5) is left out: .saga files are already read as tales" in caplog.text


def test_the_command_ingests_by_it_and_tells_what_is_broken(site: Path, models: Models, tmp_path: Path) -> None:
    distribution(site, "tale_parser", READER.format(name="Tales", facts=TALE), {"tale": "tale_parser:Tales"})
    distribution(site, "torn_parser", "import no_such_module", {"torn": "torn_parser:Torn"})
    folder = tmp_path / "documents"
    folder.mkdir()
    for name, text in {"a.tale": "egdirb dlo ehT", "b.saga": "bad", "c.TALE": "bug", "d.md": "# A river"}.items():
        (folder / name).write_text(text)

    def winnow(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(site), *filter(None, sys.path)])}
        return subprocess.run(
            [sys.executable, "-m", "winnow", *arguments, "--home", str(tmp_path / "home")],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    ingested = winnow("ingest", str(folder), "--models", models.option)
    assert ingested.returncode == 3, ingested.stderr  # two of four failed
    assert "The parser plug-in 'torn' (torn_parser 1.5) is left out: ModuleNotFoundError" in ingested.stderr
    assert "It is a bad tale." in ingested.stderr and "The parser failed: ZeroDivisionError." in ingested.stderr
    listed = winnow("get", str(folder / "a.tale"))
    assert "The old bridge" in listed.stdout, listed.stderr
    (tmp_path / "notes.txt").write_text("revir ehT")
    assert winnow("ingest", str(tmp_path / "notes.txt"), "--as", "tale", "--models", models.option).returncode == 0
    assert "The river" in winnow("get", str(tmp_path / "notes.txt")).stdout
