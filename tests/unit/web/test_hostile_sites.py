"""Sites that mean harm, on loopback: they never end, make up addresses, or send what no server should."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain, count, repeat

import pytest

from engine.errors import UsageError
from indexer.sources.source import Failed, Found, Skipped, Source
from indexer.sources.web import crawl, sitemap
from indexer.sources.web.address import canonical, is_site
from indexer.sources.web.crawl import site_sources
from indexer.sources.web.fetching import Bounds, Fetcher, Unanswered
from indexer.sources.web.known import KnownAddresses
from indexer.sources.web.page import read_page
from indexer.sources.web.sitemap import read_sitemap
from indexer.sources.web.visited import Visited
from tests.support.stubs.sites import Page, Site, page, serving

pytest.importorskip("protego", reason="install the extra web")

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
NEVER_ENDING: dict[str, Callable[[], Iterator[bytes]]] = {
    "status line": lambda: chain([b"HTTP/1.1 200 "], repeat(b"O")),
    "head": lambda: chain([b"HTTP/1.1 200 OK\r\n"], repeat(b"X-a: b\r\n")),
    "informed": lambda: repeat(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "chunk's head": lambda: chain([OK, b"Transfer-Encoding: chunked\r\n\r\n1"], repeat(b";a=b")),
    "length": lambda: chain([OK, b"Content-Length: 1000000\r\n\r\n"], repeat(b"a")),
    "no length": lambda: chain([OK, b"\r\n"], repeat(b"a")),
    "empty packed blocks": lambda: chain(
        [OK, b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"")[:10]], repeat(b"\0\0\0\xff\xff")
    ),
}


@contextmanager
def dripping(pieces: Callable[[], Iterator[bytes]]) -> Iterator[str]:
    """A site that sends a piece now and then, for as long as somebody listens."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def send() -> None:
            with suppress(OSError), listening.accept()[0] as connection:
                connection.recv(65536)
                for piece in pieces():
                    if ended.wait(0.02):
                        return
                    connection.sendall(piece)

        thread = threading.Thread(target=send, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        ended.set()
        thread.join()


@pytest.mark.parametrize("what", NEVER_ENDING)
def test_what_never_ends_is_cut_off(what: str) -> None:
    with dripping(NEVER_ENDING[what]) as address:
        fetcher = Fetcher(Bounds(silence=30.0, seconds=0.3))
        with pytest.raises(Unanswered, match=r"longer than 0\.3 seconds") as told:
            fetcher.get(address, lambda answer: True)
        assert told.value.silent
        fetcher.close()


def found(site: Site, visited: Visited | None = None, **bounds: object) -> list[Found]:
    return list(site_sources(f"{site.url}/", Bounds(**bounds), visited or Visited()))  # type: ignore[arg-type]


@pytest.mark.parametrize("etag", ['"é"', '"日本"', '"\x80"'])
def test_a_validator_that_cannot_be_sent_back_is_not(etag: str) -> None:
    with serving(Site({"/": Page(page("start").body, headers={"ETag": etag.encode().decode("latin-1")})})) as site:
        visited = Visited()
        first = found(site, visited)
        visited.stored = {one.content_hash for one in first if isinstance(one, Source)}
        again = found(site, visited)
    assert [type(one) for one in again] == [Source]


@pytest.mark.parametrize("seconds", ["9" * 5000, "٣" * 5000, "0" * 5000])
def test_a_refresh_after_any_number_is_read(seconds: str) -> None:
    read_page(f"<meta http-equiv=refresh content='{seconds};url=/x'><p>text".encode(), "https://example.org/")


def test_cookies_are_not_kept() -> None:
    asked: list[str | None] = []

    def send(connection: socket.socket) -> None:
        head = connection.recv(65536)
        asked.append(next((line for line in head.decode().splitlines() if line.lower().startswith("cookie")), None))
        connection.sendall(b"HTTP/1.1 404 Gone\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        fetcher = Fetcher(Bounds())
        for _ in range(2):
            thread = threading.Thread(target=lambda: send(listening.accept()[0]), daemon=True)
            thread.start()
            fetcher.get(f"http://127.0.0.1:{listening.getsockname()[1]}/", lambda answer: True)
            thread.join()
        fetcher.close()
    assert asked == [None, None]


def test_a_site_that_refuses_page_after_page_for_now_is_left_alone() -> None:
    pages = {f"/{number}": Page(status=503, headers={"Retry-After": "0"}) for number in range(50)}
    with serving(Site({"/": page("start", *pages), **pages})) as site:
        all_found = found(site)
    assert isinstance(all_found[-1], Failed) and "no longer answers" in all_found[-1].reason
    assert site.count(503) == 5 * 3


def test_addresses_without_end_are_not_all_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crawl, "KnownAddresses", lambda: KnownAddresses(20_000))
    numbers = count()

    def made_up(path: str) -> Page | None:
        return None if "." in path else page(path, *(f"/{next(numbers)}/x" for _ in range(100)), etag='"same"')

    with serving(Site(other=made_up)) as site:
        visited = Visited()
        all_found = found(site, visited, pages=50)
    kept = {link for visit in visited.pages.values() for link in visit.links}
    assert len(kept) < 400
    assert all(not visit.etag for visit in visited.pages.values() if not visit.links)
    assert isinstance(all_found[-1], Failed)


def test_a_crawl_that_had_no_room_for_all_addresses_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crawl, "KnownAddresses", lambda: KnownAddresses(600))
    with serving(Site({"/": page("start", *(f"/{number}.html" for number in range(9)))})) as site:
        last = found(site)[-1]
    assert isinstance(last, Failed) and "links were not followed" in last.reason


@pytest.mark.parametrize(
    "data",
    [
        b"<urlset>" + b"<a/>" * 10**5 + b"<url><loc>https://example.org/a</loc></url></urlset>",
        b"<urlset>" + b"<a>" * 10**5,
        b"<urlset>" + b"<url>" * 200 + b"<loc>https://example.org/a</loc>",
        b"<!DOCTYPE a ["
        + b"".join(b"<!ENTITY a%d '%s'>" % (n, b"&a%d;" % (n - 1) * 10 if n else b"a" * 10) for n in range(10))
        + b"]><urlset><url><loc>&a9;</loc></url></urlset>",
        b"<!DOCTYPE a [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><urlset><url><loc>&a;</loc></url></urlset>",
    ],
)
def test_a_sitemap_of_any_elements_is_read_without_a_tree(data: bytes) -> None:
    assert set(read_sitemap(data, "https://example.org/").pages) <= {"https://example.org/a", "https://example.org/"}


def test_a_sitemap_lists_as_many_pages_as_the_protocol_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MOST", 100)
    line = b"<url><loc>/%d</loc></url>"
    data = b"<urlset>" + b"".join(line % number for number in range(109)) + b"</urlset>"
    assert len(read_sitemap(data, "https://example.org/").pages) == 100
    lines = "\n".join(f"https://example.org/{number}" for number in range(109)).encode()
    assert len(read_sitemap(lines, "https://example.org/").pages) == 100


@pytest.mark.parametrize("address", ["http://[/", "http://[::1/", "https://]/x/", "http://\u2100/"])
def test_what_is_no_address_is_said(address: str) -> None:
    with pytest.raises(UsageError):
        is_site(address)
    assert canonical(address) is None


@pytest.mark.parametrize("address", ["http://a/\udcff/", "http://a/?\udcff", "http://\udcff/"])
def test_bytes_that_are_no_text_make_no_address(address: str) -> None:
    assert canonical(address) is None


@pytest.mark.parametrize(
    "location", ["javascript:alert(1)", "data:text/html,hi", "file:///etc/passwd", "http://[", "mailto:a@b"]
)
def test_a_redirect_to_what_is_not_the_web_leads_nowhere(location: str) -> None:
    pages = {"/": page("start", "/x"), "/x": Page(status=302, headers={"Location": location})}
    with serving(Site(pages)) as site:
        [_, led] = found(site)
    assert isinstance(led, Failed | Skipped) and "to no address of the web" in led.reason
