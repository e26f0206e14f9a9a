"""`winnow watch`: a mirror that is made again whenever something changes, and tried again where it failed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path

from engine.errors import CollectionNotFound, SourceNotFound, SourceUnavailable, StorageFailed, UsageError, WinnowError
from engine.extras import needs
from engine.refusals import remedy_of
from engine.store.generation import open_generation
from engine.store.living import living_documents
from indexer.folders.selection import Selection
from indexer.ingest import Watch, ingest_selection
from indexer.report import IngestReport
from indexer.sources.ignoring import DEFAULT, FILES
from indexer.sources.seen import Seen
from indexer.sources.walk import absolute

QUIET_MS, LONGEST_MS = 400, 3000  # how long nothing must change before a pass, and how long a pass waits for that
TICK_MS = 2000  # how often to look at what the system does not tell
FIRST_WAIT, LONGEST_WAIT = 2.0, 60.0  # seconds until a pass that failed is tried again

Changes = Iterator[Collection[object]]  # what has changed, again and again; nothing at a tick


def keep_in_step(
    selection: Selection,
    *,
    home: Path,
    collection: str,
    encoder: str | None = None,
    reranker: str | None = None,
    force: bool = False,
    on_report: Callable[[IngestReport], None],
    on_failure: Callable[[WinnowError, float], None],
    watch: Watch = lambda progress: None,
    changes: Changes | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Mirror the selection now, and again after each of the `changes`, until they end: by default never.

    `on_report` is called after each pass, `on_failure` after each that failed and in how many seconds it is tried
    again. UsageError: the first pass cannot be made as it was asked for. KeyboardInterrupt passes; what was committed
    by then stays.
    """
    seen = Seen()
    mirror = partial(
        ingest_selection,
        replace(selection, remember=seen),
        home=home,
        collection=collection,
        encoder=encoder,
        reranker=reranker,
        mirror=True,
        force=force,
        watch=watch,
    )
    changes = changes_of(selection.paths, home) if changes is None else changes
    due, begun, wait, not_before = True, False, FIRST_WAIT, clock()
    for changed in chain([("begun",)], changes):
        if changed:
            due, not_before = True, clock()
        if not due or clock() < not_before:
            continue
        try:
            _check_there(selection.paths)
            seen.stored = _stored(home, collection)
            report = mirror()
        except (WinnowError, OSError) as error:
            if isinstance(error, UsageError) and not begun:
                raise
            on_failure(_typed(error), wait)
            not_before, wait = clock() + wait, min(2 * wait, LONGEST_WAIT)
        else:
            due, begun, wait = False, True, FIRST_WAIT
            on_report(report)


def changes_of(paths: list[Path], home: Path) -> Changes:
    """Changes that the system reports at and under `paths`, but for what is never read.

    DependencyMissing; SourceUnavailable, later, where the system cannot watch so much.
    """
    with needs("watch", "winnow watch"):
        import watchfiles
    wanted = partial(_matters, [absolute(path) for path in paths], absolute(home))
    watched = partial(
        watchfiles.watch,
        *paths,
        watch_filter=lambda change, path: wanted(Path(path)),
        debounce=LONGEST_MS,
        step=QUIET_MS,
        rust_timeout=TICK_MS,
        yield_on_timeout=True,
    )
    return _changes(paths, watched)


def _changes(paths: list[Path], watched: Callable[[], Changes]) -> Changes:
    """Changes while the same folders and files stand at `paths`; then of those that have come into their place."""
    while True:
        before = _identities(paths)
        if None in before:
            yield from _until_there(paths)
            continue
        begun = False
        try:
            for changed in watched():
                if _identities(paths) != before:
                    break
                yield changed if begun else ("begun",)  # there may have been changes before anything was told
                begun = True
        except OSError as error:
            raise SourceUnavailable(
                f"{', '.join(map(str, paths))} cannot be watched: {error}.",
                "Allow more watches (sysctl fs.inotify.max_user_watches), or set WATCHFILES_FORCE_POLLING=1.",
            ) from error


def _until_there(paths: list[Path]) -> Changes:
    """Wait for paths that are gone, or not mounted: the first thing told is that they are."""
    yield ("gone",)
    while None in _identities(paths):
        time.sleep(TICK_MS / 1000)
        yield ()


def _check_there(paths: list[Path]) -> None:
    """Raise SourceNotFound for a path that is not there, even where so much may be removed: it may only be
    unmounted.
    """
    for path in paths:
        if not os.path.lexists(path):
            raise SourceNotFound(f"There is no file or folder {path}.", "Is it mounted? Nothing was removed.")


def _stored(home: Path, collection: str) -> set[str]:
    """The content hashes of a collection's documents; none where there is no collection yet."""
    try:
        with open_generation(home, collection) as generation:
            return {at.content_hash for at in living_documents(generation.layout, generation.manifest).values()}
    except CollectionNotFound:
        return set()


def _identities(paths: list[Path]) -> list[tuple[int, ...] | None]:
    """Identities of what stands at each path: which folder; which file, and of when."""
    found: list[tuple[int, ...] | None] = []
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            found.append(None)
            continue
        written = () if path.is_dir() else (status.st_mtime_ns, status.st_size)
        found.append((status.st_dev, status.st_ino, *written))
    return found


def _matters(paths: list[Path], home: Path, path: Path) -> bool:
    """Whether a change at a path may change what is read."""
    if path.is_relative_to(home):
        return False
    top = next((one for one in paths if path.is_relative_to(one)), None)
    parts = path.relative_to(top).parts if top is not None else path.parts
    unread = {name.rstrip("/") for name in DEFAULT}
    return path.name in FILES or not any(part.startswith(".") or part in unread for part in parts)


def _typed(error: WinnowError | OSError) -> WinnowError:
    if isinstance(error, WinnowError):
        return error
    return StorageFailed(
        f"{error.filename or 'A file'}: {error.strerror or error}.", f"{remedy_of(error)} It is tried again."
    )
