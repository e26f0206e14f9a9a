"""The client against the OpenAPI document: it has every operation, and knows every field that is sent and answered."""

from __future__ import annotations

import dataclasses
import importlib.util
from pathlib import Path
from typing import Any

import pytest

from api.client import DocumentText, SearchOptions, Winnow, calls, hits, options, results
from api.service.service import Service
from api.serving.app import create_app

NAMES = {"search_collection_by_post": "search"}  # operations that the client calls otherwise
ELSEWHERE = {"search_collection", "rerank_v2"}  # by GET, and Cohere's name of /v1/rerank
ANSWERS = {  # our class -> its schema
    "CollectionSummary": "CollectionBody",
    "CollectionStats": "StatsBody",
    "Document": "DocumentBody",
    "Report": "ReportBody",
    "Job": "JobBody",
    "Hit": "HitBody",
    "LabelledHit": "LabelledHitBody",
    "Snippet": "SnippetBody",
    "Context": "ContextBody",
    "Place": "PlaceBody",
    "NearDuplicate": "NearDuplicateBody",
    "WhyNot": "WhyNotBody",
    "Correction": "CorrectionBody",
    "Synonym": "SynonymBody",
    "Reading": "ReadingBody",
    "Balance": "BalanceBody",
    "ResultInfo": "ResultBody",
    "Judgement": "JudgementBody",
    "Model": "ModelBody",
    "Embedding": "EmbeddingBody",
}
ROOT = Path(__file__).parents[3]
COMPATIBLE = {"object", "created", "owned_by", "id", "meta"}  # only there for clients of OpenAI and Cohere


@pytest.fixture(scope="module")
def openapi(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with Service(tmp_path_factory.mktemp("home")) as service:
        return create_app(service).openapi()


def test_every_operation(openapi: Any) -> None:
    operations = {
        operation["operationId"]
        for path, methods in openapi["paths"].items()
        for operation in methods.values()
        if path.startswith(("/v1/", "/v2/"))
    }
    wanted = {NAMES.get(name, name) for name in operations - ELSEWHERE}
    assert {name for name in wanted if not hasattr(Winnow, name)} == set()
    assert {name for name in wanted if not hasattr(calls, name)} == set()


def test_every_field_of_every_answer(openapi: Any) -> None:
    classes = [kind for kind in (vars(results) | vars(hits)).values() if dataclasses.is_dataclass(kind)]
    assert len(classes) > 20
    for kind in classes:
        schema = openapi["components"]["schemas"][ANSWERS.get(kind.__name__, kind.__name__)]
        ours = {field.name for field in dataclasses.fields(kind)}
        assert ours - schema["properties"].keys() == set(), kind
        assert schema["properties"].keys() - ours <= COMPATIBLE, kind


@pytest.mark.parametrize(
    ("ours", "schema", "beside"),
    [
        (SearchOptions, "SearchBody", {"query", "pageable", "cursor", "stream"}),
        (SearchOptions, "MultiSearchBody", {"query", "collections"}),
        (DocumentText, "DocumentText", set()),
        (options.Sort, "SortBody", set()),
    ],
)
def test_every_option(openapi: Any, ours: Any, schema: str, beside: set[str]) -> None:
    assert openapi["components"]["schemas"][schema]["properties"].keys() - beside == set(ours.__annotations__)


def test_what_is_made_is_as_it_would_be_made() -> None:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "clients" / "python" / "generate.py")
    assert spec is not None and spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    client = ROOT / "api" / "client"
    for name, made in generate.synchronous().items():
        assert made == (client / name).read_text(encoding="utf-8"), "run python clients/python/generate.py"
    assert generate.options() == (client / "options.py").read_text(encoding="utf-8"), "run clients/python/generate.py"
