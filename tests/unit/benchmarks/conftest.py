"""A tiny judged collection and tiny models; one finished run that many tests look at."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from benchmarks.cli import app
from tests.support.checkpoints import tiny_cross_encoder, tiny_encoder

CORPUS = {
    "compost": "Compost smells bad when it is too wet and has no air.",
    "bicycle": "A bicycle chain wears out and must be replaced.",
    "bread": "Sourdough bread needs a starter that was fed.",
    "tides": "The tides are caused by the moon and the sun.",
    "knots": "A bowline is a knot that does not slip.",
    "q-self": "A bowline is a knot that does not slip under load.",  # the id of a query
}
QUERIES = {
    "q1": "compost smells bad",
    "q2": "bicycle chain",
    "q3": "what causes the tides",
    "q-self": "A bowline is a knot that does not slip under load.",
    "unjudged": "never asked",
    "hopeless": "judged, but nothing is relevant",
}
QRELS = {
    "q1": {"compost": 2, "bread": 0},
    "q2": {"bicycle": 1},
    "q3": {"tides": 1, "compost": 1},
    "q-self": {"knots": 1},
    "hopeless": {"bread": 0},
}


def write_beir(
    folder: Path,
    *,
    split: str = "test",
    compress: bool = False,
    corpus: Mapping[str, str] = CORPUS,
    queries: Mapping[str, str] = QUERIES,
    qrels: Mapping[str, Mapping[str, int]] = QRELS,
) -> Path:
    """A BEIR folder, its files optionally compressed."""

    def write(name: str, lines: list[str]) -> None:
        path = folder / (f"{name}.gz" if compress else name)
        path.parent.mkdir(parents=True, exist_ok=True)
        content = "".join(f"{line}\n" for line in lines).encode()
        path.write_bytes(gzip.compress(content) if compress else content)

    write("corpus.jsonl", [json.dumps({"_id": key, "title": "", "text": text}) for key, text in corpus.items()])
    write("queries.jsonl", [json.dumps({"_id": key, "text": text}) for key, text in queries.items()])
    rows = [f"{query}\t{document}\t{grade}" for query, judged in qrels.items() for document, grade in judged.items()]
    write(f"qrels/{split}.tsv", ["query-id\tcorpus-id\tscore", *rows])
    return folder


@dataclass(frozen=True)
class Finished:
    """A run with --exact --json --out: where it lies, and what it printed."""

    data: Path
    home: Path
    out: Path
    result: dict[str, Any]


Bench = Callable[..., Result]


@pytest.fixture(scope="session")
def bench() -> Bench:
    """Runs `winnow bench ...` in this process."""

    def invoke(*arguments: object) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})

    return invoke


@pytest.fixture(scope="session")
def beir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_beir(tmp_path_factory.mktemp("data") / "tiny")


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The value of --models for a pair of random models."""
    folder = tmp_path_factory.mktemp("models")
    return f"{tiny_encoder(folder / 'encoder')},{tiny_cross_encoder(folder / 'reranker')}"


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, bench: Bench, beir: Path, models: str) -> Finished:
    home, out = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("out")
    done = bench("run", beir, "--models", models, "--home", home, "--exact", "--json", "--out", out)
    assert done.exit_code == 0, done.output
    return Finished(beir, home, out, json.loads(done.stdout))
