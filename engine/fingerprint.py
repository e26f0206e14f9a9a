"""Fingerprints: what a query must share with an index, and what only the index records."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Least cosine between the probe vectors of one model. Rounding and a GPU's noise stay above .9998; the same model in
# four bits instead of sixteen is below .99.
_SAME_MODEL = 0.999


@dataclass(frozen=True, slots=True)
class QueryFingerprint:
    """Facts that make two embeddings comparable. A query is refused unless all of it equals the index's.

    `weights` and `tokenizer` are SHA-256 hex digests of the model's own files; `pooling` names the pooling modes and
    the modules after them in order; `prompts` maps role to prompt text. `probes` are a few vectors of a model whose
    files are elsewhere (`written_probes`), "" for any other.
    """

    weights: str
    tokenizer: str
    pooling: str
    prompts: Mapping[str, str]
    dimension: int
    max_tokens: int
    probes: str = ""

    def to_json(self) -> dict[str, Any]:
        data = {**asdict(self), "prompts": dict(self.prompts)}
        if not self.probes:
            del data["probes"]
        return data

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> QueryFingerprint:
        return QueryFingerprint(**data)

    def differences(self, other: QueryFingerprint) -> list[str]:
        """Names of the parts in which the two differ."""
        mine, theirs = self.to_json(), other.to_json()
        names = [name for name in mine if name != "probes" and mine[name] != theirs[name]]
        return names if _alike(self.probes, other.probes) else [*names, "probes"]


@dataclass(frozen=True, slots=True)
class IndexFingerprint:
    """Facts of how an index was made: segment format, vector codec, chunker and analyser versions.

    `runtimes` are what embedded its passages, sorted, each a run-time and its precision: "onnx float32". There are none
    for a model that needs no run-time; "unknown" stands for those of an older Winnow.
    """

    format: int
    codec: str
    chunker: str
    analyser: str
    runtimes: tuple[str, ...] = ()

    def with_runtimes(self, runtimes: Iterable[str]) -> IndexFingerprint:
        """The same, after these have embedded some passages, too."""
        return replace(self, runtimes=tuple(sorted({*self.runtimes, *runtimes})))

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "runtimes": list(self.runtimes)}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> IndexFingerprint:
        return IndexFingerprint(**{**data, "runtimes": tuple(map(str, data.get("runtimes", ())))})


def written_probes(vectors: NDArray[np.float32]) -> str:
    """Vectors, shape (n, d), as text: rounded to a byte a component, which is ample to tell models apart."""
    import numpy as np  # here, since `winnow --help` needs fingerprints and no NumPy

    scaled = vectors / np.abs(vectors).max(axis=1, keepdims=True)
    return base64.b64encode(np.rint(scaled * 127).astype(np.int8).tobytes()).decode()


def _alike(mine: str, theirs: str) -> bool:
    """Whether two texts of probe vectors come from one model: a GPU gives no vector twice to the last bit."""
    if mine == theirs:
        return True
    import numpy as np

    one, other = _read_probes(mine), _read_probes(theirs)
    if one.size == 0 or one.size != other.size:
        return False
    cosine = (one @ other) / (np.linalg.norm(one) * np.linalg.norm(other))
    return bool(cosine >= _SAME_MODEL)


def _read_probes(text: str) -> NDArray[np.float32]:
    """All vectors one after the other; nothing where the text is damaged."""
    import numpy as np

    try:
        return np.frombuffer(base64.b64decode(text, validate=True), np.int8).astype(np.float32)
    except ValueError:
        return np.empty(0, np.float32)


def digest_json(value: Any) -> str:
    """SHA-256 of a value's canonical JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def digest_file(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
