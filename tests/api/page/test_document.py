"""A document as it is read: the question goes along, its words are marked, headings and pages are found again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api.page.reading import by_passage, reading
from api.service.documents import ReadDocument
from api.service.service import Service
from engine.types import Document, Locator
from indexer.ingest import ingest_sources
from indexer.sources.submitted import SubmittedFile, file_source
from tests.api.page.conftest import tree, words
from tests.conftest import Models

SPANS = st.lists(st.integers(0, 60), max_size=8, unique=True).map(
    lambda cuts: tuple(zip(sorted(cuts)[::2], sorted(cuts)[1::2], strict=False))
)


def read(text: str, **changes: Any) -> ReadDocument:
    found = {"matches": (), "headings": (), "locators": (), **changes}
    return ReadDocument(Document("d", "d", "Title", text, "en"), **found)


@given(matches=SPANS, headings=SPANS, passage=st.none() | st.tuples(st.integers(0, 29), st.integers(30, 60)))
def test_blocks_are_the_text_whatever_overlaps(matches: Any, headings: Any, passage: Any) -> None:
    text = "".join(chr(97 + at % 26) for at in range(60))
    found = reading(read(text, matches=matches, headings=tuple((span, 0) for span in headings)), passage)
    runs = [run for block in found.blocks for run in block.runs]
    assert "".join(run.text for run in runs) == text
    for number, span in enumerate(matches, start=1):
        assert "".join(run.text for run in runs if run.match == number) == text[slice(*span)]
        assert sum(run.match == number and run.begins for run in runs) == 1
    for number, span in enumerate(headings, start=1):
        blocks = [block for block in found.blocks if block.heading == number]
        assert "".join(run.text for block in blocks for run in block.runs) == text[slice(*span)]
    inside = [group for is_inside, group in by_passage(found.blocks) if is_inside]
    assert len(inside) == (passage is not None)
    if passage:
        assert "".join(run.text for block in inside[0] for run in block.runs) == text[slice(*passage)]


def test_pages_are_told_where_they_begin() -> None:
    locators = (Locator(0, "page", "1"), Locator(3, "page", "2"), Locator(3, "line", "9"), Locator(6, "page", "3"))
    found = reading(read("abcdef", locators=locators), None)
    runs = [run for block in found.blocks for run in block.runs]
    assert [(run.text, run.leaf) for run in runs] == [("abc", "page 1"), ("def", "page 2")]


@pytest.fixture(scope="module")
def manual(service: Service, models: Models) -> str:
    """A collection with one document that has headings."""
    text = "# The pump\n\nRead this.\n\n## Valves\n\nA valve opens.\n\n## Care\n\nOil the valve. The pump is oiled.\n"
    source = file_source(SubmittedFile("manuals/pump.md", "pump.md", text.encode()))
    ingest_sources([source], home=service.home, collection="manual", encoder=models.encoder, reranker=models.reranker)
    return "/collections/manual"


def test_the_question_goes_along_and_leads_back(browser: TestClient, manual: str) -> None:
    hits = browser.get(manual, params={"q": "valve", "mode": "lexical"})
    assert tree(hits).xpath("//article/p[@class='origin']/bdi/text()") == ["manuals/pump.md", "lines 3-11"]
    page = tree(browser.get(tree(hits).xpath("//article/h2/a/@href")[0]))
    assert page.xpath("//input[@id='q']/@value") == ["valve"]
    back = page.xpath("//nav[@class='way']/a/@href")[0]
    assert back == f"{manual}?q=valve&mode=lexical"
    assert [mark.text_content().lower() for mark in page.xpath("//article//mark")] == ["valves", "valve", "valve"]
    assert page.xpath("//article//mark/@id") == ["m1", "m2", "m3"]
    assert page.xpath("//span[@id='matches']/a/@href") == ["#m1", "#m2", "#m3"]


def test_the_outline_leads_to_the_headings(browser: TestClient, manual: str) -> None:
    page = tree(browser.get(f"{manual}/document?id=manuals/pump.md"))
    outline = {link.text_content(): link.get("href") for link in page.xpath("//nav[@aria-labelledby='outline']//a")}
    assert {"Valves", "Care"} <= outline.keys()
    for text, href in outline.items():
        assert page.xpath(f"//*[@role='heading'][@id='{href[1:]}']")[0].text_content() == text


def test_a_document_without_a_question_says_nothing_of_matches(browser: TestClient, manual: str) -> None:
    page = browser.get(f"{manual}/document?id=manuals/pump.md")
    assert not tree(page).xpath("//article//mark | //*[@id='matches']")
    assert "found by its meaning" not in words(page)
    found = browser.get(f"{manual}/document?id=manuals/pump.md&q=zebra")
    assert "None of the question’s words is in it" in words(found)


@pytest.mark.parametrize("span", ["start=3&end=2", "start=0&end=9999999", "start=5&end=5"])
def test_a_passage_that_there_is_not_is_not_marked(browser: TestClient, manual: str, span: str) -> None:
    page = browser.get(f"{manual}/document?id=manuals/pump.md&{span}")
    assert page.status_code == 200
    assert not tree(page).xpath("//*[@id='passage']")


def test_no_document_shows_where_the_server_keeps_its_files(browser: TestClient, tmp_path: Path) -> None:
    page = tree(browser.get("/collections/notes?q=river"))
    opened = tree(browser.get(page.xpath("//article/h2/a/@href")[0]))
    assert "/tmp/" not in opened.xpath("//main")[0].text_content()
