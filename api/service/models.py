"""Which models the service offers by name, and what they do outside a collection: embed and rerank."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from api.request.deadline import deadline
from api.service.presence import Presence
from api.service.work import in_parts
from engine.awaited import check_awaited
from engine.collection import NO_RERANKER
from engine.errors import InvalidQuery, ModelNotFound, UsageError
from engine.models import LocalModels
from engine.models.checkpoints.checkpoint import read_json
from engine.models.checkpoints.declared import FILE
from engine.models.checkpoints.locate import locate
from engine.models.checkpoints.matryoshka import shorter_dimensions
from engine.models.checkpoints.presets import BUNDLED, MULTILINGUAL, STATIC
from engine.models.encoders.finish import read_similarity
from engine.models.encoders.layers import to_unit_length
from engine.models.rerankers.labels import entailment_in, log_odds
from engine.protocols import Encoder, ModelSource, Reranker, Role, TellsLabels
from engine.store.catalogue.catalogue import Catalogue
from engine.store.generation import open_generation
from engine.types import Float32, Float64, Passage

__all__ = ["BUNDLED", "LocalModels", "Models"]

Kind = Literal["encoder", "reranker"]


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A model on offer. `collections` use it."""

    name: str
    kind: Kind
    collections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Embeddings:
    """Vectors of shape (n, dimension), and how many tokens the encoder read."""

    model: str
    vectors: Float32
    tokens: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """Judged passages by falling relevance: (index, relevance in (0, 1)); `labels` are the probabilities of each
    passage's labels, by index, where they were asked for.
    """

    model: str
    ranking: tuple[tuple[int, float], ...]
    labels: tuple[dict[str, float], ...] | None = None


class Models:
    """Offers the bundled models, those that collections use, and those that the operator named. A client cannot have
    any other model loaded or downloaded by naming it.
    """

    def __init__(self, home: Path, source: ModelSource, offered: Iterable[tuple[Kind, str]] = ()) -> None:
        self._home = home
        self._presence = Presence(home)
        self._source = source
        self._offered: set[tuple[Kind, str]] = {
            ("encoder", BUNDLED),
            ("encoder", STATIC),
            ("encoder", MULTILINGUAL),
            ("reranker", BUNDLED),
            *offered,
        }

    def cards(self, visible: Callable[[str], bool] = lambda collection: True) -> list[ModelCard]:
        """Every model on offer, encoders first, by name; of collections those that are `visible`, and their models."""
        users = {model: tuple(filter(visible, names)) for model, names in self._users().items()}
        known = sorted(model for model, names in users.items() if names or model in self._offered)
        return [ModelCard(name, kind, users[kind, name]) for kind, name in known]

    def encoder(self, name: str) -> Encoder:
        """The encoder of that name. ModelNotFound unless it is on offer."""
        self.check(name, "encoder")
        return self._source.encoder(name)

    def reranker(self, name: str) -> Reranker:
        """The reranker of that name. ModelNotFound unless it is on offer."""
        self.check(name, "reranker")
        return self._source.reranker(name)

    def load_used(self) -> None:
        """Load what the collections use, tokenizers included, so that no request waits for it. What loading raises."""
        for (kind, name), collections in self._users().items():
            if collections:
                model = self._source.encoder(name) if kind == "encoder" else self._source.reranker(name)
                model.tokens.count(["warm up"])

    def check(self, name: str, kind: Kind) -> None:
        """Raise ModelNotFound unless a model of this name and kind is on offer."""
        if (kind, name) in self._offered or (kind, name) in self._users():
            return
        known = ", ".join(sorted(name for of, name in self._offered if of == kind))
        raise ModelNotFound(f"This service offers no {kind} {name!r}.", f"Known, beside the collections' own: {known}.")

    def embed(
        self, name: str, texts: Sequence[str], role: Role, dimensions: int | None, until: float | None = None
    ) -> Embeddings:
        """One vector per text, cut to `dimensions` where the model was trained for it.

        UsageError for a number of dimensions that the model does not have; Overloaded if it cannot be done `until`
        then (`time.monotonic()`); Abandoned.
        """
        encoder = self.encoder(name)
        cut = _cut(name, encoder.dimension, dimensions)
        with deadline(until):
            vectors = in_parts(texts, len, lambda part: encoder.encode(part, role=role))
        check_awaited()
        vectors = vectors if cut is None else cut(vectors)
        return Embeddings(name, vectors, sum(encoder.tokens.count(texts)))

    def rerank(
        self,
        name: str,
        query: str,
        passages: Sequence[str],
        top: int | None,
        until: float | None = None,
        *,
        labels: bool = False,
    ) -> Judgement:
        """The best `top` passages. The relevance is the logistic function of the model's score: not calibrated.

        InvalidQuery; UsageError for the `labels` of a model that has one score only; Overloaded if it cannot be done
        `until` then (`time.monotonic()`); Abandoned.
        """
        if not query.strip():
            raise InvalidQuery("The query is empty.", "Ask something.")
        reranker = self.reranker(name)
        judge, names = _labelling(name, reranker) if labels else (reranker.score, ())
        with deadline(until):
            rows = in_parts(passages, len, lambda part: judge(query, [Passage(text) for text in part]))
        scores: Float64 = (log_odds(rows, entailment_in(names) or 0) if labels else rows).astype(np.float64)
        relevance: Float64 = 0.5 * (1.0 + np.tanh(0.5 * scores))
        order = sorted(range(len(passages)), key=lambda place: (-scores[place], place))[:top]
        told = tuple(dict(zip(names, map(float, np.exp(row)), strict=True)) for row in rows) if labels else None
        return Judgement(name, tuple((place, float(relevance[place])) for place in order), told)

    def _users(self) -> dict[tuple[Kind, str], list[str]]:
        """(kind, name) -> names of the collections that use the model."""
        self._presence.check()
        users: dict[tuple[Kind, str], list[str]] = {offered: [] for offered in self._offered}
        for row in Catalogue(self._home).rows():
            with open_generation(self._home, row.name) as generation:
                models = generation.manifest.models
            for kind in ("encoder", "reranker"):
                if (name := models.get(kind)) and name != NO_RERANKER:
                    users.setdefault((kind, name), []).append(row.name)
        return users


def _labelling(name: str, reranker: Reranker) -> tuple[Callable[[str, list[Passage]], Float32], tuple[str, ...]]:
    """Method that gives log-probabilities of labels, and their names. UsageError for a model with one score."""
    if not isinstance(reranker, TellsLabels) or not reranker.label_names:
        raise UsageError(
            f"{name!r} gives one score for a passage, no labels.",
            "Leave `return_labels` out, or name a model for natural language inference, such as an nli cross-encoder.",
        )
    return reranker.labelled, reranker.label_names


def _cut(name: str, full: int, dimensions: int | None) -> Callable[[Float32], Float32] | None:
    """How to cut embeddings (n, full) to (n, dimensions), of unit length again where the model compares by cosine; None
    where there is nothing to cut. UsageError for dimensions that the model was not trained for.
    """
    if dimensions in (None, full):
        return None
    root = locate(name, "encoder")
    known = shorter_dimensions(root, full)
    if dimensions not in known:
        raise UsageError(
            f"{name!r} gives {full} dimensions and was not trained to be cut to {dimensions}.",
            f"Leave `dimensions` out, or set it to {_said(known, full)}.",
        )
    if read_similarity(read_json(root / FILE), root) == "dot":
        return lambda vectors: vectors[:, :dimensions]
    return lambda vectors: to_unit_length(vectors[:, :dimensions])


def _said(known: Sequence[int], full: int) -> str:
    if isinstance(known, range):
        return f"a number from {known.start} to {full}"
    return " or ".join(str(number) for number in (*known, full))
