"""A cursor: the rest of a frozen ranking as an opaque, self-contained text, safe in a URL.

    base64url( zlib( header length: u32 | header: JSON | rows: u32 | scores: f32 | relevances: f32
                     | folded: u32 | of: u32 ) )

Rows are counted over all segments of the generation. `folded` are the rows of near-duplicates, and `of` the places of
the hits that each of them is listed under. Only the first `scored` hits have a score of their own; the tail
has the last of them. Whoever holds a cursor may change it: everything is checked on reading. It can name no row that a
search of the same collection could not.
"""

from __future__ import annotations

import base64
import binascii
import json
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from itertools import accumulate
from typing import Any, NoReturn

import numpy as np

from engine.errors import InvalidCursor
from engine.query.frozen import DEPTH, Entry
from engine.query.request import MODES, Mode
from engine.recipe import Recipe
from engine.store.generation import Generation
from engine.types import RowId

_LONGEST = 1 << 20  # bytes of a cursor, packed or not
_LENGTH = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a search was left: `position` hits were given, `rest` are to come, under the request's other settings."""

    collection: str  # UUID
    generation: int
    recipe: str  # digest
    query: str
    k: int
    position: int
    candidates: int
    collapse: bool
    inner_hits: int
    context: int
    highlight: bool
    mode: Mode
    pinned: int  # how many of the first hits of the rest are there by a rule
    rest: tuple[Entry, ...]

    def to_text(self, segment_rows: Sequence[int]) -> str:
        """`segment_rows` are the rows of each of the generation's segments."""
        starts = _starts(segment_rows)
        scored = len(self.rest)
        while scored > 1 and _is_of_the_tail(self.rest[scored - 1], self.rest[scored - 2].score):
            scored -= 1
        head = self.rest[:scored]
        twins = [(twin, place) for place, entry in enumerate(self.rest) for twin in entry.twins]
        counts = {"hits": len(self.rest), "scored": scored, "folded": len(twins)}
        header = {name: getattr(self, name) for name in _HEADER} | counts
        packed = json.dumps(header, ensure_ascii=False).encode("utf-8", "surrogatepass")
        parts = [
            _LENGTH.pack(len(packed)),
            packed,
            _numbered([entry.row for entry in self.rest], starts),
            np.array([entry.score for entry in head], "<f4").tobytes(),
            np.array([np.nan if entry.relevance is None else entry.relevance for entry in head], "<f4").tobytes(),
            _numbered([twin for twin, _ in twins], starts),
            np.array([place for _, place in twins], "<u4").tobytes(),
        ]
        return base64.urlsafe_b64encode(zlib.compress(b"".join(parts))).decode().rstrip("=")


_HEADER = tuple(field.name for field in fields(Cursor) if field.name != "rest")
_TYPES = {"str": str, "int": int, "bool": bool, "Mode": str}
_KINDS = {field.name: _TYPES.get(str(field.type)) for field in fields(Cursor)}


@dataclass(frozen=True, slots=True)
class Packed:
    """A cursor whose rows are not looked up yet: `generation` tells where."""

    header: dict[str, Any]
    rows: tuple[int, ...]
    scores: tuple[float, ...]
    relevances: tuple[float, ...]
    folded: tuple[int, ...]
    of: tuple[int, ...]

    @property
    def generation(self) -> int:
        return int(self.header["generation"])

    def unpack(self, generation: Generation, recipe: Recipe) -> Cursor:
        """InvalidCursor if it belongs to another collection or recipe, or names rows that do not live."""
        if self.header["collection"] != generation.manifest.uuid:
            _refuse("it belongs to another collection")
        if self.header["recipe"] != recipe.digest:
            _refuse("it was made by another recipe")
        sizes = [entry.chunks for entry in generation.manifest.segments]
        if any(row >= sum(sizes) for row in (*self.rows, *self.folded)):
            _refuse("it names a passage that does not exist")
        ids, twins = (_located(rows, _starts(sizes)) for rows in (self.rows, self.folded))
        if not generation.are_alive((*ids, *twins)):
            _refuse("it names a passage that was deleted")
        groups: dict[int, list[RowId]] = {}
        for place, twin in zip(self.of, twins, strict=True):
            groups.setdefault(place, []).append(twin)
        entries = enumerate(self._entries(ids))
        rest = (replace(entry, twins=tuple(groups.get(place, ()))) for place, entry in entries)
        return Cursor(**self.header, rest=tuple(rest))

    def _entries(self, ids: Sequence[RowId]) -> list[Entry]:
        known = [
            Entry(row, score, None if np.isnan(relevance) else relevance)
            for row, score, relevance in zip(ids, self.scores, self.relevances, strict=False)
        ]
        return known + [Entry(row, self.scores[-1]) for row in ids[len(known) :]]


def read_cursor(text: str) -> Packed:
    """InvalidCursor for whatever is not a cursor's text."""
    try:
        return _read(text)
    except (ValueError, KeyError, TypeError, RecursionError, struct.error, zlib.error, binascii.Error) as error:
        raise InvalidCursor(f"This is not a cursor: {error}.", _REMEDY) from error


def _read(text: str) -> Packed:
    if len(text) > _LONGEST:
        _refuse("it is too long")
    inflate = zlib.decompressobj()
    data = inflate.decompress(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True), _LONGEST)
    if not inflate.eof:
        _refuse("it is cut off or too long")
    end = _LENGTH.size + _LENGTH.unpack_from(data)[0]
    header = json.loads(data[_LENGTH.size : end].decode("utf-8", "surrogatepass"))
    hits, scored, twins = (header.pop(name) for name in ("hits", "scored", "folded"))
    _check(header, hits, scored, twins)
    behind = end + 4 * hits + 8 * scored
    if len(data) != behind + 8 * twins:
        _refuse("its length is wrong")
    rows = np.frombuffer(data, "<u4", hits, end)
    scores, relevances = np.frombuffer(data, "<f4", 2 * scored, end + 4 * hits).astype(float).reshape(2, scored)
    folded, of = np.frombuffer(data, "<u4", 2 * twins, behind).reshape(2, twins).tolist()
    if any(place >= hits for place in of):
        _refuse("a near-duplicate belongs to no hit")
    if (
        not np.isfinite(scores).all()
        or ((relevances < 0) | (relevances > 1)).any()
        or len({*rows.tolist(), *folded}) < hits + twins
    ):
        _refuse("its hits make no sense")
    return Packed(
        header, tuple(rows.tolist()), tuple(scores.tolist()), tuple(relevances.tolist()), tuple(folded), tuple(of)
    )


def _check(header: dict[str, Any], hits: object, scored: object, folded: object) -> None:
    if set(header) != set(_HEADER) or any(type(header[name]) is not _KINDS[name] for name in _HEADER):
        _refuse("its fields are not a cursor's")
    if not (type(hits) is type(scored) is type(folded) is int):
        _refuse("its number of hits is not a number")
    if not (1 <= scored <= hits <= DEPTH and folded >= 0):
        _refuse("its number of hits is out of bounds")
    sizes = ("pinned", "position", "candidates", "inner_hits", "context", "generation")
    counts = (header["k"] - 1, *(header[name] for name in sizes))
    if min(counts) < 0 or max(counts) > 2**53 or header["mode"] not in MODES or not header["query"].strip():
        _refuse("its settings are out of bounds")


def _is_of_the_tail(entry: Entry, last: float) -> bool:
    """Whether a hit has no score of its own, but that of the one before."""
    return entry.score == last and entry.relevance is None


def _numbered(rows: Sequence[RowId], starts: Sequence[int]) -> bytes:
    return np.array([starts[row.segment] + row.row for row in rows], "<u4").tobytes()


def _located(rows: Sequence[int], starts: Sequence[int]) -> list[RowId]:
    segments = (np.searchsorted(np.array(starts), np.array(rows, np.int64), side="right") - 1).tolist()
    return [RowId(segment, row - starts[segment]) for segment, row in zip(segments, rows, strict=True)]


def _starts(segment_rows: Sequence[int]) -> list[int]:
    """Number of the first row of each segment, counted over all."""
    return [0, *accumulate(segment_rows)][: len(segment_rows)]


def _refuse(reason: str) -> NoReturn:
    raise InvalidCursor(f"This is not a cursor: {reason}.", _REMEDY)


_REMEDY = "Give the cursor of an answer of this collection as it is, or search again."
