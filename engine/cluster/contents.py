"""The documents of a generation whose segments lie on other machines: shards read them, by few calls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from engine.cluster.session import Question, Session
from engine.store.contents.contents import Contents, DocumentRow, Stored
from engine.store.contents.values import Values
from engine.store.manifest import Manifest
from engine.types import Document


class ClusterContents(Contents):
    """The living documents of all shards, in the order of the whole generation."""

    def __init__(self, manifest: Manifest, session: Session) -> None:
        super().__init__((), (), manifest.metadata_schema)
        self._living = [entry.living.documents for entry in manifest.segments]
        self._session = session

    def following(self, segment: int, row: int, most: int) -> list[DocumentRow]:
        found: list[DocumentRow] = []
        for position in range(segment, len(self._living)):
            if len(found) < most and self._living[position]:
                start = row if position == segment else 0
                found += ((position, own) for own in self.rows(position, start, most - len(found)))
        return found

    def rows(self, segment: int, start: int, most: int) -> list[int]:
        rows: list[int] = self._of(segment, "living_rows", start, most)
        return rows

    def documents(self, places: Sequence[DocumentRow]) -> list[Document]:
        asked: dict[int, list[DocumentRow]] = defaultdict(list)
        wanted: dict[int, list[DocumentRow]] = defaultdict(list)
        for segment, row in places:
            shard, place = self._session.places.shard(segment)
            asked[shard].append((place, row))
            wanted[shard].append((segment, row))
        answers = self._session.ask({shard: ("documents_in", (rows,)) for shard, rows in asked.items()})
        found = {place: one for shard, some in answers.items() for place, one in zip(wanted[shard], some, strict=True)}
        return [found[place] for place in places]

    def stored(self, segment: int, row: int) -> Stored:
        stored: Stored = self._of(segment, "stored", row)
        return stored

    def titles(self, most: int) -> list[str]:
        wanted: dict[int, tuple[Any, ...]] = {}
        for position, living in enumerate(self._living):
            if most > 0 and living:
                wanted[position] = (most,)
            most -= living
        return self._together("titles_in", wanted)

    def headings(self, longest: int) -> list[tuple[str, bool]]:
        wanted = {position: (longest,) for position, living in enumerate(self._living) if living}
        return list(dict.fromkeys(self._together("headings_in", wanted)))

    def values(self) -> dict[str, Values]:
        found = {name: Values() for name in self._schema}
        for answer in self._session.each("values").values():
            for name, values in answer.items():
                found[name].add(values)
        return found

    def _of(self, segment: int, operation: str, *arguments: Any) -> Any:
        shard, place = self._session.places.shard(segment)
        return self._session.of(shard, operation, place, *arguments)

    def _together(self, operation: str, wanted: Mapping[int, tuple[Any, ...]]) -> list[Any]:
        """The answers of several segments, in their order; by one call to each shard."""
        asked: dict[int, list[Question]] = defaultdict(list)
        positions: dict[int, list[int]] = defaultdict(list)
        for position, arguments in wanted.items():
            shard, place = self._session.places.shard(position)
            asked[shard].append((operation, (place, *arguments)))
            positions[shard].append(position)
        parts: dict[int, list[Any]] = {}
        for shard, answers in self._session.several(asked).items():
            parts |= zip(positions[shard], answers, strict=True)
        return [one for position in wanted for one in parts[position]]
