"""Searching while typing, and the keyboard, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.page.conftest import ATTACKS
from tests.browser.conftest import Visit, visit_of

pytestmark = pytest.mark.slow
SHIFTS = """() => {
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
}"""


@pytest.fixture
def scripted(chromium: Any, address: str) -> Iterator[Visit]:
    yield from visit_of(chromium, address, scripts=True)


def titles(page: Any) -> list[str]:
    return [str(title) for title in page.locator(".hit h2").all_inner_texts()]


def typed(visit: Visit, words: str) -> None:
    """Type a question and wait until its hits are shown."""
    visit.page.get_by_role("searchbox").press_sequentially(words, delay=20)
    visit.page.locator("#asked", has_text=f"for {words}").wait_for()


def test_hits_come_while_typing_and_the_reranked_order_settles(scripted: Visit) -> None:
    page = scripted.page
    scripted.go("/collections/notes")
    page.evaluate(SHIFTS)
    typed(scripted, "the river")
    page.locator(".reading").wait_for(state="detached")
    settled = titles(page)
    assert page.url == f"{scripted.address}/collections/notes?q=the+river"
    assert page.evaluate("window.shifted") < 0.05
    assert page.evaluate("document.activeElement.id") == "q"
    page.reload()
    assert titles(page) == settled and len(settled) == 10
    scripted.check()


def test_nothing_moves_under_the_pointer(scripted: Visit) -> None:
    page = scripted.page
    held: list[Any] = []
    page.route(lambda url: "q=the" in url and "fused" not in url, lambda route: held.append(route))
    scripted.go("/collections/notes")
    typed(scripted, "the river")
    shown = titles(page)
    page.locator(".hit").nth(2).hover()
    while not held:  # the reranked order was not asked for yet
        page.wait_for_timeout(20)
    held[-1].continue_()
    page.get_by_role("button", name="show the order after reading").wait_for()
    assert titles(page) == shown
    page.mouse.move(5, 5)
    page.locator(".reading").wait_for(state="detached")
    scripted.check()


def test_the_keyboard_moves_through_the_hits(scripted: Visit) -> None:
    page = scripted.page
    scripted.go("/collections/notes?q=river")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    second = titles(page)[1]
    assert page.evaluate("document.activeElement.textContent") == second
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("?")
    assert page.get_by_role("dialog", name="Keys").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator("#passage").wait_for()
    assert page.get_by_role("heading", level=1).inner_text() == second
    scripted.check()


def test_several_values_are_chosen_without_losing_ones_place(scripted: Visit) -> None:
    page = scripted.page
    page.set_viewport_size({"width": 390, "height": 800})
    scripted.go("/collections/notes?q=river")
    page.get_by_text("Narrow down").click()
    for number, value in enumerate(("even", "odd"), 1):
        page.get_by_role("complementary").get_by_label(value).check()
        page.locator(".chips li").nth(number - 1).wait_for()
        box = page.get_by_role("complementary").get_by_label(value)
        assert box.is_visible() and box.is_checked()  # what was unfolded stays open
        assert box.evaluate("box => box === document.activeElement")
    assert page.url.endswith("?q=river&filter=tags%3Aeven&filter=tags%3Aodd")
    page.get_by_role("searchbox").press("End")
    page.get_by_role("searchbox").press_sequentially(" sea", delay=20)
    page.locator("#asked", has_text="for river sea").wait_for()
    assert page.locator(".chips li").count() == 2  # the next question keeps them
    scripted.check()


def test_a_hit_is_judged_where_one_reads(scripted: Visit) -> None:
    page = scripted.page
    scripted.go("/collections/notes?q=river")
    form = page.get_by_role("form", name="Judge hit 2")
    relevant, other = (
        form.get_by_role("button", name="Relevant", exact=True),
        form.get_by_role("button", name="Not relevant"),
    )
    for press, state in (
        (relevant, ("true", "false")),
        (other, ("false", "true")),
        (other, ("false", "false")),
        (relevant, ("true", "false")),
    ):
        with page.expect_response("**/judge") as answer:
            press.click()
        assert answer.value.status == 303
        page.wait_for_function(
            "wanted => [...document.querySelectorAll('.judge')[1].querySelectorAll('button')].map(b => b.ariaPressed).join() === wanted",
            arg=",".join(state),
        )
    assert page.url == f"{scripted.address}/collections/notes?q=river"
    page.reload()
    assert relevant.get_attribute("aria-pressed") == "true"
    page.route("**/judge", lambda route: route.abort())
    relevant.click()
    page.get_by_text("This was not kept").wait_for(state="attached")
    assert relevant.get_attribute("aria-pressed") == "true"


def test_a_link_is_copied(scripted: Visit) -> None:
    page = scripted.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    scripted.go("/collections/notes?q=river")
    page.locator(".permalink").first.click()
    page.locator(".copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"{scripted.address}/collections/notes/document?id=") and copied.endswith("#passage")
    assert page.url == f"{scripted.address}/collections/notes?q=river"
    scripted.check()


def test_the_first_page_completes_what_is_typed(scripted: Visit) -> None:
    page = scripted.page
    scripted.go("/")
    page.get_by_label("Collection", exact=True).select_option("hostile")
    page.get_by_label("What are you looking for?").press_sequentially("titl", delay=20)
    options = page.locator("#completions option")
    options.first.wait_for(state="attached")
    assert all(text.lower().startswith("titl") for text in options.evaluate_all("all => all.map((one) => one.value)"))
    scripted.check()


def test_hostile_documents_do_nothing_when_they_come_while_typing(scripted: Visit) -> None:
    scripted.go("/collections/hostile")
    typed(scripted, "bridge")
    scripted.page.locator(".reading").wait_for(state="detached")
    assert sorted(titles(scripted.page)) == sorted(f"Title {attack}" for attack in ATTACKS)
    scripted.check()
