"""The unlabelled texts that a student learns to embed as its teacher does."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from indexer.training.corpus import Corpus, unlabelled
from indexer.training.examples import Material
from indexer.training.recipe import Recipe

_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_WORD = re.compile(r"[a-z]{3,}")
MOST_WORDS = 6  # of a text of random words


def distillation_texts(recipe: Recipe, materials: Sequence[Material], vocabulary: Sequence[str]) -> list[str]:
    """Distinct texts: passages, queries and sentences of the sources, and random words of the teacher's vocabulary."""
    spec = recipe.regression
    assert spec is not None  # noqa: S101  # the recipe's validation sees to it
    texts = unlabelled([_chosen(material) for material in materials])
    sentences = sample_sentences(texts, spec.sentences, recipe.seed)
    words = random_words(vocabulary, spec.words, recipe.seed)
    return list(dict.fromkeys([*texts, *sentences, *words]))


def _chosen(material: Material) -> Corpus:
    """The corpus without the queries or the passages that the recipe leaves out."""
    match material.data.texts:
        case "queries":
            return replace(material.corpus, passages=())
        case "passages":
            return replace(material.corpus, queries=())
        case _:
            return material.corpus


def sample_sentences(texts: Sequence[str], count: int, seed: int) -> list[str]:
    """Up to `count` sentences of 6 to 45 words: short texts tell more about single tokens than long ones."""
    found = [part for text in texts for part in _SENTENCE.split(text) if 6 <= len(part.split()) <= 45]
    return random.Random(seed).sample(found, min(count, len(found)))


def random_words(vocabulary: Iterable[str], count: int, seed: int) -> list[str]:
    """`count` texts of two to six words each, every word as likely as any other.

    What the teacher makes of them says how much each word weighs beside others, also of words that the sources lack.
    """
    rng = random.Random(seed)
    words = sorted(word for word in vocabulary if _WORD.fullmatch(word))
    return [" ".join(rng.choice(words) for _ in range(rng.randint(2, MOST_WORDS))) for _ in range(count)]
