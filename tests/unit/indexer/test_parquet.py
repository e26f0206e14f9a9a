"""Tables in columns: a row is a record, with a text or as its columns."""

from __future__ import annotations

import io
import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from engine.errors import ParseFailed
from indexer.parsers import BadRecord, Parsed, Record, parquet, record_parser_for
from indexer.parsers.parquet import ArrowParser
from indexer.sources.source import Skipped, Source, discover


def packed(table: pa.Table, kind: str) -> bytes:
    buffer = io.BytesIO()
    if kind == "parquet":
        pa.parquet.write_table(table, buffer)
    elif kind == "feather":
        pa.feather.write_feather(table, buffer)
    else:
        make = pa.ipc.new_stream if kind == "stream" else pa.ipc.new_file
        with make(buffer, table.schema) as writer:
            writer.write_table(table)
    return buffer.getvalue()


def records(data: bytes) -> list[Record]:
    found = list(ArrowParser().records(io.BytesIO(data)))
    assert not any(isinstance(record, BadRecord) for record in found)
    return [record for record in found if isinstance(record, Record)]


def first(columns: dict[str, object]) -> Parsed:
    return ArrowParser().parse(
        records(packed(pa.table({name: pa.array([value]) for name, value in columns.items()}), "parquet"))[0]
    )


@pytest.mark.parametrize("kind", ["parquet", "feather", "file", "stream"])
def test_every_row_is_a_record_in_its_order(kind: str) -> None:
    table = pa.table({"id": [str(at) for at in range(2500)], "text": [f"text {at}" for at in range(2500)]})
    found = records(packed(table, kind))
    assert [record.id for record in found] == [str(at) for at in range(2500)]
    assert ArrowParser().parse(found[1700]).text == "text 1700"
    assert found[1700].line == 1701


def test_fields_are_taken_as_those_of_json_lines() -> None:
    columns = {"id": 7, "title": "T", "text": "Body.", "url": "http://a/b", "lang": "en", "when": date(2024, 2, 29)}
    (record,) = records(packed(pa.table({name: [value] for name, value in columns.items()}), "parquet"))
    assert (record.id, record.url) == ("7", "http://a/b")
    parsed = ArrowParser().parse(record)
    assert (parsed.title, parsed.text, parsed.language) == ("T", "Body.", "en")
    assert parsed.metadata["when"] == date(2024, 2, 29)


def test_a_row_without_a_text_is_its_columns() -> None:
    parsed = first({"name": "Ann\nLee", "age": 7, "none": None, "tags": ["a", "b"], "title": "Person"})
    assert parsed.text == 'name: Ann Lee\nage: 7\ntags: ["a", "b"]'
    assert parsed.title == "Person"
    assert parsed.metadata == {"name": "Ann\nLee", "age": 7, "tags": ("a", "b")}


def test_vectors_and_bytes_that_are_no_text_are_left_out() -> None:
    parsed = first({"a": "x", "embedding": [0.5] * 64, "image": b"\x89PNG\xff", "word": b"bytes"})
    assert parsed.text == "a: x\nword: bytes"


def test_values_of_all_types_are_records_of_json() -> None:
    table = pa.table(
        {
            "nanoseconds": pa.array([1], pa.timestamp("ns")),
            "far": pa.array([10**12], pa.timestamp("s")),
            "moment": pa.array([datetime(2024, 2, 29)]),
            "decimal": pa.array([Decimal("1.50")]),
            "nothing": pa.array([float("nan")]),
            "map": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())),
            "struct": pa.array([{"a": b"\xff", "b": [1, 2]}]),
            "choice": pa.array(["x"]).dictionary_encode(),
        }
    )
    for kind in ("parquet", "file"):
        for record in records(packed(table, kind)):
            json.dumps(record.fields)
            assert "decimal: 1.50" in ArrowParser().parse(record).text


@pytest.mark.parametrize("kind", ["feather", "file"])
def test_values_that_python_lacks_are_text_however_deep_they_are_nested(kind: str) -> None:
    moments = pa.array([1, None], pa.timestamp("ns"))
    columns = {
        "list": pa.ListArray.from_arrays([0, 2, 2], moments),
        "struct": pa.StructArray.from_arrays([moments, pa.array(["a", "b"])], ["when", "who"]),
        "map": pa.MapArray.from_arrays([0, 1, 2], ["k", "l"], moments),
        "choice": moments.dictionary_encode(),
        "duration": pa.array([1, 2], pa.duration("ns")),
        "far": pa.array([[10**12], None], pa.list_(pa.timestamp("s"))),
        "text": pa.StringArray.from_buffers(2, pa.py_buffer(b"\0\0\0\0\1\0\0\0\2\0\0\0"), pa.py_buffer(b"\xffb")),
    }
    first, second = records(packed(pa.table(columns), kind))
    moment = "1970-01-01T00:00:00.000000001"
    assert first.fields["list"] == [moment, None] and first.fields["choice"] == moment
    assert first.fields["struct"] == {"when": moment, "who": "a"} and second.fields["struct"]["who"] == "b"
    assert first.fields["map"] == {"k": moment} and second.fields["map"] == {"l": None}
    assert first.fields["far"] == [10**12] and (first.fields["text"], second.fields["text"]) == (None, "b")


@pytest.mark.parametrize("kind", ["parquet", "feather", "stream"])
def test_damaged_files_fail(kind: str) -> None:
    data = packed(pa.table({"text": ["some words"] * 3000}), kind)
    for length in range(0, len(data), max(1, len(data) // 40)):
        try:
            records(data[:length])
        except ParseFailed as failure:
            assert failure.message.endswith(".")


def test_more_rows_than_bytes_are_a_bomb() -> None:
    table = pa.table({"a": pa.nulls(3_000_000)})
    buffer = io.BytesIO()
    pa.parquet.write_table(table, buffer, compression="zstd")
    assert len(buffer.getvalue()) < 1_000_000
    count = 0
    with pytest.raises(ParseFailed, match="more rows"):
        for _ in ArrowParser().records(buffer):
            count += 1
    assert count < 1_100_000


def test_suffixes_find_the_parser() -> None:
    for name in ("a.parquet", "A.FEATHER", "a.arrow"):
        assert getattr(record_parser_for(name), "name", "") == "arrow"


def test_tables_are_known_by_how_they_begin(tmp_path: Path) -> None:
    table = pa.table({"text": ["words"]})
    for kind in ("parquet", "feather", "file"):
        (tmp_path / f"part-{kind}").write_bytes(packed(table, kind))
    assert [found.parse().text for found in discover([tmp_path]) if isinstance(found, Source)] == ["words"] * 3


def test_a_row_without_a_title_is_called_by_its_name() -> None:
    assert first({"name": "Ann", "age": 7}).title == "Ann"
    assert first({"age": 7}).title == ""


def test_a_column_of_an_unknown_type_is_left_out_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def value(column: pa.Array) -> list[object]:
        if column.type == pa.int8():
            raise KeyError(21)
        return list(column.to_pylist())

    monkeypatch.setattr(parquet, "_values", value)
    (tmp_path / "a.arrow").write_bytes(packed(pa.table({"text": ["words"], "m": pa.array([1], pa.int8())}), "file"))
    row, left_out = discover([tmp_path])
    assert isinstance(row, Source) and row.parse().text == "words"
    assert isinstance(left_out, Skipped) and "column 'm'" in left_out.reason


def test_an_encrypted_table_says_so() -> None:
    with pytest.raises(ParseFailed, match="encrypted"):
        records(b"PARE" + b"\0" * 40 + b"PARE")
