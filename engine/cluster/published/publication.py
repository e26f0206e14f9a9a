"""Shared storage: a depot as backups have it, and beside it one sealed file for each published generation.

    objects/<xx>/<sha256>               the files of all backups and publications, each once, named by their content
    cluster/<collection>/<id>.json      a publication: manifest, files, which shard has which segments, statistics; its
                                        id ends in a digest of it, so that no other ever takes its place
    cluster/<collection>/current.json   which publication is to be served, written last

Storage may belong to others: whatever a file names is checked against its form before it becomes a path.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from engine.errors import CollectionNotFound, StoreDamaged
from engine.store import names
from engine.store.backups.backup import MOST_BYTES, Backup
from engine.store.backups.depot import Depot
from engine.store.inventory import StoredFile
from engine.store.layout import check_name
from engine.store.listing import ListedFile
from engine.store.manifest import Manifest
from engine.store.sealed import seal, unseal

FOLDER, POINTER = "cluster", "current"
TERMS, WORDS = "terms", "words"
MOST_SHARDS = 4096
_MOST_POINTER = 1 << 16
_DIGITS = 8
AGAIN = "Publish the collection again with `winnow cluster publish`."


@dataclass(frozen=True, slots=True)
class Publication:
    """A generation on shared storage. `stored` lists its files as a backup does; `shards` has the ids of each shard's
    segments; `statistics` are the files of engine/cluster/published/statistics.py, by name.
    """

    stored: Backup
    shards: tuple[tuple[str, ...], ...]
    statistics: Mapping[str, ListedFile]

    @property
    def id(self) -> str:
        return self.stored.id

    @property
    def manifest(self) -> Manifest:
        """The whole generation's."""
        return self.stored.manifest

    def files_of(self, shard: int) -> list[StoredFile]:
        """The files that a replica of the shard needs."""
        mine = {entry.id: entry for entry in self.manifest.segments if entry.id in self.shards[shard]}
        folders = {("segments", segment) for segment in mine}
        folders |= {("vectors", entry.vectors.name) for entry in mine.values() if entry.vectors}
        folders |= {("tombstones", entry.tombstones.name) for entry in mine.values() if entry.tombstones}
        return [file for file in self.stored.files if tuple(file.path.split("/")[:2]) in folders]

    def to_json(self) -> dict[str, Any]:
        return {
            **self.stored.to_json(),
            "shards": [list(segments) for segments in self.shards],
            "statistics": {name: asdict(file) for name, file in self.statistics.items()},
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Publication:
        """Read it from JSON. StoreDamaged, KeyError or TypeError if it is none."""
        stored = Backup.from_json(data)
        statistics = names.mapping(data["statistics"], "statistics", ListedFile.from_json)
        if statistics.keys() != {TERMS, WORDS}:
            raise StoreDamaged("The statistics of the generation are not those that are needed.", AGAIN)
        return Publication(stored, _shards(data["shards"], stored.manifest), statistics)


def make_publication(
    created_at: str,
    manifest: Manifest,
    files: Sequence[StoredFile],
    shards: tuple[tuple[str, ...], ...],
    statistics: Mapping[str, ListedFile],
) -> Publication:
    """A publication under an id that no other has: one generation may be published again, in other shards, by two
    commands at once, from two homes of one name; and who serves it knows it by its id alone.
    """

    def named(name: str) -> Publication:
        return Publication(Backup(name, created_at, manifest, tuple(files)), shards, statistics)

    name = f"{manifest.collection}-{manifest.uuid[:8]}-{manifest.generation}-{len(shards)}"
    digest = hashlib.sha256(seal(named(name).to_json())).hexdigest()
    return named(f"{name}-{digest[:_DIGITS]}")


def write_publication(depot: Depot, publication: Publication) -> None:
    """Write it, whose files are all there, and then make it the current one."""
    collection, data = publication.manifest.collection, seal(publication.to_json())
    depot.write(_file(collection, publication.id), data)
    pointer = {"publication": publication.id, "sha256": hashlib.sha256(data).hexdigest()}
    depot.write(_file(collection, POINTER), seal(pointer))


def current_id(depot: Depot, collection: str) -> str:
    """The id of the publication that is to be served. CollectionNotFound; StoreDamaged."""
    return _pointer(depot, collection)[0]


def read_current(depot: Depot, collection: str) -> Publication:
    """The publication that is to be served. CollectionNotFound; StoreDamaged; FormatTooNew."""
    found, sha256 = _pointer(depot, collection)
    return read_publication(depot, collection, found, sha256)


def read_publication(depot: Depot, collection: str, publication: str, sha256: str | None = None) -> Publication:
    """A publication by its id, the checksum of whose file is known or not. StoreDamaged; FormatTooNew."""
    name = _file(check_name(collection), names.check(names.BACKUP, publication, "a publication"))
    origin = f"{depot.address}/{name}"
    try:
        raw = depot.read(name, MOST_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        raise StoreDamaged(f"{origin} is missing.", AGAIN) from None
    if sha256 is not None and hashlib.sha256(raw).hexdigest() != sha256:
        raise StoreDamaged(f"{origin} is not the file that {POINTER}.json names.", AGAIN)
    data = unseal(raw, origin)
    with names.typed(origin, "a publication", AGAIN):
        found = Publication.from_json(data)
    if (found.id, found.manifest.collection) != (publication, collection):
        raise StoreDamaged(f"{origin} is the publication {found.id} of {found.manifest.collection!r}.", AGAIN)
    return found


def _pointer(depot: Depot, collection: str) -> tuple[str, str]:
    name = _file(check_name(collection), POINTER)
    origin = f"{depot.address}/{name}"
    try:
        raw = depot.read(name, _MOST_POINTER)
    except (FileNotFoundError, NotADirectoryError):
        there = ", ".join(depot.names(FOLDER))
        raise CollectionNotFound(
            f"{depot.address} holds no published collection {collection!r}.",
            f"Publish it with `winnow cluster publish`; what is published there: {there or 'nothing'}.",
        ) from None
    data = unseal(raw, origin)
    with names.typed(origin, "a pointer", AGAIN):
        found = names.check(names.BACKUP, data["publication"], "a publication")
        return found, names.check(names.SHA256, data["sha256"], "a checksum")


def _shards(data: object, manifest: Manifest) -> tuple[tuple[str, ...], ...]:
    """Each of the manifest's segments is in one shard."""
    if not isinstance(data, list) or not 1 <= len(data) <= MOST_SHARDS:
        raise StoreDamaged("A publication has at least one shard.", AGAIN)
    shards = tuple(tuple(names.check(names.SEGMENT, segment, "a segment") for segment in part) for part in data)
    if sorted(segment for part in shards for segment in part) != sorted(entry.id for entry in manifest.segments):
        raise StoreDamaged("The shards do not have each segment once.", AGAIN)
    return shards


def _file(collection: str, name: str) -> str:
    return f"{FOLDER}/{collection}/{name}.json"
