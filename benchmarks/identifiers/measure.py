"""The share of pasted identifiers whose document is first, over trees of documents that lie elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.collection import open_collection
from engine.query.pipeline import Request, Searcher
from engine.recipe import Recipe
from engine.types import StageName
from indexer.ingest import ingest

QUERIES = Path(__file__).with_name("queries.jsonl")
STAGES: tuple[StageName, ...] = ("lexical", "fusion", "rerank")


@dataclass(frozen=True, slots=True)
class Pasted:
    """A query, and which of a tree's documents hold what it names (paths relative to the tree)."""

    tree: str
    query: str
    documents: frozenset[str]


@dataclass(frozen=True, slots=True)
class Placed:
    """The rank in each stage's list at which the first document stands that holds what was pasted; None if none
    does.
    """

    pasted: Pasted
    ranks: dict[StageName, int | None]


def pasted_queries(file: Path = QUERIES) -> list[Pasted]:
    lines = (json.loads(line) for line in file.read_text("utf-8").split("\n") if line)
    return [Pasted(line["tree"], line["query"], frozenset(line["documents"])) for line in lines]


def measure(
    trees: Sequence[Path], home: Path, encoder: str, reranker: str, queries: Sequence[Pasted]
) -> Iterator[Placed]:
    """Index each tree (a collection of the folder's name, kept in `home`), and ask what belongs to it."""
    for tree in trees:
        ingest([tree], home=home, collection=tree.name, encoder=encoder, reranker=reranker)
        recipe = Recipe(rerank="none") if reranker == "none" else None
        with open_collection(tree.name, home=home, recipe=recipe) as collection:
            for pasted in queries:
                if pasted.tree == tree.name:
                    yield Placed(pasted, _ranks(collection.searcher, pasted))


def _ranks(searcher: Searcher, pasted: Pasted) -> dict[StageName, int | None]:
    ranking = searcher.rank(Request(pasted.query))
    return {
        stage: next(
            (rank for rank, (key, _) in enumerate(ranking.stages[stage], start=1) if key in pasted.documents), None
        )
        for stage in STAGES
        if stage in ranking.stages
    }


def first(placed: Sequence[Placed], stage: StageName) -> float:
    """The share that is first at a stage, of those that went through it."""
    ranks = [one.ranks[stage] for one in placed if stage in one.ranks]
    return sum(rank == 1 for rank in ranks) / max(len(ranks), 1)
