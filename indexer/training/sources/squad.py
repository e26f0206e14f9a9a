"""Questions and the passage that holds the answer, as in SQuAD (https://rajpurkar.github.io/SQuAD-explorer)."""

from __future__ import annotations

import json
from typing import Any

from indexer.training.corpus import Corpus, Query
from indexer.training.recipe import Data
from indexer.training.sources.files import read_text
from indexer.training.sources.passages import word_spans


def read(data: Data) -> Corpus:
    """Contexts are split. Its neighbours, and passages that hold the answer's words too, are no negatives."""
    passages: list[str] = []
    queries: list[Query] = []
    articles = json.loads(read_text(data.path))["data"]
    for paragraph in (paragraph for article in articles for paragraph in article["paragraphs"]):
        context: str = paragraph["context"]
        spans = word_spans(context, data.passage_words)
        queries += [query for qa in paragraph["qas"] if (query := _query(qa, context, spans, len(passages)))]
        passages += [context[start:end] for start, end in spans]
    return Corpus(data.label, passages, queries)


def _query(qa: dict[str, Any], context: str, spans: list[tuple[int, int]], base: int) -> Query | None:
    """The query, None for a question that has no answer."""
    if not qa.get("answers"):
        return None
    start, answer = int(qa["answers"][0]["answer_start"]), qa["answers"][0]["text"].strip().lower()
    hit = next((i for i, (first, last) in enumerate(spans) if first <= start < last), None)
    if hit is None:
        return None
    near = {i for i, (first, last) in enumerate(spans) if answer in context[first:last].lower()} | {hit - 1, hit + 1}
    return Query(qa["question"], (base + hit,), excluded=frozenset(base + i for i in near if i != hit))
