"""A crawl: a site's pages from one address on, nearest first, each once, and nothing outside of a scope.

Pages come from the site's sitemaps and from links. A page is the document of its canonical address; what a page, or
robots.txt, does not want to be found is left out. All is accounted for, as the files of a folder are.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from engine.errors import ParseFailed, SourceUnavailable
from indexer.parsers import Parsed
from indexer.sources.ignoring import NOT_INCLUDED
from indexer.sources.source import Failed, Found, Skipped, Source
from indexer.sources.web.address import Scope, canonical, is_loopback
from indexer.sources.web.fetching import Answer, Bounds, Fetcher, Unanswered
from indexer.sources.web.known import KnownAddresses
from indexer.sources.web.page import Page, read_page
from indexer.sources.web.reading import decoded, is_document, is_html, is_media, source_of, validators
from indexer.sources.web.robots import Robots
from indexer.sources.web.site import listed_pages, robots_of
from indexer.sources.web.visited import Visit, Visited

_DEEPEST = 50  # links from the first page on; sites are broad, traps are deep
_HOPS = 10  # redirects, one after the other
_REPEATED = 3  # times that a part of a path may come in it
_SILENT = 5  # pages in a row that were not answered, or refused for now: the site is gone, or busy
_RATE = 5.0  # requests for each second
_GONE = (404, 410)
_REFUSED = (400, 401, 402, 403, 405, 406, 451)
_SAME, _OTHER, _OUTSIDE = "the same as another page", "another address is its canonical one", "redirects out of scope"


@dataclass(frozen=True, slots=True)
class _Step:
    """`via` are the addresses that have redirected here. `anyway`: whichever address is its canonical one."""

    address: str
    depth: int
    via: tuple[str, ...] = ()
    anyway: bool = False


def site_sources(
    start: str,
    bounds: Bounds,
    visited: Visited,
    left_out: Callable[[str], str | None] = lambda path: None,
    fetcher: Fetcher | None = None,
) -> Iterator[Found]:
    """The documents of a site, each under its address, with an account of every page that is none.

    `left_out` tells why a path below the scope is left out, if it is. `visited` is what is remembered of the pages; it
    learns what is found. The first page is fetched at once, all others lazily.

    Raises:
        SourceUnavailable: the site does not answer, or does not want to be read.
        DependencyMissing: the extra `web` is not installed.
        UsageError: there is no such address, or it does not lie in the scope.
    """
    scope = Scope.of(start, bounds.scope)
    fetcher = fetcher or Fetcher(bounds)
    try:
        robots = robots_of(scope, fetcher)
        rate = bounds.rate if bounds.rate is not None else 0.0 if is_loopback(start) else _RATE
        fetcher.interval = max(1 / rate if rate else 0.0, robots.delay)
        crawl = _Crawl(scope, bounds, visited, left_out, fetcher, robots)
        first = crawl.first(canonical(start) or start)
    except BaseException:
        fetcher.close()
        raise
    return crawl.rest(first)


class _Crawl:
    """A crawl in progress: what waits to be visited, and what has been seen."""

    def __init__(
        self,
        scope: Scope,
        bounds: Bounds,
        visited: Visited,
        left_out: Callable[[str], str | None],
        fetcher: Fetcher,
        robots: Robots,
    ) -> None:
        self._scope, self._bounds, self._visited, self._left_out = scope, bounds, visited, left_out
        self._fetcher, self._robots = fetcher, robots
        self._waiting: deque[_Step] = deque()
        self._known = KnownAddresses()
        self._beyond = 0  # links that were not followed, since there was no room for more addresses
        self._seen: set[str] = set()
        self._requested: set[str] = set()
        self._contents: set[str] = set()  # content hashes of what was found
        self._found: set[str] = set()  # addresses of pages that are documents
        self._originals: defaultdict[str, list[_Step]] = defaultdict(list)  # pages that stand aside for each of these
        self._silent = 0

    def first(self, start: str) -> list[Found]:
        """Documents at the first address and in sitemaps. SourceUnavailable if there is nothing to crawl."""
        if not self._robots.allow(start):
            raise SourceUnavailable(f"Its robots.txt does not want {start} to be read.", "Ask who runs the site.")
        self._seen.add(start)
        found = list(self._visit(_Step(start, 0)))
        for listed in listed_pages(self._scope, self._robots, self._fetcher):
            found += self._follow([listed], 1) if isinstance(listed, str) else [listed]
        refused = next((one for one in found if not isinstance(one, Source) and one.path == start), None)
        if not self._waiting and refused is not None and all(not isinstance(one, Source) for one in found):
            remedy = refused.remedy if isinstance(refused, Failed) else ""
            raise SourceUnavailable(f"{start} cannot be read: {refused.reason}", remedy or "Check the address.")
        return found

    def rest(self, first: list[Found]) -> Iterator[Found]:
        """All that is found, page by page."""
        try:
            yield from first
            while self._waiting:
                if stopped := self._stopped():
                    yield Failed(self._scope.address, *stopped)
                    return
                yield from self._visit(self._waiting.popleft())
            if self._beyond:
                said = f"It has more addresses than can be kept in mind: {self._beyond:,} links were not followed."
                yield Failed(self._scope.address, said, "Crawl a smaller part of the site.")
                return
            self._visited.keep(self._scope, self._requested)
        finally:
            self._fetcher.close()

    def _stopped(self) -> tuple[str, str] | None:
        """Why the crawl ends before all is visited, and what to do."""
        if self._silent >= _SILENT:
            return "The site no longer answers; what is stored of it stays.", "Try again later: the same command."
        if len(self._requested) >= self._bounds.pages:
            more = f"{len(self._requested):,} pages were read, and at least {len(self._waiting):,} are left."
            return more, "Give more with --max-pages, or a smaller part of the site."
        if self._fetcher.exhausted:
            return f"{self._fetcher.read / 2**20:,.0f} MiB were read.", "Crawl the site in parts."
        return None

    def _visit(self, step: _Step) -> Iterator[Found]:
        """The document at one address, or an account of why there is none. Where it leads waits to be visited."""
        address = step.address
        self._requested.add(address)
        before = self._visited.pages.get(address, Visit())
        known = self._visited.known(address)
        try:
            answer = self._fetcher.get(address, partial(is_document, address), _conditions(known))
            self._silent = self._silent + 1 if answer.refused_for_now else 0
        except Unanswered as error:
            self._silent += error.silent
            yield Failed(address, error.reason, error.remedy)
            yield from self._follow(before.links, step.depth + 1)
            return
        if answer.status == 304 and known is not None:
            yield from self._unchanged(step, known)
        elif answer.status == 200:
            yield from self._read(step, answer)
        elif 300 <= answer.status < 400 and answer.headers.get("location"):
            yield from self._redirected(step, answer)
        elif answer.status in _GONE or (answer.status in _REFUSED and before.content not in self._visited.stored):
            yield from self._skip(step, f"status {answer.status}")
        else:  # it may be there again later, with all that it leads to
            yield Failed(address, f"The site answers with status {answer.status}.", "Try again later.")
            yield from self._follow(before.links, step.depth + 1)

    def _read(self, step: _Step, answer: Answer) -> Iterator[Found]:
        address = step.address
        page = Page()
        if answer.body and is_html(address, answer):
            page = read_page(decoded(answer), address, answer.headers.get("x-robots-tag", ""))
        if page.moved is not None and page.moved != address:
            self._visited.add(address, Visit(left_out="it leads elsewhere by itself", links=(page.moved,)))
            yield from self._to(step, page.moved)
            return
        source = source_of(address, answer) if answer.body and page.indexed else None
        reason = "" if source else "noindex" if not page.indexed else answer.kind or "no document"
        # A page is asked for anew the next time if there is no room for its links.
        links, (etag, modified) = ((), ("", "")) if self._known.full else (page.links, validators(answer))
        content = source.content_hash if source else ""
        visit = Visit(etag, modified, content, reason, page.original or "", self._known.keep(links))
        self._visited.add(address, visit)
        yield from self._found_out(step, visit, source)

    def _unchanged(self, step: _Step, known: Visit) -> Iterator[Found]:
        source = Source(step.address, step.address, known.content, partial(self._again, step.address))
        return self._found_out(step, known, source if known.content else None)

    def _found_out(self, step: _Step, visit: Visit, source: Source | None) -> Iterator[Found]:
        """The document that a page is, as `visit` tells of it, or an account of why it is none."""
        if self._stands_aside(step, visit.original):
            yield from self._follow([visit.original], step.depth)
            yield Skipped(step.address, _OTHER)
        elif source is None:
            yield from self._skip(step, visit.left_out)
        else:
            yield from self._offer(source)
        yield from self._follow(visit.links, step.depth + 1)

    def _stands_aside(self, step: _Step, original: str) -> bool:
        """Whether another page is to be found in this one's place. Of two that each name the other, one stays."""
        if original == step.address or original not in self._scope or step.anyway:
            return False
        if original in self._requested:
            return original in self._found
        if original not in self._seen and self._unwanted(original, step.depth):
            return False
        self._originals[original].append(step)
        return True

    def _offer(self, source: Source) -> Iterator[Found]:
        """The source, unless its content was found before, or nobody wants it."""
        self._found.add(source.id)
        if self._left_out(self._scope.below(source.id)) == NOT_INCLUDED:
            yield Skipped(source.id, NOT_INCLUDED)
        elif source.content_hash in self._contents:
            yield Skipped(source.id, _SAME)
        else:
            self._contents.add(source.content_hash)
            yield source

    def _skip(self, step: _Step, reason: str) -> Iterator[Found]:
        """An account of an address that is no document. Pages that stood aside for it are visited again."""
        yield Skipped(step.address, reason)
        for aside in self._originals.pop(step.address, ()):
            self._waiting.appendleft(replace(aside, anyway=True))

    def _redirected(self, step: _Step, answer: Answer) -> Iterator[Found]:
        target = canonical(answer.headers["location"], step.address)
        if target is not None:
            self._visited.add(step.address, Visit(left_out="redirects", links=(target,)))
            yield from self._to(step, target)
        else:
            yield from self._skip(step, "redirects to no address of the web")

    def _to(self, step: _Step, target: str) -> Iterator[Found]:
        """Go where an address leads by itself."""
        via = (*step.via, step.address)
        if target in via:
            yield Failed(step.address, "It redirects in a circle.", "Tell who runs the site.")
        elif len(via) > _HOPS:
            yield Failed(
                step.address, f"It comes after {_HOPS} redirects and redirects again.", "Tell who runs the site."
            )
        elif target not in self._scope:
            beyond = f"{_OUTSIDE} (to {target})" if step.depth == 0 else _OUTSIDE
            yield from self._skip(step, beyond)
        else:
            yield from self._skip(step, "redirects")
            yield from self._follow([target], step.depth, via)

    def _follow(self, links: Iterable[str], depth: int, via: tuple[str, ...] = ()) -> Iterator[Found]:
        """Let addresses wait to be visited, those that are new and in scope, with an account of what is left out."""
        for address in links:
            if address in self._seen or address not in self._scope:
                continue
            if self._known.full:
                self._beyond += 1
                continue
            self._seen.update(self._known.keep([address]))
            reason = self._unwanted(address, depth)
            if reason:
                yield Skipped(address, reason)
            elif via:
                self._waiting.appendleft(_Step(address, depth, via))
            else:
                self._waiting.append(_Step(address, depth))

    def _unwanted(self, address: str, depth: int) -> str:
        """Why an address is not even asked for, or nothing."""
        path = self._scope.below(address)
        reason = self._left_out(path)
        if reason is not None and reason != NOT_INCLUDED:
            return reason
        if not self._robots.allow(address):
            return "robots.txt"
        if is_media(address):
            return "no parser"
        if depth > _DEEPEST:
            return f"more than {_DEEPEST} links away"
        parts = Counter(part for part in path.split("/") if part)
        return "its path repeats itself" if max(parts.values(), default=0) > _REPEATED else ""

    def _again(self, address: str) -> Parsed:
        """The document of a page that has not changed, but is not stored after all. ParseFailed."""
        try:
            answer = self._fetcher.get(address, partial(is_document, address))
        except Unanswered as error:
            raise ParseFailed(error.reason, error.remedy) from error
        source = source_of(address, answer) if answer.body else None
        if source is None:
            raise ParseFailed(f"The site answers with status {answer.status}, and no document.", "Try again later.")
        return source.parse()


def _conditions(known: Visit | None) -> dict[str, str]:
    """The headers that ask for a page only if it has changed, of those that can be sent back as they came."""
    if known is None:
        return {}
    asked = {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
    return {name: value for name, value in asked.items() if value and value.isascii()}
