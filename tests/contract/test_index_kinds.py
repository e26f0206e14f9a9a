"""Every registered index kind and scan obeys one contract; NumPy's exact search is the oracle of all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.errors import DependencyMissing, StoreDamaged, UsageError
from engine.settings import settings
from engine.vectors.codecs import binary_codes
from engine.vectors.exact import search_exact
from engine.vectors.files import VectorFiles, write_vectors
from engine.vectors.first_pass import first_pass
from engine.vectors.index import AUTO_KIND, AUTO_ROWS, DESCRIPTION, INDEX, build_index, chosen_kind
from engine.vectors.kinds import KINDS
from engine.vectors.kinds.faiss_gpu import upload
from engine.vectors.search import SCANS, search_dense

ROWS, DIMENSION = 3000, 64
TOLERANCE = 0.03  # of recall, against the exact scan over the same sign bits
LIBRARY = {"faiss": "faiss-cpu", "usearch": "usearch"}

Change = Callable[..., None]


@lru_cache
def vectors(rows: int = ROWS, seed: int = 0) -> np.ndarray:
    """Clustered unit vectors."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(1).normal(size=(60, DIMENSION))
    values = centres[rng.integers(0, len(centres), rows)] + 0.5 * rng.normal(size=(rows, DIMENSION))
    return (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float32)


QUERIES = vectors(20, seed=7)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """OpenMP's threads wait for each other by spinning, which takes long where other tests use the processors."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WINNOW_THREADS", "1")
        settings.cache_clear()
        yield
    settings.cache_clear()


@pytest.fixture(scope="module", params=[*sorted(KINDS), "exact"])
def kind(request: pytest.FixtureRequest) -> str:
    for library, package in LIBRARY.items():
        if request.param.startswith(library):
            pytest.importorskip(library, reason=f"{library} is not installed: pip install {package}")
    return str(request.param)


@pytest.fixture(scope="module")
def make(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[[np.ndarray], VectorFiles]:
    """A segment's files with an index of the kind, opened again."""

    def made(base: np.ndarray) -> VectorFiles:
        directory = tmp_path_factory.mktemp("vectors")
        write_vectors(directory, base)
        if kind != "exact":
            build_index(directory, VectorFiles.open(directory, *base.shape), kind)
        opened = VectorFiles.open(directory, *base.shape)
        assert opened.index is None if kind == "exact" or not len(base) else opened.index.kind == kind
        return opened

    return made


@pytest.fixture(scope="module")
def segment(make: Callable[[np.ndarray], VectorFiles]) -> VectorFiles:
    return make(vectors())


def search(
    parts: list[VectorFiles], query: np.ndarray, k: int, masks: list[Any] | None = None
) -> list[tuple[int, int]]:
    found = search_dense(parts, query, k, oversampling=4, allowed=masks or [None] * len(parts), scan=SCANS["faiss"])
    return [(row.segment, row.row) for row, _ in found]


def recall(parts: list[VectorFiles], k: int, mask: np.ndarray | None = None) -> float:
    rows = np.arange(ROWS) if mask is None else np.flatnonzero(mask)
    hits = [
        len({row for _, row in search(parts, query, k, None if mask is None else [mask])} & set(wanted.tolist()))
        for query in QUERIES
        for wanted in [rows[search_exact(vectors()[rows], query, k)[0]]]
    ]
    return sum(hits) / sum([min(k, len(rows))] * len(QUERIES))


def test_recall_of_exact_float_search_is_that_of_the_exact_scan(segment: VectorFiles) -> None:
    assert recall([segment], 20) > recall([VectorFiles.of(vectors())], 20) - TOLERANCE


@pytest.mark.parametrize("selectivity", [1.0, 0.5, 0.1, 0.001])
def test_a_filter_is_obeyed_filled_and_costs_no_recall(segment: VectorFiles, selectivity: float) -> None:
    mask = np.random.default_rng(3).permutation(ROWS) < selectivity * ROWS
    for query in QUERIES:
        found = search([segment], query, 20, [mask])
        assert len(set(found)) == len(found) == min(20, int(mask.sum()))
        assert all(mask[row] for _, row in found)
    assert recall([segment], 20, mask) > recall([VectorFiles.of(vectors())], 20, mask) - TOLERANCE


def test_deleted_rows_near_the_query_never_appear_and_others_take_their_places(segment: VectorFiles) -> None:
    for query in QUERIES:
        mask = np.ones(ROWS, np.bool_)
        mask[search_exact(vectors(), query, 30)[0]] = False
        found = search([segment], query, 20, [mask])
        assert len(set(found)) == 20 and all(mask[row] for _, row in found)


def test_nothing_allowed_nothing_found(segment: VectorFiles) -> None:
    assert search([segment], QUERIES[0], 5, [np.zeros(ROWS, np.bool_)]) == []


@pytest.mark.parametrize("k", [ROWS // 2, ROWS, ROWS + 1000])
def test_k_near_and_beyond_the_rows_gives_each_row_once(segment: VectorFiles, k: int) -> None:
    found = search([segment], QUERIES[0], k)
    assert len(set(found)) == len(found) == min(k, ROWS)


@pytest.mark.parametrize("rows", [0, 1, 2, 3, 70])
def test_small_and_empty_segments(make: Callable[[np.ndarray], VectorFiles], rows: int) -> None:
    found = search([make(vectors()[:rows])], QUERIES[0], 10)
    assert len(set(found)) == len(found) == min(10, rows)
    assert all(0 <= row < rows for _, row in found)


def test_an_index_never_gives_a_sentinel_or_a_row_twice(segment: VectorFiles) -> None:
    if segment.index is None:
        return
    for k in (1, 50, ROWS, 2 * ROWS):  # more than there are: where libraries pad
        rows = segment.index.nearest(QUERIES[0], k)
        assert len(rows) <= k and len(set(rows.tolist())) == len(rows)
        assert rows.min() >= 0 and rows.max() < ROWS


def test_duplicates_are_all_found_in_row_order(make: Callable[[np.ndarray], VectorFiles]) -> None:
    base = np.concatenate([vectors()[:500], np.repeat(vectors()[:1], 12, axis=0)])
    found = search([make(base)], base[0], 13)
    assert found == [(0, 0), *((0, row) for row in range(500, 512))]


def test_ties_go_to_the_earlier_row(make: Callable[[np.ndarray], VectorFiles]) -> None:
    base = np.repeat(vectors()[:8], 40, axis=0)  # forty of each
    found = search([make(base)], base[0], 10)
    assert [row for _, row in found] == sorted(row for _, row in found)
    assert all(row < 40 for _, row in found)


def test_segments_of_several_kinds_and_sizes_answer_together(make: Callable[[np.ndarray], VectorFiles]) -> None:
    base, whole = vectors(), VectorFiles.of(vectors())
    parts = [make(base[:2000]), VectorFiles.of(base[2000:2100]), make(base[2100:])]
    starts = [0, 2000, 2100]
    for query in QUERIES:
        split = {starts[segment] + row for segment, row in search(parts, query, 20)}
        exact = {row for _, row in search([whole], query, 20)}
        assert len(split) == 20 and len(split & exact) >= 16


def test_many_threads_get_what_one_gets(segment: VectorFiles) -> None:
    alone = [search([segment], query, 20) for query in QUERIES]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda query: search([segment], query, 20), list(QUERIES) * 5))
    assert together == alone * 5


@pytest.mark.parametrize("damage", ["truncate", "empty", "remove", "lengthen", "describe", "others"])
def test_a_damaged_index_is_refused_before_its_library_sees_it(
    kind: str, tmp_path: Path, damage: str, setting: Change
) -> None:
    if kind == "exact":
        return
    base = vectors()[:600]
    write_vectors(tmp_path, base)
    build_index(tmp_path, VectorFiles.open(tmp_path, *base.shape), kind)
    path, described = tmp_path / INDEX, tmp_path / DESCRIPTION
    if damage == "remove":
        path.unlink()
    elif damage == "describe":
        described.write_text("{}")
    elif damage == "others":
        described.write_text(json.dumps(json.loads(described.read_text()) | {"rows": 599}))
    else:
        whole = path.read_bytes()
        path.write_bytes({"truncate": whole[:-1], "empty": b"", "lengthen": whole + b"\0"}[damage])
    with pytest.raises(StoreDamaged, match="index"):
        VectorFiles.open(tmp_path, *base.shape)
    setting(index_kind="exact")
    assert VectorFiles.open(tmp_path, *base.shape).index is None  # the codes still serve


def test_blocks_and_threads_change_nothing(monkeypatch: pytest.MonkeyPatch, setting: Change) -> None:
    setting(threads=3)
    whole = VectorFiles.of(vectors())
    mask = np.random.default_rng(5).random(ROWS) < 0.5
    for masks in ([None], [mask]):
        once = [first_pass([whole], query, 50, masks, SCANS["faiss"])[0].tolist() for query in QUERIES]
        with monkeypatch.context() as patch:
            patch.setattr("engine.vectors.first_pass._BLOCK", 700)
            blocks = [first_pass([whole], query, 50, masks, SCANS["faiss"])[0].tolist() for query in QUERIES]
        oracle = [first_pass([whole], query, 50, masks, SCANS["numpy"])[0].tolist() for query in QUERIES]
        assert once == blocks == oracle


def test_the_kind_is_chosen_by_size_and_by_the_setting(setting: Change) -> None:
    assert chosen_kind(AUTO_ROWS) is None
    assert chosen_kind(AUTO_ROWS + 1) == AUTO_KIND
    setting(index_kind="exact")
    assert chosen_kind(AUTO_ROWS + 1) is None
    setting(index_kind="faiss-ivf")
    assert chosen_kind(10) == "faiss-ivf"
    setting(index_kind="magic")
    with pytest.raises(UsageError, match="magic"):
        chosen_kind(10)


def test_a_segment_is_written_with_the_kind_that_the_setting_names(tmp_path: Path, setting: Change) -> None:
    pytest.importorskip("faiss", reason="faiss is not installed: pip install faiss-cpu")
    setting(index_kind="faiss-ivf")
    write_vectors(tmp_path, vectors())
    opened = VectorFiles.open(tmp_path, *vectors().shape)
    assert opened.index is not None and opened.index.kind == "faiss-ivf"


def test_without_a_gpu_the_gpu_kind_says_what_it_needs() -> None:
    faiss = pytest.importorskip("faiss", reason="faiss is not installed: pip install faiss-cpu")
    if hasattr(faiss, "GpuIndexBinaryFlat") and faiss.get_num_gpus():
        index = upload(binary_codes(vectors()))  # where there is one it finds what the oracle finds
        code = binary_codes(QUERIES[0])
        oracle = SCANS["numpy"](code, binary_codes(vectors()), 50)[1]
        rows = index.nearest(QUERIES[0], 50)
        distances = np.bitwise_count(binary_codes(vectors())[rows] ^ code).sum(axis=1)
        assert sorted(distances.tolist()) == oracle.tolist()
    else:
        with pytest.raises(DependencyMissing, match="gpu"):
            upload(binary_codes(vectors()))
