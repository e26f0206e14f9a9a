"""The scores that a calibration reads of a ranking, and which calibration belongs to a collection's models.

The final score is normalised per query, so that the best hit of any query has about 1. These are not:

    reranker   its own score
    dense      the cosine (of quantised vectors)
    lexical    BM25, as a share of what no text can exceed for the query

A calibration weighs by how much a hit leads its rivals for each of these, and dense and lexical also as they are: where
no document answers, some hit leads all the same, but its words and its cosine are poor.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Mapping, Sequence

import numpy as np

from engine.errors import UnsupportedModel, UsageError
from engine.lexical.query import LexicalQuery
from engine.lexical.search import query_scorer
from engine.lexical.statistics import LexicalStatistics
from engine.models.checkpoints.checkpoint import Kind
from engine.models.checkpoints.locate import locate
from engine.models.checkpoints.presets import BUNDLED, STATIC
from engine.models.rerankers.digest import reranker_digest
from engine.probability.calibration import RIVALS, Calibration, ComparedScores
from engine.probability.gate import Gate
from engine.query.ranking import Ranking
from engine.recipe import Recipe
from engine.store.manifest import Manifest
from engine.types import Float64

CALIBRATION_FILE, GATE_FILE = "calibration.json", "gate.json"
ALONE = "_alone"  # a score as it is, not as a lead over rivals
LIKELY = 0.5  # relevance of a hit beside which nobody is told that nothing answers

# Where the files lie that were fitted for the bundled reranker, by the encoder beside it: with the bundled one to
# collections, with the static one to long documents.
_FITTED: dict[str, tuple[str, Kind]] = {BUNDLED: (BUNDLED, "reranker"), STATIC: (STATIC, "encoder")}


def compared_scores(ranking: Ranking, keys: Sequence[str]) -> dict[str, ComparedScores]:
    """The scores of the hits `keys` with those of their rivals; `reranker` only where the hits were reranked.

    What the reranker or the dense leg has not listed counts as the last that it has; BM25 of what shares no term is 0.
    """
    limit = ranking.lexical_limit or 1.0
    lexical = {key: score / limit for key, score in ranking.stages["lexical"]}
    dense = dict(ranking.stages["dense"])
    found = {
        "dense": _compared(dense, keys, min(dense.values(), default=0.0)),
        "lexical": _compared(lexical, keys, 0.0),
    }
    if ranking.judged:
        found["reranker"] = _compared(ranking.judged, keys, min(ranking.judged.values()))
    return found | {f"{name}{ALONE}": ComparedScores.alone(score.own) for name, score in found.items()}


def signs(ranking: Ranking) -> Float64 | None:
    """The signs that a gate reads of a ranking, shape (SIGNS,): the reranker's best score, how far it leads the next
    nine, the best cosine, and the best BM25 as a share of its limit. None if the reranker or the dense leg did not run.
    """
    judged = heapq.nlargest(RIVALS + 1, ranking.judged.values())
    dense = [score for _, score in ranking.stages["dense"]]
    if len(judged) < 2 or not dense:
        return None
    lexical = max((score for _, score in ranking.stages["lexical"]), default=0.0)
    lead = judged[0] - sum(judged[1:]) / len(judged[1:])
    return np.array([judged[0], lead, max(dense), lexical / (ranking.lexical_limit or 1.0)])


def says_nothing(gate: Gate, ranking: Ranking) -> bool:
    """Whether the gate takes the question for one that no document answers."""
    told = signs(ranking)
    return told is not None and float(gate.chance(told[None, :])[0]) < gate.threshold


def relevance(calibration: Calibration, ranking: Ranking) -> dict[str, float]:
    """Key -> relevance, never rising with rank: a later hit is at most as relevant as those before it. What is first
    for holding an identifier has none: the scores that a calibration reads did not put it there.
    """
    keys = [key for key, _ in ranking.stages[ranking.final] if key not in ranking.exact]
    if not keys:
        return {}
    falling = np.minimum.accumulate(calibration.probability(compared_scores(ranking, keys)))
    return dict(zip(keys, falling.tolist(), strict=True))


def lexical_limit(query: LexicalQuery, statistics: LexicalStatistics, recipe: Recipe) -> float:
    """The limit that BM25 cannot exceed for the query: a text in which each of its terms saturates."""
    return (recipe.k1 + 1.0) * sum(query_scorer(query, statistics, recipe).weights.values())


def find_calibration(manifest: Manifest, encoder: str, reranker: str | None) -> Calibration | None:
    """The collection's own calibration, else a bundled one, if it was fitted for these models.

    `encoder` is the digest of the encoder's weights, `reranker` the name of a model, None where the recipe has none.
    """
    known = [manifest.calibration, *(map(bundled_calibration, _FITTED) if reranker == BUNDLED else ())]
    fitted = [calibration for calibration in known if calibration is not None]
    if not fitted:
        return None
    digest = None if reranker is None else reranker_digest(reranker)
    return next((calibration for calibration in fitted if calibration.fits(encoder, digest)), None)


def bundled_calibration(encoder: str = BUNDLED) -> Calibration | None:
    """The calibration for the bundled reranker and a bundled encoder, if there is one. UnsupportedModel if it cannot be
    read.
    """
    file = locate(*_FITTED[encoder]) / CALIBRATION_FILE
    if not file.is_file():
        return None
    try:
        return Calibration.from_json(json.loads(file.read_text("utf-8")))
    except (KeyError, TypeError, ValueError, UsageError) as error:
        raise UnsupportedModel(f"{file} is not a calibration: {error!r}.", "Install Winnow again.") from error


def find_gate(encoder: str, reranker: str | None) -> Gate | None:
    """The bundled gate that was fitted for these models, if there is one; arguments as in `find_calibration`."""
    if reranker != BUNDLED:
        return None
    digest = reranker_digest(reranker)
    return next((gate for gate in map(_bundled_gate, _FITTED) if gate is not None and gate.fits(encoder, digest)), None)


def _bundled_gate(encoder: str) -> Gate | None:
    file = locate(*_FITTED[encoder]) / GATE_FILE
    if not file.is_file():
        return None
    try:
        return Gate.from_json(json.loads(file.read_text("utf-8")))
    except (KeyError, TypeError, ValueError) as error:
        raise UnsupportedModel(f"{file} is not a gate: {error!r}.", "Install Winnow again.") from error


def _compared(scores: Mapping[str, float], keys: Sequence[str], least: float) -> ComparedScores:
    """`least` is the score of what has none."""
    best = heapq.nlargest(RIVALS + 1, scores, key=scores.__getitem__)
    own = np.array([scores.get(key, least) for key in keys], dtype=np.float64)
    rivals = np.full((len(keys), RIVALS), np.nan)
    for place, key in enumerate(keys):
        others = [scores[other] for other in best if other != key][:RIVALS]
        rivals[place, : len(others)] = others
    return ComparedScores(own, rivals)
