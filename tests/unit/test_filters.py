from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InvalidFilter
from engine.filters import (
    And,
    Equals,
    Filter,
    In,
    Not,
    Or,
    Range,
    check_filter,
    document_mask,
    field_filter,
    fits,
    parse_filter,
    row_mask,
)
from engine.store.segments.tables import document_table
from engine.types import MetadataType
from tests.support.stores import stored

SCHEMA: dict[str, MetadataType] = {
    "year": "number",
    "on": "date",
    "tags": "list",
    "kind": "string",
    "open": "bool",
    "never": "number",
}
DOCUMENTS = [
    stored("d0", year=2019.0, on=date(2019, 5, 1), tags=("a", "b"), kind="memo", open=True),
    stored("d1", year=2020.0, on=date(2020, 5, 1), tags=("b",), kind="memo: long", open=False, language="de"),
    stored("d2", year=2021.5, tags=("c d", "a|b"), kind="Memo"),
    stored("d3", title="A title", language="ja"),
]  # fmt: skip
TABLE = document_table(DOCUMENTS)


def matching(filter: Filter) -> list[int]:
    mask = document_mask(filter, TABLE, SCHEMA)
    assert mask.dtype == bool and mask.shape == (4,)
    return np.flatnonzero(mask).tolist()


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("year:2020", [1]),
        ("year:2020.0", [1]),
        ("year:>=2020", [1, 2]),
        ("year:>2020", [2]),
        ("year:<=2020", [0, 1]),
        ("year:<2020", [0]),
        ("year:[2019..2020]", [0, 1]),
        ("year:[..2020]", [0, 1]),
        ("year:[2020..]", [1, 2]),
        ("year:[..]", [0, 1, 2]),
        ("year:2019|2021.5", [0, 2]),
        ("-year:2019", [1, 2, 3]),
        ("never:1", []),
        ("-never:1", [0, 1, 2, 3]),
        ("on:2019-05-01", [0]),
        ("on:<2020-01-01", [0]),
        ("on:[2019-05-01..2020-05-01]", [0, 1]),
        ("tags:a", [0]),
        ("tags:b", [0, 1]),
        ("tags:a|b", [0, 1]),
        ('tags:"a|b"', [2]),
        ('tags:"c d"', [2]),
        ("-tags:b", [2, 3]),
        ("kind:memo", [0]),
        ('kind:"memo: long"', [1]),
        ("kind:>=memo", [0, 1]),
        ("open:true", [0]),
        ("open:False", [1]),
        ("-open:true", [1, 2, 3]),
        ("language:de|ja", [1, 3]),
        ("id:d2", [2]),
        ("uri:file:///d1", [1]),
        ('title:"A title"', [3]),
        ("tags:b year:2020", [1]),
        ("  tags:b   -year:2020 ", [0]),
        ("year:-5", []),
        ("year:>-5", [0, 1, 2]),
    ],
)
def test_text(text: str, rows: list[Any] | list[int]) -> None:
    assert matching(parse_filter(text)) == rows


def test_the_tree_that_text_becomes() -> None:
    assert parse_filter("a:b") == Equals("a", "b")
    assert parse_filter("a:b|c") == In("a", ("b", "c"))
    assert parse_filter("-a:>3") == Not(Range("a", low="3", include_low=False))
    assert parse_filter("a:[1..2]") == Range("a", "1", "2")
    assert parse_filter('a:"x \\"y\\" \\\\"') == Equals("a", 'x "y" \\')
    assert parse_filter("a:b c:d") == And((Equals("a", "b"), Equals("c", "d")))


@pytest.mark.parametrize(
    "text", ["", "  ", "year", "year:", ":2020", "year:[1..2", 'kind:"open', "a:b|", "year:>", "a: b"]
)
def test_text_that_is_no_filter(text: str) -> None:
    with pytest.raises(InvalidFilter, match=r"Write field:value|empty"):
        parse_filter(text)


@given(st.text())
def test_no_text_breaks_the_parser(text: str) -> None:
    with suppress(InvalidFilter):
        parse_filter(text)


@given(st.text(min_size=1))
def test_any_value_can_be_quoted(value: Any) -> None:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    assert parse_filter(f'kind:"{quoted}"') == Equals("kind", value)


def test_combinations() -> None:
    b, y = Equals("tags", "b"), Equals("year", 2020)
    assert matching(And((b, y))) == [1]
    assert matching(Or((b, y))) == [0, 1]
    assert matching(Not(Or((b, y)))) == [2, 3]
    assert matching(And(())) == [0, 1, 2, 3]
    assert matching(Or(())) == []
    assert matching(In("year", ())) == []
    assert matching(Range("on", high=date(2019, 12, 31))) == [0]


@pytest.mark.parametrize(
    ("filter", "told"),
    [
        (Equals("yaer", 1), "Known fields: id, language, title, uri, kind"),
        (Not(Equals("yaer", 1)), "yaer"),
        (parse_filter("year:soon"), "not a number"),
        (parse_filter("year:nan"), "not a number"),
        (parse_filter("on:soon"), "not a date.*on.*2020-01-31"),
        (parse_filter("open:1"), "not a bool"),
        (Equals("year", True), "not a number"),
        (Range("open", True), "no order"),
        (parse_filter("never:x"), "not a number"),
    ],
)
def test_what_does_not_fit_the_schema(filter: Equals | Not | Range, told: str) -> None:
    with pytest.raises(InvalidFilter, match=told):
        document_mask(filter, TABLE, SCHEMA)
    with pytest.raises(InvalidFilter, match=told):
        check_filter(filter, SCHEMA)


def test_of_many_fields_those_are_told_that_are_spelled_alike() -> None:
    many: dict[str, MetadataType] = {f"column_{number:03}": "string" for number in range(200)}
    many["year"] = "number"
    with pytest.raises(InvalidFilter, match="no field 'yaer'") as refused:
        check_filter(Equals("yaer", 1), many)
    assert refused.value.remedy.startswith("Known fields: year, ")
    assert refused.value.remedy.endswith(" and 185 more.")


def test_a_filter_that_fits_passes_the_check() -> None:
    check_filter(parse_filter("year:>2000 tags:a -on:2020-01-01 language:en never:[1..2]"), SCHEMA)


def test_no_documents() -> None:
    empty = document_table([])
    for text in ("tags:a", "year:>1", "-kind:x", "language:en"):
        assert document_mask(parse_filter(text), empty, SCHEMA).shape == (0,)


def test_flags_of_documents_become_flags_of_chunks() -> None:
    class Rows:
        documents = TABLE
        document_rows = np.array([0, 0, 1, 3, 3, 3], np.int32)

    assert row_mask(parse_filter("tags:b"), Rows(), SCHEMA).tolist() == [True, True, True, False, False, False]


def test_columns_in_several_pieces() -> None:
    pieces = pa.concat_tables([TABLE.slice(0, 2), TABLE.slice(2)])
    assert document_mask(parse_filter('tags:b|"c d"'), pieces, SCHEMA).tolist() == [True, True, True, False]


def test_lists_after_a_slice() -> None:
    """Arrow's list offsets of a slice do not begin at 0."""
    assert document_mask(parse_filter("tags:b"), TABLE.slice(1), SCHEMA).tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("value", "filter"),
    [
        ("x", Equals("f", "x")),
        (">=3", Range("f", low="3")),
        ("[1..2]", Range("f", "1", "2")),
        ("a|b", In("f", ("a", "b"))),
        ("a b", Equals("f", "a b")),
        ("[", Equals("f", "[")),
        ("", Equals("f", "")),
        (">", Equals("f", ">")),
    ],
)
def test_a_value_of_a_query(value: str, filter: Equals | In | Range) -> None:
    assert field_filter("f", value) == filter


VALUES = st.one_of(st.none(), st.floats(-3, 3).map(round).map(float))


@given(
    values=st.lists(VALUES, max_size=6), low=VALUES, high=VALUES, include_low=st.booleans(), include_high=st.booleans()
)
def test_ranges_are_pythons_comparisons(
    values: Any, low: float, high: float, include_low: bool, include_high: bool
) -> None:
    documents = [stored(f"d{n}", "", **({} if v is None else {"year": v})) for n, v in enumerate(values)]
    found = document_mask(Range("year", low, high, include_low, include_high), document_table(documents), SCHEMA)

    def inside(v: Any) -> Any:
        above = low is None or (v >= low if include_low else v > low)
        return above and (high is None or (v <= high if include_high else v < high))

    assert found.tolist() == [v is not None and inside(v) for v in values]


def found(values: Any, text: str, kind: MetadataType = "string") -> Any:
    """Positions of the values of a field `f` that the filter `text` takes."""
    documents = [stored(f"d{n}", "", f=value) for n, value in enumerate(values)]
    return np.flatnonzero(document_mask(parse_filter(text), document_table(documents), {"f": kind})).tolist()


def test_integers_are_told_apart_beyond_what_floats_hold() -> None:
    values = [1234567890123456789, 1234567890123456788, 2.5, -3]
    assert found(values, "f:1234567890123456789", "number") == [0]
    assert found(values, "f:>1234567890123456788", "number") == [0]
    assert found(values, "f:<=2.5", "number") == [2, 3]
    assert found(values, "f:<2.5", "number") == [3]
    assert found(values, "f:[-3.5..1e30]", "number") == [0, 1, 2, 3]
    assert found(values, f"f:>{10**30}", "number") == []
    assert found(values, "f:2.50|-3.0", "number") == [2, 3]


WEST = datetime(2024, 1, 31, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
MOMENTS = [WEST.astimezone(UTC), date(2024, 2, 1), date(2024, 1, 31), datetime(2024, 3, 1, 12, 0, 7, 500, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("f:2024-01-31T23:30:00-05:00", [0]),
        ("f:2024-02-01T04:30:00Z", [0]),
        ('f:"2024-02-01 04:30"', [0]),
        ('f:"2024-02-01 12:30:00 +0800"', [0]),
        ("f:2024-02-01", [0, 1]),
        ("f:2024-02", [0, 1]),
        ("f:2024", [0, 1, 2, 3]),
        ("f:2023|2024-03-01", [3]),
        ("f:>2024-02", [3]),
        ("f:>=2024-02", [0, 1, 3]),
        ("f:<2024-02", [2]),
        ("f:<=2024-02", [0, 1, 2]),
        ("f:[2024-01..2024-02]", [0, 1, 2]),
        ("f:>2024-02-01T04:30Z", [3]),
        ("f:>=2024-02-01T04:30Z", [0, 3]),
        ("f:2024-03-01T12:00:07", [3]),
        ("f:2024-03-01T12:00:08", []),
    ],
)
def test_dates_are_periods_and_moments_instants(text: str, rows: list[Any] | list[int]) -> None:
    assert found(MOMENTS, text, "date") == rows


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("f:>=2024-01-07", [1, 2, 3]),
        ("f:[2024-01-05..2024-01-06]", [0, 3]),
        ("f:<2024-01-06", [0, 3]),
        ("f:2024-01-09", [2]),
        ("f:[2024-01-09..2024-01]", [2]),
    ],
)
def test_a_list_among_dates_leaves_the_field_its_ranges(text: Any, rows: Any) -> None:
    values = [date(2024, 1, 5), date(2024, 1, 7), ("2024-01-09",), ("2023-12-31", "2024-01-06", "2024-02-01")]
    assert found(values, text, "list") == rows


def test_a_range_holds_of_a_list_where_it_holds_of_an_item() -> None:
    assert found([("ab", "z"), ("c",), (), None], "f:[a..b]", "list") == [0]
    assert found([("9", "x"), ("10",), ("11",)], "f:>=10", "list") == [0, 1, 2]  # x stands after every number
    assert found([("9",), ("10",), ("11",)], "f:>=10", "list") == [1, 2]


def test_each_value_of_a_mixed_field_is_compared_by_its_own_type() -> None:
    values = [1815, "1815", "9.90", "circa 1815", 2000.5, date(1815, 6, 18), True]
    assert found(values, "f:1815") == [0, 1, 5]
    assert found(values, "f:[1800..1900]") == [0, 1, 5]
    assert found(values, "f:[9..10]") == [2]
    assert found(values, 'f:"circa 1815"') == [3]
    assert found(values, "f:true") == [6]


def test_both_unicode_forms_are_one_value() -> None:
    composed, apart = "Jos\u00e9", "Jose\u0301"
    for typed in (composed, apart):
        assert found([composed, "Jose"], f"f:{typed}") == [0]
        assert found([(composed,), ("x",)], f"f:{typed}", "list") == [0]
        title = document_table([stored("a", title=apart), stored("b", title=composed)])
        assert document_mask(parse_filter(f"title:{typed}"), title, {}).tolist() == [True, True]


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        ("year", "1984", True),
        ("year", ">=1984", True),
        ("year", "1.10.2", False),
        ("year", "iv-vi", False),
        ("on", "2024-03", True),
        ("on", "[2024..soon]", False),
        ("kind", "anything", True),
        ("open", "yes", False),
        ("unknown", "x", False),
    ],
)
def test_what_fits_a_field(field: str, text: str, expected: bool) -> None:
    assert fits(field, text, SCHEMA) is expected
