"""Words filled in and written beside the text: values of form fields, where they stand, and comments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from pypdfium2 import raw as pdfium

from indexer.parsers.decoding import clean
from indexer.parsers.pdf.calls import wide
from indexer.parsers.pdf.page import FILLED, SKEWED, Page, Piece
from indexer.parsers.pdf.pieces import framed

_MOST = 10_000  # annotations of a page
_OPTIONS = 500  # of a field
_LINE = 12.0  # points: the most that a line of a field takes
_WIDTH = 0.5  # of a line's height: an average character
_TICK = "[x]"
_HIDDEN = pdfium.FPDF_ANNOT_FLAG_HIDDEN | pdfium.FPDF_ANNOT_FLAG_NOVIEW
_SECRET = 1 << 13  # a field's flag: a password
_TEXTS = (pdfium.FPDF_FORMFIELD_TEXTFIELD, pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX)
_TICKS = (pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON)
_NO_COMMENT = (pdfium.FPDF_ANNOT_POPUP, pdfium.FPDF_ANNOT_LINK)


def add_annotations(page: Any, form: Any, result: Page) -> None:
    """Add the values of fields to the page's pieces, and the texts of comments to its comments."""
    count = min(_MOST, max(0, pdfium.FPDFPage_GetAnnotCount(page)))
    if not count:
        return
    frames = Counter(piece.frame for piece in result.pieces if piece.frame < SKEWED)
    frame = frames.most_common(1)[0][0] if frames else 0
    order = len(result.pieces) and result.pieces[-1].order + 1
    for index in range(count):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            if pdfium.FPDFAnnot_GetFlags(annotation) & _HIDDEN:
                continue
            if pdfium.FPDFAnnot_GetSubtype(annotation) == pdfium.FPDF_ANNOT_WIDGET:
                value = _value(form, annotation) if form else ""
                for piece in _pieces(value, annotation, frame):
                    piece.order = order = order + 1
                    result.pieces.append(piece)
                    result.characters += len(piece.text)
            elif (comment := _comment(annotation)) and comment not in result.comments:
                result.comments.append(comment)
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)


def _value(form: Any, annotation: Any) -> str:
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
    if kind in _TICKS:
        return _TICK if pdfium.FPDFAnnot_IsChecked(form, annotation) else ""
    if kind not in _TEXTS or pdfium.FPDFAnnot_GetFormFieldFlags(form, annotation) & _SECRET:
        return ""
    chosen = [
        wide(pdfium.FPDFAnnot_GetOptionLabel, form, annotation, i)
        for i in range(min(_OPTIONS, max(0, pdfium.FPDFAnnot_GetOptionCount(form, annotation))))
        if pdfium.FPDFAnnot_IsOptionSelected(form, annotation, i)
    ]
    return clean("\n".join(chosen) or wide(pdfium.FPDFAnnot_GetFormFieldValue, form, annotation))


def _pieces(value: str, annotation: Any, frame: int) -> Iterator[Piece]:
    """The lines of a value as if they had been printed in the field."""
    lines = [" ".join(line.split()) for line in value.split("\n")]
    lines = [line for line in lines if line]
    box = pdfium.FS_RECTF()
    if not lines or not pdfium.FPDFAnnot_GetRect(annotation, box):
        return
    x0, y0, x1, y1 = framed(box.left, box.top, box.right, box.bottom, frame)
    height = max(1.0, min(_LINE, (y1 - y0) / len(lines)))
    top = y0 if len(lines) > 1 else (y0 + y1 - height) / 2
    for line in lines:
        right = min(max(x1, x0 + 1.0), x0 + height * _WIDTH * len(line) + 1.0)
        yield Piece(line, x0, top, right, top + height, height, 0, frame, level=FILLED)
        top += height


def _comment(annotation: Any) -> str:
    if pdfium.FPDFAnnot_GetSubtype(annotation) in _NO_COMMENT:
        return ""
    text = " ".join(clean(wide(pdfium.FPDFAnnot_GetStringValue, annotation, b"Contents")).split())
    if not any(map(str.isalnum, text)):
        return ""
    author = " ".join(clean(wide(pdfium.FPDFAnnot_GetStringValue, annotation, b"T")).split())
    return f"Comment by {author}: {text}" if author else f"Comment: {text}"
