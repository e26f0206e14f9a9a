"""The rows that a loss takes, made of corpora: which shapes the data can be brought into, and how."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine.errors import InvalidRecipe
from indexer.training.corpus import Corpus, Query
from indexer.training.losses import Shape
from indexer.training.negatives import Candidates, draw, retrieve
from indexer.training.recipe import Data, Negatives, Recipe
from indexer.training.sources import read_source

Row = dict[str, Any]
Rows = dict[str, list[Row]]  # by source


@dataclass(frozen=True, slots=True)
class Material:
    """A source, its corpus (held-out queries left out) and, once they are mined, each query's candidates."""

    data: Data
    corpus: Corpus
    candidates: tuple[Candidates, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """A query with one of its positives and some negatives: what every shape but `texts` is made of."""

    query: Query
    positive: int
    negatives: tuple[int, ...]
    candidates: Candidates | None

    def fused(self, number: int) -> float:
        return self.candidates.score(number) if self.candidates else 0.0

    def label(self, number: int) -> float:
        """The grade that the data state, else 1 for a positive and 0 for a negative."""
        known = dict(zip((*self.query.positives, *self.query.negatives), self.query.labels, strict=False))
        return known.get(number, float(number in self.query.positives))

    @property
    def margins(self) -> tuple[float, ...]:
        """Margins of the positive over each negative: a teacher's figures, else those of the hybrid retrieval."""
        if self.query.margins:
            known = dict(zip(self.query.negatives, self.query.margins, strict=True))
            return tuple(known[number] for number in self.negatives)
        return tuple(self.fused(self.positive) - self.fused(number) for number in self.negatives)


def read_materials(recipe: Recipe) -> list[Material]:
    """Every source of a recipe, less the queries that it holds out."""
    return [Material(data, read_source(data).split(data.held_out, recipe.seed)[0]) for data in recipe.data]


def native_shapes(corpus: Corpus) -> set[Shape]:
    """The shapes that a corpus has as it is given."""
    shapes: set[Shape] = {"texts", "single", "drawn", "damaged"}
    queries = corpus.queries
    if corpus.groups:
        return shapes | {"pair-classes" if corpus.classes else "parallel"}
    if corpus.classes:
        return shapes | {"classes"}
    if not queries:
        return shapes
    if all(len(query.labels) > len(query.positives) or not query.positives for query in queries):
        return shapes | {"labelled", "lists"}
    if all(query.positives for query in queries):
        shapes.add("pairs")
        if all(query.negatives for query in queries):
            shapes |= {"tuples", "triplets", "lists"}
        if all(query.margins for query in queries):
            shapes |= {"margins", "scores"}
    return shapes


def possible_shapes(corpus: Corpus, negatives: Negatives | None) -> set[Shape]:
    """All shapes that a corpus can be brought into, with mined negatives where the recipe asks for them."""
    shapes = native_shapes(corpus)
    if "tuples" in shapes:
        shapes.add("labelled")
    if negatives and corpus.queries:
        shapes |= {"tuples", "triplets", "margins", "scores", "labelled", "lists", "fused"}
    return shapes


def mined(material: Material, spec: Negatives) -> Material:
    """The material with the candidates of every query."""
    margin = material.data.margin or spec.margin
    return replace(material, candidates=tuple(retrieve(material.corpus, spec, margin)))


def make_rows(materials: Sequence[Material], spec: Negatives | None, shape: Shape, seed: int) -> Rows:
    """The rows of every source, as often as it weighs; the same for the same seed."""
    rng = np.random.default_rng(seed)
    rows: Rows = {}
    for material in materials:
        groups = _weighted(material, spec or Negatives(hard=0, random=0), rng)
        made = [row for group in groups for row in _MAKERS[shape](group, material.corpus.passages)]
        rows.setdefault(material.data.label, []).extend(made)
    widest = max((len(row) for own in rows.values() for row in own), default=0)
    full = {name: [row for row in own if len(row) == widest] for name, own in rows.items()}
    return {name: own for name, own in full.items() if own}  # a tuple that found too few negatives has no place


def rows_of_classes(materials: Sequence[Material]) -> Rows:
    """A row for each text, with its class's number; a class of one source is none of another's. InvalidRecipe."""
    texts = [
        (material.data.label, kind, text)
        for material in materials
        for kind, text in zip(material.corpus.classes, material.corpus.passages, strict=True)
    ]
    counts = Counter((source, kind) for source, kind, _ in texts)
    if sum(count > 1 for count in counts.values()) < 2:
        raise InvalidRecipe("data: fewer than two classes have two texts.", "Add texts to the classes.")
    numbers = {known: number for number, known in enumerate(counts)}
    rows: Rows = {}
    for source, kind, text in texts:
        rows.setdefault(source, []).append({"text": text, "label": numbers[source, kind]})
    return rows


def _weighted(material: Material, spec: Negatives, rng: np.random.Generator) -> Iterator[Group]:
    """Every query `weight` times, each time with other negatives; a fraction is a random part of the queries."""
    left = material.data.weight
    while left > 0:
        for place in rng.permutation(len(material.corpus.queries)):
            if rng.random() < left:
                group = _group(material, int(place), spec, rng)
                if group is not None:
                    yield group
        left -= 1


def _group(material: Material, place: int, spec: Negatives, rng: np.random.Generator) -> Group | None:
    query = material.corpus.queries[place]
    found = material.candidates[place] if material.candidates else None
    if not query.positives and not query.negatives:
        return None
    positive = query.positives[int(rng.integers(len(query.positives)))] if query.positives else -1
    if query.negatives or found is None:
        return Group(query, positive, query.negatives, found)
    barred = frozenset({*query.positives, *query.excluded, *found.likely_false})
    drawn = draw(found.negatives(spec), len(material.corpus.passages), barred, spec, rng)
    wanted = spec.hard + spec.random
    return Group(query, positive, tuple(drawn), found) if drawn or not wanted else None


def _pairs(group: Group, passages: Sequence[str]) -> list[Row]:
    return [{"query": group.query.text, "positive": passages[group.positive]}]


def _tuples(group: Group, passages: Sequence[str]) -> list[Row]:
    negatives = {f"negative_{place}": passages[number] for place, number in enumerate(group.negatives)}
    return [{"query": group.query.text, "positive": passages[group.positive], **negatives}]


def _triplets(group: Group, passages: Sequence[str]) -> list[Row]:
    first = {"query": group.query.text, "positive": passages[group.positive]}
    return [{**first, "negative": passages[number]} for number in group.negatives]


def _margins(group: Group, passages: Sequence[str]) -> list[Row]:
    rows = _triplets(group, passages)
    return [{**row, "label": margin} for row, margin in zip(rows, group.margins, strict=True)]


def _scores(group: Group, passages: Sequence[str]) -> list[Row]:
    """A teacher's score of each passage less that of the positive: the loss compares them by a softmax, which a common
    term does not change.
    """
    (row,) = _tuples(group, passages)
    return [{**row, "label": [0.0, *(-margin for margin in group.margins)]}]


def _numbers(group: Group) -> list[int]:
    """Where the data grade whole lists, all of a query's; else the one positive and its negatives."""
    graded = len(group.query.labels) > len(group.query.positives) or group.positive < 0
    return [*group.query.positives, *group.query.negatives] if graded else [group.positive, *group.negatives]


def _labelled(group: Group, passages: Sequence[str]) -> list[Row]:
    return [
        {"query": group.query.text, "text": passages[number], "label": group.label(number)}
        for number in _numbers(group)
    ]


def _lists(group: Group, passages: Sequence[str]) -> list[Row]:
    numbers = _numbers(group)
    texts, labels = [passages[number] for number in numbers], [group.label(number) for number in numbers]
    return [{"query": group.query.text, "texts": texts, "labels": labels}]


def _fused(group: Group, passages: Sequence[str]) -> list[Row]:
    (row,) = _lists(group, passages)
    scores = [group.fused(number) for number in _numbers(group)]
    return [{"query": row["query"], "texts": row["texts"], "fused": scores, "labels": row["labels"]}]


_MAKERS: dict[Shape, Callable[[Group, Sequence[str]], list[Row]]] = {
    "pairs": _pairs,
    "tuples": _tuples,
    "triplets": _triplets,
    "margins": _margins,
    "scores": _scores,
    "labelled": _labelled,
    "lists": _lists,
    "fused": _fused,
}
