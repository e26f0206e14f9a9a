"""Which bundled encoder a new collection gets: chosen by the languages of a sample of its documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

from engine.errors import ParseFailed
from engine.models.checkpoints.presets import BUNDLED, MULTILINGUAL
from engine.text.language import LANGUAGES, UNDETERMINED, detect
from engine.text.scripts import LATIN, can_write, script_of
from indexer.parsers import Parsed
from indexer.sources.source import Source, discover
from indexer.sources.walk import Failed, Ignore, Skipped, walk

SAMPLE = 64  # documents
_LOOK = 8  # of a file of records, so many times the records that are wanted are looked at
ENGLISH = "en"

_Item = TypeVar("_Item")


class Languages:
    """How many documents are in each language. One whose language is not recognised counts by its script, and is left
    out where that is Latin, in which most languages are written.
    """

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._scripts: Counter[str] = Counter()

    def add(self, language: str, text: str) -> None:
        """Count a document. `language`: ISO 639-1, or "und"."""
        if language != UNDETERMINED:
            self._counts[language] += 1
        elif (script := script_of(text)) and script != LATIN:
            self._scripts[script] += 1

    def encoder(self, english: str = BUNDLED) -> str:
        """The bundled encoder for them: the multilingual one where most are not in English, else the `english` one."""
        return MULTILINGUAL if self._mostly_outside({ENGLISH}) else english

    def remarks_on_choice(self) -> list[str]:
        """Remarks where another encoder than the usual one was chosen."""
        if not self._mostly_outside({ENGLISH}):
            return []
        return [
            f"{self._outside({ENGLISH})} of {self._total()} sampled documents are not in English "
            f"({self._listed()}), so this collection has the multilingual encoder. Another one is chosen by --preset "
            "or --models, in a new collection."
        ]

    def remarks_on_encoder(self, known: Collection[str] | None) -> list[str]:
        """Remarks where most are in languages that the encoder does not know; None: it knows all."""
        if known is None or not self._mostly_outside(known):
            return []
        remedy = "A new collection with --preset multilingual finds them by meaning too."
        if self._mostly_outside(LANGUAGES):
            remedy = "No bundled encoder knows these: name one that does with --models, in a new collection."
        return [
            f"{self._outside(known)} of {self._total()} documents are in languages that this collection's "
            f"encoder does not know ({self._listed()}): they are found by their words only. {remedy}"
        ]

    def _mostly_outside(self, known: Collection[str]) -> bool:
        return 2 * self._outside(known) > self._total()

    def _outside(self, known: Collection[str]) -> int:
        scripts = (
            count for script, count in self._scripts.items() if not any(can_write(code, script) for code in known)
        )
        return sum(count for language, count in self._counts.items() if language not in known) + sum(scripts)

    def _total(self) -> int:
        return self._counts.total() + self._scripts.total()

    def _listed(self) -> str:
        """Such as "de 3, some language in Cyrillic 1"."""
        scripts = [f"some language in {script.capitalize()} {count}" for script, count in self._scripts.most_common()]
        return ", ".join([*(f"{language} {count}" for language, count in self._counts.most_common()), *scripts])


class Sample:
    """A few sources of many and their languages. Each is parsed here, and not once more if it is taken by `reuse`."""

    def __init__(self, sources: Iterable[Source | Skipped | Failed]) -> None:
        self.languages = Languages()
        self._parsed: dict[tuple[str, str], Parsed] = {}
        for source in sources:
            if isinstance(source, Source):
                self._add(source)

    def _add(self, source: Source) -> None:
        try:
            parsed = source.parse()
        except ParseFailed:
            return  # the ingest will report it
        self._parsed[source.id, source.content_hash] = parsed
        self.languages.add(parsed.language or detect(parsed.text), parsed.text)

    def reuse(self, source: Source | Skipped | Failed) -> Source | Skipped | Failed:
        """The source, with its document if it was sampled."""
        if not isinstance(source, Source):
            return source
        parsed = self._parsed.pop((source.id, source.content_hash), None)
        return source if parsed is None else replace(source, parse=lambda: parsed)


def spread_sources(
    paths: Sequence[Path], ignore: Ignore | None = None, *, ocr: bool = False
) -> Iterator[Source | Skipped | Failed]:
    """About SAMPLE sources at and under `paths`, from files that are evenly spread. SourceNotFound."""
    files = spread([entry for entry in walk(paths, ignore) if isinstance(entry, Path)], SAMPLE)
    share = max(1, SAMPLE // max(1, len(files)))
    return (source for file in files for source in _of_file(file, share, ocr))


def _of_file(file: Path, wanted: int, ocr: bool) -> Iterator[Source | Skipped | Failed]:
    """Read twice, since a source may hold its whole document, and those of an archive would fill the memory."""
    count = sum(1 for _ in islice(discover([file], ocr=ocr), wanted * _LOOK))
    chosen = set(spread(range(count), wanted))
    return (source for number, source in enumerate(islice(discover([file], ocr=ocr), count)) if number in chosen)


def spread(items: Sequence[_Item], wanted: int) -> list[_Item]:
    """Items, at most `wanted`, in order and evenly spread."""
    if len(items) <= wanted:
        return list(items)
    return [items[number * len(items) // wanted] for number in range(wanted)]
