"""From an empty home to one's own files searched, in a real browser, with its scripts on and off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Visit, served, visit_of

pytestmark = pytest.mark.slow
RULES = "# House rules\n\n## When does the paper go out?\n\nPaper goes out on Tuesdays, before eight.\n"
DROP = """
(names) => {
  const data = new DataTransfer();
  for (const name of names) data.items.add(new File(["The boiler is serviced in October."], name));
  for (const kind of ["dragover", "drop"]) {
    document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
  }
}
"""


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service over a home that is not there yet."""
    with served(tmp_path_factory.mktemp("first") / "home") as address:
        yield address


@pytest.fixture(params=["with scripts", "without scripts"])
def first(request: pytest.FixtureRequest, chromium: Any, empty: str) -> Iterator[Visit]:
    yield from visit_of(chromium, empty, scripts=request.param == "with scripts")


@pytest.fixture
def scripted(chromium: Any, empty: str) -> Iterator[Visit]:
    yield from visit_of(chromium, empty, scripts=True)


def test_files_become_a_collection_that_is_searched_and_deleted(first: Visit, tmp_path: Path) -> None:
    page, name = first.page, f"mine-{id(first)}"
    (tmp_path / "rules.md").write_text(RULES)
    (tmp_path / "tool.exe").write_bytes(b"\0\1\2")
    first.go("/")
    page.get_by_label("Files", exact=True).set_input_files([tmp_path / "rules.md", tmp_path / "tool.exe"])
    page.get_by_label("Into the collection").fill(name)
    page.get_by_role("button", name="Add").click()
    page.get_by_role("heading", name="Ready to search").wait_for(timeout=120_000)
    assert "tool.exe: No parser reads" in page.get_by_role("main").inner_text()
    page.get_by_role("link", name="When does the paper go out?").click()
    assert "Tuesdays" in page.get_by_role("article").inner_text()

    first.go(f"/collections/{name}")
    page.get_by_text("Rename this collection").click()
    name = f"rules-{id(first)}"
    page.get_by_label("do not follow to the new name").fill(name)
    page.get_by_role("button", name="Rename").click()
    page.get_by_role("heading", level=1, name=name).wait_for()
    page.get_by_text("Delete this collection").click()
    page.get_by_label("This cannot be undone").fill(name)
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("heading", level=1).wait_for()
    assert page.url == first.address + "/" and name not in page.get_by_role("main").inner_text()
    first.check()


def test_dropped_files_wait_for_the_name_and_are_sent(scripted: Visit) -> None:
    page = scripted.page
    scripted.go("/")
    page.evaluate(DROP, ["heating.txt", "cellar.txt"])
    page.get_by_text("heating.txt, cellar.txt: ready to be added.").wait_for()
    page.get_by_label("Into the collection").fill("dropped")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("heading", name="Ready to search").wait_for(timeout=120_000)
    assert "2 documents added to dropped" in page.get_by_role("main").inner_text()
    scripted.check()


def test_more_than_goes_at_once_is_told_before_it_is_sent(scripted: Visit) -> None:
    page = scripted.page
    scripted.go("/")
    page.evaluate("document.querySelector('form[data-drop]').dataset.mostFiles = 1")
    page.evaluate(DROP, ["heating.txt", "cellar.txt"])
    page.get_by_text("2 files are more than the 1 that go at once").wait_for()
    scripted.check()


def test_a_dropped_file_is_searched_by_itself(scripted: Visit) -> None:
    page = scripted.page
    scripted.go("/document")
    page.evaluate(DROP, ["heating.txt"])
    assert page.get_by_label("File").evaluate("input => input.files[0].name") == "heating.txt"
    assert page.evaluate("document.activeElement.id") == "q"
    page.get_by_label("Question").fill("when is the boiler serviced")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("article").first.wait_for(timeout=120_000)
    assert "October" in page.get_by_role("article").first.inner_text()
    scripted.check()


def test_a_chosen_file_is_read_while_the_question_is_typed(scripted: Visit, tmp_path: Path) -> None:
    page = scripted.page
    (tmp_path / "rules.md").write_text(RULES)
    (tmp_path / "tool.exe").write_bytes(b"\0\1\2")
    scripted.go("/document")
    page.get_by_label("File").set_input_files(tmp_path / "tool.exe")
    page.get_by_text("No parser reads").wait_for(timeout=120_000)
    assert page.get_by_label("File").evaluate("input => input.files.length") == 0
    scripted.errors.clear()  # the browser's own word of the refusal
    with page.expect_response(lambda response: response.request.method == "POST"):
        page.get_by_label("File").set_input_files(tmp_path / "rules.md")
    page.get_by_text("rules.md has been read.").wait_for(timeout=120_000)
    assert page.get_by_role("heading", level=1).inner_text() == "Search in rules.md"
    page.get_by_label("Question").fill("when does the paper go out")
    with page.expect_request(lambda request: request.method == "POST") as asked:
        page.get_by_role("button", name="Search").click()
    assert "Tuesdays" in page.get_by_role("article").first.inner_text()
    assert RULES not in (asked.value.post_data or RULES)  # it was not sent again
    scripted.check()


def test_a_question_waits_for_the_file_that_is_being_read(scripted: Visit, tmp_path: Path) -> None:
    page = scripted.page
    (tmp_path / "rules.md").write_text(RULES)
    for lost in (False, True):  # where reading it ahead fails, it is sent with the question
        scripted.go("/document")
        if lost:
            page.route("**/document", lambda route: route.abort(), times=1)
        page.get_by_label("File").set_input_files(tmp_path / "rules.md")
        page.get_by_label("Question").fill("when does the paper go out")
        page.get_by_role("button", name="Search").click()
        page.get_by_role("article").first.wait_for(timeout=120_000)
        assert "Tuesdays" in page.get_by_role("article").first.inner_text()


def test_a_kept_file_can_be_asked_until_another_one_has_been_read(scripted: Visit, tmp_path: Path) -> None:
    page = scripted.page
    (tmp_path / "rules.md").write_text(RULES)
    (tmp_path / "tool.exe").write_bytes(b"\0\1\2")
    (tmp_path / "boiler.txt").write_text("The boiler is serviced in October.")
    scripted.go("/document")
    page.get_by_label("File").set_input_files(tmp_path / "rules.md")
    page.get_by_label("Question").fill("when does the paper go out")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("article").first.wait_for(timeout=120_000)
    page.locator("input[type=file]").set_input_files(tmp_path / "tool.exe")
    page.get_by_text("No parser reads").wait_for(timeout=120_000)
    page.get_by_label("Next question").fill("before which hour")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("heading", name="before which hour").wait_for()
    page.locator("input[type=file]").set_input_files(tmp_path / "boiler.txt")
    page.get_by_text("boiler.txt has been read.").wait_for(timeout=120_000)
    handle = page.locator("form[data-drop] [name=handle]").get_attribute("value")
    assert page.locator("form.forget [name=handle]").get_attribute("value") == handle
    page.evaluate(DROP, ["heating.txt", "cellar.txt"])
    page.get_by_text("one file at a time").wait_for()
    page.get_by_label("Next question").fill("when is the boiler serviced")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("heading", name="when is the boiler serviced in boiler.txt").wait_for()
