"""Whatever documents and addresses hold is text: no element, attribute or link comes of it."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests.api.page.conftest import ATTACKS, tree, words

HOSTILE = "/collections/hostile"
OWN = {"/", "/docs", "/document"}


def check(response: Any) -> Any:
    """The page, if it holds nothing that a template did not write, and its policy forbids the rest."""
    page = tree(response)
    for script in page.xpath("//script"):
        assert script.get("src", "").startswith("/page/") and not script.text
    assert not page.xpath("//style | //iframe | //object | //embed | //img | //base | //*[@style]")
    assert not [name for element in page.iter() for name in element.attrib if name.startswith("on")]
    for link in page.xpath("//@href | //@action | //@src"):
        place = urlsplit(link)
        local = not place.scheme and not place.netloc and place.path.split("?")[0].startswith("/")
        assert local or link.startswith(("#", "https://example.org/")), link
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self';" in policy and "unsafe" not in policy
    assert response.headers["referrer-policy"] == "same-origin"
    assert response.headers["x-content-type-options"] == "nosniff"
    return page


def test_hostile_documents_stay_text(browser: TestClient) -> None:
    response = browser.get(HOSTILE, params={"q": "bridge"})
    page = check(response)
    titles = [link.text_content() for link in page.xpath("//article/h2/a")]
    assert {f"Title {attack}" for attack in ATTACKS} == set(titles)
    assert page.xpath("//a[@href='https://example.org/1']")
    assert "javascript:alert(1)" in words(response)
    for link in page.xpath("//article/h2/a/@href | //aside//a/@href | //nav[@class='pager']//a/@href"):
        opened = browser.get(link)
        assert opened.status_code == 200, link
        check(opened)


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_addresses_stay_text(browser: TestClient, attack: str) -> None:
    for parameters in (
        {"q": attack},
        {"q": "bridge", "why_not": attack},
        {"q": "bridge", "filter": attack},
        {"q": "bridge", "cursor": attack},
        {"q": "bridge", "mode": attack},
    ):
        check(browser.get(HOSTILE, params=parameters))
    check(browser.get(f"/collections/{attack.replace('/', '%2F').replace('?', '')}"))
    check(browser.get(f"{HOSTILE}/document", params={"id": attack}))


@given(q=st.text(min_size=1, max_size=80).filter(str.strip))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_question_comes_back_as_it_was(browser: TestClient, q: str) -> None:
    response = browser.get(HOSTILE, params={"q": q.encode("utf-8", "replace").decode()})
    assert response.status_code == 200
    found = re.search(r'<input id="q"[^>]* value="([^"]*)"', response.text)
    assert found is not None
    assert not set("<>") & set(found[1])
    assert unescape(found[1]) == q.strip()
