"""Each state of the page is told in words, with the status and the way on that belong to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from api.errors import Forbidden, Unauthenticated
from api.page.errors import ErrorPages
from api.service.service import Service
from api.serving.app import create_app
from engine.errors import GenerationExpired, WriterBusy
from engine.types import SearchResult
from indexer.sources.submitted import Submitted
from tests.api.page.conftest import BROWSER, HERE, tree, words

NOTES = "/collections/notes"


def get(browser: TestClient, **parameters: Any) -> Any:
    return browser.get(NOTES, params=parameters)


def test_the_first_page_lists_the_collections(browser: TestClient) -> None:
    page = tree(browser.get("/"))
    assert [link.get("href") for link in page.xpath("//ul/li/a")] == [
        "/collections/empty",
        "/collections/hostile",
        "/collections/notes",
    ]
    assert "40 documents" in words(browser.get("/"))
    chosen = browser.get("/search", params={"collection": "notes", "q": "a & b"}, follow_redirects=False)
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/collections/notes?q=a+%26+b")


def test_an_empty_installation_says_what_to_do(tmp_path: Path) -> None:
    with (
        Service(tmp_path / "home") as service,
        TestClient(create_app(service), base_url=HERE, headers=BROWSER) as browser,
    ):
        assert "winnow ingest ~/documents" in words(browser.get("/"))
        assert "winnow search" in words(browser.get("/"))


def test_hits_are_the_pipelines_with_marks_and_the_stages_of_each(browser: TestClient) -> None:
    answer = browser.get("/v1/collections/notes/search", params={"query": "river", "explain": True}).json()
    page = tree(get(browser, q="river"))
    assert [title.text_content() for title in page.xpath("//article/h2/a")] == [hit["title"] for hit in answer["hits"]]
    assert "river" in {mark.text_content().lower() for mark in page.xpath("//article//mark")}
    for article, hit in zip(page.xpath("//article"), answer["hits"], strict=True):
        rows = article.xpath(".//tbody/tr")
        shown = [[cell.text_content() for cell in row.xpath("./td")] for row in rows]
        stages = [hit["stages"].get(name) for name in ("lexical", "dense", "fusion", "rerank")]
        assert shown == [[str(s["rank"]), f"{s['score']:.3f}"] if s else ["not listed"] for s in stages]


def test_a_title_leads_to_the_document_with_the_passage_marked(browser: TestClient) -> None:
    link = tree(get(browser, q="river")).xpath("//article/h2/a")[0]
    document = tree(browser.get(link.get("href")))
    assert document.xpath("//h1")[0].text_content() == link.text_content()
    assert "river" in document.xpath("//*[@id='passage']")[0].text_content()


def choices(response: Any, field: str) -> dict[str, tuple[int, bool, str]]:
    """The choices of a field by their label: the count, whether it is chosen, and the filter that it is."""
    found = {}
    for entry in tree(response).xpath(f"//aside//fieldset[legend='{field}']//li"):
        box = entry.xpath(".//input")[0]
        count = int(entry.xpath("./*[@class='count']")[0].text_content())
        found[entry.xpath(".//bdi")[0].text_content()] = (count, "checked" in box.attrib, box.get("value"))
    return found


def hit_titles(response: Any) -> set[str]:
    return {title.text_content() for title in tree(response).xpath("//article/h2/a")}


def test_several_values_of_a_field_widen_and_another_field_narrows(browser: TestClient) -> None:
    offered = choices(get(browser, q="river"), "tags")
    counted, checked, clause = offered["even"]
    assert not checked
    even = get(browser, q="river", filter=clause)
    assert f"of {counted} candidates" in words(even)
    now = choices(even, "tags")
    assert now["even"] == (counted, True, clause)
    assert now["odd"][0] == offered["odd"][0]  # as many as there are to be had beside
    both = get(browser, q="river", filter=[clause, now["odd"][2]])
    assert f"of {counted + now['odd'][0]} candidates" in words(both)
    narrower = get(browser, q="river", filter=[clause, now["odd"][2], "year:2000|2001"])
    assert "of 4 candidates" in words(narrower)  # of twenty years, two documents each


def test_chips_take_back_one_value_each_and_the_form_keeps_all(browser: TestClient) -> None:
    narrowed = get(browser, q="river", filter=["tags:even", "tags:odd", "year:>=2000"])
    chips = {
        chip.xpath("./bdi")[0].text_content(): chip.get("href")
        for chip in tree(narrowed).xpath("//ul[@class='chips']//a")
    }
    assert chips == {
        "tags: even": f"{NOTES}?q=river&filter=tags%3Aodd&filter=year%3A%3E%3D2000",
        "tags: odd": f"{NOTES}?q=river&filter=tags%3Aeven&filter=year%3A%3E%3D2000",
        "year:>=2000": f"{NOTES}?q=river&filter=tags%3Aeven%7Codd",
    }
    asked = tree(narrowed).xpath("//form[@role='search']//input[@name='filter']/@value")
    assert asked == ["tags:even|odd", "year:>=2000"]
    kept = tree(narrowed).xpath("//aside//input[@type='hidden'][@name='filter']/@value")
    assert kept == ["year:>=2000"]  # the rest are choices, which are sent where they are checked


def test_dates_are_narrowed_to_a_range(browser: TestClient, service: Service) -> None:
    dated = [
        Submitted(f"day{n}", f"The river, {n * 7} feet high.", f"Day {n}", metadata={"held": f"2024-01-0{n}"})
        for n in (1, 5, 9)
    ]
    models = service.collections.stats("notes").models
    service.collections.create("dated", models["encoder"] or "", models["reranker"] or "")
    service.jobs.wait(service.documents.put("dated", dated).id, 60.0)
    place = "/collections/dated"
    whole = browser.get(place, params={"q": "river"})
    assert tree(whole).xpath("//aside//input[@type='date']/@name") == ["from:held", "to:held"]
    some = browser.get(place, params={"q": "river", "from:held": "2024-01-05", "to:held": "2024-01-09"})
    assert hit_titles(some) == {"Day 5", "Day 9"}
    assert tree(some).xpath("//aside//input[@type='date']/@value") == ["2024-01-05", "2024-01-09"]
    assert "held: from 2024-01-05 to 2024-01-09" in words(some)
    early = browser.get(place, params={"q": "river", "from:held": "", "to:held": "2024-01-01"})
    assert hit_titles(early) == {"Day 1"}
    assert "is not a date" in words(browser.get(place, params={"q": "river", "from:held": "January"}))
    service.collections.delete("dated")


def test_pages_neither_repeat_nor_skip(browser: TestClient) -> None:
    seen, address = [], f"{NOTES}?q=river&filter=year%3A%3E%3D2000"
    while address:
        page = tree(browser.get(address))
        seen += [title.text_content() for title in page.xpath("//article/h2/a")]
        following = page.xpath("//a[@rel='next']/@href")
        assert not following or "filter=year" in following[0]
        address = following[0] if following else ""
    assert len(seen) == len(set(seen)) == 40


def test_nothing_found_says_what_may_help(browser: TestClient) -> None:
    response = get(browser, q='"no such phrase" -river', filter="tags:even", mode="lexical")
    assert response.status_code == 200
    assert "Nothing found" in words(response)
    links = {link.text_content(): link.get("href") for link in tree(response).xpath("//div[@class='nothing']//a")}
    assert "filter" not in links["Search without the filters"]
    plain = next(href for text, href in links.items() if text.startswith("Search for the plain words"))
    assert tree(browser.get(plain)).xpath("//input[@id='q']/@value") == ["no such phrase river"]
    assert "It is empty" in words(browser.get("/collections/empty"))
    assert "The collection is empty" in words(browser.get("/collections/empty?q=a"))


def test_relevance_cannot_be_asked_of_a_collection_without_calibration(browser: TestClient) -> None:
    response = get(browser, q="river", min_relevance="0.5")
    assert response.status_code == 400
    assert "no calibration" in words(response)


def test_nothing_relevant_is_an_answer(browser: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    outline = replace(service.collections.outline("notes"), calibrated=True)
    found = SearchResult("river", (), candidates=7, timings_ms={}, generation=1, scored=7)
    monkeypatch.setattr(service.collections, "outline", lambda _: outline)
    monkeypatch.setattr(service.searching, "search", lambda *_: found)
    response = get(browser, q="river", min_relevance="0.5")
    assert "Nothing relevant" in words(response)
    assert tree(response).xpath("//option[@selected]/text()") == ["at least 50%"]
    links = {link.text_content(): link.get("href") for link in tree(response).xpath("//div[@class='nothing']//a")}
    assert links["Show what is less relevant, too"] == f"{NOTES}?q=river"


def test_a_missing_document_is_explained(browser: TestClient) -> None:
    assert "It does not pass the filters" in words(get(browser, q="river", filter="tags:even", why_not="d001"))
    assert "no document with this id" in words(get(browser, q="river", why_not="nobody"))


def test_a_poorer_answer_says_so(browser: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    with service.readers.open("notes") as opened:
        monkeypatch.setattr(opened.searcher.reranker, "score", lambda *_: 1 / 0)
        assert "The reranker failed" in words(get(browser, q="a question that nobody asked before"))


@pytest.mark.parametrize(
    ("address", "status", "says"),
    [
        ("/collections/nobody?q=a", 404, "There is no such collection"),
        ("/collections/NOT%20A%20NAME?q=a", 422, "collection"),
        ("/collections/notes/document?id=nobody", 404, "There is no such document"),
        ("/collections/notes?q=a&cursor=broken", 400, "This link to a page is broken"),
        ("/collections/notes?q=a&filter=year:many", 400, "This filter cannot be used"),
        ("/collections/notes?q=a&mode=psychic", 400, "There is no mode"),
        ("/collections/notes?q=a&min_relevance=much", 400, "is not a number"),
        ("/nowhere", 404, "There is no such page"),
    ],
)
def test_what_is_wrong_with_an_address(browser: TestClient, address: str, status: int, says: str) -> None:
    response = browser.get(address)
    assert response.status_code == status
    assert says in words(response)


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (GenerationExpired("Generation 3 is gone.", "Search again."), 410, "These pages have expired"),
        (WriterBusy("Somebody writes.", "Try again."), 409, "Somebody else is writing"),
        (Unauthenticated("No key.", "Send one."), 401, "give the key as the password"),
        (Forbidden("Not with this key.", "Use another."), 403, "This key does not open that"),
        (RuntimeError("secret detail"), 500, "an unexpected reason"),
    ],
)
def test_errors_of_the_service(
    browser: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, says: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(service.searching, "search", fail)
    response = get(browser, q="river", filter="tags:even")
    assert response.status_code == status
    assert says in words(response)
    assert "secret detail" not in response.text
    if status in (409, 410):
        assert tree(response).xpath("//a[@class='action']/@href") == [f"{NOTES}?q=river"]


def test_refusals_of_middlewares_are_pages_with_their_own_headers(browser: TestClient) -> None:
    async def refusing(scope: Scope, receive: Receive, send: Send) -> None:
        headers = {"www-authenticate": "Basic", "content-security-policy": "default-src 'none'"}
        body = {"status": 401, "code": "unauthenticated", "detail": "", "remedy": "", "request_id": "r", "type": "/d#u"}
        await JSONResponse(body, 401, headers, "application/problem+json")(scope, receive, send)

    response = TestClient(ErrorPages(refusing), base_url=HERE, headers=BROWSER).get("/")
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Basic"
    assert "style-src 'self'" in response.headers["content-security-policy"]
    assert "give the key as the password" in words(response)
    assert int(response.headers["content-length"]) == len(response.content)


def test_programs_get_problems_and_not_pages(browser: TestClient) -> None:
    for address, accept in (("/collections/nobody?q=a", "*/*"), ("/v1/collections/nobody", BROWSER["accept"])):
        response = browser.get(address, headers={"accept": accept})
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["code"] == "collection_not_found"
