"""Two encoders over the same collection: what each finds for sampled queries, and how long it takes."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean, median
from time import perf_counter

from engine.errors import ModelAnswerInvalid, ModelNotFound, ModelUnavailable
from engine.models import load_encoder
from engine.models.encoders.prompting import prompted
from engine.protocols import Encoder
from engine.query.legs import Retriever
from engine.settings import settings
from engine.store.generation import Generation, open_generation
from engine.text.sentences import sentence_spans
from engine.types import RowId
from engine.vectors.search import SCANS

QUERIES = 50
DEPTH = 10
_WORDS = 25  # of a query, at most


@dataclass(frozen=True, slots=True)
class Comparison:
    """`overlap` is the mean share of the 10 best documents that both find. Milliseconds are medians, encoding and
    search together.
    """

    queries: int
    overlap: float
    old_ms: float
    new_ms: float


def compare(home: Path, collection: str, new: Encoder, queries: int = QUERIES, seed: int = 0) -> Comparison | None:
    """The dense leg of the current generation against its upcoming vectors, for sentences of its own documents.

    None where nothing is embedded by both, or the old encoder is gone or has changed.
    """
    with open_generation(home, collection) as old:
        manifest = old.manifest
        if manifest.upcoming is None or not manifest.living.chunks or not manifest.dense_coverage:
            return None
        try:
            before = prompted(load_encoder(manifest.models["encoder"] or ""), manifest.query_fingerprint.prompts)
        except (ModelNotFound, ModelUnavailable, ModelAnswerInvalid):
            return None
        if manifest.query_fingerprint.differences(before.fingerprint):
            return None
        upcoming = manifest.upcoming
        segments = tuple(replace(e, embedded=True, vectors=upcoming.vectors[e.id]) for e in manifest.segments)
        shadow = replace(manifest, query_fingerprint=upcoming.query_fingerprint, segments=segments)
        asked = sample_queries(old, queries, seed)
        found, old_ms = _answers(old, before, asked)
        found_new, new_ms = _answers(Generation.of(old, shadow), new, asked)
    shares = [len(a & b) / max(len(a), len(b), 1) for a, b in zip(found, found_new, strict=True)]
    return Comparison(len(asked), fmean(shares), old_ms, new_ms)


def sample_queries(generation: Generation, count: int, seed: int = 0) -> list[str]:
    """A sentence each of at most `count` living chunks, chosen by chance."""
    rng = random.Random(seed)  # noqa: S311  repeatable, not secret
    rows = [
        RowId(position, row)
        for position, (segment, alive) in enumerate(zip(generation.segments, generation.living, strict=True))
        for row in range(segment.rows)
        if alive is None or alive[row]
    ]
    texts = []
    for row in rng.sample(rows, min(count, len(rows))):
        text = generation.passage(row)[1].text
        start, end = rng.choice(list(sentence_spans(text, 0, len(text))) or [(0, len(text))])
        texts.append(" ".join(text[start:end].split()[:_WORDS]))
    return texts


def _answers(generation: Generation, encoder: Encoder, queries: list[str]) -> tuple[list[set[str]], float]:
    """The best documents of each query, and the median milliseconds."""
    retriever = Retriever(generation, generation.living, generation.manifest.recipe, DEPTH, collapse=True)
    scan = SCANS[settings().scan]
    found, times = [], []
    for query in queries:
        begin = perf_counter()
        vector = encoder.encode([query], role="query")[0]
        found.append(set(retriever.dense(vector, scan).keys))
        times.append((perf_counter() - begin) * 1000)
    return found, median(times)
