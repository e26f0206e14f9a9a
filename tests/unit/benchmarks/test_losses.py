"""A stage that loses to the one before it is said in plain words."""

from __future__ import annotations

from benchmarks.table import losses


def stages(**values: float) -> dict[str, dict[str, float]]:
    return {name: {"nDCG@10": value, "R@100": 0.9} for name, value in values.items()}


def test_fusion_and_reranking_that_lose() -> None:
    fused, reranked = losses(stages(lexical=0.465, dense=0.77, fused=0.695, reranked=0.689))
    assert fused.startswith("fused loses to dense: nDCG@10 0.6950 against 0.7700 (-9.7%).")
    assert reranked.startswith("reranked loses to fused: nDCG@10 0.6890 against 0.6950 (-0.9%).")
    assert "rerank=none" in reranked


def test_nothing_is_said_where_every_stage_gains_or_keeps() -> None:
    assert losses(stages(lexical=0.5, dense=0.4, fused=0.5, reranked=0.6)) == []


def test_stages_that_were_not_run() -> None:
    assert losses(stages(lexical=0.5)) == []
    assert losses(stages(lexical=0.5, fused=0.4))[0].startswith("fused loses to lexical")
