"""PDF, by what PDFium tells of characters and boxes.

`reading` asks PDFium for everything (`pages`: words as pieces of lines; `forms`, `outline`, `tags`); the rest knows
PDFium no more: `furniture` goes, `order` finds columns, `lines`, `tables` and `paragraphs` make blocks, `headings` and
`about` say which of them are headings and the title, and `parser` writes the text.
"""

from indexer.parsers.pdf.parser import PdfParser

__all__ = ["PdfParser"]
