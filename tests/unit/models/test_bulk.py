"""An encoder that changes to another run-time where much is embedded: when, to what, and never without need."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from engine.errors import UsageError
from engine.models import bulk, load_encoder
from engine.models.bulk import KNOWN_AFTER, TESTED_AFTER, BulkEncoder, Faster
from engine.models.runtimes.execution import Execution
from engine.models.selftest import trial
from engine.models.selftest.choosing import Measured
from engine.models.selftest.results import Result, keep_result
from engine.protocols import Encoder, Role
from engine.types import Float32
from tests.support.checkpoints import TEXTS, tiny_encoder, tiny_static

REFERENCE = Measured("onnx", "float32", 50.0, 1.0, 1.0)
FAST = Measured("openvino", "bfloat16", 100.0, 0.9999, 0.998)


class _Machine:
    """What was tested and loaded; `found` is what a test finds."""

    def __init__(self, found: Result) -> None:
        self.found = found
        self.tests = 0
        self.loaded: list[Execution] = []
        self.asked: list[tuple[int, Role]] = []
        self.broken = False

    def test(self) -> Result:
        self.tests += 1
        return self.found

    def load(self, how: Execution) -> Encoder:
        if self.broken:
            raise UsageError("It is broken.")
        self.loaded.append(how)
        return cast(Encoder, _Recording(load_encoder(self.name, runtime="onnx"), self.asked))

    name = ""


class _Recording:
    """An encoder that says what it was asked."""

    def __init__(self, encoder: Encoder, asked: list[tuple[int, Role]]) -> None:
        self._encoder, self._asked = encoder, asked

    def __getattr__(self, name: str) -> Any:
        return getattr(self._encoder, name)

    def with_prompts(self, prompts: dict[str, str]) -> _Recording:
        return _Recording(self._encoder.with_prompts(prompts), self._asked)

    def encode(self, texts: Sequence[str], *, role: Role = "document") -> Float32:
        self._asked.append((len(texts), role))
        return self._encoder.encode(texts, role=role)


@pytest.fixture
def machine(tmp_path: Path, setting: Callable[..., None]) -> _Machine:
    setting(cache=tmp_path / "cache")
    made = _Machine(Result((REFERENCE, FAST)))
    made.name = str(tiny_encoder(tmp_path / "model"))
    return made


def _encoder(machine: _Machine) -> BulkEncoder:
    return BulkEncoder(load_encoder(machine.name), Faster(machine.load, machine.test))


def _embed(encoder: Encoder, documents: int) -> None:
    for _ in range(documents // 64):
        encoder.encode(["a"] * 64)


def test_what_is_known_is_used_after_a_few_documents(machine: _Machine) -> None:
    encoder = _encoder(machine)
    keep_result(encoder.fingerprint, machine.found)
    _embed(encoder, KNOWN_AFTER)
    assert machine.loaded == []
    _embed(encoder, 128)
    assert [(how.runtime, how.precision) for how in machine.loaded] == [("openvino", "bfloat16")]
    assert machine.asked == [(64, "document")] * 2 and machine.tests == 0
    encoder.encode(["a"], role="query")
    assert machine.asked == [(64, "document")] * 2  # a query is embedded as in any other command


def test_it_tells_what_has_embedded_documents(machine: _Machine) -> None:
    int8 = load_encoder(machine.name, runtime="onnx", precision="int8")
    encoder = BulkEncoder(load_encoder(machine.name), Faster(lambda how: int8, machine.test))
    keep_result(encoder.fingerprint, machine.found)
    encoder.encode(["a"], role="query")
    assert encoder.runtimes == frozenset()
    _embed(encoder, KNOWN_AFTER)
    assert encoder.runtimes == {"onnx float32"}
    _embed(encoder, 128)
    assert encoder.runtimes == {"onnx float32", "onnx int8"}


def test_it_is_tested_where_thousands_are_embedded(machine: _Machine) -> None:
    encoder = _encoder(machine)
    _embed(encoder, TESTED_AFTER)
    assert machine.tests == 0 and machine.loaded == []
    _embed(encoder, 256)
    assert machine.tests == 1 and len(machine.loaded) == 1 and machine.asked


def test_a_process_that_may_not_test_uses_what_is_known_only(machine: _Machine) -> None:
    encoder = BulkEncoder(load_encoder(machine.name), Faster(machine.load, None))
    _embed(encoder, 2 * TESTED_AFTER)
    assert machine.loaded == []
    keep_result(encoder.fingerprint, machine.found)
    _embed(BulkEncoder(load_encoder(machine.name), Faster(machine.load, None)), 256)
    assert len(machine.loaded) == 1


@pytest.mark.parametrize("found", [Result((REFERENCE,)), Result((REFERENCE, Measured("torch", "bfloat16", 90.0)))])
def test_without_a_clear_winner_nothing_else_is_loaded(machine: _Machine, found: Result) -> None:
    machine.found = found
    _embed(_encoder(machine), 3 * TESTED_AFTER)
    assert machine.tests == 1 and machine.loaded == []


def test_a_test_that_fails_is_told_and_ends_nothing(machine: _Machine, caplog: pytest.LogCaptureFixture) -> None:
    machine.found = Result((), "its process ended with -4.")
    with caplog.at_level(logging.WARNING):
        _embed(_encoder(machine), 3 * TESTED_AFTER)
    assert machine.tests == 1 and machine.loaded == [] and "ended with -4" in caplog.text


def test_one_that_cannot_be_loaded_any_more_is_told(machine: _Machine, caplog: pytest.LogCaptureFixture) -> None:
    machine.broken = True
    encoder = _encoder(machine)
    keep_result(encoder.fingerprint, machine.found)
    with caplog.at_level(logging.WARNING):
        _embed(encoder, 4 * KNOWN_AFTER)
    assert "openvino bfloat16" in caplog.text and "It is broken." in caplog.text


def test_all_prompts_share_the_choice_and_keep_their_own(machine: _Machine) -> None:
    plain = _encoder(machine)
    keep_result(plain.fingerprint, machine.found)
    prompts = {"query": "the query ", "document": "a passage "}
    asked = plain.with_prompts(prompts)
    _embed(asked, 256)
    expected = load_encoder(machine.name).with_prompts(prompts)
    assert asked.fingerprint == expected.fingerprint and asked.max_tokens == expected.max_tokens
    np.testing.assert_array_equal(asked.encode(TEXTS), expected.encode(TEXTS))
    np.testing.assert_array_equal(plain.encode(TEXTS), load_encoder(machine.name).encode(TEXTS))
    assert len(machine.loaded) == 1 and asked.dimension == plain.dimension and asked.languages == plain.languages


def test_settings_and_callers_decide_first(tmp_path: Path, setting: Callable[..., None]) -> None:
    name = str(tiny_encoder(tmp_path / "model"))
    assert not isinstance(load_encoder(name), BulkEncoder)  # the tests' own setting is onnx
    setting(runtime="auto")
    encoder = load_encoder(name)
    assert isinstance(encoder, BulkEncoder) and load_encoder(name) is encoder
    assert not isinstance(load_encoder(name, runtime="onnx"), BulkEncoder)
    assert not isinstance(load_encoder(name, precision="float32"), BulkEncoder)
    assert not isinstance(load_encoder(str(tiny_static(tmp_path / "static"))), BulkEncoder)
    setting(precision="float32")
    assert not isinstance(load_encoder(name), BulkEncoder)


def test_a_model_that_asks_for_int8_keeps_it(tmp_path: Path, setting: Callable[..., None]) -> None:
    setting(runtime="auto")
    path = tiny_encoder(tmp_path / "model")
    (path / "config_sentence_transformers.json").write_text('{"winnow": {"precision": "int8"}}')
    assert not isinstance(load_encoder(str(path)), BulkEncoder)


def test_a_process_tests_once_and_the_next_one_knows(
    tmp_path: Path, setting: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    setting(runtime="auto", cache=tmp_path / "cache")
    tried: list[str] = []
    monkeypatch.setattr(trial, "run_trial", lambda name: (tried.append(name), Result((REFERENCE,)))[1])
    name = str(tiny_encoder(tmp_path / "model"))
    for _ in range(2):
        encoder = bulk.make_bulk_encoder(name, Execution("onnx", "auto", 1))
        _embed(encoder, TESTED_AFTER + 256)
    assert tried == [name]
