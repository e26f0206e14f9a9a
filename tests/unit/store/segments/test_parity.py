"""Parity brings back what was written, or says that it cannot; it never makes anything up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import StoreDamaged
from engine.store.segments.parity import read_parity, write_parity

SIZES = [0, 1, 100, 4095, 4096, 4097, 8192, 130 * 4096 + 17]


def content(size: int) -> bytes:
    return bytes((7 * place + (place >> 8)) % 251 for place in range(size))


@pytest.fixture(params=SIZES, scope="module")
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes, Any]:
    folder = tmp_path_factory.mktemp("parity")
    path, data = folder / "file", content(request.param)
    path.write_bytes(data)
    write_parity(folder / "parity", [path])
    return path, data, read_parity(folder / "parity")["file"]


def test_a_whole_file_is_itself(made: tuple[Path, bytes, Any]) -> None:
    path, data, parity = made
    path.write_bytes(data)
    assert parity.recover(path) == data


@given(bits=st.data())
def test_a_flipped_bit_anywhere(made: tuple[Path, bytes, Any], bits: st.DataObject) -> None:
    path, data, parity = made
    if not data:
        return
    place = bits.draw(st.integers(0, 8 * len(data) - 1))
    flipped = bytearray(data)
    flipped[place // 8] ^= 1 << place % 8
    path.write_bytes(flipped)
    assert parity.recover(path) == data


@given(bits=st.data())
def test_a_block_of_zeros_anywhere_even_across_two(made: tuple[Path, bytes, Any], bits: st.DataObject) -> None:
    path, data, parity = made
    start = bits.draw(st.integers(0, len(data)))
    zeroed = data[:start] + bytes(len(data[start : start + 4096])) + data[start + 4096 :]
    path.write_bytes(zeroed)
    assert parity.recover(path) == data


@given(bits=st.data())
def test_any_damage_at_all_gives_the_truth_or_nothing(made: tuple[Path, bytes, Any], bits: st.DataObject) -> None:
    path, data, parity = made
    altered = bytearray(data)
    for _ in range(bits.draw(st.integers(0, 4))):
        start, length = bits.draw(st.integers(0, len(data))), bits.draw(st.integers(0, 3 * 4096))
        altered[start : start + length] = b"x" * bits.draw(st.integers(0, length))
    path.write_bytes(altered)
    assert parity.recover(path) in (data, None)


def test_a_missing_file_and_too_much_damage(tmp_path: Path) -> None:
    path, data = tmp_path / "file", content(20 * 4096)
    path.write_bytes(data)
    write_parity(tmp_path / "parity", [path])
    parity = read_parity(tmp_path / "parity")["file"]
    path.unlink()
    assert parity.recover(path) is None
    path.write_bytes(data[: 19 * 4096])
    assert parity.recover(path) == data


def test_parity_is_small(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content(1 << 22))
    write_parity(tmp_path / "parity", [path])
    assert (tmp_path / "parity").stat().st_size < 0.018 * (1 << 22) + 4096


@pytest.mark.parametrize("damage", [b"", b"x" * 100, None])
def test_damaged_parity_is_told(tmp_path: Path, damage: bytes | None) -> None:
    path = tmp_path / "parity"
    write_parity(path, [])
    path.write_bytes(path.read_bytes()[:-1] if damage is None else damage)
    with pytest.raises(StoreDamaged):
        read_parity(path)
