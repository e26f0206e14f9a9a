"""The commands of README.md and of the pages in docs/, as a reader types them, run in a folder that has what they name."""

from __future__ import annotations

import json
import os
import re
import shlex
import sqlite3
import subprocess
from collections.abc import Collection, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.support.pdfs import make_pdf

ROOT = Path(__file__).parents[2]
TOPICS = [
    "contract",
    "report",
    "vacation",
    "invoice",
    "garden",
    "river",
    "bridge",
    "kitchen",
    "printer",
    "network",
    "tax",
    "car",
]
PAGES = ("README.md", "docs/commands.md", "docs/http.md", "docs/models.md")  # whose commands are run, in this order
LEFT_OUT = ("pip install", "make ", "curl ")  # no commands of Winnow
_BLOCK = re.compile(r"```sh\n(.*?)```", re.S)


@dataclass(frozen=True, slots=True)
class Ran:
    """A command line of a page, how it ended, and what it printed on both streams."""

    line: str
    code: int
    output: str


def lines(page: str) -> list[str]:
    """Every command line of `winnow` in a page, by its path in the repository, without its comment."""
    blocks = _BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))
    shown = [line.partition(" # ")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in shown if "winnow " in line and not line.startswith(LEFT_OUT)]


def furnish(folder: Path) -> None:
    """Twelve documents with judged queries, a manual and a training recipe, by the names that the pages use."""
    documents = folder / "documents"
    documents.mkdir(parents=True)
    for topic in TOPICS:
        text = f"---\nyear: 2021\ntags: [finance]\n---\n# The {topic}\n\nHow to cancel the {topic}. Reset it in 2021.\n"
        (documents / f"{topic}.md").write_text(text, encoding="utf-8")
    (documents / "old.md").write_text("An old page.\n", encoding="utf-8")
    (folder / "manual.pdf").write_bytes(make_pdf([["To reset it, hold the button for ten seconds."]]))
    queries = [{"_id": topic, "text": f"how to cancel the {topic}"} for topic in TOPICS]
    (folder / "queries.jsonl").write_text("".join(json.dumps(query) + "\n" for query in queries), encoding="utf-8")
    judged = "".join(f"{topic}\t{topic}.md\t1\n" for topic in TOPICS)
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + judged, encoding="utf-8")
    (folder / "rules.toml").write_text('[[synonyms]]\nwords = ["leave", "holiday"]\n', encoding="utf-8")
    (folder / "recipe.yaml").write_text("name: mine\n", encoding="utf-8")
    with closing(sqlite3.connect(folder / "notes.db")) as notes, notes:
        notes.execute("CREATE TABLE notes (id INTEGER, title TEXT, text TEXT)")
        notes.execute("INSERT INTO notes VALUES (1, 'Ferry', 'The ferry leaves at dawn.')")


def run_readme(
    binaries: Path,
    folder: Path,
    timeout: float = 300.0,
    serves: Collection[str] = (),
    settings: Mapping[str, str] | None = None,
) -> list[Ran]:
    """Run them one after another, with `folder` as the user's home and the current folder, and without a terminal.

    Of the commands in `serves`, which would wait for clients, only the help is asked for.
    """
    furnish(folder)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "WINNOW"))}
    kept |= {
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder / "data"),
        "HF_HUB_OFFLINE": "1",
        "COLUMNS": "200",
        **(settings or {}),
    }
    return [_run(line, binaries, folder, kept, timeout, serves) for page in PAGES for line in lines(page)]


def _run(
    line: str, binaries: Path, folder: Path, environment: dict[str, str], timeout: float, serves: Collection[str]
) -> Ran:
    words = shlex.split(line)
    words[0] = str(binaries / "winnow")
    places = {"~": str(folder), "/home/me": str(folder), "/mnt": str(folder / "mnt"), "0.0.0.0": "127.0.0.1"}
    for index, word in enumerate(words[1:], start=1):
        for shown, meant in places.items():
            if word == shown or word.startswith(f"{shown}/"):
                words[index] = meant + word.removeprefix(shown)
    if words[1] in serves:
        words.append("--help")
    done = subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL
    )
    return Ran(line, done.returncode, done.stdout + done.stderr)
