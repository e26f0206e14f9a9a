"""What a student learns from its teacher: which texts, and that a seed decides them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from indexer.training.corpus import Corpus, Query
from indexer.training.examples import Material
from indexer.training.recipe import Data, Recipe, Regression
from indexer.training.texts import distillation_texts, random_words, sample_sentences

VOCABULARY = ["[CLS]", "##ing", "of", "river", "bridge", "food", "18", "é"]
PASSAGE = "The river runs under the bridge here. Short one. Nobody in the city has food for a year!"


def texts(regression: Regression, of: Literal["all", "queries", "passages"] = "all") -> list[str]:
    data = Data(kind="pairs", path=Path("x"), licence="CC0", texts=of)
    recipe = Recipe(name="tiny", kind="static", data=(data,), regression=regression)
    corpus = Corpus("x", [PASSAGE], [Query("which river", (0,)), Query("which river", (0,)), Query(" ", (0,))])
    return distillation_texts(recipe, [Material(data, corpus)], VOCABULARY)


def test_each_kind_of_text_is_asked_for() -> None:
    sentences = {"The river runs under the bridge here.", "Nobody in the city has food for a year!"}
    assert set(texts(Regression(words=0))) == {PASSAGE, "which river", *sentences}
    assert set(texts(Regression(), "passages")) == {PASSAGE, *sentences}
    assert texts(Regression(), "queries") == ["which river"]
    made = texts(Regression(words=5), "queries")
    assert len(made) > 1 and {word for text in made[1:] for word in text.split()} <= {"river", "bridge", "food"}


def test_a_seed_decides_them() -> None:
    assert (
        random_words(VOCABULARY, 50, 1) == random_words(reversed(VOCABULARY), 50, 1) != random_words(VOCABULARY, 50, 2)
    )
    assert all(2 <= len(text.split()) <= 6 for text in random_words(VOCABULARY, 50, 1))
    many = [PASSAGE.replace("river", f"river {number}") for number in range(20)]
    assert sample_sentences(many, 5, 1) == sample_sentences(many, 5, 1) != sample_sentences(many, 5, 2)
