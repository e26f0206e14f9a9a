"""py3langid's model, from an unpacked copy: unpacking the package's own takes a third of a second in every process."""

from __future__ import annotations

import logging
import tempfile
from array import array
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier
from py3langid.modelio import load_model

from engine.settings import settings

log = logging.getLogger(__name__)

_NAMES = ("features", "prior", "classes", "moves", "rows", "output")
_TYPES = {2: "H", 4: "I", 8: "L"}  # of array.array, by bytes


def load_identifier() -> LanguageIdentifier:
    """The package's model. The unpacked copy lies in the folder of caches, and is made where it is missing."""
    path = settings().cache / f"py3langid-{version('py3langid')}.npz"
    try:
        with np.load(path, allow_pickle=False) as file:
            model = {name: file[name] for name in _NAMES}
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        model = dict(zip(_NAMES, map(np.asarray, load_model(MODEL_DIR / MODEL_FILE)), strict=True))
        _keep(path, model)
    return LanguageIdentifier(
        model["features"],
        model["prior"],
        model["classes"].tolist(),
        _plain(model["moves"]),
        model["output"].tolist(),
        norm_probs=True,
        tk_row=_plain(model["rows"]),
    )


def _plain(values: NDArray[Any]) -> array[int]:
    """The form that the identifier walks along, byte by byte of a text."""
    plain = array(_TYPES[values.dtype.itemsize])
    plain.frombytes(np.ascontiguousarray(values).tobytes())
    return plain


def _keep(path: Path, model: Mapping[str, Any]) -> None:
    """Write the copy, whole or not at all. Where that is impossible, the next process unpacks again."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".npz", delete=False) as file:
            np.savez(file, **model)
        Path(file.name).replace(path)
    except OSError as error:
        log.info("No unpacked model of languages is kept in %s: %s", path.parent, error)
