"""The table of peers, for a terminal and as Markdown. Where a peer beats Winnow its ratio is marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.peers.load import MOST
from benchmarks.peers.ratios import better, disturbed
from engine.terminal.table import console, plain_table

HEADER = ("peer", "stage", "nDCG@10", "R@100", "p50 ms", "p95 ms", "memory MB", "build s", "index MB")
STAGES = ("lexical", "dense", "fused", "reranked")


def show(result: Mapping[str, Any]) -> None:
    """Print to stdout; a plus marks what is better than Winnow's."""
    out = console()
    table = plain_table(_title(result))
    for name in HEADER:
        table.add_column(name, justify="left" if name in HEADER[:2] else "right", no_wrap=True)
    for row in _ordered(result["rows"]):
        table.add_row(*_cells(row, mark="+{}"))
    out.print(table)
    for line in _remarks(result, "+"):
        out.print(line, markup=False, soft_wrap=True)


def to_markdown(result: Mapping[str, Any]) -> str:
    """A heading, the table, and what a reader must know."""
    lines = [f"## {_title(result)}", "", _row(HEADER), _row(["---"] * len(HEADER))]
    lines += [_row(_cells(row, mark="**{}**")) for row in _ordered(result["rows"])]
    return "\n".join([*lines, "", *(f"- {line}" for line in _remarks(result, "bold type"))]) + "\n"


def _title(result: Mapping[str, Any]) -> str:
    return f"{result['dataset']} ({result['split']}, {result['queries']} queries), ratios to Winnow's same stage"


def _ordered(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Measured rows by stage; within a stage as registered, so Winnow is first. What did not run is in the remarks."""
    return sorted((row for row in rows if row["status"] == "ok"), key=lambda row: STAGES.index(row["stage"]))


def _cells(row: Mapping[str, Any], mark: str) -> list[str]:
    def beside(text: str, figure: str) -> str:
        ratio = row["ratio"].get(figure)
        if ratio is None:
            return text
        digits = f"x{ratio:.3f}" if figure == "nDCG@10" else f"x{ratio:.2g}"
        return f"{text} {mark.format(digits) if better(figure, ratio) else digits}"

    size = row["index_bytes"]
    return [
        row["peer"],
        row["stage"],
        beside(f"{row['metrics']['nDCG@10']:.3f}", "nDCG@10"),
        f"{row['metrics']['R@100']:.3f}",
        beside(f"{row['ready_ms'].get('p50', 0.0):.1f}", "p50"),
        f"{row['ready_ms'].get('p95', 0.0):.1f}",
        beside(f"{row['rss_mb']:.0f}", "rss"),
        beside(f"{row['build_seconds'] + row['embedding_seconds']:.1f}", "build"),
        "-" if size is None else beside(f"{size / 1e6:.1f}", "index"),
    ]


def _remarks(result: Mapping[str, Any], mark: str) -> list[str]:
    """How to read the table, what each peer is, and which did not run."""
    machine, seconds = result["environment"], result["embedding_seconds"]
    lines = [
        f"x: the peer's figure divided by Winnow's in the same run; {mark}: better than Winnow's.",
        "Latency: from the query's text until the stage's list is there, one query after another. Memory: resident "
        "after the queries, in a process of its own.",
        "Winnow cuts documents into chunks and embeds those; the others embed whole documents, cut at its length.",
        f"Models: {result['models']['encoder']}, {result['models']['reranker']}. {machine['processor']}, "
        f"{machine['cpus']} cores.",
    ]
    if seconds is not None:
        lines.append(
            f"Dense peers share one embedding of the corpus, made in {seconds:.1f} s by {result['encoded_by']}, which "
            "their build time contains; Winnow's contains its own."
        )
    lines += _warnings(result["rows"])
    notes = dict.fromkeys(
        (row["peer"], row["note"] if row["status"] == "ok" else row["status"]) for row in result["rows"]
    )
    return lines + [f"{peer}: {note}" for peer, note in notes]


def _warnings(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Names the peers that did not have the machine to themselves."""
    busy = [
        row["peer"] for row in rows if row["status"] == "ok" and any(disturbed(row, name) for name in ("p50", "build"))
    ]
    if not busy:
        return []
    return [
        f"WARNING: other processes took more than {MOST:.0%} of the machine while these ran, so their times are not "
        f"set beside Winnow's and must not be quoted: {', '.join(dict.fromkeys(busy))}. Run again on a free machine."
    ]


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"
