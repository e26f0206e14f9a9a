"""RTF: letters of any code page, however they are written, and what belongs to the text of a document."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ParseFailed
from indexer.parsers import Parsed
from indexer.parsers.office.rtf.parser import RtfParser
from tests.unit.indexer.places import told


def parse(body: str | bytes, head: str = r"\ansi\ansicpg1252") -> Parsed:
    inside = body if isinstance(body, bytes) else body.encode("latin-1")
    return RtfParser().parse(b"{\\rtf1" + head.encode() + b" " + inside + b"}", name="folder/letter.rtf")


def escaped(data: bytes) -> str:
    return "".join(f"\\'{byte:02x}" for byte in data)


@pytest.mark.parametrize(
    ("charset", "encoding", "text"),
    [
        (0, "cp1252", "Größe – “naïve”"),
        (128, "cp932", "ソフト表示"),  # whose second bytes are those of `\` and of letters
        (129, "cp949", "한국어"),
        (134, "gb18030", "简体中文"),
        (136, "cp950", "繁體中文"),
        (161, "cp1253", "Ελληνικά"),
        (204, "cp1251", "Русский"),
        (238, "cp1250", "Článek"),
    ],
)
def test_letters_are_read_in_the_code_page_of_their_font(charset: int, encoding: str, text: str) -> None:
    font = rf"{{\fonttbl{{\f0 Times;}}{{\f7\fcharset{charset} Font;}}}}"
    assert parse(font + rf"\f7 {escaped(text.encode(encoding))}\f0  end").text == f"{text} end"


def test_the_second_byte_of_a_character_may_be_a_plain_letter() -> None:
    assert parse(r"\'83e\'83X\'83g", head=r"\ansi\ansicpg932").text == "テスト"


@given(st.text(st.characters(codec="utf-16", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp", "Cf", "Co"))))
def test_any_character_may_be_written_in_utf_16(text: str) -> None:
    units = text.encode("utf-16-le")
    words = "".join(
        rf"\u{int.from_bytes(units[at : at + 2], 'little', signed=True)}?" for at in range(0, len(units), 2)
    )
    assert parse(f"x{words}x").text == f"x{text}x"


def test_what_stands_for_a_character_in_old_readers_is_passed_over() -> None:
    assert parse(r"{\uc2\u26085\'93\'fa\u26412 ab}{\uc0\u233 x}").text == "日本éx"


def test_headings_are_told_by_style_and_outline() -> None:
    styles = r"{\stylesheet{\s0 Normal;}{\s1\b heading 1;}{\s5\outlinelevel2 Own;}}"
    parsed = parse(styles + r"\pard\s1 One\par\pard Text\par\pard\s5 Three\par\pard\outlinelevel1 Two\par")
    assert [(heading.level, heading.text) for heading in parsed.headings] == [(1, "One"), (3, "Three"), (2, "Two")]
    assert parsed.title == "One" and told(parsed, "Text") == "#One"


def test_tables_are_rows_of_cells() -> None:
    row = r"\trowd\cellx1\cellx2\pard\intbl a\par b\cell c\cell\row"
    assert parse(rf"Before\par {row}{row}\pard After\par").text == "Before\n\na b | c\na b | c\n\nAfter"


def test_notes_comments_and_text_boxes_follow_their_paragraph() -> None:
    body = (
        r"Claim{\footnote\pard\plain {\super\chftn} Proof}{\*\atnid B}{\*\atnauthor Bob}{\*\annotation\pard Really?}"
        r"{\shp{\*\shpinst{\sp{\sn x}{\sv 1}}{\shptxt\pard Boxed\par}}{\shprslt{\*\do\dptxbxtext Boxed}}}\par Next"
    )
    assert parse(body).text.split("\n\n") == ["Claim", "Footnote: Proof", "Comment (Bob): Really?", "Boxed", "Next"]


def test_headers_stand_at_the_end_once_and_hidden_and_deleted_text_nowhere() -> None:
    parsed = parse(r"{\header ACME\par}{\headerf ACME\par}Text{\v hidden}{\deleted gone}\par")
    assert parsed.text == "Text\n\nACME"


def test_pictures_binary_data_field_codes_and_unknown_destinations_are_passed_over() -> None:
    body = rb"a{\pict\wmetafile8 0102}{\field{\*\fldinst HYPERLINK x}{\fldrslt link}}{\*\unknown{\b y}}{\*\blob\bin4 }}{{}b"
    assert parse(body).text == "alinkb"


def test_lists_keep_the_numbers_that_are_written_in_them() -> None:
    assert parse(r"{\listtext 1.\tab}One\par{\listtext 2.\tab}Two").text == "1. One\n2. Two"


def test_properties_are_in_the_code_page_of_the_document() -> None:
    info = rf"{{\info{{\title {escaped('タイトル'.encode('cp932'))}}}{{\author A}}{{\creatim\yr2024\mo2\dy29\hr10}}}}"
    parsed = parse(info + "x", head=r"\ansi\ansicpg932")
    moment = datetime(2024, 2, 29, 10, tzinfo=UTC)
    assert parsed.title == "タイトル"
    assert parsed.metadata == {"author": "A", "created": moment, "date": moment}


@pytest.mark.parametrize("data", [b"", b"plain text", b"PK\3\4"])
def test_what_is_no_rtf_fails(data: bytes) -> None:
    with pytest.raises(ParseFailed, match="not RTF"):
        RtfParser().parse(data, name="a.rtf")


@given(st.text(st.sampled_from("\\{}'*aubfs01 -;\n"), max_size=80))
def test_any_words_and_braces_are_survived(text: str) -> None:
    RtfParser().parse(b"{\\rtf1 " + text.encode(), name="a.rtf")


def test_footnotes_that_old_readers_pass_over_are_read() -> None:
    assert (
        parse(r"Claim{\super\chftn}{\*\footnote\chftn\~\plain\pard Proof}\par More").text
        == "Claim\n\nFootnote: Proof\n\nMore"
    )
