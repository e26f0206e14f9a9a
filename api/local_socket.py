"""The Unix socket in a home by which its owner's commands reach a running service.

Who may use it is what the home's files say: it is the owner's alone, as the files of the collections may be read by
whoever can read them. Its name holds a digest of the settings, so that a command with other settings, or of another
version, does not find it and does its work itself. No lock is needed: a socket that nobody listens on refuses.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path

from engine.home import CONFIG_VARIABLE, HOME_VARIABLE, config_file

log = logging.getLogger(__name__)

PATTERN = "serve-*.sock"
_LONGEST = 100  # bytes of a path; the system takes 108, and 104 on macOS
_SERVING = "WINNOW_SERVE_"  # limits of the service, which change no answer


def socket_of(home: Path) -> Path:
    """The socket of a service that has this process's version and settings."""
    return home / f"serve-{_digest()}.sock"


def connect(path: Path, seconds: float | None = None) -> socket.socket | None:
    """A connection to the service behind the socket; None where there is none, or where the socket is not ours."""
    try:
        found = path.lstat()
        if not stat.S_ISSOCK(found.st_mode) or found.st_uid != os.geteuid():
            return None
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(seconds)
        try:
            with _address(path) as address:
                connection.connect(address)
        except BaseException:
            connection.close()
            raise
    except OSError:
        return None
    return connection


@contextmanager
def listening_in(home: Path, backlog: int) -> Iterator[socket.socket | None]:
    """A listening socket in the home, removed at the end; None, and a line in the log, where there can be none.

    What a service left that ended badly is replaced. A service that is running keeps its own.
    """
    path = socket_of(home)
    if not home.is_dir():
        yield None
        return
    if rival := connect(path, 1.0):
        rival.close()
        log.info("Another service of %s answers its commands.", home)
        yield None
        return
    try:
        listening = _bound(path, backlog)
    except OSError as error:
        log.warning("`winnow search` cannot use this service, and works without it: %s: %s", path, error.strerror)
        yield None
        return
    ours = path.lstat()
    try:
        with listening:
            yield listening
    finally:
        with suppress(OSError):
            if os.path.samestat(path.lstat(), ours):
                path.unlink()


def _bound(path: Path, backlog: int) -> socket.socket:
    """A socket that listens before it has its name: who finds it is answered. Only its owner may connect."""
    new = path.with_name(f".{secrets.token_hex(4)}.sock")
    listening = socket.socket(socket.AF_UNIX)
    try:
        with _address(new) as address:
            listening.bind(address)
        new.chmod(0o600)
        listening.listen(backlog)
        new.replace(path)
    except BaseException:
        listening.close()
        new.unlink(missing_ok=True)
        raise
    return listening


@contextmanager
def _address(path: Path) -> Iterator[str]:
    """The path as `bind` and `connect` take it: one that is too long by way of its open folder, where Linux is."""
    if len(os.fsencode(path)) <= _LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _digest() -> str:
    """Version and settings, but for those of the service itself and the home, which the socket lies in."""
    chosen = sorted(
        (name.upper(), value)
        for name, value in os.environ.items()
        if name.upper().startswith("WINNOW_")
        and not name.upper().startswith((_SERVING, HOME_VARIABLE, CONFIG_VARIABLE))
    )
    try:
        written = config_file().read_bytes()
    except OSError:
        written = b""
    settings = repr((version("winnow-search"), chosen)).encode("utf-8", errors="surrogateescape")
    return hashlib.sha256(settings + written).hexdigest()[:12]
