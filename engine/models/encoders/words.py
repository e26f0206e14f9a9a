"""Bi-encoders over whole words: WordEmbeddings (with WordWeights, CNN, LSTM) and BoW of sentence-transformers.

https://sbert.net/docs/package_reference/sentence_transformer/modules.html
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

import numpy as np

from engine.errors import UnsupportedModel
from engine.fingerprint import QueryFingerprint, digest_json
from engine.models.checkpoints.checkpoint import Checkpoint, Module, read_json
from engine.models.checkpoints.weights import digest_weights, read_tensors, weight_files
from engine.models.encoders.finish import read_finish
from engine.models.encoders.pooling import Pooling, read_pooling
from engine.models.encoders.prompting import Prompting
from engine.models.encoders.word_layers import WordLayer, read_word_layer, word_weights
from engine.protocols import Role, TokenCounter
from engine.types import Float32

_TOKENIZER = "whitespacetokenizer_config.json"
_MAX_TOKENS = 1_000_000  # as sentence-transformers has it where a model has no limit
_WORD = re.compile(r"\S+")


class Words:
    """Implements `engine.protocols.TokenCounter` as `WhitespaceTokenizer`: words of the vocabulary, others left out.

    A word is looked up as it is, without the punctuation around it, and in lower case, in this order.
    """

    def __init__(self, vocabulary: Sequence[str], stop_words: Sequence[str], *, lowercase: bool) -> None:
        self.vocabulary = vocabulary
        self._numbers = {word: number for number, word in enumerate(vocabulary)}
        self._stop_words = frozenset(stop_words)
        self._lowercase = lowercase
        self.digest = digest_json([list(vocabulary), sorted(self._stop_words), lowercase])

    def ids(self, text: str) -> list[int]:
        return [number for number, _ in self._read(text)]

    def offsets(self, text: str) -> list[tuple[int, int]]:
        return [span for _, span in self._read(text)]

    def count(self, texts: Sequence[str]) -> list[int]:
        return [len(self.ids(text)) for text in texts]

    def _read(self, text: str) -> Iterator[tuple[int, tuple[int, int]]]:
        for match in _WORD.finditer(text):
            number = self._look_up(match.group().lower() if self._lowercase else match.group())
            if number is not None:
                yield number, match.span()

    def _look_up(self, word: str) -> int | None:
        stripped = word.strip(string.punctuation)
        for form in (word, stripped, stripped.lower()):
            if form in self._stop_words:
                return None
            if form in self._numbers:
                return self._numbers[form]
        return None


class WordEncoder(Prompting):
    """Implements `engine.protocols.Encoder` for a checkpoint whose first module is WordEmbeddings or BoW.

    A text without words of the vocabulary becomes zeros before the last layers.
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._checkpoint = checkpoint
        self._prompts = checkpoint.prompts
        counts = checkpoint.first.type == "BoW"
        self._reader: _Bag | _Vectors = _Bag(checkpoint.first) if counts else _Vectors(checkpoint)
        self._finish = read_finish(checkpoint, checkpoint.modules[self._reader.modules :], self._reader.width)

    @property
    def dimension(self) -> int:
        return self._finish.dimension

    @property
    def max_tokens(self) -> int:
        return int(self._checkpoint.first.config.get("max_seq_length") or _MAX_TOKENS)

    @property
    def languages(self) -> frozenset[str] | None:
        return self._checkpoint.languages

    @property
    def tokens(self) -> TokenCounter:
        return self._reader.words

    @cached_property
    def fingerprint(self) -> QueryFingerprint:
        return QueryFingerprint(
            weights=self._reader.digest,
            tokenizer=self._reader.words.digest,
            pooling=", ".join([self._reader.label, *self._finish.labels]),
            prompts=self._prompts,
            dimension=self.dimension,
            max_tokens=self.max_tokens,
        )

    def encode(self, texts: Sequence[str], *, role: Role = "document") -> Float32:
        """Embeddings, shape (n, dimension), in the order of `texts`."""
        prompt = self._prompts[role]
        rows = np.zeros((len(texts), self._reader.width), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            ids = self._reader.words.ids(prompt + text)[: self.max_tokens]
            if ids:
                row[:] = self._reader.vector(ids)
        return self._finish(rows)


class _Bag:
    """How often each word of the vocabulary occurs, weighted."""

    modules = 1

    def __init__(self, module: Module) -> None:
        config = module.config
        self.words = Words(list(dict.fromkeys(config["vocab"])), (), lowercase=False)
        self._weights = word_weights(self.words.vocabulary, config)
        self._counts = config.get("cumulative_term_frequency", True)
        self.width = len(self._weights)
        self.digest = digest_json([self._weights.tolist(), self._counts])
        self.label = "bag of words"

    def vector(self, ids: Sequence[int]) -> Float32:
        occurrences = np.bincount(ids, minlength=self.width)
        return np.asarray((occurrences if self._counts else occurrences > 0) * self._weights, dtype=np.float32)


class _Vectors:
    """Word vectors, what is done to them in order, and their pooling."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        first, *rest = checkpoint.modules
        if str(first.config.get("tokenizer_class", "")).rpartition(".")[2] != "WhitespaceTokenizer":
            raise UnsupportedModel(
                f"{first.directory} has a {first.config.get('tokenizer_class')}.",
                "Supported is: WhitespaceTokenizer.",
            )
        split = next((place for place, module in enumerate(rest) if module.type == "Pooling"), len(rest))
        if split == len(rest):
            raise UnsupportedModel(f"{checkpoint.root} does not pool its words.", "Choose another model.")
        config = read_json(first.directory / _TOKENIZER)
        self.words = Words(config["vocab"], config["stop_words"], lowercase=config.get("do_lower_case", False))
        self._table = read_tensors(weight_files(first.directory))["emb_layer.weight"]
        self._pooling = read_pooling(rest[split].config)
        self._weights, self._layers, width = _steps(rest[:split], self._pooling, self._table.shape[1])
        self.modules = split + 2  # with the vectors and the pooling
        self.width = width * len(self._pooling.modes)
        parts = [module for module in (first, *rest[:split]) if module.type != "WordWeights"]
        weighted = "" if self._weights is None else digest_json(self._weights.tolist())
        self.digest = digest_json([weighted, *(_digest(module) for module in parts)])
        self.label = ", ".join([*(module.type for module in rest[:split]), self._pooling.label])

    def vector(self, ids: Sequence[int]) -> Float32:
        rows = self._table[list(ids)].astype(np.float32)
        scale = 1.0
        if self._weights is not None:
            own = self._weights[list(ids)]
            rows = rows * own[:, None]
            scale = len(ids) / max(float(own.sum()), 1e-9)  # the mean is over the weights, not over the words
        for layer in self._layers:
            rows = layer(rows)
        mask = np.ones((1, len(ids)), dtype=np.int64)
        return np.asarray(self._pooling(rows[None], mask, 0)[0] * scale, dtype=np.float32)


def _steps(
    modules: Sequence[Module], pooling: Pooling, width: int
) -> tuple[Float32 | None, list[Callable[[Float32], Float32]], int]:
    """Weights of the vocabulary, layers, and the dimension of a word after them."""
    weights: Float32 | None = None
    layers: list[WordLayer] = []
    for module in modules:
        if module.type == "WordWeights" and not layers and pooling.modes == ("mean",):
            weights = word_weights(module.config["vocab"], module.config)
        elif module.type in ("CNN", "LSTM") and weights is None:
            layer, width = read_word_layer(module)
            layers.append(layer)
        else:
            raise UnsupportedModel(
                f"{module.directory}: a {module.type} module cannot stand here.",
                "WordWeights come right after WordEmbeddings and before a mean; no CNN or LSTM with them.",
            )
    return weights, layers, width


def _digest(module: Module) -> str:
    return digest_weights(weight_files(module.directory), module.directory)
