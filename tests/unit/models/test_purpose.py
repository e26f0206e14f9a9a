"""What a reranker judges, and the remark on one that does not judge answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.models.rerankers.purpose import Purpose, purpose_of, remark_on_purpose
from tests.support.checkpoints import tiny_cross_encoder
from tests.support.families import tiny_nli


@pytest.mark.parametrize(
    ("name", "purpose"),
    [
        ("cross-encoder/stsb-distilroberta-base", "likeness"),
        ("cross-encoder/stsb-TinyBERT-L4", "likeness"),
        ("dleemiller/ModernCE-large-sts", "likeness"),
        ("cross-encoder/quora-roberta-large", "likeness"),
        ("someone/electra_QQP", "likeness"),
        ("cross-encoder/nli-MiniLM2-L6-H768", "entailment"),
        ("MoritzLaurer/DeBERTa-v3-base-mnli-fever-anli", "entailment"),
        ("cohere+http://localhost:1/v1#cross-encoder/quora-roberta-base", "likeness"),
        ("cross-encoder/qnli-electra-base", None),
        ("cross-encoder/ms-marco-MiniLM-L6-v2", None),
        ("someone/ms-marco-and-nli", None),
        ("BAAI/bge-reranker-v2-m3", None),
        ("nliteam/reranker", None),
        ("cohere+https://api.jina.ai/v1#jina-reranker-v3", None),
        ("tei+http://gpu:8081", None),
        ("bundled", None),
        ("minilm", None),
        ("none", None),
    ],
)
def test_the_name_tells(name: str, purpose: Purpose | None) -> None:
    assert purpose_of(name) == purpose
    assert (remark_on_purpose(name) is None) == (purpose is None)


def test_the_hubs_cache_is_read_by_the_repositorys_name(tmp_path: Path) -> None:
    path = tmp_path / "models--cross-encoder--stsb-roberta-base" / "snapshots" / "a1"
    assert purpose_of(str(tiny_cross_encoder(path))) == "likeness"


def test_three_labels_tell(tmp_path: Path) -> None:
    assert purpose_of(str(tiny_nli(tmp_path / "mine", "roberta"))) == "entailment"
    assert purpose_of(str(tiny_cross_encoder(tmp_path / "other"))) is None


@pytest.mark.parametrize(
    ("datasets", "purpose"),
    [
        (["sentence-transformers/stsb"], "likeness"),
        (["sentence-transformers/quora-duplicates", "sentence-transformers/stsb"], "likeness"),
        (["sentence-transformers/all-nli"], "entailment"),
        (["sentence-transformers/stsb", "sentence-transformers/msmarco"], None),
        ([], None),
    ],
)
def test_the_card_tells_by_what_it_was_trained_on(datasets: list[str], purpose: Purpose | None, tmp_path: Path) -> None:
    path = tiny_cross_encoder(tmp_path / "mine")
    listed = "".join(f"- {name}\n" for name in datasets)
    (path / "README.md").write_text(f"---\nlicense: mit\ndatasets:\n{listed}---\n# Mine\n", encoding="utf-8")
    assert purpose_of(str(path)) == purpose


def test_the_remark_is_plain_and_names_a_remedy() -> None:
    for name, said in (("a/stsb-x", "say the same"), ("a/nli-x", "supports a claim")):
        remark = remark_on_purpose(name) or ""
        assert remark.startswith(f"{name} judges whether") and said in remark
        assert "`bundled`" in remark and "winnow search --models" in remark
