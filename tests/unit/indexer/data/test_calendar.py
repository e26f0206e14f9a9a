"""iCalendar and vCard: sections for events and people."""

from __future__ import annotations
from indexer.parsers import Parsed

from indexer.parsers.data.calendar import CalendarParser
from tests.unit.indexer.places import headings, place_of


def parse(text: str, name: str = "a.ics") -> Parsed:
    return CalendarParser().parse(text.encode(), name=name)


def test_events() -> None:
    parsed = parse(
        "BEGIN:VCALENDAR\r\nX-WR-CALNAME:Work\r\nBEGIN:VEVENT\r\nUID:x\r\nDTSTART;TZID=Europe/Oslo:20240131T101500\r\n"
        "SUMMARY:Meeting\\, weekly\r\nATTENDEE;CN=\"Doe, Ann\":mailto:a@b.c\r\nDESCRIPTION:One\\ntw\r\n o\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    assert parsed.text == (
        "calname: Work\n\nMeeting, weekly\nstart: 2024-01-31 10:15\nattendee: Doe, Ann <a@b.c>\ndescription: One\ntwo"
    )
    assert headings(parsed)[-1] == (1, "Meeting, weekly")
    assert place_of(parsed, "description") == "8"


def test_people() -> None:
    parsed = parse(
        "BEGIN:VCARD\nVERSION:2.1\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Bj=C3=B6rn =\nDoe\nitem1.TEL;CELL:+49 1\n"
        "ADR;HOME:;;Street 1;Berlin;;1;DE\nPHOTO;ENCODING=b:AAAA\n AAAA\nEND:VCARD\n",
        "a.vcf",
    )
    assert parsed.text == "Björn Doe\ntelephone: +49 1\naddress: Street 1, Berlin, 1, DE"


def test_what_is_neither_is_text() -> None:
    assert parse("only words\n").text == "only words"
