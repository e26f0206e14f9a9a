"""Paragraphs out of the lines of a PDF page, which knows no paragraphs."""

from __future__ import annotations

import re

from indexer.parsers.decoding import clean

_HYPHEN = "\ufffe"  # what PDFium writes in place of a hyphen and the line break after it
_OLD_HYPHEN = "\x02"  # the same in older versions
_LIST_ITEM = re.compile(r"(?:[•◦▪‣·*–—-]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s")
_NUMBERED_HEADING = re.compile(r"\d{1,3}(?:\.\d{1,3})*\.?\s+[^\W\d_]")
_SENTENCE_END = re.compile(r"[.!?:;。！？][\"'”’)\]]*$")
_LEADER = re.compile(r"(?: ?\.){5,}+ ?")  # the dots of a table of contents
_PAGE_NUMBER = re.compile(r"\d{1,4}")
_NARROW = 40
_WRAPPED = 0.75  # a line that is at least this full, against the longest lines, may go on in the next one


def join_lines(page: str) -> str:
    """The page's text with the line breaks inside its paragraphs removed and words mended that a hyphen cut in two."""
    page = clean(page.replace(_OLD_HYPHEN, _HYPHEN).replace(_HYPHEN, f"{_HYPHEN}\n"))
    lines = _without_page_number([_LEADER.sub(" … ", " ".join(line.split())) for line in page.split("\n")])
    width = _full_width(lines)
    paragraphs: list[list[str]] = []
    previous = ""
    for line in lines:
        if previous and line and _goes_on(previous, line, width):
            paragraphs[-1].append(line)
        elif line:
            paragraphs.append([line])
        previous = line
    return "\n".join(_joined(paragraph) for paragraph in paragraphs)


def _goes_on(line: str, following: str, width: int) -> bool:
    """Whether a paragraph that has `line` goes on in `following`."""
    if line.endswith(_HYPHEN):
        return True
    if _LIST_ITEM.match(following):
        return False
    if _SENTENCE_END.search(line):
        return len(line) >= _WRAPPED * width and not _NUMBERED_HEADING.match(following)
    return len(line) >= _WRAPPED * width or following[0].islower()


def _joined(lines: list[str]) -> str:
    """One line of several. A hyphen at a line's end goes if the word goes on in lower case and has no other hyphen."""
    parts: list[str] = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        body = line.removesuffix(_HYPHEN)
        cut = body != line or (body.endswith("-") and body[-2:-1].isalpha())
        word = body.removesuffix("-").rsplit(" ", 1)[-1]
        if not (cut and following):
            parts.append(body + (" " if following else ""))
        elif following[0].islower() and "-" not in word:
            parts.append(body.removesuffix("-"))
        else:
            parts.append(body.removesuffix("-") + "-")
    return "".join(parts).replace(_HYPHEN, "-")


def _without_page_number(lines: list[str]) -> list[str]:
    """A number alone on the first or the last line is the page's own."""
    lines = lines[next((i for i, line in enumerate(lines) if line), 0) :]
    while lines and not lines[-1]:
        lines.pop()
    if len(lines) > 1 and _PAGE_NUMBER.fullmatch(lines[-1]):
        return lines[:-1]
    if len(lines) > 1 and _PAGE_NUMBER.fullmatch(lines[0]):
        return lines[1:]
    return lines


def _full_width(lines: list[str]) -> int:
    """Length of a full line: the ninth decile, which a few overlong ones do not move. Prose is never very narrow."""
    lengths = sorted(len(line) for line in lines if line)
    return max(_NARROW, lengths[int(0.9 * (len(lengths) - 1))] if lengths else 0)
