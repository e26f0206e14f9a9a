"""Records of JSON lines and parquet files, plain or compressed, one mapping each."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, cast

from engine.errors import ParseFailed
from engine.text.json_lines import numbered_lines

Record = Mapping[str, Any]
ID = ("_id", "id")


def read_records(files: Sequence[Path]) -> Iterator[Record]:
    """Every record of the files, in order. ParseFailed names the file and the line that cannot be read."""
    for file in files:
        yield from _read_parquet(file) if file.suffix == ".parquet" else _read_json_lines(file)


def text_lines(file: Path) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, each with its number from 1; a name that ends in .gz is decompressed."""
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream:
            for number, line in numbered_lines(cast(IO[bytes], stream)):
                yield number, line.decode()
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise ParseFailed(f"{file} cannot be read: {error}.", "Get the file again.") from error


def field(record: Record, names: Sequence[str], where: str) -> str:
    """The first of the named fields that the record has, as text. ParseFailed if it has none of them."""
    for name in names:
        if record.get(name) is not None:
            return str(record[name])
    raise ParseFailed(f"{where} has a record without {' or '.join(names)}.", f"Its fields are: {', '.join(record)}.")


def _read_json_lines(file: Path) -> Iterator[Record]:
    for number, line in text_lines(file):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ParseFailed(f"{file}, line {number}, is not JSON: {error}.", "Get the file again.") from error
        if not isinstance(record, dict):
            raise ParseFailed(f"{file}, line {number}, holds no object.", "Each line must be one JSON object.")
        yield record


def _read_parquet(file: Path) -> Iterator[Record]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file) as table:
            for batch in table.iter_batches(batch_size=4096):
                yield from batch.to_pylist()
    except (pa.ArrowInvalid, OSError) as error:
        raise ParseFailed(f"{file} is not a readable parquet file: {error}", "Get the file again.") from error
