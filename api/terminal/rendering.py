"""A search result as JSON and on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from api.page.wording import shortcomings
from api.places import told, told_snippet
from api.snippets import lines
from engine.terminal.output import count, print_indented, printable
from engine.text.places import in_words
from engine.types import Balance, FacetCount, Hit, SearchResult, Snippet, StageName, StageScore, WhyNot

if TYPE_CHECKING:
    from api.service.searching import MergedResult

STAGES: tuple[StageName, ...] = ("lexical", "dense", "fusion", "rerank")
INDENT = 3
TAB = 4  # columns of a tab in code


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
        "reading": {
            "searched_for": result.reading.searched_for,
            "corrections": [{"typed": typed, "used": used} for typed, used in result.reading.corrections],
            "nowhere": list(result.reading.nowhere),
            "as_words": list(result.reading.as_words),
        },
        "dense_coverage": round(result.dense_coverage, 4),
        "models": dict(result.models),
        "fusion": None if result.balance is None else _balance(result.balance),
        "scored": result.scored,
        "facets": {
            name: [{"value": plain(count.value), "count": count.count} for count in counts]
            for name, counts in result.facets.items()
        },
        "why_not": None if result.why_not is None else _why_not(result.why_not),
    }


def _balance(balance: Balance) -> dict[str, Any]:
    return {"method": balance.fusion, "dense_share": round(balance.dense_share, 4), "reason": balance.reason}


def plain(value: object) -> object:
    """A metadata value as JSON has it."""
    return value.isoformat() if isinstance(value, date) else value


def _why_not(why_not: WhyNot) -> dict[str, Any]:
    return {
        "document_id": why_not.document_id,
        "stage": why_not.stage,
        "message": why_not.message,
        "rank": why_not.rank,
        "scores": dict(why_not.scores),
        "needed": dict(why_not.needed),
        "stages": _stages(why_not.stages),
        **told(why_not.places),
    }


def _stages(stages: Mapping[StageName, StageScore]) -> dict[str, dict[str, float] | None]:
    return {
        stage: {"rank": stages[stage].rank, "score": stages[stage].score} if stage in stages else None
        for stage in STAGES
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
        **told(hit.places),
        "highlights": [list(span) for span in hit.highlights],
        "snippet": told_snippet(hit.snippet),
        "score": hit.score,
        "relevance": hit.relevance,
        "stages": _stages(hit.stages),
        "evidence": None if hit.evidence is None else list(hit.evidence),
        "exact": list(hit.exact),
    }


def merged_to_json(merged: MergedResult, query: str) -> dict[str, Any]:
    """What `--json` prints of several collections: their hits in one order, and each one's own answer without hits."""
    return {
        "query": query,
        "collections": list(merged.results),
        "merged_by": merged.merged_by,
        "hits": [{**_hit(one.hit), "rank": one.rank, "collection": one.collection} for one in merged.hits],
        "results": {
            name: {key: value for key, value in to_json(result, name).items() if key != "hits"}
            for name, result in merged.results.items()
        },
    }


def show_merged(merged: MergedResult, *, explain: bool, nothing: Sequence[str]) -> None:
    """As `show`, of several collections: each hit says which one it is of."""
    out, notes = Console(highlight=False), Console(stderr=True, highlight=False)
    read = dict.fromkeys(line for result in merged.results.values() for line in read_as(result))
    for line in read:
        notes.print(printable(line), markup=False, soft_wrap=True)
    for one in merged.hits:
        _show_hit(out, replace(one.hit, rank=one.rank), explain=explain, collection=one.collection)
    if not merged.hits:
        for line in nothing:
            notes.print(printable(line), markup=False, soft_wrap=True)
    for name, result in merged.results.items():
        _show_remarks(out, notes, result, explain=explain, label=f"{name}: ")


def show(result: SearchResult, *, explain: bool, nothing: Sequence[str] = ("No hits.",)) -> None:
    """Print hits for a person: hits on stdout, remarks on stderr. `nothing` is said where there are none."""
    out, notes = Console(highlight=False), Console(stderr=True, highlight=False)
    for line in read_as(result):
        notes.print(printable(line), markup=False, soft_wrap=True)
    for hit in result.hits:
        _show_hit(out, hit, explain=explain)
    if not result.hits:
        for line in nothing:
            notes.print(printable(line), markup=False, soft_wrap=True)
    _show_remarks(out, notes, result, explain=explain)


def _show_hit(out: Console, hit: Hit, *, explain: bool, collection: str = "") -> None:
    print_indented(out, _title(hit), indent=0)
    address = printable(f"{collection}: {hit.document.uri}" if collection else hit.document.uri)  # whole, to be clicked
    place = printable(in_words(hit.snippet.places))
    out.print(Text.assemble((f"   {address}", "dim"), f"  {place}" if place else ""), soft_wrap=True)
    _show_snippet(out, hit.snippet)
    if explain:
        print_indented(out, Text(f"why: {why(hit)}", style="green"), INDENT)
    out.print()


def _show_remarks(out: Console, notes: Console, result: SearchResult, *, explain: bool, label: str = "") -> None:
    """Facets and the reason why not, on stdout; what a person should know of the search, on stderr."""
    for name, counts in result.facets.items():
        out.print(Text(f"{label}{name}: {_counted(counts)}"))
    if result.why_not is not None:
        document, place = printable(result.why_not.document_id), printable(in_words(result.why_not.places))
        best = f" Its best passage: {place}." if place else ""
        print_indented(out, Text(f"{label}{document}: {result.why_not.message}{best}"), indent=0)
    for remark in shortcomings(result):
        notes.print(f"{label}note: {remark}", markup=False, soft_wrap=True)
    if explain and result.balance is not None:
        notes.print(f"{label}{weighed(result.balance)}", markup=False, soft_wrap=True, style="dim")
    models = [f"{role} {printable(name)}" for role, name in result.models.items()] if explain else []
    took = f"{result.timings_ms['total']:.0f} ms"
    notes.print(
        label + ", ".join([count(result.candidates, "candidate"), f"generation {result.generation}", took, *models]),
        markup=False,
        soft_wrap=True,
        style="dim",
    )


def read_as(result: SearchResult) -> list[str]:
    """What a person should know of how the query was read."""
    reading, lines = result.reading, []
    if reading.searched_for:
        lines.append(f"Searched for: {reading.searched_for} (--verbatim searches for: {result.query})")
    return lines + reading.sentences()


def why(hit: Hit) -> str:
    """One line: the hit's place and score at every stage, and what it holds of the query's identifiers."""
    parts = []
    for stage in STAGES:
        place = hit.stages.get(stage)
        parts.append(f"{stage} #{place.rank} ({place.score:.3f})" if place else f"{stage} -")
    if hit.exact:
        parts.append(f"holds {', '.join(hit.exact)}")
    return " · ".join(parts)


def weighed(balance: Balance) -> str:
    """One line: what the fusion gave each leg, and why."""
    share = balance.dense_share
    return f"fusion {balance.fusion}: meaning {share:.0%}, words {1 - share:.0%} ({balance.reason})"


def _counted(counts: Sequence[FacetCount]) -> str:
    return ", ".join(f"{printable(str(plain(entry.value)))} ({entry.count})" for entry in counts) or "-"


def _title(hit: Hit) -> Text:
    title = printable(hit.document.title or hit.document.id)
    headings = printable(" > ".join(hit.chunk.headings))
    relevance = "" if hit.relevance is None else f"  {hit.relevance:.0%} relevant"
    return Text.assemble(
        (f"{hit.rank}. ", "bold"),
        (title, "bold cyan"),
        (f"  {headings}" if headings else "", "dim"),
        (relevance, "green"),
    )


def _show_snippet(out: Console, snippet: Snippet) -> None:
    """Rows of a table below its header, code line by line, sentences in one line where a program reads."""
    if snippet.header:
        print_indented(out, Text(printable(snippet.header), style="dim"), INDENT)
    for line in lines(snippet):
        shown = Text(no_wrap=snippet.kind == "code")
        for piece in line:
            shown.append(printable(piece.text.expandtabs(TAB)), style="bold yellow" if piece.marked else "")
        if snippet.kind == "code":  # a terminal may break its lines, and nothing else may
            out.print(Text(" " * INDENT) + shown, soft_wrap=True)
        else:
            print_indented(out, shown, INDENT)
