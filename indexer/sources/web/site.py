"""A site's own words to crawlers before any page of it is read: its robots.txt, and what its sitemaps list."""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import SourceUnavailable
from indexer.sources.source import Failed
from indexer.sources.web.address import Scope, canonical, origin
from indexer.sources.web.fetching import Answer, Fetcher, Unanswered
from indexer.sources.web.robots import LARGEST, Robots
from indexer.sources.web.sitemap import read_sitemap

_SITEMAPS = 500  # that are read of one site
_HOPS = 5


def robots_of(scope: Scope, fetcher: Fetcher) -> Robots:
    """The rules of the scope's site: none where it has no robots.txt. SourceUnavailable where nobody can tell."""
    address = f"{origin(scope.address)}robots.txt"
    try:
        answer = _get(address, fetcher)
    except Unanswered as error:
        raise SourceUnavailable(f"{address} cannot be read: {error.reason}", "Is the address right?") from error
    if answer.status >= 500 or answer.status == 429:
        raise SourceUnavailable(
            f"{address} cannot be read (status {answer.status}), so nobody knows what may be.", "Try again later."
        )
    text = answer.body[:LARGEST].decode("utf-8-sig", errors="replace") if answer.status == 200 else ""
    return Robots(text)


def listed_pages(scope: Scope, robots: Robots, fetcher: Fetcher) -> Iterator[str | Failed]:
    """Addresses of the pages in all sitemaps of the scope's site, and an account of each sitemap that should be
    readable and is not: the pages that it lists may be there or not.
    """
    site = origin(scope.address)
    named = (canonical(address, site) for address in robots.sitemaps)
    waiting = [*named, f"{site}sitemap.xml", f"{scope.address}sitemap.xml"]
    seen: set[str] = set()
    while waiting and len(seen) < _SITEMAPS and not fetcher.exhausted:
        address = waiting.pop(0)
        if address is None or address in seen or origin(address) != site:
            continue
        seen.add(address)
        try:
            answer = _get(address, fetcher)
            reason = f"status {answer.status}" if answer.status >= 500 or answer.status == 429 else ""
        except Unanswered as error:
            reason = error.reason
        if reason:
            yield Failed(scope.address, f"The sitemap {address} cannot be read: {reason.rstrip('.')}.", "Try again.")
        elif answer.status == 200:
            found = read_sitemap(answer.body, address)
            waiting += found.sitemaps
            yield from found.pages


def _get(address: str, fetcher: Fetcher) -> Answer:
    """The answer to a request, after redirects within the site."""
    for _ in range(_HOPS):
        answer = fetcher.get(address, lambda answer: True)
        target = canonical(answer.headers.get("location", ""), address) if 300 <= answer.status < 400 else None
        if target is None or origin(target) != origin(address):
            break
        address = target
    return answer
