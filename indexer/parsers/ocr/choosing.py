"""Which parser reads a file where OCR is asked for, and whether a file is a picture."""

from __future__ import annotations

from indexer.parsers import HEAD, Parser, parser_for
from indexer.parsers.ocr.pictures import PictureParser
from indexer.parsers.pdf import PdfParser
from indexer.parsers.signatures import signature_of

PICTURE = "a picture, whose text --ocr reads"  # why it is left out
_PICTURES = PictureParser()


def reader_for(name: str, head: bytes, *, ocr: bool) -> Parser | None:
    """`parser_for` the file; where `ocr` is wanted, one that reads pictures and pages that are pictures."""
    parser = parser_for(name, head)
    if parser is None and ocr and is_picture(name, head):
        return _PICTURES
    return with_ocr(parser) if parser is not None and ocr else parser


def with_ocr(parser: Parser) -> Parser:
    """The parser that also reads pages that are pictures, if its files may hold some."""
    return PdfParser(ocr=True) if isinstance(parser, PdfParser) else parser


def is_picture(name: str, head: bytes) -> bool:
    """Whether a file that no parser reads is a picture, by its name or how it begins."""
    signature = signature_of(head[:HEAD])
    return name.lower().endswith(_PICTURES.suffixes) or (
        signature is not None and signature.suffix in _PICTURES.suffixes
    )
