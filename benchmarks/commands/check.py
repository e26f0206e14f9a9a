"""`winnow bench check`: do the commands of expected.yaml still give their figures?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.terminal.options import Json

if TYPE_CHECKING:
    from benchmarks.expectations import Finding


def check(
    only: Annotated[str | None, typer.Option("--only", metavar="NAME", help="Only this entry.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="Another file than benchmarks/expected.yaml.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Run the commands of expected.yaml and compare their figures: ok, close (within three tolerances) or off.

    Exit code 1 if any is off. Paths in the commands are relative to the current folder: run it in a checkout.
    """
    from dataclasses import asdict

    from rich.console import Console

    from benchmarks.expectations import DEFAULT, check_entry, read_expectations, run_command, select

    findings: list[Finding] = []
    notes = Console(stderr=True, highlight=False, emoji=False)
    for entry in select(read_expectations(file or DEFAULT), only):
        notes.print(f"{entry.name}: {entry.command}", markup=False, style="dim", soft_wrap=True)
        found = check_entry(entry, run_command)
        findings += found
        if not as_json:
            for finding in found:
                print(_line(finding))
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    if any(finding.verdict == "off" for finding in findings):
        raise typer.Exit(1)


def _line(finding: Finding) -> str:
    actual = finding.reason if finding.actual is None else f"{finding.actual:.4f}"
    wanted = f"expected {finding.expected:.4f} ± {finding.tolerance:g}"
    return f"{finding.verdict:5} {finding.entry} {finding.path}: {actual} ({wanted})"
