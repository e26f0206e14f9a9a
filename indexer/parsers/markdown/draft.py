"""A Markdown text under edit, of which every line remembers where in the file it stood."""

from __future__ import annotations

from collections.abc import Iterable

Edit = tuple[int, int, str]  # start, end, replacement: places in the text before the edit, in code points


class Draft:
    """`text` as it is now; `first` is the line of the file, from 1, on which it began."""

    def __init__(self, text: str, first: int = 1) -> None:
        self.text = text
        self._lines = list(range(first, first + text.count("\n") + 1))

    def line(self, index: int) -> int:
        """The line of the file, from 1, of the text's line `index`, from 0."""
        return self._lines[min(index, len(self._lines) - 1)]

    def edit(self, edits: Iterable[Edit]) -> None:
        """Make all `edits`, which are sorted; one that overlaps the one before it is left out.

        A line that is put together of several keeps the number of the first that something of it is left of.
        """
        parts: list[str] = []
        lines: list[int] = [self._lines[0]]
        position = index = 0
        bare = True  # nothing stands yet on the line that is being written

        def write(piece: str, until: int) -> None:
            """Append a piece that stands for the old lines from `index` to `until`."""
            nonlocal bare
            if piece and bare:
                lines[-1] = self._lines[index]
            lines.extend(self._lines[min(index + step, until)] for step in range(1, piece.count("\n") + 1))
            bare = piece.endswith("\n") if piece else bare
            parts.append(piece)

        for start, end, replacement in (*edits, (len(self.text), len(self.text), "")):
            if start < position:
                continue
            reached = index + self.text.count("\n", position, start)
            write(self.text[position:start], reached)
            index, until = reached, reached + self.text.count("\n", start, end)
            write(replacement, until)
            index, position = until, end
        if bare:
            lines[-1] = self._lines[index]
        self.text, self._lines = "".join(parts), lines


def own_lines(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The span with the white space around it in its lines; None where they hold more than that."""
    while start and text[start - 1] in " \t":
        start -= 1
    while end < len(text) and text[end] in " \t":
        end += 1
    alone = text[start - 1 : start] in ("", "\n") and text[end : end + 1] in ("", "\n")
    return (start, end) if alone else None
