"""`winnow serve`: the HTTP API."""

from __future__ import annotations

import ipaddress
import logging
import signal
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from api.options import Home, home_of
from engine.errors import DependencyMissing, UsageError

if TYPE_CHECKING:
    from types import FrameType

GRACE = 30  # seconds that a shutdown waits for requests


def serve(
    home: Home = None,
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port; 0 for any that is free.")] = 8400,
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
    from api.service.models import Kind
    from api.service.service import Service

    _check_loopback(host)
    offered: list[tuple[Kind, str]] = [("encoder", name) for name in encoders or []]
    offered += [("reranker", name) for name in rerankers or []]
    service = Service(home_of(home), offered=offered)
    config = uvicorn.Config(
        create_app(service),
        host=host,
        port=port,
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
    with config.bind_socket() as listening:
        listening.listen()  # from here on connections wait instead of being refused
        address, bound = listening.getsockname()[:2]
        print(f"http://{f'[{address}]' if ':' in address else address}:{bound}", flush=True)
        print("Winnow serves this home; Ctrl-C ends it.", file=sys.stderr)
        Server(config).run(sockets=[listening])


def _check_loopback(host: str) -> None:
    """UsageError for an address that others can reach: until there are keys, everybody there could read and write."""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise UsageError(
            f"{host} can be reached from outside this machine, and requests need no key.",
            "Listen on 127.0.0.1, and put a proxy that asks for credentials in front of it.",
        )
