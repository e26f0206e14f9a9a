"""What the page tells of collections and jobs in each of their states."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.page.wording import since, size
from api.service.job_files import Job, JobError
from api.service.service import Service
from indexer.report import IngestReport, Problem
from tests.api.page.conftest import tree, words


def test_a_collection_shows_what_is_in_it(browser: TestClient, service: Service) -> None:
    shown = browser.get("/collections/notes")
    stats = service.collections.stats("notes")
    assert f"40 documents · {stats.chunks} passages · {size(stats.bytes)} on disk · changed" in words(shown)
    listed = tree(shown).xpath("//ul[@class='titles']//a")
    assert len(listed) == 12
    assert browser.get(listed[0].get("href")).status_code == 200


def test_a_collection_that_is_being_embedded_says_so(
    browser: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    stats = service.collections.stats
    monkeypatch.setattr(service.collections, "stats", lambda name: replace(stats(name), dense_coverage=0.55))
    assert "55% can be found by meaning, all of it by words" in words(browser.get("/collections/notes"))
    assert "55% embedded" in words(browser.get("/"))


JOB = Job("0" * 16, "notes", 3, "2026-01-01T00:00:00+00:00", finished_at="2026-01-01T00:01:00+00:00")
REPORT = IngestReport(
    "notes",
    added=1,
    failed=[Problem(f"{number}.pdf", "It is broken.", "Save it again.") for number in range(101)],
    warnings=[Problem("/srv/home/a.html", "Hidden text was left out.")],
    notes=["The multilingual encoder was chosen."],
)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"state": "queued"}, ["Waiting its turn", "Reading 3 documents into notes"]),
        ({"state": "running", "documents": 2, "commits": 1}, ["2 documents of 3 read", "can be searched"]),
        ({"state": "failed", "error": JobError("disk_full", "The disk is full.", "Make room.")}, ["The disk is full."]),
        ({"state": "interrupted"}, ["The service ended before the work did", "Adding the same files again"]),
        (
            {"state": "done", "report": REPORT},
            ["Ready to search", "101 could not be read", "And 1 more", "home/a.html"],
        ),
        ({"state": "done", "report": REPORT, "collection": "gone"}, ["Nothing could be read", "It is broken."]),
    ],
)
def test_each_state_of_a_job_is_told(
    browser: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], says: list[str]
) -> None:
    monkeypatch.setattr(service.jobs, "get", lambda *_: replace(JOB, **changes))
    shown = browser.get(f"/jobs/{JOB.id}")
    assert shown.status_code == 200
    assert all(sentence in words(shown) for sentence in says)
    working = changes["state"] in ("queued", "running")
    assert bool(tree(shown).xpath("//form[contains(@action, '/cancel')]")) == working
    assert "/srv/" not in words(shown)


def test_times_and_sizes_read_well() -> None:
    now = datetime(2026, 11, 30, 12, tzinfo=UTC)
    told = [
        since(f"2026-11-{moment}+00:00", now) for moment in ("30T11:59:30", "30T11:55:00", "30T07:00:00", "01T07:00:00")
    ]
    assert told == ["just now", "5 minutes ago", "5 hours ago", "on 1 November 2026"]
    assert [size(count) for count in (0, 3_456, 3_400_000, 2_000_000_000)] == ["0 kB", "3 kB", "3.4 MB", "2.0 GB"]


def test_a_question_to_the_home_page_is_asked_of_all_collections(browser: TestClient) -> None:
    asked = browser.get("/?q=river%20%26%20bridge", follow_redirects=False)
    assert (asked.status_code, asked.headers["location"]) == (303, "/search?q=river+%26+bridge")
