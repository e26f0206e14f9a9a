"""`winnow serve`: the HTTP API."""

from __future__ import annotations

import logging
import signal
import sys
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from api.options import Home, home_of
from engine.config_file import load
from engine.errors import DependencyMissing
from engine.settings import settings

if TYPE_CHECKING:
    from types import FrameType

GRACE = 30  # seconds that a shutdown waits for requests


def serve(
    home: Home = None,
    host: Annotated[
        str | None, typer.Option("--host", help="The address to listen on.", show_default="127.0.0.1")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65535, help="The port; 0 for any that is free.", show_default="8400"),
    ] = None,
    hosts: Annotated[
        list[str] | None,
        typer.Option("--allow-host", help="A name by which clients call the service (repeatable).", show_default=False),
    ] = None,
    origins: Annotated[
        list[str] | None,
        typer.Option("--allow-origin", help="A site whose pages may use it, by CORS (repeatable).", show_default=False),
    ] = None,
    encoders: Annotated[
        list[str] | None,
        typer.Option("--encoder", help="An encoder that clients may name beside the collections' (repeatable)."),
    ] = None,
    rerankers: Annotated[
        list[str] | None,
        typer.Option("--reranker", help="A reranker that clients may name beside the collections' (repeatable)."),
    ] = None,
) -> None:
    """Serve the collections of a home over HTTP until interrupted. The API's description is at /docs.

    Without keys (`winnow keys create`) it serves this machine only. `winnow config show` lists all settings and limits.
    Prints the address on stdout once it can be connected to. On SIGTERM or Ctrl-C running requests are answered, and
    ingests end at their next document with what was committed.
    """
    try:
        import uvicorn

        from api.http.app import create_app
    except ImportError as error:
        raise DependencyMissing(
            f"`winnow serve` needs {error.name}.", "Install the extra: pip install 'winnow-search[serve]'."
        ) from error
    from api.security.exposure import check_exposure
    from api.security.keys import KeyStore
    from api.security.redaction import redact_logs
    from api.service.models import Kind
    from api.service.service import Service
    from api.settings import ServeSettings
    from indexer.sandbox import parse_upload

    settings()  # what is wrong with them is told before anything starts
    given = {"host": host, "port": port, "hosts": hosts, "origins": origins}
    chosen = load(ServeSettings, **{name: value for name, value in given.items() if value is not None})
    keys = KeyStore(home_of(home))
    check_exposure(chosen.host, keys)
    offered: list[tuple[Kind, str]] = [("encoder", name) for name in encoders or []]
    offered += [("reranker", name) for name in rerankers or []]
    parse = partial(parse_upload, limits=chosen.parsing())
    service = Service(home_of(home), offered=offered, parse=parse, longest_asked=chosen.document_length)
    config = uvicorn.Config(
        create_app(service, chosen),
        host=chosen.host,
        port=chosen.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
    )

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            """Not the base class's, which at last ends the process by the signal: ending when asked is no failure."""
            service.interrupt()  # else those who follow a job would keep the server waiting
            self.force_exit = self.should_exit and sig == signal.SIGINT  # Ctrl-C a second time
            self.should_exit = True

    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    redact_logs()
    with config.bind_socket() as listening:
        listening.listen()  # from here on connections wait instead of being refused
        address, bound = listening.getsockname()[:2]
        print(f"http://{f'[{address}]' if ':' in address else address}:{bound}", flush=True)
        print("Winnow serves this home; Ctrl-C ends it.", file=sys.stderr)
        if not keys.any_made():
            print("There are no keys: everybody on this machine may read and change everything.", file=sys.stderr)
        Server(config).run(sockets=[listening])
