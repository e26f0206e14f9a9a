"""The shim on tiny programs, in C and in Python: what it sees, and what it makes of it."""

from __future__ import annotations

# The calls themselves are what is tested:
# ruff: noqa: PTH102, PTH123, PTH211
import ctypes
import errno
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.crash.shim import Fault, Kind, Operation, Shim, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

PROGRAM = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
int run(const char *directory) {
    char path[4096], other[4096];
    snprintf(path, sizeof path, "%s/stdio", directory);
    FILE *stream = fopen(path, "w");
    if (!stream || fprintf(stream, "hello") < 0 || fflush(stream)) return 1;
    fclose(stream);
    snprintf(other, sizeof other, "%s/raw", directory);
    register long result __asm__("rax");
    __asm__ volatile("syscall" : "=r"(result) : "0"((long)SYS_rename), "D"(path), "S"(other) : "rcx", "r11", "memory");
    return result != 0;
}
"""


@pytest.fixture(scope="module")
def shim() -> Shim:
    return Shim()


def in_child(shim: Shim, root: Path, work: Callable[[], object], fault: Fault | None = None) -> int:
    """Run `work` under the shim; its exit code, or minus a signal."""
    shim.reset()
    child = os.fork()
    if child == 0:
        try:
            shim.arm(root, fault or Fault())
            work()
            os._exit(0)
        except OSError as error:
            os._exit(error.errno or 255)
        finally:
            os._exit(255)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def seen(shim: Shim) -> Any:
    return [(call.operation, call.path, call.other, call.data) for call in shim.calls()]


def test_stdio_and_calls_around_the_c_library_are_seen(shim: Shim, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "program.c").write_text(PROGRAM)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", tmp_path / "p.so", tmp_path / "program.c"], check=True)
    library = ctypes.CDLL(str(tmp_path / "p.so"))

    def work() -> None:
        assert library.run(str(root).encode()) == 0

    assert in_child(shim, root, work) == 0
    assert seen(shim) == [
        (Operation.CREATE, "stdio", "", b""),
        (Operation.WRITE, "stdio", "", b"hello"),
        (Operation.RENAME, "stdio", "raw", b""),
    ]
    assert (root / "raw").read_bytes() == b"hello"


def test_every_kind_of_call(shim: Shim, tmp_path: Path) -> None:
    outside = tmp_path.with_name(tmp_path.name + "-outside")

    def work() -> None:
        os.chdir(tmp_path)
        os.mkdir("d")
        descriptor = os.open("d/f", os.O_RDWR | os.O_CREAT)
        os.write(descriptor, b"12345")
        os.pwrite(descriptor, b"ab", 1)
        os.writev(descriptor, [b"6", b"7"])
        os.ftruncate(descriptor, 3)
        os.posix_fallocate(descriptor, 0, 10)
        os.fsync(descriptor)
        os.close(descriptor)
        os.link("d/f", "g")
        os.symlink("g", "s")
        with open("g", "w"):
            pass
        outside.write_bytes(b"not seen")
        shim.mark(7)
        shutil.copyfile(outside, "h")  # not through sendfile
        shutil.rmtree("d")  # relative to a directory's descriptor
        directory = os.open(".", os.O_RDONLY)
        os.fdatasync(directory)

    assert in_child(shim, tmp_path, work) == 0
    assert [str(call) for call in shim.calls()] == [
        "mkdir d 0", "create d/f 0", "write d/f 5", "write d/f 2", "write d/f 2", "truncate d/f 3", "allocate d/f 10",
        "sync d/f 0", "link d/f g 0", "symlink s g 0", "truncate g 0", "mark 7", "create h 0", "write h 8",
        "unlink d/f 0", "unlink d 0", "sync 0",
    ]  # fmt: skip
    assert shim.counted == 16
    assert [call.offset for call in shim.calls() if call.operation == Operation.WRITE] == [0, 1, 5, 0]


def three_writes(path: Path) -> Any:
    def work() -> None:
        with path.open("wb", buffering=0) as stream:
            for data in (b"aaaa", b"bbbb", b"cccc"):
                left = memoryview(data)
                while left:
                    left = left[stream.write(left) :]

    return work


@pytest.mark.parametrize(
    "fault, code, left",
    [
        (Fault(Kind.STOP, 3), -signal.SIGKILL, b"aaaa"),
        (Fault(Kind.STOP, 9), 0, b"aaaabbbbcccc"),
        (Fault(Kind.TEAR, 3, kept=500), -signal.SIGKILL, b"aaaabb"),
        (Fault(Kind.TEAR, 1, kept=0), -signal.SIGKILL, b""),
        (Fault(Kind.SHORTEN, 3, kept=500), 0, b"aaaabbbbcccc"),
        (Fault(Kind.ERROR, 3, errno.ENOSPC), errno.ENOSPC, b"aaaa"),
        (Fault(Kind.ERROR, 1, errno.EIO), errno.EIO, None),
    ],
)
def test_faults(shim: Shim, tmp_path: Path, fault: Fault, code: int, left: bytes | None) -> None:
    path = tmp_path / "f"
    assert in_child(shim, tmp_path, three_writes(path), fault) == code
    assert (path.read_bytes() if path.exists() else None) == left
    assert bool(shim.fired) == (fault.at <= 4)


@pytest.mark.parametrize("lasting", [False, True])
def test_a_disk_that_stays_full_or_does_not(shim: Shim, tmp_path: Path, lasting: bool) -> None:
    def work() -> None:
        for name in ("a", "b"):
            try:
                (tmp_path / name).write_bytes(b"data")
            except OSError as error:
                assert error.errno == errno.ENOSPC
        (tmp_path / "there").unlink()  # needs no space
        shim.set(Fault())
        (tmp_path / "c").write_bytes(b"data")

    (tmp_path / "there").touch()
    assert in_child(shim, tmp_path, work, Fault(Kind.ERROR, 2, errno.ENOSPC, lasting=lasting)) == 0
    left = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert left == ({"a": b"", "c": b"data"} if lasting else {"a": b"", "b": b"data", "c": b"data"})


def test_threads_are_watched_too(shim: Shim, tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def work() -> None:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda n: (tmp_path / str(n)).write_bytes(b"x" * n), range(1, 41)))

    assert in_child(shim, tmp_path, work) == 0
    writes = [call for call in shim.calls() if call.operation == Operation.WRITE]
    assert sorted((int(call.path), len(call.data)) for call in writes) == [(n, n) for n in range(1, 41)]
