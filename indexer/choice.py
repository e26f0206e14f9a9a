"""Which bundled encoder a new collection gets: told from the languages of a sample of its documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

from engine.errors import ParseFailed
from engine.language import UNDETERMINED, detect
from engine.models.presets import BUNDLED, MULTILINGUAL
from indexer.parsers import Parsed
from indexer.sources import Source, discover
from indexer.walk import Failed, Skipped, walk

SAMPLE = 64  # documents
_LOOK = 8  # of a file of records, so many times the records that are wanted are looked at
ENGLISH = "en"

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Choice:
    """The encoder that suits the sampled documents, and how many of them are in each language, the most frequent first.

    Documents whose language cannot be told are left out.
    """

    encoder: str
    languages: Mapping[str, int]

    @property
    def remark(self) -> str | None:
        """What to tell of it; None where nothing else than usual was chosen."""
        if self.encoder == BUNDLED:
            return None
        told = sum(self.languages.values())
        found = ", ".join(f"{language} {count}" for language, count in self.languages.items())
        return (
            f"{told - self.languages.get(ENGLISH, 0)} of {told} sampled documents are not in English ({found}), so the "
            f"multilingual encoder was chosen. To use another, ingest into a new collection with --models or --preset."
        )


def choose_encoder(parsed: Iterable[Parsed]) -> Choice:
    """The multilingual encoder where most of the documents are not in English, the English one otherwise."""
    languages = Counter(document.language or detect(document.text) for document in parsed)
    languages.pop(UNDETERMINED, None)
    foreign = languages.total() - languages[ENGLISH]
    encoder = MULTILINGUAL if foreign > languages[ENGLISH] else BUNDLED
    return Choice(encoder, dict(languages.most_common()))


class Sample:
    """A few sources of many, each parsed once: `choice` looks at them, and the ingest reads them from `reuse`."""

    def __init__(self, sources: Iterable[Source | Skipped | Failed]) -> None:
        self._parsed: dict[tuple[str, str], Parsed] = {}
        for source in sources:
            if isinstance(source, Source):
                try:
                    self._parsed[source.id, source.content_hash] = source.parse()
                except ParseFailed:
                    continue  # the ingest will report it

    def choice(self) -> Choice:
        return choose_encoder(self._parsed.values())

    def reuse(self, source: Source | Skipped | Failed) -> Source | Skipped | Failed:
        """The source, with its document if it was sampled."""
        if not isinstance(source, Source):
            return source
        parsed = self._parsed.pop((source.id, source.content_hash), None)
        return source if parsed is None else replace(source, parse=lambda: parsed)


def spread_sources(paths: Sequence[Path]) -> list[Source | Skipped | Failed]:
    """About SAMPLE sources at and under `paths`, from files that are evenly spread. SourceNotFound."""
    files = spread([entry for entry in walk(paths) if isinstance(entry, Path)], SAMPLE)
    share = max(1, SAMPLE // max(1, len(files)))
    return [source for file in files for source in _of_file(file, share)]


def _of_file(file: Path, wanted: int) -> list[Source | Skipped | Failed]:
    return spread(list(islice(discover([file]), wanted * _LOOK)), wanted)


def spread(items: Sequence[_Item], wanted: int) -> list[_Item]:
    """At most `wanted` of the items, in order and evenly spread."""
    if len(items) <= wanted:
        return list(items)
    return [items[number * len(items) // wanted] for number in range(wanted)]
