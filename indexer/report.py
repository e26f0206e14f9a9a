"""The report of an ingest: every source that was found is counted exactly once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """A source that was not ingested, or not wholly: `remedy` says what to do, where something can be done."""

    source: str
    reason: str
    remedy: str = ""

    def to_json(self) -> dict[str, str]:
        return {"source": self.source, "reason": self.reason, "remedy": self.remedy}


class Repeated:
    """Warnings of fields that are not stored as they came: told once, with how many documents they concern, since a
    file of a million records may have a nested field in each.
    """

    def __init__(self) -> None:
        self._first: dict[str, tuple[str, int]] = {}  # by remark: the first document, and how many there are

    def add(self, source: str, remarks: Sequence[str]) -> list[Problem]:
        """The warnings of a document that are its own; the others are counted."""
        repeated = [remark for remark in remarks if remark.startswith("metadata field")]
        for remark in repeated:
            first, count = self._first.get(remark, (source, 0))
            self._first[remark] = first, count + 1
        return [Problem(source, remark) for remark in remarks if remark not in repeated]

    def problems(self) -> list[Problem]:
        """The warnings that were counted, each with the first document that had it."""
        return [
            Problem(first, remark if count == 1 else f"{remark}; so in {count:,} documents")
            for remark, (first, count) in self._first.items()
        ]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest has come: documents found, chunks embedded, commits made.

    `total` is how many chunks will have been embedded in the end; None while documents are still being read. Of their
    files, `read` bytes of `size` have been read by then; None where nobody knows how many there are.
    """

    documents: int
    chunks: int
    commits: int
    total: int | None = None
    read: int = 0
    size: int | None = None


@dataclass(slots=True)
class IngestReport:
    """Counts of documents by outcome. `skipped` are files of kinds that Winnow does not read; `failed` are files that
    it should have read and could not; `warnings` concern documents that were ingested, `notes` the collection.
    `renamed` documents were stored under another id, `removed` ones are gone; `refused` says why gone ones were kept.
    """

    collection: str
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    chunks: int = 0
    commits: int = 0
    generation: int = 0
    seconds: float = 0.0
    failed: list[Problem] = field(default_factory=list)
    skipped: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    renamed: int = 0
    removed: int = 0
    refused: str = ""

    @property
    def skipped_by_kind(self) -> list[str]:
        """Skipped files, summed by suffix and reason."""
        return summed(self.skipped)

    @property
    def documents(self) -> int:
        """Documents found, whatever became of them."""
        return self.added + self.updated + self.renamed + self.unchanged + len(self.failed)

    def to_json(self) -> dict[str, Any]:
        return {
            "collection": self.collection,
            "generation": self.generation,
            "documents": self.documents,
            "added": self.added,
            "updated": self.updated,
            "renamed": self.renamed,
            "unchanged": self.unchanged,
            "removed": self.removed,
            "refused": self.refused,
            "chunks": self.chunks,
            "commits": self.commits,
            "seconds": round(self.seconds, 3),
            "failed": [problem.to_json() for problem in self.failed],
            "skipped": [problem.to_json() for problem in self.skipped],
            "skipped_by_kind": self.skipped_by_kind,
            "warnings": [problem.to_json() for problem in self.warnings],
            "notes": list(self.notes),
        }


def summed(skipped: Sequence[Problem]) -> list[str]:
    """Skipped files by suffix and reason, the most frequent first: "20 .docx: no parser", "2 folders: hidden"."""
    kinds = Counter((_kind(problem.source), problem.reason) for problem in skipped)
    return [f"{count} {kind[count > 1]}: {reason}" for (kind, reason), count in kinds.most_common()]


def _kind(source: str) -> tuple[str, str]:
    """Names for one skipped source and for several of its kind."""
    is_page = source.startswith(("http://", "https://"))
    if source.endswith("/") and not is_page:
        return "folder", "folders"
    path = source.partition("://")[2].partition("?")[0].partition("/")[2] if is_page else source
    suffix = PurePath(path).suffix.lower()
    if suffix:
        return suffix, suffix
    return ("page", "pages") if is_page else ("without a suffix", "without a suffix")
