"""BibTeX: entries, strings, accents, broken entries."""

from __future__ import annotations
from indexer.parsers import Record
from pathlib import Path

import io

from indexer.parsers.base import BadRecord
from indexer.parsers.data.bibtex import BibTexParser
from indexer.sources.source import Source, discover
from tests.unit.indexer.places import place_of

BIB = rb"""@comment{ x }
@string{jn = "Journal of {X}"}
@Article{doe:1990,
  title = {The {B}ig \& ``Small''},
  author = "Erd\H{o}s, P\'al and M{\"u}ller",
  journal = jn # { Y}, year = 1990, month = jan,
  doi = {10.1/x},
  abstract = {Two
    lines.}
}
@book{broken
@misc(key2, title = {Second})
"""


def test_entries() -> None:
    first, broken, second = BibTexParser().records(io.BytesIO(BIB))
    assert (first.key, first.line, first.url, first.id) == ("doe:1990", 3, "https://doi.org/10.1/x", None)
    assert isinstance(broken, BadRecord) and broken.line == 11
    assert (second.key, second.fields) == ("key2", {"type": "misc", "title": "Second"})


def test_an_entry_as_a_document() -> None:
    record = next(iter(BibTexParser().records(io.BytesIO(BIB))))
    assert isinstance(record, Record)
    parsed = BibTexParser().parse(record)
    assert parsed.title == "The Big & “Small”"
    assert parsed.text == (
        "The Big & “Small”\ntype: article\nauthor: Erdős, Pál and Müller\njournal: Journal of X Y\nyear: 1990\n"
        "month: January\ndoi: 10.1/x\nabstract: Two lines."
    )
    assert parsed.metadata["year"] == 1990
    places = {"The Big": "3", "Erd": "5", "Journal": "6", "10.1/x": "7", "Two": "8", "lines.": "9"}
    assert {words: place_of(parsed, words) for words in places} == places


def test_an_entry_that_moved_in_its_file_is_read_again(tmp_path: Path) -> None:
    hashes = []
    for before in (b"", b"\n\n"):
        (tmp_path / "a.bib").write_bytes(before + b"@misc{k, title = {T}}")
        hashes += [item.content_hash for item in discover([tmp_path]) if isinstance(item, Source)]
    assert len(set(hashes)) == 2


def test_a_work_without_key_and_title_is_called_by_who_made_it() -> None:
    (record,) = BibTexParser().records(io.BytesIO(b"@misc{, author = {Ann Lee}, note = {A letter.}, year = 1999}"))
    assert isinstance(record, Record)
    assert BibTexParser().parse(record).title == "Ann Lee, 1999"


def test_keywords_are_listed_one_by_one() -> None:
    (record,) = BibTexParser().records(io.BytesIO(b"@misc{k, title = {T}, keywords = {pump, winter; {the river}}}"))
    assert isinstance(record, Record)
    assert BibTexParser().parse(record).metadata["keywords"] == ("pump", "winter", "the river")


def test_strings_of_strings_do_not_grow_without_end() -> None:
    strings = b"@string{a0 = {" + b"x" * 500 + b"}}\n"
    strings += b"".join(b"@string{a%d = a%d # a%d}\n" % (n + 1, n, n) for n in range(60))
    (record,) = BibTexParser().records(io.BytesIO(strings + b"@misc{k, title = a60}\n"))
    assert len(record.fields["title"]) <= 2000


def test_documents_are_named_by_file_and_key(tmp_path: Path) -> None:
    (tmp_path / "refs.bib").write_bytes(BIB)
    found = [source.id for source in discover([tmp_path]) if isinstance(source, Source)]
    assert found == [f"{(tmp_path / 'refs.bib').as_posix()}#doe:1990", f"{(tmp_path / 'refs.bib').as_posix()}#key2"]
