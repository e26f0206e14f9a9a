from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import StoreDamaged
from engine.store.layout import CollectionLayout
from engine.store.manifest import LivingTotals, SegmentEntry
from engine.store.segments.tombstones import Tombstones, read_tombstones, write_tombstones

SEGMENT = "000000005-0000000a"


def _flags(size: int, *deleted: int) -> np.ndarray:
    flags = np.zeros(size, bool)
    flags[list(deleted)] = True
    return flags


def _terms(counts: Any) -> Any:
    ids = sorted(counts)
    return np.array(ids, np.uint32), np.array([counts[i] for i in ids], np.uint32)


COUNTS = st.dictionaries(st.integers(0, 50), st.integers(1, 9))


@given(first=COUNTS, second=COUNTS)
def test_counts_add_up(first: Any, second: Any) -> None:
    deleted = Tombstones.none(4, 2).with_more(_flags(4, 0), _flags(2, 0), *_terms(first))
    deleted = deleted.with_more(_flags(4, 1, 2), _flags(2, 1), *_terms(second))
    assert deleted.chunks.tolist() == [True, True, True, False]
    assert deleted.documents.tolist() == [True, True]
    assert (np.diff(deleted.term_ids.astype(int)) > 0).all()
    for term in range(52):
        assert deleted.deleted_frequency(term) == first.get(term, 0) + second.get(term, 0)


@pytest.mark.parametrize(("chunks", "documents"), [(0, 1), (1, 1), (8, 3), (9, 17)])
def test_written_and_read(tmp_path: Path, chunks: int, documents: int) -> None:
    layout = CollectionLayout(tmp_path)
    layout.tombstones.mkdir()
    deleted = Tombstones(
        _flags(chunks, *range(0, chunks, 2)), _flags(documents, documents - 1), *_terms({3: 1, 2_000_000_000: 7})
    )
    name = write_tombstones(layout, SEGMENT, 5, deleted)
    assert name.name == f"{SEGMENT}.5.npz"
    entry = SegmentEntry(SEGMENT, chunks, documents, "", LivingTotals(), {}, name)
    back = read_tombstones(layout, entry)
    for part in ("chunks", "documents", "term_ids", "counts"):
        np.testing.assert_array_equal(getattr(back, part), getattr(deleted, part))


def test_no_tombstones_and_damaged_ones(tmp_path: Path) -> None:
    layout = CollectionLayout(tmp_path)
    layout.tombstones.mkdir()
    alive = SegmentEntry(SEGMENT, 1, 1, "", LivingTotals(), {})
    assert read_tombstones(layout, alive) is None
    name = write_tombstones(layout, SEGMENT, 5, Tombstones.none(1, 1))
    entry = SegmentEntry(SEGMENT, 1, 1, "", LivingTotals(), {}, name)
    layout.tombstone(name.name).write_bytes(b"PK\x03\x04")
    with pytest.raises(StoreDamaged):
        read_tombstones(layout, entry)
    layout.tombstone(name.name).unlink()
    with pytest.raises(StoreDamaged):
        read_tombstones(layout, entry)
