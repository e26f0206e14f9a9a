"""A site's robots.txt (RFC 9309), read by protego: what a crawler may visit, how fast, and where the sitemaps are."""

from __future__ import annotations

from engine.extras import needs

AGENT = "winnow"  # the name by which robots.txt means us
LARGEST = 500 * 1024  # bytes that are read, as the RFC has it
_SLOWEST = 60.0  # seconds between two requests, whatever is asked for


class Robots:
    """Rules of a site, of which there are none where its robots.txt is empty."""

    def __init__(self, text: str = "") -> None:
        with needs("web", "Reading sites"):
            from protego import Protego

        self._rules = Protego.parse(text)

    def allow(self, address: str) -> bool:
        return bool(self._rules.can_fetch(address, AGENT))

    @property
    def delay(self) -> float:
        """Seconds that shall pass between two requests."""
        return min(max(self._rules.crawl_delay(AGENT) or 0.0, 0.0), _SLOWEST)

    @property
    def sitemaps(self) -> list[str]:
        return list(self._rules.sitemaps)
