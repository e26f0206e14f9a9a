"""Readable text and headings of an HTML tree. Markdown is rendered to HTML and read by the same walk."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree, html

from engine.errors import ParseFailed
from indexer.parsers.builder import LINE, PARAGRAPH, TextBuilder

# The line of its file where an element stands, as the Markdown parser notes it. Pages have `data-line` of their own.
LINE_ATTRIBUTE = "data-winnow-line"

# Never shown as text by a browser, or controls rather than content.
HIDDEN = ("script", "style", "noscript", "template", "svg", "iframe", "object", "head", "select", "button", "datalist")

# What a browser shows as a block, https://html.spec.whatwg.org/multipage/rendering.html#flow-content-3, and what makes
# a list or a table. Everything else, known or not, runs on in its line.
_BLOCK = frozenset(
    """address article aside blockquote body caption center col colgroup dd details dialog dir div dl dt fieldset
    figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html legend li listing main menu nav ol
    optgroup option p plaintext pre search section summary table tbody tfoot thead tr ul xmp""".split()  # noqa: SIM905
)
_CELL = ("td", "th")
_PARAGRAPH = ("p", "div")  # these do not break a table's row
_TIGHT = frozenset(("ul", "ol", "dl", "table"))  # their parts follow each other line by line
_HEADING = re.compile(r"h([1-6])")
_MAX_INDENT = 8  # levels of lists
_SPACE = re.compile(r"\s+")
_MARK = re.compile(r"[\[(]?(?:\d{1,3}(?:[,\u2013-]\s?\d{1,3})*|[*\u2020\u2021\u00a7\u00b6]+|[a-z])[\])]?", re.ASCII)
_RAISED = re.compile(r"(?:\d|(?<![^\W\d_])[^\W\d_]{1,3}|[)\]}])$")  # a digit, a unit or a variable: 10^6, m^2, (a+b)^2
_CJK = "[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]"
_CJK_WRAP = re.compile(rf"(?<={_CJK})[^\S\n]*+\n\s*+(?={_CJK})")


def parse_tree(source: str) -> html.HtmlElement | None:
    """The tree of a page or of a fragment; None where there is nothing in it.

    Raises:
        ParseFailed: the elements are nested so deeply (2,048) that the rest would be lost, or memory ran out.
    """
    # As bytes: lxml refuses a str that declares an encoding. A huge tree: the default drops what is nested deeply.
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        tree = html.document_fromstring(source.encode("utf-8"), parser=parser, ensure_head_body=True)
    except (etree.ParserError, etree.XMLSyntaxError):
        tree = None
    if any("xcessive depth" in entry.message for entry in parser.error_log):
        raise ParseFailed("The elements are nested too deeply.", "Flatten them.")
    if any(entry.type == etree.ErrorTypes.ERR_NO_MEMORY for entry in parser.error_log):  # lxml gives no MemoryError
        raise ParseFailed("The elements take more memory than there is.", "Split the document.")
    return tree


def add_html(builder: TextBuilder, tree: html.HtmlElement, drop: tuple[str, ...] = HIDDEN) -> None:
    """Append the text under `tree` to `builder`, block by block. Elements named in `drop` are removed from the tree."""
    etree.strip_elements(tree, *drop, with_tail=False)
    walk = _Walk(builder)
    # iterwalk keeps its own stack, so nesting of any depth is safe.
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if event == "start":
            walk.start(element)
        else:
            walk.end(element)
            if element is not tree:
                walk.write(element.tail)
    walk.flush()


class _Walk:
    """What has been gathered since the last block was closed, and what we are inside of."""

    def __init__(self, builder: TextBuilder) -> None:
        self._builder = builder
        self._line: list[str] = []
        self._prefix = ""
        self._tight = 0  # depth of lists and tables
        self._lists = 0
        self._cells = 0
        self._first = True  # nothing was written yet in the outermost list or table
        self._verbatim = 0  # depth of <pre>
        self._apart = False  # a footnote's mark has just ended

    def start(self, element: html.HtmlElement) -> None:
        tag = element.tag
        if tag == "br":
            self._line.append("\n")
        elif tag == "img":
            self.write(f" {element.get('alt') or ''} ")
        elif tag in _CELL:
            if not self._verbatim and any(not part.isspace() for part in self._line):
                self._line.append(" | ")
            self._cells += 1
        elif self._cells and tag in _PARAGRAPH:
            self.write(" ")
        elif tag == "sup" and not self._verbatim and _is_mark(element, "".join(self._line[-3:])):
            self._line.append(" ")
        elif tag in _BLOCK:
            self.flush()
            self._open(tag)
        self._locate(element)
        self.write(element.text)

    def _locate(self, element: html.HtmlElement) -> None:
        """Note the line and the anchor of what begins here."""
        line = element.get(LINE_ATTRIBUTE)
        if line and line.isdecimal() and not self._cells:
            self._builder.locate("line", line)
            if (anchor := element.get("id")) and isinstance(element.tag, str) and _HEADING.fullmatch(element.tag):
                self._builder.locate("anchor", anchor)

    def _open(self, tag: str) -> None:
        if tag in _TIGHT:
            self._first = self._first if self._tight else True
            self._tight += 1
            self._lists += tag != "table"
        elif tag == "li":
            self._prefix = "  " * (min(self._lists, _MAX_INDENT) - 1) + "- "
        elif tag == "pre":
            self._verbatim += 1

    def end(self, element: html.HtmlElement) -> None:
        tag = element.tag
        if tag in _CELL:
            self._cells -= 1
        elif self._cells and tag in _PARAGRAPH:
            self.write(" ")
        elif tag in _BLOCK:
            self._close(tag)

    def _close(self, tag: Any) -> None:
        heading = _HEADING.fullmatch(tag) if isinstance(tag, str) else None
        if heading and not self._tight:
            self._builder.heading(int(heading.group(1)), self._take())
            return
        self.flush()
        if tag in _TIGHT:
            self._tight -= 1
            self._lists -= tag != "table"
            self._prefix = ""
        elif tag == "pre":
            self._verbatim -= 1

    def write(self, text: str | None) -> None:
        if not text:
            return
        if self._verbatim:
            self._line.append(text)
        elif text.isspace():
            self._line.append(" ")
        else:
            self._line.append(_SPACE.sub(" ", _CJK_WRAP.sub("", text)))

    def flush(self) -> None:
        """Close the block that is being written."""
        text = self._take()
        if not text:
            return
        separator = LINE if self._tight and not self._first else PARAGRAPH
        self._builder.add(self._prefix + text, separator)
        self._prefix = ""
        self._first = False

    def _take(self) -> str:
        text = "".join(self._line)
        self._line.clear()
        if self._verbatim:
            return "\n".join(line.rstrip() for line in text.expandtabs(4).strip("\n").split("\n")).strip("\n")
        text = "\n".join(" ".join(line.split()) for line in text.split("\n")).strip()
        return text.rstrip(" |") if self._tight else text  # the last cells of a row may be empty


def _is_mark(sup: html.HtmlElement, before: str) -> bool:
    """Whether raised text is a reference to a note and no part of the word before it, as the 2 of m2 is."""
    text = "".join(sup.itertext()).strip()
    if _MARK.fullmatch(text) is None:
        return False
    if sup.find(".//a") is not None or not text[0].isalnum():
        return True
    return _RAISED.search(before) is None and not text.isalpha()
