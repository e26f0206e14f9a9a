"""Search in a file by form: passages with their place, and nothing left behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.service.service import Service
from tests.api.page.conftest import ATTACKS, HERE, tree, words

TEXT = "\n\n".join(
    f"# Part {number}\n\n{f'This is about {topic}. ' * 30}" for number, topic in enumerate(("rivers", "bridges"))
)


@pytest.fixture(autouse=True)
def tiny(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bundled models are slow: those of the notes take their place."""
    search, keep = service.in_document.search, service.in_document.keep
    cards = {card.kind: card.name for card in service.models.cards() if card.collections}

    def with_tiny_models(document: Any, request: Any, **options: Any) -> Any:
        return search(document, request, encoder=cards["encoder"], reranker=cards["reranker"], **options)

    def kept_with_tiny_models(document: Any, **options: Any) -> str:
        return keep(document, encoder=cards["encoder"], reranker=cards["reranker"], **options)

    monkeypatch.setattr(service.in_document, "search", with_tiny_models)
    monkeypatch.setattr(service.in_document, "keep", kept_with_tiny_models)


def send(browser: TestClient, name: str = "notes.md", text: str = TEXT, q: str = "bridges", **headers: str) -> Any:
    return browser.post("/document", files={"file": (name, text.encode())}, data={"q": q}, headers=headers)


def stored(service: Service) -> set[Path]:
    """What lies in the home, less what comes and goes with a connection or a writer."""
    passing = ("-wal", "-shm", ".lock")
    return {path for path in service.home.rglob("*") if not path.name.endswith(passing)}


def test_passages_come_with_their_place_and_nothing_is_stored(browser: TestClient, service: Service) -> None:
    before = stored(service)
    response = send(browser)
    assert response.status_code == 200
    assert "bridges" in {mark.text_content() for mark in tree(response).xpath("//article//mark")}
    first = tree(response).xpath("//article")[0]
    origin = first.xpath("./p[@class='origin']")[0].text_content()
    share = int(origin.split("%")[0].split()[-1])
    assert "bridges" in first.xpath("./p[contains(@class, 'passage')]")[0].text_content()
    assert 50 <= share <= 100  # the second half of the text
    assert "bridges in notes.md" in words(response)
    assert stored(service) == before


def fields(response: Any) -> dict[str, str]:
    """What the form for the next question holds."""
    inputs = tree(response).xpath("//form[@action='/document']//input[@type='hidden']")
    return {field.get("name"): field.get("value") for field in inputs}


def test_the_next_question_needs_no_upload(browser: TestClient, service: Service) -> None:
    before = stored(service)
    known = fields(send(browser))
    assert known["name"] == "notes.md"
    again = browser.post("/document", data={**known, "q": "rivers"})
    assert again.status_code == 200 and "rivers in notes.md" in words(again)
    assert fields(again) == known
    assert "rivers" in {mark.text_content() for mark in tree(again).xpath("//article//mark")}
    assert stored(service) == before
    assert browser.post("/document/forget", data=known, follow_redirects=False).headers["location"] == "/document"
    gone = browser.post("/document", data={**known, "q": "rivers"})
    assert gone.status_code == 404
    assert "Choose it again" in words(gone) and "handle" not in fields(gone)
    assert tree(gone).xpath("//input[@type='file'][@required]")


def test_a_file_without_a_question_is_kept_for_it(browser: TestClient, service: Service) -> None:
    before = stored(service)
    read = send(browser, q=" ")
    known = fields(read)
    assert read.status_code == 200 and known["name"] == "notes.md" and known["handle"]
    assert "Search in notes.md" in words(read) and not tree(read).xpath("//article")
    answer = browser.post("/document", data={**known, "q": "rivers"})
    assert "rivers" in {mark.text_content() for mark in tree(answer).xpath("//article//mark")}
    browser.post("/document/forget", data=known)
    assert stored(service) == before


def test_another_file_takes_the_place_of_the_kept_one(browser: TestClient) -> None:
    known = fields(send(browser))
    other = browser.post(
        "/document", data={**known, "q": "ducks"}, files={"file": ("pond.txt", b"Ducks swim on the pond.")}
    )
    assert "ducks in pond.txt" in words(other)
    assert fields(other)["name"] == "pond.txt" and fields(other)["handle"] != known["handle"]


def test_a_refused_question_keeps_the_file(browser: TestClient) -> None:
    known = fields(send(browser))
    refused = browser.post("/document", data={**known, "q": " "})
    assert refused.status_code == 400 and fields(refused) == known


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_hostile_handle_stays_text(browser: TestClient, attack: str) -> None:
    response = browser.post("/document", data={"handle": attack[:64], "name": attack, "q": "bridges"})
    assert response.status_code == 404
    assert not tree(response).xpath("//script[not(@src)] | //img | //iframe | //@onerror | //@onmouseover | //@style")


@pytest.mark.parametrize(
    ("sent", "status", "says"),
    [
        ({"name": "tool.exe", "text": "\0"}, 422, ".exe"),
        ({"name": "tool.exe", "text": "\0", "q": ""}, 422, ".exe"),
        ({"text": ""}, 422, "no text"),
        ({"text": "", "q": ""}, 422, "no text"),
    ],
)
def test_what_cannot_be_searched_is_said_above_the_form(
    browser: TestClient, sent: dict[str, str], status: int, says: str
) -> None:
    response = send(browser, **sent)
    assert response.status_code == status
    page = tree(response)
    assert page.xpath("//form[@enctype='multipart/form-data']")
    assert not page.xpath("//article")
    alerts = "".join(alert.text_content() for alert in page.xpath("//*[@role='alert']"))
    assert says in alerts


def test_a_form_without_a_file_is_answered(browser: TestClient) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename=""\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n\r\n"
        b'--x\r\nContent-Disposition: form-data; name="q"\r\n\r\nbridges\r\n--x--\r\n'
    )
    response = browser.post("/document", content=body, headers={"content-type": "multipart/form-data; boundary=x"})
    assert response.status_code == 422
    assert "No file was chosen" in words(response)


def test_forms_of_other_sites_are_refused(browser: TestClient) -> None:
    assert send(browser, origin=HERE).status_code == 200
    for origin in ("https://example.org", "null", f"{HERE}.example.org"):
        assert browser.post("/document/forget", data={"handle": "x"}, headers={"origin": origin}).status_code == 403
        refused = send(browser, origin=origin)
        assert refused.status_code == 403
        assert not tree(refused).xpath("//article")


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_hostile_file_stays_text(browser: TestClient, attack: str) -> None:
    response = send(
        browser, name=f"{attack.replace('/', '')}.md", text=f"# {attack}\n\nbridges {attack}", q=f"bridges {attack}"
    )
    page = tree(response)
    assert not page.xpath("//script[not(@src)] | //img | //iframe | //@onerror | //@onmouseover | //@style")
    assert page.xpath("//input[@id='q']/@value")[0].split() == f"bridges {attack}".split()
