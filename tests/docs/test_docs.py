"""The documents are true: what they name exists, and what exists is named."""

from __future__ import annotations

import re
import shlex
import tomllib
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import typer

from api.terminal.cli import GROUP, build
from tests.support.readme_commands import PAGES as RUN
from tests.support.readme_commands import lines

ROOT = Path(__file__).parents[2]
PAGES = ["README.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")) if path.stem != "cli")]
TEXTS = {page: (ROOT / page).read_text(encoding="utf-8") for page in PAGES}
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
COMMANDS = sorted(entry.name for entry in entry_points(group=GROUP))


@pytest.fixture(scope="module")
def command_line() -> Any:
    return typer.main.get_command(build())


def fault_of(command_line: Any, line: str) -> str | None:
    """What of a command line there is not, be it in an example (`winnow keys list`) or in a sentence
    (`winnow keys create|list`, a name in capitals for what the reader fills in).
    """
    words = shlex.split(line)[1:]
    commands = [command_line]
    for word in words:
        inner = getattr(commands[0], "commands", None)
        if inner is None or word.startswith("-") or word == "...":
            break
        if unknown := set(word.split("|")) - inner.keys():
            return f"{line}: {unknown}"
        commands = [inner[name] for name in word.split("|")]
    known = {name for command in commands for param in command.params for name in (*param.opts, *param.secondary_opts)}
    used = {word.partition("=")[0] for word in words if re.match("--?[a-z]", word)} - {"--help", "-h"}
    return f"{line}: {used - known}" if used - known else None


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_on_the_page_of_commands(command: str) -> None:
    assert f"winnow {command}" in TEXTS["docs/commands.md"]


@pytest.mark.parametrize("page", PAGES)
def test_every_line_of_a_page_uses_commands_and_options_that_exist(command_line: Any, page: str) -> None:
    prose = re.sub(r"```.*?```", "", TEXTS[page], flags=re.DOTALL)
    quoted = [" ".join(found.split()) for found in re.findall(r"`(winnow [^`]+)`", prose)]
    faults = [fault_of(command_line, line) for line in (*lines(page), *quoted)]
    assert not any(faults), [fault for fault in faults if fault]


def test_a_command_that_does_not_exist_is_a_fault(command_line: Any) -> None:
    assert fault_of(command_line, "winnow keys create|list --json") is None
    assert fault_of(command_line, ".venv/bin/winnow search 'two words' -k 3 --sort=-year") is None
    assert "forget" in (fault_of(command_line, "winnow forget") or "")
    assert "lend" in (fault_of(command_line, "winnow keys create|lend") or "")
    assert "--louder" in (fault_of(command_line, "winnow search words --louder") or "")


def test_the_pages_whose_commands_are_run_hold_some() -> None:
    assert all(lines(page) for page in RUN)


def test_the_make_targets_of_the_pages_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for page, text in TEXTS.items():
        for target in re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)", text, re.MULTILINE):
            assert f"\n{''.join(target)}:" in makefile, f"{page}: {target}"


def test_the_extras_table_is_complete() -> None:
    for extra in PROJECT["optional-dependencies"]:
        assert f"`{extra}`" in TEXTS["docs/install.md"], extra


def test_the_changelog_has_this_version_or_what_is_unreleased() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (.+)$", changelog, re.M)
    assert newest and re.match(rf"Unreleased$|{re.escape(PROJECT['version'])}\b", newest[1])


@pytest.mark.parametrize("package", ["engine", "indexer", "api", "benchmarks", "winnow"])
def test_every_folder_of_code_is_in_the_architecture(package: str) -> None:
    folders = {path.parent for path in (ROOT / package).rglob("*.py")}
    for folder in folders:
        assert f"{folder.relative_to(ROOT)}/" in ARCHITECTURE, folder


def test_what_contributing_says_of_ten_tasks_is_there() -> None:
    """Each place exists, ARCHITECTURE.md has the section, and names the file, its folder or the file's room."""
    tasks = re.findall(
        r"^\| (.+?) \| (.+?) \| (.+?) \|$", CONTRIBUTING.split("## Where do I change ...?")[1], re.MULTILINE
    )
    tasks = [task for task in tasks if task[0] != "to"]
    assert len(tasks) == 10
    for task, section, change in tasks:
        places = [name for name in re.findall(r"`([^`]+)`", change) if "/" in name]
        assert places, task
        assert re.search(rf"^##+ {re.escape(section)}$", ARCHITECTURE, re.MULTILINE), (task, section)
        for place in places:
            assert (ROOT / place).exists(), (task, place)
        assert any(f"{Path(place).parent}/" in ARCHITECTURE or place in ARCHITECTURE for place in places), task


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
