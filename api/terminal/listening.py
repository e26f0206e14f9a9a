"""Options of the commands that serve over HTTP: where they listen."""

from __future__ import annotations

from typing import Annotated

import typer

Host = Annotated[str | None, typer.Option("--host", help="The address to listen on.", show_default="127.0.0.1")]
Port = Annotated[
    int | None, typer.Option("--port", min=0, max=65535, help="The port; 0 for any that is free.", show_default="8400")
]
