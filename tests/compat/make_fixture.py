"""Makes the fixture of the present format: `python -m tests.compat.make_fixture`. Run it once for every new format.

A collection with a merged segment, replaced, deleted and empty documents, metadata of every type, locators, three languages, several
generations, and its encoder beside it, so that it can be searched. A fixture is never made again: it stands for what was written.
"""

from __future__ import annotations

import io
import json
import tarfile
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from engine.collection import open_collection
from engine.models import load_encoder
from engine.protocols import runtimes_behind
from engine.store import FORMAT
from engine.store.generation import open_generation
from engine.store.manifest import CollectionConfig
from engine.store.merging.merge import merge_all
from engine.store.segments.batch import Batch
from engine.store.writer import open_writer
from engine.text.places import in_words
from engine.types import Locator
from tests.support.checkpoints import tiny_encoder
from tests.support.stores import config, contents, places, stored

FIXTURES = Path(__file__).parent / "fixtures"
PAGES = (Locator(0, "page", "47"), Locator(30, "page", "48"), Locator(60, "anchor", "bread"))
LINES = (Locator(0, "line", "120", counting=True),)
QUERIES = ["ferry dawn", "船", "bread boat", "commit"]


def answers(root: Path) -> dict[str, Any]:
    """Every answer, every document with its metadata, where its passages stand in its file, and what embedded them."""
    with open_collection("docs", home=root / "home", encoder=str(root / "encoder")) as collection:
        hits = {
            query: [[hit.chunk.id, hit.chunk.text, round(hit.score, 5)] for hit in collection.search(query).hits]
            for query in QUERIES
        }
    with open_generation(root / "home", "docs") as generation:
        documents = {name: [d.text, d.language, str(dict(d.metadata))] for name, d in contents(generation).items()}
        where = {name: in_words(found) for name, found in places(generation).items()}
        runtimes = list(generation.manifest.index_fingerprint.runtimes)
    return {"hits": hits, "documents": documents, "places": where, "runtimes": runtimes}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        tiny_encoder(root / "encoder")
        _write(root / "home", root / "encoder")
        (root / "expected.json").write_text(json.dumps(answers(root), ensure_ascii=False))
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:xz") as archive:
            archive.add(root, ".")
        (FIXTURES / f"v{FORMAT}.tar.xz").write_bytes(buffer.getvalue())


def _write(home: Path, model: Path) -> None:
    encoder = load_encoder(str(model))
    plain = config()
    made = CollectionConfig({"encoder": "tiny", "reranker": None}, encoder.fingerprint, plain.index_fingerprint)

    def batch(*documents: Any) -> Any:
        texts = [chunk.text for document in documents for chunk in document.chunks]
        return Batch(documents, encoder.encode(texts, role="document"), runtimes_behind(encoder))

    with open_writer(home, "docs", made) as writer:
        writer.commit(
            batch(
                stored("a", year=1.0, tags=("x", "y"), day=date(2026, 1, 2), open=True, note="n", locators=PAGES),
                stored("b", big=2**60 + 1, year="long ago", day=datetime(2026, 1, 2, 3, 4, tzinfo=UTC)),
            )
        )
        writer.commit(batch(stored("empty", ""), stored("gone", "no boat of this commit is left")))
        merge_all(writer)
        writer.commit(
            batch(
                stored(
                    "b",
                    "new bread in the boat",
                    big=2**60 + 3,
                    year="long ago",
                    day=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
                ),
                stored("c", "Brot im Boot", language="de", locators=LINES),
            ),
            deletes=["gone"],
        )


if __name__ == "__main__":
    main()
