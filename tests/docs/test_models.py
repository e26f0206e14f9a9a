"""docs/models.md promises no model whose loader does not exist, and names every architecture that has one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.models.checkpoints.checkpoint import JINA_BERT
from engine.models.checkpoints.families import FAMILIES, family_of
from engine.models.checkpoints.presets import PRESETS
from engine.models.graphs.architectures import ARCHITECTURES
from engine.models.rerankers.heads import CLASSIFIERS
from engine.models.rerankers.prompts import PROMPTS
from engine.models.rerankers.purpose import purpose_of

TEXT = (Path(__file__).parents[2] / "docs" / "models.md").read_text(encoding="utf-8")
RERANKERS = TEXT.partition("## Rerankers")[2].partition("## Encoders")[0]
ROWS = [
    tuple(cell.strip() for cell in line.strip("|").split("|"))
    for line in RERANKERS.splitlines()
    if line.startswith("| `")
]
ENCODERS = [
    tuple(cell.strip() for cell in line.strip("|").split("|"))
    for line in TEXT.partition("## Encoders")[2].splitlines()
    if re.match(r"\| `[\w.-]+/", line)
]
CAUSAL = {"gemma": "GemmaForCausalLM", "minicpm": "LayerWiseMiniCPMForCausalLM", "qwen2": "Qwen2ForCausalLM"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_tells_what_loads_it(row: tuple[str, ...]) -> None:
    _, judges, architecture, parameters, licence, score, runtimes = row
    if architecture in ARCHITECTURES:
        assert architecture in CLASSIFIERS and runtimes == _runtimes(architecture)
    elif architecture in CAUSAL:
        assert runtimes == "torch" and CAUSAL[architecture] in PROMPTS
    else:  # the first version, which transformers' own class runs
        assert architecture == "deberta" and runtimes == "torch"
    assert re.fullmatch(r"[\d.]+[MB]", parameters) and licence in ("apache-2.0", "mit")
    assert judges == (purpose_of(row[0].split("`")[1]) or "answers")
    assert score == "-" or re.search(r"\[\d\]$", score) or row[0].startswith("`bundled`")


def test_no_loader_is_without_a_row() -> None:
    named = {row[2] for row in ROWS}
    assert {CAUSAL[name] for name in named & CAUSAL.keys()} == set(PROMPTS)
    assert set(ARCHITECTURES) - named == {
        "camembert",
        "distilbert",
        "mpnet",
    }  # of which no well-known reranker was published


def test_the_presets_rerankers_are_listed() -> None:
    models = {row[0].split("`")[1] for row in ROWS}
    assert {preset.reranker for preset in PRESETS.values()} <= models


@pytest.mark.parametrize("row", ENCODERS, ids=lambda row: row[0])
def test_an_encoders_row_is_what_the_code_does(row: tuple[str, ...]) -> None:
    name, architecture, parameters, dimensions, tokens, similarity, family, licence, score, runtimes = row
    known = family_of(Path(name.strip("`")))
    assert family == ("-" if known is None else known.name)
    assert runtimes == (_runtimes(architecture) if architecture in (*ARCHITECTURES, "static") else "torch")
    assert similarity in ("cosine", "dot") and licence in ("apache-2.0", "mit", "-")
    assert dimensions.isdecimal() and (tokens.isdecimal() or tokens == "-" or architecture == "static")
    assert parameters == "-" or re.fullmatch(r"[\d.]+M", parameters)
    assert score == "-" or re.search(r"\[\d\]$", score)


def test_the_presets_encoders_are_listed() -> None:
    named = {preset.encoder for preset in PRESETS.values() if "/" in preset.encoder}
    assert named <= {row[0].strip("`") for row in ENCODERS}


def test_every_family_is_listed_with_its_prompts() -> None:
    for family in FAMILIES:
        assert f"| {family.name} | {_shown(family.query)} | {_shown(family.document)} |" in TEXT


def _runtimes(architecture: str) -> str:
    return "onnx, openvino" if architecture == JINA_BERT else "light"  # torch runs that one by its own code only


def _shown(prompt: str) -> str:
    return "`" + prompt.replace("\n", "\\n") + "`" if prompt else "-"
