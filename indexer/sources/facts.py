"""Facts of a file beside its text: `folder`, `kind`, `bytes` and `modified`, as metadata.

`folder` lists all folders above the document, so that `folder:handbook` finds what lies in it at any depth. `modified`
is when the file got the content that is indexed: a touch changes neither the content nor the date.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from engine.types import Metadata, MetadataValue
from indexer.parsers import is_readable

_PACKED = (".gz",)  # a suffix that hides another one


def facts_of(document: str, file: Path | None) -> Metadata:
    """The facts of a document by its id, which is a path below its root, and by the file that is all of it, if any."""
    folders = _folders(document)
    facts: dict[str, MetadataValue] = {"folder": folders} if folders else {}
    if kind := kind_of(document):
        facts["kind"] = kind
    try:
        status = None if file is None else file.stat()
        if status is not None:
            facts["bytes"] = status.st_size
            facts["modified"] = datetime.fromtimestamp(int(status.st_mtime), UTC)
    except (OSError, OverflowError, ValueError):  # gone meanwhile, or of a year that nobody has
        pass
    return facts


def kind_of(document: str) -> str:
    """The suffix of a document's name without its dot, in small letters; that of its file where it lies in one."""
    whole = document.rpartition("/")[2]
    file, inside = whole.partition("#")[0], whole.rpartition("#")[2]
    is_file = is_readable(inside) and "@" not in inside  # the id of a message ends in a domain, such as .org or .md
    name = PurePosixPath(whole if is_file else file)
    if name.suffix.lower() in _PACKED and PurePosixPath(name.stem).suffix:
        name = PurePosixPath(name.stem)
    return name.suffix.lower().removeprefix(".")


def _folders(document: str) -> tuple[str, ...]:
    """The folders above a document, the outermost first; an archive counts as one."""
    parts = document.split("/")[:-1]
    return tuple("/".join(parts[:count]).removesuffix("!") for count in range(1, len(parts) + 1))
