"""Collections whose texts are too short to tell their language: words are found in all their forms, and none that is
found, or that every sentence has, is said to be nowhere.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.collection import open_collection
from engine.query.request import Request
from engine.recipe import Recipe
from engine.types import SearchResult
from indexer.ingest import ingest
from tests.conftest import Models
from tests.support.documents import write_records

ENGLISH = "Every evening the old lighthouse keeper walks down to the harbour and writes the tide into his book."
GERMAN = "Jeden Abend geht der alte Wärter des Leuchtturms zum Hafen hinunter und schreibt die Flut in sein Buch."
SWEDISH = "Varje kväll går den gamla fyrvaktaren ner till hamnen och skriver tidvattnet i sin bok vid fönstret."


def ask(folder: Path, models: Models, texts: list[str], query: str) -> SearchResult:
    write_records(folder / "docs.jsonl", [{"id": str(n), "text": text} for n, text in enumerate(texts)])
    ingest(
        [folder / "docs.jsonl"], home=folder / "home", collection="c", encoder=models.encoder, reranker=models.reranker
    )
    with open_collection("c", home=folder / "home", recipe=Recipe(rerank="none")) as collection:
        return collection.searcher.search(Request(query, mode="lexical"))


@pytest.mark.parametrize(
    ("text", "query", "nowhere"),
    [
        ("Lions eat zebras.", "what do lions eat", ()),
        ("Lions eat zebras.", "what eats zebras", ()),
        ("Lions eat zebras.", "who eats a lion", ()),
        ("Lions eat zebras.", "zebra", ()),
        ("Lions eat zebras.", "giraffe", ("giraffe",)),
        ("Lions eat zebras.", "what eats giraffes", ("giraffes",)),
        ("Katzen jagen Mäuse.", "welche Maus", ()),
        ("Katzen jagen Mäuse.", "was jagen eine Katze und der Kater", ("Kater",)),
        ("Les chats mangent.", "est-ce un chat", ()),
        ("Gatos comen peces.", "qué es un gato", ()),
        ("Кошки ловят мышей.", "что ловит кошка", ()),
        ("Zebras", "zebra", ()),
        ("Zebras", "what is a zebra", ()),
        ("Kettle", "kettles", ()),
    ],
)
def test_a_word_is_found_in_its_other_forms(
    tmp_path: Path, models: Models, text: str, query: str, nowhere: tuple[str, ...]
) -> None:
    result = ask(tmp_path, models, [text], query)
    assert result.reading.nowhere == nowhere
    assert result.reading.corrections == ()
    assert "query:language" not in result.degraded
    if not nowhere:
        assert [hit.document.language for hit in result.hits] == ["und"]
        assert result.hits[0].highlights


@pytest.mark.parametrize(
    ("text", "query", "nowhere"),
    [
        (ENGLISH, "who sells giraffes", ("sells", "giraffes")),
        (GERMAN, "wer verkauft Giraffen", ("verkauft", "Giraffen")),
        (SWEDISH, "vem säljer giraffer", ("säljer", "giraffer")),
        (GERMAN, "who are giraffes", ("giraffes",)),  # asked in another language
        (ENGLISH, "die casting", ("die", "casting")),  # no German article
    ],
)
def test_function_words_are_never_told(
    tmp_path: Path, models: Models, text: str, query: str, nowhere: tuple[str, ...]
) -> None:
    assert ask(tmp_path, models, [text], query).reading.nowhere == nowhere
