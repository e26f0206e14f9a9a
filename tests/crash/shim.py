"""The shim in shim.c from Python: building it, arming it in a child, reading the log that the child leaves behind."""

from __future__ import annotations

import ctypes
import mmap
import platform
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from pathlib import Path

CAPACITY = 64 << 20  # bytes of the log; pages that are never written cost nothing
_HEADER = struct.Struct("=4Q")  # used, counted, fired, overflow
_RECORD = struct.Struct("=2I2q2I")  # size, operation, offset, length, lengths of the two paths


class Operation(IntEnum):
    """What a call did. MARK is no call: the program said how far it was."""

    WRITE = 1
    TRUNCATE = 2
    SYNC = 3
    CREATE = 4
    MKDIR = 5
    LINK = 6
    SYMLINK = 7
    RENAME = 8
    UNLINK = 9
    ALLOCATE = 10
    MARK = 11


class Kind(IntEnum):
    """NONE; die before the call; die in the middle of a write; write less than asked, once; fail."""

    NONE = 0
    STOP = 1
    TEAR = 2
    SHORTEN = 3
    ERROR = 4


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens at the `at`-th call, counted from 1. `kept`: thousandths of a torn or shortened write."""

    kind: Kind = Kind.NONE
    at: int = 0
    errno: int = 0
    kept: int = 0
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One successful call below the watched directory, or a mark. Paths are relative to it, "" is itself.

    `offset` is a mark's value, or where `data` was written; `length` is a truncated or allocated file's.
    """

    operation: Operation
    path: str
    other: str
    offset: int
    length: int
    data: bytes

    def __str__(self) -> str:
        size = len(self.data) if self.operation == Operation.WRITE else self.offset or self.length
        return " ".join(filter(None, (self.operation.name.lower(), self.path, self.other, str(size))))


def missing() -> str:
    """Why the shim cannot run here, or an empty string."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        return "the crash shim runs on Linux on x86-64 only"
    return "" if shutil.which("cc") else "the crash shim needs a C compiler, `cc`"


@cache
def build() -> Path:
    """The compiled library, made once a process."""
    source, target = Path(__file__).with_name("shim.c"), Path(tempfile.mkdtemp(prefix="winnow-shim-")) / "shim.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-o", target, source], check=True)
    return target


class Shim:
    """One log, shared with the children that arm it, one after the other. Make it before forking."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(str(build()))
        self._library.arm.argtypes = [ctypes.c_char_p, ctypes.c_void_p, ctypes.c_uint64]
        self._library.set_fault.argtypes = [ctypes.c_int, ctypes.c_uint64, ctypes.c_int, ctypes.c_uint64, ctypes.c_int]
        self._library.mark.argtypes = [ctypes.c_int64]
        self._region = mmap.mmap(-1, CAPACITY)

    def arm(self, root: Path, fault: Fault) -> None:
        """Watch everything below `root` from here on. There is no way back: only for a child that ends soon."""
        address = ctypes.addressof(ctypes.c_char.from_buffer(self._region))
        failure = self._library.arm(str(root).encode(), address, CAPACITY)
        if failure:
            raise OSError(failure, "the system-call filter cannot be installed")
        self.set(fault)

    def set(self, fault: Fault) -> None:
        """Another fault from now on; `Fault()` lifts it."""
        self._library.set_fault(fault.kind, fault.at, fault.errno, fault.kept, fault.lasting)

    def mark(self, value: int) -> None:
        """Note in the log how far the program has come. It survives the death of the process, not of the machine."""
        self._library.mark(value)

    def reset(self) -> None:
        """Forget the last child's log, so that one that dies before it arms leaves none."""
        self._region[: _HEADER.size] = bytes(_HEADER.size)

    @property
    def counted(self) -> int:
        """Calls seen, failed ones included."""
        return int(self._header()[1])

    @property
    def fired(self) -> int:
        """The number of the first call that the fault hit; 0 if it hit none."""
        return int(self._header()[2])

    def calls(self) -> list[Call]:
        """The log."""
        if self._header()[3]:
            raise OverflowError(f"the log is longer than {CAPACITY} bytes")
        return list(self._read())

    def marks(self) -> list[int]:
        return [call.offset for call in self.calls() if call.operation == Operation.MARK]

    def _header(self) -> tuple[int, ...]:
        return _HEADER.unpack_from(self._region)

    def _read(self) -> Iterator[Call]:
        place, end = _HEADER.size, _HEADER.size + self._header()[0]
        while place < end:
            size, operation, offset, length, first, second = _RECORD.unpack_from(self._region, place)
            at = place + _RECORD.size
            path = self._region[at : at + first - 1].decode()
            other = self._region[at + first : at + first + second - 1].decode()
            data = b""
            if operation == Operation.WRITE:
                data = bytes(self._region[at + first + second : at + first + second + length])
            yield Call(Operation(operation), path, other, offset, length, data)
            place += size
