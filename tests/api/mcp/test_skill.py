"""`winnow skill`: what it writes is what ships, and it names nothing that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from api.answers.searching import HitBody, SearchAnswer
from api.mcp.files import AllowedFiles
from api.mcp.server import create_server
from api.service.service import Service
from api.terminal.commands.agents.skill import app
from data import SKILL
from engine.errors import UsageError

TEXT = SKILL.read_text(encoding="utf-8")


def run(*arguments: object) -> str:
    outcome = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert outcome.exit_code == 0
    return outcome.stdout


def test_install(tmp_path: Path) -> None:
    run("install", tmp_path)
    file = tmp_path / "winnow" / "SKILL.md"
    assert file.read_text(encoding="utf-8") == TEXT == run("show")
    run("install", tmp_path)  # once more changes nothing


def test_what_a_user_wrote_stays(tmp_path: Path) -> None:
    file = tmp_path / "winnow" / "SKILL.md"
    file.parent.mkdir()
    file.write_bytes(b"my own \xff")
    with pytest.raises(UsageError, match="--force"):
        run("install", tmp_path)
    assert file.read_bytes() == b"my own \xff"
    run("install", tmp_path, "--force")
    assert file.read_text(encoding="utf-8") == TEXT


def test_the_default_is_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run("install")
    assert (tmp_path / ".claude" / "skills" / "winnow" / "SKILL.md").is_file()


def test_it_says_when_to_use_it() -> None:
    header = yaml.safe_load(TEXT.split("---")[1])
    assert header["name"] == "winnow" and 50 < len(header["description"]) < 1024
    assert len(TEXT.splitlines()) < 100


def test_the_fields_that_it_names_exist() -> None:
    section = TEXT.split("## What an answer holds")[1].split("## ")[0]
    named = set(re.findall(r"`([a-z_]+)`", section))
    assert len(named) > 10 and named <= HitBody.model_fields.keys() | SearchAnswer.model_fields.keys()


def test_the_tools_that_it_names_are_the_tools(tmp_path: Path) -> None:
    section = TEXT.split("## As tools")[1]
    with Service(tmp_path) as service:
        server = create_server(service, AllowedFiles([]), writes=True)
        tools = {tool.name for tool in server._tool_manager.list_tools()}
    assert tools == set(re.findall(r"`([a-z]+_[a-z_]+|search)`", section))
