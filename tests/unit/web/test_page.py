"""What a page says to crawlers, and what sitemaps list."""

from __future__ import annotations

import gzip

import pytest

from indexer.sources.web.page import read_page
from indexer.sources.web.sitemap import read_sitemap

AT = "https://example.org/docs/a.html"


def test_links_are_found_wherever_they_lead() -> None:
    page = read_page(
        b"<html><head><link rel='next' href='b.html'></head><body><a href='c.html#x'>c</a><a href='c.html#y'>c</a>"
        b"<map><area href='/d'></map><iframe src='e.html'></iframe><a href='mailto:x@y'>mail</a><a>none</a>"
        b"<a rel='ugc nofollow' href='trap'>trap</a></body></html>",
        AT,
    )
    below = "https://example.org/docs/"
    assert page.links == (f"{below}b.html", f"{below}c.html", "https://example.org/d", f"{below}e.html")


def test_a_base_moves_links() -> None:
    page = read_page(b"<head><base href='/other/'></head><a href='b'>b</a>", AT)
    assert page.links == ("https://example.org/other/b",)


@pytest.mark.parametrize(
    ("head", "said", "indexed", "followed"),
    [
        ("<meta name='ROBOTS' content='NOINDEX'>", "", False, True),
        ("<meta name='robots' content='noindex, nofollow'>", "", False, False),
        ("<meta name='robots' content='none'>", "", False, False),
        ("<meta name='winnow' content='noindex'>", "", False, True),
        ("", "noindex", False, True),
        ("<meta name='robots' content='index, follow'>", "", True, True),
        ("<meta name='googlebot' content='noindex'>", "", True, True),
    ],
)
def test_a_page_may_not_want_to_be_found(head: str, said: str, indexed: bool, followed: bool) -> None:
    page = read_page(f"<html><head>{head}</head><body><a href='b'>b</a></body></html>".encode(), AT, said)
    assert (page.indexed, bool(page.links)) == (indexed, followed)


@pytest.mark.parametrize(
    ("content", "target"),
    [
        ("0; url=b.html", "https://example.org/docs/b.html"),
        ("1;URL='/b'", "https://example.org/b"),
        ("300; url=a.html", None),
        ("5", None),
    ],
)
def test_a_page_may_lead_elsewhere_by_itself(content: str, target: str | None) -> None:
    page = read_page(f'<html><head><meta http-equiv="Refresh" content="{content}"></head></html>'.encode(), AT)
    assert page.moved == target


def test_a_page_names_its_canonical_address() -> None:
    page = read_page(b"<html><head><link rel='canonical' href='/docs/'></head><body>x</body></html>", AT)
    assert page.original == "https://example.org/docs/"


@pytest.mark.parametrize("data", [b"", b"   ", b"<!-- -->", b"\0\xff\xfe", b"<?xml version='1.0'?>"])
def test_rubbish_has_no_links(data: bytes) -> None:
    assert read_page(data, AT).links == ()


URLS = (
    b"<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:image='urn:image'><url>"
    b"<loc> https://example.org/a </loc><image:image><image:loc>https://example.org/a.png</image:loc></image:image>"
    b"</url><url><loc>https://example.org/b#x</loc></url></urlset>"
)
INDEX = b"<sitemapindex><sitemap><loc>https://example.org/one.xml.gz</loc></sitemap></sitemapindex>"
TWO = ("https://example.org/a", "https://example.org/b")


def test_sitemaps_list_pages_or_sitemaps() -> None:
    assert read_sitemap(URLS, AT).pages == read_sitemap(gzip.compress(URLS), AT).pages == TWO
    assert read_sitemap(INDEX, AT).sitemaps == ("https://example.org/one.xml.gz",)
    assert read_sitemap(b"https://example.org/a\nhttps://example.org/b\n", AT).pages == TWO


def test_a_broken_sitemap_lists_what_can_be_read() -> None:
    assert read_sitemap(URLS[:-40], AT).pages[:1] == TWO[:1]
    assert read_sitemap(b"\x1f\x8bbroken", AT).pages == read_sitemap(b"<html>", AT).pages == ()


def test_a_sitemap_reaches_for_no_file(tmp_path: object) -> None:
    attack = (
        b"<!DOCTYPE urlset [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><urlset><url><loc>https://x/&e;</loc></url>"
        b"</urlset>"
    )
    assert all("/&" not in page and len(page) <= len("https://x/") for page in read_sitemap(attack, AT).pages)
