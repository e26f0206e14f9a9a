"""Documents that one of another file has replaced, because it has the same id: it must be said, since text is lost."""

from __future__ import annotations

from collections.abc import Callable

from engine.store.writer import CollectionWriter
from indexer.report import Problem
from indexer.sources.source import Source

_FEW = 3  # pairs of files that are told one by one
_REMEDY = (
    "If they are different documents, give each an id that no other file has, or ingest each file into a "
    "collection of its own (--collection)."
)


class Replaced:
    """Counts, by the two files, the documents that are replaced in one ingest, or would be in one that is planned.

    `stored` gives the address of the stored document with an id; None where there is none.
    """

    def __init__(self, stored: Callable[[str], str | None], *, planned: bool = False) -> None:
        self._address = stored
        self._does = "would replace" if planned else "replaced"
        self._twice: dict[str, list[str]] = {}  # file -> ids that came more than once in it
        self._pairs: dict[tuple[str, str], list[str]] = {}  # old and new file -> ids

    def add(self, source: Source, before: str | None) -> None:
        """Take note of a document that replaces one of the same id; called before it is stored.

        `before` is the file in which this ingest has found the id already; None: in no file yet.
        """
        new = file_of(source)
        if before == new:
            self._twice.setdefault(new, []).append(source.id)
        elif (old := before or self._stored(source)) not in (None, new):
            self._pairs.setdefault((str(old), new), []).append(source.id)

    def _stored(self, source: Source) -> str | None:
        """The file of the stored document; None if it is where this one is."""
        uri = self._address(source.id)
        return None if uri in (None, source.uri) else _without_fragment(str(uri), source.id)

    def problems(self) -> list[Problem]:
        """Problems to report, in few words however many documents it concerns."""
        twice = (
            Problem(file, f"{_ids(ids)} came more than once; the last one of an id is kept.")
            for file, ids in self._twice.items()
        )
        return [*self._lost(), *twice]

    def _lost(self) -> list[Problem]:
        if len(self._pairs) <= _FEW:
            return [
                Problem(new, f"{_ids(ids)} {self._does} what came from {old} under the same id.", _REMEDY)
                for (old, new), ids in self._pairs.items()
            ]
        (old, new), ids = next(iter(self._pairs.items()))
        count = sum(map(len, self._pairs.values()))
        reason = f"{count:,} documents {self._does} ones of the same id that came from other files, such as {ids[0]!r}"
        return [Problem(new, f"{reason} of {old}.", _REMEDY)]


def addresses(writer: CollectionWriter) -> Callable[[str], str | None]:
    """Where the stored document with an id came from; None where there is none."""

    def address(document: str) -> str | None:
        found = writer.stored(document)
        return None if found is None else found[0].document(found[1]).uri

    return address


def file_of(source: Source) -> str:
    """The file that a document lies in, or its address where it lies in none."""
    return source.file or _without_fragment(source.uri, source.id)


def _without_fragment(uri: str, document: str) -> str:
    whole = uri.removesuffix(f"#{document}")
    return whole if whole != uri else uri.rpartition("#")[0] or uri


def _ids(ids: list[str]) -> str:
    return f"The document {ids[0]!r}" if len(ids) == 1 else f"{len(ids):,} documents, such as {ids[0]!r},"
