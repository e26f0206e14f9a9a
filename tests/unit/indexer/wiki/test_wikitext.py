"""Wikitext as a reader sees it."""

from __future__ import annotations

import pytest

from indexer.parsers.wiki.page import WikitextParser


def text(source: str) -> str:
    return WikitextParser().parse(source.encode(), name="page.mediawiki").text


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("'''April''' is the ''fourth'' [[month]] of the [[year|calendar year]].", "April is the fourth month of the calendar year."),
        ("a [[:Category:Months]] and [[A (b)#Part]] and [[wikt:word|word]]", "a Category:Months and A (b)#Part and word"),
        ("[[bus]]es, [https://x.org a label], https://y.org and [mailto:a@b.c mail]", "buses, a label, https://y.org and mail"),
        ("a<ref name=x>{{cite|[[y]]|1}}</ref> b<ref name=x /> c<!-- gone -->", "a b c"),
        ("{{Infobox\n| a = {{b|[[c]]}}\n| d = {{{e|f}}}\n}}\nText {{convert|5|km}} on", "Text on"),
        ("Paris ({{IPA|x}}; {{lang|fr|y}}) is ({{audio|z}}) a city", "Paris is a city"),
        ("<nowiki>[[x]] ''y'' {{z}} &amp;</nowiki> and &lt;b&gt; &amp;nbsp;", "[[x]] ''y'' {{z}} & and <b> &nbsp;"),
        ("x<sup>2</sup> H<sub>2</sub>O a<br />b <math>\\frac{{a}}{b}</math>", "x2 H2O a b \\frac{{a}}{b}"),
        ("__NOTOC__ words __a__ -{zh-hans:计算机; zh-hant:電腦}-", "words __a__ 计算机"),
        ("[[File:A.jpg|thumb|250px|alt=z|A [[cap|caption]]]]\n'''April''' is", "A caption\n\nApril is"),
        ("The [[File:A.jpg|20px]] sign of\nMay [[Image:b.png]]", "The sign of May"),
        ("[[Datei:A.jpg|mini]]\nOne [[መልክ:b.png|thumb|210px]] and [[ファイル:c.svg|左]]", "One and"),
        ("[[Datei:A.jpg|mini|hochkant|Burg]]\n[[ファイル:c.svg|左|ベルリンの壁の跡]]", "Burg\n\nベルリンの壁の跡"),
        ("''Pyrus'' {{IPA|x}}, so {{audio|y}}. A ({{c|d}}, e {{f}})", "Pyrus, so. A (e)"),
        ("a<ref><!-- a bot --></ref> b<ref>.</ref>", "a b"),
        ("open [[link and {{template and <ref>reference", "open [[link and {{template and reference"),
        ("One\nline\n\nAnother\n----\nThird", "One line\n\nAnother\n\nThird"),
        ("<div class=x>One</div><p>Two</p>\n<blockquote>Three</blockquote>", "One\n\nTwo\n\nThree"),
        ("İİ <ref>{{gone}}</ref> and", "İİ and"),
    ],
)  # fmt: skip
def test_what_a_reader_sees(source: str, shown: str) -> None:
    assert text(source) == shown


def test_lists_terms_and_indented_lines() -> None:
    assert text("Of\n* one\n** two [[a|b]]\n* three\n# num\n; term : what it is\n: more\nEnd") == (
        "Of\n\n- one\n  - two b\n- three\n- num\nterm\nwhat it is\nmore\n\nEnd"
    )


def test_tables_are_rows_with_bars() -> None:
    source = """{| class="wikitable"
|+ Rivers
! Name !! style="x" | Length
|-
| [[Rhine|The Rhine]] || 1,233
|-
| colspan=2 |
{| class=inner
| in || ner
|}
|-
| Danube
| 2,850
: long
|}
After"""
    assert text(source) == "Rivers\n\nName | Length\nThe Rhine | 1,233\nin ner\nDanube | 2,850 long\n\nAfter"


def test_cells_that_were_a_template_are_empty() -> None:
    row = '| [[Ann]] || colspan="2" {{yes|x}}\n| style="a: b" bgcolor=white {{n}} || x = 5 || 7'
    assert text(f"{{|\n! Who !! What !! And !! So !! 7\n|-\n{row}\n|}}") == (
        "Who | What | And | So | 7\nAnn |  |  | x = 5 | 7"
    )


def test_code_is_kept_as_it_is() -> None:
    assert text("See\n<syntaxhighlight lang=c>\nint x;\n\n  y = '''z''';\n</syntaxhighlight>\nand") == (
        "See\n\nint x;\n\n  y = '''z''';\n\nand"
    )


def test_headings_are_sections_with_their_anchors() -> None:
    parsed = WikitextParser().parse(b"= T =\n== The ''First'' part==\na\n=== Sub ===\nb\n= not", name="p.mediawiki")
    assert parsed.title == "T"
    assert [(heading.level, heading.text) for heading in parsed.headings] == [
        (1, "T"),
        (2, "The First part"),
        (3, "Sub"),
    ]
    assert [locator.value for locator in parsed.locators if locator.kind == "anchor"] == ["T", "The_First_part", "Sub"]
    assert parsed.text.endswith("b = not")


def test_categories_are_metadata() -> None:
    parsed = WikitextParser().parse(
        b"a [[Category:Months of_the year| *]]\n[[category:B]]\n[[de:April]]", name="p.mediawiki"
    )
    assert parsed.metadata == {"categories": ("Months of the year", "B")}
    assert parsed.text == "a"


@pytest.mark.parametrize(
    "piece",
    [
        "[[",
        "{{",
        "''",
        "{|\n",
        "<b>",
        "[http://",
        "\n*",
        "=\n",
        "<ref>",
        "<pre>",
        "<!--",
        "[[a:]]",
        "-{",
        "{{a|",
        "[[a|",
    ],
)
def test_no_page_takes_long(piece: str) -> None:
    """It takes a few seconds, and would take hours if time grew with the square of the length."""
    parsed = WikitextParser().parse((piece * 200_000).encode(), name="p.mediawiki")
    assert len(parsed.text) <= len(piece) * 200_000


def test_pages_called_wiki_are_wikitext_if_they_have_its_marks() -> None:
    def read(source: str) -> tuple[str, list[str]]:
        parsed = WikitextParser().parse(source.encode(), name="page.wiki")
        return parsed.text, [heading.text for heading in parsed.headings]

    assert read("'''Tyler''' is a [[city]].\n\n== Past ==\nOld.") == ("Tyler is a city.\n\nPast\n\nOld.", ["Past"])
    assert read("= Notes =\n\n{{{\n[[code]]\n}}}\n'''bold'''")[0].startswith("= Notes =\n\n{{{\n[[code]]")
    assert read("= Notes =\n* _one_")[0] == "= Notes =\n* _one_"


def test_a_page_by_itself_may_be_in_any_large_language() -> None:
    source = "[[Datei:a.png|mini|Die Werft.]]\n'''BBDO''' wirbt.\n\n[[Kategorie:Agentur]]\n[[Категория:Реклама]]"
    parsed = WikitextParser().parse(source.encode(), name="page.mediawiki")
    assert parsed.text == "Die Werft.\n\nBBDO wirbt."
    assert parsed.metadata == {"categories": ("Agentur", "Реклама")}


def test_references_stand_where_the_page_has_them() -> None:
    cited = "{{cite web |url=https://a.b/ |title=On [[rain|Rain]] |last=Lee |date=2020-01-02 |url-status=live}}"
    page = f"It rains.<ref name=a>{cited}</ref> Often.<ref>Ann: ''A book'', p. 7.</ref><ref name=a />\n"
    assert text(f"{page}== Notes ==\n<references />\n== Links ==\nx") == (
        "It rains. Often.\n\nNotes\n\n- On Rain, Lee\n- Ann: A book, p. 7.\n\nLinks\n\nx"
    )
    assert text(page) == "It rains. Often.\n\n- On Rain, Lee\n- Ann: A book, p. 7."


def test_references_that_are_defined_in_their_list_or_in_another_alphabet() -> None:
    source = "雨。<ref name=a />\n<references>\n<ref name=a>{{cite |title=日本の雨 |url=http://例.jp/x}}</ref>\n</references>"
    assert text(source) == "雨。\n\n- 日本の雨"
