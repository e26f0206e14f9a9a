"""Collections are filled, watched and deleted from the page, by whoever's key allows it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.page.filling import share
from api.page.shelf import suggested_name
from api.security.keys import KeyStore
from api.service.job_files import Job
from api.service.service import Service
from api.serving.app import create_app
from indexer.ingest import Watch
from indexer.report import IngestReport, Progress
from tests.api.page.conftest import ATTACKS, BROWSER, HERE, tree, words

RULES = ("rules.md", b"# House rules\n\n## When does the paper go out?\n\nPaper goes out on Tuesdays.\n")


def send(browser: TestClient, *files: tuple[str, bytes], collection: str = "notes", **headers: str) -> Any:
    return browser.post(
        "/documents",
        data={"collection": collection},
        files=[("files", file) for file in files],
        headers=headers,
        follow_redirects=False,
    )


def finished(browser: TestClient, service: Service, response: Any) -> Any:
    """The page of a job that has ended."""
    assert response.status_code == 303, response.text
    service.jobs.wait(response.headers["location"].rpartition("/")[2], 120.0)
    return browser.get(response.headers["location"])


def test_files_make_a_collection_that_can_be_searched(browser: TestClient, service: Service) -> None:
    sent = send(browser, ("house/rules.md", RULES[1]), ("house/tool.exe", b"\0\1\2"), collection=" House ")
    done = finished(browser, service, sent)
    said = words(done)
    assert "Ready to search" in said and "1 document added to house, 1 could not be read" in said
    assert "house/tool.exe: No parser reads" in said
    assert tree(done).xpath("//form[@role='search']/@action") == ["/collections/house"]
    example = tree(done).xpath("//p[@class='examples']/a")[0]
    assert example.text_content() == "When does the paper go out?"
    found = browser.get(example.get("href"))
    assert "house/rules.md" in words(found) and "Tuesdays" in words(found)
    assert "house" in words(browser.get("/"))
    service.collections.delete("house")


def test_what_cannot_be_read_makes_no_collection(browser: TestClient, service: Service) -> None:
    done = finished(browser, service, send(browser, ("tool.exe", b"\0\1\2"), collection="nothing"))
    assert "Nothing could be read" in words(done)
    assert not tree(done).xpath("//form[@role='search']")
    assert "nothing" not in service.collections.names()


def test_files_join_a_collection(browser: TestClient, service: Service) -> None:
    for told in ("1 document added to empty", "0 documents added to empty, 1 unchanged"):
        assert told in words(finished(browser, service, send(browser, RULES, collection="empty")))
    service.documents.delete("empty", ["rules.md"])


@pytest.mark.parametrize(
    ("files", "collection", "status", "says"),
    [
        ((RULES,), "No Name!", 400, "cannot name a collection"),
        ((RULES,), "../notes", 400, "cannot name a collection"),
    ],
)
def test_what_cannot_be_added_is_said(
    browser: TestClient, service: Service, files: Any, collection: str, status: int, says: str
) -> None:
    before = len(service.jobs.all())
    response = send(browser, *files, collection=collection)
    assert response.status_code == status
    assert says in words(response)
    assert len(service.jobs.all()) == before


def test_an_empty_form_is_answered(browser: TestClient) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="collection"\r\n\r\nnotes\r\n'
        b'--x\r\nContent-Disposition: form-data; name="files"; filename=""\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n\r\n--x--\r\n"
    )
    response = browser.post("/documents", content=body, headers={"content-type": "multipart/form-data; boundary=x"})
    assert response.status_code == 422
    assert "No file was chosen" in words(response)


@pytest.fixture
def held(service: Service) -> Iterator[Callable[[], Job]]:
    """Starts a job that works until its test lets it go on, or it is cancelled."""
    go = threading.Event()

    def work(watch: Watch) -> IngestReport:
        watch(Progress(1, 0, 0))
        while not go.wait(0.02):
            watch(Progress(1, 3, 0, total=12))
        return IngestReport("notes", added=2)

    yield lambda: service.jobs.start("notes", 2, work)
    go.set()


def test_a_job_is_watched_and_cancelled(browser: TestClient, service: Service, held: Callable[[], Job]) -> None:
    job = held()
    while not service.jobs.get(job.id).chunks_total:
        pass
    shown = browser.get(f"/jobs/{job.id}")
    assert "1 document of 2 read, 3 of 12 passages embedded into notes" in words(shown)
    assert tree(shown).xpath("//head/noscript/meta/@http-equiv") == ["refresh"]
    assert 0.2 < float(tree(shown).xpath("//progress/@value")[0]) < 0.5
    cancelled = browser.post(tree(shown).xpath("//form/@action")[0], follow_redirects=False)
    assert cancelled.headers["location"] == f"/jobs/{job.id}"
    service.jobs.wait(job.id, 30.0)
    ended = browser.get(f"/jobs/{job.id}")
    assert "Cancelled" in words(ended) and "What was committed by then is kept" in words(ended)
    assert not tree(ended).xpath("//progress | //noscript")


def test_the_share_of_a_job_grows_to_one() -> None:
    job = Job("0" * 16, "notes", 10, "2026-01-01T00:00:00+00:00")
    steps: list[dict[str, Any]] = [
        {},
        {"documents": 5},
        {"documents": 10},
        {"documents": 10, "chunks": 8, "chunks_total": 16},
        {"state": "done"},
    ]
    shares = [share(Job(**{**{name: getattr(job, name) for name in job.__slots__}, **step})) for step in steps]
    assert shares == pytest.approx([0.0, 0.1, 0.2, 0.6, 1.0])


def test_a_job_that_there_is_not(browser: TestClient) -> None:
    assert browser.get("/jobs/0000000000000000").status_code == 404


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_names_stay_text(browser: TestClient, service: Service, attack: str) -> None:
    done = finished(browser, service, send(browser, (f"{attack.replace('/', '')}.exe", b"\0\1"), collection="empty"))
    page = tree(done)
    assert not page.xpath("//script[not(@src)] | //img | //iframe | //@onerror | //@onmouseover | //@style")
    refused = send(browser, RULES, collection=attack)
    assert refused.status_code == 400
    assert not tree(refused).xpath("//script[not(@src)] | //img | //iframe | //@onerror | //@onmouseover | //@style")


def test_a_collection_is_deleted_by_its_typed_name_only(browser: TestClient, service: Service) -> None:
    finished(browser, service, send(browser, RULES, collection="passing"))
    form = tree(browser.get("/collections/passing")).xpath("//form[contains(@action, '/delete')]/@action")
    assert form == ["/collections/passing/delete"]
    for typed in ("", "pass", "notes"):
        refused = browser.post(form[0], data={"name": typed})
        assert refused.status_code == 400 and "was not deleted" in words(refused)
    assert "passing" in service.collections.names()
    deleted = browser.post(form[0], data={"name": "passing"}, follow_redirects=False)
    assert deleted.headers["location"] == "/"
    assert "passing" not in service.collections.names()


def test_a_collection_is_renamed(browser: TestClient, service: Service) -> None:
    finished(browser, service, send(browser, RULES, collection="working-title"))
    form = tree(browser.get("/collections/working-title")).xpath("//form[contains(@action, '/rename')]/@action")
    assert form == ["/collections/working-title/rename"]
    for name, status, says in (
        ("notes", 409, "That name is taken"),
        ("No such/name", 400, "cannot name a collection"),
        ("", 400, "cannot name a collection"),
    ):
        refused = browser.post(form[0], data={"name": name})
        assert refused.status_code == status and says in words(refused)
    renamed = browser.post(form[0], data={"name": " House-Rules "}, follow_redirects=False)
    assert (renamed.status_code, renamed.headers["location"]) == (303, "/collections/house-rules")
    assert "Tuesdays" in words(browser.get("/collections/house-rules?q=paper"))
    assert browser.get("/collections/working-title").status_code == 404
    service.collections.delete("house-rules")


@pytest.mark.parametrize(
    "path", ["/documents", "/collections/notes/delete", "/collections/notes/rename", "/jobs/0000000000000000/cancel"]
)
def test_forms_of_other_sites_are_refused(browser: TestClient, service: Service, path: str) -> None:
    for origin in ("https://example.org", "null", f"{HERE}.example.org"):
        files = [("files", RULES)]
        data = {"collection": "notes", "name": "notes"}
        assert browser.post(path, data=data, files=files, headers={"origin": origin}).status_code == 403
    assert "notes" in service.collections.names()


def test_a_new_name_is_offered() -> None:
    assert suggested_name([]) == "documents"
    assert suggested_name(["a", "documents", "documents-2"]) == "documents-3"


def test_a_key_shows_and_does_what_its_scope_allows(service: Service) -> None:
    keys = KeyStore(service.home)
    secrets = {
        scope: keys.create(f"fill-{scope}", [scope], ["notes", "house"])[1] for scope in ("read", "write", "admin")
    }
    app = create_app(service)  # without its lifespan: the service is closed by its fixture

    def as_(scope: str) -> TestClient:
        client = TestClient(app, base_url=HERE, headers=BROWSER)
        client.auth = ("anybody", secrets[scope])
        return client

    fill, remove = "//form[@data-drop]", "//form[contains(@action, '/delete')]"
    shown = {scope: tree(as_(scope).get("/collections/notes")) for scope in secrets}
    assert {scope: (len(page.xpath(fill)), len(page.xpath(remove))) for scope, page in shown.items()} == {
        "read": (0, 0),
        "write": (1, 0),
        "admin": (1, 1),
    }
    for scope, offered in (("read", []), ("write", ["notes"]), ("admin", ["notes"])):
        form = tree(as_(scope).get("/")).xpath(f"{fill}//input[@name='collection']/@value")
        assert form == offered  # "house" is not there, and none of these keys may make another one
    told = [words(send(as_("write"), RULES, collection=name)) for name in ("hostile", "nobody")]
    assert told[0].split("request")[0].replace("hostile", "") == told[1].split("request")[0].replace("nobody", "")
    assert send(as_("read"), RULES).status_code == 403
    assert send(as_("write"), RULES, collection="house").status_code == 403  # there is none, and it may make none
    assert send(as_("admin"), RULES, collection="elsewhere").status_code == 403
    assert as_("write").post("/collections/notes/delete", data={"name": "notes"}).status_code == 403
    assert as_("write").post("/collections/notes/rename", data={"name": "house"}).status_code == 403
    assert as_("admin").post("/collections/notes/rename", data={"name": "elsewhere"}).status_code == 403
    assert "notes" in service.collections.names()
    added = send(as_("write"), RULES)
    service.jobs.wait(added.headers["location"].rpartition("/")[2], 60.0)
    assert as_("write").get(added.headers["location"]).status_code == 200
    assert as_("admin").get(added.headers["location"]).status_code == 404  # another key's job
    service.documents.delete("notes", ["rules.md"])
