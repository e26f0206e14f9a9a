"""Hits are judged on the page, by who may write; what is kept is what tuning takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.security.keys import KeyStore, Scope
from api.service.service import Service
from api.serving.app import create_app
from indexer.evaluation.judging import Judgement
from indexer.evaluation.tuning.judged import read_judged
from tests.api.page.conftest import ATTACKS, BROWSER, HERE, tree

NOTES = "/collections/notes?q=river"


def judge(browser: TestClient, page: Any, hit: int, button: str) -> Any:
    """Press a button of a hit, as a browser without scripts does."""
    form = tree(page).xpath("//form[@class='judge']")[hit]
    fields = {field.get("name"): field.get("value") for field in form.xpath("./input")}
    (chosen,) = form.xpath(f"./button[.='{button}']")
    return browser.post(form.get("action"), data={**fields, "grade": chosen.get("value")}, follow_redirects=False)


def pressed(page: Any) -> list[tuple[int, str]]:
    return [
        (hit, button.text)
        for hit, form in enumerate(tree(page).xpath("//form[@class='judge']"))
        for button in form.xpath("./button[@aria-pressed='true']")
    ]


def test_a_hit_is_judged_and_the_judgement_taken_back(browser: TestClient, service: Service) -> None:
    found = browser.get(NOTES)
    assert pressed(found) == [] and len(tree(found).xpath("//form[@class='judge']")) == 10
    sent = judge(browser, found, 2, "Relevant")
    assert (sent.status_code, sent.headers["location"]) == (303, f"{NOTES}#hit-3")
    judge(browser, found, 0, "Not relevant")
    assert pressed(browser.get(NOTES)) == [(0, "Not relevant"), (2, "Relevant")]
    assert pressed(browser.get("/collections/notes?q=sea")) == []
    assert sorted(service.judging.read("notes").of("river").values()) == [0, 1]
    assert "2 hits of 1 question" in " ".join(browser.get("/collections/notes").text.split())
    judge(browser, browser.get(NOTES), 2, "Relevant")  # it is pressed
    judge(browser, browser.get(NOTES), 0, "Relevant")  # another mind
    assert pressed(browser.get(NOTES)) == [(0, "Relevant")]


def test_two_who_press_the_same_button_agree(browser: TestClient) -> None:
    address = "/collections/notes?q=the+forest"
    seen = browser.get(address)  # by both
    judge(browser, seen, 1, "Relevant")
    judge(browser, seen, 1, "Relevant")
    assert pressed(browser.get(address)) == [(1, "Relevant")]


def test_hits_of_several_collections_are_judged_in_their_own(browser: TestClient, service: Service) -> None:
    address = "/search?in=notes&in=hostile&q=bridge"
    found = browser.get(address)
    names = tree(found).xpath("//article//*[@class='from']/text()")
    sent = judge(browser, found, 0, "Relevant")
    assert sent.headers["location"].startswith("/search?in=notes&in=hostile&q=bridge#hit-1")
    assert len(service.judging.read(names[0]).of("bridge")) == 1
    assert pressed(browser.get(address)) == [(0, "Relevant")]


def test_the_files_are_what_tuning_takes(browser: TestClient, service: Service, tmp_path: Path) -> None:
    for number, attack in enumerate(ATTACKS * 2):
        document = f"h{number % len(ATTACKS)} {ATTACKS[number % len(ATTACKS)]}"
        service.judging.judge("hostile", [Judgement(f"{attack} {number}", document, 1)])
    for name in ("queries.jsonl", "qrels.jsonl"):
        sent = browser.get(f"/collections/hostile/judgements/{name}")
        assert sent.headers["content-disposition"] == f'attachment; filename="hostile-{name}"'
        (tmp_path / name).write_bytes(sent.content)
    judged = read_judged(tmp_path / "queries.jsonl", tmp_path / "qrels.jsonl")
    assert len(judged.queries) >= 2 * len(ATTACKS)
    assert browser.get("/collections/empty/judgements/qrels.jsonl").content == b""
    assert browser.get("/collections/notes/judgements/lock").status_code == 422


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"document": "nobody"}, 404),
        ({"q": "   "}, 400),
        ({"grade": "splendid"}, 422),
        ({"back": "https://example.org/"}, 400),
        ({"back": "//example.org/search?q=a"}, 400),
        ({"back": "/search?q=a\r\nset-cookie: a=b"}, 400),
        ({"back": "/collections/notes/../../x?"}, 400),
    ],
)
def test_what_is_no_judgement_is_refused(browser: TestClient, changed: dict[str, str], status: int) -> None:
    sent = {"q": "river", "document": "d001", "grade": "relevant", "back": NOTES, **changed}
    assert browser.post("/collections/notes/judge", data=sent, follow_redirects=False).status_code == status


def test_another_site_judges_nothing(browser: TestClient) -> None:
    sent = {"q": "river", "document": "d001", "grade": "relevant", "back": NOTES}
    refused = browser.post("/collections/notes/judge", data=sent, headers={"origin": "https://evil.example"})
    assert refused.status_code == 403


def test_a_key_that_only_reads_does_not_judge(service: Service) -> None:
    keys = KeyStore(service.home)
    app = create_app(service)  # without its lifespan: the service is closed by its fixture
    sent = {"q": "river", "document": "d002", "grade": "relevant", "back": NOTES}
    cases: list[tuple[Scope, int, int]] = [("read", 0, 403), ("write", 10, 303)]
    for scope, forms, status in cases:
        client = TestClient(app, base_url=HERE, headers=BROWSER)
        client.auth = ("anybody", keys.create(f"judge-{scope}", [scope], ["notes"])[1])
        assert len(tree(client.get(NOTES)).xpath("//form[@class='judge']")) == forms
        assert client.post("/collections/notes/judge", data=sent, follow_redirects=False).status_code == status
        assert client.post("/collections/hostile/judge", data=sent, follow_redirects=False).status_code == 403
