"""Purpose of a reranker: what it was trained to judge, by its name and its files; a remark where that is not answers.

Models for sentence similarity and duplicate questions rank a repetition of the question above its answer; those for
natural language inference rank what supports a claim
(https://sbert.net/docs/cross_encoder/pretrained_models.html).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from engine.errors import ModelNotFound, UnsupportedModel
from engine.models.checkpoints.card import read_card
from engine.models.checkpoints.checkpoint import read_json
from engine.models.checkpoints.families import own_name
from engine.models.checkpoints.locate import locate
from engine.models.remote.address import is_address, read_address

Purpose = Literal["likeness", "entailment"]

# Words of a model's or a data set's name. QNLI, for all its name, is made of questions and passages that answer.
_WORDS: dict[Purpose, frozenset[str]] = {
    "likeness": frozenset(("sts", "stsb", "stsbenchmark", "quora", "qqp", "mrpc", "paws", "paraphrase", "duplicates")),
    "entailment": frozenset(("nli", "mnli", "snli", "anli", "xnli", "multinli", "allnli")),
}
_ANSWERS = frozenset(("marco", "msmarco", "qnli"))  # a model that was trained on these as well judges answers
_TOLD: dict[Purpose, str] = {
    "likeness": "whether two texts say the same, not whether a passage answers a question: it ranks a repetition of "
    "the question above the answer",
    "entailment": "whether a passage supports a claim, not whether it answers a question: ask it with claims",
}


def purpose_of(name: str) -> Purpose | None:
    """Purpose of a reranker; None for answers, and where nothing tells. Nothing is downloaded."""
    if is_address(name):
        return _by_words([read_address(name, "reranker").model])
    try:
        root = locate(name, "reranker", download=False)
    except ModelNotFound:
        return _by_words([name])
    return _by_words([own_name(root)]) or _by_labels(root) or _by_words(read_card(root / "README.md").datasets)


def remark_on_purpose(name: str) -> str | None:
    """A sentence for whoever chooses a reranker that does not judge answers, with the remedy; None for any other."""
    purpose = purpose_of(name)
    if purpose is None:
        return None
    return (
        f"{name} judges {_TOLD[purpose]}. For answers choose a reranker that was trained for them, such as `bundled` "
        "or cross-encoder/ms-marco-MiniLM-L6-v2, for a search (`winnow search --models`) or for another collection."
    )


def _by_words(names: Iterable[str]) -> Purpose | None:
    """The purpose that all of the names tell."""
    found = {_by_name(name) for name in names}
    return found.pop() if len(found) == 1 else None


def _by_name(name: str) -> Purpose | None:
    words = set(re.split(r"[^a-z0-9]+", name.lower().rpartition("/")[2]))
    if words & _ANSWERS:
        return None
    return next((purpose for purpose, known in _WORDS.items() if words & known), None)


def _by_labels(root: Path) -> Purpose | None:
    """Entailment, where that is one of several labels."""
    try:
        labels = read_json(root / "config.json").get("id2label") or {}
    except UnsupportedModel:  # a damaged file is told when the model is loaded
        return None
    names = [str(label).lower() for label in labels.values()] if isinstance(labels, dict) else []
    return "entailment" if len(names) > 1 and "entailment" in names else None
