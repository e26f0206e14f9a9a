"""A collection of red and blue documents: who may see the red ones shall learn nothing of the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.curation import Boost, Curation, Pin, Synonyms
from indexer.curating import curate
from indexer.ingest import ingest
from tests.conftest import Models
from tests.support.documents import write_records

RED, BLUE = 5, 13
ONLY_RED = "team:red"
# Ids, words, titles, values and fields that only blue documents have.
SECRETS = ("azure", "zeppelin", "cobalt", "codename", "hush", "skyward", "blue", "flugzeug")


def red() -> list[dict[str, Any]]:
    return [
        {
            "id": f"crimson-{number}",
            "title": f"How the crimson bridge was built {number}",
            "text": f"The crimson river flows under bridge {number}. " * (1 + number % 3),
            "team": "red",
            "year": 2000 + number,
        }
        for number in range(RED)
    ]


def blue() -> list[dict[str, Any]]:
    """Mostly English, with a word of the query `river`, a flag and a language of their own."""
    english = [
        {
            "id": f"azure-{number}",
            "title": f"When the skyward zeppelin crosses the river {number}",
            "text": f"The cobalt zeppelins flowed over the river with -hush {number}. " * (1 + number % 3),
            "team": "blue",
            "year": 1900 + number,
            "codename": f"hush{number}",
        }
        for number in range(BLUE - 1)
    ]
    german = "Das Flugzeug fliegt sehr hoch über den breiten Fluss und die alte Stadt, und dann kehrt es zurück. " * 3
    return [*english, {"id": "azure-de", "title": "Das Flugzeug", "text": german, "team": "blue", "codename": "hush"}]


def teams_home(root: Path, models: Models, *, both: bool) -> Path:
    """A home with the collection `teams`: with blue documents and rules about them, or of the red ones alone."""
    records = [record for pair in zip(red(), blue(), strict=False) for record in pair] + blue()[RED:] if both else red()
    home = root / "home"
    ingest(
        [write_records(root / "teams.jsonl", records)],
        home=home,
        collection="teams",
        encoder=models.encoder,
        reranker=models.reranker,
    )
    rules = Curation(synonyms=(Synonyms(words=("stream", "river")),), pins=(Pin(query="river", documents=RULED),))
    if both:
        rules = rules.model_copy(update={"boosts": (Boost(filter="codename:hush1", weight=1.0),)})
    curate(home, "teams", rules)
    return home


RULED = ("azure-1", "crimson-3")
