"""Pages of a PDF that show text and do not hold it: they are drawn, and the picture is read."""

from __future__ import annotations

from typing import Any

from pypdfium2 import raw as pdfium

from indexer.parsers.ocr.recognition import LONGEST_SIDE, read_lines
from indexer.parsers.pdf.page import Page

_SHARPEST = 300 / 72  # pixels to a point


def read_scan(page: Any, result: Page) -> None:
    """Put the text that pypdfium2's `page` shows in place of what it holds, if anything can be read."""
    scale = min(_SHARPEST, LONGEST_SIDE / max(page.get_width(), page.get_height(), 1.0))
    bitmap = page.render(scale=scale, rev_byteorder=False, prefer_bgrx=False)
    try:
        pixels = bitmap.to_numpy()
        box = pdfium.FS_RECTF()
        known = pdfium.FPDF_GetPageBoundingBox(page.raw, box)
        left, top = (box.left, -box.top) if known else (0.0, 0.0)
        lines = read_lines(pixels[:, :, :3], scale, left, top)
    finally:
        bitmap.close()
    if lines:
        result.pieces, result.top = lines, top
        result.characters = sum(len(line.text) for line in lines)
        result.lost = result.outside = 0
        result.scanned = True
