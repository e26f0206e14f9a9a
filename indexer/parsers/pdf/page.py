"""A page as the rest of this room knows it: pieces of lines with their boxes, and what else it holds."""

from __future__ import annotations

from dataclasses import dataclass, field

HYPHEN = "\ufffe"  # what PDFium writes in place of a hyphen and the line break after it
LEFTWARD = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]"  # scripts that run from right to left
FILLED = -1  # the level of what was filled into a form: no heading, however large
SKEWED = 4  # the first frame of text that leans

_LOST = 10  # text objects
_STAMP = 60  # characters on a picture that are a stamp or a page's number
_LOST_SHARE = 20  # times as many characters as objects that are lost make up for them


@dataclass(slots=True)
class Piece:
    """Words side by side: what stands together in one line and in one column.

    Its box, as high as most of its characters, is in points, y downwards, in a frame in which the text runs from left
    to right. `frame`: quarters that the page was turned by for it, anticlockwise; from `SKEWED` on, text that leans.
    """

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    size: float  # of most of its characters
    order: int  # place in the order of drawing
    frame: int = 0
    first: int = -1  # the indices of the first characters of its first and its last word
    last: int = -1
    bold: bool = False  # its first word
    bold_end: bool = False  # its first and its last one
    fixed: bool = False  # both are in type of which all characters are equally wide
    level: int = 0  # of the heading that the file says it is, or FILLED


@dataclass(slots=True)
class Page:
    """`characters` are those that can be read, `lost` the text objects that hold none; `outside` words nobody sees."""

    number: int  # from 1
    top: float = 0.0  # of what a viewer shows, y downwards
    pieces: list[Piece] = field(default_factory=list)
    characters: int = 0
    ideographs: bool = False  # it may have vertical lines
    pictured: bool = False  # it shows something beside text
    covered: bool = False  # by an image
    lost: int = 0
    outside: int = 0
    scanned: bool = False  # its pieces were read by OCR
    unreadable: bool = False  # what its pieces say cannot be text
    comments: list[str] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)  # running heads and feet that are kept

    @property
    def is_picture(self) -> bool:
        """Whether it shows a picture in place of text."""
        return (self.pictured and not self.characters) or (self.covered and self.characters < _STAMP)

    @property
    def is_lost(self) -> bool:
        """Whether so much of it cannot be read that it is worth a word."""
        return self.lost >= _LOST and self.lost * _LOST_SHARE > self.characters
