"""How many words each element of a page holds, and how many of them are links or are marked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from lxml import etree, html

# Scripts without spaces count by the character.
_WORD = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]|[^\W\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]+")
_ASCII_WORD = re.compile(r"\w+", re.ASCII)  # the same where there is nothing else, in half the time
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_PHRASE = 6  # words in a row that two texts do not share by chance


@dataclass(slots=True)
class Count:
    """Words of an element with all that is in it, of which `linked` are the text of its `links` and `marked` were
    marked. `start` is the number of words before it, `headings` those of its headings that are more than a link.
    """

    start: int
    words: int = 0
    headings: int = 0
    links: int = 0
    linked: int = 0
    marked: int = 0

    @property
    def end(self) -> int:
        return self.start + self.words

    def add(self, other: Count) -> None:
        self.words += other.words
        self.headings += other.headings
        self.links += other.links
        self.linked += other.linked
        self.marked += other.marked


Counted: TypeAlias = tuple[html.HtmlElement, Count]


def outermost(parts: Sequence[Counted]) -> list[Count]:
    """The counts of those parts of a tree that lie in no other one, in order."""
    outer: list[Count] = []
    for _, count in sorted(parts, key=lambda part: (part[1].start, -part[1].words)):
        if not outer or count.start >= outer[-1].end:
            outer.append(count)
    return outer


def words_of(text: str | None) -> list[str]:
    """The words of a text, in order."""
    if not text:
        return []
    return (_ASCII_WORD if text.isascii() else _WORD).findall(text)


def census(tree: html.HtmlElement, marks: bytes | bytearray = b"") -> Iterator[Counted]:
    """Every element with its count, children before their parents, in one walk. `marks` has one flag for each word."""
    stack: list[Count] = []
    position = links = 0
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if event == "start":
            stack.append(Count(position))
            links += element.tag == "a"
            text = _text_of(element)
        else:
            links -= element.tag == "a"
            done = stack.pop()
            done.links += element.tag == "a"
            done.headings += element.tag in HEADINGS and done.words > done.linked
            if stack:
                stack[-1].add(done)
            yield element, done
            text = element.tail if stack else None
        if words := len(words_of(text)):
            top = stack[-1]
            top.words += words
            top.linked += words if links else 0
            top.marked += marks.count(1, position, position + words)
            position += words


def mark_shared(tree: html.HtmlElement, text: str) -> bytearray:
    """For each word of the tree, in order, whether it stands in a phrase of six words that `text` has as well."""
    if not text:
        return bytearray(sum(len(words_of(part)) for part in _texts(tree)))
    phrases = set(_phrases(words_of(text)))
    words = [word for part in _texts(tree) for word in words_of(part)]
    marks = bytearray(len(words))
    for start, phrase in enumerate(_phrases(words)):
        if phrase in phrases:
            marks[start : start + _PHRASE] = b"\1" * min(_PHRASE, len(words) - start)
    return marks


def _texts(tree: html.HtmlElement) -> Iterator[str | None]:
    """Texts between the tags, in order."""
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if event == "start":
            yield _text_of(element)
        elif element is not tree:
            yield element.tail


def _text_of(element: html.HtmlElement) -> str | None:
    """The text before the first element in one; for a picture, what stands for it."""
    text: str | None = element.get("alt") if element.tag == "img" else element.text
    return text


def _phrases(words: list[str]) -> Iterator[int]:
    """A number for each phrase; a text of fewer words is one phrase."""
    for start in range(max(1, len(words) - _PHRASE + 1)):
        yield hash(tuple(words[start : start + _PHRASE]))
