"""A service that asks for keys, in a real browser: it asks its user for one, and the key as the password opens it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from api.security.keys import KeyStore
from indexer.ingest import ingest
from tests.browser.conftest import served
from tests.conftest import Models
from tests.support.documents import topical, write_records

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Iterator[tuple[str, str]]:
    """(address, secret) of a service with a key for its only collection."""
    root = tmp_path_factory.mktemp("locked")
    file = write_records(root / "notes.jsonl", topical(8))
    ingest([file], home=root / "home", collection="notes", encoder=models.encoder, reranker=models.reranker)
    _, secret = KeyStore(root / "home").create("reader", ["read"], ["notes"])
    with served(root / "home") as address:
        yield address, secret


def opened(chromium: Any, address: str, password: str | None) -> tuple[int, Any]:
    """The status of the first page, and the page, for somebody who enters a password when the browser asks."""
    entered = {} if password is None else {"http_credentials": {"username": "anybody", "password": password}}
    page = chromium.new_context(**entered).new_page()
    answer = page.goto(address + "/")
    return answer.status, page


def test_the_key_is_the_password(chromium: Any, locked: tuple[str, str]) -> None:
    address, secret = locked
    status, page = opened(chromium, address, secret)  # sent only in reply to a challenge that Chromium understands
    assert status == 200
    page.get_by_label("What are you looking for?").fill("the river")
    page.get_by_label("What are you looking for?").press("Enter")
    page.get_by_role("article").first.wait_for()
    assert page.url.startswith(address + "/")
    page.context.close()


def test_a_wrong_password_is_told(chromium: Any, locked: tuple[str, str]) -> None:
    status, page = opened(chromium, locked[0], "wk_000000000000_" + "A" * 43)
    assert status == 401 and "password" in page.locator("main").inner_text()
    page.context.close()


def test_the_browser_asks(chromium: Any, locked: tuple[str, str]) -> None:
    with pytest.raises(Exception, match="INVALID_AUTH_CREDENTIALS"):  # it asked, and nobody was there to answer
        opened(chromium, locked[0], None)
