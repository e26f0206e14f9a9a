"""Which folders become roots of a collection, and what other roots change of its documents' ids.

A folder that is named becomes a root unless it lies in one; of a file that is named, its folder does. The only root of
a collection gives bare ids (`leave.md`), every further one puts its name before them (`handbook/leave.md`). A root
whose folder is gone has moved to the folder that holds its documents.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from engine.errors import UsageError
from engine.store.roots import Root, Roots, is_below
from engine.store.segments.restamped import Stamp
from indexer.choice import spread
from indexer.parsers import is_readable
from indexer.sources.remote import is_web
from indexer.sources.source import Source, discover
from indexer.sources.walk import absolute

Place = Path | str  # a path, or a URL

_LOOKED_AT = 32  # documents of a root whose folder is gone, looked for in a folder that it may have become


def declared(
    places: Sequence[Place],
    name: str | None,
    roots: Roots,
    hashes: Mapping[str, str],
    uris: Callable[[], Mapping[str, str]],
) -> Roots:
    """The roots of a collection into which documents of these places come.

    `hashes` are its content hashes by id, `uris` gives where its documents are, which is asked for where it matters.
    `name` is what the root of the one place is called: a root of that name moves there.

    Raises:
        UsageError: there are several places, or the name cannot be theirs.
    """
    folders = [folder for folder in dict.fromkeys(map(folder_of, places)) if folder is not None]
    if name is not None:
        return _named(roots, name, folders, hashes)
    outer = [folder for folder in folders if not any(is_below(folder, other) for other in folders)]
    new = []
    for folder in outer:
        if any(folder == root.path or is_below(folder, root.path) for root in roots.all):
            continue
        if (gone := _moved_to(folder, roots, hashes)) is not None:
            roots = _with(roots, replace(gone, path=folder))
        else:
            new.append(folder)
    alone = len(new) == 1 and not roots.all and all(_is_of(new[0], *document) for document in uris().items())
    for folder in new:
        name = _free(PurePosixPath(folder).name or "root", roots, hashes)
        roots = _with(roots, Root(name, folder, prefixed=not alone))
    return roots


def folder_of(place: Place) -> str | None:
    """The folder that a place is, or that its file lies in; None where there is none."""
    if isinstance(place, str) and is_web(place):  # its documents are named by their addresses
        return None
    if isinstance(place, str):
        url = place.rstrip("/")
        above, _, name = url.rpartition("/")
        return above if is_readable(name) and not above.endswith("/") else url
    path = absolute(place)
    folder = (path if path.is_dir() else path.parent).as_posix()
    try:
        folder.encode()
    except UnicodeEncodeError:  # a name that cannot be stored, in which no file can be read either
        return None
    return folder if path.is_dir() or path.is_file() else None


def renamed(old: Roots, new: Roots, uris: Mapping[str, str]) -> dict[str, Stamp]:
    """The changes that other roots make to a collection's documents, by their present ids; `uris` has one for
    each of them.

    A document whose new id another one has keeps the id that it has.
    """
    stamps = {}
    for document, uri in uris.items():
        moved = _moved(uri, old, new)
        if old.id_of(uri) == document:
            stamp = Stamp(new.id_of(moved), moved)
        else:  # an id of its own; or of a record of before there were roots, whose uri is elsewhere
            stamp = Stamp(new.id_of(document) if document.startswith("/") else document, moved)
        if (stamp.id, stamp.uri) != (document, uri):
            stamps[document] = stamp
    arriving = Counter(stamp.id for name, stamp in stamps.items() if stamp.id != name)
    return {
        name: stamp
        for name, stamp in stamps.items()
        if stamp.id == name or (arriving[stamp.id] == 1 and stamp.id not in uris)
    }


def left_behind(old: Roots, new: Roots, uris: Mapping[str, str]) -> list[str]:
    """Remarks on folders that are gone while another one has become a root: it may be one of them, of which too little
    is as it was.
    """
    known = {root.path for root in old.all}
    come = [root.path for root in new.all if root.path not in known]
    if len(new.all) == len(old.all) or not come:
        return []
    gone = {root.path: 0 for root in old.all if root.path.startswith("/") and not os.path.lexists(root.path)}
    for path in gone:
        gone[path] = sum(is_below(uri, path) for uri in uris.values())
    return [
        f"{path} is gone, and {count:,} documents of it are still stored. If it has become {come[0]}, or is not coming "
        f"back, `winnow ingest {path} --mirror --yes` removes them."
        for path, count in gone.items()
        if count
    ]


def _named(roots: Roots, name: str, folders: Sequence[str], hashes: Collection[str]) -> Roots:
    if len(folders) != 1 or not name.strip() or "/" in name or name.startswith("-"):
        raise UsageError(f"--root {name!r} cannot name a root.", "Give one PATH, and a name without slashes.")
    (folder,) = folders
    other = next((root for root in roots.all if root.path == folder and root.name != name), None)
    if other is not None:
        raise UsageError(f"{folder} is the root {other.name!r} already.", "Leave out --root.")
    known = roots.named(name)
    if known is not None:
        return _with(roots, replace(known, path=folder))
    if name in _beginnings(hashes):
        raise UsageError(f"Ids of other documents begin with {name!r} already.", "Choose another name.")
    return _with(roots, Root(name, folder, prefixed=True))


def _is_of(folder: str, document: str, uri: str) -> bool:
    """Whether a document lies in the folder, as its uri or an id of before there were roots says."""
    return is_below(uri, folder) or is_below(document, folder)


def _with(roots: Roots, root: Root) -> Roots:
    """The roots with one more, or in the place of the one of its name."""
    if roots.named(root.name) is None:
        return Roots((*roots.all, root))
    return Roots(tuple(root if other.name == root.name else other for other in roots.all))


def _free(name: str, roots: Roots, hashes: Collection[str]) -> str:
    """The name, with a number behind it if ids begin with it already."""
    taken = _beginnings(hashes) | {root.name for root in roots.all}
    names = (name if number == 1 else f"{name}-{number}" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def _beginnings(documents: Collection[str]) -> set[str]:
    return {document.partition("/")[0] for document in documents}


def _moved_to(folder: str, roots: Roots, hashes: Mapping[str, str]) -> Root | None:
    """The root that this folder was, under another path: it is gone from there, and most of its documents are here."""
    if not folder.startswith("/"):
        return None
    for root in roots.all:
        if root.path.startswith("/") and not os.path.lexists(root.path):
            below = [(at[1], name) for name in hashes if (at := roots.path_of(name)) is not None and at[0] == root]
            looked_at = spread(below, _LOOKED_AT)
            held = sum(_holds(folder, path, hashes[name]) for path, name in looked_at)
            if 2 * held > len(looked_at):
                return root
    return None


def _holds(folder: str, path: str, content_hash: str) -> bool:
    """Whether the file at a path below the folder has this content."""
    file = Path(folder, path)
    try:
        found = next(discover([file]), None) if file.is_file() else None
    except OSError:  # an id that is too long for a name
        return False
    return isinstance(found, Source) and found.content_hash == content_hash


def _moved(uri: str, old: Roots, new: Roots) -> str:
    """Where what was at `uri` is, now that a root may have moved."""
    before = old.around(uri)
    after = None if before is None else new.named(before.name)
    return uri if before is None or after is None else after.path + uri.removeprefix(before.path)
