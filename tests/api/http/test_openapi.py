"""The OpenAPI document against the service: schemathesis sends what it allows, and what it does not.

5,000 cases in the slow stage, some 500 in the fast one. No answer may be a server error or contradict the document.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.python import asgi
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.service.service import Service
from api.serving.app import create_app
from api.settings import ServeSettings
from engine.errors import WinnowError
from indexer.ingest import ingest
from tests.api.http.conftest import offered
from tests.conftest import Models
from tests.support.documents import topical, write_records

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
FAST, SLOW = 500, 5000
KNOWN = {"collection": "notes", "document": "d001"}


@pytest.fixture
def app(tmp_path: Path, models: Models) -> Iterator[Any]:
    """One for each test: the end of a client's life ends the service."""
    service = Service(tmp_path / "home", offered=offered(models))

    def restore() -> None:
        """Cases delete collections and documents: bring back what others need."""
        try:
            whole = service.collections.stats("notes").documents >= 8
        except WinnowError:
            whole = False
        if not whole:
            file = write_records(tmp_path / "notes.jsonl", topical(8))
            ingest([file], home=tmp_path / "home", collection="notes", encoder=models.encoder, reranker=models.reranker)

    restore()
    application = create_app(service, ServeSettings(hosts=("*",), rate=1e6, burst=1_000_000))
    application.state.restore = restore
    yield application


def operations(app: Any) -> list[Any]:
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    schema.config.generation.with_security_parameters = False  # a service without keys looks at none
    rejection = schema.config.checks.negative_data_rejection
    rejection.expected_statuses = [
        *rejection.expected_statuses,
        "413",
    ]  # a text beyond its bound makes a body beyond its
    return [result.ok() for result in schema.get_all_operations()]


def check(app: Any, cases: int) -> int:
    """Run the cases, evenly over the operations, half of them in contradiction to the document; how many were run."""
    found = operations(app)
    each = max(1, cases // (2 * len(found)))
    modes = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
    with asgi.get_client(app) as client:  # one, as the end of its life ends the service's
        return sum(run(app, client, operation, mode, each) for operation in found for mode in modes)


def run(app: Any, client: Any, operation: Any, mode: Any, count: int) -> int:
    """How many of `count` cases of one operation were generated and passed."""
    ran = 0
    # Whatever a part of a form holds is a file: an integer there contradicts the document, but nobody can tell.
    form = "multipart/form-data" in operation.definition.raw.get("requestBody", {}).get("content", {})
    checks = [check for check in CHECKS if not (form and check is negative_data_rejection)]

    @given(data=st.data())
    @settings(
        max_examples=count,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def one(data: Any) -> None:
        nonlocal ran
        try:
            case = data.draw(operation.as_strategy(generation_mode=mode))
        except RecursionError:  # some contradictions of a schema that names itself (filters) have no end
            reject()
        # Mostly what exists, else nearly every answer is "not found"; a contradiction may lie in the path itself.
        if mode is schemathesis.GenerationMode.POSITIVE and data.draw(st.integers(0, 3)):
            case.path_parameters.update({name: KNOWN[name] for name in KNOWN if name in case.path_parameters})
        case.validate_response(case.call(session=client, timeout=60), checks=checks)
        ran += 1
        app.state.restore()

    with suppress(Unsatisfiable):  # an operation without parameters cannot be contradicted
        one()
    return ran


def test_the_document_is_complete(app: Any) -> None:
    document = app.openapi()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            where = f"{method} {path}"
            assert operation["operationId"] and operation["summary"] and operation["description"], where
            assert len(operation["tags"]) == 1, where
            assert {"404", "422", "500"} <= operation["responses"].keys(), where
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    assert list(answer["content"]) == ["application/problem+json"], where
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if body is not None:
                name = body["schema"]["$ref"].rpartition("/")[2]
                assert document["components"]["schemas"][name]["examples"], where


def test_examples_of_the_document_are_valid(app: Any) -> None:
    from api.http.schemas import collections, documents, embeddings, in_document, reranking, searching

    for module in (collections, documents, embeddings, in_document, reranking, searching):
        for kind in vars(module).values():
            extra = getattr(kind, "model_config", {}).get("json_schema_extra")
            for example in (extra or {}).get("examples", ()):
                kind.model_validate(example)


def test_schemathesis(app: Any) -> None:
    assert check(app, FAST) > FAST // 2


@pytest.mark.slow
def test_schemathesis_thoroughly(app: Any) -> None:
    assert check(app, SLOW) > SLOW // 2
