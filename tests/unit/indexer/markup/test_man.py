"""Manual pages of both macro sets, and their escapes."""

from __future__ import annotations

from itertools import pairwise

import pytest

from indexer.parsers import Parsed
from indexer.parsers.markup.man import ManParser
from tests.unit.indexer.places import headings, place_of


def parse(text: str) -> Parsed:
    return ManParser().parse(text.encode(), name="name.1")


def test_a_page_of_man() -> None:
    parsed = parse(
        '.\\" comment\n.TH NAME 1 "May 2025"\n.SH NAME\nname \\- what it is\n.SH OPTIONS\n.TP\n.BR \\-a ", " \\-\\-all\n'
        "Shows\nall.\n.IP \\(bu 2\nfirst\n.IP \\(bu 2\nsecond\n.PP\nText:\n.nf\n  code\n    here\n.fi\n.SS Deeper\nEnd\\fB.\\fR\n"
    )
    assert parsed.text == (
        "NAME\n\nname - what it is\n\nOPTIONS\n\n-a, --all: Shows all.\n\n- first\n- second\n\nText:\n\n  code\n    here\n\n"
        "Deeper\n\nEnd."
    )
    assert headings(parsed) == [(1, "NAME"), (1, "OPTIONS"), (2, "Deeper")]
    assert (parsed.title, place_of(parsed, "all.")) == ("name(1)", "9")


def test_a_page_of_mdoc() -> None:
    parsed = parse(
        ".Dd May 1\n.Dt NAME 8\n.Os\n.Sh NAME\n.Nm name\n.Nd what it is\n.Sh SYNOPSIS\n.Nm\n.Op Fl ab Ar file ...\n"
        ".Sh DESCRIPTION\nSee\n.Xr other 5 ,\n.Pa /etc/x\nand\n.Dq quoted .\n.Bl -tag -width Ds\n.It Fl a Ar x\nTakes\n.Ar x .\n.El\n"
    )
    assert parsed.text == (
        "NAME\n\nname – what it is\n\nSYNOPSIS\n\nname [-ab file ...]\n\nDESCRIPTION\n\n"
        "See other(5), /etc/x and “quoted”.\n\n-a x: Takes x."
    )
    assert parsed.title == "name(8)"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (".Oo Fl a Oc", "[-a]"),
        (".Fn open path flags .", "open(path, flags)."),
        (".Op Fl l Ns Ar n", "[-ln]"),
        (".Ql \\&.", "‘.’"),
        (".Pq Ql ~ .", "(‘~’)."),
        (".Fl a , b", "-a, -b"),
    ],
)
def test_macros_in_a_line(line: str, said: str) -> None:
    assert parse(f".Dd x\n.Sh A\n{line}\n").text == f"A\n\n{said}"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"\fBbold\fP \(lqq\(rq \*(lqx\*(rq", "bold “q” “x”"),
        (r"a\-b \e \[u00E9] \s-1SMALL\s0", "a-b \\ é SMALL"),
        (r"\(aqx\(aq don\'t \&.dot", "'x' don't .dot"),
    ],
)
def test_escapes(written: str, read: str) -> None:
    assert parse(f".SH A\n{written}\n").text == f"A\n\n{read}"


def test_definitions_and_what_is_for_paper_are_left_out() -> None:
    source = ".de XX\nhidden\n..\n.if t .ds x y\n.ie n \\{\\\n.ds Q said\n.\\}\n.el \\{\\\nhidden\n.\\}\n.SH A\n\\*Q\n"
    assert parse(source).text == "A\n\nsaid"


def test_tables() -> None:
    assert parse(".SH A\n.TS\ntab(|);\nl l.\nX|Y\n_\n1|2\n.TE\n").text == "A\n\nX | Y\n1 | 2"


def test_cells_of_a_table_that_hold_macros() -> None:
    cell = "T{\nmask, see\n.BR kill (1).\nUse\n.B m\nor it.\nT}"
    source = f".SH A\n.TS\nl l l.\nX\tP\t{cell}\nY\t{cell}\tlast\n\tQ\tT{{\nno end\n.TE\n"
    said = "mask, see kill(1). Use m or it."
    assert parse(source).text == f"A\n\nX | P | {said}\nY | {said} | last\n|  | Q | no end"


def test_macros_that_a_page_defines_say_what_they_are_defined_to_say() -> None:
    source = (
        '.de FN\n\\fI\\\\$1\\fP\n..\n.de IX\n..\n.de Vb \\" verbatim\n.ft CW\n.nf\n.ne \\\\$1\n..\n.de Ve\n.fi\n..\n'
        ".de LI\n.IP \\(bu 2\n\\\\$*\n..\n.de ME2\n.FN ~/.again\n..\n"
        '.SH A\n.IX Header "A"\nSee\n.FN /etc/x\nand\n.ME2\n.Vb 2\n  code\n    more\n.Ve\n.LI one two\n.LI three\n'
    )
    assert parse(source).text == "A\n\nSee /etc/x and ~/.again\n\n  code\n    more\n\n- one two\n- three"


def test_macros_that_call_each_other_end() -> None:
    doubling = "".join(
        f".de {a}X\n{f'.{b}X' + chr(10)}{f'.{b}X' + chr(10)}..\n" for a, b in pairwise("ABCDEFGHIJKLMNOP")
    )
    parsed = parse(f"{doubling}.de PX\nword\n.AX\n.PX\n..\n.SH A\nbefore\n.PX\n.AX\nafter\n")
    assert parsed.text.startswith("A\n\nbefore word") and parsed.text.endswith("after") and len(parsed.text) < 10_000


def test_a_condition_whose_end_stands_after_a_request() -> None:
    source = ".ie n \\{\\\n.    ds Q said\n'br\\}\n.el\\{\\\n.    ds Q hidden\n'br\\}\n.SH A\n\\*Q\n"
    assert parse(source).text == "A\n\nsaid"


def test_a_bullet_of_a_tagged_paragraph_is_an_item_and_tags_may_share_a_meaning() -> None:
    tags = ".TP\n-a\n.TQ\n--all\nShows all.\n.TP\n\\[em]\nOne.\n.TP\nWhy?\nSo.\n.TP\n-b\n"
    parsed = parse(f".TH A 1\n.SH OPTIONS\n{tags}.SH X\nY.\n")
    assert parsed.text == "OPTIONS\n\n-a\n--all: Shows all.\n\n- One.\n\nWhy?\nSo.\n\n-b\n\nX\n\nY."


def test_what_no_line_can_hold_stands_below_its_tag() -> None:
    parsed = parse(".TH A 1\n.SH B\n.TP\n-a\n.nf\nx\n  y\n.fi\n.TP 2m\n-b\n\nLater.\n")
    assert parsed.text == "B\n\n-a\nx\n  y\n\n-b: Later."


def test_requests_of_layout_are_no_text_and_ordinals_of_tags_are_items() -> None:
    parsed = parse(".SH A\n.PD 0\n.TP 5n\n1.\\&\nfirst\n.TP\n2.\nsecond\n.PD\n.TP\n0\nSuccess\n")
    assert parsed.text == "A\n\n1. first\n2. second\n\n0: Success"


def test_references_and_authors_of_mdoc_stand_by_themselves() -> None:
    parsed = parse(
        ".Dd x\n.Dt N 1\n.Sh SEE ALSO\n.Xr a 1\n.Rs\n.%R RFC 4255\n.%D 2006\n.Re\n.Sh AUTHORS\n.An -nosplit\n.An Ann\n"
    )
    assert parsed.text == "SEE ALSO\n\na(1)\n\nRFC 4255 2006\n\nAUTHORS\n\nAnn"
