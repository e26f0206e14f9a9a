"""The late-interaction reranker: query and passage are read apart, and compared token by token.

A passage's MaxSim is the mean over the query's tokens of the greatest cosine that one has with a token of the passage
(Khattab, Zaharia: "ColBERT", 2020, https://arxiv.org/abs/2004.12832). Models have the layout of
sentence-transformers' MultiVectorEncoder (https://sbert.net/docs/multi_vector_encoder/usage/usage.html).

Cosines of good and bad passages lie close together. A model may declare how a logit is made of its MaxSim, so that its
scores mean what a cross-encoder's do: `{"winnow": {"logit": {"scale": 30.0, "offset": 0.5}}}` in its
config_sentence_transformers.json stands for scale * (MaxSim - offset). One whose vectors lose little where two
bits are kept of each component (token_codes.py) may say so with `"tokens": "2 bits"`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import UnsupportedModel
from engine.lru import Lru
from engine.models.checkpoints.checkpoint import LATE_INTERACTION, Checkpoint
from engine.models.checkpoints.declared import declarations
from engine.models.checkpoints.tokenization import Tokenization
from engine.models.encoders.layers import Layer, read_layers
from engine.models.rerankers.token_codes import FloatCodes, Kept, TokenCodes, TwoBitCodes, maxsims
from engine.models.runtimes.batching import TokenBudget, in_batches, pad
from engine.models.runtimes.runtime import Ids, Runtime
from engine.models.vector_store import VectorStore
from engine.types import Float32, Passage

TOKENS = "token_embeddings"  # what the modules after the transformer work on
MASK = "MultiVectorMask"
_CODES: dict[str, TokenCodes] = {"floats": FloatCodes(), "2 bits": TwoBitCodes()}
_QUERIES = 16  # of which the token vectors are kept: one query's passages are read in several calls


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """How a model makes the vectors that are compared: `layers` after the transformer; `skipped` are the ids of tokens
    of a passage that count for nothing; `mean` says whether MaxSim is a mean or a sum over the query's tokens; a score
    is `scale` * (MaxSim - `offset`); `codes` is how they are kept.
    """

    layers: tuple[Layer, ...]
    skipped: frozenset[int]
    mean: bool
    codes: TokenCodes
    scale: float = 1.0
    offset: float = 0.0

    @property
    def label(self) -> str:
        """Its description in `winnow models show`."""
        compared = "maxsim (mean)" if self.mean else "maxsim (sum)"
        kept = ["2 bits"] if isinstance(self.codes, TwoBitCodes) else []
        return ", ".join([compared, *(layer.label for layer in self.layers), *kept])


def is_late_interaction(checkpoint: Checkpoint) -> bool:
    return checkpoint.extra.get("model_type") == LATE_INTERACTION


def read_token_vectors(checkpoint: Checkpoint) -> TokenVectors:
    """Read how token vectors are made. Raises UnsupportedModel for a model that lengthens queries, or compares
    otherwise.
    """
    if checkpoint.first.type != "Transformer":
        raise UnsupportedModel(f"{checkpoint.root} has no transformer.", "Choose another model.")
    if checkpoint.first.config.get("query_expansion"):
        raise UnsupportedModel(
            f"{checkpoint.root} lengthens its queries (query_expansion), which Winnow does not do.",
            "Choose a model without query expansion, or train one with `winnow train reranker`.",
        )
    similarity = checkpoint.extra.get("similarity_fn_name") or "maxsim"
    if similarity not in ("maxsim", "meanmaxsim"):
        raise UnsupportedModel(f"{checkpoint.root} compares by {similarity}.", "Supported: maxsim, meanmaxsim.")
    rest = checkpoint.modules[1:]
    masks = [module.config for module in rest if module.type == MASK]
    layers = read_layers([module for module in rest if module.type != MASK], source=TOKENS)
    skipped = frozenset(token for config in masks for token in _skipped(checkpoint, config))
    return TokenVectors(layers, skipped, similarity == "meanmaxsim", _codes(checkpoint), *_logit(checkpoint))


def _codes(checkpoint: Checkpoint) -> TokenCodes:
    """How vectors are kept, as declared."""
    declared = declarations(checkpoint.extra, checkpoint.root).get("tokens", "floats")
    if declared not in _CODES:
        raise UnsupportedModel(
            f"{checkpoint.root}: winnow.tokens is {declared}.", "Choose one of: " + ", ".join(_CODES) + "."
        )
    return _CODES[declared]


def _logit(checkpoint: Checkpoint) -> tuple[float, float]:
    """(scale, offset) as declared, (1, 0) where nothing is."""
    declared = declarations(checkpoint.extra, checkpoint.root).get("logit")
    if declared is None:
        return 1.0, 0.0
    try:
        scale, offset = float(declared["scale"]), float(declared["offset"])
    except (KeyError, TypeError, ValueError) as error:
        raise UnsupportedModel(f"{checkpoint.root}: winnow.logit: {error!r}.", "Give `scale` and `offset`.") from error
    if not 0.0 < scale < np.inf or not np.isfinite(offset):
        raise UnsupportedModel(f"{checkpoint.root}: winnow.logit is {declared}.", "The scale must be above 0.")
    return scale, offset


def _skipped(checkpoint: Checkpoint, mask: Mapping[str, Any]) -> list[int]:
    """The ids of the words that a mask leaves out; those that are no single token are ignored, as by the reference."""
    if mask.get("keep_only_token_ids") or mask.get("skiplist_tasks", ["document"]) not in (["document"], "document"):
        raise UnsupportedModel(f"{checkpoint.root} masks tokens as Winnow cannot.", "Choose another model.")
    words = mask.get("skiplist_words") or []
    ids = Tokenization(checkpoint, max_length=None).ids(words)
    return [token for token in ids if token is not None]


class LateInteraction:
    """Implements `engine.protocols.Reranker`, `ReadsAhead` and `Remembers`. `max_tokens` holds for a query and for a
    passage, each by itself.

    A passage's vectors do not depend on the query: they are kept in memory, up to `cache_bytes`, and those of passages
    that stand in a collection also in `store`, so that a passage is read once however many questions find it.
    """

    def __init__(
        self,
        name: str,
        checkpoint: Checkpoint,
        runtime: Runtime,
        cache_bytes: int,
        store: VectorStore | None = None,
    ) -> None:
        self._name = name
        self._checkpoint = checkpoint
        self._vectors = read_token_vectors(checkpoint)
        self._skipped = np.array(sorted(self._vectors.skipped), np.int64)
        self._runtime = runtime
        self._budget = TokenBudget(runtime.at_once)
        self.tokens = Tokenization(checkpoint, max_length=checkpoint.max_length)
        self._passages: Lru[str, Kept] = Lru(cache_bytes, lambda kept: kept.nbytes)
        self._store = store
        self._query_vectors = lru_cache(maxsize=_QUERIES)(self._read_query)

    @property
    def name(self) -> str:
        return self._name

    @property
    def max_tokens(self) -> int:
        return self._checkpoint.max_length

    @property
    def languages(self) -> frozenset[str] | None:
        return self._checkpoint.languages

    @cached_property
    def special_tokens(self) -> int:
        prompt = self._checkpoint.prompts["document"]
        return self.tokens.special_tokens(pair=False) + self.tokens.count([prompt])[0]

    def score(self, query: str, passages: Sequence[Passage]) -> Float32:
        """Scores, shape (n,), in the order of `passages`. A passage that was read lately is not read again."""
        texts, stored = self._texts(passages)
        known = self._known(texts, stored)
        asked = self._query_vectors(query)
        found = maxsims(self._vectors.codes, asked, [known[text] for text in texts], mean=self._vectors.mean)
        return np.asarray(self._vectors.scale * (found - self._vectors.offset), np.float32)

    def remembered(self, passages: Sequence[Passage]) -> list[bool]:
        """Whether each passage's vectors are kept. Those that are on disk are in memory afterwards."""
        texts, stored = self._texts(passages)
        kept = self._kept(texts, stored)
        return [text in kept for text in texts]

    @property
    def keeps(self) -> bool:
        """Whether passages are kept on disk."""
        return self._store is not None and self._store.open

    def read_ahead(self, passages: Sequence[Passage]) -> int:
        """Read what was not read yet of these passages, and keep it for the questions to come; how many were read."""
        if self._store is None:
            return 0
        texts, _ = self._texts(passages)
        known = self._store.get(texts)
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        self._store.put(self._read_new(missing))
        return len(missing)

    def _texts(self, passages: Sequence[Passage]) -> tuple[list[str], Set[str]]:
        """The passages as the model reads them, and those of them that may be kept on disk."""
        prompt = self._checkpoint.prompts["document"]
        texts = [prompt + passage.text for passage in passages]
        return texts, {text for text, passage in zip(texts, passages, strict=True) if passage.stored}

    def _known(self, texts: Sequence[str], stored: Set[str]) -> dict[str, Kept]:
        """The vectors of each text. Only what was never read is read now; `stored` ones are then kept on disk."""
        known = self._kept(texts, stored)
        new = self._read_new([text for text in dict.fromkeys(texts) if text not in known])
        if self._store is not None:
            self._store.put({text: kept for text, kept in new.items() if text in stored})
        self._remember(new)
        return {**known, **new}

    def _kept(self, texts: Sequence[str], stored: Set[str]) -> dict[str, Kept]:
        """The vectors of those texts that were read before, from memory and from disk."""
        known = {text: kept for text in texts if (kept := self._passages.get(text)) is not None}
        absent = [text for text in dict.fromkeys(texts) if text not in known and text in stored]
        found = self._store.get(absent) if self._store is not None and absent else {}
        self._remember(found)
        return {**known, **found}

    def _remember(self, read: Mapping[str, Kept]) -> None:
        for text, kept in read.items():
            self._passages.put(text, kept)

    def _read_new(self, texts: Sequence[str]) -> dict[str, Kept]:
        vectors = self._read_passages(texts)
        return {text: self._vectors.codes.encode(found) for text, found in zip(texts, vectors, strict=True)}

    def truncated(self, query: str, passages: Sequence[Passage]) -> int:
        """How many passages are cut when scored; all, where the query is."""
        prompts = self._checkpoint.prompts
        (asked,) = self.tokens.encode([prompts["query"] + query])
        if asked.overflowing:
            return len(passages)
        encodings = self.tokens.encode([prompts["document"] + passage.text for passage in passages])
        return sum(bool(encoding.overflowing) for encoding in encodings)

    def _read_query(self, query: str) -> Float32:
        """The vectors of a query's tokens, shape (tokens, d)."""
        encodings = self.tokens.encode([self._checkpoint.prompts["query"] + query])
        ids = pad([encoding.ids for encoding in encodings], self._checkpoint.pad_id)
        return self._read(ids, np.ones_like(ids), np.zeros_like(ids), np.ones_like(ids, bool))

    def _read_passages(self, texts: Sequence[str]) -> list[Float32]:
        """The vectors of the tokens of each passage that count, shape (tokens, d)."""
        encodings = self.tokens.encode(texts)
        found = [np.empty((0, 0), np.float32)] * len(texts)

        def run(batch: NDArray[np.int64]) -> None:
            ids = pad([encodings[place].ids for place in batch], self._checkpoint.pad_id)
            mask = pad([encodings[place].attention_mask for place in batch], 0)
            types = pad([encodings[place].type_ids for place in batch], 0)
            counted = (mask > 0) & ~np.isin(ids, self._skipped)
            vectors = self._read(ids, mask, types, counted)
            ends = np.cumsum(counted.sum(axis=1))
            for place, own in zip(batch, np.split(vectors, ends[:-1]), strict=True):
                found[place] = own.copy()  # else what is kept of one would hold the memory of all

        in_batches([len(encoding) for encoding in encodings], self._budget, run)
        return found

    def _read(self, ids: Ids, mask: Ids, types: Ids, counted: NDArray[np.bool_]) -> Float32:
        """The vectors of the `counted` tokens (batch, length) of all texts, in their order: shape (tokens, d)."""
        rows: Float32 = self._runtime.run(ids, mask, types)[counted]
        for layer in self._vectors.layers:
            rows = layer.apply(rows)
        return rows
