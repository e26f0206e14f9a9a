"""The registry of training sources: one line for each kind, one file for each format."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.errors import ParseFailed, SourceNotFound
from indexer.training.corpus import Corpus
from indexer.training.recipe import Data, SourceKind
from indexer.training.sources import abstracts, beir, documents, jsonl, parallel, questions, squad

SOURCES: Mapping[SourceKind, Callable[[Data], Corpus]] = {
    "abstracts": abstracts.read,
    "beir": beir.read_judged,
    "classes": jsonl.read_classes,
    "labelled": jsonl.read_labelled,
    "pair-classes": jsonl.read_pair_classes,
    "pairs": jsonl.read_pairs,
    "parallel": parallel.read,
    "questions": questions.read,
    "sections": documents.read,
    "squad": squad.read,
    "titles": beir.read_titles,
    "triples": jsonl.read_triples,
}


def read_source(data: Data) -> Corpus:
    """The corpus that a recipe's entry names. SourceNotFound; ParseFailed where the file is of another format."""
    if not data.path.exists():
        raise SourceNotFound(f"The training source {data.path} does not exist.", "Correct its path in the recipe.")
    try:
        return SOURCES[data.kind](data)
    except (KeyError, ValueError, TypeError, OSError) as error:
        raise ParseFailed(
            f"{data.path} cannot be read as a source of kind {data.kind}: {type(error).__name__}: {error}.",
            "Correct the file, or the source's kind in the recipe.",
        ) from error
