"""PDF, by what PDFium tells of characters and boxes.

`reading` asks PDFium for everything: `glyphs` words and their boxes, `pieces` what stands together, `declared`
bookmarks and tags, `forms` what was filled in. The rest knows PDFium no more: `furniture` goes, `order` finds
columns, `rows`, `lines`, `tables` and `paragraphs` make blocks, `joining` puts their lines together, `headings` and
`about` say which blocks are headings and the title, and `parser` writes the text. `vertical` reads what PDFium
cannot.
"""

from indexer.parsers.pdf.parser import LaterPages, PdfParser

__all__ = ["LaterPages", "PdfParser"]
