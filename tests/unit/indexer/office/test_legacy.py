"""Old formats are refused by name; what only bears their suffix is read."""

from __future__ import annotations

import pytest

from engine.errors import ParseFailed
from indexer.parsers import suffixes
from indexer.parsers.office.legacy import LegacyParser
from tests.support.files.office import make_docx, make_pptx, paragraph, shape

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


@pytest.mark.parametrize(("name", "newer"), [("a.doc", ".docx"), ("a.PPT", ".pptx"), ("a.msg", ".eml")])
def test_an_old_format_fails_and_names_the_new_one(name: str, newer: str) -> None:
    with pytest.raises(ParseFailed) as failure:
        LegacyParser().parse(OLE, name=name)
    assert failure.value.remedy == f"Save it as {newer}."


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (make_docx(paragraph("Words")), "a.doc"),
        (make_pptx(shape("Words")), "a.ppt"),
        (rb"{\rtf1 Words}", "a.doc"),
        (b"<html><body><p>Words</p></body></html>", "a.doc"),
        (b"Words\n", "a.doc"),
    ],
)
def test_what_is_in_another_format_in_truth_is_read(data: bytes, name: str) -> None:
    parsed = LegacyParser().parse(data, name=name)
    assert (parsed.text, parsed.title) == ("Words", "a")


def test_they_are_not_offered() -> None:
    assert ".docx" in suffixes()
    assert not {".doc", ".ppt", ".msg"} & set(suffixes())
