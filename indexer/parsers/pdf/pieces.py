"""Words put together to pieces of lines, each in the frame in which its text runs from left to right."""

from __future__ import annotations

import ctypes
import math
import re
from collections import Counter, defaultdict
from functools import lru_cache
from itertools import pairwise, repeat, starmap
from typing import Any

import numpy as np
import numpy.typing as npt
from pypdfium2 import raw as pdfium

from indexer.parsers.pdf.calls import unchecked
from indexer.parsers.pdf.glyphs import Array, Flags, Integers, Words, read_words
from indexer.parsers.pdf.page import SKEWED, Page, Piece

_IDEOGRAPH = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
_GAP = 1.0  # of the font's size: two words that stand further apart may belong to two columns
_SAME_LINE = 0.5  # share of the lower word's height in which both stand
_UPRIGHT = math.radians(10)  # how far a line may lean and still be horizontal or vertical
_DOWN = 0.8  # of the size: how far a vertical word falls at least, and leads aside at most
_OVER = 0.3  # of the size: the same words so near are printed twice
_LEAST_SIZE = 0.1  # points: fonts without a height have none
_SHOWN = 0.2  # share of words on the page below which its box is wrong
# By name: the weight that PDFium tells is often a guess, 688 of Times-Roman.
_BOLD_NAME = re.compile(rb"bold|black|blk|heavy|demi|[-,]bd|medi(?:ital)?$|(?:cm|sf|ec)bx|-w[6-9]", re.IGNORECASE)
_FIXED_NAME = re.compile(rb"mono(?!type)|courier|consol|menlo|typewriter|(?:cm|sf|ec|lm)tt|inconsolata", re.IGNORECASE)
_FORCE_BOLD = 1 << 18  # a font's flags
_FIXED_PITCH = 1
_NAME_BYTES = 128
_FONTS = 1000  # of which the kind is remembered

_angle = unchecked(pdfium.FPDFText_GetCharAngle, ctypes.c_float)
_font_info = unchecked(pdfium.FPDFText_GetFontInfo)

Frames = npt.NDArray[np.int8]


def read_pieces(page: Any, text_page: Any, number: int) -> Page:
    """The page's text. `page` and `text_page` are pypdfium2's."""
    result = Page(number)
    text, words, boxes = read_words(text_page.raw)
    if len(words.starts):
        result.characters = int((words.ends - words.starts).sum())
        result.ideographs = not text.isascii() and _IDEOGRAPH.search(text) is not None
        shown, result.top = _shown(page.raw, boxes)
        result.outside = int((~shown).sum())
        result.pieces = _once(_pieces(text_page.raw, text, words, boxes, shown))
        _mark_type(text_page.raw, result.pieces)
    return result


def _shown(raw: Any, boxes: Array) -> tuple[Flags, float]:
    """Which words lie on the part of the page that a viewer shows, and where that begins, y downwards.

    All do if hardly any does: then the page's box is wrong.
    """
    box = pdfium.FS_RECTF()
    everything = np.ones(len(boxes), dtype=np.bool_)
    if not pdfium.FPDF_GetPageBoundingBox(raw, box):
        return everything, 0.0
    x, y = (boxes[:, 0, 0] + boxes[:, 1, 2]) / 2, (boxes[:, 0, 1] + boxes[:, 1, 3]) / 2
    shown = (x >= box.left) & (x <= box.right) & (y >= box.bottom) & (y <= box.top)
    return (shown if np.count_nonzero(shown) / len(shown) > _SHOWN else everything), -float(box.top)


def _pieces(raw: Any, text: str, words: Words, boxes: Array, shown: Flags) -> list[Piece]:
    frames = _frames(raw, words, boxes)
    spans = _framed(boxes, frames)
    if not shown.all():
        words, spans, frames = words[shown], spans[shown], frames[shown]
    torn = np.append(True, words.starts[1:] == words.ends[:-1])
    torn[1:] |= torn[:-1]
    firsts = np.flatnonzero(torn | _begins(spans, frames, words.lines))
    lasts = np.append(firsts[1:], len(spans)) - 1
    left, right = np.minimum.reduceat(spans[:, 0], firsts), np.maximum.reduceat(spans[:, 2], firsts)
    usual = _usual(words.ends - words.starts, spans[:, 3] - spans[:, 1], firsts)
    tops, bottoms = spans[usual, 1].astype(np.float64), spans[usual, 3].astype(np.float64)
    places = zip(words.starts[firsts].tolist(), words.ends[lasts].tolist(), strict=True)
    rows = zip(
        [" ".join(text[start:end].split()) for start, end in places],
        left.tolist(),
        tops.tolist(),
        right.tolist(),
        bottoms.tolist(),
        np.maximum(_LEAST_SIZE, bottoms - tops).tolist(),
        range(len(firsts)),
        frames[firsts].tolist(),
        words.first[firsts].tolist(),
        words.first[lasts].tolist(),
        strict=True,
    )
    return list(starmap(Piece, rows))


def _once(pieces: list[Piece]) -> list[Piece]:
    """The pieces without those that are printed over themselves, which makes type look bold."""
    times = Counter([piece.text for piece in pieces])
    if len(times) == len(pieces):
        return pieces
    alike: dict[str, list[Piece]] = defaultdict(list)
    for piece in pieces:
        if times[piece.text] > 1:
            alike[piece.text].append(piece)
    again: set[int] = set()
    for same in alike.values():
        same.sort(key=lambda piece: (piece.y0, piece.x0))
        for before, piece in pairwise(same):
            near = _OVER * piece.size
            if abs(piece.y0 - before.y0) < near and abs(piece.x0 - before.x0) < near and piece.frame == before.frame:
                again.add(piece.order)
    return [piece for piece in pieces if piece.order not in again]


def _begins(spans: Array, frames: Frames, lines: Integers) -> Flags:
    """Which words do not stand in the line of the one before and next to it, on either side: some run to the left."""
    begins = np.ones(len(spans), dtype=np.bool_)
    before, own = spans[:-1], spans[1:]
    common = np.minimum(before[:, 3], own[:, 3]) - np.maximum(before[:, 1], own[:, 1])
    heights = before[:, 3] - before[:, 1], own[:, 3] - own[:, 1]
    lower, higher = np.minimum(*heights), np.maximum(*heights)
    gap = np.maximum(before[:, 0], own[:, 0]) - np.minimum(before[:, 2], own[:, 2])
    apart = (common < _SAME_LINE * lower) | (gap > _GAP * np.maximum(lower, higher * 0.6))
    leaning = frames[1:] >= SKEWED
    begins[1:] = (lines[1:] != lines[:-1]) | (frames[1:] != frames[:-1]) | (apart & ~leaning)
    return begins


def _usual(lengths: Integers, heights: Array, firsts: Integers) -> Integers:
    """The word of each piece that is as high as its median character."""
    pieces = np.repeat(np.arange(len(firsts)), np.diff(np.append(firsts, len(lengths))))
    order = np.lexsort((heights, pieces))
    passed = np.cumsum(lengths[order])
    before = np.append(0, passed)[firsts]
    half = before + np.add.reduceat(lengths, firsts) / 2
    return order[np.searchsorted(passed, half)]


def _frames(raw: Any, words: Words, boxes: Array) -> Frames:
    """int8 [words]: quarters to turn the page by, anticlockwise, so that the word's line runs from left to right."""
    firsts = np.flatnonzero(np.append(True, words.lines[1:] != words.lines[:-1]))
    counts = np.diff(np.append(firsts, len(words.lines)))
    down = _run_down(words, boxes)
    frames = np.zeros(len(firsts), dtype=np.int8)
    for i, angle in enumerate(map(_angle, repeat(raw), words.first[firsts].tolist())):
        if angle > 0.0:
            frames[i] = _turned(angle)
    spread = np.repeat(frames, counts)
    if down.any():
        lonely = np.maximum.reduceat(words.ends - words.starts, firsts) == 1
        vertical = False
        for i, (begin, count) in enumerate(zip(firsts.tolist(), counts.tolist(), strict=True)):
            vertical = bool(down[begin : begin + count].any()) or (vertical and bool(lonely[i]))
            if vertical and frames[i] == 0:
                spread[begin : begin + count] = 3  # line by line to the left: as if the page had been turned
    return spread


def _turned(angle: float) -> int:
    if not math.isfinite(angle):
        return 0
    angle = 2 * math.pi - angle  # PDFium's goes clockwise
    quarter = round(angle / (math.pi / 2))
    return quarter % 4 if abs(angle - quarter * math.pi / 2) <= _UPRIGHT else SKEWED + quarter % 4


def _run_down(words: Words, boxes: Array) -> Flags:
    """Which words are written from top to bottom."""
    height = boxes[:, 0, 1] - boxes[:, 0, 3]
    falls = boxes[:, 0, 1] - boxes[:, 1, 1] > _DOWN * height
    straight = np.abs(boxes[:, 0, 0] - boxes[:, 1, 0]) < _DOWN * height
    return np.asarray((words.last > words.first) & falls & straight)


def _framed(boxes: Array, frames: Frames) -> Array:
    """float32 [words, 4]: x0, y0, x1, y1 of each word in its frame, y downwards."""
    least, most = np.minimum(boxes[:, 0], boxes[:, 1]), np.maximum(boxes[:, 0], boxes[:, 1])
    left, bottom, right, top = least[:, 0], least[:, 3], most[:, 2], most[:, 1]
    framed = np.stack([left, -top, right, -bottom], axis=1)
    if frames.any():
        turns = ((bottom, left, top, right), (-right, bottom, -left, top), (-top, -right, -bottom, -left))
        for quarter, parts in enumerate(turns, start=1):
            chosen = frames % SKEWED == quarter
            framed[chosen] = np.stack(parts, axis=1)[chosen]
    return framed


def framed(left: float, top: float, right: float, bottom: float, frame: int) -> tuple[float, float, float, float]:
    """x0, y0, x1, y1 of a box of the page in a frame."""
    boxes = np.array([[[left, top, right, bottom]] * 2], dtype=np.float32)
    x0, y0, x1, y1 = _framed(boxes, np.array([frame], dtype=np.int8))[0].tolist()
    return x0, y0, x1, y1


def _mark_type(raw: Any, pieces: list[Piece]) -> None:
    """Note which pieces are in bold type, and which in type of one width, as programs are."""
    name = ctypes.create_string_buffer(_NAME_BYTES)
    flags = ctypes.c_int()
    where = ctypes.byref(name), ctypes.c_ulong(_NAME_BYTES), ctypes.byref(flags)

    def kind(index: int) -> tuple[bool, bool]:
        _font_info(raw, index, *where)
        return _is_bold_and_fixed(name.value, flags.value)

    for piece in pieces:
        bold, fixed = kind(piece.first)
        bold_end, fixed_end = (bold, fixed) if piece.last == piece.first else kind(piece.last)
        piece.bold, piece.bold_end, piece.fixed = bold, bold and bold_end, fixed and fixed_end


@lru_cache(_FONTS)
def _is_bold_and_fixed(name: bytes, flags: int) -> tuple[bool, bool]:
    return (
        bool(_BOLD_NAME.search(name) or flags & _FORCE_BOLD),
        bool(_FIXED_NAME.search(name) or flags & _FIXED_PITCH),
    )
