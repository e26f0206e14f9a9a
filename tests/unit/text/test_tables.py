"""Which row of a table names its columns."""

from __future__ import annotations

import pytest

from engine.text.tables import are_separated, cells, is_header


@pytest.mark.parametrize(
    ("rows", "header"),
    [
        (["Name | Kind | Default", "a | b | 3"], True),
        (["| Name | 2024 |", "|---|---|", "| a | 3 |"], True),
        (["2023 | 2024", "3 | 4"], False),
        (["Alice | 31 | 12.5 %", "Bob | 32 | 9 %"], False),
        (["Name | Kind"], False),
        (["a | " + "a long explanation of what that is, word for word, to the end", "b | c"], False),
        (["id\tname", "1\ta"], True),
    ],
)
def test_a_header_has_names_in_all_cells_or_a_delimiter_below(rows: list[str], header: bool) -> None:
    assert is_header(rows) is header


def test_cells_are_those_between_bars_tabs_or_commas() -> None:
    assert cells("| a | b |") == cells("a | b") == cells("a\tb") == cells("a,b") == ["a", "b"]
    assert cells("a | | b") == ["a", "", "b"]


def test_lines_with_commas_are_rows_only_where_each_has_as_many_and_no_space_after_them() -> None:
    assert are_separated(["a,b", "c,d", "e,f"])
    assert not are_separated(["a, b", "c, d", "e, f"])
    assert not are_separated(["a,b", "c,d,e", "f,g"])
    assert not are_separated(["a,b", "c,d"])
