"""The page of health: plots that say the same in words, what is not good first, and only what a key may read."""

from __future__ import annotations

import math
from collections import Counter, namedtuple
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.page.health.charts import HEIGHT, WIDTH, columns, curve, strip
from api.page.health.collection import condition
from api.page.health.latency import latency, quantile
from api.security.keys import KeyStore
from api.service.collections import Shape
from api.service.service import Service
from api.serving.app import create_app
from engine.probability.calibration import Calibration
from tests.api.page.conftest import BROWSER, HERE, tree, words

BUCKETS = ((0.1, 0.0), (0.25, 10.0), (0.5, 60.0), (1.0, 99.0), (math.inf, 100.0))
CALIBRATION = Calibration("e", "r", {"reranker": 2.0, "dense_alone": 4.0}, {"reranker": 1.0, "dense_alone": 0.5}, -6.0)
Disk = namedtuple("Disk", "total used free")


def test_every_collection_is_shown_with_words_for_each_plot(browser: TestClient) -> None:
    browser.get("/collections/notes?q=river")
    page = tree(browser.get("/health"))
    assert page.xpath("//section[@class='condition']/h2/a/text()") == ["empty", "hostile", "notes"]
    plots = page.xpath("//*[@role='img']")
    assert len(plots) >= 2 + 2 * 2 and all(plot.get("aria-label") for plot in plots)
    said = words(browser.get("/health"))
    assert "1 search since the service began" in said or "searches since the service began" in said
    assert "1 segment, 0% of the passages deleted" in said and "100% of the passages have vectors" in said
    assert "empty: It holds no documents yet." in said and "What to look at" in said
    assert "nan" not in said.lower().split()


def test_plots_stay_inside_and_add_up() -> None:
    drawn = columns([("a", [("part", 3), ("deleted", 1)]), ("b", [("part", 0), ("deleted", 0)])])
    assert all(
        one.x >= 0 and one.x + one.width <= WIDTH and one.y >= 0 and one.y + one.height <= HEIGHT for one in drawn
    )
    part, deleted = drawn[:2]
    assert part.height == pytest.approx(3 * deleted.height)
    assert deleted.y + deleted.height == pytest.approx(part.y)  # it stands on the part
    assert [one.value for one in drawn] == ["", "4", "", ""]
    many = columns([(f"{n}", [("part", n)]) for n in range(40)])
    assert sum(bool(one.label) for one in many) <= 7 and many[-1].x + many[-1].width <= WIDTH
    assert columns([]) == () and sum(one.width for one in strip([("part", 1), ("rest", 2)])) == pytest.approx(
        WIDTH, abs=0.2
    )
    assert all(one.width == 0 for one in strip([("part", 0), ("rest", 0)]))


def test_half_and_slow_searches_are_told_by_their_buckets() -> None:
    assert [quantile(BUCKETS, share) for share in (0.05, 0.5, 0.95)] == [0.25, 0.5, 1.0]
    found = latency({"total": BUCKETS, "rerank": BUCKETS})
    assert (found.searches, found.median, found.slow, found.good) == (100, "at most 500 ms", "at most 1 s", True)
    assert [one.value for one in found.columns if one.value] == ["10", "50", "39", "1"]
    assert found.stages == (("Reading", "at most 500 ms"),)
    slow = latency({"total": tuple((end, 100.0 * (end > 2)) for end in (0.5, 1.0, 5.0, math.inf))})
    assert not slow.good and slow.slow == "at most 5 s"
    few = latency({"total": ((0.5, 0.0), (5.0, 3.0), (math.inf, 3.0))})
    assert few.good  # they load what all later ones use
    never = latency({})
    assert never.searches == 0 and never.columns == () and never.good


def test_the_curve_is_the_calibrations(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service.collections, "shape", lambda _: Shape(((30, 10),), CALIBRATION))
    found = condition(service.collections, "notes", 3)
    assert found.even == pytest.approx(2.0)  # -6 + 4 * 0.5 + 2 * 2 is nothing
    assert found.relevance is not None
    heights = [float(point.partition(",")[2]) for point in found.relevance.line.split()]
    assert heights == sorted(heights, reverse=True)  # the higher the lead, the higher the point
    assert [tick.label for tick in found.relevance.upwards] == ["0%", "50%", "100%"]
    assert found.judged == "3 hits judged on the page."
    plain = curve(lambda lead: lead, 0.0, 1.0)
    assert plain.line.split()[0].endswith(f",{plain.upwards[0].at}")
    monkeypatch.setattr(service.collections, "shape", lambda _: Shape((), None))
    assert condition(service.collections, "notes", 0).relevance is None


def test_what_is_not_good_says_what_helps(
    browser: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    stats = service.collections.stats("notes")
    poor = replace(stats, dense_coverage=0.25, tombstoned=60, certificate=None)
    monkeypatch.setattr(service.collections, "names", lambda: ["notes"])
    monkeypatch.setattr(service.collections, "stats", lambda _: poor)
    monkeypatch.setattr(service.collections, "shape", lambda _: Shape(((2, 3),) * 20, None))
    monkeypatch.setattr(service.jobs, "states", lambda: Counter(failed=2, done=1))
    monkeypatch.setattr("api.page.health.room.shutil.disk_usage", lambda _: Disk(10**10, 10**10 - 10**6, 10**6))
    said = words(browser.get("/health"))
    for sentence in (
        "notes: 75% cannot be found by meaning yet",
        "notes: It has many segments; winnow merge --collection notes makes searches faster.",
        "notes: 60% of what is stored was deleted",
        "Only 1.0 MB are free on the disk",
        "Jobs that failed: 2.",
        "winnow certify",
    ):
        assert sentence in said


def test_evidence_is_told(browser: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    evidence: dict[str, Any] = {
        "recipe": "fusion rrf", "date": "2026-11-30T10:00:00+00:00", "queries": 60, "origin": "judged",
        "metric": "nDCG@10", "chosen": 0.71234,
    }  # fmt: skip
    certificate = {**evidence, "oversampling": 4, "figures": {"4": {"recall": {"mean": 0.9912}}}}
    known = replace(service.collections.stats("notes"), evidence=evidence, certificate=certificate)
    monkeypatch.setattr(service.collections, "stats", lambda _: known)
    said = words(browser.get("/health"))
    assert "fusion rrf, chosen on 30 November 2026 by 60 judged queries: nDCG@10 0.712." in said
    assert "find 99.1% of what exact ones would" in said


def test_a_part_that_is_not_ready_is_named(browser: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    readiness = browser.app.state.readiness  # type: ignore[attr-defined]
    monkeypatch.setattr(readiness, "checks", lambda: {"catalogue": "ok", "models": "model_not_found"})
    assert "Not ready: the models (model_not_found)." in words(browser.get("/health"))


def test_an_empty_home_is_well(tmp_path: Any) -> None:
    with (
        Service(tmp_path / "home") as service,
        TestClient(create_app(service), base_url=HERE, headers=BROWSER) as browser,
    ):
        assert browser.get("/health").status_code == 200


def test_a_key_sees_the_collections_that_it_reads(service: Service) -> None:
    _, secret = KeyStore(service.home).create("health", ["read"], ["notes"])
    browser = TestClient(create_app(service), base_url=HERE, headers=BROWSER)  # without its lifespan
    assert browser.get("/health").status_code == 401
    browser.auth = ("anybody", secret)
    found = browser.get("/health")
    assert tree(found).xpath("//section[@class='condition']/h2/a/text()") == ["notes"]
    assert "hostile" not in found.text
