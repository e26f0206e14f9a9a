"""Overlapping windows of a text that is too long to be read at once, counted in the reader's tokens."""

from __future__ import annotations

from engine.protocols import TokenCounter

_OVERLAP = 4  # a window shares a quarter with the one before it
_SLACK = 4  # tokens: a part may begin or end otherwise than it did inside the text


def windows(text: str, tokens: TokenCounter, size: int) -> list[tuple[int, int]]:
    """Code-point spans [start, end) of at most about `size` tokens each that cover `text`, in order.

    They begin and end between words where a space is near, and otherwise between tokens.
    """
    offsets = tokens.offsets(text)
    size = max(size - _SLACK, 1)
    overlap = size // _OVERLAP
    spans: list[tuple[int, int]] = []
    start = 0
    while start < len(offsets):
        end = start + size
        if end < len(offsets):
            end = _between_words(text, offsets, end, start + size - overlap)
        span = offsets[start][0], offsets[min(end, len(offsets)) - 1][1]
        if span not in spans[-1:]:  # as where a character is several tokens
            spans.append(span)
        if end >= len(offsets):
            break
        start = max(_between_words(text, offsets, end - overlap, start + 1), start + 1)
    return spans


def _between_words(text: str, offsets: list[tuple[int, int]], token: int, least: int) -> int:
    """The last token from `least` to `token` that begins a word; `token` itself where none does."""
    for candidate in range(token, max(least, token - 2 * _SLACK, 1) - 1, -1):
        begin = offsets[candidate][0]
        if text[begin - 1 : begin].isspace() or text[begin : begin + 1].isspace():  # byte-level BPE holds the space
            return candidate
    return token
