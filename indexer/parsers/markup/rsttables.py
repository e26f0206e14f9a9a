"""Tables of reStructuredText, drawn as grids or between lines of equals signs, to rows of cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from indexer.parsers.lined import Line

Row = tuple[int, list[str]]  # the number of its first line, its cells

GRID = re.compile(r"\s*\+(?:[-=]+\+)+\s*$")
SIMPLE = re.compile(r"\s*=+(?:[ \t]+=+)+\s*$")
_WIDE = re.compile("[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]")
_SECOND = "\0"  # column of a character that takes two
_SPAN = re.compile(r"\s*-+(?:[ \t]+-+)*\s*$")  # below a header that spans columns


def grid_rows(lines: Sequence[Line]) -> Iterator[Row]:
    """Rows between lines of dashes; a cell of several lines is one again, and one over several rows stands in the first
    of them.
    """
    drawn = [(number, _WIDE.sub(rf"\g<0>{_SECOND}", text.strip())) for number, text in lines]
    corners = sorted({at for _, text in drawn if text.startswith("+") for at, sign in enumerate(text) if sign == "+"})
    columns = list(pairwise(corners))
    rows: list[tuple[int, list[list[str]]]] = []
    cells: list[list[str]] = [[] for _ in columns]  # those that are open, which lie in the row where they began
    opens = True
    for number, text in drawn:
        spans = list(_spans(text, columns))
        if any(_is_rule(text[low:high]) for _, low, high in spans):
            opens = True
        for first, low, high in spans:
            part = text[low:high]
            if _is_rule(part):
                cells[first] = []
            elif part.strip(" |+"):
                if opens:
                    rows.append((number, [[] for _ in columns]))
                    opens = False
                if not cells[first]:
                    rows[-1][1][first] = cells[first]
                cells[first].append(part.strip(" |"))
    for number, parts in rows:
        yield number, [" ".join(part).replace(_SECOND, "") for part in parts]


def _spans(text: str, columns: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """(column, start, end) of what stands between the borders of a line."""
    first, low = 0, 1
    for place, (_, right) in enumerate(columns):
        if text[right : right + 1] in ("|", "+", ""):
            yield first, low, right
            first, low = place + 1, right + 1


def _is_rule(part: str) -> bool:
    return bool(part) and not part.strip("-=+")


def simple_rows(lines: Sequence[Line]) -> Iterator[Row]:
    """Rows of a table whose columns are those of its lines of equals signs; a line without a first cell goes on with
    the row above.
    """
    columns = [found.span() for found in re.finditer(r"=+", lines[0][1])]
    first, cells = 0, list[str]()
    for number, text in lines:
        if SIMPLE.match(text) or _SPAN.match(text) or not text.strip():
            if cells:
                yield first, cells
            cells = []
            continue
        ends = [start for start, _ in columns[1:]] + [len(text)]
        parts = [text[start:end].strip() for (start, _), end in zip(columns, ends, strict=True)]
        if cells and not parts[0]:
            cells = [f"{one} {other}".strip() for one, other in zip(cells, parts, strict=True)]
            continue
        if cells:
            yield first, cells
        first, cells = number, parts
    if cells:
        yield first, cells
