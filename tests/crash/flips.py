"""Random damage to the files of a home: what do `verify` and a search say? `python -m tests.crash.flips --trials 417`.

Each look is taken in a forked child, since a library that trusts a damaged file may take the process with it. A search
must give the right answer or a typed error: never another answer, another exception, or the end of the process.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import re
import shutil
import signal
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from engine.collection import open_collection
from engine.errors import WinnowError
from engine.models import load_encoder
from engine.settings import settings
from engine.store.repair.verify import verify
from indexer.delete import delete
from indexer.ingest import ingest_sources
from indexer.reembed import reembed
from indexer.sources.submitted import Submitted, text_source
from indexer.upkeep import collect_garbage

QUERIES = ["lantern harbour", '"document d7"', "grain -river", "title:d12", "ledger copper", "saffron"]
WORDS = ["storm", "river", "winnow", "grain", "chaff", "ledger", "kernel", "copper", "lantern", "harbour", "saffron"]
INDEXES = ("exact", "faiss-hnsw", "faiss-ivf", "faiss-rabitq", "faiss-sq8", "usearch-b1", "usearch-i8")
HARMS = ("flip", "flip", "flip", "flip", "cut", "zero", "byte")
_SECONDS = 60


def make(home: Path, index: str, *, shadow: bool = False) -> None:
    """Two segments, tombstones, three generations; with `shadow`, vectors that came after their segments."""
    os.environ["WINNOW_INDEX_KIND"] = index
    settings.cache_clear()
    luck = random.Random(index)
    for numbers in (range(40), range(30, 55)):
        texts = [(f"d{n}", f"document d{n} " + " ".join(luck.choices(WORDS, k=60))) for n in numbers]
        sources = [text_source(Submitted(name, text, title=f"Title d12 {name}")) for name, text in texts]
        ingest_sources(sources, home=home, collection="c", encoder="bundled-static", reranker="none")
    delete(home, "c", ["d3", "d41"])
    if shadow:
        reembed(home, "c", "bundled")
    collect_garbage(home, "c", grace_seconds=0.0)
    os.environ.pop("WINNOW_INDEX_KIND")
    settings.cache_clear()


def look(home: Path) -> list[Any]:
    """Every answer and every document; "typed" and the code where there is an error."""
    found: list[Any] = []
    with open_collection("c", home=home) as collection:
        for query in QUERIES:
            found.append(_typed(lambda q=query: [  # type: ignore[misc]
                (h.document.id, h.chunk.text, round(h.score, 4), h.document.title) for h in collection.search(q, k=10).hits
            ]))  # fmt: skip
        generation = collection.generation
        found.append(_typed(lambda: [
            generation.document(place, row).text
            for place, segment in enumerate(generation.segments)
            for row in range(segment.entry.documents)
            if (deleted := generation.tombstones[place]) is None or not deleted.documents[row]
        ]))  # fmt: skip
    return found


def search(home: Path) -> str:
    found = look(home)
    if any(isinstance(answer, str) for answer in found):
        return "typed"
    return "right " + hashlib.sha256(repr(found).encode("utf-8", "surrogatepass")).hexdigest()


def verified(home: Path) -> str:
    return "found" if verify(home, "c").problems else "clean"


def in_child(act: Callable[[Path], str], home: Path) -> str:
    """What `act` says of a home; "typed", "UNTYPED ...", or "ENDED ..." where it does not come to that."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(read)
            signal.alarm(_SECONDS)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            try:
                said = act(home)
            except WinnowError:
                said = "typed"
            except BaseException as error:
                said = f"UNTYPED {type(error).__name__}: {error}"[:200]
            os.write(write, json.dumps(said).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as stream:
        told = stream.read()
    _, status = os.waitpid(child, 0)
    return str(json.loads(told)) if told else f"ENDED by signal {status & 127}"


def harm(data: bytes, luck: random.Random, harms: Sequence[str] = HARMS) -> tuple[str, bytes]:
    """The bytes with one thing wrong."""
    how, place, altered = luck.choice(harms), luck.randrange(len(data)), bytearray(data)
    if how == "flip":
        altered[place] ^= 1 << luck.randrange(8)
    elif how == "byte":
        altered[place] = 255 if altered[place] != 255 else 0
    elif how == "cut":
        altered = altered[:place]
    else:
        altered[place : place + 512] = bytes(len(altered[place : place + 512]))
    return f"{how} at {place} of {len(data)}", bytes(altered)


def trials(
    home: Path, luck: random.Random, number: int, harms: Sequence[str] = HARMS
) -> Iterator[tuple[str, str, str, str]]:
    """(kind of file, what was done to it, what `verify` says, what a search says), one trial after the other."""
    right = in_child(search, home)
    assert right.startswith("right"), right
    files = defaultdict(list)
    for path in sorted(home.rglob("*")):
        if path.is_file() and path.stat().st_size and path.suffix != ".lock" and not path.name.endswith("-shm"):
            files[kind_of(path.relative_to(home))].append(path.relative_to(home))
    for _ in range(number):
        name = luck.choice(luck.choice(list(files.values())))
        what, data = harm((home / name).read_bytes(), luck, harms)
        if data == (home / name).read_bytes():
            continue
        copy = home.with_name("damaged")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(home, copy)
        (copy / name).write_bytes(data)
        said, answer = in_child(verified, copy), in_child(search, copy)
        if answer.startswith("right"):
            answer = "right" if answer == right else "WRONG"
        yield kind_of(name), what, said, answer
        shutil.rmtree(copy, ignore_errors=True)


def kind_of(path: Path) -> str:
    """A file's path without what is random in it."""
    text = "/".join(path.parts[2:] if path.parts[0] == "collections" else path.parts)
    text = re.sub(r"\d{9}-[0-9a-f]{8}(\.[0-9a-f]{8})?", "<segment>", text)
    return re.sub(r"\d{9}(?=\.)", "<generation>", re.sub(r"[0-9a-f]{32}", "<uuid>", text))


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--trials", type=int, default=417)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--harms", nargs="+", choices=sorted(set(HARMS)), default=list(HARMS))
    chosen = options.parse_args()
    load_encoder("bundled-static")
    load_encoder("bundled")
    luck, tally, kinds = random.Random(chosen.seed), Counter[str](), Counter[str]()
    bases = [*((index, False) for index in INDEXES), ("exact", True)]
    for place, (index, shadow) in enumerate(bases):
        with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:
            home = Path(folder) / "home"
            make(home, index, shadow=shadow)
            share = (chosen.trials * (place + 1)) // len(bases) - (chosen.trials * place) // len(bases)
            while share > 0:
                for kind, what, said, answer in trials(home, luck, share, chosen.harms):
                    share -= 1
                    kinds[kind] += 1
                    tally[f"verify {said.split()[0]}"] += 1
                    tally[f"search {answer.split()[0]}"] += 1
                    if answer not in ("right", "typed") or said not in ("found", "typed"):
                        print(f"{index}: {kind}, {what}: verify {said}, search {answer}", flush=True)
    print(f"{sum(kinds.values())} trials over {len(kinds)} kinds of files: {dict(sorted(tally.items()))}")


def _typed(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except WinnowError as error:
        return f"typed {error.code}"


if __name__ == "__main__":
    main()
