"""Bi-encoders and cross-encoders: `load_encoder` and `load_reranker` are all that the rest of Winnow uses.

Importing this package is quick: ONNX Runtime, tokenizers or torch are imported when a model is loaded.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from engine.models.checkpoints.presets import BUNDLED

if TYPE_CHECKING:
    from engine.models.runtimes.execution import Execution, Precision
    from engine.protocols import Encoder, Reranker

__all__ = ["load_encoder", "load_reranker"]

_Model = TypeVar("_Model")
_Key = tuple[str, str, "Execution"]  # kind, name
_loaded: dict[_Key, object] = {}
_locks: dict[_Key, threading.Lock] = {}
_lock = threading.Lock()


def load_encoder(
    name: str = BUNDLED,
    *,
    runtime: str | None = None,
    precision: Precision | None = None,
    self_test: bool = True,
) -> Encoder:
    """The bi-encoder `name` (BUNDLED, a preset, a directory or a Hugging Face id), loaded once per process.

    `runtime` and `precision` default to the settings. Where these leave it open, many documents are embedded as the
    self-test says (engine/models/bulk.py); without `self_test` as an earlier one has said, since it takes seconds in
    which nothing is embedded. Raises ModelNotFound, UnsupportedModel, DependencyMissing;
    UsageError where the runtime or the processor lacks the precision.
    """
    from engine.models.bulk import make_bulk_encoder
    from engine.models.loading import make_encoder
    from engine.models.runtimes.execution import execution, left_open

    how = execution(runtime, precision)
    if runtime is None and precision is None and left_open():
        return _once("encoder for much", name, how, partial(make_bulk_encoder, self_test=self_test))
    return _once("encoder", name, how, make_encoder)


def load_reranker(name: str = BUNDLED, *, runtime: str | None = None, precision: Precision | None = None) -> Reranker:
    """The cross-encoder `name`, as `load_encoder` does it."""
    from engine.models.loading import make_reranker
    from engine.models.runtimes.execution import execution

    return _once("reranker", name, execution(runtime, precision), make_reranker)


class LocalModels:
    """Implements `engine.protocols.ModelSource`: loads into this process, each model once."""

    def encoder(self, name: str) -> Encoder:
        return load_encoder(name)

    def reranker(self, name: str) -> Reranker:
        return load_reranker(name)


def _once(kind: str, name: str, how: Execution, make: Callable[[str, Execution], _Model]) -> _Model:
    key = (kind, name, how)
    with _lock:
        own = _locks.setdefault(key, threading.Lock())
    with own:  # one lock a model, so that an encoder and a reranker can be loaded at the same time
        if key not in _loaded:
            _loaded[key] = make(name, how)
        return _loaded[key]  # type: ignore[return-value]
