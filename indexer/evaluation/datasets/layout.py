"""Which files of a folder hold corpus, queries and judgements: BEIR's layout, or the parquet layouts of the hub.

    BEIR   corpus.jsonl  queries.jsonl  qrels/<split>.tsv                      each also .gz
    MTEB   corpus/*.parquet  queries/*.parquet  {qrels,default,data}/<split>-*.parquet

https://github.com/beir-cellar/beir, https://github.com/embeddings-benchmark/mteb
"""

from __future__ import annotations

import re
from pathlib import Path

from engine.errors import SourceNotFound

_RECORDS = (".jsonl", ".jsonl.gz", ".parquet")
_JUDGEMENTS = (".tsv", ".tsv.gz", *_RECORDS)
_QRELS_FOLDERS = ("qrels", "default", "data")
_LAYOUT = (
    "A BEIR folder holds corpus.jsonl, queries.jsonl and qrels/<split>.tsv; a parquet one corpus/, queries/, qrels/."
)


def record_files(folder: Path, part: str) -> tuple[Path, ...]:
    """The files of `part`, "corpus" or "queries". SourceNotFound if there is none."""
    for suffix in _RECORDS:
        if (file := folder / f"{part}{suffix}").is_file():
            return (file,)
    for suffix in _RECORDS:
        if files := sorted((folder / part).glob(f"*{suffix}")):
            return tuple(files)
    raise SourceNotFound(f"{folder} has no {part}.", _LAYOUT)


def qrels_files(folder: Path, split: str) -> tuple[Path, ...]:
    """The files with the judgements of a split. SourceNotFound names the splits that exist."""
    found = _splits(folder)
    if split not in found:
        known = ", ".join(sorted(found))
        raise SourceNotFound(
            f"{folder} has no judgements for split {split!r}.", f"Splits there: {known}." if known else _LAYOUT
        )
    return found[split]


def is_dataset(folder: Path) -> bool:
    """Whether a folder looks like a judged collection, whatever its splits."""
    try:
        record_files(folder, "corpus")
    except SourceNotFound:
        return False
    return True


def _splits(folder: Path) -> dict[str, tuple[Path, ...]]:
    """Split -> its files: of the first folder and the first format that has any."""
    for name in _QRELS_FOLDERS:
        for suffix in _JUDGEMENTS:
            found: dict[str, tuple[Path, ...]] = {}
            for file in sorted((folder / name).glob(f"*{suffix}")):
                split = re.sub(r"-\d{5}-of-\d{5}$", "", file.name.removesuffix(suffix))
                found[split] = (*found.get(split, ()), file)
            if found:
                return found
    return {}
