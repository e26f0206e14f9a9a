"""The recipes that tuning chooses from, the simplest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from engine.fusion import FUSIONS
from engine.recipe import Recipe

DENSE_WEIGHTS = (0.3, 0.4, 0.5, 0.6, 0.7)
NORMALISED_WEIGHTS = (0.5, 0.7)  # of min-max and RRF
RERANK_WEIGHTS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8)
RERANK_DEPTHS = (10, 20)  # and the default's, unless it is told to be less
BM25 = ({"k1": 0.9, "b": 0.4}, {"b": 0.4}, {"k1": 2.0}, {"k1": 2.0, "b": 0.9}, {"title_weight": 2.0})
BM25_NAMES = ("k1", "b", "title_weight", "body_weight")


def fixed(depth: int | None = None) -> dict[str, Recipe]:
    """The untuned recipes that a collection would be served with if the path ended at each stage."""
    default = Recipe()
    return {
        "lexical": Recipe(dense_weight=0.0, rerank="none"),
        "dense": Recipe(dense_weight=1.0, rerank="none"),
        "fused": Recipe(rerank="none"),
        "reranked": Recipe(rerank_depth=min(depth or default.rerank_depth, default.rerank_depth)),
    }


def candidates(
    *, rerank: bool = True, bm25: bool = False, depth: int | None = None, single_legs: bool = True
) -> list[Recipe]:
    """All recipes to be tried, each once, the simplest first.

    With `bm25` also other k1, b and title weights; `depth` is the most passages that any recipe reranks, by default
    as many as an untuned one. One leg alone is not reranked: what a reranker is given is a fused list. `single_legs`
    is whether one leg alone may be chosen.
    """
    base = fixed(depth)
    firsts = [Recipe(rerank="none", dense_weight=weight) for weight in DENSE_WEIGHTS]
    normalised = [name for name, fusion in FUSIONS.items() if fusion.normalised]
    firsts += [
        Recipe(rerank="none", fusion=name, dense_weight=weight) for name in normalised for weight in NORMALISED_WEIGHTS
    ]
    found = [base["lexical"], base["dense"], base["fused"], *firsts]
    if rerank:
        found += [second for first in (base["fused"], *firsts) for second in _reranked(first, base["reranked"])]
    if bm25:
        changed = [recipe for name, recipe in base.items() if name != "dense" and (rerank or name != "reranked")]
        found += [recipe.with_(**values) for recipe in changed for values in BM25]
    return sorted((one for one in dict.fromkeys(found) if single_legs or stages(one) >= 3), key=complexity)


def fixed_positions(recipes: Sequence[Recipe]) -> dict[str, int]:
    """Where the untuned stages stand among the candidates; a stage that was not tried is left out."""
    depth = max((recipe.rerank_depth for recipe in recipes if recipe.rerank != "none"), default=None)
    return {name: recipes.index(recipe) for name, recipe in fixed(depth).items() if recipe in recipes}


def whole_positions(recipes: Sequence[Recipe]) -> list[int]:
    """Where the untuned stages with both legs stand: fused, then reranked if that was tried. The last is default."""
    return [place for place in fixed_positions(recipes).values() if stages(recipes[place]) >= 3]


def complexity(recipe: Recipe) -> tuple[int, int, float]:
    """Fewer stages first; then fewer settings unlike the defaults; then the nearer to them."""
    default = asdict(Recipe())
    changed = [name for name, value in asdict(recipe).items() if value != default[name]]
    distance = sum(
        abs(value - default[name]) / (abs(value) + abs(default[name]))
        for name, value in asdict(recipe).items()
        if name in changed and not isinstance(value, str)
    )
    return stages(recipe), len(changed), distance


def stages(recipe: Recipe) -> int:
    """1 for BM25 alone, 2 where queries must be encoded, 3 for both legs, 4 with a reranker."""
    if recipe.rerank != "none":
        return 4
    return {0.0: 1, 1.0: 2}.get(recipe.dense_weight, 3)


def bm25_key(recipe: Recipe) -> str:
    """Names the lexical list that a recipe begins with."""
    return " ".join(f"{name}={getattr(recipe, name):g}" for name in BM25_NAMES)


def describe(recipe: Recipe) -> str:
    """The recipe in few words."""
    if stages(recipe) <= 2:
        words = ["lexical only" if stages(recipe) == 1 else "dense only"]
    else:
        words = [f"{recipe.fusion}, dense weight {recipe.dense_weight:g}"]
    own, usual = asdict(recipe), asdict(Recipe())
    words += [f"{name} {own[name]:g}" for name in BM25_NAMES if own[name] != usual[name]]
    if recipe.rerank == "none":
        return ", ".join([*words, "no reranking"])
    weight = f" {recipe.rerank_weight:g}" if recipe.rerank == "blend" else ""
    return ", ".join([*words, f"{recipe.rerank}{weight} of the first {recipe.rerank_depth}"])


def _reranked(first: Recipe, default: Recipe) -> Iterable[Recipe]:
    most = default.rerank_depth
    for depth in dict.fromkeys((*(depth for depth in RERANK_DEPTHS if depth < most), most)):
        yield first.with_(rerank="replace", rerank_depth=depth)
        for weight in dict.fromkeys((*RERANK_WEIGHTS, default.rerank_weight)):
            yield first.with_(rerank="blend", rerank_weight=weight, rerank_depth=depth)
