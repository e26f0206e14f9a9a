"""Words for what the engine says in codes, for people who never saw the code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from engine.types import MetadataValue, SearchResult, StageName

UNANSWERED = "query:unanswered"
DEGRADED = {
    "rerank": "The reranker failed, so the hits are in the order of the retrieval.",
    "rerank:budget": "Time ran out before the reranker had read every candidate; the rest keep their earlier order.",
    "rerank:overloaded": "Too many questions came at once for the reranker, so it was left out.",
    "rerank:truncated": "Some passages were too long for the reranker, which read only their beginning.",
    "rerank:unavailable": "This collection has no reranker.",
    "rerank:language": "The reranker does not know the language of the question, so it was left out.",
    "dense:language": "The encoder does not know the language of the question, so only its words were looked for.",
    "dense:overloaded": "Too many questions came at once for the encoder, so only the words were looked for.",
    "lexical:analyser": "The collection was made by an older Winnow: its words match less well until it is "
    "ingested again.",
    "query:capped": "The question has more words than are looked for; the last ones were left out.",
    "query:language": "The question does not seem to be in a language of this collection, so few of its words will be "
    "found. Ask in the language of the documents.",
    UNANSWERED: "Nothing relevant: probably nothing here answers the question. What is nearest to it is shown.",
    "query:nothing": "The question has nothing to search for: no letter and no digit. Ask with words.",
    "query:prose": "So long a question is read as text: its quotes and minus signs ask for nothing.",
    "query:words": "Something that looked like an operator was read as text.",
    "query:truncated": "The question is longer than the encoder reads; its end was left out of the search by meaning.",
}


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the query path and what its score means."""

    name: StageName
    title: str
    meaning: str


STAGES = (
    Stage("lexical", "Words", "BM25: how rare and how frequent the question’s words are in the passage"),
    Stage("dense", "Meaning", "similarity of the embeddings of question and passage"),
    Stage("fusion", "Both together", "the two lists fused"),
    Stage("rerank", "Reading", "what the reranker read, blended with the fused score and that of similar passages"),
)

MODES = {"hybrid": "words and meaning", "lexical": "words only", "dense": "meaning only"}


def remarks(result: SearchResult) -> list[str]:
    """How the query was read, and why the answer may be less than it could be; empty when all went well."""
    return [*shortcomings(result), *result.reading.sentences()]


def shortcomings(result: SearchResult) -> list[str]:
    """Why the answer may be less than it could be."""
    told = [flag for flag in result.degraded if flag != "query:words"]  # which words, the reading says
    found = [DEGRADED.get(flag, f"A stage could not do its full work ({flag}).") for flag in told]
    if result.dense_coverage < 1:
        found.append(
            f"The collection is still being embedded: {result.dense_coverage:.0%} of it can be found by meaning, "
            "all of it by words."
        )
    return found


def plain(value: MetadataValue) -> str:
    """A metadata value for reading."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:g}"
    if isinstance(value, datetime):
        return f"{value:%-d %B %Y, %H:%M} UTC"
    if isinstance(value, date):
        return f"{value:%-d %B %Y}"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def day(moment: str) -> str:
    """The day of an ISO 8601 time: "21 November 2026"."""
    return plain(datetime.fromisoformat(moment).date())


def since(moment: str, now: datetime) -> str:
    """How long ago an ISO 8601 time is, or its day where that is longer than a day: "5 minutes ago"."""
    seconds = (now - datetime.fromisoformat(moment)).total_seconds()
    if seconds < 90:
        return "just now"
    if seconds < 5400:
        return f"{seconds / 60:.0f} minutes ago"
    return f"{seconds / 3600:.0f} hours ago" if seconds < 86400 else f"on {day(moment)}"


def size(count: int) -> str:
    """Bytes for reading: "3.4 MB"."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count / 1e3:.0f} kB"


def counted(number: int, noun: str) -> str:
    """ "1 hit", "1,204 hits"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
