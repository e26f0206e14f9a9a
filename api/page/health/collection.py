"""How a collection does: segments, how much of it is found by meaning, what its relevance means, its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from api.page.health.charts import Curve, Rect, columns, curve, strip
from api.page.wording import counted, day
from api.service.collections import Collections, Shape
from engine.probability.calibration import Calibration
from engine.store.collections import CollectionStats
from engine.store.merging.policy import DELETED_SHARE, MOST_SEGMENTS

_DRAWN = 40  # segments, the largest


@dataclass(frozen=True, slots=True)
class Condition:
    """A collection as the page shows it. `wanting` are sentences on what is not good, with what to do."""

    stats: CollectionStats
    segments: tuple[Rect, ...]
    deleted: float  # share of the stored passages
    coverage: tuple[Rect, ...]
    relevance: Curve | None
    even: float | None  # the lead at which a hit is as likely relevant as not
    recipe: str
    certificate: str
    judged: str
    wanting: tuple[str, ...]


def condition(collections: Collections, name: str, judged: int) -> Condition:
    """How a collection does. CollectionNotFound, StoreDamaged."""
    stats, shape = collections.stats(name), collections.shape(name)
    rows = sum(living + dead for living, dead in shape.segments)
    deleted = stats.tombstoned / rows if rows else 0.0
    largest = sorted(shape.segments, key=sum, reverse=True)[:_DRAWN]
    plotted, even = _relevance(shape.calibration)
    return Condition(
        stats=stats,
        segments=columns(
            [("", [("part", living), ("deleted", dead)]) for living, dead in largest], values=len(largest) < 12
        ),
        deleted=deleted,
        coverage=strip([("part", stats.dense_coverage), ("rest", 1 - stats.dense_coverage)]),
        relevance=plotted,
        even=even,
        recipe=_recipe(stats.evidence),
        certificate=_certificate(stats.certificate),
        judged=f"{counted(judged, 'hit')} judged on the page." if judged else "No hit was judged on the page yet.",
        wanting=tuple(_wanting(stats, shape, deleted)),
    )


def _wanting(stats: CollectionStats, shape: Shape, deleted: float) -> list[str]:
    found = []
    if not stats.documents:
        found.append("It holds no documents yet.")
    if stats.dense_coverage < 1 and stats.documents:
        found.append(
            f"{1 - stats.dense_coverage:.0%} cannot be found by meaning yet: wait for the embedding, or ingest again."
        )
    if len(shape.segments) > MOST_SEGMENTS:
        found.append(f"It has many segments; `winnow merge --collection {stats.name}` makes searches faster.")
    if deleted > DELETED_SHARE:
        found.append(
            f"{deleted:.0%} of what is stored was deleted; `winnow merge --collection {stats.name}` frees the space."
        )
    return found


def _relevance(calibration: Calibration | None) -> tuple[Curve | None, float | None]:
    """Relevance by how far a hit's reading is ahead of its rivals', where all else is as usual; and the lead at
    which it is even.
    """
    weight = calibration.weights.get("reranker", 0.0) if calibration else 0.0
    if calibration is None or not weight:
        return None, None
    usual = calibration.bias + sum(
        calibration.weights[name] * typical for name, typical in calibration.typical.items() if name.endswith("_alone")
    )
    even = -usual / weight
    reach = 4.0 / weight  # where the curve is nearly flat
    low, high = min(0.0, even - reach), even + reach

    def share(lead: float) -> float:
        return float(0.5 * (1.0 + np.tanh(0.5 * (usual + weight * lead))))

    return curve(share, low, high), even


def _recipe(evidence: Mapping[str, Any] | None) -> str:
    if evidence is None:
        return "As shipped. With judged hits, `winnow tune` chooses one by evidence."
    return (
        f"{evidence['recipe']}, chosen on {day(evidence['date'])} by {evidence['queries']} {evidence['origin']} "
        f"queries: {evidence['metric']} {evidence['chosen']:.3f}."
    )


def _certificate(certificate: Mapping[str, Any] | None) -> str:
    if certificate is None:
        return "Nobody has measured what the compressed vectors lose; `winnow certify` does."
    recall = certificate["figures"][str(certificate["oversampling"])]["recall"]["mean"]
    return (
        f"The compressed vectors find {recall:.1%} of what exact ones would, measured on {day(certificate['date'])} "
        f"with {certificate['queries']} queries."
    )
