"""The seams of the engine. Fusions, rerank policies, binary scans and index kinds are plain functions with a registry
each (engine/fusion, engine/rerank, engine/vectors/search.py, engine/vectors/kinds).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol, runtime_checkable

from engine.fingerprint import QueryFingerprint
from engine.types import Float32, Passage

Role = Literal["query", "document"]
Prompts = Mapping[str, str]  # what stands before each text, by role; "" for nothing


class TokenCounter(Protocol):
    """Counts and locates tokens exactly as the encoder will see them (no special tokens, no truncation)."""

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """Code-point spans [start, end) of the tokens of `text`."""
        ...

    def count(self, texts: Sequence[str]) -> list[int]:
        """Number of tokens of each text."""
        ...


@runtime_checkable
class Encoder(Protocol):
    """A bi-encoder. `max_tokens` is what one text may hold beside the special tokens."""

    @property
    def dimension(self) -> int: ...

    @property
    def max_tokens(self) -> int: ...

    @property
    def languages(self) -> frozenset[str] | None:
        """ISO 639-1 codes of the languages that the model was made for, None for all."""
        ...

    @property
    def fingerprint(self) -> QueryFingerprint: ...

    @property
    def tokens(self) -> TokenCounter: ...

    def with_prompts(self, prompts: Prompts) -> Encoder:
        """The same model with other prompts, by role; nothing is loaded again."""
        ...

    def encode(self, texts: Sequence[str], *, role: Role = "document") -> Float32:
        """Embeddings, shape (n, dimension), float32; `role` selects the model's prompt. Safe under threads."""
        ...


@runtime_checkable
class TellsRuntimes(Protocol):
    """An encoder that can say what computes its vectors."""

    @property
    def runtimes(self) -> frozenset[str]:
        """The run-times that have embedded documents so far, each with its precision: "onnx float32"."""
        ...


@runtime_checkable
class MatchesTokens(Protocol):
    """An encoder that has a vector of each token by itself, whatever stands beside it."""

    def match(self, query: str, passages: Sequence[str]) -> Float32:
        """How well the tokens of each passage match those of the query one by one, shape (n,), float32, at most 1 and
        higher is better. Only passages of the same call can be compared. Thread-safe.
        """
        ...


def runtimes_behind(encoder: Encoder) -> frozenset[str]:
    """The run-times that have embedded documents for an encoder so far; none where it cannot say."""
    return encoder.runtimes if isinstance(encoder, TellsRuntimes) else frozenset()


@runtime_checkable
class Reranker(Protocol):
    """Scores passages for a query, as a cross-encoder does. Sorting and blending belong to the pipeline."""

    @property
    def name(self) -> str: ...

    @property
    def max_tokens(self) -> int:
        """Longest query plus passage, in tokens, special tokens included; each where they are read apart."""
        ...

    @property
    def languages(self) -> frozenset[str] | None:
        """Languages that the reranker knows (ISO 639-1); None for all."""
        ...

    @property
    def special_tokens(self) -> int:
        """How many special tokens a pair has, or each of the two where they are read apart."""
        ...

    @property
    def tokens(self) -> TokenCounter: ...

    def score(self, query: str, passages: Sequence[Passage]) -> Float32:
        """Relevance, shape (n,), float32, on a scale of the model's own (logits): higher is better. Thread-safe."""
        ...

    def truncated(self, query: str, passages: Sequence[Passage]) -> int:
        """How many of the pairs are cut when scored: the query path gives none such unless the query leaves no room
        (engine/rerank/judging.py).
        """
        ...


@runtime_checkable
class ReadsAhead(Reranker, Protocol):
    """A reranker that can read passages before it knows the question, and keep what it has read."""

    @property
    def keeps(self) -> bool:
        """Whether anything is kept on this machine."""
        ...

    def read_ahead(self, passages: Sequence[Passage]) -> int:
        """Read those of the passages that were not read yet, and keep them; how many they were. Thread-safe."""
        ...


@runtime_checkable
class Remembers(Reranker, Protocol):
    """A reranker that reads passages apart from the question, and remembers them."""

    def remembered(self, passages: Sequence[Passage]) -> list[bool]:
        """Whether it has read each of the passages before: to score these takes next to no time. Thread-safe."""
        ...


@runtime_checkable
class TellsLabels(Reranker, Protocol):
    """A reranker that may have several labels, as models for natural language inference do."""

    @property
    def label_names(self) -> tuple[str, ...]:
        """Labels in the order of the columns; none for a model with one score."""
        ...

    def labelled(self, query: str, passages: Sequence[Passage]) -> Float32:
        """Log-probability of each label, shape (n, labels), float32. Thread-safe."""
        ...


class ModelSource(Protocol):
    """Where models come from by name: loaded in this process, or held by another one. Safe under threads."""

    def encoder(self, name: str) -> Encoder:
        """The bi-encoder of that name.

        Raises:
            ModelNotFound: there is none of that name.
            UnsupportedModel: Winnow cannot run it faithfully.
            DependencyMissing: it needs an extra that is not installed.
        """
        ...

    def reranker(self, name: str) -> Reranker:
        """The reranker of that name.

        Raises:
            ModelNotFound: there is none of that name.
            UnsupportedModel: Winnow cannot run it faithfully.
            DependencyMissing: it needs an extra that is not installed.
        """
        ...
