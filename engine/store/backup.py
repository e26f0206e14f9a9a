"""Copying a generation away: every file once, by its content, then one sealed file that names them all.

A backup that was cut short has no such file, so it is never taken for a whole one; what it copied is not copied again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engine.errors import DiskFull, StoreDamaged, WinnowError
from engine.fingerprint import digest_file
from engine.store.catalogue import now
from engine.store.depot import Depot
from engine.store.files import is_out_of_space
from engine.store.generation import Generation, open_generation
from engine.store.inventory import StoredFile, inventory
from engine.store.manifest import Manifest
from engine.store.sealed import seal, unseal

FOLDER = "backups"


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup as a depot lists it. `files` are relative to the collection's directory."""

    id: str
    created_at: str
    manifest: Manifest
    files: tuple[StoredFile, ...]

    @property
    def bytes(self) -> int:
        return sum(file.size for file in self.files)

    def to_json(self) -> dict[str, Any]:
        files = [asdict(file) for file in self.files]
        return {"id": self.id, "created_at": self.created_at, "manifest": self.manifest.to_json(), "files": files}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Backup:
        files = tuple(StoredFile(**file) for file in data["files"])
        return Backup(data["id"], data["created_at"], Manifest.from_json(data["manifest"]), files)


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What `back_up` did: files and bytes that it copied, and those that were there already."""

    backup: Backup
    copied: int
    copied_bytes: int
    kept: int


def back_up(home: Path, name: str, address: str, generation: int | None = None, *, check: bool = False) -> BackupReport:
    """Copy the current generation of a collection, or another that is kept, to a folder or URL.

    A file that is there with the same checksum in its name and the same size is not copied again; with `check` it is
    read, and replaced if it is damaged. Raises as `open_generation`; DependencyMissing and UsageError for the address;
    StoreDamaged, before a damaged file would become part of a backup; DiskFull.
    """
    depot = Depot(address)
    copied = copied_bytes = 0
    with open_generation(home, name, generation) as opened, full_typed(address):
        files = inventory(opened.layout, opened.manifest)
        for file in {file.sha256: file for file in files}.values():
            if _is_there(depot, file, check):
                continue
            _upload(depot, opened, file)
            copied += 1
            copied_bytes += file.size
        made = Backup(_id(opened.manifest), now(), opened.manifest, tuple(files))
        depot.write(_file(made.id), seal(made.to_json()))
    return BackupReport(made, copied, copied_bytes, len({file.sha256 for file in files}) - copied)


def list_backups(address: str) -> list[Backup]:
    """The whole backups of a depot, oldest first; one that was cut short or damaged is not among them."""
    depot = Depot(address)
    ids = [name.removesuffix(".json") for name in depot.names(FOLDER) if name.endswith(".json")]
    found = [backup for backup_id in ids if (backup := _read(depot, backup_id)) is not None]
    return sorted(found, key=lambda backup: (backup.created_at, backup.manifest.generation, backup.id))


def object_name(sha256: str) -> str:
    """Where a depot keeps the file with this checksum."""
    return f"objects/{sha256[:2]}/{sha256}"


@contextmanager
def full_typed(where: str) -> Iterator[None]:
    """DiskFull in place of what the libraries say."""
    try:
        yield
    except Exception as error:
        if isinstance(error, WinnowError) or not is_out_of_space(error):
            raise
        raise DiskFull(
            f"There is no space left in {where}; nothing that was whole has changed.",
            "Free some space and run the same command again.",
        ) from error


def _is_there(depot: Depot, file: StoredFile, check: bool) -> bool:
    name = object_name(file.sha256)
    return depot.size(name) == file.size and (not check or depot.digest(name) == file.sha256)


def _upload(depot: Depot, generation: Generation, file: StoredFile) -> None:
    path = generation.layout.root / file.path
    if not path.is_file() or digest_file(path) != file.sha256:
        raise StoreDamaged(f"{path} is missing or does not match its checksum.", "Run `winnow verify`.")
    depot.upload(path, object_name(file.sha256))


def _read(depot: Depot, backup_id: str) -> Backup | None:
    try:
        return Backup.from_json(unseal(depot.read(_file(backup_id)), f"{depot.address}/{_file(backup_id)}"))
    except StoreDamaged:
        return None


def _id(manifest: Manifest) -> str:
    """Two collections of one name, from two homes, may share a depot."""
    return f"{manifest.collection}-{manifest.uuid[:8]}-{manifest.generation}"


def _file(backup_id: str) -> str:
    return f"{FOLDER}/{backup_id}.json"
