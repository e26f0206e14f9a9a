from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.errors import ModelMismatch, UsageError
from engine.store.segments.batch import Batch
from tests.support.stores import DIMENSION, batch, stored


def test_a_good_batch_passes() -> None:
    good = batch(stored("a"), stored("b", text=""), stored("c", text="kurz"))
    good.check(DIMENSION)
    assert good.vectors is not None and good.chunks == len(good.vectors)


def test_a_document_twice() -> None:
    with pytest.raises(UsageError, match="'a' more than once"):
        batch(stored("a"), stored("a", text="other")).check(DIMENSION)


def test_another_dimension() -> None:
    with pytest.raises(ModelMismatch, match="8 dimensions"):
        batch(stored("a")).check(8)


def test_too_few_vectors() -> None:
    whole = batch(stored("a"))
    assert whole.vectors is not None
    with pytest.raises(UsageError, match="vectors"):
        Batch(whole.documents, whole.vectors[:-1]).check(DIMENSION)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_vectors_that_are_no_numbers(value: float) -> None:
    whole = batch(stored("a"))
    assert whole.vectors is not None
    whole.vectors[0, 0] = value
    with pytest.raises(UsageError, match="NaN"):
        whole.check(DIMENSION)


@pytest.mark.parametrize(
    "change",
    [{"text": "something else"}, {"start": 1}, {"end": 10_000}, {"ordinal": 5}, {"id": "a#7"}, {"document_id": "b"}],
)
def test_a_chunk_that_breaks_its_promise(change: dict[str, int] | dict[str, str]) -> None:
    document = stored("a")
    broken = replace(document, chunks=(replace(document.chunks[0], **change), *document.chunks[1:]))
    with pytest.raises(UsageError, match="Chunk"):
        batch(broken).check(DIMENSION)


@pytest.mark.parametrize("where", ["title", "uri", "metadata", "header"])
def test_lone_surrogates_are_refused_before_anything_is_written(where: str) -> None:
    document = stored("a")
    if where == "header":
        broken = replace(document, chunks=(replace(document.chunks[0], header="\ud800"), *document.chunks[1:]))
    else:
        change = {"metadata": {"x": "\ud800"}} if where == "metadata" else {where: "\ud800"}
        broken = replace(document, document=replace(document.document, **change))
    with pytest.raises(UsageError, match="not valid Unicode"):
        batch(broken).check(DIMENSION)


def test_an_empty_id() -> None:
    with pytest.raises(UsageError, match="empty id"):
        batch(stored("")).check(DIMENSION)
