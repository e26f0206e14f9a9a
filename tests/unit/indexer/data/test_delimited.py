"""Tables of CSV and TSV: delimiters, headers, quotation marks."""

from __future__ import annotations
from indexer.parsers import Parsed

import pytest

from indexer.parsers.data.delimited import CsvParser, TsvParser
from indexer.parsers.text import TextParser
from tests.unit.indexer.places import place_of


def parse(text: str) -> Parsed:
    return CsvParser().parse(text.encode(), name="table.csv")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_makes_equal_rows(delimiter: str) -> None:
    text = "\n".join(delimiter.join(cells) for cells in (("name", "price"), ("a, b; c", "1.5"), ("d", "2")))
    text = text.replace("a, b; c", '"a, b; c"')
    assert parse(text).text == "name | price\na, b; c | 1.5\nd | 2"


def test_excel_may_name_it() -> None:
    parsed = parse("sep=;\na;b,c\n1;2,3\n")
    assert parsed.text == "a | b,c\n1 | 2,3"
    assert place_of(parsed, "1 |") == "3"


def test_a_table_without_a_header_numbers_its_columns() -> None:
    assert parse("1,red\n2,blue\n").text == "column 1 | column 2\n1 | red\n2 | blue"
    assert parse("country,1990,1991\nNorway,5,6\n").text.startswith("country | 1990 | 1991\n")


def test_cells_of_several_lines_are_one_and_rows_keep_their_lines() -> None:
    parsed = parse('name,text\na,"one\ntwo ""said"""\nb,three\n')
    assert parsed.text == 'name | text\na | one two "said"\nb | three'
    assert place_of(parsed, "b | three") == "4"


def test_empty_cells_at_the_ends_are_seen() -> None:
    assert parse("a,b,c\n,x,\n1,,\n").text == "a | b | c\n| | x |  |\n1 |  |  |".replace("| | x |  |", "|  | x |  |")


def test_a_quotation_mark_that_never_closes_spoils_no_more_than_the_marks() -> None:
    assert parse('a,b\n1,2\n"open,3\n4,5\n').text == 'a | b\n1 | 2\n"open | 3\n4 | 5'


def test_lines_above_the_table_are_paragraphs() -> None:
    assert parse("Report of May\n\nname,price\na,1\nb,2\n").text == "Report of May\n\nname | price\na | 1\nb | 2"


def test_lines_that_a_program_filled_up_are_paragraphs_too() -> None:
    note = "Note: totals may count a person more than once."
    parsed = parse(f",,\nReport of May,,\nname,price,kind\na,1,x\nb,2,y\nc,3,\n{note},,\n")
    assert parsed.text == f"Report of May\n\nname | price | kind\na | 1 | x\nb | 2 | y\nc | 3 |  |\n\n{note}"
    assert place_of(parsed, "Note") == "7"


def test_tabs_make_a_table_of_a_text_file() -> None:
    assert TextParser().parse(b"a\tb\n1\t2\n3\t4\n", name="x.txt").text == "a | b\n1 | 2\n3 | 4"
    assert TsvParser().parse(b'a\tb\n5" pipe\t2\n', name="x.tsv").text == 'a | b\n5" pipe | 2'


@pytest.mark.parametrize(("delimiter", "rows"), [("|", 3), (";", 12), (",", 12)])
def test_a_text_file_of_rows_is_a_table(delimiter: str, rows: int) -> None:
    lines = [["name", "city", "age"], *(["Ann", "Bonn", str(age)] for age in range(rows))]
    parsed = TextParser().parse("\n".join(map(delimiter.join, lines)).encode(), name="x.txt")
    assert parsed.text.split("\n") == [" | ".join(line) for line in lines]
    assert place_of(parsed, "Ann | Bonn | 1") == "3"


@pytest.mark.parametrize(
    "text",
    [
        "A word, and another.\n" * 12,
        "One, two, three and more of them.\nNone.\nA pair, at least, here.\n" * 5,
        "| a | b |\n|---|---|\n| 1 | 2 |\n",
        "x, y, z\nx, y, z\nx, y, z\n",
        "The river, and the bridge, are here. The city, and its port, are there.\n" * 12,
        "First this; then that; at last nothing.\n" * 12,
        "cat a | wc\nThen all of it is counted.\n" * 3,
    ],
)
def test_text_with_the_same_characters_is_text(text: str) -> None:
    assert TextParser().parse(text.encode(), name="x.txt").text == text.strip()


def test_old_encodings() -> None:
    assert CsvParser().parse("名前,住所\n佐藤,東京\n髙橋,名古屋\n".encode("cp932"), name="x.csv").text.startswith("名前 | 住所\n")
