"""Pictures as documents: what OCR reads on them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from engine.errors import ParseFailed
from engine.extras import needs
from indexer.parsers.base import Parsed
from indexer.parsers.ocr.recognition import LONGEST_SIDE, Pixels, read_lines
from indexer.parsers.pdf.about import FIELDS
from indexer.parsers.pdf.page import Page
from indexer.parsers.pdf.parser import written
from indexer.parsers.pdf.reading import Reading


def preload() -> None:
    """Import what reads each kind of picture: whoever cannot open files later has it."""
    with needs("ocr", "Reading pictures"):
        from PIL import Image
    Image.init()


class PictureParser:
    name = "picture"
    label = "pictures"
    version = "1"
    suffixes = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp")

    def parse(self, data: bytes, *, name: str) -> Parsed:
        pages = list(_pages(data))
        if not any(page.pieces for page in pages):
            raise ParseFailed("OCR finds no text in the picture.", "Leave it out.")
        parsed = written(Reading(pages, about=dict.fromkeys(FIELDS, "")), name)
        return parsed if len(pages) > 1 else replace(parsed, locators=(), metadata={})


def _pages(data: bytes) -> Iterator[Page]:
    for number, pixels in enumerate(_decoded(data), start=1):
        yield Page(number, pieces=read_lines(pixels), scanned=True)


def _decoded(data: bytes) -> Iterator[Pixels]:
    """One picture, upright; of a TIFF each of its own."""
    with needs("ocr", "Reading pictures"):
        from PIL import Image, ImageOps, ImageSequence
    try:
        with Image.open(io.BytesIO(data)) as image:
            for frame in ImageSequence.Iterator(image):
                upright = ImageOps.exif_transpose(frame)
                upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
                yield np.asarray(upright.convert("RGB"))[:, :, ::-1]  # OpenCV counts from blue
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ParseFailed("The picture is damaged, or too large.", "Save it again, or smaller.") from error
