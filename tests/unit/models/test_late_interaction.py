from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.errors import UnsupportedModel
from engine.models import load_encoder, load_reranker
from engine.models.describe import describe, kinds_of
from engine.models.loading import make_reranker
from engine.models.runtimes.execution import execution
from engine.types import Passage
from tests.support.checkpoints import TEXTS
from tests.support.late_interaction import tiny_late_interaction

PASSAGES = [Passage(text) for text in TEXTS]


def test_a_passage_is_read_once_however_many_questions_find_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(tiny_late_interaction(tmp_path))
    expected = {query: make_reranker(path, execution()).score(query, PASSAGES) for query in ("river", "the city")}
    model: Any = make_reranker(path, execution())
    read = []
    run = type(model._runtime).run

    def counted(self: Any, ids: Any, *rest: Any) -> Any:
        read.append(len(ids))
        return run(self, ids, *rest)

    monkeypatch.setattr(type(model._runtime), "run", counted)
    np.testing.assert_array_equal(model.score("river", PASSAGES[:3]), expected["river"][:3])
    assert sum(read) == 1 + 3
    read.clear()
    np.testing.assert_allclose(model.score("the city", PASSAGES), expected["the city"], atol=1e-4)
    assert sum(read) == 1 + len(PASSAGES) - 3
    read.clear()
    np.testing.assert_allclose(model.score("river", PASSAGES[::-1]), expected["river"][::-1], atol=1e-4)
    assert sum(read) == 0


def test_without_a_cache_every_passage_is_read_again(tmp_path: Path, setting: Callable[..., None]) -> None:
    setting(reranker_cache_mb=0)
    model: Any = make_reranker(str(tiny_late_interaction(tmp_path)), execution())
    first = model.score("river", PASSAGES)
    np.testing.assert_array_equal(model.score("river", PASSAGES), first)
    assert len(model._passages) == 0


def test_a_skipped_word_of_a_passage_counts_for_nothing(tmp_path: Path) -> None:
    plain = load_reranker(str(tiny_late_interaction(tmp_path / "plain")))
    skipping = load_reranker(str(tiny_late_interaction(tmp_path / "skipping", skipped=("river", "no single token"))))
    itself = [Passage("river")]
    assert plain.score("river", itself)[0] == pytest.approx(1.0, abs=1e-5)
    assert skipping.score("river", itself)[0] < 0.999
    without = [Passage("the city")]
    np.testing.assert_array_equal(plain.score("river", without), skipping.score("river", without))


def test_prompts_stand_before_query_and_passage(tmp_path: Path) -> None:
    prompts = {"query": "query ", "document": "passage "}
    prompted = load_reranker(str(tiny_late_interaction(tmp_path / "prompted", prompts=prompts)))
    plain = load_reranker(str(tiny_late_interaction(tmp_path / "plain")))
    np.testing.assert_allclose(
        prompted.score("river", [Passage("the city")]), plain.score("query river", [Passage("passage the city")])
    )


def test_what_is_cut_is_told(tmp_path: Path) -> None:
    model = load_reranker(str(tiny_late_interaction(tmp_path)))
    long = Passage("river " * 100)
    assert model.truncated("river", [Passage("the city"), long]) == 1
    assert model.truncated("river " * 100, [Passage("the city"), long]) == 2


def test_it_is_described_and_is_no_encoder(tmp_path: Path) -> None:
    path = str(tiny_late_interaction(tmp_path, dense=16))
    assert kinds_of(path) == ("reranker",)
    about = describe(path, "reranker")
    assert about.reading.head.startswith("maxsim (mean), dense(Identity")
    assert "onnx" in about.runtimes
    with pytest.raises(UnsupportedModel, match="is a reranker"):
        load_encoder(path)


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        (
            "sentence_bert_config.json",
            {"query_expansion": {"strategy": "fixed", "length": 32}},
            "lengthens its queries",
        ),
        ("config_sentence_transformers.json", {"similarity_fn_name": "cosine"}, "compares by cosine"),
        ("2_MultiVectorMask/config.json", {"keep_only_token_ids": [3]}, "masks tokens"),
        ("1_Normalize/config.json", {"module_input_name": "sentence_embedding"}, "works on sentence_embedding"),
    ],
)
def test_what_cannot_be_served_is_refused(tmp_path: Path, file: str, change: Any, message: str) -> None:
    place = tiny_late_interaction(tmp_path) / file
    place.write_text(json.dumps(json.loads(place.read_text()) | change))
    with pytest.raises(UnsupportedModel, match=message):
        load_reranker(str(tmp_path))


def declaring(path: Path, logit: object) -> Any:
    file = path / "config_sentence_transformers.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "winnow": {"logit": logit}}))
    return load_reranker(str(path))


def test_a_declared_logit_scales_and_shifts_the_scores(tmp_path: Path) -> None:
    plain = load_reranker(str(tiny_late_interaction(tmp_path / "plain"))).score("river", PASSAGES)
    told = declaring(tiny_late_interaction(tmp_path / "told"), {"scale": 20.0, "offset": 0.5}).score("river", PASSAGES)
    np.testing.assert_allclose(told, 20.0 * (plain - 0.5), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("logit", [{"scale": 0.0, "offset": 0.0}, {"scale": "much", "offset": 0.0}, {"scale": 2.0}, 3])
def test_a_logit_that_is_none_is_refused(tmp_path: Path, logit: object) -> None:
    with pytest.raises(UnsupportedModel, match=r"winnow\.logit"):
        declaring(tiny_late_interaction(tmp_path), logit)
