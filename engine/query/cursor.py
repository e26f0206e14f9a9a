"""A cursor: the rest of a frozen ranking as an opaque, self-contained text, safe in a URL.

    base64url( zlib( header length: u32 | header: JSON | rows: u32 | scores: f32 | relevances: f32 ) )

Rows are counted over all segments of the generation. Only the first `scored` hits have a score of their own; the tail
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
from dataclasses import dataclass, fields
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
    rest: tuple[Entry, ...]

    def to_text(self, segment_rows: Sequence[int]) -> str:
        """`segment_rows` are the rows of each of the generation's segments."""
        starts = _starts(segment_rows)
        scored = len(self.rest)
        while scored > 1 and self.rest[scored - 1] == Entry(self.rest[scored - 1].row, self.rest[scored - 2].score):
            scored -= 1
        head = self.rest[:scored]
        header = {name: getattr(self, name) for name in _HEADER} | {"hits": len(self.rest), "scored": scored}
        packed = json.dumps(header, ensure_ascii=False).encode("utf-8", "surrogatepass")
        parts = [
            _LENGTH.pack(len(packed)),
            packed,
            np.array([starts[entry.row.segment] + entry.row.row for entry in self.rest], "<u4").tobytes(),
            np.array([entry.score for entry in head], "<f4").tobytes(),
            np.array([np.nan if entry.relevance is None else entry.relevance for entry in head], "<f4").tobytes(),
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

    @property
    def generation(self) -> int:
        return int(self.header["generation"])

    def unpack(self, generation: Generation, recipe: Recipe) -> Cursor:
        """InvalidCursor if it belongs to another collection or recipe, or names rows that do not live."""
        if self.header["collection"] != generation.manifest.uuid:
            _refuse("it belongs to another collection")
        if self.header["recipe"] != recipe.digest:
            _refuse("it was made by another recipe")
        sizes = [segment.rows for segment in generation.segments]
        if any(row >= sum(sizes) for row in self.rows):
            _refuse("it names a passage that does not exist")
        starts = np.array(_starts(sizes))
        segments = (np.searchsorted(starts, self.rows, side="right") - 1).tolist()
        ids = [RowId(segment, row - int(starts[segment])) for segment, row in zip(segments, self.rows, strict=True)]
        for row in ids:
            alive = generation.living[row.segment]
            if alive is not None and not alive[row.row]:
                _refuse("it names a passage that was deleted")
        return Cursor(**self.header, rest=tuple(self._entries(ids)))

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
    hits, scored = header.pop("hits"), header.pop("scored")
    _check(header, hits, scored)
    if len(data) != end + 4 * hits + 8 * scored:
        _refuse("its length is wrong")
    rows = np.frombuffer(data, "<u4", hits, end)
    scores, relevances = np.frombuffer(data, "<f4", 2 * scored, end + 4 * hits).astype(float).reshape(2, scored)
    if not np.isfinite(scores).all() or ((relevances < 0) | (relevances > 1)).any() or len(set(rows.tolist())) < hits:
        _refuse("its hits make no sense")
    return Packed(header, tuple(rows.tolist()), tuple(scores.tolist()), tuple(relevances.tolist()))


def _check(header: dict[str, Any], hits: object, scored: object) -> None:
    if set(header) != set(_HEADER) or any(type(header[name]) is not _KINDS[name] for name in _HEADER):
        _refuse("its fields are not a cursor's")
    if type(hits) is not int or type(scored) is not int or not 1 <= scored <= hits <= DEPTH:
        _refuse("its number of hits is out of bounds")
    sizes = ("position", "candidates", "inner_hits", "context", "generation")
    counts = (header["k"] - 1, *(header[name] for name in sizes))
    if min(counts) < 0 or max(counts) > 2**53 or header["mode"] not in MODES or not header["query"].strip():
        _refuse("its settings are out of bounds")


def _starts(segment_rows: Sequence[int]) -> list[int]:
    """Number of the first row of each segment, counted over all."""
    return [0, *accumulate(segment_rows)][: len(segment_rows)]


def _refuse(reason: str) -> NoReturn:
    raise InvalidCursor(f"This is not a cursor: {reason}.", _REMEDY)


_REMEDY = "Give the cursor of an answer of this collection as it is, or search again."
