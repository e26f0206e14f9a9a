"""A search result as JSON and on the terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text

from engine.types import Hit, SearchResult, StageName

STAGES: tuple[StageName, ...] = ("lexical", "dense", "fusion", "rerank")
SNIPPET = 360  # characters shown of a passage


def to_json(result: SearchResult, collection: str | None) -> dict[str, Any]:
    """The object that `--json` prints. A stage that did not list the hit is null."""
    return {
        "query": result.query,
        "collection": collection,
        "generation": result.generation,
        "candidates": result.candidates,
        "hits": [_hit(hit) for hit in result.hits],
        "timings_ms": {name: round(value, 3) for name, value in result.timings_ms.items()},
        "degraded": list(result.degraded),
    }


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "rank": hit.rank,
        "document_id": hit.document.id,
        "uri": hit.document.uri,
        "title": hit.document.title,
        "headings": list(hit.chunk.headings),
        "chunk_id": hit.chunk.id,
        "text": hit.chunk.text,
        "start": hit.chunk.start,
        "end": hit.chunk.end,
        "highlights": [list(span) for span in hit.highlights],
        "score": hit.score,
        "relevance": hit.relevance,
        "stages": {
            stage: {"rank": hit.stages[stage].rank, "score": hit.stages[stage].score}
            if stage in hit.stages
            else None
            for stage in STAGES
        },
    }


def show(result: SearchResult, *, explain: bool) -> None:
    """Print hits for a person: hits on stdout, remarks on stderr."""
    out, notes = Console(highlight=False), Console(stderr=True, highlight=False)
    for hit in result.hits:
        title = Text(f"{hit.rank}. ", style="bold") + Text(
            hit.document.title or hit.document.id, style="bold cyan"
        )
        if hit.chunk.headings:
            title += Text("  " + " > ".join(hit.chunk.headings), style="dim")
        out.print(title)
        out.print(Text(f"   {hit.document.uri}", style="dim"), soft_wrap=True)
        out.print(_snippet(hit))
        if explain:
            out.print(Text(f"   why: {why(hit)}", style="green"))
        out.print()
    if not result.hits:
        notes.print("No hits.")
    for reason in result.degraded:
        notes.print(f"degraded: {reason}")
    notes.print(
        f"{result.candidates} candidates, generation {result.generation}, {result.timings_ms['total']:.0f} ms",
        style="dim",
    )


def why(hit: Hit) -> str:
    """One line: the hit's place and score at every stage."""
    parts = []
    for stage in STAGES:
        place = hit.stages.get(stage)
        parts.append(f"{stage} #{place.rank} ({place.score:.3f})" if place else f"{stage} -")
    return " · ".join(parts)


def _snippet(hit: Hit) -> Text:
    """The stretch of the passage that holds the first highlights, with them marked."""
    first = hit.highlights[0][0] if hit.highlights else 0
    start = 0 if first < SNIPPET // 2 else first - SNIPPET // 4
    end = min(len(hit.chunk.text), start + SNIPPET)
    text = Text(hit.chunk.text[start:end].replace("\n", " "))
    for low, high in hit.highlights:
        if low >= start and high <= end:
            text.stylize("bold yellow", low - start, high - start)
    lead, tail = ("… " if start else "", " …" if end < len(hit.chunk.text) else "")
    return Text("   ") + Text(lead) + text + Text(tail)
