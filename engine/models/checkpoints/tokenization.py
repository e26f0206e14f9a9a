"""Text to token ids, cut as sentence-transformers cuts it, and the token counter that the chunker uses."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import ModelNotFound, UnsupportedModel
from engine.fingerprint import digest_json
from engine.models.checkpoints.checkpoint import Checkpoint, read_json
from engine.models.checkpoints.old_tokenizers import BYTES, MERGES, WORD_PIECES, build_tokenizer
from engine.remembered import remembered_digest

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer


class Tokenization:
    """A checkpoint's tokenizer. Safe under threads: its two tokenizers are configured once and never changed again.

    `max_length` counts special tokens; a pair is cut longest first, as `CrossEncoder` does.
    """

    def __init__(self, checkpoint: Checkpoint, *, max_length: int | None) -> None:
        self._directory = checkpoint.first.directory
        self._lowercase = bool(checkpoint.first.config.get("do_lower_case"))
        self.max_length = max_length

    @cached_property
    def _whole(self) -> Tokenizer:
        """Never cuts."""
        return self._load()

    @cached_property
    def _cutting(self) -> Tokenizer:
        tokenizer = _twin(self._whole) or self._load()
        if self.max_length is not None:
            tokenizer.enable_truncation(self.max_length, strategy="longest_first")
        return tokenizer

    def encode(self, inputs: Sequence[str] | Sequence[tuple[str, str]]) -> list[Encoding]:
        """Encodings of texts or of pairs, special tokens included, cut to `max_length`."""
        return self._cutting.encode_batch_fast(list(inputs))

    def special_tokens(self, *, pair: bool) -> int:
        """How many special tokens are added to a text or to a pair."""
        return self._cutting.num_special_tokens_to_add(pair)

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """Code-point spans [start, end) of the tokens of `text`, without special tokens, never cut."""
        return list(self._whole.encode(text, add_special_tokens=False).offsets)

    def count(self, texts: Sequence[str]) -> list[int]:
        """Number of tokens of each text, without special tokens, never cut."""
        return [len(encoding) for encoding in self.encode_plain(texts)]

    def encode_plain(self, texts: Sequence[str]) -> list[Encoding]:
        """Encodings without special tokens, never cut (and without offsets)."""
        return self._whole.encode_batch_fast(list(texts), add_special_tokens=False)

    def ids(self, tokens: Sequence[str]) -> list[int | None]:
        """The id of each token of the vocabulary, None for what is none."""
        return [self._whole.token_to_id(token) for token in tokens]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what decides the ids: the tokenizer's file and, where they matter, its options."""
        file = _tokenizer_file(self._directory)
        if file.name == "tokenizer.json" and not self._lowercase:
            return remembered_digest(file)
        parts = [remembered_digest(file), self._lowercase, read_json(self._directory / "tokenizer_config.json")]
        if file.name == BYTES:
            parts.append(remembered_digest(file.parent / MERGES))
        return digest_json(parts)

    def _load(self) -> Tokenizer:
        from tokenizers import Tokenizer, normalizers

        file = _tokenizer_file(self._directory)
        if file.name != "tokenizer.json":
            return build_tokenizer(file)
        try:
            tokenizer = Tokenizer.from_file(str(file))
        except Exception as error:  # the library raises the bare Exception
            raise UnsupportedModel(f"{file} cannot be read: {error}.", "Download the model again.") from error
        tokenizer.no_padding()
        tokenizer.no_truncation()
        if self._lowercase:
            present = [tokenizer.normalizer] if tokenizer.normalizer else []
            tokenizer.normalizer = normalizers.Sequence([normalizers.Lowercase(), *present])
        return tokenizer


def _twin(tokenizer: Tokenizer) -> Tokenizer | None:
    """A second tokenizer, which shares the vocabulary of the first and cuts nothing yet: reading a file again would
    take twice the time and memory. None where a token that was added by hand would get another id.
    """
    from tokenizers import Tokenizer

    twin = Tokenizer(tokenizer.model)
    for part in ("normalizer", "pre_tokenizer", "post_processor", "decoder"):
        if (value := getattr(tokenizer, part)) is not None:
            setattr(twin, part, value)
    twin.encode_special_tokens = tokenizer.encode_special_tokens
    added = tokenizer.get_added_tokens_decoder()
    for number in sorted(added):
        token = added[number]
        (twin.add_special_tokens if token.special else twin.add_tokens)([token])
    return twin if twin.get_added_tokens_decoder() == added else None


def _tokenizer_file(directory: Path) -> Path:
    for names in (("tokenizer.json",), (WORD_PIECES,), (BYTES, MERGES)):
        if all((directory / name).is_file() for name in names):
            return directory / names[0]
    raise ModelNotFound(
        f"{directory} has neither tokenizer.json nor vocab.txt, nor {BYTES} and {MERGES}.",
        "Save it once with transformers: AutoTokenizer.from_pretrained(<model>).save_pretrained(<directory>).",
    )
