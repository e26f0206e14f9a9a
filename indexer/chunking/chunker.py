"""Cuts a document into passages of whole sentences that fit the encoder, with their context, to the token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.context import context
from engine.errors import UsageError
from engine.protocols import Encoder, TokenCounter
from engine.text.sentences import sentence_spans
from engine.types import Chunk, Document, Heading
from indexer.chunking.embedding_text import assemble, context_parts, shorten
from indexer.chunking.packing import pack
from indexer.chunking.sections import Section, common_path, headings_inside, merge_small, split_sections
from indexer.chunking.tokenmap import Span, TokenMap

CHUNKER_VERSION = "sentences/1"

DEFAULT_TARGET = 200
DEFAULT_OVERLAP = 32

_SLACK = 2  # tokens by which a text may differ from the sum of its parts
_CONTEXT_SHARE = 4  # the context takes at most a quarter of what the encoder reads
_SMALL_SHARE = 3  # a section below a third of the target is merged with its neighbour
_MIN_TARGET = 32
_COUNT_AT_ONCE = 512
_MARGIN = 8  # a span of whole words so far below its limit is not counted a second time


class Chunker:
    """Packs whole sentences into chunks of at most `target` tokens, repeating up to `overlap` tokens of sentences.

    `max_tokens` is what the encoder reads of one text beside its special tokens (default: `target`). It bounds context
    and chunk together. What is whole, or a section's rest, may exceed `target` by half before it is cut once more, so
    that an abstract stays in one piece and no scrap is left over. See `merge_small` for sections.

    Raises:
        UsageError: target or overlap make no sense with the encoder's limit.
    """

    def __init__(self, tokens: TokenCounter, target: int, overlap: int, max_tokens: int | None = None) -> None:
        self.tokens = tokens
        self.target = target
        self.overlap = overlap
        self.max_tokens = target if max_tokens is None else max_tokens
        if not _MIN_TARGET <= target <= self.max_tokens:
            raise UsageError(f"A chunk's target must lie in [{_MIN_TARGET}, {self.max_tokens}] tokens, not {target}.")
        if not 0 <= overlap <= target // 2:
            raise UsageError(f"The overlap must lie in [0, {target // 2}] (half the target), not {overlap}.")

    @classmethod
    def for_encoder(cls, encoder: Encoder, target: int = DEFAULT_TARGET, overlap: int = DEFAULT_OVERLAP) -> Chunker:
        """A chunker that counts with the encoder's tokenizer and keeps to its limit."""
        target = min(target, encoder.max_tokens)
        return cls(encoder.tokens, target, min(overlap, target // 2), encoder.max_tokens)

    @property
    def version(self) -> str:
        """What the index fingerprint records: all that decides where chunks begin and end, but for the tokenizer."""
        return f"{CHUNKER_VERSION} target={self.target} overlap={self.overlap} max={self.max_tokens}"

    def chunk(self, document: Document, headings: Sequence[Heading]) -> list[Chunk]:
        """The document's chunks in order: trimmed, and every character that is not white space in one at least."""
        text = document.text
        tokens = TokenMap(text, self.tokens)
        chunks: list[Chunk] = []
        for section, limit in self._sections(document, headings, tokens):
            within = (section.start, section.end)
            for start, end in self._spans(text, tokens, within, limit, limit, self.overlap):
                ordinal = len(chunks)
                identifier = f"{document.id}#{ordinal}"
                inside = headings_inside(start, end, headings, document.title, section.path)
                piece = text[start:end]
                chunks.append(Chunk(identifier, document.id, ordinal, start, end, piece, section.path, inside))
        return chunks

    def embedding_text(self, title: str, chunk: Chunk) -> str:
        """Title, headings and chunk as the encoder reads them: never above `max_tokens`."""
        return self.embedding_texts(title, [chunk])[0]

    def embedding_texts(self, title: str, chunks: Sequence[Chunk]) -> list[str]:
        """`embedding_text` of each chunk of one document. Where it would be too long, the context is shortened.

        Raises:
            UsageError: a chunk alone is too long, since it was cut for an encoder that reads more.
        """
        texts = [assemble(context_parts(title, chunk.headings, chunk.text), chunk.text) for chunk in chunks]
        for index, count in enumerate(self._counts(texts)):
            if count > self.max_tokens:
                texts[index] = self._shortened(title, chunks[index])
        return texts

    def _shortened(self, title: str, chunk: Chunk) -> str:
        def excess(parts: Sequence[str]) -> int:
            return self._counts([assemble(parts, chunk.text)])[0] - self.max_tokens

        parts = shorten(context_parts(title, chunk.headings, chunk.text), excess)
        if excess(parts) > 0:
            raise UsageError(
                f"Chunk {chunk.id} is longer than the encoder's {self.max_tokens} tokens.",
                "Ingest the collection anew with this encoder.",
            )
        return assemble(parts, chunk.text)

    def _sections(self, document: Document, headings: Sequence[Heading], tokens: TokenMap) -> list[tuple[Section, int]]:
        """The spans that no chunk crosses, each with the tokens that a chunk of it may have."""
        length = len(document.text)
        sections = split_sections(length, headings, document.title)
        whole = Section(0, length, 0, common_path([section.path for section in sections]))
        if tokens.weights([(0, length)])[0] <= (limit := self._limits(document.title, [whole])[0]):
            return [(whole, limit)]
        weights = tokens.weights([(section.start, section.end) for section in sections])
        limits = [min(limit, self.target) for limit in self._limits(document.title, sections)]
        merged = merge_small(sections, weights, self.target // _SMALL_SHARE, limits)
        return list(zip(merged, self._limits(document.title, merged), strict=True))

    def _limits(self, title: str, sections: Sequence[Section]) -> list[int]:
        """What a chunk of each section may weigh: what its context leaves of `max_tokens`, in reason."""
        most = self.max_tokens // _CONTEXT_SHARE
        counts = self._counts([context(title, section.path) for section in sections])
        return [min(self.max_tokens - min(count, most) - _SLACK, self.target * 3 // 2) for count in counts]

    def _spans(
        self, text: str, tokens: TokenMap, within: Span, limit: int, budget: int, overlap: int
    ) -> Iterator[Span]:
        """Chunk spans of about `budget` tokens, none above `limit` as the encoder will count it."""
        target = min(self.target, budget)
        sentences = list(sentence_spans(text, *within))
        units = [
            unit
            for sentence, weight in zip(sentences, tokens.weights(sentences), strict=True)
            for unit in ([sentence] if weight <= target else tokens.cut(sentence, target))
        ]
        # With the white space up to the next unit, so that a chunk does not span a megabyte of it.
        ends = [*(start for start, _ in units[1:]), *(end for _, end in units[-1:])]
        weights = tokens.weights([(start, end) for (start, _), end in zip(units, ends, strict=True)])
        ranges = pack(weights, target, budget, overlap)
        spans = [(units[first][0], units[last - 1][1]) for first, last in ranges]
        too_long = self._too_long(text, tokens, spans, limit)
        for span in spans:
            if span in too_long and budget > 1:
                yield from self._spans(text, tokens, span, limit, max(1, budget // 2), 0)
            else:
                yield span

    def _too_long(self, text: str, tokens: TokenMap, spans: Sequence[Span], limit: int) -> set[Span]:
        """Spans that have more tokens by themselves than as parts of the text: words cut in two, or an unknown word
        that becomes several known ones. Only where that can be, a span is counted once more."""
        doubtful = [
            span
            for span, weight in zip(spans, tokens.weights(spans), strict=True)
            if weight > limit - _MARGIN or not _between_words(text, span)
        ]
        counts = self._counts([text[start:end] for start, end in doubtful])
        return {span for span, count in zip(doubtful, counts, strict=True) if count > limit}

    def _counts(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, counted a few hundred at a time to bound the memory."""
        return [
            count
            for start in range(0, len(texts), _COUNT_AT_ONCE)
            for count in self.tokens.count(texts[start : start + _COUNT_AT_ONCE])
        ]


def _between_words(text: str, span: Span) -> bool:
    """Whether white space or the text's own ends stand on both sides of a span."""
    start, end = span
    return (start == 0 or text[start - 1].isspace()) and (end == len(text) or text[end].isspace())
