"""The profile of the three hot paths: `python -m benchmarks.speed.profile` prints docs/profile.md's tables.

Milliseconds of a core, not of a clock, so that a busy machine changes little: models run on one thread, each stage is
the time of its own thread, without the stages inside it. "The rest" is what the process spent besides.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

from data import SAMPLE
from engine.models.checkpoints.presets import BUNDLED

Stages = Mapping[str, str]  # what is done -> the function that does it, as module:name

QUERY: Stages = {
    "reading the query": "engine.query.reading:Reader.read",
    "lexical leg": "engine.query.retrieval:Retrieval.words",
    "embedding the query": "engine.query.retrieval:Retrieval.encode",
    "dense leg": "engine.query.legs:Retriever.dense",
    "fusion": "engine.query.legs:Retrieved.fused",
    "reranking": "engine.query.reranking:Reranking.rerank",
    "order, twins, rules": "engine.query.pipeline:Searcher._entries",
    "hits and snippets": "engine.query.paging:Pager.hits",
}
INGEST: Stages = {
    "parsing": "indexer.reading.reading:Reader.read",
    "cutting into passages": "indexer.chunking.chunker:Chunker.chunk",
    "what is embedded of each": "indexer.chunking.chunker:Chunker.embedding_texts",
    "embedding": "indexer.steps:Steps.embed",
    "writing the segment": "engine.store.writer:write_segment",
    "the commit": "engine.store.writer:CollectionWriter._publish",
}
QUESTIONS = 100
COMMANDS = 5
_LIBRARIES = ("numpy", "pydantic", "typer", "rich", "pyarrow", "onnxruntime", "onnx", "faiss", "tokenizers", "tantivy")
_OWN = ("api", "engine", "winnow", "indexer", "data")
_CHILD = """
import importlib._bootstrap, json, os, sys, time
find, inside, spent = importlib._bootstrap._find_and_load, [], {}
def timed(name, load):
    if name in sys.modules:
        return find(name, load)
    began = time.process_time()
    inside.append(0.0)
    try:
        return find(name, load)
    finally:
        whole, own = time.process_time() - began, inside.pop()
        if inside:
            inside[-1] += whole
        spent[name] = whole - own
importlib._bootstrap._find_and_load = timed
sys.argv[0] = "winnow"
try:
    from winnow.__main__ import main
    main()
except SystemExit:
    pass
print(json.dumps([time.process_time(), spent]), file=sys.stderr)
"""


class Spent:
    """Seconds of a core by stage."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._inside: defaultdict[int, list[float]] = defaultdict(list)  # by thread: what nested stages took

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """`function`, whose time counts for the stage."""

        @wraps(function)
        def timed(*arguments: Any, **named: Any) -> Any:
            nested = self._inside[threading.get_ident()]
            nested.append(0.0)
            began = time.thread_time()
            try:
                return function(*arguments, **named)
            finally:
                whole = time.thread_time() - began
                self.seconds[name] += whole - nested.pop()
                if nested:
                    nested[-1] += whole

        return timed


@contextmanager
def watching(stages: Stages) -> Iterator[Spent]:
    """Time the functions of `stages` inside the block."""
    spent, before = Spent(), []
    for name, place in stages.items():
        module, _, path = place.partition(":")
        *outer, last = path.split(".")
        owner: Any = import_module(module)
        for part in outer:
            owner = getattr(owner, part)
        before.append((owner, last, getattr(owner, last)))
        setattr(owner, last, spent.timed(name, getattr(owner, last)))
    try:
        yield spent
    finally:
        for owner, last, function in before:
            setattr(owner, last, function)


def query(home: Path, collection: str, questions: list[str]) -> dict[str, float]:
    """Milliseconds a search, by stage; each question was asked once before."""
    from engine.collection import open_collection

    with open_collection(collection, home=home) as opened:
        for text in questions:
            opened.search(text)
        with watching(QUERY) as spent:
            began = time.process_time()
            for text in questions:
                opened.search(f"{text} ")  # another one to all that is remembered by its words
            whole = time.process_time() - began
    return _table(spent, QUERY, whole, len(questions))


def ingest(source: Path, home: Path, encoder: str, reranker: str) -> tuple[dict[str, float], int]:
    """Milliseconds a passage, by stage, and how many passages there are; the models are loaded before."""
    from engine.models import load_encoder
    from indexer import ingest as ingesting

    load_encoder(encoder).encode(["warm"], role="document")
    with watching(INGEST) as spent:
        began = time.process_time()
        report = ingesting.ingest([source], home=home, collection="default", encoder=encoder, reranker=reranker)
        whole = time.process_time() - began
    return _table(spent, INGEST, whole, report.chunks), report.chunks


def command(home: Path, collection: str, question: str, runs: int) -> dict[str, float]:
    """Milliseconds of `winnow search` without a service: imports by library, and what remains; medians."""
    arguments = ["search", question, "-c", collection, "--home", str(home), "--no-server", "--json"]
    found = [_command(arguments) for _ in range(runs)]
    return {name: statistics.median(one[name] for one in found) for name in found[0]}


def _command(arguments: list[str]) -> dict[str, float]:
    done = subprocess.run([sys.executable, "-c", _CHILD, *arguments], check=True, capture_output=True, text=True)
    whole, modules = json.loads(done.stderr.splitlines()[-1])
    rows: defaultdict[str, float] = defaultdict(float)
    for name, seconds in modules.items():
        rows[_group(name.split(".")[0])] += seconds
    order = [f"importing {name}" for name in (*_LIBRARIES, "Winnow itself", "the standard library and the rest")]
    shown = {name: rows[name] * 1000.0 for name in order if name in rows}
    return {**shown, "the rest": (whole - sum(rows.values())) * 1000.0, "together": whole * 1000.0}


def _group(package: str) -> str:
    if package.startswith("pydantic"):
        return "importing pydantic"
    if package in _OWN:
        return "importing Winnow itself"
    return f"importing {package}" if package in _LIBRARIES else "importing the standard library and the rest"


def _table(spent: Spent, stages: Stages, whole: float, count: int) -> dict[str, float]:
    rows = {name: spent.seconds[name] * 1000.0 / count for name in stages}
    together = whole * 1000.0 / count
    return {**rows, "the rest": together - sum(rows.values()), "together": together}


def markdown(title: str, rows: Mapping[str, float]) -> str:
    """A table for docs/profile.md."""
    lines = [f"| {title} | ms of a core |", "|---|---|", *(f"| {name} | {ms:.2f} |" for name, ms in rows.items())]
    return "\n".join(lines) + "\n"


def main() -> None:
    # Before the settings are read: a stage's thread does all of its work, and none is done by other processes or was
    # done by earlier ones.
    os.environ |= {"WINNOW_THREADS": "1", "WINNOW_INGEST_WORKERS": "0", "WINNOW_RUNTIME": "onnx"}
    os.environ["WINNOW_EMBEDDINGS_DISK_MB"] = "0"
    questions = [json.loads(line)["text"] for line in (SAMPLE / "queries.jsonl").read_text("utf-8").splitlines()]
    with tempfile.TemporaryDirectory(prefix="winnow-profile-") as scratch:
        home = Path(scratch) / "home"
        parts, passages = ingest(SAMPLE / "articles", home, BUNDLED, BUNDLED)
        print(markdown(f"ingest of the sample, a passage of {passages:,}", parts))
        print(markdown("a search of it, reranked", query(home, "default", questions[:QUESTIONS])))
        print(markdown("`winnow search`, cold", command(home, "default", questions[0], COMMANDS)))


if __name__ == "__main__":
    main()
