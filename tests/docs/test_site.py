"""The pages of the site: mkdocs.yml names all of them, their links lead somewhere, and docs/cli.md is what `--help` says.

All of it without mkdocs, which `make docs` needs.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs import reference

ROOT = Path(__file__).parents[2]
SITE = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
PROSE = 100  # columns of a line that is no row of a table
WIDER = ("docs/cli.md", "docs/demonstrations.md", "benchmarks/RESULTS.md", "ARCHITECTURE.md")


def named(nav: Any) -> list[str]:
    """The paths of a navigation."""
    if isinstance(nav, str):
        return [nav]
    return [path for entry in (nav.values() if isinstance(nav, dict) else nav) for path in named(entry)]


PAGES = named(SITE["nav"])


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as code hosts and mkdocs make them."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\s-]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_the_navigation_names_every_page_once() -> None:
    pages = {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")}
    pages |= {path.name for path in ROOT.glob("*.md")} | {"benchmarks/RESULTS.md"}
    assert sorted(PAGES) == sorted(pages)


def test_the_files_that_the_site_is_built_with_exist() -> None:
    assert all((ROOT / path).is_file() for path in SITE["hooks"])
    assert all((ROOT / SITE["docs_dir"] / path).is_file() for path in SITE["extra_css"])


@pytest.mark.parametrize("page", PAGES)
def test_links_and_paths_of_a_page_exist(page: str) -> None:
    path = ROOT / page
    text = path.read_text(encoding="utf-8")
    for target, _, anchor in (link.partition("#") for link in re.findall(r"\]\(([^)\s]+)\)", text)):
        if target.startswith("https:"):
            continue
        meant = (path.parent / target).resolve() if target else path
        shown = meant.relative_to(ROOT).as_posix()
        assert meant.is_file() and (shown in PAGES or shown.startswith("docs/images/")), f"{target} is not on the site"
        assert not anchor or anchor in anchors(meant), f"{target}#{anchor}"
    for name in re.findall(r"`((?:engine|indexer|api|benchmarks|data|tests|docs|docker)/[\w./-]+)`", text):
        assert (ROOT / name).exists() or "/yours." in name, name


@pytest.mark.parametrize("page", [page for page in PAGES if page not in WIDER])
def test_prose_is_wrapped(page: str) -> None:
    lines = (ROOT / page).read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if len(line) > PROSE and not line.startswith("|")]


def test_the_reference_of_the_command_line_is_what_help_says() -> None:
    assert reference.PAGE.read_text(encoding="utf-8") == reference.page(), "run python -m tests.docs.reference"
