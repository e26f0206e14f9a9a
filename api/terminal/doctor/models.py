"""The bundled models: their files are those that were published, and they load and answer."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from api.terminal.doctor.finding import Finding, looked_at
from engine.errors import ModelNotFound, UnsupportedModel
from engine.models.checkpoints.checkpoint import Kind
from engine.models.checkpoints.locate import BUNDLED_MODELS, locate
from engine.types import Passage

_INSTALL_AGAIN = "Its files were changed or cut short: install Winnow again."
_TEXT = "winnow"


def models() -> Iterator[Finding]:
    """Every bundled model. Each is loaded once, which takes about a second for all of them."""
    for (name, kind), directory in BUNDLED_MODELS.items():
        yield from looked_at("models", directory, partial(_bundled, name, kind, directory))
        if kind == "encoder":
            yield from looked_at("models", directory, partial(_runtime, name, directory))


def try_out(name: str, kind: Kind) -> None:
    """Load a model that is on this machine and have it read something. WinnowError."""
    from engine.models import load_encoder, load_reranker

    locate(name, kind, download=False)
    if kind == "encoder":
        answer = load_encoder(name).encode([_TEXT], role="query")
    else:
        answer = load_reranker(name).score(_TEXT, [Passage(_TEXT)])
    if not np.isfinite(answer).all():
        raise UnsupportedModel(f"The {kind} {name!r} answers with numbers that are none.", "Choose another model.")


def _bundled(name: str, kind: Kind, label: str) -> Iterator[Finding]:
    changed = changed_files(locate(name, kind))
    if changed:
        said = f"{', '.join(changed)}: not as published, by the model's checksums."
        yield Finding("models", label, "problem", said, _INSTALL_AGAIN)
        return
    try_out(name, kind)
    yield Finding("models", label, "ok", f"{kind} `{name}`: its files are as published, and it loads")


def _runtime(name: str, label: str) -> Iterator[Finding]:
    """The run-time that embeds many documents, which the self-test of this machine decides."""
    from engine.models import load_encoder
    from engine.models.bulk import choice_for

    choice = choice_for(name, load_encoder(name))
    if choice is not None and choice.failed:
        remedy = f"Run it again: `winnow models test {name}`. Until then ONNX Runtime embeds all documents."
        yield Finding("models", label, "warning", f"{choice.told[0].upper()}{choice.told[1:]}", remedy)
    elif choice is not None:
        yield Finding("models", label, "ok", f"many documents are embedded with {choice.told}")


def changed_files(directory: Path) -> list[str]:
    """The files of a packaged model that are missing or not as its list of checksums says. ModelNotFound without it."""
    from engine.fingerprint import digest_file
    from engine.models.export import CHECKSUMS

    listed = directory / CHECKSUMS
    if not listed.is_file():
        raise ModelNotFound(f"{listed} is missing.", _INSTALL_AGAIN)
    changed = []
    for line in listed.read_text("utf-8").splitlines():
        digest, _, name = line.partition("  ")
        path = directory / name
        if not path.is_file() or digest_file(path) != digest:
            changed.append(name)
    return changed
