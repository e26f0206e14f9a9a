"""`winnow watch`: keep a collection in step with folders, for as long as it runs."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from api.terminal.ending import unwound
from api.terminal.selecting import Exclude, Include, Ocr, Root, Yes, selection_of, show_report
from engine.errors import UsageError
from engine.terminal.options import Collection, Home, Json, Models, Preset, home_of, models_of
from engine.terminal.output import print_json, printable

if TYPE_CHECKING:
    from engine.errors import WinnowError
    from indexer.report import IngestReport


def watch(
    paths: Annotated[list[str], typer.Argument(help="Files and folders.", show_default=False)],
    collection: Collection = "default",
    home: Home = None,
    models: Models = None,
    preset: Preset = None,
    yes: Yes = False,
    include: Include = None,
    exclude: Exclude = None,
    root: Root = None,
    ocr: Ocr = False,
    as_json: Json = False,
) -> None:
    """Keep a collection in step with files and folders until Ctrl-C: what `ingest --mirror` does, after each change.

    Needs the extra `watch`. A pass that fails is reported, and tried again. With --json one object is printed for each
    pass that changes something.
    """
    from indexer.watching import keep_in_step

    selection = selection_of(paths, include, exclude, root, ocr=ocr)
    if len(selection.paths) < len(paths):
        raise UsageError("Only files and folders of this machine can be watched.", "Run `ingest --mirror` for a URL.")
    encoder, reranker = models_of(models, preset)
    shown = _Shown(as_json)
    try:
        with unwound():
            keep_in_step(
                selection,
                home=home_of(home),
                collection=collection,
                encoder=encoder,
                reranker=reranker,
                force=yes,
                on_report=shown.report,
                on_failure=shown.failure,
            )
    except (KeyboardInterrupt, SystemExit):
        print("Stopped. What was committed is kept.", file=sys.stderr)
        raise


class _Shown:
    """Prints passes: the first one whole, then what is new."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._console = Console(stderr=True, highlight=False, emoji=False)
        self._last: IngestReport | None = None

    def report(self, report: IngestReport) -> None:
        last, self._last = self._last, report
        news = report
        if last is not None:
            new = [problem for problem in report.failed if problem not in last.failed]
            news = replace(report, failed=new, skipped=[])
        if last is None or report.generation != last.generation or news.failed:
            if self._as_json:
                print_json(news.to_json())
            else:
                show_report(news, mirror=True)
            sys.stdout.flush()
        if report.refused and not self._as_json:
            self._say(f"not removed: {report.refused} --yes removes them.")

    def failure(self, error: WinnowError, seconds: float) -> None:
        self._say(f"winnow: {error.code}: {error} Trying again in {seconds:.0f} s.")

    def _say(self, line: str) -> None:
        self._console.print(printable(line), markup=False, soft_wrap=True)
