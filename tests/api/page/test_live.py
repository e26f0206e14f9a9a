"""What the script that searches while somebody types asks for: the fused order, without the reranker."""

from __future__ import annotations

from starlette.testclient import TestClient

from tests.api.page.conftest import tree, words

NOTES = "/collections/notes"


def test_the_fused_order_comes_without_the_reranker(browser: TestClient) -> None:
    fused = browser.get(NOTES, params={"q": "river", "fused": "1"})
    answer = browser.get(
        "/v1/collections/notes/search", params={"query": "river", "rerank_depth": 0, "explain": True}
    ).json()
    titles = [title.text_content() for title in tree(fused).xpath("//article/h2/a")]
    assert titles == [hit["title"] for hit in answer["hits"]]
    assert "reading…" in words(fused) and "The reranker itself" not in words(fused)
    assert "reading…" not in words(browser.get(NOTES, params={"q": "river"}))


def test_no_link_leads_to_a_fused_order(browser: TestClient) -> None:
    page = tree(browser.get(NOTES, params={"q": "river", "fused": "1"}))
    assert not [link for link in page.xpath("//@href | //@action") if "fused" in link]


def test_pages_are_small(browser: TestClient) -> None:
    page = browser.get(NOTES, params={"q": "river"})
    files = set(tree(page).xpath("//head/link[@rel!='search']/@href | //head/script/@src"))
    assert len(page.content) + sum(len(browser.get(file).content) for file in files) < 150_000
    for file in files:
        served = browser.get(file)
        assert served.status_code == 200 and "immutable" in served.headers["cache-control"], file
