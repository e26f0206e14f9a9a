from datetime import date, datetime

import pytest

from engine.store.metadata import conform, infer, merge_schemas


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
        (2**53 + 1, None),
        ({"a": 1}, None),
        ([{"a": 1}], None),
        ([["a"]], None),
        ([True], None),
        (b"x", None),
        (None, None),
    ],
)
def test_infer(value, kind):
    assert infer(value) == kind


def test_first_sight_types_a_field_and_values_take_their_stored_form():
    metadata = {"n": 3, "on": datetime(2020, 1, 2, 3), "tags": ["a", 7], "s": "x", "b": False}
    accepted, schema, conflicts = conform(metadata, {})
    assert accepted == {"n": 3.0, "on": date(2020, 1, 2), "tags": ("a", "7"), "s": "x", "b": False}
    assert type(accepted["n"]) is float and type(accepted["on"]) is date
    assert schema == {"n": "number", "on": "date", "tags": "list", "s": "string", "b": "bool"}
    assert conflicts == []


@pytest.mark.parametrize("value", [True, "3", date(2020, 1, 1), ["3"]])
def test_a_value_of_another_type_is_left_out_and_told(value):
    accepted, schema, conflicts = conform({"n": value, "other": 1}, {"n": "number"})
    assert accepted == {"other": 1.0}
    assert schema == {"n": "number", "other": "number"}
    assert len(conflicts) == 1 and "'n' is a number" in conflicts[0]


@pytest.mark.parametrize("value", [{"a": 1}, float("nan"), [["x"]], 2**60])
def test_what_cannot_be_stored_is_told(value):
    accepted, schema, conflicts = conform({"x": value}, {})
    assert (accepted, schema) == ({}, {})
    assert len(conflicts) == 1 and "unsupported" in conflicts[0]


def test_empty_values_say_nothing():
    assert conform({"a": None, "b": "", "c": [], "d": ()}, {}) == ({}, {}, [])


@pytest.mark.parametrize("name", ["", "a b", "a:b", "-a", 'a"', "id", "uri", "title", "language"])
def test_names_that_a_filter_cannot_reach_are_told(name):
    accepted, _, conflicts = conform({name: 1}, {})
    assert accepted == {} and len(conflicts) == 1


def test_arguments_stay_as_they_are():
    metadata, schema = {"a": 1}, {}
    conform(metadata, schema)
    assert metadata == {"a": 1} and schema == {}


def test_schemas_merge_unless_a_type_changes():
    assert merge_schemas({"a": "number"}, {"b": "bool"}) == {"a": "number", "b": "bool"}
    with pytest.raises(ValueError, match="'a' is a number"):
        merge_schemas({"a": "number"}, {"a": "bool"})
