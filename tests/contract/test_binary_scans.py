"""Every registered scan obeys the same contract; NumPy's exact scan is the oracle of all."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

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


def test_a_memory_map_is_scanned_in_place(scan: BinaryScan, tmp_path: Path) -> None:
    codes(300).tofile(tmp_path / "codes")
    mapped = np.memmap(tmp_path / "codes", np.uint8, mode="r", shape=(300, 48))
    rows, _ = scan(codes(1, seed=4)[0], mapped, 5)
    assert rows.tolist()[0] == SCANS["numpy"](codes(1, seed=4)[0], codes(300), 5)[0][0]


@pytest.mark.parametrize("k", [1, 50, 299])
def test_ties_go_to_the_earlier_row(scan: BinaryScan, k: int) -> None:
    base = codes(300, size=1)  # nine possible distances: nearly all are ties
    rows, _ = scan(base[0], base, k)
    assert rows.tolist() == SCANS["numpy"](base[0], base, k)[0].tolist()


def test_every_depth_gives_the_same_rows_whichever_kernel_serves_it(
    scan: BinaryScan, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, query = codes(2000), codes(1, seed=9)[0]
    counted = scan(query, base, 700)
    monkeypatch.setattr("engine.vectors.faiss_scan._MOST_COUNTED", 10)
    heaped = scan(query, base, 700)
    assert counted[0].tolist() == heaped[0].tolist() and counted[1].tolist() == heaped[1].tolist()


def test_faiss_does_not_share_one_query_among_threads_whoever_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenMP's number of threads is its thread's own, and torch reads the same: training goes on with what it had."""
    faiss = pytest.importorskip("faiss", reason="faiss is not installed: pip install faiss-cpu")
    kernel, during = faiss.knn_hamming, list[int]()

    def watched(*arguments: Any, **options: Any) -> Any:
        during.append(faiss.omp_get_max_threads())
        return kernel(*arguments, **options)

    def threads_after_a_scan() -> int:
        faiss.omp_set_num_threads(4)  # what a new thread may begin with
        SCANS["faiss"](codes(1)[0], codes(10), 3)
        return int(faiss.omp_get_max_threads())

    monkeypatch.setattr(faiss, "knn_hamming", watched)
    with ThreadPoolExecutor(max_workers=1) as pool:
        assert pool.submit(threads_after_a_scan).result() == 4
    assert during == [1]


SCRIPT = """
import sys
import numpy as np
from engine.vectors import numpy_scan
from engine.vectors.faiss_scan import nearest

rng, loaded = np.random.default_rng(0), []
for _ in range(6):
    codes = rng.integers(0, 256, size=(100_000, 80), dtype=np.uint8)
    found, wanted = nearest(codes[7], codes, 500), numpy_scan.nearest(codes[7], codes, 500)
    assert found[0].tolist() == wanted[0].tolist() and found[1].tolist() == wanted[1].tolist()
    loaded.append("faiss" in sys.modules)
assert loaded == sorted(loaded) and not loaded[0] and loaded[-1], loaded
"""


def test_a_question_is_answered_before_faiss_is_imported_and_many_are_answered_by_it() -> None:
    pytest.importorskip("faiss", reason="faiss is not installed: pip install faiss-cpu")
    subprocess.run([sys.executable, "-c", SCRIPT], check=True, timeout=120)
