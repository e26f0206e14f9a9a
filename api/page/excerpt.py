"""The parts of a hit's passage that are shown: the three lines that answer, and the whole of it.

Pieces of text, marked or not: templates escape each, so that no markup is made here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from api.snippets import Line, Piece, lines, pieces
from engine.snippets.meaning import Meaning, meaning_of
from engine.snippets.pieces import word_end
from engine.text.sentences import sentence_spans
from engine.types import Document, Hit, Snippet

BRIEF = 250  # code points: three lines on a desk
_MEANING = 2.0  # of a cosine of 1, where one is what all marked words count: as engine/snippets/cutting.py weighs them
_EARLY = 0.1  # what it costs to begin at the end of the snippet
_ITEMS = ("- ", "* ", "+ ", "• ")
_ENDS = frozenset(".!?:;,…。！？：；")
Span = tuple[int, int]


def whole(hit: Hit) -> Line:
    """The whole passage of a hit but a heading that stands above it anyway."""
    return pieces(hit.chunk.text, hit.highlights, _after_heading(hit))


def matched_words(hit: Hit) -> list[tuple[str, int]]:
    """The words of a hit's passage that the query looked for, and how often each stands there, most frequent first."""
    words = (" ".join(hit.chunk.text[start:end].lower().split()) for start, end in hit.highlights)
    return Counter(words).most_common()


def flowing(snippet: Snippet) -> Line:
    """The lines of a snippet of sentences as one. A dot stands between items of a list, and after a heading or a
    verse, which has no full stop.
    """
    found: list[Piece] = []
    for line in lines(snippet):
        is_item = line[0].text.startswith(_ITEMS)
        if found:
            last = found[-1].text.rstrip()[-1:]
            found.append(Piece(" " if last == ":" or (last in _ENDS and not is_item) else " · "))
            line = (replace(line[0], text=line[0].text[2:]), *line[1:]) if is_item else line
        found += line
    return tuple(found)


class Briefs:
    """Cuts the snippets of one query to three lines: the sentences that come nearest to it."""

    def __init__(self, query: str, *, by_meaning: bool = True) -> None:
        self._meaning: Meaning | None = meaning_of(query) if by_meaning and query.strip() else None

    def __call__(self, snippet: Snippet, document: Document) -> Snippet:
        """A shorter snippet. Rows of tables and lines of code are left as they are: the engine keeps them few."""
        language, snippet = document.language, _without_title(snippet, document.title)
        text = snippet.text
        if snippet.kind != "prose" or len(text) <= BRIEF:
            return snippet
        sentences = list(sentence_spans(text))
        likeness = self._likeness([text[start:end] for start, end in sentences], language)
        windows = [_window(text, sentences, first) for first in range(len(sentences))]
        scores = [_score(snippet, start, end, sentences, likeness) for start, end in windows]
        start, end = windows[scores.index(max(scores))]
        return _cut(snippet, start, end)

    def _likeness(self, sentences: Sequence[str], language: str) -> Sequence[float]:
        if self._meaning is None or not self._meaning.knows(language):
            return [0.0] * len(sentences)
        return self._meaning.likeness(sentences)


def _window(text: str, sentences: Sequence[Span], first: int) -> Span:
    """The span from the start of a sentence to the end of the last one that fits, or inside it."""
    start, end = sentences[first]
    for _, following in sentences[first + 1 :]:
        if following - start <= BRIEF:
            end = following
    return start, (end if end - start <= BRIEF else word_end(text, start, start + BRIEF))


def _score(snippet: Snippet, start: int, end: int, sentences: Sequence[Span], likeness: Sequence[float]) -> float:
    words = {snippet.text[low:high].lower() for low, high in snippet.marks}
    told = {snippet.text[low:high].lower() for low, high in snippet.marks if start <= low and high <= end}
    nearest = max(near for near, (low, _) in zip(likeness, sentences, strict=True) if start <= low < end)
    return len(told) / (len(words) or 1) + _MEANING * nearest - _EARLY * start / len(snippet.text)


def _without_title(snippet: Snippet, title: str) -> Snippet:
    first, _, rest = snippet.text.partition("\n")
    if not title or first.strip(" #") != title.strip() or not rest.strip():
        return snippet
    return _cut(snippet, len(snippet.text) - len(rest.lstrip()), len(snippet.text))


def _cut(snippet: Snippet, start: int, end: int) -> Snippet:
    marks = [(low - start, high - start) for low, high in snippet.marks if start <= low and high <= end]
    return replace(
        snippet,
        text=snippet.text[start:end],
        start=snippet.start + start,
        end=snippet.start + end,
        marks=tuple(marks),
        before=snippet.before if start == 0 else False,  # it begins a sentence
        after=snippet.after or end < len(snippet.text),
    )


def _after_heading(hit: Hit) -> int:
    """Where the passage goes on after a first line that only repeats the document's title or the last heading."""
    first, _, rest = hit.chunk.text.partition("\n")
    repeated = first.strip() in {hit.document.title.strip(), *(heading.strip() for heading in hit.chunk.headings[-1:])}
    return len(hit.chunk.text) - len(rest.lstrip()) if repeated and rest.strip() else 0
