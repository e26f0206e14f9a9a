"""Questions and the abstract each was asked of, as PubMedQA keeps them (https://github.com/pubmedqa/pubmedqa)."""

from __future__ import annotations

import json

from indexer.training.corpus import Corpus, Query
from indexer.training.recipe import Data
from indexer.training.sources.files import read_text


def read(data: Data) -> Corpus:
    """One JSON object: id -> {QUESTION, CONTEXTS}; the contexts joined are the passage."""
    rows = list(json.loads(read_text(data.path)).values())
    queries = [Query(str(row["QUESTION"]), (place,)) for place, row in enumerate(rows)]
    return Corpus(data.label, [" ".join(row["CONTEXTS"]) for row in rows], queries)
