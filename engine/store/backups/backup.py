"""Copying a generation away: every file once, by its content, then one sealed file that names them all.

A backup that was cut short has no such file, so it is never taken for a whole one; what it copied is not copied again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engine.errors import DiskFull, FormatTooNew, StoreDamaged, WinnowError
from engine.fingerprint import digest_file
from engine.refusals import OUT_OF_SPACE, errno_of
from engine.store import names
from engine.store.backups.depot import Depot
from engine.store.backups.judgements import judgement_file, snapshot
from engine.store.backups.underway import writing
from engine.store.catalogue.catalogue import now
from engine.store.generation import open_generation
from engine.store.inventory import StoredFile, inventory
from engine.store.manifest import Manifest
from engine.store.sealed import seal, unseal

log = logging.getLogger(__name__)

FOLDER = "backups"
ANOTHER = "Restore another backup; `winnow backup --check` replaces damaged files while the collection is whole."
MOST_BYTES = 1 << 28  # of the file that lists a backup: a million files


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup as a depot lists it. `files` are relative to the collection's directory, `judgements` to that of the
    judgements in it.
    """

    id: str
    created_at: str
    manifest: Manifest
    files: tuple[StoredFile, ...]
    judgements: tuple[StoredFile, ...] = ()

    @property
    def bytes(self) -> int:
        return sum(file.size for file in (*self.files, *self.judgements))

    def to_json(self) -> dict[str, Any]:
        files, judgements = ([asdict(file) for file in listed] for listed in (self.files, self.judgements))
        about = {"id": self.id, "created_at": self.created_at, "manifest": self.manifest.to_json(), "files": files}
        return about | ({"judgements": judgements} if judgements else {})

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Backup:
        """Read it from JSON. StoreDamaged, KeyError or TypeError if it is none."""
        files = tuple(StoredFile.from_json(file) for file in data["files"])
        if len({file.path for file in files}) < len(files):
            raise StoreDamaged("A file is named twice.", ANOTHER)
        return Backup(
            names.check(names.BACKUP, data["id"], "a backup"),
            names.text(data["created_at"], "a time"),
            Manifest.from_json(data["manifest"]),
            files,
            tuple(judgement_file(file) for file in data.get("judgements", ())),  # older backups have none
        )


@dataclass(frozen=True, slots=True)
class BackupReport:
    """Counts of what `back_up` did: files and bytes that it copied, and those that were there already."""

    backup: Backup
    copied: int
    copied_bytes: int
    kept: int


def back_up(home: Path, name: str, address: str, generation: int | None = None, *, check: bool = False) -> BackupReport:
    """Copy the current generation of a collection, or another that is kept, to a folder or URL, with what people have
    judged of it until now.

    A file that is there with the same checksum in its name and the same size is not copied again; with `check` it is
    read, and replaced if it is damaged. Raises as `open_generation`; DependencyMissing and UsageError for the address;
    StoreDamaged, before a damaged file would become part of a backup; DiskFull.
    """
    depot = Depot(address)
    what = f"the backup of {name!r}"
    with open_generation(home, name, generation) as opened, full_typed(address), writing(depot, what):
        files = inventory(opened.layout, opened.manifest)
        copied = copy_files(depot, opened.layout.root, files, check=check)
        with snapshot(opened.layout) as (folder, judgements):
            copied |= copy_files(depot, folder, judgements, check=check)
        made = Backup(_id(opened.manifest), now(), opened.manifest, tuple(files), tuple(judgements))
        depot.write(_file(made.id), seal(made.to_json()))
    sizes = {file.sha256: file.size for file in (*files, *judgements)}
    return BackupReport(made, len(copied), sum(map(sizes.__getitem__, copied)), len(sizes) - len(copied))


def copy_files(depot: Depot, root: Path, files: Iterable[StoredFile], *, check: bool = False) -> set[str]:
    """Copy to a depot what it lacks of the files of a collection's directory; the checksums of what was copied.

    With `check` what is there is read, and replaced if it is damaged. StoreDamaged for a file that does not match its
    checksum, which is not copied.
    """
    copied = set[str]()
    for file in {file.sha256: file for file in files}.values():
        if not is_there(depot, file, check):
            _upload(depot, root / file.path, file)
            copied.add(file.sha256)
    return copied


def list_backups(address: str) -> list[Backup]:
    """The whole backups of a depot, oldest first. One that was damaged, or that a newer Winnow made, is not among them:
    a warning in the log names it. What was cut short is none.
    """
    whole, broken = read_backups(address)
    for error in broken.values():
        log.warning("A backup is left out: %s", error)
    return whole


def read_backups(address: str) -> tuple[list[Backup], dict[str, WinnowError]]:
    """The whole backups of a depot, oldest first, and by id what is wrong with each of the others."""
    depot, whole = Depot(address), list[Backup]()
    broken: dict[str, WinnowError] = {}
    for name in depot.names(FOLDER):
        backup_id = name.removesuffix(".json")
        if name.startswith(".") or name == backup_id:
            continue
        try:
            whole.append(_read(depot, backup_id))
        except (StoreDamaged, FormatTooNew) as error:
            broken[backup_id] = error
    return sorted(whole, key=lambda backup: (backup.created_at, backup.manifest.generation, backup.id)), broken


def object_name(sha256: str) -> str:
    """Where a depot keeps the file with this checksum."""
    return f"objects/{sha256[:2]}/{sha256}"


@contextmanager
def full_typed(where: str) -> Iterator[None]:
    """DiskFull in place of what the libraries say."""
    try:
        yield
    except Exception as error:
        if isinstance(error, WinnowError) or errno_of(error) not in OUT_OF_SPACE:
            raise
        raise DiskFull(
            f"There is no space left in {where}; nothing that was whole has changed.",
            "Free some space and run the same command again.",
        ) from error


def is_there(depot: Depot, file: StoredFile, check: bool) -> bool:
    """Whether a depot has a file, as far as its size tells; with `check` whether every byte of it is right."""
    name = object_name(file.sha256)
    return depot.size(name) == file.size and (not check or depot.digest(name) == file.sha256)


def _upload(depot: Depot, path: Path, file: StoredFile) -> None:
    if not path.is_file() or digest_file(path) != file.sha256:
        raise StoreDamaged(f"{path} is missing or does not match its checksum.", "Run `winnow verify`.")
    depot.upload(path, object_name(file.sha256))


def _read(depot: Depot, backup_id: str) -> Backup:
    origin = f"{depot.address}/{_file(backup_id)}"
    data = unseal(depot.read(_file(backup_id), MOST_BYTES), origin)
    with names.typed(origin, "a backup", ANOTHER):
        backup = Backup.from_json(data)
    if backup.id != backup_id:
        raise StoreDamaged(f"{origin} is the backup {backup.id}, renamed.", ANOTHER)
    return backup


def _id(manifest: Manifest) -> str:
    """Two collections of one name, from two homes, may share a depot."""
    return f"{manifest.collection}-{manifest.uuid[:8]}-{manifest.generation}"


def _file(backup_id: str) -> str:
    return f"{FOLDER}/{backup_id}.json"
