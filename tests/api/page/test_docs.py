"""`/docs` says what each parameter means, and its commands run as they stand."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.http import problems
from api.page.docs import groups
from api.service.service import Service
from api.serving.app import create_app
from tests.api.http.conftest import offered, sent
from tests.api.page.conftest import BROWSER, HERE, tree, words
from tests.conftest import Models


@pytest.fixture
def ready(tmp_path: Path, models: Models) -> Iterator[TestClient]:
    """A home with the collections that the examples name."""
    service = Service(tmp_path / "home", offered=offered(models))
    for name in ("default", "handbook", "law"):
        service.collections.create(name, models.encoder, models.reranker)
        documents = [{**one, "metadata": {"year": 2024, "tags": ["handbook"]}} for one in sent(4)]
        documents += [
            {"id": f"leave-{year}", "text": f"Leave of {year}.", "metadata": {"year": year}}
            for year in range(2024, 2027)
        ]
        assert TestClient(create_app(service), HERE).post(
            f"/v1/collections/{name}/documents?wait=true", json={"documents": documents}
        ).json()["state"] == "done"  # fmt: skip
    with TestClient(create_app(service), HERE, headers=BROWSER) as opened:
        yield opened


def run(client: TestClient, command: str, known: dict[str, str]) -> Any:
    """What a shell and curl would do."""
    for name, value in known.items():
        command = command.replace(f"'${name}'", value).replace(f"${name}", value)
    words = shlex.split(command.replace("\\\n", " "))
    assert words[:2] == ["curl", "-s"]
    method, address, headers, body, files = "", "", {}, None, []
    fields: dict[str, str] = {}
    rest = iter(words[2:])
    for word in rest:
        if word == "-X":
            method = next(rest)
        elif word == "-H":
            name, _, value = next(rest).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(rest)
        elif word == "-F":
            name, _, value = next(rest).partition("=")
            if value.startswith("@"):
                files.append((name, (value[1:], b"# Contract\n\nA contract is cancelled in writing.")))
            else:
                fields[name] = value
        else:
            address = word
    sending = method or ("POST" if body or files else "GET")
    return client.request(sending, address, headers=headers, content=body, files=files or None, data=fields or None)


def test_every_command_runs_as_it_stands(ready: TestClient) -> None:
    commands = [str(code) for code in tree(ready.get("/docs")).xpath("//pre/code/text()")]
    assert len(commands) > 20 and all(f"{HERE}/v1/" in code or f"{HERE}/v2/" in code for code in commands)
    removing = [code for code in commands if "-X DELETE" in code or "/delete" in code]
    jobs = [code for code in commands if "$JOB" in code]
    renaming = [code for code in commands if "/rename" in code]
    first = [code for code in commands if code not in (*removing, *jobs, *renaming)]
    known: dict[str, str] = {}
    for command in (*first, *jobs, *sorted(removing, key=lambda code: code.endswith("/collections/default"))):
        if "$JOB" in command and "JOB" not in known:
            known["JOB"] = ready.get("/v1/jobs").json()["jobs"][0]["id"]
        answer = run(ready, command, known)
        assert answer.status_code < 300, (command, answer.status_code, answer.text[:300])
        if answer.headers.get("content-type") == "application/json" and answer.json().get("handle"):
            known["HANDLE"] = answer.json()["handle"]
    (rename,) = renaming
    assert ready.post("/v1/collections", json={"name": "default"}).status_code == 201
    assert run(ready, rename, known).status_code == 200


def test_every_parameter_has_a_meaning(ready: TestClient) -> None:
    told = groups(ready.get("/openapi.json").json())
    shown = [(operation, one) for group in told for operation in group.operations for one in operation.parameters]
    assert len(shown) > 100
    for operation, one in shown:
        assert one.kind, (operation.name, one.name)
        assert one.meaning or "[]." in one.name, (operation.name, one.name)
    kinds = {(operation.name, one.name): one.kind for operation, one in shown}
    assert kinds["search_collection_by_post", "k"] == "whole number, 1 to 1,000"
    assert kinds["put_documents", "documents[].id"].startswith("text")
    assert kinds["put_files", "files"].startswith("list of file")
    defaults = {(operation.name, one.name): one.default for operation, one in shown}
    assert (
        defaults["search_collection_by_post", "k"] == "10" and defaults["create_collection", "encoder"] == '"bundled"'
    )


def test_it_looks_like_the_other_pages_and_tells_all(ready: TestClient) -> None:
    for path in ("/docs", "/docs/errors"):
        page = tree(ready.get(path))
        assert page.xpath("//header//a[@class='wordmark']") and page.xpath("//link[@rel='stylesheet']")
        assert not re.search("`", words(ready.get(path)))
    codes = tree(ready.get("/docs/errors")).xpath("//tbody/tr/@id")
    assert codes == sorted({**problems.STATUS, **problems.HTTP_CODES})
