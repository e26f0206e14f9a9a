"""Hard negatives by Winnow's own hybrid retrieval, in a temporary collection of a source's passages."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.collection import NO_RERANKER, open_collection
from engine.fusion.minmax import minmax
from engine.models import load_encoder
from engine.query.pipeline import Request, Searcher
from engine.recipe import Recipe as SearchRecipe
from indexer.ingest import ingest
from indexer.training.corpus import Corpus, Query
from indexer.training.recipe import Negatives

_SYNTAX = re.compile(r'["()\[\]|:]|(?<!\w)-')
DEPTH = 100


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidates that retrieval found for one query, best first: passage numbers, and fused scores from 0 to 1.

    `likely_false` are the numbers of passages that are as near to the query as its positives are.
    """

    query: Query
    passages: tuple[int, ...]
    fused: tuple[float, ...]
    likely_false: frozenset[int]

    def negatives(self, spec: Negatives) -> list[int]:
        """Passages that may serve as hard negatives, hardest first."""
        barred = {*self.query.positives, *self.query.excluded, *self.likely_false}
        return [number for number in self.passages[spec.first_rank - 1 : spec.last_rank] if number not in barred]

    def score(self, number: int) -> float:
        """The fused score of a passage, 0 where it was not found."""
        return self.fused[self.passages.index(number)] if number in self.passages else 0.0


def retrieve(corpus: Corpus, spec: Negatives, margin: float) -> list[Candidates]:
    """The candidates of every query of a corpus."""
    with tempfile.TemporaryDirectory(prefix="winnow-mine-") as scratch:
        home = Path(scratch)
        lines = (json.dumps({"_id": str(n), "text": text}) for n, text in enumerate(corpus.passages) if text.strip())
        (home / "passages.jsonl").write_text("\n".join(lines), encoding="utf-8")
        ingest([home / "passages.jsonl"], home=home, collection="mining", encoder=spec.encoder)
        recipe = SearchRecipe(candidates=DEPTH, rerank="none")
        with open_collection("mining", home=home, reranker=NO_RERANKER, recipe=recipe) as collection:
            limits = _limits(corpus, spec.encoder, margin)
            return [
                _candidates(collection.searcher, query, limit)
                for query, limit in zip(corpus.queries, limits, strict=True)
            ]


def _limits(corpus: Corpus, encoder: str, margin: float) -> list[float]:
    """Limits per query: `margin` times the cosine of its best positive."""
    model = load_encoder(encoder)
    asked = model.encode([query.text for query in corpus.queries], role="query")
    numbers = sorted({number for query in corpus.queries for number in query.positives})
    places = {number: place for place, number in enumerate(numbers)}
    answers = model.encode([corpus.passages[number] for number in numbers])
    best = (
        max((float(vector @ answers[places[number]]) for number in query.positives), default=1.0)
        for query, vector in zip(corpus.queries, asked, strict=True)
    )
    return [margin * similarity for similarity in best]


def _candidates(searcher: Searcher, query: Query, limit: float) -> Candidates:
    text = plain(query.text)
    if not text.strip():
        return Candidates(query, (), (), frozenset())
    stages = searcher.rank(Request(text)).stages
    fused = stages["fusion"]
    near = frozenset(int(key) for key, score in stages["dense"] if score > limit)
    scores = minmax([score for _, score in fused])
    return Candidates(query, tuple(int(key) for key, _ in fused), tuple(float(s) for s in scores), near)


def plain(text: str) -> str:
    """A text that means no more than its words in the query language, whatever signs it held."""
    return _SYNTAX.sub(" ", text)


def draw(
    pool: Sequence[int], others: int, barred: frozenset[int], spec: Negatives, rng: np.random.Generator
) -> list[int]:
    """`hard` numbers from the pool, its first quarter three times as often, and `random` ones below `others`."""
    weights = np.where(np.arange(len(pool)) < max(len(pool) // 4, 1), 3.0, 1.0)
    count = min(spec.hard, len(pool))
    chosen = [pool[i] for i in rng.choice(len(pool), count, replace=False, p=weights / weights.sum())] if count else []
    taken = {*barred, *chosen}
    for _ in range(10 * spec.random):  # a tiny corpus may have no other passage left
        other = int(rng.integers(others))
        if len(chosen) < count + spec.random and other not in taken:
            chosen.append(other)
            taken.add(other)
    return chosen
