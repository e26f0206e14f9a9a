"""py3langid's model, from an unpacked copy that is mapped: unpacking the package's own takes a third of a second in
every process, and a search asks for little of it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier
from py3langid.modelio import load_model

from engine.fingerprint import digest_file
from engine.remembered import remembered_digest
from engine.settings import settings

log = logging.getLogger(__name__)

Model = Mapping[str, NDArray[Any]]

_LONGEST = 6  # bytes of the model's longest features: what stands before them cannot be told from its states
_PARTS = ("features", "prior", "classes", "moves", "rows", "output")


def load_identifier(languages: Sequence[str]) -> LanguageIdentifier:
    """The package's model, which tells these languages apart. The unpacked copy lies in the folder of caches, and is
    made where it is missing or damaged.
    """
    told = hashlib.sha256(" ".join(languages).encode()).hexdigest()[:8]
    copy = settings().cache / f"py3langid-{version('py3langid')}-{told}-by-row"
    model = _mapped(copy)
    if model is None:
        whole = map(np.asarray, load_model(MODEL_DIR / MODEL_FILE))
        model = _narrowed(dict(zip(_PARTS, whole, strict=True)), languages)
        _keep(copy, model)
    return _Identifier({name: np.asarray(values) for name, values in model.items()})


class _Identifier(LanguageIdentifier):  # type: ignore[misc]  # it has no types
    """The package's identifier, which reads a text at all its places at once, and gives the same scores."""

    __slots__ = ("_moves", "_output", "_rows")

    def __init__(self, model: Model) -> None:
        super().__init__(
            model["features"], model["prior"], model["classes"].tolist(), (), (), norm_probs=True, tk_row=()
        )
        self._moves, self._output = model["moves"], model["output"]
        self._rows = model["rows"].astype(np.intp) << 8

    def _raw_score(self, text: bytes) -> NDArray[np.float32]:
        features = self._output[self._states(np.frombuffer(text, np.uint8))]
        found = Counter(features[features >= 0].tolist())  # in the order in which the package adds them up
        if not found:
            return np.zeros(len(self.nb_classes), np.float32)
        weights = np.log1p(np.fromiter(found.values(), np.float32, len(found)))
        rows = self.nb_ptc.take(np.fromiter(found, np.intp, len(found)), axis=0)
        scores: NDArray[np.float32] = weights @ rows.astype(np.float32) + self.nb_pc
        return scores

    def _states(self, text: NDArray[np.uint8]) -> NDArray[np.intp]:
        """The state of the package's automaton after each byte, which the last few bytes decide."""
        states = np.zeros(len(text), np.intp)
        for before in reversed(range(min(_LONGEST, len(text)))):
            states[before:] = self._moves[self._rows[states[before:]] + text[: len(text) - before]]
        return states


def _narrowed(model: Model, languages: Sequence[str]) -> Model:
    """The model without the languages that nobody asks for: two thirds of its features."""
    whole = LanguageIdentifier(
        model["features"], model["prior"], model["classes"].tolist(), (), (), norm_probs=True, tk_row=()
    )
    whole.set_languages(languages)
    return {
        **model,
        "features": np.ascontiguousarray(whole.nb_ptc),
        "prior": whole.nb_pc,
        "classes": np.asarray(whole.nb_classes),
    }


def _mapped(copy: Path) -> Model | None:
    """The parts of a copy, mapped into memory; None where one is missing or damaged."""
    try:
        digests = json.loads(_listing(copy).read_bytes())
        if any(remembered_digest(_part(copy, name)) != digests[name] for name in _PARTS):
            return None
        return {name: np.load(_part(copy, name), mmap_mode="r", allow_pickle=False) for name in _PARTS}
    except (OSError, ValueError, KeyError, TypeError, EOFError):
        return None


def _keep(copy: Path, model: Model) -> None:
    """Write the copy, its digests last. Where that is impossible, the next process unpacks again."""
    try:
        copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, values in model.items():
            temporary = _part(copy, f"{os.getpid()}.{name}")
            np.save(temporary, values)
            temporary.replace(_part(copy, name))
        digests = {name: digest_file(_part(copy, name)) for name in _PARTS}
        temporary = _listing(copy).with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps(digests))
        temporary.replace(_listing(copy))
    except OSError as error:
        log.info("No unpacked model of languages is kept in %s: %s", copy.parent, error)


def _part(copy: Path, name: str) -> Path:
    return copy.with_name(f"{copy.name}.{name}.npy")


def _listing(copy: Path) -> Path:
    return copy.with_name(f"{copy.name}.json")
