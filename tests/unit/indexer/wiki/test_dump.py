"""Dumps of wikis: articles become documents, the rest is summed, and damage ends nothing but the dump."""

from __future__ import annotations

import bz2
import gzip
import io
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from engine.errors import ParseFailed
from indexer.ingest import ingest
from indexer.parsers.base import BadRecord, NoRecords, Record
from indexer.parsers.wiki import pages
from indexer.parsers.wiki.dump import WikiDump, is_dump
from indexer.sandbox.parse import parse_upload
from indexer.sources.source import Failed, Skipped, Source, discover

SITE = """<siteinfo><sitename>Wikipedia</sitename><dbname>simplewiki</dbname>
<base>https://simple.wikipedia.org/wiki/Main_Page</base><namespaces><namespace key="0" case="first-letter" />
<namespace key="6">Datei</namespace><namespace key="14">Kategorie</namespace></namespaces></siteinfo>"""


def page(title: str, text: str, namespace: int = 0, number: int = 1, more: str = "") -> str:
    return (
        f"<page><title>{escape(title)}</title><ns>{namespace}</ns><id>{number}</id>{more}<revision><id>9</id>"
        f"<timestamp>2024-02-29T12:00:00Z</timestamp><contributor><username>A</username><id>7</id></contributor>"
        f"<model>wikitext</model><format>text/x-wiki</format>"
        f'<text bytes="{len(text)}" xml:space="preserve">{escape(text)}</text></revision></page>'
    )


def dump(*listed: str, site: str = SITE) -> bytes:
    return (
        '<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="en">'
        f"{site}{''.join(listed)}</mediawiki>"
    ).encode()


APRIL = page(
    "April", "'''April''' is a [[month]].\n[[Kategorie:Months]]\n== Poetry ==\n[[Datei:a.jpg|thumb]]Sweet.", number=3
)
REST = (
    page("May & June/July", "Warm."),
    page("Apr", "#REDIRECT [[April]]", more='<redirect title="April" />'),
    page("Talk:April", "I say.", 1),
    page("Template:X", "gone", 10),
)


def records(data: bytes) -> Sequence[Record | BadRecord | NoRecords]:
    return list(WikiDump().records(io.BytesIO(data)))


@pytest.mark.parametrize(("suffix", "pack"), [(".xml", bytes), (".xml.bz2", bz2.compress), (".xml.gz", gzip.compress), (".xml-p1p9.bz2", bz2.compress)])  # fmt: skip
def test_each_article_is_a_document_however_the_dump_is_packed(tmp_path: Path, suffix: str, pack: object) -> None:
    path = tmp_path / f"simplewiki-20240301-pages-articles{suffix}"
    path.write_bytes(pack(dump(APRIL, *REST)))  # type: ignore[operator]
    found = list(discover([path]))
    sources = [item for item in found if isinstance(item, Source)]
    assert [(source.id, source.uri) for source in sources] == [
        ("April", "https://simple.wikipedia.org/wiki/April"),
        ("May & June/July", "https://simple.wikipedia.org/wiki/May_%26_June/July"),
    ]
    assert [item.reason for item in found if isinstance(item, Skipped)] == [
        "pages of other namespaces (2)",
        "redirects (1)",
    ]
    parsed = sources[0].parse()
    assert parsed.text == "April is a month.\n\nPoetry\n\nSweet."
    assert (parsed.title, parsed.language, parsed.metadata["categories"]) == ("April", "en", ("Months",))
    assert str(parsed.metadata["modified"]).startswith("2024-02-29 12:00") and parsed.metadata["page"] == "3"
    assert [(locator.kind, locator.value) for locator in parsed.locators] == [("anchor", "Poetry")]
    assert sources[0].content_hash != sources[1].content_hash


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-8-sig"])
def test_a_dump_in_another_encoding(tmp_path: Path, encoding: str) -> None:
    declared = f'<?xml version="1.0" encoding="{encoding[:6].rstrip("-")}"?>\n{dump(APRIL).decode()}'
    (tmp_path / "a.xml").write_bytes(declared.encode(encoding))
    (found,) = discover([tmp_path])
    assert isinstance(found, Source) and found.parse().title == "April"


def test_a_later_dump_replaces_what_has_changed(tmp_path: Path) -> None:
    def take(name: str, *listed: str) -> tuple[int, int, int]:
        (tmp_path / name).write_bytes(dump(*listed))
        report = ingest([tmp_path / name], home=tmp_path / "home", collection="c")
        return report.added, report.updated, report.unchanged

    assert take("wiki-1.xml", APRIL, *REST) == (2, 0, 0)
    assert take("wiki-2.xml", APRIL, page("May & June/July", "Hot."), page("August", "New.")) == (1, 1, 1)


def test_the_last_revision_counts() -> None:
    first = page("A", "old").replace("</page>", "")
    last = page("A", "new").split("</id>", 1)[1]
    (record,) = records(dump(first + last))
    assert isinstance(record, Record) and WikiDump().parse(record).text == "new"


def test_pages_of_old_dumps_without_a_namespace_and_of_no_wiki() -> None:
    data = dump(page("A", "words").replace("<ns>0</ns>", ""), site="")
    (record,) = records(data)
    assert isinstance(record, Record) and (record.id, record.url) == ("A", None)


def test_other_models_and_pages_without_a_title() -> None:
    found = records(dump(page("A", "{}").replace("wikitext", "json"), page(" ", "x")))
    assert isinstance(found[0], BadRecord) and "no title" in found[0].reason
    assert found[1] == NoRecords("pages that are no wikitext (1)")


def test_a_dump_that_is_cut_off_gives_what_came_before(tmp_path: Path) -> None:
    path = tmp_path / "wiki.xml"
    whole = dump(APRIL, *REST)
    path.write_bytes(whole[:-200])
    found = list(discover([path]))
    assert [item.id for item in found if isinstance(item, Source)] == ["April", "May & June/July"]
    (failed,) = (item for item in found if isinstance(item, Failed))
    assert "cut off or damaged" in failed.reason
    packed = tmp_path / "wiki.xml.bz2"
    packed.write_bytes(bz2.compress(whole)[:-9])
    assert any(isinstance(item, Failed) for item in discover([packed]))


def test_entities_cannot_be_declared() -> None:
    declared = b'<!DOCTYPE m [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    with pytest.raises(ParseFailed, match="document type"):
        records(declared + dump(page("A", "x")).replace(b">x<", b">&b;<"))


@pytest.mark.parametrize("encoding", ["nonsense", "utf-16-x", "shift_jis"])
def test_encodings_that_are_not_known_fail(encoding: str) -> None:
    with pytest.raises(ParseFailed):
        records(f'<?xml version="1.0" encoding="{encoding}"?>'.encode() + dump(APRIL))


def test_pages_and_values_without_end_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_PAGE", 1000)
    found = records(dump(page("A", "x" * 1001), page("B" * 20_000, "y"), page("C", "z")))
    assert isinstance(found[0], BadRecord) and "too long" in found[0].reason
    assert isinstance(found[1], BadRecord)
    assert isinstance(found[2], Record) and found[2].id == "C"
    with pytest.raises(ParseFailed, match="nested"):
        records(dump("<a>" * 500))


def test_only_dumps_are_taken_for_them(tmp_path: Path) -> None:
    assert is_dump(b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?>\n<!-- x -->\n<mediawiki xmlns="a">')
    assert not is_dump(b"<page><mediawiki>") and not is_dump(b"text <mediawiki>")
    (tmp_path / "a.md").write_bytes(b"<mediawiki>\n\n# T")
    (tmp_path / "b.xml").write_bytes(b"<a>words</a>")
    assert [item.id.rpartition("/")[2] for item in discover([tmp_path]) if isinstance(item, Source)] == [
        "a.md",
        "b.xml",
    ]


def test_an_uploaded_dump_is_told_to_hold_many_documents() -> None:
    with pytest.raises(ParseFailed, match="many documents"):
        parse_upload(dump(APRIL), "wiki.xml")
