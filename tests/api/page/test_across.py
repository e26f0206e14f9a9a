"""The page searches several collections at once: every hit names its own, and a way leads back to all of them."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from api.page.address import MOST_COLLECTIONS
from api.security.keys import KeyStore
from api.service.service import Service
from api.serving.app import create_app
from tests.api.page.conftest import BROWSER, HERE, tree, words


def across(browser: TestClient, *among: str, q: str = "river", **more: Any) -> Any:
    return browser.get("/search", params={"in": among, "q": q, **more}, follow_redirects=False)


def collections_of(response: Any) -> list[str]:
    return [str(name) for name in tree(response).xpath("//article//*[@class='from']/text()")]


def test_hits_of_all_collections_are_those_of_the_api_and_name_their_own(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.page.across.BUDGET_MS", 600_000.0)  # as the API has none
    found = across(browser, "*")
    assert found.status_code == 200
    asked = {"query": "river", "collections": ["empty", "hostile", "notes"], "k": 10}
    hits = browser.post("/v1/search", json=asked).json()["hits"]
    titles = [title.text_content() for title in tree(found).xpath("//article/h2")]
    assert titles == [hit["title"] for hit in hits]
    assert collections_of(found) == [hit["collection"] for hit in hits]
    assert {"hostile", "notes"} <= set(collections_of(found))
    assert "by the words of the question that they hold" in words(found)  # none of them is calibrated


def test_a_hit_leads_to_its_document_and_from_there_back_to_all(browser: TestClient) -> None:
    link = tree(across(browser, "notes", "hostile")).xpath("//article/h2/a/@href")[0]
    document = tree(browser.get(link))
    assert document.get_element_by_id("passage") is not None
    back = document.xpath("//nav[@class='way']/a/@href")[0]
    assert back == "/search?in=notes&in=hostile&q=river"


def test_some_of_the_collections_are_chosen(browser: TestClient) -> None:
    some = across(browser, "notes", "hostile")
    boxes = tree(some).xpath("//input[@name='in'][@checked]/@value")
    assert boxes == ["hostile", "notes"]
    assert "notes, hostile" in words(some)
    assert tree(across(browser, "empty", "hostile", "notes")).xpath("//title/text()") == [
        "river · all collections · Winnow"
    ]


@pytest.mark.parametrize(
    ("parameters", "leads"),
    [
        ({"in": "notes", "q": "river"}, "/collections/notes?q=river"),
        ({"collection": "notes", "q": "river"}, "/collections/notes?q=river"),
        ({"q": "river"}, "/collections/hostile?q=river"),
    ],
)
def test_one_collection_has_a_page_of_its_own(browser: TestClient, parameters: dict[str, str], leads: str) -> None:
    response = browser.get("/search", params=parameters, follow_redirects=False)
    assert (response.status_code, response.headers["location"]) == (303, leads)


def test_the_first_page_offers_all_of_them(browser: TestClient) -> None:
    assert tree(browser.get("/")).xpath("//select[@name='collection']/option/@value") == ["*"]
    assert "The best 10 hits" in words(browser.get("/search", params={"collection": "*", "q": "river"}))
    also = tree(browser.get("/collections/notes?q=river")).xpath("//p[@class='others']/a/@href")
    assert "/search?in=%2A&q=river" in also


def test_filters_and_modes_hold_for_all_or_are_refused(browser: TestClient) -> None:
    narrowed = across(browser, "notes", "hostile", filter="year:>=2005", mode="lexical")
    assert narrowed.status_code == 200
    chips = [chip.get("href") for chip in tree(narrowed).xpath("//ul[@class='chips']//a")]
    assert chips == [
        "/search?in=notes&in=hostile&q=river&mode=lexical",
        "/search?in=notes&in=hostile&q=river&filter=year%3A%3E%3D2005",
    ]
    refused = across(browser, "notes", "hostile", filter="checked:true")
    assert refused.status_code == 400 and "There is no field 'checked'" in words(refused)
    again = tree(refused).xpath("//a[@class='action']/@href")
    assert again == ["/search?in=notes&in=hostile&q=river"]


def test_nothing_found_says_what_may_help(browser: TestClient) -> None:
    nothing = across(browser, "*", q='"no such phrase" -river')
    assert "Nothing found" in words(nothing)
    plain = tree(nothing).xpath("//div[@class='nothing']//a/@href")[0]
    assert plain.startswith("/search?in=%2A&q=no+such+phrase")


def test_what_is_not_there_and_too_many_are_refused(browser: TestClient) -> None:
    assert across(browser, "notes", "nobody").status_code == 404
    many = [f"c{number}" for number in range(MOST_COLLECTIONS + 1)]
    assert across(browser, *many).status_code == 422


def test_a_key_searches_its_collections_only(service: Service) -> None:
    _, secret = KeyStore(service.home).create("two", ["read"], ["notes", "empty"])
    browser = TestClient(create_app(service), base_url=HERE, headers=BROWSER)  # without its lifespan
    browser.auth = ("anybody", secret)
    assert set(collections_of(across(browser, "*"))) == {"notes"}
    assert across(browser, "notes", "hostile").status_code == 403
    assert across(browser, "notes", "nobody").status_code == 403  # does not tell whether there is one
