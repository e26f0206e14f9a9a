"""`winnow serve`: the HTTP API."""

from __future__ import annotations

import ipaddress
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from api.options import Home, home_of
from engine.errors import DependencyMissing, UsageError


def serve(
    home: Home = None,
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port; 0 for any that is free.")] = 8400,
    workers: Annotated[
        int,
        typer.Option(
            "--workers", min=1, max=64, help="Processes that answer; from 2 on the models are in one of their own."
        ),
    ] = 1,
    encoders: Annotated[
        list[str] | None,
        typer.Option("--encoder", help="An encoder that clients may name beside the collections' (repeatable)."),
    ] = None,
    rerankers: Annotated[
        list[str] | None,
        typer.Option("--reranker", help="A reranker that clients may name beside the collections' (repeatable)."),
    ] = None,
    log_format: Annotated[
        str, typer.Option("--log-format", help="`text` or `json`: one line a request, on stderr.")
    ] = "text",
    log_queries: Annotated[bool, typer.Option("--log-queries", help="Write to the log what was asked.")] = False,
) -> None:
    """Serve the collections of a home over HTTP until interrupted. The API's description is at /docs.

    Prints the address on stdout once it can be connected to. On SIGTERM or Ctrl-C running requests are answered, and
    ingests end at their next document with what was committed; a second one ends at once.
    """
    _check_loopback(host)
    try:
        import uvicorn  # noqa: F401 - the first of the extra that would be missed

        from api.operations.logs import set_up_logs
        from api.serving.application import build
        from api.serving.options import Serving, log_format_of
        from api.serving.server import Server, address_of, listen
        from api.serving.workers import run_workers
    except ImportError as error:
        raise DependencyMissing(
            f"`winnow serve` needs {error.name}.", "Install the extra: pip install 'winnow-search[serve]'."
        ) from error

    with tempfile.TemporaryDirectory(prefix="winnow-", ignore_cleanup_errors=True) as state:
        serving = Serving(
            home_of(home),
            Path(state),
            workers,
            encoders=tuple(encoders or ()),
            rerankers=tuple(rerankers or ()),
            log_format=log_format_of(log_format),
            log_queries=log_queries,
        )
        set_up_logs(serving.log_format)
        with listen(host, port) as listening:
            print(address_of(listening), flush=True)
            print("Winnow serves this home; Ctrl-C ends it.", file=sys.stderr)
            if workers > 1:
                run_workers(serving, listening)
            else:
                application = build(serving)
                Server(application.app, listening, application.interrupt).run_here()


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
