"""Cuts a passage's snippet: the stretch of whole sentences, rows or lines that shows best why the passage was found.

First counts which demanded phrases and identifiers it holds; then how many of the query's words, each by how rare it
is, and how near its sentences come to the question in meaning; then that its words stand close together and early.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.snippets.finding import Found, Place, Wanted, find
from engine.snippets.layout import Unit, units_of
from engine.snippets.meaning import Meaning
from engine.snippets.pieces import pieces, word_end
from engine.text.layout import fences
from engine.text.tables import Span, header_of
from engine.types import Chunk, Document, Snippet

LENGTH = 400  # code points of a snippet
REST = 80  # more of them, where they end a sentence that would be cut
ROW = 640  # code points of one row of a table, which is shown whole
LINES = 6  # of code
HEADER = 200  # code points of a table's header
LEAD = 120  # code points of prose, a heading or a lead-in, that are shown with the rows or the code below them
_REACH = 64_000  # code points before a row in which its header is looked for
_ROOM = 40  # code points for which it is worth beginning another sentence
_TITLE = 0.3  # of the weight of a word that stands in the title or a heading above the passage anyway
# The following are shares of the score of a snippet that holds all of the query's words.
_MEANING = 2.0  # of a cosine of 1: measured, see benchmarks/RESULTS.md
_INSIDE = 0.1  # what it costs to begin inside a sentence
_KEY = 0.3  # what it is worth to begin with an identifier that was asked for, as a row about it does
_CLOSE = 0.02  # what it is worth that the words stand close together
_EARLY = {"prose": 0.1, "table": 0.2, "code": 0.05}  # what it costs to begin long before the first of them


@dataclass(frozen=True, slots=True)
class Cutter:
    """Cuts the snippets of one query; without a `meaning`, by words alone."""

    wanted: Wanted
    meaning: Meaning | None = None
    marks: dict[str, list[int]] = field(default_factory=dict)  # the fences of the documents so far, by their ids

    def snippet(self, document: Document, chunk: Chunk, evidence: Span | None = None) -> Snippet:
        """The snippet of a passage; where the reranker read it in windows, of its `evidence` (a span of its text),
        unless a demanded phrase stands elsewhere.
        """
        text = document.text
        units = _without_titles(text, units_of(text, chunk.start, chunk.end, self._fences(document)), document, chunk)
        units = pieces(text, units, LENGTH // 2, ROW)
        if not units:
            return Snippet(0, 0, "")
        found = find(chunk.text, document.language, self.wanted, chunk.start)
        inside = None if evidence is None else (evidence[0] + chunk.start, evidence[1] + chunk.start)
        weights, headers = self._weights(document, chunk), _header_words(text, units, chunk, document, self.wanted)
        scores = _Scores(units, weights, found, self._meanings(document, units), inside, headers)
        first, last = max(_windows(units), key=lambda window: (*scores.of(*window), -window[0]))
        first = _begun(units, first, last)
        low, high, before = units[first].start, _filled(text, units, first, last, chunk.end), not units[first].opens
        if found.phrases and not any(low <= place.start and place.end <= high for place in found.phrases):
            low, before = found.phrases[0].start, True  # it runs over the end of a long sentence
            high = max(found.phrases[0].end, word_end(text, low, min(low + LENGTH, chunk.end)))
        return Snippet(
            start=low - chunk.start,
            end=high - chunk.start,
            text=text[low:high],
            marks=_marks(found, low, high),
            kind=units[last - 1].kind,
            header=_header(text, low, chunk) if units[first].kind == "table" else "",
            before=before,
            after=bool(text[high : chunk.end].strip()),
        )

    def _fences(self, document: Document) -> list[int]:
        """The fences of a document, which is read once for all of its passages."""
        if document.id not in self.marks:
            self.marks[document.id] = fences(document.text)
        return self.marks[document.id]

    def _weights(self, document: Document, chunk: Chunk) -> Sequence[float]:
        """The weights of the query's words; less for those of the title and headings, if others are left."""
        above = "\n".join((document.title, *chunk.headings))
        known = {place.what for place in find(above, document.language, self.wanted).words}
        weights = self.wanted.weights
        if not any(weight for word, weight in enumerate(weights) if word not in known):
            return weights
        return [weight * _TITLE if word in known else weight for word, weight in enumerate(weights)]

    def _meanings(self, document: Document, units: Sequence[Unit]) -> list[float]:
        """How near each unit comes to the question."""
        if self.meaning is None or len(units) == 1 or not self.meaning.knows(document.language):
            return [0.0] * len(units)
        return self.meaning.likeness([document.text[unit.start : unit.end] for unit in units])


@dataclass(frozen=True, slots=True)
class _Scores:
    """Scores of windows, which are ranges of `units`."""

    units: Sequence[Unit]
    weights: Sequence[float]  # of the query's words
    found: Found
    meanings: Sequence[float]  # of the units
    evidence: Span | None
    headers: Sequence[frozenset[int]]  # for each unit the words in the header of its table, which is shown with it

    def of(self, first: int, last: int) -> tuple[int, bool, int, float]:
        """Demanded phrases; whether it touches the evidence; identifiers; everything else."""
        low, high = self.units[first].start, self.units[last - 1].end
        phrases = {place.what for place in _within(self.found.phrases, low, high)}
        identifiers = {place.what for place in _within(self.found.identifiers, low, high)}
        touches = self.evidence is None or (low < self.evidence[1] and high > self.evidence[0])
        words = _within(self.found.words, low, high)
        told, above = {place.what for place in words}, self.headers[last - 1]
        score = sum(self.weights[word] for word in told | above) / (sum(self.weights) or 1.0)
        score -= _CLOSE * (not above <= told)
        score += _MEANING * max(self.meanings[first:last])
        score -= 0.0 if self.units[first].opens else _INSIDE
        score += _KEY * (low in {place.start for place in self.found.identifiers})
        if words:
            score -= _EARLY[self.units[first].kind] * (words[0].start - low) / LENGTH
            score -= _CLOSE * (words[-1].start - words[0].start) / LENGTH
        return len(phrases), touches, len(identifiers), score


def _windows(units: Sequence[Unit]) -> list[tuple[int, int]]:
    """Ranges of units of one kind, each as long as a snippet may be; none longer unless it is a row by itself. Rows
    and code may have a short lead of prose.
    """
    found = []
    for first, unit in enumerate(units):
        last = first + 1
        while (
            last < len(units)
            and (units[last].kind == units[last - 1].kind or _leads(unit, units[last - 1]))
            and units[last].end - unit.start <= LENGTH
            and (units[last].kind == "prose" or last - first < LINES)
        ):
            last += 1
        found.append((first, last))
    return found


def _leads(first: Unit, last: Unit) -> bool:
    """Whether the units from `first` to `last` are short enough prose to be shown with what follows."""
    return last.kind == "prose" and first.kind == "prose" and last.end - first.start <= LEAD


def _header_words(
    text: str, units: Sequence[Unit], chunk: Chunk, document: Document, wanted: Wanted
) -> list[frozenset[int]]:
    """For each unit the words of the query that the header of its table holds; none for what is no row."""
    found: list[frozenset[int]] = []
    inside = 0  # rows of the table so far, of which the first may be the header itself
    for unit in units:
        inside = inside + 1 if unit.kind == "table" else 0
        if inside > 2:
            found.append(found[-1])
            continue
        header = _header(text, unit.start, chunk) if inside else ""
        places = find(header, document.language, wanted).words if header else ()
        found.append(frozenset(place.what for place in places))
    return found


def _begun(units: Sequence[Unit], first: int, last: int) -> int:
    """The first unit of a window that is less than half as long as it may be: what stands before it gives context."""
    kind, end = units[first].kind, units[last - 1].end
    if kind == "table" or not units[first].opens or end - units[first].start > LENGTH // 2:
        return first
    while (
        first > 0
        and units[first - 1].kind == kind
        and units[first - 1].opens
        and end - units[first - 1].start <= LENGTH
        and (kind == "prose" or last - first < LINES)
    ):
        first -= 1
    return first


def _filled(text: str, units: Sequence[Unit], first: int, last: int, end: int) -> int:
    """Where a window ends: in prose, after the sentence that follows, or inside it, if there is room for some of it."""
    high = units[last - 1].end
    if last == len(units) or {units[last - 1].kind, units[last].kind} != {"prose"}:
        return high
    if units[last].end <= units[first].start + LENGTH + REST:
        return units[last].end
    most = min(units[first].start + LENGTH, end)
    return word_end(text, units[last].start, most) if most - units[last].start >= _ROOM else high


def _without_titles(text: str, units: list[Unit], document: Document, chunk: Chunk) -> list[Unit]:
    """`units` less the first ones if they only repeat the title and headings that stand above the passage anyway."""
    known = {document.title.strip(), *(heading.strip() for heading in chunk.headings)}
    place = 0
    while place < len(units) - 1 and text[units[place].start : units[place].end].strip("# \t") in known:
        place += 1
    return units[place:]


def _within(places: Sequence[Place], low: int, high: int) -> list[Place]:
    return [place for place in places if low <= place.start and place.end <= high]


def _marks(found: Found, low: int, high: int) -> tuple[Span, ...]:
    """Findings in [low, high), as spans of it: sorted, overlapping ones as one."""
    marks: list[Span] = []
    places = _within([*found.words, *found.phrases, *found.identifiers], low, high)
    for start, end in sorted((place.start - low, place.end - low) for place in places):
        if marks and start < marks[-1][1]:
            marks[-1] = (marks[-1][0], max(end, marks[-1][1]))
        else:
            marks.append((start, end))
    return tuple(marks)


def _header(text: str, row: int, chunk: Chunk) -> str:
    """The header of the table that holds a row; "" where it has none. Above the passage it was found when that was cut,
    with all of the table in view.
    """
    span = header_of(text, row, max(0, row - _REACH))
    if span is None:
        return ""
    if chunk.header and span[0] < chunk.start:
        return chunk.header[:HEADER]
    low = span[0] + len(text[slice(*span)]) - len(text[slice(*span)].lstrip())
    return text[low : word_end(text, low, min(span[1], low + HEADER))]
