"""Questions of which "nothing relevant" would be said, by what other collections show."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks.assessment.silence import KEEP, Asked, leave_one_out
from benchmarks.cli import app
from engine.errors import UsageError
from engine.probability.gate import SIGNS, Gate
from indexer.evaluation.tuning.tune import Models

MODELS = Models("e", "r")


def collection(name: str, answered: float, unanswered: float, questions: int = 40) -> Asked:
    """Every fourth question has no answer; every sign of a question is about as given."""
    chance = np.random.default_rng(sum(map(ord, name)))
    answerable = np.arange(questions) % 4 > 0
    about = np.where(answerable, answered, unanswered)[:, None]
    return Asked(
        name, about + chance.normal(0.0, 0.1, (questions, len(SIGNS))), answerable.astype(np.float64), answerable
    )


def test_what_scores_tell_apart_is_told_apart_in_a_collection_that_was_not_seen() -> None:
    found = leave_one_out([collection(name, 0.8, 0.2) for name in "abc"], MODELS)
    assert found.silenced == found.area == 1.0
    assert found.kept == pytest.approx(KEEP, abs=0.05)
    assert set(found.by_collection) == set("abc")


def test_what_scores_do_not_tell_apart_is_hardly_silenced() -> None:
    found = leave_one_out([collection(name, 0.5, 0.5) for name in "abcd"], MODELS)
    assert found.silenced < 0.25
    assert found.kept > 0.85


def test_the_gate_of_all_is_written_and_read() -> None:
    gate = leave_one_out([collection(name, 0.8, 0.2) for name in "ab"], MODELS).gate
    again = Gate.from_json(json.loads(json.dumps(gate.to_json())))
    assert again == gate
    assert again.fits("e", "r")
    assert not again.fits("e", None)
    assert gate.chance(np.full((1, len(SIGNS)), 0.8))[0] > gate.threshold > gate.chance(np.zeros((1, len(SIGNS))))[0]


def test_too_little_is_refused() -> None:
    with pytest.raises(UsageError, match="too few"):
        leave_one_out([collection("a", 0.8, 0.2, 8), collection("b", 0.8, 0.2, 8)], MODELS)


def test_one_document_cannot_be_measured_by_others(tmp_path: Path) -> None:
    asked = CliRunner().invoke(app, ["document", str(tmp_path), "--out", str(tmp_path / "fitted")])
    assert isinstance(asked.exception, UsageError)
    assert "two" in str(asked.exception)
    assert not (tmp_path / "fitted").exists()
