from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from engine.store.segments.metadata import conform, infer, merge_schemas


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("x", "string"),
        ("2020-01-01", "string"),
        (3, "number"),
        (2.5, "number"),
        (True, "bool"),
        (date(2020, 1, 2), "date"),
        (datetime(2020, 1, 2, 3, 4), "date"),
        (["a", "b"], "list"),
        (("a", 3), "list"),
        (float("nan"), None),
        (float("inf"), None),
        (2**53 + 1, "number"),
        (2**63 - 1, "number"),
        (2**63 + 1, None),
        ({"a": 1}, None),
        ([{"a": 1}], None),
        ([["a"]], None),
        ([True], None),
        (b"x", None),
        (None, None),
    ],
)
def test_infer(value: Any, kind: str | None) -> None:
    assert infer(value) == kind


def test_values_keep_their_own_form() -> None:
    west = timezone(timedelta(hours=-5))
    metadata = {"n": 3, "on": datetime(2020, 1, 2, 3, tzinfo=west), "tags": ["a", 7], "s": "x", "b": False}
    accepted, schema, conflicts = conform(metadata, {})
    assert accepted == {"n": 3, "on": datetime(2020, 1, 2, 8, tzinfo=UTC), "tags": ("a", "7"), "s": "x", "b": False}
    assert type(accepted["n"]) is int
    assert schema == {"n": "number", "on": "date", "tags": "list", "s": "string", "b": "bool"}
    assert conflicts == []


@pytest.mark.parametrize(
    ("value", "stored", "kind"),
    [
        ("1815", 1815, "number"),
        ("9.90", 9.9, "number"),
        ("00501", "00501", "string"),
        ("long ago", "long ago", "string"),
        (True, True, "string"),
        (date(2020, 1, 1), date(2020, 1, 1), "string"),
        (["3"], ("3",), "list"),
    ],
)
def test_a_value_of_another_type_widens_its_field_unless_it_spells_a_number(
    value: bool | date | list[str] | str, stored: Any, kind: str
) -> None:
    accepted, schema, conflicts = conform({"n": value, "other": 1}, {"n": "number"})
    assert accepted == {"n": stored, "other": 1} and type(accepted["n"]) is type(stored)
    assert schema == {"n": kind, "other": "number"}
    assert conflicts == []


def test_strings_are_stored_composed() -> None:
    assert conform({"s": "Jose\u0301", "l": ["nai\u0308ve"]}, {})[0] == {"s": "Jos\u00e9", "l": ("na\u00efve",)}


@pytest.mark.parametrize("value", [{"a": 1}, float("nan"), [["x"]], 2**63 + 1, 10**400])
def test_what_cannot_be_stored_is_told(value: dict[str, int] | float | list[list[str]]) -> None:
    accepted, schema, conflicts = conform({"x": value}, {})
    assert (accepted, schema) == ({}, {})
    assert len(conflicts) == 1 and "unsupported" in conflicts[0]


def test_empty_values_say_nothing() -> None:
    assert conform({"a": None, "b": "", "c": [], "d": ()}, {}) == ({}, {}, [])


@pytest.mark.parametrize("name", ["", "a b", "a:b", "-a", 'a"', "id", "uri", "title", "language"])
def test_names_that_a_filter_cannot_reach_are_told(name: str) -> None:
    accepted, _, conflicts = conform({name: 1}, {})
    assert accepted == {} and len(conflicts) == 1


def test_arguments_stay_as_they_are() -> None:
    metadata: Any = {"a": 1}
    schema: Any = {}
    conform(metadata, schema)
    assert metadata == {"a": 1} and schema == {}


def test_schemas_merge_to_the_type_that_covers_both() -> None:
    assert merge_schemas({"a": "number"}, {"b": "bool"}) == {"a": "number", "b": "bool"}
    assert merge_schemas({"a": "number"}, {"a": "bool"}) == {"a": "string"}
    assert merge_schemas({"a": "string"}, {"a": "list"}) == {"a": "list"}
