"""What a calibration reads of a ranking, and which calibration belongs to a collection's models.

The final score is normalised per query, so that the best hit of any query has about 1. The features are absolute:

    reranker   log-odds of the reranker's score
    dense      the cosine (of quantised vectors)
    lexical    BM25, as a share of what no text can exceed for the query
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from engine.calibration import Calibration
from engine.errors import UnsupportedModel
from engine.lexical.bm25 import Bm25
from engine.lexical.query import MAX_TERMS, LexicalQuery
from engine.lexical.statistics import LexicalStatistics
from engine.models.digest import reranker_digest
from engine.models.locate import locate
from engine.ranking import Ranking
from engine.recipe import Recipe
from engine.store.manifest import Manifest
from engine.types import Float64

CALIBRATION_FILE = "calibration.json"
_EDGE = 1e-6  # how near to 0 and 1 a reranker's score is read: float32 knows no finer


def features(ranking: Ranking, keys: Sequence[str]) -> dict[str, Float64]:
    """Each feature of the hits `keys`, shape (len(keys),); `reranker` only where the hits were reranked.

    What the reranker or the dense leg has not listed counts as the last that it has; BM25 of what shares no term is 0.
    """
    found = {
        "dense": _scores(dict(ranking.stages["dense"]), keys),
        "lexical": _scores({**dict(ranking.stages["lexical"]), "": 0.0}, keys) / (ranking.lexical_limit or 1.0),
    }
    if ranking.judged:
        scores = np.clip(_scores(ranking.judged, keys), _EDGE, 1.0 - _EDGE)
        found["reranker"] = np.log(scores / (1.0 - scores))
    return found


def lexical_limit(query: LexicalQuery, statistics: LexicalStatistics, recipe: Recipe) -> float:
    """What BM25 cannot exceed for the query: a text in which each of its terms saturates."""
    terms = Counter(term for alternatives in query.terms for term in alternatives)
    return (recipe.k1 + 1.0) * sum(Bm25.of(terms, statistics, recipe, MAX_TERMS).weights.values())


def find_calibration(manifest: Manifest, encoder: str, reranker: str | None) -> Calibration | None:
    """The collection's own calibration, else the bundled reranker's, if it was fitted for these models.

    `encoder` is the digest of the encoder's weights, `reranker` the name of a model, None where the recipe has none.
    """
    known = [manifest.calibration, bundled_calibration() if reranker == "bundled" else None]
    fitted = [calibration for calibration in known if calibration is not None]
    if not fitted:
        return None
    digest = None if reranker is None else reranker_digest(reranker)
    return next((calibration for calibration in fitted if calibration.fits(encoder, digest)), None)


def bundled_calibration() -> Calibration | None:
    """What lies beside the bundled reranker, if anything does. UnsupportedModel if it cannot be read."""
    file = locate("bundled", "reranker") / CALIBRATION_FILE
    if not file.is_file():
        return None
    try:
        return Calibration.from_json(json.loads(file.read_text("utf-8")))
    except (KeyError, TypeError, ValueError) as error:
        raise UnsupportedModel(f"{file} is no calibration: {error!r}.", "Install Winnow again.") from error


def _scores(known: Mapping[str, float], keys: Sequence[str]) -> Float64:
    """The known scores, and the least of them for the rest; 0 where none is known."""
    least = min(known.values(), default=0.0)
    return np.array([known.get(key, least) for key in keys], dtype=np.float64)
