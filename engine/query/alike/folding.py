"""Near-duplicates under one hit: a ranking with every twin folded into the first hit that it is a twin of.

Nothing is lost: a folded hit is listed under the one that stands for it. Folding comes after the order is settled and
before pages are cut, so every page of a ranking has the same groups.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from engine.query.alike.twins import Texts
from engine.query.frozen import Entry
from engine.store.generation import Generation
from engine.types import RowId

COMPARED = 100  # hits whose words are compared with each other; equal documents are found in the whole ranking


def fold(generation: Generation, entries: Sequence[Entry], terms: frozenset[str]) -> list[Entry]:
    """`entries`, one a document and best first, less those that are twins of an earlier one, which names them. `terms`
    are what the query looks for.
    """
    texts = Texts(generation, terms)
    sizes = texts.sizes([entry.row for entry in entries])
    shared = {size for size, times in Counter(sizes).items() if times > 1}
    generation.foresee("texts", [entry.row for entry, size in zip(entries, sizes, strict=True) if size in shared])
    close = texts.close([entry.row for entry in entries[:COMPARED]])
    compared = close.sum(axis=1) > 1  # with another than itself
    generation.read_ahead(
        [
            entry.row
            for place, (entry, size) in enumerate(zip(entries, sizes, strict=True))
            if size in shared or (place < COMPARED and compared[place])
        ],
        "texts",
    )
    heads: list[int] = []
    of_size: dict[int, list[int]] = {}  # heads that an equal document could have
    folded: dict[int, list[RowId]] = {}
    for place, (entry, size) in enumerate(zip(entries, sizes, strict=True)):
        equals = of_size.get(size, []) if size in shared else []
        head = next((other for other in equals if texts.are_equal(entries[other].row, entry.row)), None)
        if head is None and place < COMPARED:
            likely = (other for other in heads if close[other, place])
            head = next((other for other in likely if texts.are_alike(entries[other].row, entry.row)), None)
        if head is None:
            heads.append(place)
            of_size.setdefault(size, []).append(place)
        else:
            folded.setdefault(head, []).append(entry.row)
    return [replace(entries[head], twins=tuple(folded[head])) if head in folded else entries[head] for head in heads]
