"""nDCG@10 on development sets during training: end to end, so a positive that retrieval missed stays missed."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine.rerank import POLICIES
from engine.types import Float32
from indexer.training.corpus import Corpus
from indexer.training.negatives import Candidates, retrieve
from indexer.training.recipe import Data, Evaluation, Negatives, Recipe
from indexer.training.sources import read_source

METRIC = "ndcg@10"


def ndcg(ranked: Sequence[float], judged: Sequence[float], depth: int = 10) -> float:
    """nDCG of grades in ranked order, with linear gain; the ideal is made of all `judged`, 0 where none is positive."""

    def gain(grades: Sequence[float]) -> float:
        return float(sum(grade / np.log2(rank + 2) for rank, grade in enumerate(grades[:depth])))

    best = gain(sorted(judged, reverse=True))
    return gain(ranked) / best if best else 0.0


def development_set(data: Data, recipe: Recipe) -> Corpus:
    """The queries of a development source, at most as many as the recipe asks for, drawn by its seed."""
    corpus = read_source(data)
    queries = corpus.split(data.held_out, recipe.seed)[1].queries if data.only_held_out else corpus.queries
    drawn = random.Random(recipe.seed).sample(list(queries), min(recipe.evaluation.queries, len(queries)))
    return replace(corpus, queries=tuple(query for query in drawn if query.positives))


@dataclass(frozen=True, slots=True)
class RerankerSet:
    """A development set with its candidates, retrieved once."""

    corpus: Corpus
    candidates: tuple[Candidates, ...]

    @staticmethod
    def read(data: Data, recipe: Recipe) -> RerankerSet:
        corpus = development_set(data, recipe)
        return RerankerSet(corpus, tuple(retrieve(corpus, recipe.negatives or Negatives(), margin=1.0)))

    def score(self, model: Any, spec: Evaluation) -> float:
        """Mean nDCG@10 of the fused lists, reordered by the recipe's policy."""
        policy = POLICIES[spec.policy].combine
        values = []
        for found in self.candidates:
            numbers = found.passages[: spec.depth]
            pairs = [(found.query.text, self.corpus.passages[number]) for number in numbers]
            logits = _logits(model, pairs) if pairs else np.zeros(0)
            order = np.argsort(-policy(np.array(found.fused[: spec.depth]), logits, spec.policy_weight), kind="stable")
            grades = _grades(found)
            values.append(ndcg([grades.get(numbers[i], 0.0) for i in order], list(grades.values())))
        return float(np.mean(values))


@dataclass(frozen=True, slots=True)
class EncoderSet:
    """A development set for encoders: exact float search over all passages of its corpus."""

    corpus: Corpus

    @staticmethod
    def read(data: Data, recipe: Recipe) -> EncoderSet:
        return EncoderSet(development_set(data, recipe))

    def score(self, model: Any, spec: Evaluation) -> float:
        """Mean nDCG@10."""
        passages = _embeddings(model, self.corpus.passages)
        asked = _embeddings(model, [query.text for query in self.corpus.queries])
        values = []
        for query, scores in zip(self.corpus.queries, asked @ passages.T, strict=True):
            grades = dict(zip(query.positives, query.labels or [1.0] * len(query.positives), strict=False))
            best = np.argsort(-scores, kind="stable")[:10]
            values.append(ndcg([grades.get(int(i), 0.0) for i in best], list(grades.values())))
        return float(np.mean(values))


def make_evaluator(recipe: Recipe) -> Any:
    """sentence-transformers' evaluator over the recipe's development sets; None where it names none."""
    from sentence_transformers.base.evaluation import BaseEvaluator

    spec = recipe.evaluation
    if not spec.sets:
        return None
    reader = RerankerSet.read if recipe.kind == "reranker" else EncoderSet.read
    sets = {data.label: reader(data, recipe) for data in spec.sets}

    class Development(BaseEvaluator):  # type: ignore[misc,unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.primary_metric = METRIC

        def __call__(
            self, model: Any, output_path: str | None = None, epoch: int = -1, steps: int = -1
        ) -> Mapping[str, float]:
            scores = {f"{name}_{METRIC}": part.score(model, spec) for name, part in sets.items()}
            return {METRIC: float(np.mean(list(scores.values()))), **scores}

    return Development()


def _grades(found: Candidates) -> dict[int, float]:
    query = found.query
    return dict(zip(query.positives, query.labels or [1.0] * len(query.positives), strict=False))


def _logits(model: Any, pairs: list[tuple[str, str]]) -> Any:
    """The scores of (query, passage) pairs of one query, by a CrossEncoder or a MultiVectorEncoder."""
    if not hasattr(model, "predict"):
        asked = model.encode_query([pairs[0][0]], show_progress_bar=False)
        read = model.encode_document([passage for _, passage in pairs], show_progress_bar=False)
        return model.similarity(asked, read)[0].double().cpu().numpy()
    from torch import nn

    scores = model.predict(pairs, activation_fn=nn.Identity(), show_progress_bar=False, convert_to_numpy=True)
    return np.asarray(scores, dtype=np.float64)


def _embeddings(model: Any, texts: Sequence[str]) -> Float32:
    unit = model.similarity_fn_name == "cosine"  # as they are served
    return np.asarray(model.encode(list(texts), normalize_embeddings=unit, show_progress_bar=False), dtype=np.float32)
