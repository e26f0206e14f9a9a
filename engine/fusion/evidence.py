"""Sum of both legs' own scores, in one unit and not normalised per query.

BM25 is a sum of log odds that grows with the rarity of the words that match (Robertson, Zaragoza: "The Probabilistic
Relevance Framework", 2009, https://doi.org/10.1561/1500000019); a cosine, times SCALE, is in the same unit. So the legs
weigh what they know: rare words decide where they occur, and where every passage holds the query's words, meaning does.
A method that maps each list to [0, 1] takes that away: the best of a poor list is worth as much as that of a good one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.fusion.ranking import Scored, ranked

SCALE = 80.0  # what a cosine of 1 weighs against BM25 at equal weights, chosen for the bundled encoder
NOTHING_MATCHED = {"lexical": 0.0}  # BM25 of a text that holds none of the query's words


def fuse(legs: Mapping[str, Sequence[Scored]], weights: Mapping[str, float]) -> list[Scored]:
    """Sum over the legs of `weight * score`, the dense leg's score times SCALE.

    What the lexical leg lacks scores 0 there. A dense leg has no such zero: what it lacks counts as its last one.
    """
    scores = {leg: dict(scaled(leg, scored)) for leg, scored in legs.items()}
    floors = {leg: NOTHING_MATCHED.get(leg, min(found.values(), default=0.0)) for leg, found in scores.items()}
    nothing = sum(weights[leg] * floors[leg] for leg in sorted(floors))
    totals = {key: nothing for found in scores.values() for key in found}
    for leg, found in sorted(scores.items()):
        for key, score in found.items():
            totals[key] += weights[leg] * (score - floors[leg])
    return ranked(totals)


def scaled(leg: str, scored: Sequence[Scored]) -> Sequence[Scored]:
    """A leg's list in the unit of BM25."""
    return [(key, SCALE * score) for key, score in scored] if leg == "dense" else scored
