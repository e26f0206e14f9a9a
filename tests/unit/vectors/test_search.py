"""Dense search over segments: exactness where it is owed, masks, independence of the segmentation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import StoreDamaged
from engine.types import RowId
from engine.vectors.exact import search_exact
from engine.vectors.files import VectorFiles, write_vectors
from engine.vectors.search import SCANS, search_dense


def unit(n: int, d: int = 64, seed: int = 0) -> np.ndarray:
    """Clustered unit vectors: neighbours have to be told apart."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(max(1, n // 20), d))
    values = centres[rng.integers(0, len(centres), n)] + 0.5 * rng.normal(size=(n, d))
    return (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float32)


def dense(
    parts: list[np.ndarray], query: np.ndarray, k: int, masks: list[Any] | None = None, oversampling: int = 8
) -> Any:
    files = [VectorFiles.of(part) for part in parts]
    return search_dense(
        files, query, k, oversampling=oversampling, allowed=masks or [None] * len(parts), scan=SCANS["numpy"]
    )


def test_full_oversampling_is_int8_exact_search() -> None:
    base, query = unit(400), unit(1, seed=5)[0]
    found = [row.row for row, _ in dense([base], query, 20, oversampling=1000)]
    exact = search_exact(base, query, 20)[0].tolist()
    assert len(set(found) & set(exact)) >= 19


def test_scores_are_near_the_float_dot_product() -> None:
    base, query = unit(200), unit(1, seed=6)[0]
    for row, score in dense([base], query, 10):
        assert score == pytest.approx(float(base[row.row] @ query), abs=0.01)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 120), st.lists(st.integers(0, 120), max_size=5), st.integers(1, 30), st.integers(0, 5))
def test_any_segmentation_gives_the_same_answer(n: int, cuts: list[int], k: int, seed: int) -> None:
    base, query = unit(n, seed=seed), unit(1, seed=99)[0]
    parts = np.split(base, sorted(min(cut, n) for cut in cuts))
    starts = np.cumsum([0, *(len(part) for part in parts)])
    whole = [(row.row, score) for row, score in dense([base], query, k)]
    split = [(int(starts[row.segment]) + row.row, score) for row, score in dense(parts, query, k)]
    assert [score for _, score in split] == pytest.approx([score for _, score in whole], abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 300), st.floats(0, 1), st.integers(1, 40), st.integers(0, 5))
def test_a_mask_is_obeyed_and_always_filled(n: int, share: float, k: int, seed: int) -> None:
    base, query = unit(n, seed=seed), unit(1, seed=98)[0]
    mask = np.random.default_rng(seed).random(n) < share
    found = dense([base], query, k, [mask])
    assert len(found) == min(k, int(mask.sum()))
    assert all(mask[row.row] for row, _ in found)


def test_results_are_best_first_and_name_their_segment() -> None:
    found = dense([unit(50), unit(50, seed=1)], unit(1, seed=7)[0], 30)
    scores = [score for _, score in found]
    assert scores == sorted(scores, reverse=True)
    assert {row.segment for row, _ in found} <= {0, 1} and len({*map(repr, (row for row, _ in found))}) == 30


def test_nothing_to_search() -> None:
    assert dense([], unit(1)[0], 5) == []
    assert dense([np.empty((0, 64), np.float32)], unit(1)[0], 5) == []


def test_files_round_trip(tmp_path: Path) -> None:
    base = unit(33)
    write_vectors(tmp_path / "v", base)
    mapped, held = VectorFiles.open(tmp_path / "v", 33, 64), VectorFiles.of(base)
    assert np.array_equal(mapped.binary, held.binary)
    assert np.array_equal(mapped.int8, held.int8) and np.array_equal(mapped.scale, held.scale)
    assert mapped.rows == 33
    first = search_dense([mapped], base[4], 1, oversampling=8, allowed=[None], scan=SCANS["numpy"])
    assert first[0][0] == RowId(0, 4)


@pytest.mark.parametrize("spoil", ["truncate", "remove"])
def test_a_damaged_file_is_refused_by_name(tmp_path: Path, spoil: str) -> None:
    write_vectors(tmp_path, unit(10))
    path = tmp_path / "int8.i8"
    path.unlink() if spoil == "remove" else path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(StoreDamaged, match=r"int8\.i8"):
        VectorFiles.open(tmp_path, 10, 64)
