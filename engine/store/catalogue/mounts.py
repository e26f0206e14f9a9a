"""Which file system a path lies on. SQLite's locks and shared memory are not to be trusted over a network.

https://www.sqlite.org/wal.html: "All processes using a database must be on the same host computer; WAL does not work
over a network filesystem."
"""

from __future__ import annotations

import re
from pathlib import Path

from engine.errors import NetworkFileSystem

MOUNTS = Path("/proc/self/mountinfo")
_NETWORK = re.compile(
    r"nfs\d?|cifs|smb\d?|smbfs|afs|ncpfs|davfs|fuse\.(sshfs|s3fs|gcsfuse|rclone|davfs2?|smbnetfs|glusterfs|curlftpfs)"
)
_OCTAL = re.compile(r"\\([0-7]{3})")


def refuse_network(directory: Path) -> None:
    """NetworkFileSystem if the directory, which need not exist yet, lies on one."""
    kind = file_system(directory)
    if kind is not None and _NETWORK.fullmatch(kind):
        raise NetworkFileSystem(
            f"{directory} lies on a network file system ({kind}), where SQLite loses its catalogue.",
            "Keep the home on a local disk, or the catalogue in PostgreSQL: "
            "WINNOW_CATALOGUE=postgresql+psycopg://USER@HOST/DATABASE.",
        )


def file_system(directory: Path) -> str | None:
    """The type of the file system as the kernel names it; None where it does not tell."""
    try:
        lines = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:  # no Linux
        return None
    place = directory.resolve()
    best: tuple[int, str] | None = None
    for line in lines:  # see proc_pid_mountinfo(5): the fifth field is the mount point, the type follows " - "
        before, _, after = line.partition(" - ")
        point = Path(_OCTAL.sub(lambda match: chr(int(match[1], 8)), before.split()[4]))
        if place.is_relative_to(point) and (best is None or len(point.parts) >= best[0]):  # later ones lie on top
            best = (len(point.parts), after.split()[0])
    return None if best is None else best[1]
