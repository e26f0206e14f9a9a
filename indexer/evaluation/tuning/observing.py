"""Asks every query once and keeps what was seen, on disk if wanted: what is there already is not computed again."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.errors import InvalidQuery, UsageError
from engine.filters import Equals, Not
from engine.fingerprint import digest_json
from engine.query.legs import Leg
from engine.query.pipeline import Request, Searcher
from engine.query.relevance import lexical_limit
from engine.recipe import Recipe
from engine.store.generation import Generation
from engine.types import RowId
from engine.vectors.oversampling import usual_oversampling
from indexer.evaluation.tuning.judged import Judged
from indexer.evaluation.tuning.observation import Observation, Replay
from indexer.evaluation.tuning.space import bm25_key

log = logging.getLogger(__name__)

HITS = 10  # what a page shows, and what is measured


@dataclass(slots=True)
class Observed:
    """The observations by query id; `failed` says which queries could not be answered, and why."""

    observations: dict[str, Observation] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


class ObservationFile:
    """Observations of one collection's content by one pair of models, one JSON line each; a later line wins."""

    def __init__(self, folder: Path | None, generation: Generation, reranker: str | None) -> None:
        """`reranker` is its digest. Without a folder nothing is kept."""
        self._file = folder / f"{_content_key(generation, reranker)}.jsonl" if folder else None

    def read(self) -> dict[tuple[str, str], Observation]:
        """Read the observations of before, by query id and text. What an interruption cut off is left out."""
        found: dict[tuple[str, str], Observation] = {}
        if self._file is None or not self._file.is_file():
            return found
        with self._file.open(encoding="utf-8") as stream:
            for line in stream:
                try:
                    observation = Observation.from_json(json.loads(line))
                except ValueError:
                    continue
                found[observation.query, observation.text] = observation
        return found

    def append(self, observation: Observation) -> None:
        if self._file is None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps(observation.to_json(), ensure_ascii=False)
        with self._file.open("a", encoding="utf-8") as stream:
            stream.write(f"\n{line}\n")  # on a line of its own, whatever an interruption left before it


def observe(
    searcher: Searcher,
    judged: Judged,
    recipes: Sequence[Recipe],
    kept: ObservationFile,
    on_query: Callable[[int], None] = lambda done: None,
) -> Observed:
    """Ask every query once: each lexical list that a recipe begins with, and a score for every passage that any of
    the recipes would have reranked. A document whose id is the query's is the query itself, and is kept out.
    """
    observed, known = Observed(), kept.read()
    for done, (query, text) in enumerate(judged.queries.items(), start=1):
        before = known.get((query, text))
        try:
            after = _observe(searcher, query, text, recipes, before)
        except InvalidQuery as error:
            observed.failed[query] = str(error)
            log.warning("Query %r cannot be answered: %s", text, error)
            continue
        if after is not before:
            kept.append(after)
        observed.observations[query] = after
        on_query(done)
    return observed


def _observe(
    searcher: Searcher, query: str, text: str, recipes: Sequence[Recipe], before: Observation | None
) -> Observation:
    """`before` itself where it has all that the recipes need."""
    variants = {bm25_key(recipe): recipe for recipe in recipes}
    observation = before or Observation(query, text, "", Leg((), (), ()), {}, {})
    missing = [variant for key, variant in variants.items() if key not in observation.lexical]
    if missing:
        observation = _retrieve(searcher, observation, missing)
    replay = Replay(observation)
    needed = dict.fromkeys(row for recipe in recipes for row in replay.head(recipe))
    unseen = [row for row in needed if row not in observation.judged]
    if unseen:
        observation = replace(observation, judged={**observation.judged, **_judge(searcher, observation.words, unseen)})
    unseen = [row for row in needed if row not in observation.codes]
    if unseen:
        codes = zip(unseen, searcher.generation.codes(unseen), strict=True)
        observation = replace(observation, codes={**observation.codes, **{row: code.tobytes() for row, code in codes}})
    return observation


def _retrieve(searcher: Searcher, observation: Observation, variants: Sequence[Recipe]) -> Observation:
    generation = searcher.generation
    itself = generation.find(observation.query) is not None
    request = Request(observation.text, HITS, Not(Equals("id", observation.query)) if itself else None)
    lexical, limits = dict(observation.lexical), dict(observation.limits)
    words, dense, exact = observation.words, observation.dense, observation.exact
    for variant in variants:
        found = Searcher(generation, searcher.encoder, None, variant).retrieve(request)
        key, words, dense, exact = bm25_key(variant), found.query.text, found.dense, found.exact
        lexical[key] = found.lexical
        limits[key] = lexical_limit(found.query, generation.statistics, variant)
    return replace(observation, words=words, lexical=lexical, limits=limits, dense=dense, exact=exact)


def _judge(searcher: Searcher, text: str, rows: Sequence[RowId]) -> Mapping[RowId, float]:
    """Scores of the reranker. UsageError without one, or where it fails: a part of the scores would choose wrongly."""
    scores = searcher.judge(text, rows, [])
    if scores is None:
        raise UsageError(
            f"There are no reranker's scores for {text!r}.", "Tune without reranking: --models ENCODER,none."
        )
    return {row: score.score for row, score in zip(rows, scores, strict=True)}


def _content_key(generation: Generation, reranker: str | None) -> str:
    """Digest of all that decides an observation: living documents, encoder, analyser, reranker, how deep the
    legs go.
    """
    manifest = generation.manifest
    return digest_json(
        {
            "segments": [[entry.checksum, entry.tombstones and entry.tombstones.sha256] for entry in manifest.segments],
            "query": manifest.query_fingerprint.to_json(),
            "index": manifest.index_fingerprint.to_json(),
            "reranker": reranker,
            "depths": [Recipe().candidates, usual_oversampling(generation.statistics.chunk_count)],
        }
    )[:24]
