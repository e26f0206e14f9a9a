from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import FormatTooNew, StoreDamaged
from engine.store import FORMAT
from engine.store.sealed import read_sealed, seal

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
DATA = {"name": "ü", "n": 1, "list": [1, 2], "nested": {"x": 0.5}}


@settings(max_examples=30, deadline=None)
@given(data=st.dictionaries(st.text(min_size=1).filter(lambda k: k not in ("checksum", "format")), VALUES))
def test_what_is_sealed_is_read_back(tmp_path_factory: pytest.TempPathFactory, data: dict[str, Any]) -> None:
    path = tmp_path_factory.mktemp("sealed") / "f"
    path.write_bytes(seal(data))
    assert read_sealed(path) == data


def test_it_is_json() -> None:
    assert json.loads(seal(DATA)).items() >= DATA.items()


def test_every_single_flipped_bit_is_noticed(tmp_path: Path) -> None:
    path, whole = tmp_path / "f", seal({"n": [1, "ü"]})
    for place in range(len(whole)):
        for bit in range(8):
            flipped = bytearray(whole)
            flipped[place] ^= 1 << bit
            path.write_bytes(flipped)
            with pytest.raises((StoreDamaged, FormatTooNew)):
                read_sealed(path)


@pytest.mark.parametrize("damage", [b"", b"[]", b"null", b"{}", b"\xff", seal(DATA)[:-2], seal(DATA) + b" "])
def test_what_is_no_sealed_file_is_damage(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "f").write_bytes(damage)
    with pytest.raises(StoreDamaged):
        read_sealed(tmp_path / "f")


def test_a_missing_file_is_damage(tmp_path: Path) -> None:
    with pytest.raises(StoreDamaged, match="missing"):
        read_sealed(tmp_path / "f")


def test_a_newer_format_says_so(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(seal(DATA, FORMAT + 1))
    with pytest.raises(FormatTooNew, match="Update Winnow"):
        read_sealed(tmp_path / "f")
