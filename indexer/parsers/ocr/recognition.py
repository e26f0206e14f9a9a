"""Text in a picture, by rapidocr, whose models lie in its own distribution: nothing is downloaded.

It runs on one thread and is loaded ahead, because the process that reads a file may start none and open nothing.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.errors import DependencyMissing
from engine.extras import needs
from indexer.parsers.pdf.page import Piece
from indexer.parsers.pdf.pieces import framed

Pixels = npt.NDArray[np.uint8]  # [height, width, 3]: blue, green, red
LONGEST_SIDE = 2000  # pixels: rapidocr makes larger pictures smaller
_UPRIGHT = 1.5  # a line so many times as high as wide runs downwards: rapidocr turns it before it reads it
_DOWN = 3  # the frame of such lines
_SAME_TYPE = (0.7, 1.35)  # of the median height: boxes of one type differ by the letters in them
_SINGLE_THREADED = {f"EngineConfig.onnxruntime.{name}_op_num_threads": 1 for name in ("intra", "inter")}


def check_available() -> None:
    """Raise DependencyMissing, which names the extra, where rapidocr is not installed."""
    if find_spec("rapidocr") is None:
        raise DependencyMissing("--ocr needs rapidocr.", "Install the extra: pip install 'winnow-search[ocr]'.")


def preload() -> None:
    """Load the models, each of which rapidocr opens when it first has something to read."""
    with needs("ocr", "--ocr"):
        from PIL import Image, ImageDraw
    picture = Image.new("RGB", (480, 120), "white")
    ImageDraw.Draw(picture).text((30, 30), "Some words", "black", font_size=48)
    read_lines(np.asarray(picture))


def read_lines(pixels: Pixels, scale: float = 1.0, left: float = 0.0, top: float = 0.0) -> list[Piece]:
    """The lines of text in a picture. Their boxes are in units of which one has `scale` pixels, counted from a corner
    at (left, top).
    """
    found = _engine()(np.ascontiguousarray(pixels))
    if found.txts is None:
        return []
    usual = median(float(np.ptp(box[:, _shorter(box)])) for box in found.boxes)
    lines = zip(found.boxes, found.txts, strict=True)
    return [_piece(box / scale + (left, top), text, order, usual / scale) for order, (box, text) in enumerate(lines)]


def _piece(box: npt.NDArray[np.float32], text: str, order: int, usual: float) -> Piece:
    x0, y0, x1, y1 = (float(value) for value in (*box.min(axis=0), *box.max(axis=0)))
    frame = 0 if _shorter(box) else _DOWN
    x0, y0, x1, y1 = framed(x0, -y0, x1, -y1, frame)
    size = y1 - y0
    if _SAME_TYPE[0] * usual < size < _SAME_TYPE[1] * usual:
        size = usual
    return Piece(" ".join(text.split()), x0, y0, x1, y1, size, order, frame)


def _shorter(box: npt.NDArray[np.float32]) -> int:
    """The axis across a line: 1 where it runs from left to right, 0 where it runs downwards."""
    width, height = np.ptp(box, axis=0)
    return 0 if height >= _UPRIGHT * width else 1


@cache
def _engine() -> Any:
    with needs("ocr", "--ocr"):
        from rapidocr import RapidOCR
    return RapidOCR(params={"Global.log_level": "critical", **_SINGLE_THREADED})
