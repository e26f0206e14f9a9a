"""Long texts cut into passages of so many words, at the end of a sentence where one is near."""

from __future__ import annotations

import re


def word_spans(text: str, size: int) -> list[tuple[int, int]]:
    """Code-point spans of about `size` words each, which together hold every word of `text` once."""
    words = [match.span() for match in re.finditer(r"\S+", text)]
    spans: list[tuple[int, int]] = []
    first = 0
    while first < len(words):
        last = min(first + size, len(words))
        for probe in range(last, max(first + size * 3 // 4, last - 40), -1):
            if last < len(words) and text[words[probe - 1][1] - 1] in ".!?":
                last = probe
                break
        spans.append((words[first][0], words[last - 1][1]))
        first = last
    return spans
