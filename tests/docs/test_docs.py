"""The documents are true: what they name exists, and what exists is named."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.terminal.cli import GROUP, build

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
COMMANDS = sorted(entry.name for entry in entry_points(group=GROUP))
CODE = "\n".join(re.findall(r"```sh\n(.*?)```", README, re.S))


def help_of(*command: str) -> str:
    result = CliRunner().invoke(build(), [*command, "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme_and_has_help(command: str) -> None:
    assert f"winnow {command}" in README
    assert "Usage" in help_of(command)


def test_every_line_of_the_readme_uses_commands_and_options_that_exist() -> None:
    for line in CODE.splitlines():
        match = re.search(r"winnow ([a-z-]+)(.*)", line.split("  #")[0])
        if match is None or "pip install" in line:
            continue
        assert match.group(1) in COMMANDS, line
        shown = help_of(match.group(1))
        for option in re.findall(r"\s(--?[a-z]+)", match.group(2)):
            assert option in shown, f"{line}: {option}"


def test_the_make_targets_of_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make ([a-z-]+)", CODE, re.M):
        assert f"\n{target}:" in makefile


def test_the_extras_table_is_complete() -> None:
    for extra in PROJECT["optional-dependencies"]:
        assert f"`{extra}`" in README, extra


def test_the_changelog_has_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## {re.escape(PROJECT['version'])}\b", changelog, re.M)


def test_links_and_paths_exist() -> None:
    for name, text in (("README.md", README), ("ARCHITECTURE.md", ARCHITECTURE)):
        for target in re.findall(r"\]\(([^)#]+)\)", text):
            assert target.startswith("https://") or (ROOT / target).exists(), f"{name}: {target}"
        for path in re.findall(r"`((?:engine|indexer|api|benchmarks|data|tests)/[\w./-]+)`", text):
            assert (ROOT / path).exists(), f"{name}: {path}"


@pytest.mark.parametrize("package", ["engine", "indexer", "api", "benchmarks", "winnow"])
def test_every_folder_of_code_is_in_the_architecture(package: str) -> None:
    folders = {path.parent for path in (ROOT / package).rglob("*.py")}
    for folder in folders:
        assert f"{folder.relative_to(ROOT)}/" in ARCHITECTURE, folder


def test_files_stay_small() -> None:
    lengths = sorted(
        (len(path.read_text(encoding="utf-8").splitlines()), str(path.relative_to(ROOT)))
        for package in ("engine", "indexer", "api", "benchmarks", "winnow", "tests")
        for path in (ROOT / package).rglob("*.py")
    )
    assert lengths[-1][0] <= 400, lengths[-1]
    assert lengths[len(lengths) // 2][0] <= 150


def test_folders_stay_small() -> None:
    """At most twenty modules in a folder, so that the right one is found by its name."""
    for package in ("engine", "indexer", "api", "benchmarks", "winnow", "tests"):
        for folder in {path.parent for path in (ROOT / package).rglob("*.py")}:
            modules = [path.name for path in folder.glob("*.py") if path.name != "__init__.py"]
            assert len(modules) <= 20, f"{folder.relative_to(ROOT)} has {len(modules)} modules: make a room of some"
