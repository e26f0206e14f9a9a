"""The words of a page with the boxes of their first and last characters, as PDFium tells them.

PDFium tells characters in the order in which they were drawn, with spaces and line breaks where it sees them. Boxes are
asked for at the ends of words only: a call for each character would take longer than reading the page.
"""

from __future__ import annotations

import ctypes
import re
from collections import deque
from dataclasses import dataclass
from itertools import islice, repeat
from typing import Any

import numpy as np
import numpy.typing as npt
from pypdfium2 import raw as pdfium

from indexer.parsers.pdf.calls import unchecked
from indexer.parsers.pdf.page import HYPHEN, LEFTWARD

_HYPHEN_CODE = ord(HYPHEN)
_CUT = 2  # the code of the same hyphen where a single character is asked for
_MIXED = re.compile(f"{LEFTWARD}(?=[A-Za-z])|[A-Za-z](?={LEFTWARD})")
_LEFTWARD = re.compile(LEFTWARD)
_TURNED = re.compile("[\u0622\u0623\u0625\u0627]\u0644")  # alef before lam
_CONTROLS = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]")  # where spaces are drawn by fonts without a table
# TeX's own encodings, T1 and OT1: pages of fonts that are bitmaps have these codes where other fonts have characters.
_T1 = dict(zip(range(0x10, 0x20), "“”„«»–—  ıȷ\ufb00\ufb01\ufb02\ufb03\ufb04", strict=True))
_OT1 = {0x0B: "\ufb00", 0x0C: "\ufb01", 0x0E: "\ufb03", 0x0F: "\ufb04"}
_T1_LIGATURE = re.compile(r"[a-z][\x1b-\x1f]|[\x1b-\x1f][a-z]")
_OT1_LIGATURE = re.compile(r"[a-z][\x0b\x0c\x0e\x0f]|[\x0b\x0c\x0e\x0f][a-z]")
_BOXES = 2048  # that are asked for at a time
_TORN = 2000  # words of a page that are torn apart at most
_LONG = 64  # characters from which it is not
_RAISED = 0.85  # of the larger type's size: the type of a note's mark
_MARK_AFTER = re.compile(r"(?:[^\W\d_]{4}|[^\W\d_][^\w\s]+)(\d{1,3})$")
_MARK_BEFORE = re.compile(r"(\d{1,3})[^\W\d_]{2}")

_code = unchecked(pdfium.FPDFText_GetUnicode, ctypes.c_uint)
_loose_box = unchecked(pdfium.FPDFText_GetLooseCharBox)

Array = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a page in the order of drawing, each entry an array of one number a word.

    `starts` and `ends` are places in the text, `first` and `last` PDFium's indices of the same characters; `lines` says
    in which of PDFium's lines a word stands.
    """

    starts: Integers
    ends: Integers
    first: Integers
    last: Integers
    lines: Integers

    def __getitem__(self, chosen: Flags | Integers) -> Words:
        return Words(self.starts[chosen], self.ends[chosen], self.first[chosen], self.last[chosen], self.lines[chosen])


def read_words(raw: Any) -> tuple[str, Words, Array]:
    """The text of a PDFium text page, its words, and float32 [words, 2, 4]: left, top, right, bottom of the first and
    the last character of each, in points, y upwards.
    """
    text, index = _characters(raw)
    if not text.isascii():
        text = _with_ligatures(raw, text, index)
    words = _words(text, index)
    if not len(words.starts):
        return text, words, np.zeros((0, 2, 4), dtype=np.float32)
    return text, *_torn(raw, text, words, _boxes(raw, words))


def _characters(raw: Any) -> tuple[str, Integers | None]:
    """The text, and for each of its characters PDFium's index of it; None where they are the same."""
    count = pdfium.FPDFText_CountChars(raw)
    if count <= 0:
        return "", None
    units = bytearray(2 * (2 * count + 2))
    length = max(0, pdfium.FPDFText_GetText(raw, 0, count, ctypes.byref(ctypes.c_ushort.from_buffer(units))) - 1)
    text = printed(units[: 2 * length].decode("utf-16-le", errors="replace"))
    if length == count == len(text):
        return text, None
    # Characters without a meaning are in the one and not in the other, and those beyond U+FFFF count twice.
    codes = list(map(_code, repeat(raw), range(count)))
    for i in [i for i, code in enumerate(codes) if code == _CUT]:
        if pdfium.FPDFText_IsHyphen(raw, i):
            codes[i] = _HYPHEN_CODE
    kept = [i for i, code in enumerate(codes) if code]
    text = np.array([codes[i] for i in kept], dtype="<u2").tobytes().decode("utf-16-le", errors="replace")
    text = printed(text)
    if len(text) < len(kept):
        kept = _without_second_halves(kept, codes)
    return text[: len(kept)], np.array(kept[: len(text)], dtype=np.int64)


def printed(text: str) -> str:
    """The text with what its control characters stand for, one for one: signs of TeX, else spaces.

    Where spaces are drawn as control characters, PDFium tells next to none of its own.
    """
    if _CONTROLS.search(text) is None:
        return text
    for ligature, signs in ((_T1_LIGATURE, _T1), (_OT1_LIGATURE, _OT1)):
        if 0 < len(ligature.findall(text)) < text.count(" "):
            text = text.translate(signs)
    return _CONTROLS.sub(" ", text)


def _without_second_halves(kept: list[int], codes: list[int]) -> list[int]:
    """The indices without those of low surrogates that follow a high one."""
    pairs = zip([0, *(codes[i] for i in kept)], kept, strict=False)
    return [i for before, i in pairs if not (0xDC00 <= codes[i] < 0xE000 and 0xD800 <= before < 0xDC00)]


def _with_ligatures(raw: Any, text: str, index: Integers | None) -> str:
    """The text, its ligatures of lam and alef in order: PDFium turns what runs to the left around letter by letter, and
    with it the two letters of one glyph, which have the same box.
    """
    box, next_box = pdfium.FS_RECTF(), pdfium.FS_RECTF()

    def turned(pair: re.Match[str]) -> str:
        for place, found in ((pair.start(), box), (pair.start() + 1, next_box)):
            pdfium.FPDFText_GetLooseCharBox(raw, place if index is None else int(index[place]), found)
        same = (box.left, box.right) == (next_box.left, next_box.right)
        return pair[0][::-1] if same and box.right > box.left else pair[0]

    return _TURNED.sub(turned, text)


def _words(text: str, index: Integers | None) -> Words:
    codes = np.frombuffer(text.encode("utf-32-le", errors="surrogatepass"), dtype="<u4")
    blank = (
        (codes <= 32)
        | (codes == 0xA0)
        | ((codes >= 0x2000) & (codes <= 0x200B))
        | (codes == 0x2028)
        | (codes == 0x3000)
    )
    hyphen = codes == _HYPHEN_CODE
    begins, is_last = ~blank, ~blank
    begins[1:] &= (blank | hyphen)[:-1]
    is_last[:-1] &= blank[1:] | hyphen[:-1]
    starts, ends = np.flatnonzero(begins), np.flatnonzero(is_last) + 1
    breaks = np.cumsum((codes == 10) | (codes == 13) | hyphen)
    lines = breaks[starts] - hyphen[starts]
    last = ends - 1
    cut = hyphen[last] & (last > starts)  # the hyphen has no box of its own
    last = last - cut
    return Words(
        starts, ends, starts if index is None else index[starts], last if index is None else index[last], lines
    )


# One room is enough, since PDFium is not thread-safe anyway. The pointers are made once: each takes as long as a call.
_room = np.zeros((_BOXES, 4), dtype=np.float32)
_places = [ctypes.byref(ctypes.c_float.from_buffer(box.data)) for box in _room]


def _boxes(raw: Any, words: Words, chosen: Integers | slice = slice(None)) -> Array:
    """float32 [words, 2, 4]: left, top, right, bottom of each word's first and last character, y upwards."""
    indices = np.stack([words.first[chosen], words.last[chosen]], axis=1).ravel().tolist()
    boxes = np.zeros((len(indices), 4), dtype=np.float32)
    for start in range(0, len(indices), _BOXES):
        some = indices[start : start + _BOXES]
        _room[: len(some)] = 0
        deque(map(_loose_box, repeat(raw), some, _places), maxlen=0)
        boxes[start : start + len(some)] = _room[: len(some)]
    if not np.isfinite(boxes).all():
        boxes = np.nan_to_num(boxes)
    return boxes.reshape(-1, 2, 4)


def _torn(raw: Any, text: str, words: Words, boxes: Array) -> tuple[Words, Array]:
    """The words and their boxes, those torn apart that PDFium made one of: cells, or a word and a note's mark."""
    lengths = words.ends - words.starts
    width = np.abs(boxes[:, 1, 2] - boxes[:, 0, 0])
    before, after = (boxes[:, :, 1] - boxes[:, :, 3]).T  # heights of the first and the last character
    whole = (lengths > 1) & (lengths < _LONG) & (lengths == words.last - words.first + 1)
    wide = np.flatnonzero(whole & (width > before * (lengths + 1)))
    uneven = np.flatnonzero(whole & (np.minimum(before, after) < _RAISED * np.maximum(before, after)))
    cuts = [(word, cut) for word in wide[:_TORN].tolist() for cut in _cuts(raw, words, word)]
    cuts += [(word, cut) for word in uneven[:_TORN].tolist() if (cut := _mark(text, words, boxes, word))]
    if not text.isascii() and _LEFTWARD.search(text):
        cuts += _mixed(text, words, whole)
    if not cuts:
        return words, boxes
    places, offsets = np.array(sorted(set(cuts))).T
    # Each cut ends the word before it and begins the one behind.
    starts = np.insert(words.starts, places + 1, words.starts[places] + offsets)
    first = np.insert(words.first, places + 1, words.first[places] + offsets)
    ends = np.insert(words.ends, places, words.starts[places] + offsets)
    last = np.insert(words.last, places, words.first[places] + offsets - 1)
    torn = Words(starts, ends, first, last, np.insert(words.lines, places, words.lines[places]))
    boxes = np.insert(boxes, places, boxes[places], axis=0)
    new = places + np.arange(len(places))
    new = np.array(sorted({*new.tolist(), *(new + 1).tolist()}))
    boxes[new] = _boxes(raw, torn, new)
    return torn, boxes


def _mixed(text: str, words: Words, whole: Flags) -> list[tuple[int, int]]:
    """Words, and where in them letters that run to the right meet letters that run to the left."""
    places = [match.end() for match in islice(_MIXED.finditer(text), _TORN)]
    found = (np.searchsorted(words.starts, places, side="right") - 1).tolist()
    cuts = zip(found, places, strict=True)
    return [(word, place - int(words.starts[word])) for word, place in cuts if whole[word]]


def _mark(text: str, words: Words, boxes: Array, word: int) -> int:
    """Where a note's mark, which is small and raised, ends before a word or begins after it; 0 if there is none."""
    said = text[int(words.starts[word]) : int(words.ends[word])]
    before, after = boxes[word]
    if before[3] < after[3] and before[1] > after[3]:
        found = _MARK_AFTER.search(said)
        return found.start(1) if found else 0
    found = _MARK_BEFORE.match(said) if before[3] > after[3] else None
    return found.end(1) if found else 0


def _cuts(raw: Any, words: Words, word: int) -> list[int]:
    """Where in a word, in characters, there is white that is wider than the type is high."""
    first, last = int(words.first[word]), int(words.last[word])
    box = pdfium.FS_RECTF()
    before = 0.0
    found = []
    for index in range(first, last + 1):
        pdfium.FPDFText_GetLooseCharBox(raw, index, box)
        if index > first and box.left - before > box.top - box.bottom > 0:
            found.append(index - first)
        before = box.right
    return found
