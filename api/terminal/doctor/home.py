"""The home: its catalogue, and each collection: whole, embedded, nothing left half done."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from api.terminal.doctor.finding import Finding, looked_at
from api.terminal.doctor.models import try_out
from engine.settings import settings
from engine.store.catalogue.catalogue import Catalogue, CollectionRow
from engine.store.generation import Generation, open_generation
from engine.store.layout import CollectionLayout, Home
from engine.store.manifest import Manifest
from engine.terminal.output import count


def home(place: Path) -> Iterator[Finding]:
    """The folder, the catalogue, every collection that it names, and what lies beside them."""
    if not place.exists():
        yield Finding("home", str(place), "ok", "does not exist yet: the first `winnow ingest` makes it")
        return
    if not os.access(place, os.R_OK | os.X_OK):
        remedy = f"`ls -ld {place}` shows who may; change that, or name another home (--home, WINNOW_HOME)."
        yield Finding("home", str(place), "problem", "This user may not read it.", remedy)
        return
    if os.access(place, os.W_OK):
        yield Finding("home", str(place), "ok", "can be read and written")
    else:
        yield Finding("home", str(place), "warning", "It can only be read.", "Nothing can be ingested here.")
    yield from looked_at("home", "catalogue", partial(_catalogue, place))


def run(place: Path, *words: str) -> str:
    """The remedy that is a command of ours, as it can be pasted."""
    where = () if place == settings().home else ("--home", str(place))
    return f"Run `{shlex.join(('winnow', *words, *where))}`."


def _catalogue(place: Path) -> Iterator[Finding]:
    from engine.store.catalogue.sqlite_file import database_problems

    damage = database_problems(place)
    for line in damage:
        yield Finding("home", "catalogue", "problem", f"{line}.", run(place, "repair", "--catalogue"))
    rows = Catalogue(place).rows()
    if not damage:
        yield Finding("home", "catalogue", "ok", f"whole; it names {count(len(rows), 'collection')}")
    for row in rows:
        yield from looked_at("home", row.name, partial(_collection, place, row))
    yield from _unnamed(place, rows)


def _unnamed(place: Path, rows: list[CollectionRow]) -> Iterator[Finding]:
    """Directories of collections that the catalogue does not name."""
    named, layout = {row.uuid for row in rows}, Home(place)
    for found in layout.all_collections():
        if found.uuid not in named and found.manifests():
            said = f"A collection lies in {found.root} that the catalogue does not know."
            yield Finding("home", "catalogue", "problem", said, run(place, "repair", "--catalogue"))
    if deleted := layout.deleted_collections():
        said = f"{count(len(deleted), 'deleted collection')} still on disk, until the last reader has let go"
        yield Finding("home", "catalogue", "ok", said)


def _collection(place: Path, row: CollectionRow) -> Iterator[Finding]:
    with open_generation(place, row.name) as generation:
        manifest = generation.manifest
        damage = list(_damage(generation))
        if damage:
            more = f" (and {len(damage) - 1} more)" if len(damage) > 1 else ""
            yield Finding("home", row.name, "problem", f"{damage[0]}{more}.", run(place, "repair", "-c", row.name))
        else:
            living = manifest.living
            said = f"{count(living.documents, 'document')}, {count(living.chunks, 'chunk')}; every file has its size"
            yield Finding("home", row.name, "ok", said)
        yield from _unfinished(place, generation.layout, manifest)
        yield from _roots(place, manifest)
        yield from looked_at("home", row.name, partial(_models, place, manifest))


def _damage(generation: Generation) -> Iterator[str]:
    """Files that are missing or of another size; `winnow verify` reads their bytes as well."""
    from engine.store.repair.integrity import file_problems, vector_set_problems

    layout, manifest = generation.layout, generation.manifest
    for entry in manifest.segments:
        yield from file_problems(layout, entry, checksums=False)
    for upcoming in manifest.upcoming.vectors.values() if manifest.upcoming else ():
        yield from vector_set_problems(layout, upcoming, checksums=False)


def _unfinished(place: Path, layout: CollectionLayout, manifest: Manifest) -> Iterator[Finding]:
    """Remains of an ingest, a `reembed` or a commit that was cut short; or one that is running."""
    from engine.store.segments.vector_sets import begun_sets

    name = manifest.collection
    if manifest.dense_coverage < 1:
        said = f"Only {manifest.dense_coverage:.0%} of its chunks have vectors; the others are found by words alone."
        yield _half_done(name, said, run(place, "ingest", "PATHS", "-c", name))
    begun = begun_sets(layout, {entry.id for entry in manifest.segments})
    if manifest.upcoming is not None:
        said = f"Vectors of {manifest.upcoming.encoder} are being made, or `winnow reembed` was interrupted."
        yield _half_done(name, said, run(place, "reembed", "-c", name, "--resume"))
    elif begun and manifest.dense_coverage == 1:
        said = "An embedding was cut short, whose rows are kept for a week."
        yield _half_done(name, said, "Run the command again that was interrupted.")
    if any(number > manifest.generation for number in layout.manifests()):
        said = "A commit was cut short; nothing that was committed is lost."
        yield _half_done(name, said, "Run the command again that was interrupted.")
    if layout.quarantine.is_dir() and any(layout.quarantine.iterdir()):
        said = f"`winnow repair` has set damaged segments aside in {layout.quarantine}."
        remedy = "Ingest the documents again that it named, then delete the folder."
        yield Finding("home", name, "warning", said, remedy)


def _half_done(name: str, said: str, remedy: str) -> Finding:
    return Finding("home", name, "warning", said, f"Unless it is running now: {remedy[0].lower()}{remedy[1:]}")


def _roots(place: Path, manifest: Manifest) -> Iterator[Finding]:
    for root in manifest.roots.all:
        if "://" not in root.path and not Path(root.path).exists():
            said = f"The folder {root.path} of root {root.name!r} is not there: what was read from it is still found."
            moved = run(place, "ingest", "NEW_PATH", "-c", manifest.collection, "--root", root.name)
            remedy = f"Mount it. Where it has moved: {moved}"
            yield Finding("home", manifest.collection, "warning", said, remedy)


def _models(place: Path, manifest: Manifest) -> Iterator[Finding]:
    """The collection's models are on this machine, and the encoder is the one that made its vectors."""
    from engine.collection import NO_RERANKER
    from engine.models import load_encoder

    encoder, reranker = manifest.models["encoder"] or "", manifest.models["reranker"]
    try_out(encoder, "encoder")
    if different := load_encoder(encoder).fingerprint.differences(manifest.query_fingerprint):
        name, parts = manifest.collection, ", ".join(different)
        said = f"Its vectors were made by another encoder than {encoder} is now: {parts} differ."
        yield Finding("home", name, "problem", said, run(place, "reembed", "-c", name, "--encoder", encoder))
        return
    if reranker and reranker != NO_RERANKER:
        try_out(reranker, "reranker")
    yield Finding("home", manifest.collection, "ok", f"its models load: {encoder}, {reranker or NO_RERANKER}")
