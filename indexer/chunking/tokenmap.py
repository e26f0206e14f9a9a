"""Where the encoder's tokens end in a long text: one tokenisation, after which any span is counted by two look-ups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.models.checkpoints.words import WordTokenization
from engine.protocols import TokenCounter

_BLOCK = 1 << 16  # code points tokenised at once: a tokenizer's own record of a whole book would fill the memory
_CHARACTERS_PER_TOKEN = 16  # a span weighs at least its length over this: an unknown word of a megabyte is cut

AT_ONCE = 512  # texts that are counted together
_MARGIN = 8  # a span of whole words so far below its limit need not be counted by itself

Span = tuple[int, int]


def counts(counter: TokenCounter, texts: Sequence[str]) -> list[int]:
    """Tokens of each text, counted a few hundred at a time to bound the memory."""
    return [count for start in range(0, len(texts), AT_ONCE) for count in counter.count(texts[start : start + AT_ONCE])]


class TokenMap:
    """Token ends of a text, as code-point offsets. A token belongs to the span in which it ends."""

    def __init__(self, text: str, tokens: TokenCounter) -> None:
        blocks = [_ends(text[start:end], start, tokens) for start, end in _blocks(text)]
        self._text = text
        # Tokens that share a character (as bytes of an emoji do) are made to end in order.
        self._ends = np.maximum.accumulate(np.concatenate([np.zeros(0, np.int64), *blocks]))

    def weights(self, spans: Sequence[Span]) -> list[int]:
        """Weight of each span: its tokens, or its length over 16 if that is more; at least 1."""
        array = np.asarray(spans, dtype=np.int64).reshape(-1, 2)
        tokens = np.searchsorted(self._ends, array[:, 1], "right") - np.searchsorted(self._ends, array[:, 0], "right")
        characters = -(-(array[:, 1] - array[:, 0]) // _CHARACTERS_PER_TOKEN)
        weights: NDArray[np.int64] = np.maximum(np.maximum(tokens, characters), 1)
        found: list[int] = weights.tolist()
        return found

    def fits(self, span: Span, weight: int, limit: int) -> bool:
        """Whether the tokens of a span by itself are surely no more than `limit`, of which it has `weight` as a part of
        the text. Words cut in two may have more, and so may an unknown word that becomes several known ones.
        """
        return weight <= limit - _MARGIN and self._between_words(span)

    def _between_words(self, span: Span) -> bool:
        """Whether white space or the text's own ends stand on both sides of a span."""
        start, end = span
        text = self._text
        return (start == 0 or text[start - 1].isspace()) and (end == len(text) or text[end].isspace())

    def cut(self, span: Span, limit: int) -> Iterator[Span]:
        """The span in pieces of about equal weight, none above `limit`: at white space, else where a token ends."""
        start, end = span
        while start < end:
            weight = self.weights([(start, end)])[0]
            if weight <= limit:
                yield start, end
                return
            stop = self._stop(start, end, -(-weight // -(-weight // limit)))
            yield start, start + len(self._text[start:stop].rstrip())
            start = stop
            while start < end and self._text[start].isspace():
                start += 1

    def _stop(self, start: int, end: int, weight: int) -> int:
        """End of a piece of at most `weight` that begins at `start`, in its second half for the sake of white space."""
        last = int(np.searchsorted(self._ends, start, "right")) + weight - 1
        stop = min(int(self._ends[last]) if last < len(self._ends) else end, start + weight * _CHARACTERS_PER_TOKEN)
        stop = min(max(stop, start + 1), end)
        middle = start + (stop - start) // 2
        space = max(self._text.rfind(character, middle + 1, stop + 1) for character in " \n\t")
        return space if space > 0 else stop


def _ends(block: str, start: int, tokens: TokenCounter) -> NDArray[np.int64]:
    if isinstance(tokens, WordTokenization):
        return tokens.ends(block) + start
    return np.array([end for _, end in tokens.offsets(block)], dtype=np.int64) + start


def _blocks(text: str) -> Iterator[Span]:
    start = 0
    while start < len(text):
        end = min(start + _BLOCK, len(text))
        if end < len(text):  # not inside a word, if there is any other place
            space = max(text.rfind(character, start + _BLOCK // 2, end) for character in " \n")
            end = space if space > 0 else end
        yield start, end
        start = end
