"""Hits that hold an identifier of the query, or the query as it stands: where few documents do, they come first.

Words in common and embeddings know nothing of what was pasted: the one document that has `cluster.max_shards_per_node`
would be one of many that speak of shards. So after fusion, and again after reranking, hits that hold more of what is
rare stand before those that hold less; among equals the order stays.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.fusion.ranking import Scored
from engine.lexical.identifiers import Identifier, is_identifier, strip_punctuation
from engine.lexical.unicode import visible
from engine.store.generation import Generation
from engine.types import Chunk, Masks, RowId

RARE = 10  # documents that hold an identifier, beyond which it tells too little
RARE_ALONE = 100  # the same for a query of nothing else
_TOO_MANY = 100 * RARE_ALONE  # passages, beyond which they are not counted on


@dataclass(frozen=True, slots=True)
class Exact:
    """`held` names, per key (document or chunk id), what it holds of the query's rare identifiers; `strength` counts
    them, twice what is written to the letter; `rows` are its passages that hold any, best first.
    """

    held: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    strength: Mapping[str, int] = field(default_factory=dict)
    rows: Mapping[str, tuple[RowId, ...]] = field(default_factory=dict)

    def first(self, scored: Sequence[Scored]) -> list[Scored]:
        """The list with those that hold something first, each raised by as much as sets it apart."""
        if not any(key in self.held for key, _ in scored):
            return list(scored)
        scores = [score for _, score in scored]
        apart = 1.01 * (max(scores) - min(scores)) or 1.0
        raised = [(key, score + apart * self.strength.get(key, 0)) for key, score in scored]
        return sorted(raised, key=lambda pair: -pair[1])

    def passages(self, rows: Mapping[str, RowId]) -> dict[str, RowId]:
        """`rows`, the passage that stands for each key, where one that holds an identifier stands before others."""
        shown = dict(rows)
        for key, holders in self.rows.items():
            if key in shown and shown[key] not in holders:
                shown[key] = holders[0]
        return shown


NOTHING_EXACT = Exact()


@dataclass(frozen=True, slots=True)
class Holder:
    """A passage that holds an identifier: twice as strong where it is written to the letter."""

    key: str  # document or chunk id
    row: RowId
    strength: int


@dataclass(frozen=True, slots=True)
class Holders:
    """All that hold an identifier."""

    documents: int
    passages: tuple[Holder, ...]


def holds_all(query: str, title: str, chunk: Chunk) -> bool:
    """Whether a query is one word, or identifiers alone, and a passage holds all of it to the letter, but for capitals.

    Such a query asks where something stands. That nothing relevant was found would be wrong to say of a passage that
    has it.
    """
    words = [strip_punctuation(word) for word in query.split()]
    alone = len(words) == 1 or all(map(is_identifier, words))
    return bool(words) and alone and all(word and _is_in(word, title, chunk) for word in words)


def find_exact(
    generation: Generation,
    wanted: Sequence[Identifier],
    masks: Masks,
    *,
    alone: bool,
    collapse: bool,
) -> Exact:
    """Find what the allowed passages hold; `alone`: the query consists of identifiers."""
    return exact_of(find_holders(generation, wanted, masks, most=most_documents(alone), collapse=collapse))


def most_documents(alone: bool) -> int:
    """How many documents may hold an identifier that tells something."""
    return RARE_ALONE if alone else RARE


def find_holders(
    generation: Generation,
    wanted: Sequence[Identifier],
    masks: Masks,
    *,
    most: int,
    collapse: bool,
) -> dict[str, Holders | None]:
    """Allowed passages by the identifier that they hold; None where more than `most` documents do."""
    return {identifier.text: _holders(generation, identifier, masks, most, collapse) for identifier in wanted}


def exact_of(found: Mapping[str, Holders | None]) -> Exact:
    """The account of what `find_holders` found."""
    held: dict[str, dict[str, int]] = defaultdict(dict)  # key -> identifier -> strength
    rows: dict[str, dict[RowId, int]] = defaultdict(dict)
    for text, holders in found.items():
        for holder in () if holders is None else holders.passages:
            key, strength, row = holder.key, holder.strength, holder.row
            held[key][text] = max(strength, held[key].get(text, 0))
            rows[key][row] = rows[key].get(row, 0) + strength
    return Exact(
        {key: tuple(texts) for key, texts in held.items()},
        {key: sum(texts.values()) for key, texts in held.items()},
        {key: tuple(sorted(own, key=lambda row: (-own[row], row.row))) for key, own in rows.items()},
    )


def _holders(generation: Generation, identifier: Identifier, masks: Masks, most: int, collapse: bool) -> Holders | None:
    found = _rows_with(generation, identifier, masks)
    documents = {(row.segment, generation.document_row(row)) for row in found}
    if len(documents) > most:
        return None
    name = generation.document_id if collapse else generation.chunk_id
    passages = [Holder(name(row), row, 1 + _is_written(generation, identifier, row)) for row in found]
    return Holders(len(documents), tuple(passages))


def _is_written(generation: Generation, identifier: Identifier, row: RowId) -> bool:
    """Whether the passage has the identifier to the letter, but for capitals."""
    return _is_in(identifier.text, *generation.passage(row))


def _is_in(name: str, title: str, chunk: Chunk) -> bool:
    text = " ".join((title, *chunk.headings, visible(chunk.text)))
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None


def _rows_with(generation: Generation, identifier: Identifier, masks: Masks) -> list[RowId]:
    found: list[RowId] = []
    for place, (segment, mask) in enumerate(zip(generation.segments, masks, strict=True)):
        rows = segment.lexical.tantivy.rows_matching(identifier.readings)
        allowed = rows if mask is None else rows[mask[rows]]
        found += [RowId(place, row) for row in allowed.tolist()]
        if len(found) > _TOO_MANY:
            break
    return found
