"""`winnow doctor`: look for what is wrong, and say what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.text import Text

from engine.terminal.options import Home, Json, home_of
from engine.terminal.output import count, print_json, printable

if TYPE_CHECKING:
    from api.terminal.doctor.finding import Finding

STYLES = {"ok": "green", "warning": "yellow", "problem": "bold red"}
LABEL = 9  # width of the states


def doctor(home: Home = None, as_json: Json = False) -> None:
    """Look at everything that Winnow needs: environment, models, collections, disk, a running service.

    Each line is ok, a warning or a problem, with what to do about it. Nothing is changed. Exit code 1 if there is a
    problem. Files of collections are checked for their sizes; `winnow verify` reads every byte.
    """
    place = home_of(home)
    findings = []
    out = Console(highlight=False, emoji=False)
    for finding in _look(place):
        findings.append(finding)
        if not as_json:
            _show(out, finding)
    states = Counter(finding.state for finding in findings)
    if as_json:
        print_json(
            {"home": str(place), "healthy": not states["problem"], "findings": [asdict(one) for one in findings]}
        )
    else:
        out.print(f"{count(states['problem'], 'problem')}, {count(states['warning'], 'warning')}")
    if states["problem"]:
        raise typer.Exit(1)


def _look(place: Path) -> Iterator[Finding]:
    from api.terminal.doctor.finding import looked_at

    yield from looked_at("environment", "environment", _environment)
    yield from looked_at("models", "models", _models)
    yield from looked_at("home", str(place), partial(_home, place))
    yield from looked_at("disk", "disk", partial(_disk, place))
    yield from looked_at("service", "service", partial(_service, place))


# Each is imported where it is looked at: a package that is broken must not keep the rest from being told.


def _environment() -> Iterable[Finding]:
    from api.terminal.doctor.environment import environment

    return environment()


def _models() -> Iterable[Finding]:
    from api.terminal.doctor.models import models

    return models()


def _home(place: Path) -> Iterable[Finding]:
    from api.terminal.doctor.home import home

    return home(place)


def _disk(place: Path) -> Iterable[Finding]:
    from api.terminal.doctor.disk import disk

    return disk(place)


def _service(place: Path) -> Iterable[Finding]:
    from api.terminal.doctor.service import service

    return service(place)


def _show(out: Console, finding: Finding) -> None:
    line = Text.assemble(
        (finding.state.ljust(LABEL), STYLES[finding.state]), (printable(finding.name), "bold"), ": ",
        printable(finding.message),
    )  # fmt: skip
    out.print(line, soft_wrap=True)
    if finding.remedy:
        out.print(Text(" " * LABEL + printable(finding.remedy)), soft_wrap=True)
