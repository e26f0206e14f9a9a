"""One compressed file: `report.md.gz` holds `report.md`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import IO

from indexer.parsers.archives.budget import Budget
from indexer.parsers.archives.compression import decompressed
from indexer.parsers.archives.names import safe_path
from indexer.parsers.base import BadMember, Member, NoMember


class CompressedFile:
    name = "compressed"
    label = "compressed files"
    suffixes = (".gz", ".bz2", ".xz")
    mark = "!/"

    def members(self, stream: IO[bytes], *, name: str, budget: Budget) -> Iterator[Member | BadMember | NoMember]:
        budget.member()
        path = safe_path(name.rpartition(".")[0])
        yield Member(path, path, partial(decompressed, stream, budget))
