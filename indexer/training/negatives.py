"""Hard negatives: hybrid retrieval over a source's own corpus, likely false negatives filtered out."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bm25s
import numpy as np
import numpy.typing as npt
import Stemmer
import torch

from indexer.training.data import Source

Floats = npt.NDArray[np.float32]
FIRST_RANK, LAST_RANK = 1, 60
TOP_OF_LIST = 15


@dataclass(frozen=True)
class Mined:
    """One query of the training mix: its text, its positives and the pool its hard negatives come from."""

    source: str
    text: str
    positives: tuple[str, ...]
    negatives: tuple[str, ...]


class Encoder:
    """The base bi-encoder with a cache of embeddings on disk."""

    def __init__(self, base: Path, cache: Path, max_length: int = 128) -> None:
        from sentence_transformers import SentenceTransformer

        self.model: Any = SentenceTransformer(str(base), device="cpu")
        self.model.max_seq_length = max_length
        self.cache = cache
        cache.mkdir(parents=True, exist_ok=True)

    def encode(self, texts: list[str]) -> Floats:
        """Return unit vectors, computed under bf16 autocast or read from the cache."""
        key = hashlib.sha256("\x00".join([str(self.model.max_seq_length), *texts]).encode()).hexdigest()[:24]
        path = self.cache / f"{key}.npy"
        if path.exists():
            return np.asarray(np.load(path), dtype=np.float32)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            vectors = self.model.encode(texts, batch_size=64, normalize_embeddings=True, show_progress_bar=False)
        made = np.asarray(vectors, dtype=np.float32)
        np.save(path, made)
        return made


class Lexical:
    """BM25 over stemmed words (k1 1.2, b 0.75)."""

    def __init__(self, texts: list[str]) -> None:
        self.stemmer: Any = Stemmer.Stemmer("english")
        self.index: Any = bm25s.BM25(k1=1.2, b=0.75)
        self.index.index([self.words(text) for text in texts], show_progress=False)

    def words(self, text: str) -> list[str]:
        """Split a text into lower-case stems."""
        return list(self.stemmer.stemWords(re.findall(r"\w+", text.lower())))

    def scores(self, query: str) -> Floats:
        """Score every text for a query."""
        known = [word for word in self.words(query) if word in self.index.vocab_dict]
        if not known:
            return np.zeros(int(self.index.scores["num_docs"]), dtype=np.float32)
        return np.asarray(self.index.get_scores(known), dtype=np.float32)


def min_max(scores: Floats) -> Floats:
    """Scale scores to 0-1; a constant list becomes zeros."""
    low, high = float(scores.min()), float(scores.max())
    return (scores - low) / (high - low) if high > low else np.zeros_like(scores)


def fuse(lexical: Floats, dense: Floats, weight: float = 0.5, depth: int = 100) -> Floats:
    """Fuse two score lists over all documents: min-max over each list's top ``depth``, absent ones zero."""
    fused = np.zeros_like(dense)
    for scores, part in ((lexical, 1.0 - weight), (dense, weight)):
        top = np.argpartition(-scores, min(depth, len(scores)) - 1)[:depth]
        fused[top] += part * min_max(scores[top])
    return fused


def mine(source: Source, encoder: Encoder) -> list[Mined]:
    """Mine a pool of hard negatives for every query of a source, hardest first."""
    texts = source.index_texts()
    vectors = encoder.encode(texts)
    queries = encoder.encode([query.text for query in source.queries])
    lexical = Lexical(texts)
    mined: list[Mined] = []
    for query, vector in zip(source.queries, queries, strict=True):
        dense = vectors @ vector
        fused = fuse(lexical.scores(query.text), dense)
        limit = source.margin * float(dense[list(query.positives)].max())
        answers = {source.passages[i] for i in query.positives}
        pool: list[str] = []
        for i in np.argsort(-fused)[FIRST_RANK : LAST_RANK + 1]:
            if i in query.positives or i in query.excluded or dense[i] > limit or fused[i] <= 0:
                continue
            if source.passages[i] not in answers:
                pool.append(source.passages[i])
        mined.append(Mined(source.name, query.text, tuple(sorted(answers)), tuple(pool)))
    return mined


def draw(item: Mined, others: list[str], hard: int, chance: int, rng: np.random.Generator) -> list[str]:
    """Draw hard negatives, the top of the list favoured, then random ones from the corpus."""
    count = min(hard, len(item.negatives))
    weights = np.where(np.arange(len(item.negatives)) < TOP_OF_LIST, 3.0, 1.0)
    chosen: list[str] = []
    if count:
        picks = rng.choice(len(item.negatives), size=count, replace=False, p=weights / weights.sum())
        chosen = [item.negatives[int(i)] for i in picks]
    taken = {*chosen, *item.positives}
    while len(chosen) < hard + chance:
        other = others[int(rng.integers(len(others)))]
        if other not in taken:
            chosen.append(other)
            taken.add(other)
    return chosen
