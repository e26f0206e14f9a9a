from __future__ import annotations

import logging

import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.errors import ModelUnavailable
from engine.models.runtimes import onnx
from engine.models.runtimes.batching import TokenBudget, in_batches, pad
from engine.models.runtimes.memory import fitting_tokens, ran_out
from engine.models.runtimes.runtime import installed

_LENGTHS = st.lists(st.integers(0, 600), max_size=60)
_BUDGET = st.integers(1, 5000)


def batches(lengths: list[int], budget: int) -> list[NDArray[np.int64]]:
    found: list[NDArray[np.int64]] = []
    in_batches(lengths, TokenBudget(budget), found.append)
    return found


@given(_LENGTHS, _BUDGET)
def test_every_text_comes_once(lengths: list[int], budget: int) -> None:
    positions = [int(position) for batch in batches(lengths, budget) for position in batch]
    assert sorted(positions) == list(range(len(lengths)))


@given(_LENGTHS, _BUDGET)
def test_batches_stay_within_the_budget(lengths: list[int], budget: int) -> None:
    for batch in batches(lengths, budget):
        longest = max(lengths[position] for position in batch)
        assert len(batch) == 1 or longest * len(batch) <= budget


@given(_LENGTHS, _BUDGET)
def test_longest_first(lengths: list[int], budget: int) -> None:
    ordered = [lengths[position] for batch in batches(lengths, budget) for position in batch]
    assert ordered == sorted(lengths, reverse=True)


def test_pad() -> None:
    np.testing.assert_array_equal(pad([[1, 2, 3], [], [4]], 9), [[1, 2, 3], [9, 9, 9], [4, 9, 9]])


class _Device:
    """Runs batches of at most so many tokens; larger ones raise what a library raises."""

    def __init__(self, lengths: list[int], holds: int, error: Exception) -> None:
        self._lengths, self._holds, self._error = lengths, holds, error
        self.done: list[int] = []
        self.sizes: list[int] = []

    def run(self, batch: NDArray[np.int64]) -> None:
        tokens = len(batch) * max(self._lengths[place] for place in batch)
        if tokens > self._holds:
            raise self._error
        self.done += batch.tolist()
        self.sizes.append(tokens)


_CUDA = "CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of 139.80 GiB"
_ARENA = "[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : Available memory of 1024 is smaller than requested bytes of 4096"


@pytest.mark.parametrize("said", [_CUDA, _ARENA, "bad allocation", "DefaultCPUAllocator: can't allocate memory: you"])
def test_out_of_memory_halves_the_batch_says_so_and_loses_nothing(said: str, caplog: pytest.LogCaptureFixture) -> None:
    lengths = list(range(1, 120))
    device, budget = _Device(lengths, 1000, RuntimeError(said)), TokenBudget(16_384)
    with caplog.at_level(logging.WARNING):
        in_batches(lengths, budget, device.run)
    assert sorted(device.done) == list(range(len(lengths))) and len(device.done) == len(set(device.done))
    assert budget.tokens <= 1000 and max(device.sizes) > 400
    assert "memory ran out" in caplog.text and str(budget.tokens) in caplog.text
    told = len(caplog.records)
    in_batches(lengths, budget, device.run)  # what was learnt holds: nothing runs out again
    assert len(caplog.records) == told and len(device.done) == 2 * len(lengths)


def test_a_single_text_that_does_not_fit_is_a_typed_error() -> None:
    with pytest.raises(ModelUnavailable, match="a text of 300 tokens") as caught:
        in_batches([300], TokenBudget(1024), _Device([300], 100, RuntimeError(_CUDA)).run)
    assert "smaller model" in caught.value.remedy


def test_any_other_error_is_raised_as_it_is() -> None:
    budget = TokenBudget(1024)
    with pytest.raises(RuntimeError, match="shape"):
        in_batches([300, 20], budget, _Device([300, 20], 10, RuntimeError("a wrong shape")).run)
    assert budget.tokens == 1024


def test_errors_of_the_libraries() -> None:
    assert ran_out(MemoryError()) and not ran_out(ValueError("no")) and not ran_out(RuntimeError("CUDA error: 700"))


@pytest.mark.skipif(not installed("torch"), reason="torch is not installed")
def test_torch_own_error() -> None:
    import torch

    assert ran_out(torch.OutOfMemoryError("anything"))
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 56)
    assert ran_out(caught.value)


def test_batches_fit_the_free_memory() -> None:
    assert fitting_tokens(139 << 30, 384) == 65_536
    assert 4000 < fitting_tokens(1 << 30, 384) < 6000 and fitting_tokens(1 << 20, 4096) == 0
    assert fitting_tokens(8 << 30, 1024) < fitting_tokens(8 << 30, 384)


def test_the_gpu_computes_where_its_package_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert onnx.providers() == ["CPUExecutionProvider"]
    monkeypatch.setattr(
        onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"]
    )
    assert onnx.providers() == [("CUDAExecutionProvider", {"use_tf32": "0"}), "CPUExecutionProvider"]
