"""What people do with the page, in a real browser, with its scripts on and off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.api.page.conftest import ATTACKS
from tests.browser.conftest import Visit

pytestmark = pytest.mark.slow


def test_search_from_the_first_page_to_a_document(visit: Visit) -> None:
    page = visit.page
    visit.go("/")
    page.get_by_label("What are you looking for?").fill("the river")
    page.get_by_label("Collection", exact=True).select_option("notes")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("article").nth(9).wait_for()
    assert page.url == f"{visit.address}/collections/notes?q=the+river"

    first = page.get_by_role("article").first
    assert not first.get_by_role("table").is_visible()
    first.get_by_text("Why this rank").click()
    assert first.get_by_role("row").count() == 5

    page.get_by_role("complementary").get_by_label("even").check()
    if (narrow := page.get_by_role("button", name="Apply")).is_visible():  # without scripts
        narrow.click()
    page.get_by_role("link", name="Remove the filter").wait_for()
    page.get_by_role("link", name="Next hits").click()
    assert page.get_by_role("heading", level=1).inner_text().startswith("Hits 11 to")

    page.get_by_role("article").first.get_by_role("link").first.click()
    assert page.locator("#passage").is_visible()
    visit.check()


def test_all_collections_are_searched_at_once_and_fewer_are_chosen(visit: Visit) -> None:
    page = visit.page
    visit.go("/")
    page.get_by_label("What are you looking for?").fill("the river")
    page.get_by_label("Collection", exact=True).select_option("*")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("article").first.wait_for()
    assert set(page.locator(".origin .from").all_inner_texts()) == {"hostile", "notes"}
    page.get_by_role("article").first.get_by_role("link").first.click()
    page.get_by_role("link", name="Back to the hits").click()
    assert page.locator(".others .current").inner_text() == "all collections"
    page.locator(".others").get_by_role("link", name="notes").click()
    page.wait_for_url("**/collections/notes?q=the+river")
    visit.check()


def test_nothing_found_leads_on(visit: Visit) -> None:
    page = visit.page
    visit.go("/collections/notes")
    page.get_by_role("searchbox").fill('"no such phrase" river')
    page.get_by_role("searchbox").press("Enter")
    page.get_by_role("heading", name="Nothing found").wait_for()
    page.get_by_role("link", name="Search for the plain words").click()
    page.get_by_role("article").first.wait_for()
    visit.check()


def test_hostile_documents_do_nothing(visit: Visit) -> None:
    page = visit.page
    visit.go("/collections/hostile?q=bridge")
    titles = page.get_by_role("article").get_by_role("heading").all_inner_texts()
    assert sorted(titles) == sorted(f"Title {attack}" for attack in ATTACKS)
    for number in range(len(titles)):
        page.get_by_role("article").nth(number).get_by_role("link").first.click()
        page.locator("#passage").wait_for()
        page.go_back()
    visit.check()


def test_a_file_is_searched_and_its_form_comes_from_here(visit: Visit, tmp_path: Path) -> None:
    file = tmp_path / "house rules <b>.md"
    file.write_text("# Keys\n\nThe cellar key hangs by the door.\n\n# Bins\n\nPaper goes out on Tuesdays.\n")
    page = visit.page
    visit.go("/document")
    page.get_by_label("File").set_input_files(file)
    page.get_by_label("Question").fill("when does the paper go out")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("article").first.wait_for(timeout=60_000)
    assert "house rules <b>.md" in page.get_by_role("heading", level=2).inner_text()
    assert "Tuesdays" in page.get_by_role("article").first.inner_text()
    page.get_by_label("Next question").fill("where is the cellar key")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("heading", name="where is the cellar key").wait_for()
    assert "by the door" in page.get_by_role("article").first.inner_text()
    page.get_by_role("button", name="Forget it now").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Search in a file"
    visit.check()


def test_a_document_is_read_with_its_matches(visit: Visit) -> None:
    page = visit.page
    visit.go("/collections/notes?q=river")
    page.get_by_role("article").first.get_by_role("link").first.click()
    page.locator("#passage").wait_for()
    assert page.get_by_role("searchbox").input_value() == "river"
    steps = page.get_by_role("button", name="next match")
    if steps.count():  # with scripts
        steps.click()
        assert page.locator("mark.current").is_visible()
        page.keyboard.press("n")
        assert page.locator("mark.current").count() == 1
    else:
        page.locator("#matches").get_by_role("link", name="1", exact=True).click()
        assert page.url.endswith("#m1")
    page.get_by_role("link", name="Back to the hits").click()
    assert page.url == f"{visit.address}/collections/notes?q=river"
    visit.check()


def test_a_missing_collection_is_a_page(visit: Visit) -> None:
    visit.go("/collections/nobody?q=a")
    assert visit.page.get_by_role("heading", level=1).inner_text() == "There is no such collection"


@pytest.mark.parametrize("width", [360, 1400])
def test_pages_fit_and_have_landmarks(chromium: Any, address: str, width: int) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 800})
    for path in (
        "/",
        "/collections/notes?q=river",
        "/collections/hostile?q=bridge",
        "/search?in=*&q=river",
        "/health",
        "/document",
        "/collections/nobody",
    ):
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        for role in ("banner", "main", "contentinfo"):
            assert page.get_by_role(role).count() == 1, (path, role)
        assert page.get_by_role("heading", level=1).count() == 1, path
        nameless = "[...document.querySelectorAll('input:not([type=hidden]), select')].filter(i => !i.labels.length && !i.getAttribute('aria-labelledby'))"
        assert page.evaluate(f"{nameless}.length") == 0, path
    page.close()


def test_facets_are_folded_on_a_phone_and_open_on_a_desk(chromium: Any, address: str) -> None:
    for width, stands_open in ((390, False), (1280, True)):
        page = chromium.new_page(viewport={"width": width, "height": 800})
        page.goto(f"{address}/collections/notes?q=river")
        even = page.get_by_role("complementary").get_by_label("even")
        assert even.is_visible() == stands_open
        above = page.get_by_role("complementary").bounding_box()["y"] < page.locator(".hits").bounding_box()["y"]
        assert above or stands_open
        if not stands_open:
            page.get_by_text("Narrow down").click()
            assert even.is_visible()
        page.close()


def test_five_hits_stand_above_the_fold(chromium: Any, address: str) -> None:
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{address}/collections/notes?q=river")
    bottoms = page.locator(".hits > li").evaluate_all("hits => hits.map((hit) => hit.getBoundingClientRect().bottom)")
    assert sum(bottom <= 900 for bottom in bottoms) >= 5
    page.close()


def test_the_colours_that_were_chosen_are_kept(chromium: Any, address: str) -> None:
    context = chromium.new_context(color_scheme="light")
    page = context.new_page()
    ground = "getComputedStyle(document.body).backgroundColor"
    page.goto(f"{address}/")
    light = page.evaluate(ground)
    page.get_by_role("button", name="Switch to dark colours").click()
    dark = page.evaluate(ground)
    assert dark != light
    page.goto(f"{address}/document")
    assert page.evaluate(ground) == dark
    page.get_by_role("button", name="Switch to light colours").click()
    assert page.evaluate(ground) == light
    context.close()


def test_the_keyboard_reaches_the_content_first(chromium: Any, address: str) -> None:
    page = chromium.new_page()
    page.goto(f"{address}/collections/notes?q=river")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.close()
