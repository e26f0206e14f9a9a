"""RESULTS.md is its own script: each figure stands under the commands that make it, and this runs them."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")

_HEADING = re.compile(r"^## (.+)$")
_FENCE = "```"


@dataclass(frozen=True, slots=True)
class Step:
    """The commands of one `sh` block, and the heading that it stands under."""

    title: str
    script: str

    @property
    def slug(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")


@dataclass(frozen=True, slots=True)
class Outcome:
    """`output` holds what the step printed."""

    step: Step
    code: int
    seconds: float
    output: Path


def read_steps(text: str) -> list[Step]:
    """The `sh` blocks of a Markdown text, in order; several under one heading are numbered."""
    found = list(_blocks(text))
    titles = [title for title, _ in found]
    steps = []
    for place, (title, script) in enumerate(found):
        number = titles[: place + 1].count(title)
        steps.append(Step(title if titles.count(title) == 1 else f"{title} {number}", script))
    return steps


def run_step(step: Step, out: Path, environment: Mapping[str, str]) -> Outcome:
    """Run a step in the current folder, its output to a file of its own. It stops at the first command that fails."""
    out.mkdir(parents=True, exist_ok=True)
    output = out / f"{step.slug}.txt"
    started = time.monotonic()
    with output.open("wb") as stream:
        done = subprocess.run(
            ["bash", "-euxc", step.script],
            stdout=stream,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            check=False,
        )
    return Outcome(step, done.returncode, time.monotonic() - started, output)


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    title = ""
    script: list[str] | None = None
    for line in text.splitlines():
        if script is not None and line == _FENCE:
            yield title, "\n".join(script)
            script = None
        elif script is not None:
            script.append(line)
        elif line == f"{_FENCE}sh":
            script = []
        elif heading := _HEADING.match(line):
            title = heading.group(1)
