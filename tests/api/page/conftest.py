"""The page over tiny models: a collection of notes, and one whose documents try to break out of their pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import lxml.html
import pytest
from starlette.testclient import TestClient

from api.service.service import Service
from api.serving.app import create_app
from indexer.ingest import ingest
from indexer.sources.submitted import Submitted
from tests.api.http.conftest import offered
from tests.conftest import Models
from tests.support.documents import topical, write_records

HERE = "http://localhost"
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
ATTACKS = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "</mark></p><iframe src=//example.org></iframe>",
    "{{ 7 * 7 }}{% raw %}&lt;b&gt;",
    "' onmouseover='alert(1)",
    "\u202egnp.exe",
)


def hostile(number: int, attack: str) -> Submitted:
    return Submitted(
        id=f"h{number} {attack}",
        title=f"Title {attack}",
        text=f"The bridge over the river, said {attack} to the bridge. " * 3,
        uri=["javascript:alert(1)", f"https://example.org/{number}", "data:text/html,x", f"/srv/{attack}"][number % 4],
        metadata={"said": attack, "tags": [attack, "all"], "year": 2000.0 + number},
    )


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Iterator[Service]:
    root = tmp_path_factory.mktemp("page")
    file = write_records(root / "notes.jsonl", topical(40))
    ingest([file], home=root / "home", collection="notes", encoder=models.encoder, reranker=models.reranker)
    service = Service(root / "home", offered=offered(models))
    service.collections.create("hostile", models.encoder, models.reranker)
    job = service.documents.put("hostile", [hostile(number, attack) for number, attack in enumerate(ATTACKS)])
    service.jobs.wait(job.id, 60.0)
    service.collections.create("empty", models.encoder, models.reranker)
    yield service
    service.close()


@pytest.fixture(scope="module")
def browser(service: Service) -> Iterator[TestClient]:
    with TestClient(create_app(service), raise_server_exceptions=False, base_url=HERE, headers=BROWSER) as opened:
        yield opened


def tree(response: Any) -> Any:
    """The page as a browser would read it."""
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return lxml.html.document_fromstring(response.text)


def words(response: Any) -> str:
    return " ".join(tree(response).find("body").text_content().split())
