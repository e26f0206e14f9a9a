"""No serious fault of accessibility in any state of the pages, light and dark, on a desk and on a phone.

axe-core (MPL-2.0) is not a part of this repository: `npm pack axe-core`, unpack it, and let WINNOW_AXE name its
`package/axe.min.js`. Where WINNOW_SCREENSHOTS names a folder, each state is kept there as it looks on a desk in light
colours: docs/page.md shows them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import served

pytestmark = pytest.mark.slow
BAD = ("serious", "critical")
NOTES = "/collections/notes"
# Name of a state -> its address, and what is opened or pressed there.
STATES: dict[str, tuple[str, tuple[str, ...]]] = {
    "home": ("/", ()),
    "home, what is read": ("/", ("details summary",)),
    "collection": (NOTES, ("text=Rename this collection", "text=Delete this collection")),
    "options": (f"{NOTES}?q=river&filter=tags:even&mode=lexical", ("text=Options and operators",)),
    "hits": (f"{NOTES}?q=river", ("text=Narrow down",)),
    "hits, opened": (f"{NOTES}?q=river", ("text=Why this rank", ".judge button", "text=Is a document missing?")),
    "hits of hostile documents": ("/collections/hostile?q=bridge", ("text=Why this rank",)),
    "why not": (f"{NOTES}?q=river&why_not=d001&filter=tags:even", ()),
    "a later page": (f"{NOTES}?q=river", ("text=Next hits",)),
    "nothing found": (f'{NOTES}?q="no such phrase" river&filter=tags:even', ()),
    "corrected": (f"{NOTES}?q=rivver", ()),
    "all collections": ("/search?in=*&q=river", ("text=Options and operators",)),
    "nothing in all collections": ('/search?in=*&q="no such phrase" river', ()),
    "document": (f"{NOTES}?q=river", (".hit h2 a",)),
    "document without a question": (f"{NOTES}/document?id=d001", ("text=Metadata",)),
    "one file": ("/document", ()),
    "health": ("/health", ()),
    "error": ("/collections/nobody?q=a", ()),
    "refused filter": (f"{NOTES}?q=a&filter=year:many", ()),
    "keys": (NOTES, ("#show-keys",)),
    "docs": ("/docs", ()),
    "errors": ("/docs/errors", ()),
}


@pytest.fixture(scope="module")
def axe() -> str:
    path = os.environ.get("WINNOW_AXE")
    if not path:
        pytest.skip("WINNOW_AXE names no axe.min.js: `npm pack axe-core` and unpack it")
    return Path(path).read_text()


@pytest.fixture(params=[(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")], ids=str)
def page(request: pytest.FixtureRequest, chromium: Any) -> Iterator[Any]:
    width, colours = request.param
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=colours)
    yield context.new_page()
    context.close()


def faults(page: Any, axe: str, state: str) -> list[str]:
    _keep_screenshot(page, state)
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{state}: {fault['id']} ({fault['impact']}) at {[node['target'] for node in fault['nodes']][:3]}"
        for fault in found["violations"]
        if fault["impact"] in BAD
    ]


def _keep_screenshot(page: Any, state: str) -> None:
    folder = os.environ.get("WINNOW_SCREENSHOTS")
    light = page.evaluate("matchMedia('(prefers-color-scheme: light)').matches")
    if folder and light and page.viewport_size["width"] == 1280:
        name = re.sub(r"[^a-z0-9]+", "-", state.lower()).strip("-")
        page.screenshot(path=f"{folder}/{name}.png")


def test_no_state_has_a_serious_fault(page: Any, axe: str, address: str) -> None:
    found = []
    for state, (path, steps) in STATES.items():
        page.goto(address + path)
        for step in steps:
            if page.locator(step).first.is_visible():  # some are folded on a phone, or stand open on a desk
                page.locator(step).first.click(force=True)
                page.wait_for_load_state()
        found += faults(page, axe, state)
    assert not found, "\n".join(found)


def test_filling_has_no_serious_fault(page: Any, axe: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    found = []
    with served(tmp_path_factory.mktemp("axe") / "home") as address:
        page.goto(address)
        found += faults(page, axe, "first run")
        page.get_by_label("Files", exact=True).set_input_files(
            [
                {
                    "name": "rules.md",
                    "mimeType": "text/markdown",
                    "buffer": b"# Keys\n\nThe cellar key hangs by the door.",
                },
                {"name": "tool.exe", "mimeType": "application/octet-stream", "buffer": b"\0\1\2"},
            ]
        )
        page.get_by_role("button", name="Add").click()
        page.get_by_role("heading", level=1).wait_for()
        found += faults(page, axe, "job")
        page.get_by_role("heading", name="Ready to search").wait_for(timeout=120_000)
        found += faults(page, axe, "finished job")
        page.goto(f"{address}/document")
        page.get_by_label("File").set_input_files(
            {"name": "rules.md", "mimeType": "text/markdown", "buffer": b"# Keys\n\nThe cellar key hangs by the door."}
        )
        page.get_by_label("Question").fill("where is the key")
        page.get_by_role("button", name="Search").click()
        page.get_by_role("article").first.wait_for(timeout=120_000)
        found += faults(page, axe, "one file, answered")
    assert not found, "\n".join(found)
