"""The tokenizer of XLM-R over a part of its pieces, as `tokenizer.json` of the library tokenizers.

Unigram (Kudo 2018, https://arxiv.org/abs/1804.10959) after the normalisation `nmt_nfkc` of sentencepiece.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")  # ids 0 to 3, as in XLM-R
MASK = "<mask>"  # the last id
SPACE = "\u2581"
_UNKNOWN = 3
_JOINER = "\u200d"  # which XLM-R's normalisation makes a space, and newer versions of sentencepiece leave alone


def tokenizer_json(pieces: Sequence[tuple[str, float]]) -> dict[str, Any]:
    """`pieces` with their log-probabilities, in the order of their ids, SPECIAL first and MASK last."""
    spaces = {"type": "Metaspace", "replacement": SPACE, "prepend_scheme": "always", "split": True}
    added = [_added(number, content) for number, content in enumerate(SPECIAL)]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [*added, _added(len(pieces) - 1, MASK) | {"lstrip": True}],
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                {"type": "Replace", "pattern": {"String": _JOINER}, "content": " "},
                {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(_normalisation()).decode()},
            ],
        },
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, spaces]},
        "post_processor": _template(),
        "decoder": spaces,
        "model": {"type": "Unigram", "unk_id": _UNKNOWN, "vocab": [list(piece) for piece in pieces]},
    }


def _added(number: int, content: str) -> dict[str, Any]:
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    return {"id": number, "content": content, **flags, "special": True}


def _template() -> dict[str, Any]:
    """<s> A </s>, and for a pair <s> A </s> </s> B </s>."""
    begin, end = ({"SpecialToken": {"id": token, "type_id": 0}} for token in ("<s>", "</s>"))
    first, second = ({"Sequence": {"id": name, "type_id": 0}} for name in "AB")
    known = {token: {"id": token, "ids": [SPECIAL.index(token)], "tokens": [token]} for token in ("<s>", "</s>")}
    return {
        "type": "TemplateProcessing",
        "single": [begin, first, end],
        "pair": [begin, first, end, end, second, end],
        "special_tokens": known,
    }


def _normalisation() -> bytes:
    """The compiled table of `nmt_nfkc`, which sentencepiece writes into every model that it trains with it."""
    from sentencepiece import SentencePieceTrainer, sentencepiece_model_pb2

    file = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter(["some words to learn from", "a few words more"] * 20),
        model_writer=file,
        model_type="unigram",
        vocab_size=30,
        hard_vocab_limit=False,
        normalization_rule_name="nmt_nfkc",
        minloglevel=2,
    )
    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString(file.getvalue())
    return bytes(model.normalizer_spec.precompiled_charsmap)
