"""Streams out of gzip, bzip2 and xz, told by their first bytes."""

from __future__ import annotations

import bz2
import gzip
import lzma
from typing import IO, cast

from indexer.parsers.archives.budget import Budget


def decompressed(stream: IO[bytes], budget: Budget) -> IO[bytes]:
    """The content packed in `stream`, which can seek; itself if it is not packed. Its bytes count."""
    head = stream.read(6)
    stream.seek(-len(head), 1)
    if head.startswith(b"\x1f\x8b"):
        return budget.counted(cast(IO[bytes], gzip.GzipFile(fileobj=stream)))
    if head.startswith(b"BZh"):
        return budget.counted(cast(IO[bytes], bz2.BZ2File(stream)))
    if head == b"\xfd7zXZ\0":
        return budget.counted(cast(IO[bytes], lzma.LZMAFile(stream)))
    return budget.counted(stream)
