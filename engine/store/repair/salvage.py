"""Reading tables that may be damaged, in a process of their own: Arrow may end it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from engine.child import module_command
from engine.store.segments.tables import map_table
from engine.store.segments.writer import chunk_languages

_SECONDS = 600.0


def salvaged_ids(documents: Path) -> list[str] | None:
    """The ids in documents.arrow, in order of rows; None where they cannot be read."""
    ids = _in_a_process("ids", documents)
    return ids if isinstance(ids, list) and all(isinstance(name, str) for name in ids) else None


def salvaged_languages(documents: Path, chunks: Path) -> dict[str, int] | None:
    """Chunks per language, most frequent first; None where they cannot be read."""
    found = _in_a_process("languages", documents, chunks)
    return found if isinstance(found, dict) else None


def _in_a_process(what: str, *paths: Path) -> Any:
    command = module_command(__name__, what, *(str(path.absolute()) for path in paths))
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=True)
        return json.loads(done.stdout)
    except (subprocess.SubprocessError, OSError, ValueError):
        return None


def main(what: str, *paths: str) -> None:
    tables = [map_table(Path(path)) for path in paths]
    for table in tables:
        table.validate(full=True)
    found = tables[0].column("id").to_pylist() if what == "ids" else chunk_languages(*tables)
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
