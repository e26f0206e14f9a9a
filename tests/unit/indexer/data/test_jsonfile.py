"""JSON: paths and values, lists of objects, what is no quite JSON."""

from __future__ import annotations
from indexer.parsers import Parsed

import pytest

from indexer.parsers.data.jsonfile import JsonParser
from tests.unit.indexer.places import place_of


def parse(text: str) -> Parsed:
    return JsonParser().parse(text.encode(), name="data.json")


def test_values_by_their_paths() -> None:
    parsed = parse('{"name": "x",\n "tags": ["a",\n "b"], "deep": {"er": {"n": 1.50, "none": null, "no": ""}}}')
    assert parsed.text == "name: x\ntags: a, b\ndeep.er.n: 1.50"
    assert (parsed.title, place_of(parsed, "b\n"), place_of(parsed, "deep")) == ("x", "3", "3")


def test_an_object_of_a_list_is_a_paragraph() -> None:
    parsed = parse('[{"t": "one", "u": 1}, {"t": "two"}]')
    assert parsed.text == "t: one\nu: 1\n\nt: two"
    assert parse('{"list": [{"a": 1}, {"a": 2}], "after": 3}').text == "list.a: 1\n\nlist.a: 2\n\nafter: 3"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('{"a": "caf\\u00e9\\nnext  "}', "a: café\nnext"),
        ("// c\n{'a': 1, /* c */ b: [1, 2,],}", "a: 1\nb: 1, 2"),
        ('{"a": 1}\n{"a": 2}', "a: 1\n\na: 2"),
        ('{"a": "cut of', "a: cut of"),
        ("[[1, 2], [3]]", "1, 2, 3"),
        ("no JSON, only words", "no JSON, only words"),
        ("", ""),
    ],
)
def test_what_is_read(written: str, read: str) -> None:
    assert parse(written).text == read


def test_any_depth_is_read() -> None:
    assert parse('{"a":' * 100_000 + '"x"' + "}" * 100_000).text == "a.a.a.a.a.a: x"


def test_encoded_files_are_left_out_and_said_to_be() -> None:
    parsed = parse('{"image": "' + "iVBORw0KGgoAAAANSUhEUgAA" * 30 + '", "name": "x"}')
    assert parsed.text == "name: x"
    assert "encoded data" in parsed.remarks[0]


def test_an_object_after_another_is_a_paragraph() -> None:
    packages = '{"v": 1, "packages": {"": {"name": "x", "needs": {"b": "1"}}, "b": {"name": "b"}}, "end": true}'
    assert parse(packages).text == (
        "v: 1\npackages..name: x\npackages..needs.b: 1\n\npackages.b.name: b\nend: true"
    )


def test_a_list_in_a_list_is_a_line_unless_all_is_numbers() -> None:
    assert parse('{"rows": [["Ann", 5], ["Bo", 7]]}').text == "rows: Ann, 5\nrows: Bo, 7"
    assert parse('["card", [["fn", {}, "text", "Ann"], ["n", {}, "text", ["Doe", "Ann"]]]]').text == (
        "card\nfn, text, Ann\nn, text\nDoe, Ann"
    )
    assert parse('{"line": [[1.5, -2], [3e-1, 4]]}').text == "line: 1.5, -2, 3e-1, 4"


def test_long_lists_of_numbers_are_left_out_and_said_to_be() -> None:
    outline = str([[number, -number / 2] for number in range(20)])
    parsed = parse('[{"outline": %s, "name": "a"}, {"outline": %s, "name": "b"}, {"days": [1, 2, 3]}]' % (outline, outline))
    assert parsed.text == "name: a\n\nname: b\n\ndays: 1, 2, 3"
    assert parsed.remarks == ("2 lists of more than 32 numbers were left out: they hold no words.",)


def test_mappings_of_a_source_map_are_left_out() -> None:
    parsed = parse('{"version": 3, "sources": ["a.ts"], "mappings": "%s"}' % ("AAAA;IACA,SAAS" * 40))
    assert parsed.text == "version: 3\nsources: a.ts"
    assert len(parsed.remarks) == 1
