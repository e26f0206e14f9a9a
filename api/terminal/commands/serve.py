"""`winnow serve`: the HTTP API."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from api.terminal.listening import Host, Port
from engine.config_file import load
from engine.extras import needs
from engine.settings import settings
from engine.terminal.options import Home, home_of
from engine.terminal.output import printable


def serve(
    home: Home = None,
    host: Host = None,
    port: Port = None,
    hosts: Annotated[
        list[str] | None,
        typer.Option("--allow-host", help="A name by which clients call the service (repeatable).", show_default=False),
    ] = None,
    origins: Annotated[
        list[str] | None,
        typer.Option("--allow-origin", help="A site whose pages may use it, by CORS (repeatable).", show_default=False),
    ] = None,
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
    daemon: Annotated[
        bool, typer.Option("--daemon", help="Go on in the background; the log is beside the collections.")
    ] = False,
    stop: Annotated[bool, typer.Option("--stop", help="End what serves this home, and do nothing else.")] = False,
) -> None:
    """Serve the collections of a home over HTTP until interrupted (extra `serve`). The API's description is at /docs.

    Without keys (`winnow keys create`) it serves this machine only. `winnow config show` lists all settings and limits.
    Prints the address on stdout once it can be connected to. On SIGTERM or Ctrl-C running requests are answered, and
    ingests end at their next document with what was committed; a second one ends at once.
    """
    if daemon or stop:
        from api.terminal import background

        (background.stop if stop else background.start)(home_of(home))
        return
    with needs("serve", "`winnow serve`"):
        from api.operations.logs import log_format_of, set_up_logs
        from api.serving.options import Serving
        from api.serving.server import BACKLOG, Server, address_of, listen
        from api.serving.workers import run_workers

        if workers == 1:  # who only keeps workers alive needs none of what they serve
            from api.serving.application import build
    from api.local_socket import listening_in
    from api.security.exposure import check_exposure
    from api.security.keys import KeyStore
    from api.settings import ServeSettings
    from engine.models.rerankers.purpose import remark_on_purpose

    settings()  # what is wrong with them is told before anything starts
    given = {"host": host, "port": port, "hosts": hosts, "origins": origins}
    chosen = load(ServeSettings, **{name: value for name, value in given.items() if value is not None})
    keys = KeyStore(home_of(home))
    check_exposure(chosen.host, keys)
    with tempfile.TemporaryDirectory(prefix="winnow-", ignore_cleanup_errors=True) as state:
        serving = Serving(
            home_of(home),
            Path(state),
            chosen,
            workers,
            encoders=tuple(encoders or ()),
            rerankers=tuple(rerankers or ()),
            log_format=log_format_of(log_format),
            log_queries=log_queries,
        )
        set_up_logs(serving.log_format)
        for remark in filter(None, map(remark_on_purpose, serving.rerankers)):
            print(printable(f"note: {remark}"), file=sys.stderr)
        with listen(chosen.host, chosen.port) as listening, listening_in(serving.home, BACKLOG) as local:
            print(address_of(listening), flush=True)
            print("Winnow serves this home; Ctrl-C ends it.", file=sys.stderr)
            if not keys.any_made():
                print("There are no keys: everybody on this machine may read and change everything.", file=sys.stderr)
            elif said := keys.locked_out():
                print(printable(said), file=sys.stderr)
            if workers > 1:
                run_workers(serving, listening, local)
            else:
                application = build(serving)
                served = application.app, listening, application.interrupt, serving.settings
                Server(*served, local=local).run_here()
