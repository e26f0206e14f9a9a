"""Hits that people can scan: a short source, three lines that answer, further passages, and why each stands there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api.page.excerpt import BRIEF, Briefs, flowing, matched_words
from api.page.plot import plot
from api.page.source import citation, date_of, short_source
from engine.types import Chunk, Document, Hit, Place, Snippet, StageScore
from tests.api.page.conftest import tree

DOCUMENT = Document("d", "/srv/home/manuals/pump.pdf", "The pump", "", "en")


def hit(**changes: Any) -> Hit:
    return replace(Hit(Chunk("c", "d", 0, 0, 0, ""), DOCUMENT, 1.0, None, 1, {}), **changes)


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("/srv/home/secret/manuals/pump.pdf", "manuals/pump.pdf"),
        ("C:\\Users\\me\\manuals\\pump.pdf", "manuals/pump.pdf"),
        ("file:///srv/manuals/pump.pdf", "manuals/pump.pdf"),
        ("pump.pdf", "pump.pdf"),
        ("https://www.example.org/a/b/pump.html?x=1#y", "example.org/pump.html"),
        ("https://example.org", "example.org"),
        ("https://[broken/a/b", "https://[broken/a/b"),
        ("/", "/"),
    ],
)
def test_a_source_is_short_and_no_path_of_the_server(uri: str, shown: str) -> None:
    assert short_source(uri) == shown


def test_no_hit_shows_where_the_server_keeps_its_files(browser: TestClient) -> None:
    page = tree(browser.get("/collections/hostile?q=bridge"))
    assert not [text for text in page.xpath("//*[@class='origin']//text()") if "/srv/" in text]


def test_a_citation_names_the_place() -> None:
    snippet = Snippet(0, 1, "x", places=(Place("page", "47", "47"),))
    assert citation(hit(snippet=snippet)) == "The pump, manuals/pump.pdf, page 47"


def test_the_date_of_a_document_is_a_date() -> None:
    dated = replace(DOCUMENT, metadata={"modified": datetime(2026, 1, 2, tzinfo=UTC), "date": date(2020, 5, 6)})
    assert date_of(dated) == date(2020, 5, 6)
    assert date_of(replace(DOCUMENT, metadata={"date": "yesterday"})) is None


SENTENCES = st.lists(st.sampled_from(["The pump runs. ", "A valve!\n", "Water, and more water, flows. ", "x" * 90]))


@given(parts=SENTENCES, at=st.integers(0, 400))
def test_a_brief_is_a_stretch_of_its_snippet_with_its_marks(parts: list[str], at: int) -> None:
    text = "".join(parts)
    marks = ((at, at + 4),) if at + 4 <= len(text) else ()
    given = Snippet(7, 7 + len(text), text, marks)
    brief = Briefs("water", by_meaning=False)(given, replace(DOCUMENT, title=""))
    assert len(brief.text) <= BRIEF
    assert text[brief.start - 7 : brief.end - 7] == brief.text
    assert {brief.text[low:high] for low, high in brief.marks} <= {text[low:high] for low, high in marks}
    assert brief.after == (brief.end < given.end)


def test_a_brief_shows_the_sentence_that_was_asked_for() -> None:
    text = "Ducks swim on the pond. " * 12 + "The valve opens at four bar."
    marks = ((text.index("valve"), text.index("valve") + 5),)
    assert "four bar" in Briefs("valve", by_meaning=False)(Snippet(0, len(text), text, marks), DOCUMENT).text
    assert "four bar" in Briefs("the pressure at which the valve opens")(Snippet(0, len(text), text), DOCUMENT).text


def test_a_brief_does_not_repeat_the_title_and_code_stays_whole() -> None:
    text = "The pump\n\nIt runs."
    assert Briefs("", by_meaning=False)(Snippet(0, len(text), text), DOCUMENT).text == "It runs."
    code = Snippet(0, 600, "x = 1\n" * 100, kind="code")
    assert Briefs("x", by_meaning=False)(code, DOCUMENT) is code


def test_lines_without_a_full_stop_stay_apart() -> None:
    text = "Smells\n\nThe heap has run out of air. Bring:\n\n- a fork.\n- a spade\n- twine"
    read = "".join(piece.text for piece in flowing(Snippet(0, len(text), text)))
    assert read == "Smells · The heap has run out of air. Bring: a fork. · a spade · twine"


def test_the_plot_falls_with_the_rank_and_tells_what_is_absent() -> None:
    found = plot(hit(stages={"lexical": StageScore(40, 1.0), "fusion": StageScore(3, 1.0), "rerank": StageScore(1, 1)}))
    assert [point.rank for point in found.points] == [40, None, 3, 1]
    heights = [point.y for point in found.points]
    assert heights[1] > heights[0] > heights[2] > heights[3]
    assert len(found.line.split()) == 3
    assert found.in_words == "Words: rank 40, Meaning: not listed, Both together: rank 3, Reading: rank 1"


def test_matched_words_are_counted() -> None:
    text = "Compost smells. The compost is warm."
    marked = hit(chunk=Chunk("c", "d", 0, 0, len(text), text), highlights=((0, 7), (8, 14), (20, 27)))
    assert matched_words(marked) == [("compost", 2), ("smells", 1)]


def test_every_hit_has_a_link_to_its_passage_and_a_plot(browser: TestClient) -> None:
    page = tree(browser.get("/collections/notes?q=river"))
    for article in page.xpath("//article"):
        title, link = article.xpath("./h2/a/@href")[0], article.xpath(".//a[@class='permalink']/@href")[0]
        assert title == link
        assert len(article.xpath(".//svg/circle")) == 4
    said = page.xpath("//article//details[@class='why']/p")[0].text_content()
    assert "The reranker itself gave" in said and "Words that matched: river" in said


def test_further_passages_of_a_document_are_folded_away(browser: TestClient) -> None:
    text = "\n\n".join(f"# Part {number}\n\n{'The canal is long and its water green. ' * 40}" for number in range(3))
    sent = browser.post("/v1/collections/empty/documents?wait=true", json={"documents": [{"id": "long", "text": text}]})
    assert sent.json()["state"] == "done", sent.text
    page = tree(browser.get("/collections/empty?q=canal"))
    more = page.xpath("//details[@class='more']")
    assert len(more) == 1 and "open" not in more[0].attrib
    for link in more[0].xpath(".//li/a/@href"):
        assert "canal" in tree(browser.get(link)).xpath("//*[@id='passage']")[0].text_content()
    browser.post("/v1/collections/empty/documents/delete", json={"ids": ["long"]})
