"""One request after the other to one site: paced, and bounded in time and bytes.

Nothing is followed here, no cookie is kept, and nothing is sent into a private network where the site is public: what
a stranger's page leads to must not reach into ours.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version
from ipaddress import ip_address
from typing import TYPE_CHECKING

from engine.extras import needs
from indexer.sources.web.connection import Connection

if TYPE_CHECKING:
    import httpx

_PATIENCE = 3  # requests for a page that is refused for now
_LONGEST_WAIT = 60.0  # seconds that a site may tell us to wait for one page
_REFUSED_FOR_NOW = (429, 503)
_PACKED = ("gzip", "x-gzip")


class Unanswered(Exception):
    """A page that could not be fetched, and why. `silent`: the site has not answered at all."""

    def __init__(self, reason: str, remedy: str = "", *, silent: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.remedy, self.silent = reason, remedy, silent


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bounds of a crawl. `scope` is where it keeps to, by default the address's folder; `rate` is in requests for
    each second, by default five, and on this machine none. `pages` and `bytes` are of the whole, `largest` of one page;
    a page may take `seconds` in all, and be silent for as long as `silence`.
    """

    scope: str | None = None
    pages: int = 10_000
    rate: float | None = None
    bytes: int = 2 * 2**30
    largest: int = 32 * 2**20
    silence: float = 15.0
    seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is empty where it was not wanted. `kind` is the media type, in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def refused_for_now(self) -> bool:
        return self.status in _REFUSED_FOR_NOW

    @property
    def kind(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str:
        _, _, parameters = self.headers.get("content-type", "").partition(";")
        named = (part.partition("=") for part in parameters.split(";"))
        return next((value.strip(" \"'") for name, _, value in named if name.strip().lower() == "charset"), "")


class Fetcher:
    """`interval` is how many seconds pass between two requests; `read` counts the bytes of all answers."""

    def __init__(
        self,
        bounds: Bounds,
        *,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        with needs("web", "Reading sites"):
            import httpx

        self.interval = 0.0
        self.read = 0
        self._errors = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError)
        self._timeout, self._unsent = httpx.TimeoutException, httpx.InvalidURL
        self._client = httpx.Client(
            timeout=bounds.silence,
            transport=transport,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            headers={
                "User-Agent": f"Winnow/{version('winnow-search')}",
                "Accept": "text/html, application/xhtml+xml, */*;q=0.8",
                "Accept-Encoding": "gzip",
            },
        )
        self._bounds, self._clock, self._sleep = bounds, clock, sleep
        self._late = f"It took longer than {bounds.seconds:g} seconds."
        self._last = -1e9
        self._private: bool | None = None
        self._connection = Connection(self._check_peer)

    @property
    def exhausted(self) -> bool:
        """Whether as many bytes were read as may be."""
        return self.read >= self._bounds.bytes

    def close(self) -> None:
        self._client.close()

    def get(self, address: str, wanted: Callable[[Answer], bool], headers: Mapping[str, str] | None = None) -> Answer:
        """The answer to a request, which is made again later where the site asks for that.

        `wanted` is shown a successful answer without its body, and tells whether that is to be read. Unanswered.
        """
        for attempt in range(1, _PATIENCE + 1):
            self._wait()
            answer = self._once(address, wanted, headers or {})
            asked = _retry_after(answer)
            pause = 2.0**attempt if asked is None else asked
            if not answer.refused_for_now or attempt == _PATIENCE or pause > _LONGEST_WAIT:
                break
            self._sleep(pause)
        return answer

    def _wait(self) -> None:
        left = self._last + self.interval - self._clock()
        if left > 0:
            self._sleep(left)
        self._last = self._clock()

    def _once(self, address: str, wanted: Callable[[Answer], bool], headers: Mapping[str, str]) -> Answer:
        with self._connection.cut_after(self._bounds.seconds) as is_late:
            try:
                answer = self._answer(address, wanted, headers)
            except Unanswered as error:
                raise Unanswered(self._late, silent=True) if is_late() else error from error.__cause__
            if is_late():  # what has no length ends where it was cut
                raise Unanswered(self._late, silent=True)
        return answer

    def _answer(self, address: str, wanted: Callable[[Answer], bool], headers: Mapping[str, str]) -> Answer:
        watched = {"trace": self._connection.watch}
        try:
            with self._client.stream("GET", address, headers=headers, extensions=watched) as response:
                answer = Answer(response.status_code, response.headers, b"")
                if response.status_code != 200 or not wanted(answer):
                    return answer
                body = self._body(response.iter_raw(), response.headers.get("content-encoding", ""))
                return Answer(response.status_code, response.headers, body)
        except self._timeout as error:
            raise Unanswered(f"It was silent for {self._bounds.silence:g} seconds.", silent=True) from error
        except self._unsent as error:
            raise Unanswered("It leads to no address of the web.") from error
        except self._errors as error:
            said = " ".join(str(error).split()).rstrip(".") or type(error).__name__
            raise Unanswered(f"It cannot be fetched: {said}.", silent=True) from error

    def _body(self, chunks: Iterable[bytes], encoding: str) -> bytes:
        encoding = encoding.strip().lower()
        if encoding not in ("", "identity", *_PACKED):
            raise Unanswered(f"It is encoded as {encoding!r}, which was not asked for.")
        unpack = zlib.decompressobj(zlib.MAX_WBITS | 16) if encoding in _PACKED else None
        most = self._bounds.largest
        body, received, begun = bytearray(), 0, self._clock()
        for chunk in chunks:
            before = len(body)
            try:
                body += chunk if unpack is None else _unpacked(unpack, chunk, most + 1 - before)
            except zlib.error as error:
                raise Unanswered("It is packed, and damaged.") from error
            received += len(chunk)
            self.read += max(len(chunk), len(body) - before)
            if max(len(body), received) > most:
                raise Unanswered(f"It has more than {most / 2**20:g} MiB.", "Download it, and ingest the file.")
            if self._clock() - begun > self._bounds.seconds:
                raise Unanswered(self._late, silent=True)
        if unpack is not None and not unpack.eof:
            raise Unanswered("It is packed, and cut off.")
        return bytes(body)

    def _check_peer(self, address: str) -> None:
        """Unanswered if this is in a private network, and what came first was not."""
        private = not ip_address(address.partition("%")[0]).is_global
        if self._private is None:
            self._private = private
        if private and not self._private:
            raise Unanswered(f"The site is public, and this would come from the private address {address}.")


def _unpacked(unpack: zlib._Decompress, chunk: bytes, most: int) -> bytes:
    """Bytes that come out of a chunk. What stands behind the packed content is no part of it, as in browsers."""
    return b"" if unpack.eof else unpack.decompress(chunk, most)


def _retry_after(answer: Answer) -> float | None:
    """Seconds until a request may be made again, where the answer says so."""
    said = answer.headers.get("retry-after", "").strip()
    if said.isdecimal():
        return float(said[:9])
    try:
        return max(parsedate_to_datetime(said).timestamp() - time.time(), 0.0) if said else None
    except (ValueError, OverflowError):
        return None
