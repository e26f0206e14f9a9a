"""The page behind keys: browsers are asked for one, and see only what it opens."""

from __future__ import annotations

from starlette.testclient import TestClient

from api.page.rendering import STATIC
from api.security.keys import KeyStore
from api.service.service import Service
from api.serving.app import create_app
from tests.api.page.conftest import BROWSER, HERE, tree, words


def test_a_key_is_the_password_and_shows_its_collections_only(service: Service) -> None:
    _, secret = KeyStore(service.home).create("reader", ["read"], ["notes"])
    # Without its lifespan: the service is closed by its fixture.
    browser = TestClient(create_app(service), base_url=HERE, headers=BROWSER)
    for path in ("/", "/collections/notes?q=a", "/document", "/search?collection=notes&q=a"):
        asked = browser.get(path)
        assert asked.status_code == 401, path
        assert asked.headers["www-authenticate"].startswith("Basic realm=")
        assert "give the key as the password" in words(asked)
    assert browser.get("/page/style.css").status_code == 200

    browser.auth = ("anybody", secret)
    assert [link.text for link in tree(browser.get("/")).xpath("//ul/li/a")] == ["notes"]
    found = browser.get("/collections/notes?q=river")
    assert found.status_code == 200
    assert "hostile" not in found.text
    refused = browser.get("/collections/hostile?q=river")
    assert refused.status_code == 403
    assert "This key does not open that" in words(refused)


def test_the_description_and_the_files_need_no_key(service: Service) -> None:
    KeyStore(service.home).create("everywhere", ["read"], ["notes"])
    client = TestClient(create_app(service), base_url=HERE, headers=BROWSER)  # without its lifespan
    assert client.get("/").status_code == 401
    for path in ("/opensearch.xml", *(f"/page/{name}" for name in STATIC)):
        assert client.get(path).status_code == 200, path
