"""The engine's protocols over the socket: to the pipeline, a remote model is a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np

from api.inference.connections import Connections
from api.inference.wire import unpack_array
from engine.errors import ModelMismatch
from engine.fingerprint import QueryFingerprint
from engine.models import load_encoder, load_reranker
from engine.models.checkpoints.checkpoint import read_checkpoint
from engine.models.checkpoints.locate import locate
from engine.models.checkpoints.tokenization import Tokenization
from engine.models.remote.address import is_address
from engine.protocols import Encoder, Prompts, Reranker, Role, TokenCounter
from engine.types import Float32, Passage

_AT_ONCE = 256  # texts in one message: bounds a frame, and what one ingest can put before another

_Item = TypeVar("_Item")


class InferenceClient:
    """Models by name. Safe under threads; `patience` is how long to wait for a process that is starting, in seconds."""

    def __init__(self, path: Path, *, timeout: float = 300.0, patience: float = 30.0) -> None:
        self._connections = Connections(path, timeout=timeout, patience=patience)
        self._encoders: dict[str, RemoteEncoder] = {}
        self._rerankers: dict[str, RemoteReranker] = {}

    def encoder(self, name: str) -> Encoder:
        """The bi-encoder `name`, which the process loads if it has not yet. Raises what loading it raises.

        A model at an address needs no process: it is asked from here, and nobody waits behind it.
        """
        if is_address(name):
            return load_encoder(name)
        if name not in self._encoders:
            self._encoders[name] = _encoder(name, self._connections)
        return self._encoders[name]

    def reranker(self, name: str) -> Reranker:
        """The cross-encoder `name`, as `encoder` does it."""
        if is_address(name):
            return load_reranker(name)
        if name not in self._rerankers:
            self._rerankers[name] = _reranker(name, self._connections)
        return self._rerankers[name]

    def stats(self) -> dict[str, Any]:
        """Loaded models, and for each lane what waits, for how many seconds, and what was done, refused and dropped."""
        found: dict[str, Any] = self._connections.request({"op": "stats"})
        return found

    def close(self) -> None:
        self._connections.close()


class RemoteEncoder:
    """Implements `engine.protocols.Encoder`."""

    def __init__(self, name: str, connections: Connections, model: Mapping[str, Any], about: Mapping[str, Any]) -> None:
        """`model` is how requests name it, `about` what the process says of it."""
        self._name = name
        self._connections = connections
        self._model = model
        self._max_tokens = int(about["max_tokens"])
        self._languages = _languages(about)
        self._fingerprint = QueryFingerprint.from_json(about["fingerprint"])

    @property
    def dimension(self) -> int:
        return self._fingerprint.dimension

    @property
    def max_tokens(self) -> int:
        return self._max_tokens

    @property
    def languages(self) -> frozenset[str] | None:
        return self._languages

    @property
    def fingerprint(self) -> QueryFingerprint:
        return self._fingerprint

    @cached_property
    def tokens(self) -> TokenCounter:
        """The tokenizer is small and is asked often: it is loaded here, at its first use.

        Raises:
            ModelMismatch: the model's files have changed since the inference process loaded them.
        """
        found = _tokenizer(self._name, "encoder")
        if found.digest != self._fingerprint.tokenizer:
            raise ModelMismatch(
                f"The tokenizer of {self._name} is not the one that the inference process uses.",
                "Restart the service, so that both read the same files.",
            )
        return found

    def with_prompts(self, prompts: Prompts) -> RemoteEncoder:
        """The same model with other prompts, by role; the process loads nothing again."""
        return _encoder(self._name, self._connections, prompts)

    def encode(self, texts: Sequence[str], *, role: Role = "document") -> Float32:
        message = {"op": "encode", **self._model, "role": role}
        rows = [self._connections.request({**message, "texts": part}) for part in _parts(texts)]
        return _joined(rows)


class RemoteMatching(RemoteEncoder):
    """Implements `engine.protocols.MatchesTokens` too."""

    def match(self, query: str, passages: Sequence[str]) -> Float32:
        message = {"op": "match", **self._model, "query": query, "texts": list(passages)}
        return unpack_array(self._connections.request(message))


def _encoder(name: str, connections: Connections, prompts: Prompts | None = None) -> RemoteEncoder:
    model = {"model": name} | ({} if prompts is None else {"prompts": dict(prompts)})
    about = connections.request({"op": "encoder", **model})
    kind = RemoteMatching if about["matches_tokens"] else RemoteEncoder
    return kind(name, connections, model, about)


class RemoteReranker:
    """Implements `engine.protocols.TellsLabels`."""

    def __init__(self, name: str, connections: Connections, about: Mapping[str, Any]) -> None:
        self._model = name
        self._connections = connections
        self._name, self._max_tokens = str(about["name"]), int(about["max_tokens"])
        self._languages, self._special_tokens = _languages(about), int(about["special_tokens"])
        self._label_names = tuple(map(str, about["labels"]))

    @property
    def name(self) -> str:
        return self._name

    @property
    def max_tokens(self) -> int:
        return self._max_tokens

    @property
    def languages(self) -> frozenset[str] | None:
        return self._languages

    @property
    def special_tokens(self) -> int:
        return self._special_tokens

    @cached_property
    def tokens(self) -> TokenCounter:
        """A counter like the encoder's; it only measures windows, so nothing depends on its being the very same."""
        return _tokenizer(self._model, "reranker")

    def score(self, query: str, passages: Sequence[Passage]) -> Float32:
        return _joined([self._ask("score", query, part) for part in _parts(passages)])

    @property
    def label_names(self) -> tuple[str, ...]:
        return self._label_names

    def labelled(self, query: str, passages: Sequence[Passage]) -> Float32:
        return _joined([self._ask("labelled", query, part) for part in _parts(passages)])

    def truncated(self, query: str, passages: Sequence[Passage]) -> int:
        return sum(self._ask("truncated", query, part) for part in _parts(passages))

    def _ask(self, operation: str, query: str, passages: Sequence[Passage]) -> Any:
        sent = [(passage.text, passage.stored) for passage in passages]
        return self._connections.request({"op": operation, "model": self._model, "query": query, "passages": sent})


class RemoteRemembering(RemoteReranker):
    """Implements `engine.protocols.Remembers` too."""

    def remembered(self, passages: Sequence[Passage]) -> list[bool]:
        return [known for part in _parts(passages) for known in self._ask("remembered", "", part)]


def _reranker(name: str, connections: Connections) -> RemoteReranker:
    about = connections.request({"op": "reranker", "model": name})
    kind = RemoteRemembering if about["remembers"] else RemoteReranker
    return kind(name, connections, about)


def _languages(about: Mapping[str, Any]) -> frozenset[str] | None:
    return None if about["languages"] is None else frozenset(about["languages"])


def _tokenizer(name: str, role: Literal["encoder", "reranker"]) -> Tokenization:
    return Tokenization(read_checkpoint(locate(name, role)), max_length=None)


def _parts(items: Sequence[_Item]) -> Iterator[list[_Item]]:
    """Parts in order; one that is empty where there is nothing, since the shape of nothing is the model's to say."""
    return (list(items[start : start + _AT_ONCE]) for start in range(0, max(len(items), 1), _AT_ONCE))


def _joined(parts: Sequence[Any]) -> Float32:
    return unpack_array(parts[0]) if len(parts) == 1 else np.concatenate([unpack_array(part) for part in parts])
