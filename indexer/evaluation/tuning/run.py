"""One run of the tuner on a stored collection: observe, choose, commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.collection import NO_RERANKER, Collection, open_collection
from engine.errors import UsageError
from engine.models.checkpoints.declared import declared_recipe
from engine.models.checkpoints.presets import BUNDLED
from engine.models.rerankers.digest import reranker_digest
from engine.recipe import Recipe
from engine.store.generation import Generation
from engine.store.writer import open_writer
from indexer.evaluation.progress import progress
from indexer.evaluation.tuning.judged import ENOUGH, Judged
from indexer.evaluation.tuning.observing import ObservationFile, Observed, observe
from indexer.evaluation.tuning.space import candidates
from indexer.evaluation.tuning.tune import Models, Tuned, tune


def run_tuning(
    home: Path,
    name: str,
    judged: Callable[[Generation], Judged],
    *,
    models: str | None = None,
    bm25: bool = False,
    depth: int | None = None,
    kept: Path | None = None,
    store: bool | None = None,
) -> dict[str, Any]:
    """The object that `winnow tune --json` prints: the recipe, the calibration, the evidence, the generation
    that has them.

    `judged` makes or reads the queries for the opened generation; `kept` is a folder for observations. `store`: None
    stores what ENOUGH judged queries say, and only proposes otherwise. UsageError if `models` names another reranker
    than the collection's own and the recipe may be stored.
    """
    encoder, _, reranker = (models or "").partition(",")
    # The recipe that is open is the default one: a collection that does not rerank now may do so after.
    with open_collection(
        name, home=home, encoder=encoder or None, reranker=reranker or None, recipe=Recipe()
    ) as collection:
        own = collection.generation.manifest.models["reranker"] or NO_RERANKER
        if store is not False and reranker not in ("", NO_RERANKER, own):
            raise UsageError(
                f"{name!r} reranks with {own!r}: a recipe for {reranker!r} would not be its own.",
                "Add --dry-run, or ingest into a collection that has that reranker.",
            )
        queries = judged(collection.generation)
        number = collection.generation.number
        tuned = tune_collection(collection, reranker, queries, bm25=bm25, depth=depth, kept=kept)[0]
        # Oversampling is not tuned: what `winnow certify` has found stays.
        recipe = tuned.recipe.with_(oversampling=collection.generation.manifest.recipe.oversampling)
    stored = enough(tuned.evidence) if store is None else store
    outcome: dict[str, Any] = {
        "collection": name,
        "stored": stored,
        "recipe": recipe.to_json(),
        "calibration": None if tuned.calibration is None else tuned.calibration.to_json(),
        "evidence": tuned.evidence,
        "generation": number,
    }
    if stored:
        with open_writer(home, name) as writer:
            manifest = writer.commit(None, recipe=recipe, evidence=tuned.evidence, calibration=tuned.calibration)
            outcome["generation"] = manifest.generation
    return outcome


def enough(evidence: Mapping[str, Any]) -> bool:
    """Whether the evidence may change a collection by itself."""
    return bool(evidence["origin"] == "judged" and evidence["queries"] >= ENOUGH)


def reset(home: Path, name: str) -> dict[str, Any]:
    """Give a collection the recipe back that its models were declared with; what was tuned is dropped."""
    with open_writer(home, name) as writer:
        current = writer.manifest
        declared = declared_recipe(current.models["encoder"] or BUNDLED)
        recipe = declared.with_(oversampling=current.recipe.oversampling)
        manifest = writer.commit(None, recipe=recipe)
    return {"collection": name, "recipe": recipe.to_json(), "generation": manifest.generation}


def tune_collection(
    collection: Collection, reranker: str, judged: Judged, *, bm25: bool, depth: int | None, kept: Path | None
) -> tuple[Tuned, Observed, list[Recipe]]:
    """Tune an open collection; `reranker` names another one than its own, "" where not."""
    observed, recipes, models = observe_collection(collection, reranker, judged, bm25=bm25, depth=depth, kept=kept)
    return tune(judged, observed, recipes, models), observed, recipes


def observe_collection(
    collection: Collection,
    reranker: str,
    judged: Judged,
    recipes: Sequence[Recipe] | None = None,
    *,
    bm25: bool = False,
    depth: int | None = None,
    kept: Path | None = None,
) -> tuple[Observed, list[Recipe], Models]:
    """Ask all queries of an open collection, for `recipes` or else for all that tuning tries. UsageError if none
    could be answered."""
    searcher = collection.searcher
    named = reranker or collection.generation.manifest.models["reranker"] or NO_RERANKER
    digest = reranker_digest(named) if searcher.reranker is not None else None
    # Queries made from the documents repeat their words: they say nothing against either leg.
    legs = judged.origin == "judged"
    wanted = list(recipes or candidates(rerank=searcher.reranker is not None, bm25=bm25, depth=depth, single_legs=legs))
    file = ObservationFile(kept, collection.generation, digest)
    with progress(len(judged.queries)) as watch:
        observed = observe(searcher, judged, wanted, file, watch.query)
    if not observed.observations:
        raise UsageError("No query could be answered.", next(iter(observed.failed.values()), ""))
    return observed, wanted, Models(searcher.encoder.fingerprint.weights, digest)
