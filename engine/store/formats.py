"""Older formats of the store's sealed files, brought to the present one while they are read.

A change of format raises `FORMAT` and adds here, per kind of file that it changed, one step from the format before.
Nothing on disk is rewritten: files are immutable, and new ones have the present format. `winnow merge --full` rewrites
every segment. tests/compat/ opens a collection of every format so far.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from engine.errors import FormatTooNew
from engine.store import FORMAT
from engine.store.layout import IDENTITY_FILE, SEGMENT_FILE, VECTORS_FILE

Kind = Literal["collection", "manifest", "segment", "vectors", "backup"]
Data = dict[str, Any]
Step = Callable[[Data], Data]

# (kind of file, format) -> what makes the data of that format one of the next. Format 2 only added fields to manifests
# (vectors that come later, certificates), whose readers know what their absence means. Format 3 names the columns of
# metadata by the type of their values; engine/metadata/columns.py reads the older ones beside them. Format 4 keeps each
# document's locators, in a column of the documents; without it, or where it is null, a document has none. Format 5
# keeps the origins of a segment's rows (engine/lexical/origins.py); without them tantivy knows each row by its place.
# Format 6 keeps in manifests what embedded the passages; of older ones it is "unknown".


def _with_unknown_runtimes(manifest: Data) -> Data:
    if not any(entry.get("embedded", True) for entry in manifest["segments"]):
        return manifest
    return {**manifest, "index_fingerprint": {**manifest["index_fingerprint"], "runtimes": ["unknown"]}}


STEPS: Mapping[tuple[Kind, int], Step] = {("manifest", 5): _with_unknown_runtimes}

_KINDS: Mapping[str, Kind] = {IDENTITY_FILE: "collection", SEGMENT_FILE: "segment", VECTORS_FILE: "vectors"}


def kind_of(path: Path) -> Kind:
    """The kind of sealed file that a path names."""
    return _KINDS.get(path.name, "manifest" if path.stem.isdigit() else "backup")


def to_present(
    data: Data,
    kind: Kind,
    written_in: int,
    *,
    present: int = FORMAT,
    steps: Mapping[tuple[Kind, int], Step] = STEPS,
) -> Data:
    """The data of a file as the present format has it. FormatTooNew if a newer Winnow wrote it."""
    if written_in > present:
        raise FormatTooNew(
            f"A {kind} has format {written_in}; this Winnow reads formats up to {present}.", "Update Winnow."
        )
    for older in range(written_in, present):
        step = steps.get((kind, older))
        data = data if step is None else step(data)
    return data
