"""The words of one Word paragraph, as a reader sees them: insertions are read, deletions are not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from indexer.parsers.office.drawings import picture_words
from indexer.parsers.office.word.styles import is_on
from indexer.parsers.office.xml import child, descendants, local

# Deleted, moved away, field codes, properties, and the reading that stands above a word.
_UNSEEN = frozenset(
    ("del", "moveFrom", "pPr", "rPr", "instrText", "delText", "delInstrText", "fldData", "rt", "sdtPr", "sdtEndPr")
)
_SPACES = {"tab": " ", "ptab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_NOTES = ("footnoteReference", "endnoteReference", "commentReference")
_DRAWN = ("chart", "relIds")


@dataclass(slots=True)
class Runs:
    """Text, and what hangs on it and is read after it: notes, comments, text boxes, charts."""

    parts: list[str] = field(default_factory=list)
    aside: list[etree._Element] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Lines without white space at their ends."""
        lines = (" ".join(line.split()) for line in "".join(self.parts).replace("\xad", "").split("\n"))
        return "\n".join(line for line in lines if line)


def read_runs(paragraph: etree._Element) -> Runs:
    """Read the content of a paragraph."""
    runs = Runs()
    _read(paragraph, runs)
    return runs


def _read(element: etree._Element, runs: Runs) -> None:
    for part in element:
        name = local(part)
        if name == "t":
            runs.parts.append("".join(part.itertext()))
        elif name in _SPACES:
            runs.parts.append(_SPACES[name])
        elif name in _UNSEEN or (name == "r" and is_on(child(part, "rPr", "vanish"))):
            continue
        elif name in _NOTES or name in _DRAWN or name == "txbxContent":
            runs.aside.append(part)
        elif name == "docPr":
            runs.parts.append(f" {picture_words(part)} ")
        elif name == "AlternateContent":
            for chosen in alternative(part):
                _read(chosen, runs)
        else:
            _read(part, runs)


def alternative(element: etree._Element) -> Iterator[etree._Element]:
    """The new form of content that is there in a new and an old one, unless the old one alone says something."""
    forms = list(element)
    saying = (form for form in forms if next(descendants(form, "t"), None) is not None)
    chosen = next(saying, forms[0] if forms else None)
    if chosen is not None:
        yield chosen
