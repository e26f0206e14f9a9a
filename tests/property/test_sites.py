"""A crawl that remembers the pages finds what one finds that remembers nothing, whatever has become of the site."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.sources.source import Source
from indexer.sources.web.crawl import site_sources
from indexer.sources.web.fetching import Bounds, Fetcher
from indexer.sources.web.visited import Visit, Visited, _from_json, _to_json

pytest.importorskip("protego", reason="install the extra web")
httpx = pytest.importorskip("httpx", reason="install the extra web")

NAMES = ("", "a", "b", "c", "d/", "d/e")
names = st.sampled_from(NAMES)
texts = st.sampled_from(("ferry", "bridge", "harbour"))
kinds = st.sampled_from(
    ("page", "page", "page", "page", "missing", "noindex", "nofollow", "redirect", "aside", "refresh")
)
contents = st.tuples(kinds, texts, st.lists(names, max_size=4), names)
sites = st.dictionaries(names, contents, min_size=2)
edits = st.lists(st.dictionaries(names, contents), max_size=3)


def answered(site: dict[str, Any]) -> Any:
    def answer(request: Any) -> Any:
        path = request.url.path.removeprefix("/")
        kind, text, links, target = site.get(path, ("missing", "", [], ""))
        if path == "":
            kind = "page"
        if kind == "missing" or path in ("robots.txt", "sitemap.xml"):
            return httpx.Response(404)
        if kind == "redirect":
            return httpx.Response(302, headers={"Location": f"/{target}"})
        head = {
            "noindex": "<meta name=robots content=noindex>",
            "nofollow": "<meta name=robots content=nofollow>",
            "aside": f"<link rel=canonical href='/{target}'>",
            "refresh": f"<meta http-equiv=refresh content='0;url=/{target}'>",
        }.get(kind, "")
        anchors = "".join(f"<a href='/{link}'>x</a>" for link in links)
        body = f"<html><head>{head}</head><body><p>The page about {text}.</p>{anchors}</body></html>".encode()
        etag = f'"{hash(body)}"'
        if request.headers.get("If-None-Match") == etag:
            return httpx.Response(304, headers={"ETag": etag})
        return httpx.Response(200, headers={"ETag": etag, "Content-Type": "text/html"}, stream=Once(body))

    return answer


class Once(httpx.SyncByteStream):  # type: ignore[misc, name-defined]
    def __init__(self, data: bytes) -> None:
        self.data = data

    def __iter__(self) -> Any:
        yield self.data


def crawled(site: dict[str, Any], visited: Visited) -> dict[str, str]:
    """Content hashes by address; what was found is what is stored afterwards."""
    fetcher = Fetcher(Bounds(), transport=httpx.MockTransport(answered(site)))
    sources = site_sources("https://example.org/", Bounds(rate=1e9), visited, fetcher=fetcher)
    found = {one.id: one.content_hash for one in sources if isinstance(one, Source)}
    visited.stored = set(found.values())
    return found


@settings(max_examples=100, deadline=None)
@given(sites, edits)
def test_memory_changes_nothing_that_is_found(site: Any, changes: Any) -> None:
    visited = Visited()
    crawled(site, visited)
    for change in changes:
        site = {**site, **change}
        visited.pages = _from_json(_to_json(visited.pages))
        assert crawled(site, visited) == crawled(site, Visited())


addresses = st.sampled_from([f"https://example.org/{name}" for name in NAMES])
words = st.text(max_size=3)
visits = st.builds(Visit, words, words, words, words, words, st.lists(addresses).map(tuple))


@given(st.dictionaries(addresses, visits))
def test_visits_are_kept_as_they_are(pages: dict[str, Visit]) -> None:
    assert _from_json(_to_json(pages)) == pages
