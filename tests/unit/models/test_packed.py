"""Weights of four bits are the same numbers as if they were stored one by one, on every runtime and in copies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from engine.models import load_encoder
from engine.models.describe import describe
from engine.models.export import export
from engine.models.runtimes.runtime import RUNTIMES, installed
from tests.support.checkpoints import TEXTS, tiny_encoder
from tests.support.packing import packed_encoder, unpacked_twin


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("packed")
    packed = packed_encoder(folder / "packed")
    return packed, unpacked_twin(packed, folder / "plain")


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_vectors_are_those_of_the_plain_weights(pair: tuple[Path, Path], runtime: str) -> None:
    if not installed(runtime):
        pytest.skip(f"{runtime} is not installed")
    packed, plain = (load_encoder(str(path), runtime=runtime).encode(TEXTS) for path in pair)
    np.testing.assert_allclose(packed, plain, rtol=0, atol=2e-6)


def test_four_bits_lose_something(pair: tuple[Path, Path], tmp_path: Path) -> None:
    original = load_encoder(str(tiny_encoder(tmp_path / "original"))).encode(TEXTS)
    assert np.abs(load_encoder(str(pair[0])).encode(TEXTS) - original).max() > 1e-3


def test_a_copy_is_unpacked(pair: tuple[Path, Path], tmp_path: Path) -> None:
    export(pair[0], tmp_path / "copy", "safetensors")
    stored = load_file(tmp_path / "copy" / "model.safetensors")
    assert stored.keys() == load_file(pair[1] / "model.safetensors").keys()
    copy, packed = (load_encoder(str(path)).encode(TEXTS) for path in (tmp_path / "copy", pair[0]))
    np.testing.assert_allclose(copy, packed, rtol=0, atol=5e-3)  # half precision


def test_an_onnx_copy_is_whole(pair: tuple[Path, Path], tmp_path: Path) -> None:
    export(pair[0], tmp_path / "copy", "onnx")
    assert (tmp_path / "copy" / "onnx" / "model.onnx").stat().st_size > 0


def test_the_weights_are_counted_one_by_one(pair: tuple[Path, Path]) -> None:
    packed, plain = (describe(str(path), "encoder").parameters for path in pair)
    assert packed == plain
