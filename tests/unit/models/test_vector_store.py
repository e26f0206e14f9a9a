import logging
import re
import sqlite3
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.models.rerankers.token_codes import FloatCodes, Kept, TokenCodes, TwoBitCodes
from engine.models.vector_store import VectorStore

BIG = 10**9


def store(path: Path, model: str = "model", capacity: int = BIG, codes: TokenCodes | None = None) -> VectorStore:
    dtype = (codes or TwoBitCodes()).dtype
    return VectorStore(path / "deep" / "kept.sqlite", model, dtype, capacity, "passages are read again")


def kept(seed: int, tokens: int = 5, columns: int = 6) -> Kept:
    return np.random.default_rng(seed).integers(0, 256, (tokens, columns), dtype=np.uint8)


@given(st.dictionaries(st.text(), st.tuples(st.integers(0, 4), st.integers(0, 2**32 - 1)), max_size=8), st.text())
def test_what_was_put_is_got(
    tmp_path_factory: pytest.TempPathFactory, passages: Mapping[str, tuple[int, int]], absent: str
) -> None:
    path = tmp_path_factory.mktemp("store")
    put = {text: kept(seed, tokens) for text, (tokens, seed) in passages.items()}
    store(path).put(put)
    got = store(path).get([*put, absent])  # another process's view
    assert got.keys() == put.keys()
    for text, vectors in put.items():
        np.testing.assert_array_equal(got[text], vectors)


def test_floats_come_back_as_they_were(tmp_path: Path) -> None:
    vectors = np.random.default_rng(1).normal(size=(3, 7)).astype(np.float32)
    store(tmp_path, codes=FloatCodes()).put({"a": vectors})
    np.testing.assert_array_equal(store(tmp_path, codes=FloatCodes()).get(["a"])["a"], vectors)


def test_models_do_not_see_each_others_vectors(tmp_path: Path) -> None:
    store(tmp_path, "one").put({"a": kept(1)})
    assert store(tmp_path, "other").get(["a"]) == {}


def test_only_their_owner_reads_what_is_kept(tmp_path: Path) -> None:
    store(tmp_path).put({"a": kept(1)})
    assert (tmp_path / "deep" / "kept.sqlite").stat().st_mode & 0o077 == 0
    assert (tmp_path / "deep").stat().st_mode & 0o077 == 0


def test_the_oldest_go_where_the_file_is_full(tmp_path: Path) -> None:
    limited = store(tmp_path, capacity=300_000)
    for number in range(200):
        limited.put({str(number): kept(number, tokens=80, columns=48)})  # 768 kB in all
    got = limited.get(map(str, range(200)))
    assert "199" in got and "0" not in got and 20 < len(got) < 120
    assert (tmp_path / "deep" / "kept.sqlite").stat().st_size < 600_000


def test_a_damaged_row_is_read_again_and_nothing_else(tmp_path: Path) -> None:
    kept_store = store(tmp_path)
    kept_store.put({"a": kept(1), "b": kept(2)})
    kept_store.close()
    with sqlite3.connect(tmp_path / "deep" / "kept.sqlite") as database:
        (key, blob) = database.execute("SELECT key, vectors FROM passages").fetchone()
        changed = blob[:-1] + bytes([blob[-1] ^ 1])
        database.execute("UPDATE passages SET vectors = ? WHERE key = ?", (changed, key))
    assert len(store(tmp_path).get(["a", "b"])) == 1


@pytest.mark.parametrize("damage", [b"rubbish", b"SQLite format 3\0" + bytes(500)])
def test_a_damaged_file_is_told_and_begun_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: bytes) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "kept.sqlite").write_bytes(damage)
    with caplog.at_level(logging.WARNING):
        broken = store(tmp_path)
    assert "passages are read again" in caplog.text and not broken.open
    assert re.search(r"\w\. The damaged file is removed\.", caplog.text)
    broken.put({"a": kept(1)})
    assert broken.get(["a"]) == {}
    store(tmp_path).put({"a": kept(1)})
    assert store(tmp_path).get(["a"])


def test_a_folder_that_cannot_be_made_only_costs_time(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "deep").write_text("a file")
    with caplog.at_level(logging.WARNING):
        absent = store(tmp_path)
    assert not absent.open and absent.get(["a"]) == {} and "cannot be kept" in caplog.text
    absent.put({"a": kept(1)})


def test_threads_and_processes_share_one_file(tmp_path: Path) -> None:
    stores = [store(tmp_path) for _ in range(3)]

    def work(number: int) -> dict[str, Kept]:
        stores[number % 3].put({str(number): kept(number)})
        return stores[(number + 1) % 3].get([str(number)])

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(work, range(60)))
    assert all(str(number) in got for number, got in enumerate(found))
