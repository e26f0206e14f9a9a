"""`/llms.txt`: for agents that meet the service."""

from __future__ import annotations

import re

from starlette.testclient import TestClient


def test_it_names_every_operation_and_no_other_page(client: TestClient) -> None:
    answer = client.get("/llms.txt")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain")
    assert answer.text.startswith("# Winnow\n\n> ")
    described = {
        f"{method.upper()} {path}"
        for path, operations in client.get("/openapi.json").json()["paths"].items()
        for method in operations
    }
    assert described == set(re.findall(r"^- `([A-Z]+ /[^`]*)`: \S", answer.text, re.MULTILINE))
    for link in re.findall(r"\]\((/[^)]*)\)", answer.text):
        assert client.get(link).status_code == 200, link
