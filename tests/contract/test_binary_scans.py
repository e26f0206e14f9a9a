"""Every registered scan obeys the same contract; NumPy's exact scan is the oracle of all."""

from __future__ import annotations

import numpy as np
import pytest

from engine.vectors.search import SCANS, BinaryScan


@pytest.fixture(params=sorted(SCANS))
def scan(request: pytest.FixtureRequest) -> BinaryScan:
    if request.param == "faiss":
        pytest.importorskip("faiss", reason="faiss is not installed: pip install faiss-cpu")
    return SCANS[request.param]


def codes(n: int, seed: int = 0, size: int = 48) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, size=(n, size), dtype=np.uint8)


@pytest.mark.parametrize(("n", "k"), [(1, 1), (10, 10), (500, 7), (500, 499), (5000, 400)])
def test_the_same_distances_as_the_oracle(scan: BinaryScan, n: int, k: int) -> None:
    base, query = codes(n), codes(1, seed=9)[0]
    rows, distances = scan(query, base, k)
    assert distances.tolist() == SCANS["numpy"](query, base, k)[1].tolist()
    assert len(set(rows.tolist())) == k
    assert np.array_equal(np.bitwise_count(base[rows] ^ query).sum(axis=1), distances)


def test_k_beyond_the_rows_returns_all_rows_and_no_sentinel(scan: BinaryScan) -> None:
    rows, distances = scan(codes(1, seed=3)[0], codes(6), 50)
    assert sorted(rows.tolist()) == list(range(6)) and len(distances) == 6


def test_no_rows_no_result(scan: BinaryScan) -> None:
    rows, distances = scan(codes(1)[0], codes(0), 5)
    assert len(rows) == 0 and len(distances) == 0


def test_duplicates_are_all_found_in_row_order(scan: BinaryScan) -> None:
    base = np.repeat(codes(1), 5, axis=0)
    rows, distances = scan(base[0], base, 5)
    assert rows.tolist() == [0, 1, 2, 3, 4] and distances.tolist() == [0] * 5


def test_a_memory_map_is_scanned_in_place(scan: BinaryScan, tmp_path) -> None:  # type: ignore[no-untyped-def]
    codes(300).tofile(tmp_path / "codes")
    mapped = np.memmap(tmp_path / "codes", np.uint8, mode="r", shape=(300, 48))
    rows, _ = scan(codes(1, seed=4)[0], mapped, 5)
    assert rows.tolist()[0] == SCANS["numpy"](codes(1, seed=4)[0], codes(300), 5)[0][0]
