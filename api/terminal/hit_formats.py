"""Hits of an answer for programs and documents: an object a line, CSV, Markdown, the files that they lie in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from engine.terminal.output import print_json, printable_text
from engine.terminal.records import link_to, markdown, print_files, print_records

Answer = Mapping[str, Any]  # a SearchAnswer or a MultiSearchAnswer, as JSON

COLUMNS = (
    "rank", "score", "relevance", "collection", "document_id", "title", "uri", "place", "headings", "snippet",
)  # fmt: skip


def print_hits(answer: Answer, format: Literal["json", "jsonl", "csv", "md", "files"], *, null: bool = False) -> None:
    """Print an answer, or its hits, on stdout."""
    hits = answer["hits"]
    match format:
        case "json":
            print_json(answer)
        case "jsonl":
            print_records(({"collection": answer.get("collection"), **hit} for hit in hits), (), "jsonl")
        case "csv":
            print_records([_row(answer, hit) for hit in hits], COLUMNS, "csv")
        case "md":
            for hit in hits:
                print("\n".join(_item(hit)))
        case "files":
            print_files((hit["uri"] for hit in hits), null=null)


def _row(answer: Answer, hit: Mapping[str, Any]) -> dict[str, Any]:
    snippet = hit["snippet"]
    return {
        "collection": answer.get("collection"),
        **hit,
        "place": snippet["place"],
        "headings": " > ".join(hit["headings"]),
        "snippet": snippet["text"],
    }


def _item(hit: Mapping[str, Any]) -> list[str]:
    """An item of a numbered list: the title as a link, where it stands, the snippet as a quotation."""
    snippet = hit["snippet"]
    title, link = markdown(hit["title"] or hit["document_id"]), link_to(hit["uri"])
    relevance = "" if hit["relevance"] is None else f"{hit['relevance']:.0%} relevant"
    about = [markdown(part) for part in (*hit["headings"], snippet["place"], relevance) if part]
    head = f"{hit['rank']}. {f'[{title}](<{link}>)' if link else title}{''.join(f', {part}' for part in about)}"
    return [head, "", *(f"   {line}".rstrip() for line in _quoted(snippet)), ""]


def _quoted(snippet: Mapping[str, Any]) -> list[str]:
    """Sentences flow; rows of a table and code keep their lines."""
    if snippet["kind"] == "prose":
        return [f"> {markdown(snippet['text'])}"]
    lines = [*filter(None, [snippet["header"]]), *printable_text(snippet["text"]).splitlines()]
    longest = max((len(run) for run in re.findall(r"`+", "\n".join(lines))), default=0)
    fence = "`" * max(3, longest + 1)
    return [fence, *lines, fence]
