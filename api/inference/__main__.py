"""The inference process: `python -m api.inference --socket PATH`. Started by `api.inference.supervisor`."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

from api.inference.scheduler import Limits
from api.inference.server import InferenceServer
from engine.child import collect_rarely
from engine.errors import WinnowError
from engine.settings import settings


def main() -> None:
    collect_rarely()
    default = Limits()
    parser = argparse.ArgumentParser(prog="python -m api.inference", description=__doc__)
    parser.add_argument("--socket", type=Path, required=True, help="where to listen")
    parser.add_argument("--encoder", action="append", default=[], help="load this one at the start; may be repeated")
    parser.add_argument("--reranker", action="append", default=[], help="the same for a reranker")
    parser.add_argument("--jobs", type=int, default=default.jobs, help="how many jobs may wait")
    parser.add_argument("--wait-seconds", type=float, default=default.wait_seconds, help="longest wait, in seconds")
    parser.add_argument("--watch-stdin", action="store_true", help="end when stdin is closed: the parent has ended")
    options = parser.parse_args()
    limits = Limits(settings().token_budget, options.jobs, options.wait_seconds)
    try:
        asyncio.run(_serve(options, limits))
    except WinnowError as error:
        sys.exit(f"inference: {error.code}: {error}")


async def _serve(options: argparse.Namespace, limits: Limits) -> None:
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    if options.watch_stdin:
        loop.add_reader(0, _end_with_stdin, loop, stopped)
    await InferenceServer(options.socket, limits).run(stopped, options.encoder, options.reranker)


def _end_with_stdin(loop: asyncio.AbstractEventLoop, stopped: asyncio.Event) -> None:
    if not os.read(0, 1024):
        loop.remove_reader(0)
        stopped.set()


if __name__ == "__main__":
    main()
