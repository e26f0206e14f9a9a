"""`winnow mcp`: the tools for agents."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from engine.extras import needs
from engine.terminal.options import Home, Models, home_of, models_of

HOST = "127.0.0.1"


def mcp(
    home: Home = None,
    http: Annotated[
        bool, typer.Option("--http", help="Serve streamable HTTP on 127.0.0.1 instead of stdin and stdout.")
    ] = False,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="With --http; 0 for any that is free.")] = 8401,
    roots: Annotated[
        list[Path] | None,
        typer.Option(
            "--allow-files",
            metavar="DIR",
            help="Let agents search in files of a folder (repeatable), hard links included.",
        ),
    ] = None,
    writes: Annotated[
        bool,
        typer.Option("--allow-write", help="Let agents add and delete documents; over HTTP with a key of scope write."),
    ] = False,
    models: Models = None,
) -> None:
    """Offer the collections of a home to agents by the Model Context Protocol: search, read, search in a document.

    It needs the extra `mcp`.
    Without --http it is for a client that starts it, and ends with it. Nothing that it offers writes or
    deletes, but with --allow-write.
    """
    with needs("mcp", "`winnow mcp`"):
        from api.mcp.server import PATH, create_server, run_on_http, run_on_stdio
    import socket

    from api.mcp.files import AllowedFiles
    from api.security.keys import KeyStore
    from api.service.models import BUNDLED, Kind
    from api.service.service import Service
    from indexer.sandbox.parse import parse_upload

    encoder, reranker = models_of(models)
    named: tuple[tuple[Kind, str | None], ...] = (("encoder", encoder), ("reranker", reranker))
    offered = [(kind, name) for kind, name in named if name is not None]
    files = AllowedFiles(roots or [])
    with Service(home_of(home), parse=parse_upload, offered=offered) as service:
        server = create_server(service, files, encoder=encoder, reranker=reranker or BUNDLED, writes=writes)
        if not http:
            run_on_stdio(server)
            return
        with socket.create_server((HOST, port)) as listening:
            print(f"http://{HOST}:{listening.getsockname()[1]}{PATH}", flush=True)
            print("Agents may use this home; Ctrl-C ends it.", file=sys.stderr)
            run_on_http(server, KeyStore(service.home), listening)
