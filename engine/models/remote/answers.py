"""Questions to a server of models, and its answers as arrays: nothing is used that was not checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.errors import ModelAnswerInvalid
from engine.models.remote.address import Address
from engine.types import Float32, Float64


def embedding_question(address: Address, texts: Sequence[str]) -> dict[str, Any]:
    if address.protocol == "tei":
        return {"inputs": list(texts), "normalize": True, "truncate": True}
    return {"model": address.model, "input": list(texts)}


def rerank_question(address: Address, query: str, passages: Sequence[str]) -> dict[str, Any]:
    if address.protocol == "tei":
        return {"query": query, "texts": list(passages), "raw_scores": True, "truncate": True}
    return {"model": address.model, "query": query, "documents": list(passages)}


def read_embeddings(address: Address, answer: Any, count: int) -> Float32:
    """Vectors of unit length, shape (count, dimension), in the order of the texts. ModelAnswerInvalid."""
    rows = answer if address.protocol == "tei" else _in_order(address, answer, "data", "embedding", count)
    vectors = _numbers(address, rows)
    if vectors.ndim != 2 or len(vectors) != count or not vectors.shape[1]:
        raise _invalid(address, f"was asked for {count} vectors and gave an array of the shape {vectors.shape}")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not lengths.all() or not np.isfinite(lengths).all():
        raise _invalid(address, "gave a vector that has no direction")
    unit: Float32 = (vectors / lengths).astype(np.float32)
    return unit


def read_scores(address: Address, answer: Any, count: int) -> Float32:
    """Logits, shape (count,), in the order of the passages. ModelAnswerInvalid."""
    name = "score" if address.protocol == "tei" else "relevance_score"
    where = None if address.protocol == "tei" else "results"
    scores = _numbers(address, _in_order(address, answer, where, name, count))
    if scores.shape != (count,):
        raise _invalid(address, f"was asked for {count} scores and gave an array of the shape {scores.shape}")
    return (scores if address.scores == "logits" else _logits(address, scores)).astype(np.float32)


def _in_order(address: Address, answer: Any, where: str | None, name: str, count: int) -> list[Any]:
    """The field `name` of each item, by the items' `index`: servers may give them in any order."""
    items = answer if where is None else answer.get(where) if isinstance(answer, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) and name in item for item in items):
        raise _invalid(address, f"gave no list {where!r} of {name!r}" if where else f"gave no list of {name!r}")
    by_index = {item["index"]: item[name] for item in items if type(item.get("index")) is int}
    if len(items) != count or set(by_index) != set(range(count)):
        raise _invalid(address, f"was asked about {count} texts and gave {len(items)} answers, or indexes amiss")
    return [by_index[index] for index in range(count)]


def _numbers(address: Address, values: Any) -> Float64:
    """Finite numbers of a list, or of a list of lists of one length."""
    try:
        numbers = np.asarray(values)
    except (ValueError, OverflowError) as error:  # lists of several lengths
        raise _invalid(address, "gave vectors of several lengths") from error
    if numbers.dtype.kind not in "fiu":
        raise _invalid(address, "gave something else than numbers")
    with np.errstate(over="ignore"):
        narrow = numbers.astype(np.float32)
    if not np.isfinite(narrow).all():
        raise _invalid(address, "gave numbers that are not finite")
    return numbers.astype(np.float64)


def _logits(address: Address, scores: Float64) -> Float64:
    """The logits of which the scores are the logistic function."""
    if scores.min(initial=0.0) < 0.0 or scores.max(initial=1.0) > 1.0:
        raise ModelAnswerInvalid(
            f"{address.shown} gave a relevance outside 0 to 1.",
            "Its scores are logits: name the model with ?scores=logits before the #.",
        )
    inside = np.clip(scores, 1e-12, 1.0 - 1e-12)
    return np.asarray(np.log(inside) - np.log1p(-inside))


def _invalid(address: Address, problem: str) -> ModelAnswerInvalid:
    return ModelAnswerInvalid(
        f"{address.shown} {problem}.", "See that this model is served there, and that the protocol is the right one."
    )
