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
    assert parsed.title == "Work"
    assert parsed.text == (
        "Meeting, weekly\nstart: 2024-01-31 10:15\nattendee: Doe, Ann <a@b.c>\ndescription: One\ntwo"
    )
    assert headings(parsed)[-1] == (1, "Meeting, weekly")
    assert place_of(parsed, "description") == "8"


def test_people() -> None:
    parsed = parse(
        "BEGIN:VCARD\nVERSION:2.1\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Bj=C3=B6rn =\nDoe\nitem1.TEL;CELL:+49 1\n"
        "ADR;HOME:;;Street 1;Berlin;;1;DE\nPHOTO;ENCODING=b:AAAA\n AAAA\nEND:VCARD\n",
        "a.vcf",
    )
    assert parsed.text == "Björn Doe\ntelephone (cell): +49 1\naddress (home): Street 1, Berlin, 1, DE"


def test_time_zones_and_alarms_are_left_out() -> None:
    parsed = parse(
        "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Europe/Oslo\nBEGIN:DAYLIGHT\nDTSTART:19810329T020000\n"
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE\nBEGIN:VEVENT\nBEGIN:VALARM\n"
        "SUMMARY:Alarm\nDESCRIPTION:Reminder\nEND:VALARM\nSUMMARY:Meeting\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    assert (parsed.title, parsed.text) == ("Meeting", "Meeting")


def test_the_place_of_an_event_begins_with_the_first_of_its_fields() -> None:
    parsed = parse("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20240131\nSUMMARY:Meeting\nLOCATION:Oslo\nEND:VEVENT\n")
    assert parsed.text == "Meeting\nstart: 2024-01-31\nlocation: Oslo"
    assert [place_of(parsed, word) for word in ("Meeting", "start", "location")] == ["3", "3", "5"]


def test_html_of_a_description_is_its_text_and_not_shown_twice() -> None:
    page = "<html><body><p>One <b>two</b></p>\\n<p>three</p></body></html>"
    event = "BEGIN:VEVENT\nSUMMARY:Meeting\n{}\nEND:VEVENT\n"
    only = parse(event.format(f"DESCRIPTION:{page}"))
    assert only.text == "Meeting\ndescription: One two\nthree"
    both = parse(event.format(f"DESCRIPTION:One\nX-ALT-DESC;FMTTYPE=text/html:{page}"))
    assert both.text == "Meeting\ndescription: One"
    assert parse(event.format("DESCRIPTION:if a < b and c > d")).text.endswith("if a < b and c > d")


def test_a_person_is_told_by_name_and_the_uses_of_numbers() -> None:
    parsed = parse(
        "home.BEGIN:vcard\nVERSION:4.0\nN:Doe;Ann;B.;Dr.;\nTEL;TYPE=WORK,fax:1\nTEL:2\nBDAY:20090808T1430-0500\nEND:VCARD\n",
        "a.vcf",
    )
    assert parsed.title == "Dr. Ann B. Doe"
    assert parsed.text == "Dr. Ann B. Doe\ntelephone (work, fax): 1\ntelephone: 2\nbirthday: 2009-08-08 14:30 -0500"
    assert place_of(parsed, "Dr. Ann") == "4"


def test_what_is_neither_is_text() -> None:
    assert parse("only words\n").text == "only words"
