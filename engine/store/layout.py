"""Where everything lies under a home. Nothing else in the store spells a path.

A name that is not of its kind's form (engine/store/names.py) becomes no path: StoreDamaged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from engine.errors import UsageError
from engine.store import names

_MANIFEST = re.compile(r"([0-9]{9,10})\.json")
_COPY = re.compile(r"([0-9]{9,10})\.copy")
_PIN = re.compile(r"([1-9][0-9]{0,9})\.lock")

IDENTITY_FILE = "collection.json"
# Inside a segment's directory.
SEGMENT_FILE = "segment.json"
DOCUMENTS_FILE = "documents.arrow"
CHUNKS_FILE = "chunks.arrow"
PARITY_FILE = "text.parity"
VECTORS_DIRECTORY = "vectors"
LEXICAL_DIRECTORY = "lexical"
# Inside the directory of vectors that came after their segment.
VECTORS_FILE = "vectors.json"
# Inside the directory of judgements.
JUDGED_QUERIES_FILE = "queries.jsonl"
JUDGED_HITS_FILE = "qrels.jsonl"


def check_name(name: str) -> str:
    """The name itself; UsageError unless it may name a collection."""
    if not names.COLLECTION.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot name a collection.",
            "Use 1 to 64 of a-z, 0-9, - and _, beginning with a letter or a digit.",
        )
    return name


@dataclass(frozen=True, slots=True)
class Home:
    """The directory that holds every collection and the catalogue."""

    root: Path

    @property
    def private(self) -> Path:
        """An empty file in a home that nobody else shall know, such as a temporary one: its catalogue is SQLite in it,
        whatever the settings name, and nothing of it is kept elsewhere.
        """
        return self.root / "private"

    @property
    def catalogue(self) -> Path:
        return self.root / "catalogue.sqlite"

    @property
    def collections(self) -> Path:
        return self.root / "collections"

    def collection(self, uuid: str) -> CollectionLayout:
        return CollectionLayout(self.collections / names.check(names.UUID, uuid, "a collection's directory"))

    def all_collections(self) -> list[CollectionLayout]:
        """Every collection's directory on disk, known to the catalogue or not, in order of UUID; no deleted ones."""
        return [layout for layout in self._directories() if layout.identity.is_file() and not layout.deleted.exists()]

    def deleted_collections(self) -> list[CollectionLayout]:
        """The directories of deleted collections that are still on disk, in order of UUID."""
        return [layout for layout in self._directories() if layout.deleted.exists()]

    def _directories(self) -> list[CollectionLayout]:
        if not self.collections.is_dir():
            return []
        found = sorted(path for path in self.collections.iterdir() if path.is_dir() and not path.is_symlink())
        return [CollectionLayout(path) for path in found]


@dataclass(frozen=True, slots=True)
class CollectionLayout:
    """The directory of one collection, named by its UUID."""

    root: Path

    @property
    def home(self) -> Home:
        return Home(self.root.parents[1])

    @property
    def uuid(self) -> str:
        return self.root.name

    @property
    def identity(self) -> Path:
        return self.root / IDENTITY_FILE

    @property
    def deleted(self) -> Path:
        """Mark of a collection that is deleted and only waits for its last readers."""
        return self.root / "deleted"

    @property
    def visited(self) -> Path:
        """Memory of pages of the web (indexer/sources/web/visited.py). It may be lost."""
        return self.root / "visited.json.gz"

    @property
    def writer_lock(self) -> Path:
        return self.root / "writer.lock"

    @property
    def pins(self) -> Path:
        return self.root / "pins"

    @property
    def generations(self) -> Path:
        return self.root / "generations"

    @property
    def segments(self) -> Path:
        return self.root / "segments"

    @property
    def tombstones(self) -> Path:
        return self.root / "tombstones"

    @property
    def vectors(self) -> Path:
        return self.root / "vectors"

    @property
    def quarantine(self) -> Path:
        """Where `repair` keeps damaged segments. Nothing sweeps it."""
        return self.root / "quarantine"

    @property
    def judgements(self) -> Path:
        """The judgements of people on its hits (indexer/evaluation/judging.py). Nothing sweeps it."""
        return self.root / "judgements"

    def pin(self, generation: int) -> Path:
        return self.pins / f"{names.generation_number(generation)}.lock"

    def manifest(self, generation: int) -> Path:
        return self.generations / f"{names.generation_number(generation):09d}.json"

    def manifest_copy(self, generation: int) -> Path:
        return self.generations / f"{names.generation_number(generation):09d}.copy"

    def segment(self, segment_id: str) -> Path:
        return self.segments / names.check(names.SEGMENT, segment_id, "a segment")

    def tombstone(self, name: str) -> Path:
        return self.tombstones / names.check(names.TOMBSTONES, name, "tombstones")

    def vector_set(self, name: str) -> Path:
        """Vectors that came after their segment, or are in the making."""
        return self.vectors / names.check(names.ANY_VECTOR_SET, name, "a set of vectors")

    def directories(self) -> tuple[Path, ...]:
        return (self.pins, self.generations, self.segments, self.tombstones, self.vectors)

    def manifests(self) -> list[int]:
        """Numbers of the generations that have a manifest on disk, committed or left over, ascending."""
        return _numbers(self.generations, _MANIFEST)

    def manifest_copies(self) -> list[int]:
        """Numbers of the generations whose manifest has a copy, ascending."""
        return _numbers(self.generations, _COPY)

    def pinned_files(self) -> list[int]:
        """Numbers of the generations that have a pin file, ascending."""
        return _numbers(self.pins, _PIN)


def tombstone_name(segment_id: str, generation: int) -> str:
    return f"{segment_id}.{generation}.npz"


def _numbers(directory: Path, pattern: re.Pattern[str]) -> list[int]:
    if not directory.is_dir():
        return []
    matches = (pattern.fullmatch(path.name) for path in directory.iterdir())
    numbers = {int(match[1]) for match in matches if match}
    return sorted(number for number in numbers if 1 <= number <= names.MOST_GENERATIONS)
