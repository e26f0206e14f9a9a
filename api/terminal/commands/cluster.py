"""`winnow cluster`: collections on several machines: ingest, publish in shards, bring back, serve."""

from __future__ import annotations

import sys
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from api.terminal.commands.ingest import PARTIAL
from api.terminal.listening import Host, Port
from api.terminal.selecting import show_report
from engine.config_file import load
from engine.extras import needs
from engine.terminal.options import Home, Json, Models, Preset, home_of, models_of
from engine.terminal.output import count, print_json, printable

app = typer.Typer(
    help="Collections on several machines: ingest, publish, pull, prune, serve, status, drain, rollout.",
    no_args_is_help=True,
)

Address = Annotated[str, typer.Argument(help="A folder, or a URL such as s3://bucket/path.", show_default=False)]
Shards = Annotated[
    int | None,
    typer.Option("--shards", min=1, max=4096, help="In how many parts.", show_default="as many as before, at first 1"),
]
Config = Annotated[Path, typer.Argument(metavar="CONFIG", help="A YAML file (docs/cluster.md).", show_default=False)]


@app.command()
def publish(
    collection: Annotated[str, typer.Argument(help="A collection of this home.", show_default=False)],
    address: Address,
    shards: Shards = None,
    generation: Annotated[
        int | None, typer.Option("--generation", help="An older generation that is still kept.", show_default=False)
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Read all files that are there, and replace those that are damaged.")
    ] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Publish one generation of a collection in shards. Only what the address lacks is copied.

    A service that serves the collection loads it beside the generation before, and then switches to it.
    """
    from engine.cluster.published.publishing import publish as run

    done = run(home_of(home), collection, address, shards=shards, generation=generation, check=check)
    sizes = {entry.id: entry.living.chunks for entry in done.publication.manifest.segments}
    chunks = [sum(sizes[segment] for segment in part) for part in done.publication.shards]
    if as_json:
        print_json(
            {
                "publication": done.publication.id,
                "chunks_of_shards": chunks,
                "copied": done.copied,
                "bytes": done.copied_bytes,
                "kept": done.kept,
            }
        )
        return
    copied = f"{count(done.copied, 'file')} copied ({count(done.copied_bytes, 'byte')}), {done.kept} there"
    print(printable(f"{done.publication.id}: {copied}"))
    for shard, held in enumerate(chunks):
        print(f"  shard {shard}: {count(held, 'chunk')}")


@app.command()
def ingest(
    collection: Annotated[str, typer.Argument(help="A collection of this home, new or not.", show_default=False)],
    address: Address,
    paths: Annotated[
        list[Path], typer.Argument(help="Files and folders, which all hosts have at these paths.", show_default=False)
    ],
    ray: Annotated[
        str | None,
        typer.Option("--ray", help="A Ray cluster: `auto`, or an address.", show_default="this machine alone"),
    ] = None,
    cpus: Annotated[float, typer.Option("--cpus", min=0.1, help="CPUs of each worker.")] = 1.0,
    gpus: Annotated[float, typer.Option("--gpus", min=0.0, help="GPUs of each worker.")] = 0.0,
    partition_mb: Annotated[
        int, typer.Option("--partition-mb", min=1, max=65536, help="Input that a worker reads at a time.")
    ] = 8,
    shards: Shards = None,
    models: Models = None,
    preset: Preset = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Read files into a collection by workers on all hosts of a Ray cluster, and publish it (extra `cluster`).

    Workers parse and embed partitions of the input. A partition that was done is not done again: after an interruption
    the same command does the rest. Nothing that is missing from PATHS is deleted.
    """
    from indexer.cluster_ingest.on_ray import on_ray
    from indexer.cluster_ingest.run import cluster_ingest

    encoder, reranker = models_of(models, preset)
    done = cluster_ingest(
        paths,
        home=home_of(home),
        collection=collection,
        address=address,
        run=partial(on_ray, address=ray, cpus=cpus, gpus=gpus),
        encoder=encoder,
        reranker=reranker,
        shards=shards,
        partition_bytes=partition_mb << 20,
        watch=lambda made, total: print(f"{made} of {count(total, 'partition')}", file=sys.stderr),
    )
    if as_json:
        counts = {"partitions": done.made, "known": done.known, "publication": done.published.publication.id}
        print_json(done.report.to_json() | counts)
    else:
        show_report(done.report)
        print(printable(f"{done.published.publication.id} is published"))
    if done.report.failed:
        raise typer.Exit(PARTIAL)


@app.command()
def pull(
    collection: Annotated[str, typer.Argument(help="A published collection.", show_default=False)],
    address: Address,
    name: Annotated[
        str | None, typer.Option("--name", help="Another name for the collection here.", show_default=False)
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Make a collection of this home from a published one. Every checksum is checked before anybody can see it."""
    from engine.cluster.published.publishing import pull as run

    done = run(home_of(home), collection, address, to=name)
    living = done.backup.manifest.living
    if as_json:
        print_json({"collection": done.name, "publication": done.backup.id, "documents": living.documents})
    else:
        held = f"{count(living.documents, 'document')}, {count(living.chunks, 'chunk')}"
        print(printable(f"{done.name}: {held} pulled from {done.backup.id}"))


@app.command()
def prune(
    collection: Annotated[str, typer.Argument(help="A published collection.", show_default=False)],
    address: Address,
    keep: Annotated[int, typer.Option("--keep", min=0, help="Publications that stay beside the current one.")] = 1,
    days: Annotated[
        float, typer.Option("--days", min=0.0, help="Age below which what another took the place of stays.")
    ] = 7.0,
    parts: Annotated[
        bool, typer.Option("--parts", help="Remove parts of inputs too: the next cluster ingest makes them again.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
    as_json: Json = False,
) -> None:
    """Remove old publications from an address, and the files that nothing else there names.

    The current publication stays, and the one before it; a service that runs may not have switched yet. Nothing is
    removed while something is published, ingested or backed up to the address.
    """
    from engine.cluster.published.pruning import prune_publications
    from engine.store.backups.depot import Depot
    from indexer.cluster_ingest.pruning import prune as prune_parts

    depot, age = Depot(address), timedelta(days=days)
    done = prune_publications(depot, collection, keep=keep, lately=age, dry_run=dry_run)
    removed = [done.removed]
    if parts:
        removed.append(prune_parts(depot, collection, (), kept=age, dry_run=dry_run))
    names = [name for one in removed for name in one.listings]
    objects, size = sum(one.objects for one in removed), sum(one.bytes for one in removed)
    if as_json:
        about = {"removed": names, "kept": list(done.kept), "files": objects, "bytes": size, "dry_run": dry_run}
        print_json({"collection": collection, **about})
        return
    for name in names:
        print(printable(f"{name}  {'would go' if dry_run else 'removed'}"))
    for name in done.kept:
        print(printable(f"{name}  stays"))
    print(f"{count(objects, 'file')} ({count(size, 'byte')}) {'would go' if dry_run else 'removed'}")


@app.command()
def serve(
    config: Config,
    host: Host = None,
    port: Port = None,
) -> None:
    """Serve published collections over HTTP from replicas that Ray keeps (extras `serve` and `cluster`).

    Prints the address on stdout once all shards can answer. Keys and limits are those of `winnow serve`, with the home
    of the configuration.
    """
    with needs("serve", "`winnow cluster serve`"):
        from api.operations.logs import set_up_logs
        from api.serving.app import create_app
        from api.serving.server import Server, address_of, listen
    from engine.cluster.config import read_config

    chosen = read_config(config)
    from api.cluster import cluster_models, cluster_service, serving_cluster
    from api.security.exposure import check_exposure
    from api.security.keys import KeyStore
    from api.settings import ServeSettings

    given = {"host": host, "port": port}
    settings = load(ServeSettings, **{name: value for name, value in given.items() if value is not None})
    front = Path(chosen.home).expanduser()
    check_exposure(settings.host, KeyStore(front))
    set_up_logs("text")
    with (
        listen(settings.host, settings.port) as listening,
        serving_cluster(chosen, front) as serving,
        cluster_models(chosen) as source,
    ):
        service = cluster_service(serving, source)
        print(address_of(listening), flush=True)
        print("Winnow serves these collections from replicas; Ctrl-C ends it.", file=sys.stderr)
        Server(create_app(service, settings, warm_seconds=60.0), listening, service.interrupt, settings).run_here()


@app.command()
def status(config: Config, as_json: Json = False) -> None:
    """Say how each replica of a running service is (extra `cluster`). Exits with 1 unless all are well."""
    from engine.cluster.config import read_config

    chosen = read_config(config)
    from api.cluster import cluster_status

    found = cluster_status(chosen)
    if as_json:
        print_json({"replicas": found})
    else:
        for line in found:
            failing = [f"{name} could not be loaded: {why}" for name, why in line.get("failing", {}).items()]
            said = "; ".join([*filter(None, [", ".join(line.get("loaded", ())), line.get("reason")]), *failing])
            where = f"{line['collection']}/{line['shard']}/{line['replica']}  {line.get('host', '-')}"
            print(printable(f"{where}  {line['state']}  {said}"))
    if any(line["state"] != "well" for line in found):
        raise typer.Exit(1)


@app.command()
def drain(
    config: Config,
    host: Annotated[str, typer.Argument(help="A host, as `winnow cluster status` names it.", show_default=False)],
    undo: Annotated[bool, typer.Option("--undo", help="Have its replicas take searches again.")] = False,
    as_json: Json = False,
) -> None:
    """Have the replicas on a host take no more searches, before it is stopped (extra `cluster`).

    Returns once those that they had are answered. Refused where a shard would be left without a replica. When the host
    is stopped, Ray starts its replicas on others.
    """
    from engine.cluster.config import read_config

    chosen = read_config(config)
    from api.cluster import cluster_drain

    names = cluster_drain(chosen, host, undo=undo)
    if as_json:
        print_json({"replicas": names, "drained": not undo})
        return
    for name in names:
        print(printable(f"{name}  {'takes searches' if undo else 'is drained'}"))


@app.command()
def rollout(config: Config, as_json: Json = False) -> None:
    """Start all replicas of a service again, one at a time, with what is installed now (extra `cluster`).

    No search is lost: each is drained first, while the others of its shard answer.
    """
    from engine.cluster.config import read_config

    chosen = read_config(config)
    from api.cluster import cluster_rollout

    names = []
    for name in cluster_rollout(chosen):
        names.append(name)
        print(printable(f"{name}  well"), file=sys.stderr if as_json else sys.stdout, flush=True)
    if as_json:
        print_json({"replicas": names})
