"""A site on loopback whose pages a test makes, changes and counts."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Page:
    """An answer. `etag` lets a request be answered with 304; `seconds` pass before it."""

    body: bytes = b""
    kind: str = "text/html; charset=utf-8"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    etag: str = ""
    seconds: float = 0.0


@dataclass
class Site:
    """`pages` by path; what is not there is made by `other`, or is a 404 with a page. `asked` lists all requests as
    (path, status)."""

    pages: dict[str, Page] = field(default_factory=dict)
    other: Callable[[str], Page | None] = lambda path: None
    asked: list[tuple[str, int]] = field(default_factory=list)
    url: str = ""

    def answer(self, path: str) -> Page:
        return self.pages.get(path) or self.other(path) or Page(html("Not found", "This page is not here."), status=404)

    def count(self, status: int = 200) -> int:
        return sum(one == status for _, one in self.asked)

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


def html(title: str, text: str, *links: str, head: str = "") -> bytes:
    anchors = "".join(f'<li><a href="{link}">{link}</a></li>' for link in links)
    return (
        f"<!doctype html><html><head><title>{title}</title>{head}</head><body><main><h1>{title}</h1><p>{text}</p></main>"
        f"<nav><ul>{anchors}</ul></nav></body></html>"
    ).encode()


def page(title: str, *links: str, head: str = "", etag: str = "") -> Page:
    """A page with a sentence of its own, and a menu of links."""
    return Page(
        html(title, f"The page about {title} says what there is to say about {title}.", *links, head=head), etag=etag
    )


def redirect(target: str, status: int = 302) -> Page:
    return Page(status=status, headers={"Location": target})


def packed(page: Page) -> Page:
    return Page(
        gzip.compress(page.body), page.kind, page.status, {**page.headers, "Content-Encoding": "gzip"}, page.etag
    )


@contextmanager
def serving(site: Site) -> Iterator[Site]:
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made = site.answer(self.path)
            if made.seconds:
                ended.wait(made.seconds)
            same = bool(made.etag) and self.headers.get("If-None-Match") == made.etag
            status = 304 if same else made.status
            site.asked.append((self.path, status))
            self.send_response(status)
            if made.etag:
                self.send_header("ETag", made.etag)
            for name, value in made.headers.items():
                self.send_header(name, value)
            if not same:
                if made.kind:
                    self.send_header("Content-Type", made.kind)
                self.send_header("Content-Length", str(len(made.body)))
            self.end_headers()
            if not same:
                with suppress(OSError):  # the client has seen enough
                    self.wfile.write(made.body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield site
    finally:
        ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
