"""What a disk may hold after the power fails: a model that promises no more than POSIX does.

Replaying a log of calls, the model knows of every file which changes of its data, and of every directory which changes
of its entries, have been made durable by an fsync of that file or that directory. The others are at the disk's mercy:

- data: every change since the last fsync is dropped, or a prefix of them is kept, or all are; or the length is kept and
  the data is zeros; or every page of 4096 bytes of every change is kept or lost on its own.
- entries: of each directory a prefix of the changes since its last fsync is kept. An fsync of a file does not keep its
  name. A rename is one change: never seen half, also between two directories.

File systems promise more (ext4 keeps a new file's name at its fsync, and orders directories): what is proved here
holds on them. Stores through shared mappings are not in the log, hence lost.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.shim import Call, Operation

PAGE = 4096


@dataclass(slots=True, eq=False)
class File:
    """`data` is what a program would read, `durable` what was there at the last fsync, `pending` the changes since."""

    data: bytearray = field(default_factory=bytearray)
    durable: bytes = b""
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)  # (offset, data) or (length, None)

    def change(self, offset: int, data: bytes | None) -> None:
        self.pending.append((offset, data))
        apply(self.data, offset, data)

    def sync(self) -> None:
        self.durable, self.pending = bytes(self.data), []


@dataclass(slots=True, eq=False)
class Link:
    """A symbolic link: made whole or not at all."""

    target: str


@dataclass(slots=True, eq=False)
class Directory:
    entries: dict[str, Node] = field(default_factory=dict)
    durable: dict[str, Node] = field(default_factory=dict)
    pending: list[Change] = field(default_factory=list)

    def sync(self) -> None:
        self.settle(len(self.pending))

    def settle(self, count: int) -> None:
        """Make the first `count` changes durable; a rename between two directories in the other one too, and with it
        what came before it there."""
        while self.pending and count > 0:
            change, count = self.pending.pop(0), count - 1
            change.keep(self)
            for other in {id(where): where for where, _, _ in change.edits}.values():
                if change in other.pending:
                    other.settle(other.pending.index(change) + 1)


Node = File | Link | Directory


@dataclass(slots=True, eq=False)
class Change:
    """Entries that appear (a node) or vanish (None) at once."""

    edits: list[tuple[Directory, str, Node | None]]

    def keep(self, directory: Directory) -> None:
        for where, name, node in self.edits:
            if where is directory:
                put(where.durable, name, node)


def put(entries: dict[str, Node], name: str, node: Node | None) -> None:
    if node is None:
        entries.pop(name, None)
    else:
        entries[name] = node


def apply(data: bytearray, offset: int, change: bytes | None) -> None:
    """Write at an offset, or (None) make the length that."""
    end = offset if change is None else offset + len(change)
    if len(data) < end:
        data.extend(bytes(end - len(data)))
    if change is None:
        del data[offset:]
    else:
        data[offset:end] = change


class Disk:
    """A directory as programs see it and as the disk must keep it."""

    def __init__(self, root: Path) -> None:
        """Everything that lies below `root` now is durable."""
        self.root = _load(root)

    def replay(self, calls: Iterable[Call]) -> None:
        for call in calls:
            self._replay(call)

    def write_to(self, target: Path, luck: random.Random | None = None) -> None:
        """Make `target` what the disk holds after a power failure, or (no luck) what programs see."""
        if luck is not None:
            self._keep_some_changes(luck)
        _store(self.root, target, luck)

    def _keep_some_changes(self, luck: random.Random) -> None:
        for directory in _directories(self.root):
            changes = len(directory.pending)
            directory.settle(luck.choice((0, changes, luck.randint(0, changes))))

    def _replay(self, call: Call) -> None:
        match call.operation:
            case Operation.MARK:
                return
            case Operation.SYNC:
                node = self._find(call.path)
                if isinstance(node, File | Directory):
                    node.sync()
            case Operation.WRITE:
                self._file(call.path).change(call.offset, call.data)
            case Operation.TRUNCATE:
                self._file(call.path).change(call.length, None)
            case Operation.ALLOCATE:
                file = self._file(call.path)
                file.change(max(call.length, len(file.data)), None)
            case Operation.CREATE:
                self._change((call.path, File()))
            case Operation.MKDIR:
                self._change((call.path, Directory()))
            case Operation.SYMLINK:
                self._change((call.path, Link(call.other)))
            case Operation.LINK:
                self._change((call.other, self._find(call.path)))
            case Operation.UNLINK:
                self._change((call.path, None))
            case Operation.RENAME:
                self._change((call.path, None), (call.other, self._find(call.path)))

    def _change(self, *edits: tuple[str, Node | None]) -> None:
        placed = [(*self._parent(path), node) for path, node in edits]
        change = Change(placed)
        for directory, name, node in placed:
            put(directory.entries, name, node)
            if change not in directory.pending:
                directory.pending.append(change)

    def _parent(self, path: str) -> tuple[Directory, str]:
        parent, _, name = path.rpartition("/")
        found = self._find(parent)
        assert isinstance(found, Directory), path
        return found, name

    def _find(self, path: str) -> Node | None:
        """None for the path of a file that was deleted while it was open."""
        node: Node | None = self.root
        for name in path.split("/") if path else ():
            node = node.entries.get(name) if isinstance(node, Directory) else None
        return node

    def _file(self, path: str) -> File:
        node = self._find(path)
        return node if isinstance(node, File) else File()  # deleted: nobody will see it


def _load(path: Path) -> Directory:
    directory = Directory()
    for child in path.iterdir():
        if child.is_symlink():
            node: Node = Link(str(child.readlink()))
        elif child.is_dir():
            node = _load(child)
        else:
            data = child.read_bytes()
            node = File(bytearray(data), data)
        directory.entries[child.name] = node
    directory.durable = dict(directory.entries)
    return directory


def _directories(root: Directory) -> list[Directory]:
    """Every directory that is or may be reached after the failure, parents first."""
    found, unseen = [], [root]
    while unseen:
        directory = unseen.pop()
        if directory in found:
            continue
        found.append(directory)
        nodes = [*directory.durable.values(), *(node for change in directory.pending for _, _, node in change.edits)]
        unseen += [node for node in nodes if isinstance(node, Directory)]
    return found


def _store(directory: Directory, target: Path, luck: random.Random | None) -> None:
    target.mkdir()
    for name, node in (directory.entries if luck is None else directory.durable).items():
        if isinstance(node, Directory):
            _store(node, target / name, luck)
        elif isinstance(node, Link):
            (target / name).symlink_to(node.target)
        else:
            (target / name).write_bytes(node.data if luck is None else _survivors(node, luck))


def _survivors(file: File, luck: random.Random) -> bytes:
    """The bytes that a file may hold after the failure."""
    if not file.pending:
        return file.durable
    data = bytearray(file.durable)
    fate = luck.choice(("none", "prefix", "all", "zeros", "pages"))
    kept = {"none": 0, "prefix": luck.randint(0, len(file.pending))}.get(fate, len(file.pending))
    for offset, change in file.pending[:kept]:
        if fate in ("prefix", "all") or change is None:
            apply(data, offset, change)
        elif fate == "zeros":
            apply(data, max(len(data), offset + len(change)), None)
        else:
            _apply_pages(data, offset, change, luck)
    return bytes(data)


def _apply_pages(data: bytearray, offset: int, change: bytes, luck: random.Random) -> None:
    place = 0
    while place < len(change):
        size = PAGE - (offset + place) % PAGE
        if luck.random() < 0.5:
            apply(data, offset + place, change[place : place + size])
        place += size
