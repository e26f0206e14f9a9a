"""Choosing a run-time from measurements that are given; measuring with a clock and encoders of the test's own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from engine.errors import UsageError
from engine.models import load_encoder
from engine.models.runtimes.execution import Execution
from engine.models.selftest import results, trial
from engine.models.selftest.choosing import Measured, choose
from engine.models.selftest.measuring import MOST, candidates, measure, passages
from engine.models.selftest.results import FILE, Result, keep_result, kept_result
from engine.protocols import Encoder
from engine.remembered import write_cache
from engine.types import Float32
from tests.support.checkpoints import tiny_encoder

REFERENCE = Measured("onnx", "float32", 50.0, 1.0, 1.0)
HOWS = [Execution("onnx", "float32", 2), Execution("openvino", "float32", 2), Execution("openvino", "bfloat16", 2)]


def _other(per_second: float, cosine: float = 0.9999, sign_bits: float = 0.998, problem: str = "") -> Measured:
    return Measured("openvino", "bfloat16", per_second, cosine, sign_bits, problem)


@pytest.mark.parametrize(
    ("other", "wins"),
    [
        (_other(120.0), True),
        (_other(55.1), True),
        (_other(54.9), False),  # not clearly
        (_other(20.0), False),
        (_other(120.0, cosine=0.9989), False),
        (_other(120.0, sign_bits=0.9949), False),
        (_other(120.0, cosine=float("nan")), False),
        (_other(0.0, problem="It cannot be loaded."), False),
    ],
)
def test_the_fastest_faithful_one_wins_if_clearly(other: Measured, wins: bool) -> None:
    assert choose([REFERENCE, other]) is (other if wins else REFERENCE)


def test_of_several_the_fastest_that_is_faithful() -> None:
    fast, faster = Measured("openvino", "float32", 90.0, 1.0, 1.0), Measured("torch", "bfloat16", 100.0, 0.9999, 0.999)
    assert choose([REFERENCE, fast, faster, _other(500.0, cosine=0.98)]) is faster
    assert choose([REFERENCE]) is REFERENCE


class _Paced:
    """Takes so many seconds a text of a clock that it moves, and turns its vectors by so much."""

    def __init__(self, now: list[float], seconds: float, turned: float = 0.0) -> None:
        self._now, self._seconds, self._turned = now, seconds, turned
        self.calls = 0

    def encode(self, texts: Sequence[str], *, role: str = "document") -> Float32:
        self.calls += 1
        self._now[0] += self._seconds * len(texts)
        vectors = np.array([[len(text) % 7 - 3.0, len(text) % 5 - 2.0, 1.0, -1.0] for text in texts], np.float32)
        return vectors + np.float32(self._turned) * vectors[:, ::-1]


def _measure(*encoders: _Paced | Exception, now: list[float]) -> list[Measured]:
    given = dict(zip(HOWS, encoders, strict=False))

    def load(how: Execution) -> Encoder:
        made = given[how]
        if isinstance(made, Exception):
            raise made
        return cast(Encoder, made)

    return measure(list(given), load, [f"text {'a' * number}" for number in range(MOST)], lambda: now[0])


def test_measures_pace_and_fidelity() -> None:
    now = [0.0]
    exact, fast, turned = _measure(_Paced(now, 0.01), _Paced(now, 0.005), _Paced(now, 0.004, turned=0.5), now=now)
    assert exact == Measured("onnx", "float32", 100.0, 1.0, 1.0)
    assert fast == Measured("openvino", "float32", 200.0, 1.0, 1.0)
    assert turned.per_second == 250.0 and not turned.faithful and choose([exact, fast, turned]) is fast


def test_one_that_cannot_be_loaded_is_told_and_the_others_are_measured() -> None:
    now = [0.0]
    broken = (UsageError("This processor has no bfloat16."), OSError("libtbb.so: no such file"))
    found = _measure(_Paced(now, 0.01), *broken, now=now)
    assert [one.problem for one in found] == ["", broken[0].message, "OSError: libtbb.so: no such file"]
    assert choose(found).name == "onnx float32"
    with pytest.raises(UsageError):  # without the reference nothing can be judged
        _measure(broken[0], _Paced(now, 0.01), now=now)


def test_a_slow_one_gets_one_turn_and_a_slow_model_few_texts() -> None:
    now = [0.0]
    own, slow = _Paced(now, 1.0), _Paced(now, 3.0)
    _measure(own, slow, now=now)
    assert slow.calls == 2 and own.calls == 2 + 2 + 3  # one to compare the vectors; the reference also tells its pace
    assert now[0] < 150.0  # eight texts of the 24


def test_the_reference_is_the_first_candidate_and_passages_are_as_long_as_chunks() -> None:
    assert candidates(3)[0] == Execution("onnx", "float32", 3)
    texts = passages()
    assert len(texts) == len(set(texts)) == MOST and all(400 < len(text) <= 800 for text in texts)


@pytest.fixture
def encoder(tmp_path: Path, setting: Callable[..., None]) -> Iterator[Encoder]:
    setting(cache=tmp_path / "cache")
    yield load_encoder(str(tiny_encoder(tmp_path / "model")))


RESULT = Result((REFERENCE, _other(100.0)))


def test_a_result_is_kept_for_this_machine_and_model(
    encoder: Encoder, tmp_path: Path, setting: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kept_result(encoder.fingerprint) is None
    keep_result(encoder.fingerprint, RESULT)
    assert kept_result(encoder.fingerprint) == RESULT
    assert kept_result(encoder.with_prompts({"query": "a ", "document": "b "}).fingerprint) == RESULT
    assert kept_result(load_encoder(str(tiny_encoder(tmp_path / "other", seed=1))).fingerprint) is None
    for name, other in (("processor", ("x86_64", "another", "")), ("_packages", {}), ("_gpus", ["nvidia0"])):
        with monkeypatch.context() as patch:
            patch.setattr(results, name, lambda other=other: other)
            assert kept_result(encoder.fingerprint) is None
    setting(threads=77)
    assert kept_result(encoder.fingerprint) is None


@pytest.mark.parametrize("damage", [b"", b"{}", b"\x00" * 90, b"changed", b"old"])
def test_a_damaged_file_is_as_none(encoder: Encoder, tmp_path: Path, damage: bytes) -> None:
    keep_result(encoder.fingerprint, RESULT)
    file = tmp_path / "cache" / FILE
    if damage == b"changed":  # a digit, in JSON that is still read
        damage = file.read_bytes().replace(b"0.998", b"0.999")
    if damage == b"old":
        write_cache(file, {results._key(encoder.fingerprint): {"measured": [{"speed": 3}]}})
    else:
        file.write_bytes(damage)
    assert kept_result(encoder.fingerprint) is None
    keep_result(encoder.fingerprint, RESULT)
    assert kept_result(encoder.fingerprint) == RESULT


def test_a_folder_that_cannot_be_written_to_keeps_nothing(
    encoder: Encoder, tmp_path: Path, setting: Callable[..., None]
) -> None:
    (tmp_path / "file").write_text("no folder")
    setting(cache=tmp_path / "file")
    keep_result(encoder.fingerprint, RESULT)
    assert kept_result(encoder.fingerprint) is None


def test_a_trial_runs_in_a_process_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which is fastest is the machine's affair, and how busy it is; what is measured is not."""
    monkeypatch.setattr(trial, "_SECONDS", 3600)
    result = trial.run_trial(str(tiny_encoder(tmp_path)))
    assert not result.problem and result.measured[0].name == "onnx float32"
    exact = [one for one in result.measured if one.precision == "float32" and not one.problem]
    assert all(one.faithful and one.per_second > 0 for one in exact)
    assert json.loads(json.dumps(result.to_json()))["measured"][0]["cosine"] > 0.99999


def test_a_trial_on_a_busy_machine_is_given_up_and_not_kept(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "_SECONDS", 0.001)
    result = trial.run_trial("bundled")
    keep_result(encoder.fingerprint, result)
    assert result.chosen is None and "took more than" in result.told() and kept_result(encoder.fingerprint) is None


def test_a_trial_that_fails_says_so(tmp_path: Path) -> None:
    result = trial.run_trial(str(tmp_path / "none"))
    assert result.chosen is None and "its process ended with 1" in result.problem and "failed" in result.told()
