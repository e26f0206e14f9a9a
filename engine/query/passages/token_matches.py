"""How well the tokens of the first fused passages match the query's, one by one, where the encoder can tell that.

The legs compare whole texts: a vector says what a passage is about, BM25 which of the very words it has. This looks for
the nearest thing to each word that was asked. It costs milliseconds, and chooses better what the reranker reads.
"""

from __future__ import annotations

from dataclasses import replace

from engine.protocols import Encoder, MatchesTokens
from engine.query.legs import Retrieved, representatives
from engine.query.passages.as_read import passage_of
from engine.recipe import Recipe
from engine.store.generation import Generation


def matched(found: Retrieved, generation: Generation, encoder: Encoder, recipe: Recipe) -> Retrieved:
    """`found` with `matches` of as many passages as the recipe has candidates; as it was where the recipe does not
    weigh them, one of the legs is off, or the encoder has no vectors of tokens.
    """
    if not recipe.token_weight or found.mode != "hybrid" or not isinstance(encoder, MatchesTokens):
        return found
    keys = [key for key, _ in found.fused(recipe)[: recipe.candidates]]
    best = found.exact.passages(representatives(found.lexical, found.dense))
    rows = [best[key] for key in keys]
    generation.read_ahead(rows)
    matches = encoder.match(found.query.text, [passage_of(generation, row).text for row in rows])
    return replace(found, matches=dict(zip(keys, matches.tolist(), strict=True)))
