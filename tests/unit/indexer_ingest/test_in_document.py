"""Which encoder one document gets, and what the reranker reads of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.collection import open_collection
from engine.models.checkpoints.presets import BUNDLED, MULTILINGUAL, STATIC
from engine.query.request import Request
from indexer.in_document import DEPTH, NAME, STATIC_DEPTH, index_source
from indexer.parsers import Parsed
from indexer.sources.submitted import Submitted, text_source
from tests.conftest import Models
from tests.support.stubs.named_models import NamedModels

ENGLISH = "\n\n".join(
    f"# Part {n}\n\n{f'The river number {n} runs to the bridge of the city. ' * 6}" for n in range(40)
)
LONG = "\n\n".join(f"{ENGLISH}\n\nVolume {n} ends here." for n in range(3))
GERMAN = "Der Fluss fließt unter der alten Brücke durch die Stadt, und niemand weiß, wohin er von dort aus geht. " * 9


@pytest.mark.parametrize(
    ("text", "encoder", "reranker", "expected"),
    [
        (ENGLISH, None, None, STATIC),
        ("The river runs below the old bridge.", None, None, STATIC),
        ("42", None, None, STATIC),  # in no language
        (GERMAN, None, None, MULTILINGUAL),
        (GERMAN * 700, None, None, MULTILINGUAL),
        ("Der Fluss fließt unter der alten Brücke.", None, None, MULTILINGUAL),
        ("La rivière coule sous le vieux pont de la ville.", None, None, MULTILINGUAL),
        (ENGLISH, BUNDLED, None, BUNDLED),
        (ENGLISH, STATIC, None, STATIC),
        (GERMAN, STATIC, "none", STATIC),
    ],
)
def test_the_encoder(
    models: Models, tmp_path: Path, text: str, encoder: str | None, reranker: str | None, expected: str
) -> None:
    tiny = NamedModels(models)
    index_source([text_source(Submitted("d", text))], "d", tmp_path, encoder=encoder, reranker=reranker, models=tiny)
    assert set(tiny.encoders) == {expected}
    with open_collection(NAME, home=tmp_path, models=tiny) as collection:
        recipe = collection.generation.manifest.recipe
    assert recipe.rerank_depth == (STATIC_DEPTH if expected == STATIC else DEPTH)
    assert recipe.rerank == "blend" and recipe.candidates >= recipe.rerank_depth


def test_the_best_passages_are_reranked_and_all_if_asked(models: Models, tmp_path: Path) -> None:
    tiny = NamedModels(models)
    index_source([text_source(Submitted("d", LONG))], "d", tmp_path, models=tiny)
    with open_collection(NAME, home=tmp_path, models=tiny) as collection:
        passages = collection.generation.manifest.living.chunks
        assert passages > STATIC_DEPTH
        request = Request("the bridge over river number 7", collapse=False)
        first = collection.search(request)
        assert first.scored == STATIC_DEPTH and "7" in first.hits[0].chunk.text
        assert collection.search(replace(request, rerank_depth=7)).scored == 7
        assert collection.search(replace(request, rerank_depth=passages)).scored == passages
        again = collection.search(request)
    assert [(hit.chunk.id, hit.stages) for hit in again.hits] == [(hit.chunk.id, hit.stages) for hit in first.hits]


def test_a_document_is_parsed_once(models: Models, tmp_path: Path) -> None:
    parsed: list[str] = []
    source = text_source(Submitted("d", ENGLISH))

    def parse() -> Parsed:
        parsed.append("d")
        return source.parse()

    index_source([replace(source, parse=parse)], "d", tmp_path, models=NamedModels(models))
    assert parsed == ["d"]
