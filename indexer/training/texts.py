"""Unlabelled texts: those that a student learns to embed as its teacher does, and the rows of losses that need nothing
else.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from indexer.training.corpus import Corpus, unlabelled
from indexer.training.examples import Material, Row
from indexer.training.losses import Shape
from indexer.training.recipe import Recipe

_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_WORD = re.compile(r"[a-z]{3,}")
MOST_WORDS = 6  # of a text of random words
OTHERS = 7  # texts that one is set against (https://openreview.net/forum?id=Ov_sMNau-PF)
DELETED = 0.6  # of a text's words


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


def rows_of_texts(texts: Sequence[str], shape: Shape, seed: int) -> list[Row]:
    """Rows of the shapes `single`, `drawn` and `damaged`; the same for the same seed."""
    rng = random.Random(seed)
    match shape:
        case "single":
            return [{"text": text} for text in texts]
        case "drawn":
            return [row for text in texts for row in _drawn(text, texts, rng)]
        case "damaged":
            return [{"damaged": _damaged(text, rng), "text": text} for text in texts]
    raise ValueError(shape)


def _drawn(text: str, texts: Sequence[str], rng: random.Random) -> list[Row]:
    """A text with itself once, and with others, most likely, seven times."""
    others = [rng.choice(texts) for _ in range(OTHERS)]
    return [{"text": text, "other": other, "label": float(other == text)} for other in (text, *others)]


def _damaged(text: str, rng: random.Random) -> str:
    """A text less three fifths of its words, as in https://arxiv.org/abs/2104.06979; of its characters where it is all
    one word.
    """
    parts = text.split()
    joint = " " if len(parts) > 1 else ""
    parts = parts if joint else list(text)
    return joint.join(part for part in parts if rng.random() >= DELETED) or rng.choice(parts)
