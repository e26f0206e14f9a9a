"""`winnow bench compare`: is B better than A, or is it chance?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.terminal.options import Json

if TYPE_CHECKING:
    from benchmarks.compare.comparison import Comparison


def compare(
    a: Annotated[str, typer.Argument(metavar="A", help="DIR[:STAGE], or several with commas.", show_default=False)],
    b: Annotated[str, typer.Argument(metavar="B", help="As A, on the same data sets.", show_default=False)],
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a self-contained report there (extra `bench`).")
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", metavar="FILE", help="Write the tables as Markdown there.")
    ] = None,
    permutations: Annotated[int, typer.Option("--permutations", min=10_000, help="Sign flips of the test.")] = 10_000,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the test and the interval.")] = 0,
    as_json: Json = False,
) -> None:
    """Compare two runs (folders of `run --out`), or two stages of one, by a paired randomisation test over queries.

    A folder's last stage is compared unless `:STAGE` follows it: `winnow bench compare out:fused out:reranked`.
    """
    from benchmarks.compare.comparison import compare_systems
    from benchmarks.compare.systems import read_systems

    comparison = compare_systems(read_systems(a), read_systems(b), permutations=permutations, seed=seed)
    if html is not None:
        from benchmarks.compare.html import to_html

        html.write_text(to_html(comparison), encoding="utf-8")
    if markdown is not None:
        from benchmarks.compare.markdown import to_markdown

        markdown.write_text(to_markdown(comparison), encoding="utf-8")
    if as_json:
        print(json.dumps(comparison.to_json(), ensure_ascii=False))
    else:
        _show(comparison)


def _show(comparison: Comparison) -> None:
    from benchmarks.compare.wording import HEADER, cells, method, sections
    from engine.terminal.table import console, plain_table

    out = console()
    out.print(f"A: {comparison.a}\nB: {comparison.b}", markup=False, soft_wrap=True)
    for heading, tests in sections(comparison):
        table = plain_table(heading)
        for name in HEADER:
            table.add_column(name, justify="left" if name == "metric" else "right")
        for test in tests:
            table.add_row(*(cell.replace("[", r"\[") for cell in cells(test)))
        out.print(table)
    out.print(method(comparison), style="dim")
