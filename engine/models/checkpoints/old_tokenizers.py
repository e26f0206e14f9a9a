"""Tokenizers of checkpoints that are older than tokenizer.json, built from the vocabulary by the class that the
checkpoint's files name.

The same two files stand for several tokenizers: vocab.json and merges.txt are RoBERTa's, DeBERTa's and GPT-2's, and
differ in their special tokens. A class that is not known here is refused, since wrong ids give wrong answers silently.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import UnsupportedModel
from engine.models.checkpoints.checkpoint import read_json

if TYPE_CHECKING:
    from tokenizers import Tokenizer

WORD_PIECES = "vocab.txt"
BYTES, MERGES = "vocab.json", "merges.txt"

# What a config.json without a tokenizer_class means by its model_type.
_BY_MODEL_TYPE = {
    "bert": "BertTokenizer",
    "distilbert": "DistilBertTokenizer",
    "electra": "ElectraTokenizer",
    "mpnet": "MPNetTokenizer",
    "roberta": "RobertaTokenizer",
    "deberta": "DebertaTokenizer",
}
_GENERIC = ("PreTrainedTokenizer", "TokenizersBackend")  # what says nothing of how a text is cut


def build_tokenizer(vocabulary: Path) -> Tokenizer:
    """The tokenizer of a directory without tokenizer.json; `vocabulary` is its vocab.txt or vocab.json.

    Raises:
        UnsupportedModel: The files name a tokenizer that is not known here, or lack its special tokens.
    """
    table = _FROM_WORD_PIECES if vocabulary.name == WORD_PIECES else _FROM_BYTES
    name = _class_named(vocabulary.parent) or _class_by_vocabulary(vocabulary)
    if name not in table:
        raise UnsupportedModel(
            f"{vocabulary.parent} has no tokenizer.json, and {vocabulary.name} alone does not tell how its tokenizer "
            f"({name or 'none is named'}) cuts a text.",
            "Save it once with transformers: AutoTokenizer.from_pretrained(<model>).save_pretrained(<directory>).",
        )
    return table[name](vocabulary)


def _class_named(directory: Path) -> str:
    """The class that tokenizer_config.json names, else that of the model's type; "" where neither is there."""
    named = str(read_json(directory / "tokenizer_config.json").get("tokenizer_class") or "").removesuffix("Fast")
    if named in _GENERIC:
        named = ""
    return named or _BY_MODEL_TYPE.get(str(read_json(directory / "config.json").get("model_type")), "")


def _class_by_vocabulary(vocabulary: Path) -> str:
    """The tokenizer's class by its special tokens; "" where they are none that is known."""
    text = vocabulary.read_text("utf-8")
    words = set(text.split("\n")) if vocabulary.name == WORD_PIECES else set(json.loads(text))
    if vocabulary.name == WORD_PIECES:
        return "BertTokenizer" if {"[CLS]", "[SEP]"} <= words else ""
    if {"[CLS]", "[SEP]"} <= words:
        return "DebertaTokenizer"
    return "RobertaTokenizer" if {"<s>", "</s>"} <= words else ""


def _bert(vocabulary: Path) -> Tokenizer:
    from tokenizers import BertWordPieceTokenizer

    options = read_json(vocabulary.parent / "tokenizer_config.json")
    built = BertWordPieceTokenizer(
        str(vocabulary),
        lowercase=options.get("do_lower_case", True),
        strip_accents=options.get("strip_accents"),
        handle_chinese_chars=options.get("tokenize_chinese_chars", True),
    )
    tokenizer: Tokenizer = built._tokenizer
    return tokenizer


def _mpnet(vocabulary: Path) -> Tokenizer:
    """BERT's word pieces between RoBERTa's special tokens."""
    from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors

    options = read_json(vocabulary.parent / "tokenizer_config.json")
    tokenizer = Tokenizer(models.WordPiece.from_file(str(vocabulary), unk_token="[UNK]"))  # noqa: S106  # no secret
    tokenizer.normalizer = normalizers.BertNormalizer(
        lowercase=options.get("do_lower_case", True),
        strip_accents=options.get("strip_accents"),
        handle_chinese_chars=options.get("tokenize_chinese_chars", True),
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "[UNK]", AddedToken("<mask>", lstrip=True)])
    start, end = _numbers(tokenizer, vocabulary, "<s>", "</s>")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", start), ("</s>", end)]
    )
    return tokenizer


def _byte_pairs(vocabulary: Path, special: list[str], mask: str) -> Tokenizer:
    """Byte-level pairs with a family's special tokens, and nothing around a text yet."""
    from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers

    prefix = bool(read_json(vocabulary.parent / "tokenizer_config.json").get("add_prefix_space", False))
    tokenizer = Tokenizer(models.BPE.from_file(str(vocabulary), str(vocabulary.parent / MERGES)))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix)
    tokenizer.add_special_tokens([*special, AddedToken(mask, lstrip=True)])
    return tokenizer


def _roberta(vocabulary: Path) -> Tokenizer:
    from tokenizers import processors

    prefix = bool(read_json(vocabulary.parent / "tokenizer_config.json").get("add_prefix_space", False))
    tokenizer = _byte_pairs(vocabulary, ["<s>", "<pad>", "</s>", "<unk>"], "<mask>")
    start, end = _numbers(tokenizer, vocabulary, "<s>", "</s>")
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", end), ("<s>", start), add_prefix_space=prefix)
    return tokenizer


def _deberta(vocabulary: Path) -> Tokenizer:
    from tokenizers import processors

    tokenizer = _byte_pairs(vocabulary, ["[CLS]", "[PAD]", "[SEP]", "[UNK]"], "[MASK]")
    start, end = _numbers(tokenizer, vocabulary, "[CLS]", "[SEP]")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0",
        pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[("[CLS]", start), ("[SEP]", end)],
    )
    return tokenizer


def _numbers(tokenizer: Tokenizer, vocabulary: Path, *special: str) -> list[int]:
    """The ids of special tokens, which must be the checkpoint's own: an added one lies beyond its embeddings."""
    text = vocabulary.read_text("utf-8")
    known = set(text.split("\n")) if vocabulary.name == WORD_PIECES else set(json.loads(text))
    missing = [token for token in special if token not in known]
    if missing:
        raise UnsupportedModel(
            f"{vocabulary} lacks {', '.join(missing)}, which its tokenizer puts around each text.",
            "Save it once with transformers: AutoTokenizer.from_pretrained(<model>).save_pretrained(<directory>).",
        )
    vocab = tokenizer.get_vocab()
    return [vocab[token] for token in special]


_FROM_WORD_PIECES: dict[str, Callable[[Path], Tokenizer]] = {
    "BertTokenizer": _bert,
    "DistilBertTokenizer": _bert,
    "ElectraTokenizer": _bert,
    "MPNetTokenizer": _mpnet,
}
_FROM_BYTES: dict[str, Callable[[Path], Tokenizer]] = {
    "RobertaTokenizer": _roberta,
    "DebertaTokenizer": _deberta,
}
