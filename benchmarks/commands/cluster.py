"""`winnow bench cluster`: what a cluster larger than any that was run would do, by simulation."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

import typer

from benchmarks.cluster.stations import Wrong
from benchmarks.options import whole_numbers
from engine.errors import UsageError
from engine.terminal.options import Json


def cluster(
    shards: Annotated[str, typer.Option("--shards", metavar="N,...", help="How many shards.")] = "10,100,1000",
    hedge: Annotated[
        str, typer.Option("--hedge", metavar="MS,...", help="After which a second replica is asked.")
    ] = "30,100,1000",
    replicas: Annotated[int, typer.Option("--replicas", min=1, help="Replicas of each shard.")] = 2,
    threads: Annotated[int, typer.Option("--threads", min=1, help="Calls that a replica works on at once.")] = 2,
    cores: Annotated[int, typer.Option("--cores", min=1, help="Searches that the front works on at once.")] = 8,
    rate: Annotated[float, typer.Option("--rate", min=0.001, help="Searches a second.")] = 10.0,
    searches: Annotated[int, typer.Option("--searches", min=10, help="How many are simulated.")] = 1000,
    stalls: Annotated[
        float, typer.Option("--stalls", min=0.0, max=1.0, help="Share of calls that wait for the disk.")
    ] = 0.001,
    fault: Annotated[
        Wrong | None,
        typer.Option("--fault", help="What is wrong with one replica of some shards.", show_default=False),
    ] = None,
    faulty: Annotated[int, typer.Option("--faulty", min=0, help="How many shards have such a replica.")] = 1,
    seed: Annotated[int, typer.Option("--seed", help="Of the simulation.")] = 0,
    as_json: Json = False,
) -> None:
    """Simulate searches over many shards: how the slowest shard, hedged calls and faults show in an answer's time.

    Times of a shard are those that were measured over a million passages, drawn from their distribution; the rules
    by which replicas are asked are those of `winnow cluster serve`. No shard is run.
    """
    from benchmarks.cluster.run import Plan, measured, simulate, with_hedge
    from benchmarks.cluster.stations import Fault

    plan = Plan(
        replicas=replicas,
        threads=threads,
        cores=cores,
        searches=searches,
        rate=rate,
        work=measured(stalls),
        fault=Fault(fault) if fault else None,
        faulty=faulty,
        seed=seed,
    )
    rows = [
        simulate(with_hedge(replace(plan, shards=count), wait))
        for count in _numbers(shards, "--shards")
        for wait in _numbers(hedge, "--hedge")
    ]
    if as_json:
        print(json.dumps(rows))
    else:
        _show(rows)


def _numbers(text: str, option: str) -> tuple[int, ...]:
    numbers = whole_numbers(text, option, "10,100")
    if not numbers or min(numbers) < 1:
        raise UsageError(f"{option} takes whole numbers of 1 and more, not {text!r}.", f"Give {option} as in 10,100.")
    return numbers


def _show(rows: Sequence[Mapping[str, Any]]) -> None:
    from engine.terminal.table import console, plain_table

    table = plain_table("Simulated searches")
    titles = {
        "shards": "shards",
        "hedge_ms": "hedge ms",
        "fault": "fault",
        "p50_ms": "p50 ms",
        "p95_ms": "p95 ms",
        "p99_ms": "p99 ms",
        "hedged": "calls hedged",
        "partial": "partial",
        "refused": "refused",
    }
    for title in titles.values():
        table.add_column(title, justify="right")
    for row in rows:
        table.add_row(*(str(row[name]) for name in titles))
    console().print(table)
