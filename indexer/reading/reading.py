"""Reading a document: all that an ingest makes of it by itself, whatever else is in the collection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.awaited import check_awaited
from engine.metadata.values import composed
from engine.models.checkpoints.tokenization import Tokenization
from engine.models.encoders.static import StaticEncoder
from engine.protocols import Encoder
from engine.store.segments.batch import chunk_id
from engine.text.language import UNDETERMINED, detect
from engine.text.places import thinned
from engine.types import Chunk, Document, Float32, Locator, Metadata
from indexer.chunking.chunker import Chunker
from indexer.chunking.tokenmap import AT_ONCE
from indexer.labels import shorten_labels
from indexer.parsers.base import Parsed


@dataclass(frozen=True, slots=True)
class Reading:
    """A document as it was read, before its metadata are made to fit the collection. `language` may be "und".

    `remarks` say what of it is not kept as it was; they become warnings.
    `vectors`, shape (chunks, d), are None where the document was not embedded.
    """

    title: str
    text: str
    language: str
    metadata: Metadata
    chunks: tuple[Chunk, ...]
    locators: tuple[Locator, ...]
    remarks: tuple[str, ...]
    vectors: Float32 | None = field(compare=False)


class Reader:
    """Reads documents for a collection's encoder, and embeds them where that takes no longer than reading them: with a
    static one.
    """

    def __init__(self, chunker: Chunker, encoder: Encoder) -> None:
        self._chunker = chunker
        self._encoder = encoder if isinstance(encoder, StaticEncoder) else None

    def __getstate__(self) -> tuple[Chunker, Callable[[], StaticEncoder] | None]:
        return self._chunker, None if self._encoder is None else self._encoder.moved()

    def __setstate__(self, state: tuple[Chunker, Callable[[], StaticEncoder] | None]) -> None:
        self._chunker, encoder = state
        self._encoder = None if encoder is None else encoder()

    @property
    def movable(self) -> bool:
        """Whether another process can do the same."""
        return isinstance(self._chunker.tokens, Tokenization)

    def read(self, document_id: str, parse: Callable[[], Parsed]) -> Reading:
        """The document that `parse` gives, cut into passages. ParseFailed as `parse` raises it."""
        parsed, shortened = shorten_labels(parse())
        remarks = (shortened, *parsed.remarks) if shortened else parsed.remarks
        title = composed(parsed.title)
        text = parsed.text if parsed.text.strip() or parsed.named else title  # its one passage
        language = parsed.language or detect(text)
        if language == UNDETERMINED:
            language = detect(f"{title}\n{text}")
        document = Document(document_id, "", title, text, language)
        chunks = tuple(self._chunker.chunk(document, parsed.headings, parsed.locators))
        locators = thinned(text, parsed.locators) if text == parsed.text else ()
        vectors = self._vectors(title, chunks)
        return Reading(title, text, language, parsed.metadata, chunks, locators, remarks, vectors)

    def _vectors(self, title: str, chunks: Sequence[Chunk]) -> Float32 | None:
        if self._encoder is None:
            return None
        parts = [np.empty((0, self._encoder.dimension), np.float32)]
        for start in range(0, len(chunks), AT_ONCE):  # what was counted last is not tokenised again
            check_awaited()
            parts.append(self._encoder.encode(self._chunker.embedding_texts(title, chunks[start : start + AT_ONCE])))
        return np.concatenate(parts)


def packed(reading: Reading) -> tuple[Any, ...]:
    """The parts of a reading, for another process: its passages without their texts, which are in the document's."""
    chunks = [(chunk.start, chunk.end, chunk.headings, chunk.inside, chunk.header) for chunk in reading.chunks]
    return (
        reading.title,
        reading.text,
        reading.language,
        reading.metadata,
        chunks,
        reading.locators,
        reading.remarks,
        reading.vectors,
    )


def unpacked(document_id: str, parts: tuple[Any, ...]) -> Reading:
    """The reading of that document, of which `packed` made the parts."""
    title, text, language, metadata, spans, locators, remarks, vectors = parts
    chunks = tuple(
        Chunk(chunk_id(document_id, ordinal), document_id, ordinal, start, end, text[start:end], *labels)
        for ordinal, (start, end, *labels) in enumerate(spans)
    )
    return Reading(title, text, language, metadata, chunks, locators, remarks, vectors)
