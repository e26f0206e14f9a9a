"""What the goldens hold: which checkpoints, which texts. Shared by the recorder and the tests."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tests.support.checkpoints import TEXTS, tiny_cross_encoder, tiny_encoder, tiny_static
from tests.support.families import tiny_deberta, tiny_modernbert, tiny_nli

GOLDENS = Path(__file__).parent / "goldens"

_PROMPTS = {"query": "query: ", "document": "the "}
_MODES = ("cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken")

ENCODERS: dict[str, Callable[[Path], Path]] = {
    **{mode: partial(tiny_encoder, pooling=mode) for mode in _MODES},
    "cls+mean": lambda path: tiny_encoder(path, ("cls", "mean")),
    "old-pooling-keys": lambda path: tiny_encoder(path, ("mean", "lasttoken"), old_pooling_keys=True),
    "dense": lambda path: tiny_encoder(path, dense=16),
    "dense-layer-norm": lambda path: tiny_encoder(path, dense=16, layer_norm=True, normalize=False),
    "roberta": lambda path: tiny_encoder(path, family="roberta"),
    "xlm-roberta": lambda path: tiny_encoder(path, family="xlm-roberta"),
    "distilbert": lambda path: tiny_encoder(path, family="distilbert"),
    "electra": lambda path: tiny_encoder(path, family="electra"),
    "mpnet": lambda path: tiny_encoder(path, family="mpnet"),
    "mpnet-long": lambda path: tiny_encoder(path, family="mpnet", max_length=200),
    "float16": lambda path: tiny_encoder(path, dtype="float16"),
    "shards": lambda path: tiny_encoder(path, shards=3),
    "prompts": lambda path: tiny_encoder(path, prompts=_PROMPTS),
    "prompt-left-out": lambda path: tiny_encoder(path, prompts=_PROMPTS, include_prompt=False),
    "prompt-left-out-cls": lambda path: tiny_encoder(path, "cls", prompts=_PROMPTS, include_prompt=False),
    "prompt-left-out-weighted": lambda path: tiny_encoder(path, "weightedmean", prompts=_PROMPTS, include_prompt=False),
    "static": lambda path: tiny_static(path),
}

CROSS_ENCODERS: dict[str, Callable[[Path], Path]] = {
    "bert": lambda path: tiny_cross_encoder(path),
    "bert-logits": lambda path: tiny_cross_encoder(path, activation="linear.Identity"),
    "roberta": lambda path: tiny_cross_encoder(path, family="roberta"),
    "distilbert": lambda path: tiny_cross_encoder(path, family="distilbert"),
    "electra": lambda path: tiny_cross_encoder(path, family="electra"),
    "xlm-roberta": lambda path: tiny_cross_encoder(path, family="xlm-roberta"),
    "mpnet": lambda path: tiny_cross_encoder(path, family="mpnet"),
    "modernbert": lambda path: tiny_modernbert(path),
    "modernbert-mean": lambda path: tiny_modernbert(path, pooling="mean"),
    "deberta-v2": lambda path: tiny_deberta(path),
    "nli-roberta": lambda path: tiny_nli(path, "roberta"),
    "nli-deberta-v2": lambda path: tiny_nli(path, "deberta-v2"),
    "modular": lambda path: tiny_cross_encoder(path, modular=True),
    "modular-logits": lambda path: tiny_cross_encoder(path, modular=True, activation="linear.Identity"),
}

# Short, long enough to cut every passage to nothing but itself, and empty.
QUERIES = ["winnow search", TEXTS[3], ""]

SENTENCES = [
    "How do bees keep warm in winter?",
    "",
    "The council approved the parking permits in March.",
    "Le chêne perd ses feuilles en automne.",
    "Straßenbahnen fahren auf schmaler Spur.",
    "检索系统先召回，再排序。",
    "今日は図書館で本を借りました。",
    "🦉🌾 winnowing 🌾🦉",
    "x = f(y) + 3.14159e-10; // comment",
    "Information retrieval is finding material of an unstructured nature. " * 60,
    "ﬁne ligatures, soft­hyphens and zero​width spaces",
    "A",
]


def pair_scores(model: Any, query: str, texts: list[str]) -> np.ndarray:
    """(texts,); of several labels the probability of entailment, the passage being the premise."""
    if model.num_labels == 1:
        return model.predict([(query, text) for text in texts])
    probabilities = model.predict([(text, query) for text in texts], apply_softmax=True)
    return probabilities[:, model.config.label2id["entailment"]]
