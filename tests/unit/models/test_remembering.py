"""Passages that come again are not embedded again, and their vectors are the same to the last bit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from engine.models import load_encoder
from engine.models.encoders.remembering import RememberingEncoder, remembering
from engine.protocols import Encoder, Role, runtimes_behind
from engine.types import Float32
from tests.conftest import Models
from tests.support.checkpoints import TEXTS, tiny_static


class _Counting:
    """An encoder that notes what it embeds; `broken` gives no numbers."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder, self.asked, self.broken = encoder, list[str](), False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._encoder, name)

    def encode(self, texts: Sequence[str], *, role: Role = "document") -> Float32:
        self.asked += texts
        vectors = self._encoder.encode(texts, role=role)
        return vectors * np.float32(np.nan) if self.broken else vectors


@pytest.fixture
def counting(models: Models, tmp_path: Path, setting: Callable[..., None]) -> _Counting:
    setting(cache=tmp_path / "cache", embeddings_disk_mb=50)
    return _Counting(load_encoder(models.encoder))


def _remembering(counting: _Counting) -> Encoder:
    """As another process would have it."""
    return remembering(cast(Encoder, counting))


def test_what_comes_again_is_not_embedded_again(counting: _Counting) -> None:
    expected = counting.encode(TEXTS)
    counting.asked.clear()
    np.testing.assert_array_equal(_remembering(counting).encode([*TEXTS, TEXTS[0]]), [*expected, expected[0]])
    assert sorted(counting.asked) == sorted(set(TEXTS))
    counting.asked.clear()
    again = _remembering(counting)
    np.testing.assert_array_equal(again.encode([TEXTS[1], "new", TEXTS[0]])[[0, 2]], expected[[1, 0]])
    assert counting.asked == ["new"] and runtimes_behind(again) == {"onnx float32"}
    assert again.encode([]).shape == (0, counting.dimension)


def test_queries_are_never_looked_for(counting: _Counting) -> None:
    encoder = _remembering(counting)
    encoder.encode(["a"])
    encoder.encode(["a"], role="query")
    assert counting.asked == ["a", "a"]


def test_models_and_prompts_have_memories_of_their_own(counting: _Counting, models: Models) -> None:
    encoder = _remembering(counting)
    plain, other = encoder.encode(["a"]), encoder.with_prompts({"query": "", "document": "passage: "})
    np.testing.assert_array_equal(other.encode(["a"]), load_encoder(models.encoder).encode(["passage: a"]))
    assert not np.array_equal(other.encode(["a"]), plain)


def test_what_is_broken_is_not_kept(counting: _Counting) -> None:
    counting.broken = True
    assert np.isnan(_remembering(counting).encode(["a"])).all()
    counting.broken = False
    assert np.isfinite(_remembering(counting).encode(["a"])).all()


def test_a_damaged_file_costs_time_and_nothing_else(counting: _Counting, tmp_path: Path) -> None:
    expected = _remembering(counting).encode(TEXTS)
    (tmp_path / "cache" / "embeddings.sqlite").write_bytes(b"no database" * 1000)
    for name in ("embeddings.sqlite-wal", "embeddings.sqlite-shm"):
        (tmp_path / "cache" / name).unlink(missing_ok=True)
    np.testing.assert_array_equal(_remembering(counting).encode(TEXTS), expected)


def test_where_there_is_nothing_to_gain_there_is_no_memory(
    models: Models, tmp_path: Path, setting: Callable[..., None]
) -> None:
    setting(cache=tmp_path / "cache", embeddings_disk_mb=50)
    static = load_encoder(str(tiny_static(tmp_path / "static")))
    assert remembering(static) is static
    assert isinstance(remembering(load_encoder(models.encoder)), RememberingEncoder)
    setting(embeddings_disk_mb=0)
    encoder = load_encoder(models.encoder)
    assert remembering(encoder) is encoder
