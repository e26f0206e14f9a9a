"""A folder of documents (or a tar archive of one): headings as queries for the sections under them.

Any format that Winnow ingests will do. Where a heading says little by itself, the document's title is put before it.
"""

from __future__ import annotations

import re
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.errors import ParseFailed
from indexer.parsers import Parsed
from indexer.sources.source import Source, discover
from indexer.training.corpus import Corpus, Query
from indexer.training.recipe import Data
from indexer.training.sources.passages import word_spans

LEAST_WORDS = 25  # a shorter section answers nothing
_GENERIC = re.compile(r"(step \d+|next steps?|examples?|notes?|overview|introduction|see also|related|usage)\b", re.I)
Section = tuple[str, str, str]  # document's title, heading, text


def read(data: Data) -> Corpus:
    """A section's first passage answers its heading; its others, and sections of the same name, are excluded."""
    with unpacked(data.path) as folder:
        return _corpus(data, folder)


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """The folder itself, or what a tar archive holds."""
    if path.is_dir():
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="winnow-train-") as scratch, tarfile.open(path) as archive:
        archive.extractall(scratch, filter="data")
        yield Path(scratch)


def _corpus(data: Data, folder: Path) -> Corpus:
    found = [section for parsed in parsed_documents(folder) for section in sections(parsed)]
    counts = Counter(heading.lower() for _, heading, _ in found)
    passages: list[str] = []
    groups: dict[str, set[int]] = {}  # lower-case heading -> all passages of the sections of that name
    firsts: list[int] = []
    for _, heading, text in found:
        firsts.append(len(passages))
        spans = word_spans(text, data.passage_words)
        groups.setdefault(heading.lower(), set()).update(range(len(passages), len(passages) + len(spans)))
        passages += [text[start:end] for start, end in spans]
    queries = []
    for (title, heading, _), first in zip(found, firsts, strict=True):
        vague = counts[heading.lower()] > 1 or len(heading.split()) < 2 or bool(_GENERIC.match(heading))
        query = f"{title} {heading}" if vague and title.lower() != heading.lower() else heading
        if len(query.split()) >= 2:
            queries.append(Query(query, (first,), excluded=frozenset(groups[heading.lower()] - {first})))
    return Corpus(data.label, passages, queries)


def parsed_documents(folder: Path) -> Iterator[Parsed]:
    """Every document of a folder that can be parsed."""
    for source in discover([folder]):
        if isinstance(source, Source):
            try:
                yield source.parse()
            except ParseFailed:
                continue  # a broken document of a training folder teaches nothing, and harms nothing


def sections(parsed: Parsed) -> Iterator[Section]:
    """(document's title, heading, text): the text between a heading and the next, whatever their levels."""
    ends = [*(heading.start for heading in parsed.headings[1:]), len(parsed.text)]
    for heading, end in zip(parsed.headings, ends, strict=False):  # a document without headings still has an end
        body = parsed.text[heading.start : end].strip().removeprefix(heading.text).strip()
        if len(body.split()) >= LEAST_WORDS:
            yield parsed.title, heading.text, body
