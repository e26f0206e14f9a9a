"""What every page has: a way to search from the browser's own field, a switch of colours, facets that fold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lxml.etree
import pytest
from starlette.testclient import TestClient

from api.page.address import Address
from api.page.facets import in_force
from api.service.service import Service
from api.serving.app import create_app
from engine.types import SearchResult
from tests.api.page.conftest import BROWSER, HERE, tree, words

NAMESPACE = {"os": "http://a9.com/-/spec/opensearch/1.1/"}


def test_browsers_are_told_how_to_search(browser: TestClient) -> None:
    href = tree(browser.get("/")).xpath("//link[@rel='search']/@href")[0]
    described = browser.get(href)
    assert described.headers["content-type"].startswith("application/opensearchdescription+xml")
    url = lxml.etree.fromstring(described.content).find("os:Url", NAMESPACE)
    assert url is not None
    asked = url.get("template", "").replace("{searchTerms}", "river+%26+sea")
    assert asked.startswith(HERE)
    found = browser.get(asked, follow_redirects=False)
    assert found.headers["location"].endswith("?q=river+%26+sea")
    assert browser.get(found.headers["location"]).status_code == 200


def test_a_search_of_no_collection_leads_home(tmp_path: Path) -> None:
    with (
        Service(tmp_path / "home") as service,
        TestClient(create_app(service), base_url=HERE, headers=BROWSER) as browser,
    ):
        assert browser.get("/search?q=a", follow_redirects=False).headers["location"] == "/"


@pytest.mark.parametrize("path", ["/", "/document", "/collections/notes", "/collections/notes?q=river", "/nowhere"])
def test_every_page_has_the_switch_and_the_keys(browser: TestClient, path: str) -> None:
    page = tree(browser.get(path))
    for name in ("theme", "show-keys"):
        assert "hidden" in page.get_element_by_id(name).attrib  # a script shows it
    scripts = page.xpath("//script/@src")
    assert all(script.startswith("/page/") and "?v=" in script for script in scripts)


def test_facets_fold_and_stand_apart_from_the_hits(browser: TestClient) -> None:
    page = tree(browser.get("/collections/notes?q=river"))
    assert page.xpath("//aside/details[@class='facets'][not(@open)]//ul")
    assert not tree(browser.get('/collections/notes?q="no such words"')).xpath("//aside")


def test_what_is_not_as_by_default_can_be_taken_back() -> None:
    address = Address("c", "q", ("year:2020",), "lexical", 0.5)
    assert {one.label: one.href for one in in_force(address)} == {
        "year: 2020": "/collections/c?q=q&mode=lexical&min_relevance=0.5",
        "words only": "/collections/c?q=q&filter=year%3A2020&min_relevance=0.5",
        "at least 50% relevant": "/collections/c?q=q&filter=year%3A2020&mode=lexical",
    }


def test_a_question_that_nothing_answers_says_so_first(
    browser: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = service.searching.search

    def unanswered(*asked: Any) -> SearchResult:
        found = search(*asked)
        return SearchResult(
            found.query, found.hits, found.candidates, found.timings_ms, found.generation, ("query:unanswered",)
        )

    monkeypatch.setattr(service.searching, "search", unanswered)
    page = tree(browser.get("/collections/notes?q=river"))
    assert page.xpath("//h1")[0].text_content().strip().startswith("Probably nothing relevant")
    assert "The best" not in words(browser.get("/collections/notes?q=river"))


def test_an_empty_collection_leads_to_its_form(browser: TestClient) -> None:
    page = tree(browser.get("/collections/empty?q=a"))
    href = page.xpath("//div[@class='nothing']//a/@href")[0]
    path, _, anchor = href.partition("#")
    assert tree(browser.get(path)).get_element_by_id(anchor).get("action") == "/documents"
