"""Tables in columns: Parquet, Arrow and Feather, a record for each row, as in JSON lines."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import IO, Any

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet

from engine.errors import ParseFailed
from indexer.parsers.base import BadRecord, NoRecords, Parsed, Record
from indexer.parsers.decoding import clean
from indexer.parsers.jsonl import parse_fields, parse_text, record_of

_ROWS = 1000  # rows that are read at once
_FEW = 1_000_000  # rows; a file of more has at least a byte for each, or it was made to harm
_VECTOR = 16  # numbers, beyond which a list of them is an embedding or a signal, and nothing to read


class ArrowParser:
    """Fields are taken as those of JSON lines are. A row without a text is its columns, one a line."""

    name = "arrow"
    label = "Parquet and Arrow"
    version = "2"
    suffixes = (".parquet", ".arrow", ".feather")

    def records(self, stream: IO[bytes]) -> Iterator[Record | BadRecord | NoRecords]:
        file = stream if stream.seekable() else io.BytesIO(stream.read())
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        number = 0
        unread: dict[str, None] = {}
        with _reading():
            slices = _slices(file, unread)
        while True:
            with _reading():
                rows = next(slices, None)
            if rows is None:
                yield from (NoRecords(f"column {clean(name)!r}, of a type that pyarrow cannot read") for name in unread)
                return
            for fields in rows:
                number += 1
                yield record_of(number, fields)
            if number > max(_FEW, size):
                raise ParseFailed(f"It holds more rows ({number}) than bytes.", "Write it again, or leave it out.")

    def parse(self, record: Record) -> Parsed:
        with suppress(ParseFailed):
            parsed = parse_text(record)
            if parsed.text:
                return parsed
        return parse_fields(record, {name: value for name, value in record.fields.items() if name != "title"})


@contextmanager
def _reading() -> Iterator[None]:
    """Turn whatever pyarrow raises at damaged files into ParseFailed."""
    try:
        yield
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError, OverflowError, MemoryError) as error:
        reason = str(error).split("\n", 1)[0].rstrip(".") or type(error).__name__
        if "decrypt" in reason:
            raise _encrypted() from error
        raise ParseFailed(f"The table is damaged: {clean(reason)}.", "Write it again.") from error


def _encrypted() -> ParseFailed:
    return ParseFailed("The table is encrypted.", "Write it without encryption.")


def _batches(file: IO[bytes]) -> Iterator[pa.RecordBatch]:
    head = file.read(6)
    file.seek(0)
    if head.startswith(b"PAR1"):
        return iter(pa.parquet.ParquetFile(file).iter_batches(batch_size=_ROWS))
    if head.startswith(b"PARE"):
        raise _encrypted()
    if head.startswith(b"FEA1"):
        return iter(pa.feather.read_table(file).to_batches(max_chunksize=_ROWS))
    if head == b"ARROW1":
        reader = pa.ipc.open_file(file)
        return (reader.get_batch(number) for number in range(reader.num_record_batches))
    return iter(pa.ipc.open_stream(file))


def _slices(file: IO[bytes], unread: dict[str, None]) -> Iterator[list[dict[str, Any]]]:
    """The rows as JSON would have them, some at a time; `unread` receives the columns that are not in them."""
    for batch in _batches(file):
        for start in range(0, batch.num_rows, _ROWS):
            part = batch.slice(start, _ROWS)
            columns: dict[str, list[Any]] = {}
            for place, name in enumerate(part.schema.names):
                try:
                    columns[clean(name)] = _values(part.column(place))
                except (KeyError, NotImplementedError):  # such as months, of which it knows the name alone
                    unread.setdefault(name)
            yield [dict(zip(columns, map(_plain, row), strict=True)) for row in zip(*columns.values(), strict=True)]


def _values(column: pa.Array) -> list[Any]:
    """The values of a column; where Python has not all of them, it is asked for one after the other."""
    try:
        return list(column.to_pylist())
    except (ValueError, OverflowError):
        return list(map(_value, column))


def _value(scalar: pa.Scalar) -> Any:
    """The value of a cell, whatever is nested in it. Times to the nanosecond, and those beyond the year 9999, Python
    has as text only; text that is no UTF-8 it has as bytes.
    """
    try:
        return scalar.as_py()
    except (ValueError, OverflowError):
        if isinstance(scalar, pa.StructScalar):
            return {name: _value(part) for name, part in scalar.items()}
        if isinstance(scalar, pa.MapScalar):
            return [tuple(_value(pair).values()) for pair in scalar.values]
        if isinstance(scalar, pa.ListScalar | pa.FixedSizeListScalar):
            return list(map(_value, scalar.values))
        if isinstance(inner := getattr(scalar, "value", None), pa.Scalar):  # of a dictionary, a union, an extension
            return _value(inner)
        if pa.types.is_string(scalar.type) or pa.types.is_large_string(scalar.type):
            return scalar.cast(pa.large_binary()).as_py()
        text: str = scalar.cast(pa.string()).as_py()
        if not text[:1].isdigit():  # a time that is too far away even for a text
            return scalar.value
        return text.replace(" ", "T", 1) if pa.types.is_timestamp(scalar.type) else text


def _plain(value: Any) -> Any:
    """A value of JSON; None for bytes that are no text, vectors, and NaN, which is how tables write an empty
    cell.
    """
    if isinstance(value, bytes):
        return value.decode("utf-8") if _is_text(value) else None
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal | timedelta):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list) and value and all(type(part) is tuple for part in value):  # a map
        return {str(_plain(key)): _plain(part) for key, part in value}
    if isinstance(value, list | tuple):
        is_vector = len(value) > _VECTOR and all(isinstance(part, int | float) for part in value)
        return None if is_vector else [_plain(part) for part in value]
    return value if value is None or isinstance(value, str | int | bool) else str(value)


def _is_text(data: bytes) -> bool:
    try:
        return data.decode("utf-8").replace("\n", " ").replace("\t", " ").isprintable()
    except UnicodeDecodeError:
        return False
