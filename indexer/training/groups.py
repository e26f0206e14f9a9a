"""Rows of texts that belong together: a text with its translations, or a pair of a class."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import InvalidRecipe
from engine.models.rerankers.labels import entailment_in
from engine.types import Float32
from indexer.training.examples import Material, Row, Rows


def sources_of_translations(materials: Sequence[Material]) -> list[str]:
    """Every distinct text that the teacher has to embed, in a fixed order."""
    return list(dict.fromkeys(group[0] for material in materials for group in material.corpus.groups))


def rows_of_translations(materials: Sequence[Material], texts: Sequence[str], embeddings: Float32) -> Rows:
    """A row for each translation: the text, the translation, and the teacher's embedding of the text, which both are
    to have (https://arxiv.org/abs/2004.09813). `embeddings` (n, d) are those of `texts`.
    """
    known = dict(zip(texts, embeddings, strict=True))
    rows: Rows = {}
    for material in materials:
        made: list[Row] = [
            {"text": text, "translation": translation, "label": known[text]}
            for text, *translations in material.corpus.groups
            for translation in translations
        ]
        rows.setdefault(material.data.label, []).extend(made)
    return rows


def class_names(materials: Sequence[Material]) -> list[str]:
    """The classes of pairs over all sources, in the order of the alphabet. InvalidRecipe where there is but one."""
    names = sorted({name for material in materials for name in material.corpus.classes})
    if len(names) < 2:
        raise InvalidRecipe("data: all pairs are of one class.", "Add pairs of another.")
    return names


def labels_to_serve(materials: Sequence[Material]) -> list[str]:
    """The classes as the labels of a reranker. InvalidRecipe where none of them says that a passage answers."""
    names = class_names(materials)
    if entailment_in(names) is None:
        raise InvalidRecipe(
            f"data: a reranker scores by the label entailment, and the classes are {', '.join(names)}.",
            "Call the class that counts `entailment`, or give grades: kind labelled.",
        )
    return names


def rows_of_pair_classes(materials: Sequence[Material], names: Sequence[str]) -> Rows:
    """A row for each pair, with its class's number among `names`. InvalidRecipe for a class that is none of them."""
    numbers = {name: number for number, name in enumerate(names)}
    rows: Rows = {}
    for material in materials:
        corpus = material.corpus
        if unknown := sorted(set(corpus.classes) - numbers.keys()):
            raise InvalidRecipe(
                f"data: the model has no label {unknown[0]}, but {', '.join(names)}.", "Give the classes these names."
            )
        made: list[Row] = [
            {"text": text, "query": query, "label": numbers[kind]}
            for (text, query), kind in zip(corpus.groups, corpus.classes, strict=True)
        ]
        rows.setdefault(material.data.label, []).extend(made)
    return rows
