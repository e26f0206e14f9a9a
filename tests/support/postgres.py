"""A PostgreSQL server on loopback, made from the system's own programs, for as long as the tests run."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pwd import getpwnam
from typing import Any
from uuid import uuid4

import psycopg
import pytest

_USERS = ("postgres", "nobody")  # PostgreSQL refuses to run as root


def programs() -> Path:
    """The folder of `initdb` and `postgres`; skips the test where there is none."""
    known = [*Path("/usr/lib/postgresql").glob("*/bin"), *map(Path, os.environ.get("PATH", "").split(os.pathsep))]
    for folder in known:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")


@contextmanager
def server() -> Iterator[str]:
    """Yields the URL of a server without a password, to which a database's name is to be added."""
    folder = programs()
    with tempfile.TemporaryDirectory(prefix="winnow-postgres-") as root:
        identity = _identity(Path(root))
        data, port = Path(root) / "data", _free_port()
        subprocess.run(
            [folder / "initdb", "-D", data, "-U", "winnow", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C"],
            check=True,
            stdout=subprocess.DEVNULL,
            **identity,
        )
        options = ["-p", str(port), "-h", "127.0.0.1", "-k", "", "-c", "fsync=off"]
        with (Path(root) / "log").open("wb") as log:
            child = subprocess.Popen([folder / "postgres", "-D", data, *options], stdout=log, stderr=log, **identity)
        try:
            _wait(child, port)
            yield f"postgresql+psycopg://winnow@127.0.0.1:{port}"
        finally:
            child.terminate()
            child.wait()


@contextmanager
def database(address: str) -> Iterator[str]:
    """The URL of a new, empty database."""
    name = f"w{uuid4().hex}"
    admin = address.replace("+psycopg", "") + "/postgres"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield f"{address}/{name}"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _identity(root: Path) -> dict[str, Any]:
    """Arguments of `subprocess` for running as somebody else than root, whom `root` then belongs to."""
    if os.getuid() != 0:
        return {}
    for name in _USERS:
        try:
            user = getpwnam(name)
        except KeyError:
            continue
        shutil.chown(root, user.pw_uid, user.pw_gid)
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": root}
    pytest.skip(f"PostgreSQL does not run as root, and there is no user {' or '.join(_USERS)}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(child: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            psycopg.connect(host="127.0.0.1", port=port, user="winnow", dbname="postgres").close()
            return
        except psycopg.OperationalError:
            if child.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
