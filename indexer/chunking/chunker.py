"""Cuts a document into passages of whole units that fit the encoder, with their context, to the token."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from engine.awaited import check_awaited
from engine.context import context
from engine.errors import UsageError
from engine.protocols import Encoder, TokenCounter
from engine.text.tables import Span, trimmed
from engine.types import Chunk, Document, Heading, Locator
from indexer.chunking.cutting import Cutter
from indexer.chunking.embedding_text import assemble, context_parts, shorten
from indexer.chunking.kinds import DEFAULT, KINDS, Kind
from indexer.chunking.sections import (
    Path,
    Section,
    beginnings,
    common_path,
    headings_inside,
    merge_small,
    split_sections,
)
from indexer.chunking.tokenmap import TokenMap, counts

DEFAULT_TARGET = 200
DEFAULT_OVERLAP = 32

_SLACK = 2  # tokens by which a text may differ from the sum of its parts
_CONTEXT_SHARE = 4  # the context takes at most a quarter of what the encoder reads
_SMALL_SHARE = 3  # a section below a third of the target is merged with its neighbour
_MIN_TARGET = 32


class Chunker:
    """Packs the units of its kind into chunks of about `target` tokens, repeating up to `overlap` tokens of sentences.

    `max_tokens` is what the encoder reads of one text beside its special tokens (default: `target`). It bounds context
    and chunk together. What is whole, or a section's rest, may exceed `target` by half before it is cut once more, so
    that an abstract stays in one piece and no scrap is left over. See `merge_small` for sections.

    Raises:
        UsageError: target or overlap make no sense with the encoder's limit.
    """

    def __init__(
        self,
        tokens: TokenCounter,
        target: int,
        overlap: int,
        max_tokens: int | None = None,
        kind: Kind = KINDS[DEFAULT],
    ) -> None:
        self.tokens = tokens
        self.target = target
        self.overlap = overlap
        self.max_tokens = target if max_tokens is None else max_tokens
        self.kind = kind
        if not _MIN_TARGET <= target <= self.max_tokens:
            raise UsageError(f"A chunk's target must lie in [{_MIN_TARGET}, {self.max_tokens}] tokens, not {target}.")
        if not 0 <= overlap <= target // 2:
            raise UsageError(f"The overlap must lie in [0, {target // 2}] (half the target), not {overlap}.")

    @classmethod
    def for_encoder(cls, encoder: Encoder, kind: Kind = KINDS[DEFAULT]) -> Chunker:
        """A chunker that counts with the encoder's tokenizer and keeps to its limit."""
        target, overlap = (encoder.max_tokens, 0) if kind.longest else (DEFAULT_TARGET, DEFAULT_OVERLAP)
        target = min(target, encoder.max_tokens)
        return cls(encoder.tokens, target, min(overlap, target // 2), encoder.max_tokens, kind)

    @property
    def version(self) -> str:
        """The version that the index fingerprint records: all that decides where chunks begin and end, but for the
        tokenizer.
        """
        return f"{self.kind.recorded} target={self.target} overlap={self.overlap} max={self.max_tokens}"

    def chunk(self, document: Document, headings: Sequence[Heading], locators: Sequence[Locator] = ()) -> list[Chunk]:
        """The document's chunks in order: trimmed, and every character that is not white space in one at least, but
        for long tables of contents (see `Structure`) in a document that holds anything else.
        """
        text = document.text
        tokens = TokenMap(text, self.tokens)
        headings = sorted(headings, key=lambda heading: heading.start)
        sections = self._sections(document, headings, locators, tokens)
        spans = list(self._spans(text, tokens, sections, self.kind))
        if not spans:  # perhaps there is nothing but a table of contents
            spans = list(self._spans(text, tokens, sections, KINDS["sentences"]))
        chunks: list[Chunk] = []
        for ordinal, (section, (start, end), header) in enumerate(spans):
            inside = headings_inside(start, end, headings, document.title, section.path)
            name, piece = f"{document.id}#{ordinal}", text[start:end]
            chunks.append(Chunk(name, document.id, ordinal, start, end, piece, section.path, inside, header))
        return chunks

    def _spans(
        self, text: str, tokens: TokenMap, sections: Sequence[tuple[Section, int]], kind: Kind
    ) -> Iterator[tuple[Section, Span, str]]:
        """Spans of chunks with the header of the table that they begin inside of. Where a section fits into one chunk,
        nobody need know what it is made of.
        """
        units = kind.units(text, tokens)
        cutter = Cutter(text, tokens, self.tokens, self.target, self.overlap)
        spans = [trimmed(text, (section.start, section.end)) for section, _ in sections]
        for (section, limit), span, weight in zip(sections, spans, tokens.weights(spans), strict=True):
            check_awaited()
            if span[0] == span[1]:
                continue
            if kind.sections != "apart" and tokens.fits(span, weight, limit):
                yield section, span, ""
                continue
            for run in units.runs(section.start, section.end):
                for chunk, header in cutter.chunks(run, limit):
                    check_awaited()
                    yield section, chunk, header

    def embedding_text(self, title: str, chunk: Chunk) -> str:
        """Title, headings, a table's header and the chunk as the encoder reads them: never above `max_tokens`."""
        return self.embedding_texts(title, [chunk])[0]

    def embedding_texts(self, title: str, chunks: Sequence[Chunk]) -> list[str]:
        """`embedding_text` of each chunk of one document. Where it would be too long, the context is shortened.

        Raises:
            UsageError: a chunk alone is too long, since it was cut for an encoder that reads more.
        """
        texts = [assemble(context_parts(title, chunk), chunk.text) for chunk in chunks]
        for index, count in enumerate(counts(self.tokens, texts)):
            if count > self.max_tokens:
                texts[index] = self._shortened(title, chunks[index])
        return texts

    def _shortened(self, title: str, chunk: Chunk) -> str:
        def excess(parts: Sequence[str]) -> int:
            return counts(self.tokens, [assemble(parts, chunk.text)])[0] - self.max_tokens

        parts = shorten(context_parts(title, chunk), excess)
        if excess(parts) > 0:
            raise UsageError(
                f"Chunk {chunk.id} is longer than the encoder's {self.max_tokens} tokens.",
                "Ingest its documents again with this encoder.",
            )
        return assemble(parts, chunk.text)

    def _sections(
        self, document: Document, headings: Sequence[Heading], locators: Sequence[Locator], tokens: TokenMap
    ) -> list[tuple[Section, int]]:
        """The spans that no chunk crosses, each with the tokens that a chunk of it may have."""
        length, title = len(document.text), document.title
        limits = _Limits(self, title)
        apart = self.kind.sections == "apart"
        sections = split_sections(length, headings, title, beginnings(locators), apart=apart)
        whole = Section(0, length, 0, common_path([section.path for section in sections]))
        if self.kind.sections == "none":
            sections = [whole]
        elif self.kind.sections == "merged":
            if tokens.weights([(0, length)])[0] <= limits.of([whole])[0]:
                sections = [whole]
            else:
                weights = tokens.weights([(section.start, section.end) for section in sections])
                most = [min(limit, self.target) for limit in limits.of(sections)]
                sections = merge_small(sections, weights, self.target // _SMALL_SHARE, most)
        return list(zip(sections, limits.of(sections), strict=True))


class _Limits:
    """Limits of a chunk of a section: what its context leaves of `max_tokens`, in reason."""

    def __init__(self, chunker: Chunker, title: str) -> None:
        self._chunker = chunker
        self._title = title
        self._known: dict[Path, int] = {}

    def of(self, sections: Iterable[Section]) -> list[int]:
        chunker = self._chunker
        paths = [section.path for section in sections]
        new = list(dict.fromkeys(path for path in paths if path not in self._known))
        most = chunker.max_tokens // _CONTEXT_SHARE
        for path, count in zip(new, counts(chunker.tokens, [context(self._title, path) for path in new]), strict=True):
            self._known[path] = min(chunker.max_tokens - min(count, most) - _SLACK, chunker.target * 3 // 2)
        return [self._known[path] for path in paths]
