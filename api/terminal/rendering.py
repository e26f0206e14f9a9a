"""A search result on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.console import Console
from rich.style import Style
from rich.text import Text

from api.answers.base import plain
from api.page.wording import DEGRADED, UNANSWERED, shortcomings
from api.snippets import lines
from engine.terminal.output import count, print_indented, printable
from engine.terminal.records import link_to
from engine.text.places import in_words
from engine.types import STAGES, Balance, FacetCount, Hit, QueryReading, SearchResult, Snippet

if TYPE_CHECKING:
    from api.answers.merging import MergedResult

INDENT = 3
TAB = 4  # columns of a tab in code


def show_merged(merged: MergedResult, *, explain: bool, nothing: Sequence[str]) -> None:
    """Show the hits of several collections as `show` does: each hit says which one it is of."""
    out, notes = Console(highlight=False, emoji=False), Console(stderr=True, highlight=False, emoji=False)
    for line in read_as_each(merged.results):
        notes.print(printable(line), markup=False, soft_wrap=True)
    for one in merged.hits:
        _show_hit(out, replace(one.hit, rank=one.rank), explain=explain, collection=one.collection)
    if not merged.hits:
        for line in nothing:
            notes.print(printable(line), markup=False, soft_wrap=True)
    for name, result in merged.results.items():
        _show_remarks(out, notes, result, explain=explain, label=f"{name}: ")


def show(result: SearchResult, *, explain: bool, nothing: Sequence[str] = ("No hits.",), stored: bool = True) -> None:
    """Print hits for a person: hits on stdout, remarks on stderr. `nothing` is said where there are none; `stored`
    collections say their generation.
    """
    out, notes = Console(highlight=False, emoji=False), Console(stderr=True, highlight=False, emoji=False)
    for line in read_as(result):
        notes.print(printable(line), markup=False, soft_wrap=True)
    for hit in result.hits:
        _show_hit(out, hit, explain=explain)
    if not result.hits:
        for line in nothing:
            notes.print(printable(line), markup=False, soft_wrap=True)
    _show_remarks(out, notes, result, explain=explain, stored=stored)


def _show_hit(out: Console, hit: Hit, *, explain: bool, collection: str = "") -> None:
    print_indented(out, _title(hit), indent=0)
    out.print(_address(hit, collection, linked=out.is_terminal), soft_wrap=True)
    _show_snippet(out, hit.snippet)
    if hit.near_duplicates:
        print_indented(out, Text(printable(alike(hit)), style="dim"), INDENT)
    if hit.context is not None:
        _show_context(out, hit.document.text[slice(*hit.context)])
    if explain:
        print_indented(out, Text(f"why: {why(hit)}", style="green"), INDENT)
    out.print()


def _address(hit: Hit, collection: str, *, linked: bool) -> Text:
    """Where the snippet stands: `path:line` as editors and `grep` have it, else the address and the place in words."""
    uri, place = hit.document.uri, in_words(hit.snippet.places)
    line = next((one for one in hit.snippet.places if one.kind == "line"), None)
    if line is not None and place.startswith("line") and uri.startswith("/") and "#" not in uri:
        shown, place = f"{uri}:{line.first}", "" if line.first == line.last else place
    else:
        shown = uri
    link = link_to(uri) if linked else None
    return Text.assemble(
        (" " * INDENT + (f"{printable(collection)}: " if collection else ""), "dim"),
        (printable(shown), Style(dim=True, link=link)),  # whole, to be clicked and copied
        f"  {printable(place)}" if place else "",
    )


def show_notes(results: Mapping[str, SearchResult]) -> None:
    """Print on stderr what a person should know of searches whose hits go to a program."""
    notes = Console(stderr=True, highlight=False, emoji=False)
    for line in read_as_each(results):
        notes.print(printable(line), markup=False, soft_wrap=True)
    for name, result in results.items():
        label = f"{name}: " if len(results) > 1 else ""
        for remark in _shortcomings(result):
            notes.print(f"{label}note: {remark}", markup=False, soft_wrap=True)


def _shortcomings(result: SearchResult) -> list[str]:
    """Remarks below the hits: not that nothing is relevant, which is said above them."""
    return [remark for remark in shortcomings(result) if remark != DEGRADED[UNANSWERED]]


def _show_remarks(
    out: Console, notes: Console, result: SearchResult, *, explain: bool, label: str = "", stored: bool = True
) -> None:
    """Facets and the reason why not, on stdout; what a person should know of the search, on stderr."""
    for name, counts in result.facets.items():
        out.print(Text(f"{label}{name}: {_counted(counts)}"))
    if result.why_not is not None:
        document, place = printable(result.why_not.document_id), printable(in_words(result.why_not.places))
        best = f" Its best passage: {place}." if place else ""
        print_indented(out, Text(f"{label}{document}: {result.why_not.message}{best}"), indent=0)
    for remark in _shortcomings(result):
        notes.print(f"{label}note: {remark}", markup=False, soft_wrap=True)
    for typed, also in result.reading.synonyms if explain else ():
        notes.print(printable(f"{label}{typed}: also {', '.join(also)}"), markup=False, soft_wrap=True, style="dim")
    if explain and result.balance is not None:
        notes.print(f"{label}{weighed(result.balance)}", markup=False, soft_wrap=True, style="dim")
    models = [f"{role} {printable(name)}" for role, name in result.models.items()] if explain else []
    generation = [f"generation {result.generation}"] if stored else []
    took = f"{result.timings_ms['total']:.0f} ms"
    notes.print(
        label + ", ".join([count(result.candidates, "candidate"), *generation, took, *models]),
        markup=False,
        soft_wrap=True,
        style="dim",
    )


def read_as(result: SearchResult) -> list[str]:
    """Sentences on how the query was read, and whether anything seems to answer it."""
    reading, lines = result.reading, []
    if reading.searched_for:
        lines.append(f"Searched for: {reading.searched_for} (--verbatim searches for: {result.query})")
    if UNANSWERED in result.degraded:
        lines.append(DEGRADED[UNANSWERED])
    return lines + reading.sentences()


def read_as_each(results: Mapping[str, SearchResult]) -> list[str]:
    """The same of several collections: whose remark it is, where it does not hold for all; a word that one of them has
    is not said to be nowhere.
    """
    of: dict[str, list[str]] = {}
    for name, result in results.items():
        for line in read_as(replace(result, reading=replace(result.reading, nowhere=()))):
            of.setdefault(line, []).append(name)
    lines = [line if len(names) == len(results) else f"{', '.join(names)}: {line}" for line, names in of.items()]
    absent = [result.reading.nowhere for result in results.values()]
    everywhere = tuple(word for word in absent[0] if all(word in words for words in absent))
    return lines + QueryReading(nowhere=everywhere).sentences()


def alike(hit: Hit) -> str:
    """One line: the documents that say nearly what the hit's says, and the first words by which each differs."""
    others = hit.near_duplicates
    named = [
        other.uri
        + (" (the same)" if other.identical else f" (has {', '.join(other.own_words)})" * bool(other.own_words))
        for other in others
    ]
    return f"{count(len(others), 'near-duplicate')}: {'; '.join(named)}"


def why(hit: Hit) -> str:
    """One line: the hit's place and score at every stage, and what it holds of the query's identifiers."""
    parts = []
    for stage in STAGES:
        place = hit.stages.get(stage)
        parts.append(f"{stage} #{place.rank} ({place.score:.3f})" if place else f"{stage} -")
    if hit.reranker_score is not None:
        parts.append(f"reranker {hit.reranker_score:.2f}")
    if hit.boost:
        parts.append(f"rules {hit.boost:+.3f}")
    if hit.pinned:
        parts.append("pinned by a rule")
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


def _show_context(out: Console, text: str) -> None:
    """The passages around a hit, line by line."""
    out.print(Text(" " * INDENT + "context:", style="dim"))
    for line in text.splitlines():
        print_indented(out, Text(printable(line.expandtabs(TAB))), INDENT)


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
