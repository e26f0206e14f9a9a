"""Which encoder one document gets, and what the reranker reads of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from engine.collection import open_collection
from engine.models import LocalModels
from engine.models.checkpoints.presets import BUNDLED, MULTILINGUAL, STATIC
from engine.protocols import Encoder, Reranker
from engine.query.request import Request
from indexer.in_document import NAME, READ, index_source
from indexer.parsers import Parsed
from indexer.sources.submitted import Submitted, text_source
from tests.conftest import Models

ENGLISH = "\n\n".join(
    f"# Part {n}\n\n{f'The river number {n} runs to the bridge of the city. ' * 6}" for n in range(40)
)
GERMAN = "Der Fluss fließt unter der alten Brücke durch die Stadt, und niemand weiß, wohin er von dort aus geht. " * 9


@dataclass
class Tiny:
    """Gives tiny models by the bundled ones' names, and keeps which encoders it was asked for."""

    models: Models
    encoders: list[str] = field(default_factory=list)

    def encoder(self, name: str) -> Encoder:
        self.encoders.append(name)
        return LocalModels().encoder(self.models.encoder)

    def reranker(self, name: str) -> Reranker:
        return LocalModels().reranker(self.models.reranker)


@pytest.mark.parametrize(
    ("text", "encoder", "reranker", "expected"),
    [
        (ENGLISH, None, None, BUNDLED),
        ("42", None, None, BUNDLED),  # in no language
        (GERMAN, None, None, MULTILINGUAL),
        (ENGLISH, STATIC, None, STATIC),
        (GERMAN, STATIC, "none", STATIC),
    ],
)
def test_the_encoder(
    models: Models, tmp_path: Path, text: str, encoder: str | None, reranker: str | None, expected: str
) -> None:
    tiny = Tiny(models)
    index_source([text_source(Submitted("d", text))], "d", tmp_path, encoder=encoder, reranker=reranker, models=tiny)
    assert set(tiny.encoders) == {expected}
    with open_collection(NAME, home=tmp_path, models=tiny) as collection:
        recipe = collection.generation.manifest.recipe
    quick = expected == STATIC
    assert (recipe.rerank_depth, recipe.candidates) == ((20, 100) if quick else (READ, READ))
    assert recipe.rerank == "blend"


def test_the_best_passages_are_reranked_and_all_if_asked(models: Models, tmp_path: Path) -> None:
    tiny = Tiny(models)
    index_source([text_source(Submitted("d", ENGLISH))], "d", tmp_path, encoder=STATIC, models=tiny)
    with open_collection(NAME, home=tmp_path, models=tiny) as collection:
        passages = collection.generation.manifest.living.chunks
        assert passages > 100
        request = Request("the bridge over river number 7", collapse=False)
        first = collection.search(request)
        assert first.scored == 20 and "7" in first.hits[0].chunk.text
        assert collection.search(replace(request, rerank_depth=passages)).scored == passages
        again = collection.search(request)
    assert [(hit.chunk.id, hit.stages) for hit in again.hits] == [(hit.chunk.id, hit.stages) for hit in first.hits]


def test_a_document_is_parsed_once(models: Models, tmp_path: Path) -> None:
    parsed: list[str] = []
    source = text_source(Submitted("d", ENGLISH))

    def parse() -> Parsed:
        parsed.append("d")
        return source.parse()

    index_source([replace(source, parse=parse)], "d", tmp_path, models=Tiny(models))
    assert parsed == ["d"]
