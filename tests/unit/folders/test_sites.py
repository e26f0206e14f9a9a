"""Sites on loopback: what is found of them, and what a second ingest asks for."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import SourceUnavailable, UsageError
from engine.store.generation import open_generation
from indexer.folders.plan import plan
from indexer.folders.selection import Selection
from indexer.ingest import ingest_selection
from indexer.report import IngestReport
from indexer.sources.source import Failed, Found, Skipped, Source
from indexer.sources.web import crawl
from indexer.sources.web.crawl import site_sources
from indexer.sources.web.fetching import Bounds
from indexer.sources.web.visited import Visited
from tests.support.stubs.sites import Page, Site, html, packed, page, redirect, serving
from tests.unit.folders.conftest import Run, stored

pytest.importorskip("protego", reason="install the extra web")


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site()) as made:
        made.pages = {"/": page("start", "a.html", "/docs/b.html"), "/a.html": page("ferry"), "/docs/b.html": page("b")}
        yield made


def found(site: Site, start: str = "/", **bounds: object) -> list[Found]:
    return list(site_sources(site.url + start, Bounds(**bounds), Visited()))  # type: ignore[arg-type]


def paths(site: Site, all_found: list[Found]) -> list[str]:
    return [one.id.removeprefix(site.url) for one in all_found if isinstance(one, Source)]


def left(site: Site, all_found: list[Found]) -> dict[str, str]:
    return {one.path.removeprefix(site.url): one.reason for one in all_found if not isinstance(one, Source)}


def test_pages_are_found_by_links_nearest_first(site: Site) -> None:
    site.pages["/docs/b.html"] = page("b", "../c/d.html", "../a.html#part", "https://elsewhere.example/", "gone.html")
    site.pages["/c/d.html"] = page("d", "/")
    all_found = found(site)
    assert paths(site, all_found) == ["/", "/a.html", "/docs/b.html", "/c/d.html"]
    assert left(site, all_found) == {"/docs/gone.html": "status 404"}
    first = next(one for one in all_found if isinstance(one, Source) and one.id.endswith("/docs/b.html"))
    assert first.uri == first.id == f"{site.url}/docs/b.html"
    assert first.facts == {"folder": ("docs",), "kind": "html", "bytes": len(site.pages["/docs/b.html"].body)}
    assert first.parse().title == "b"


def test_a_crawl_keeps_to_the_folder_of_its_address(site: Site) -> None:
    site.pages["/docs/"] = page("docs", "b.html", "/a.html", "../docs/c")
    site.pages["/docs/c"] = page("c")
    assert paths(site, found(site, "/docs/")) == ["/docs/", "/docs/b.html", "/docs/c"]
    assert paths(site, found(site, "/docs/b.html", scope=site.url)) == ["/docs/b.html"]
    assert "/a.html" not in site.paths()


def test_robots_txt_is_obeyed(site: Site) -> None:
    site.pages["/robots.txt"] = Page(
        b"User-agent: *\nDisallow: /\n\nUser-agent: Winnow\nDisallow: /docs/*.html$\nAllow: /\n", "text/plain"
    )
    all_found = found(site)
    assert paths(site, all_found) == ["/", "/a.html"]
    assert left(site, all_found) == {"/docs/b.html": "robots.txt"}
    assert "/docs/b.html" not in site.paths()
    site.pages["/robots.txt"] = Page(b"User-agent: *\nDisallow: /\n", "text/plain")
    with pytest.raises(SourceUnavailable, match=r"robots\.txt"):
        found(site)


def test_a_site_whose_rules_are_unknown_is_not_read(site: Site) -> None:
    site.pages["/robots.txt"] = Page(b"", status=500)
    with pytest.raises(SourceUnavailable, match="status 500"):
        found(site)
    assert site.paths() == ["/robots.txt"]


def test_a_delay_of_robots_txt_is_kept(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.pages["/robots.txt"] = Page(b"User-agent: *\nCrawl-delay: 7\n", "text/plain")
    slept: list[float] = []
    from indexer.sources.web.fetching import Fetcher

    made = Fetcher(Bounds(), clock=lambda: 0.0, sleep=slept.append)
    list(site_sources(site.url, Bounds(), Visited(), fetcher=made))
    assert slept and all(seconds == 7.0 for seconds in slept)


def test_sitemaps_lead_to_pages_without_links(site: Site) -> None:
    listed = f"<urlset><url><loc>{site.url}/lone.html</loc></url><url><loc>https://x.example/</loc></url></urlset>"
    index = f"<sitemapindex><sitemap><loc>{site.url}/maps/1.xml.gz</loc></sitemap></sitemapindex>"
    site.pages["/robots.txt"] = Page(f"Sitemap: {site.url}/maps/index.xml\n".encode(), "text/plain")
    site.pages["/maps/index.xml"] = Page(index.encode(), "application/xml")
    site.pages["/maps/1.xml.gz"] = Page(gzip.compress(listed.encode()), "application/gzip")
    site.pages["/lone.html"] = page("lone")
    assert "/lone.html" in paths(site, found(site))
    site.pages["/maps/1.xml.gz"] = Page(b"", status=502)
    assert "1.xml.gz" in left(site, found(site))["/"]  # nothing of the site may be taken for gone


def test_what_a_page_is_is_told_by_its_header(site: Site) -> None:
    site.pages["/"] = page("start", "x.php?n=1", "notes", "pic.png", "api", "data.bin", "old.html", "empty", "feed.xml")
    site.pages["/x.php?n=1"] = page("made")
    site.pages["/notes"] = Page(b"Plain notes about ferries.", "text/plain")
    site.pages["/api"] = Page(b'{"a": 1}', "application/json")
    site.pages["/data.bin"] = Page(b"\0\1\2", "application/octet-stream")
    site.pages["/old.html"] = Page(
        "Стол у окна".join(["<p>", "</p>"]).encode("cp1251"), "text/html; charset=windows-1251"
    )
    site.pages["/empty"] = Page(b"", "text/html")
    site.pages["/feed.xml"] = Page(b"<rss/>", "application/rss+xml")
    all_found = found(site)
    assert paths(site, all_found) == ["/", "/x.php?n=1", "/notes", "/old.html"]
    (old,) = [one for one in all_found if isinstance(one, Source) and one.id.endswith("old.html")]
    assert "Стол у окна" in old.parse().text
    assert left(site, all_found) == {
        "/pic.png": "no parser",
        "/api": "application/json",
        "/data.bin": "application/octet-stream",
        "/empty": "text/html",
        "/feed.xml": "application/rss+xml",
    }
    assert "/pic.png" not in site.paths()


def test_one_page_has_one_address(site: Site) -> None:
    original = '<link rel="canonical" href="/docs/b.html">'
    site.pages["/"] = page("start", "index.html", "print", "hidden", "/a.html?utm_source=x", "a.html", "docs/b.html")
    site.pages["/index.html"] = site.pages["/"]
    site.pages["/print"] = page("printed b", head=original)
    site.pages["/hidden"] = page("hidden", "/behind", head='<meta name="robots" content="noindex">')
    site.pages["/behind"] = page("behind")
    all_found = found(site)
    assert paths(site, all_found) == ["/", "/a.html", "/docs/b.html", "/behind"]
    assert left(site, all_found) == {
        "/index.html": "the same as another page",
        "/print": "another address is its canonical one",
        "/hidden": "noindex",
    }


@pytest.mark.parametrize("original", ["/nowhere", "/away", "/circle", "https://production.example/print"])
def test_a_page_stays_where_its_canonical_one_is_none(site: Site, original: str) -> None:
    site.pages["/"] = page("start", "print")
    site.pages["/print"] = page("printed", head=f'<link rel="canonical" href="{original}">')
    site.pages["/away"] = redirect("https://elsewhere.example/")
    site.pages["/circle"] = page("circle", head='<link rel="canonical" href="/print">')
    pages = paths(site, found(site))
    assert pages[:1] == ["/"] and len({"/print", "/circle"} & set(pages)) == 1


def test_redirects_are_followed_within_the_scope(site: Site) -> None:
    site.pages["/"] = page("start", "old", "out", "round1", "self", "r/1", "soon")
    site.pages["/old"] = redirect("/a.html", 301)
    site.pages["/out"] = redirect("https://elsewhere.example/")
    site.pages["/round1"], site.pages["/round2"] = redirect("round2"), redirect("round1")
    site.pages["/self"] = redirect("self")
    site.pages["/soon"] = page("soon", head='<meta http-equiv="refresh" content="0; url=docs/b.html">')
    site.other = lambda path: redirect(f"/r/{int(path[3:]) + 1}") if path.startswith("/r/") else None
    all_found = found(site)
    assert sorted(paths(site, all_found)) == ["/", "/a.html", "/docs/b.html"]
    told = left(site, all_found)
    assert told["/old"] == told["/soon"] == "redirects" and told["/out"] == "redirects out of scope"
    assert "circle" in told["/round2"] and "circle" in told["/self"]
    assert "10 redirects" in told["/r/11"] and "/r/12" not in site.paths()


def test_an_address_that_leads_elsewhere_is_refused(site: Site) -> None:
    site.pages["/"] = redirect("https://elsewhere.example/docs/")
    with pytest.raises(SourceUnavailable, match=r"to https://elsewhere\.example/docs/"):
        found(site)


def test_a_trap_ends(site: Site) -> None:
    site.pages["/"] = page("start", "trap/1", "a/a/", "a.html")
    site.other = lambda path: (
        page(path, str(int(path.rpartition("/")[2]) + 1))
        if path.startswith("/trap/")
        else page(path, "a/a/")
        if path.startswith("/a/")
        else None
    )
    all_found = found(site)
    assert "/a.html" in paths(site, all_found)
    assert sum(path.startswith("/trap/") for path in site.paths()) == 50
    reasons = set(left(site, all_found).values())
    assert reasons == {"more than 50 links away", "its path repeats itself"}


def test_a_crawl_is_bounded(site: Site) -> None:
    site.other = lambda path: page(path, f"{path}x", f"{path}y") if path.startswith("/t") else None
    site.pages["/"] = page("start", "t")
    all_found = found(site, pages=20)
    assert len(paths(site, all_found)) == 20
    assert "--max-pages" in str(all_found[-1]) and all_found[-1].path == f"{site.url}/"
    assert "MiB" in left(site, found(site, bytes=1000))["/"]


def test_a_bomb_and_a_slow_page_fail_alone(site: Site) -> None:
    site.pages["/"] = page("start", "bomb", "slow", "packed", "a.html")
    site.pages["/bomb"] = packed(Page(b"<p>" + b" " * 20_000_000))
    site.pages["/slow"] = Page(b"late", seconds=30)
    site.pages["/packed"] = packed(page("packed"))
    all_found = found(site, largest=10**6, silence=0.3)
    assert paths(site, all_found) == ["/", "/packed", "/a.html"]
    told = left(site, all_found)
    assert "MiB" in told["/bomb"] and "silent" in told["/slow"]


def test_a_site_that_falls_silent_is_left_alone(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.pages["/"] = page("start", *(f"slow/{number}" for number in range(50)))
    site.other = lambda path: Page(b"", seconds=30) if path.startswith("/slow") else None
    all_found = found(site, silence=0.05)
    assert "no longer answers" in left(site, all_found)["/"]
    assert sum(path.startswith("/slow") for path in site.paths()) <= crawl._SILENT


def test_nobody_at_the_address_is_told() -> None:
    with serving(Site()) as gone:
        url = gone.url
    with pytest.raises(SourceUnavailable, match="cannot be read"):
        list(site_sources(f"{url}/", Bounds(silence=1.0), Visited()))


def test_error_pages_are_no_documents(site: Site) -> None:
    site.pages["/"] = page("start", "missing", "gone", "private", "broken", "busy")
    for path, status in (("/gone", 410), ("/private", 403), ("/broken", 500)):
        site.pages[path] = Page(html("Error", "Something is wrong here."), status=status)
    site.pages["/busy"] = Page(status=503, headers={"Retry-After": "0"})
    all_found = found(site)
    assert paths(site, all_found) == ["/"]
    failed = {one.path.removeprefix(site.url) for one in all_found if isinstance(one, Failed)}
    assert failed == {"/broken", "/busy"}
    assert {one.reason for one in all_found if isinstance(one, Skipped)} == {"status 404", "status 410", "status 403"}


# --- in a collection -------------------------------------------------------------------------------------------------


def with_etags(site: Site) -> None:
    for path, one in site.pages.items():
        one.etag = f'"{path} {hash(one.body)}"'


def test_a_second_ingest_fetches_what_has_changed(site: Site, run: Run, home: Path) -> None:
    with_etags(site)
    assert run(site.url).added == 3
    assert set(stored(home)) == {f"{site.url}/", f"{site.url}/a.html", f"{site.url}/docs/b.html"}
    site.asked.clear()
    site.pages["/a.html"] = page("ferry and bridge", "new.html", etag='"2"')
    site.pages["/new.html"] = page("new", etag='"3"')
    report = run(site.url)
    assert (report.added, report.updated, report.unchanged) == (1, 1, 2)
    assert sorted(path for path, status in site.asked if status == 200) == ["/a.html", "/new.html"]
    assert site.count(304) == 2
    assert "ferry and bridge" in stored(home)[f"{site.url}/a.html"].text
    site.asked.clear()
    assert run(site.url).unchanged == 4 and site.count(200) == 0


def test_what_is_not_stored_is_fetched_whole(site: Site, run: Run, home: Path) -> None:
    with_etags(site)
    run(site.url)
    with open_generation(home, "c") as generation:
        file = generation.layout.visited
    file.write_bytes(b"rubbish")
    site.asked.clear()
    assert run(site.url).unchanged == 3
    assert (site.count(200), site.count(304)) == (3, 0)


def test_a_date_that_may_not_tell_is_not_trusted(site: Site, run: Run) -> None:
    site.pages["/a.html"].headers = {"Last-Modified": "Mon, 01 Jan 2024 10:00:00 GMT"}
    run(site.url)
    from indexer.sources.web.fetching import Answer
    from indexer.sources.web.reading import validators

    same = {"last-modified": "Mon, 01 Jan 2024 10:00:00 GMT", "date": "Mon, 01 Jan 2024 10:00:01 GMT"}
    later = {**same, "date": "Mon, 01 Jan 2024 10:00:05 GMT"}
    assert validators(Answer(200, same, b""))[1] == ""
    assert validators(Answer(200, later, b""))[1] == same["last-modified"]


def test_a_mirror_removes_pages_that_are_gone(site: Site, run: Run, home: Path) -> None:
    with_etags(site)
    run(site.url, mirror=True)
    del site.pages["/a.html"]
    assert run(site.url, mirror=True).removed == 1
    site.pages["/"] = page("start without links to b", etag='"n"')
    site.pages["/c.html"] = page("c")
    assert run(site.url, mirror=True, force=True).removed == 1
    assert set(stored(home)) == {f"{site.url}/"}


def test_a_mirror_keeps_what_cannot_be_read_and_what_it_leads_to(site: Site, run: Run, home: Path) -> None:
    site.pages["/a.html"] = page("ferry", "deep.html")
    site.pages["/deep.html"] = page("deep", "deeper.html")
    site.pages["/deeper.html"] = page("deeper")
    with_etags(site)
    assert run(site.url, mirror=True).added == 5
    whole = dict(site.pages)
    for status in (500, 403):
        site.pages["/a.html"] = Page(b"", status=status)
        report = run(site.url, mirror=True)
        assert (report.removed, len(report.failed), len(stored(home))) == (0, 1, 5)
    site.pages = whole
    report = run(site.url, mirror=True)
    assert (report.unchanged, report.updated, report.removed) == (5, 0, 0)


def test_a_mirror_that_was_cut_short_removes_nothing(site: Site, home: Path, static: str, run: Run) -> None:
    run(site.url, mirror=True)
    site.pages["/"] = page("start", *(f"{number}.html" for number in range(9)), "a.html")
    for number in range(9):
        site.pages[f"/{number}.html"] = page(f"number {number}")
    bounded = Selection((site.url,), bounds=Bounds(pages=4))
    report = ingest_selection(
        bounded, home=home, collection="c", encoder=static, reranker="none", mirror=True, force=True
    )
    assert report.removed == 0 and f"{site.url}/docs/b.html" in stored(home)


def test_a_dry_run_writes_nothing(site: Site, run: Run, home: Path) -> None:
    with_etags(site)
    made = plan(Selection((site.url,)), home=home, collection="c")
    assert [name.removeprefix(site.url) for name in made.added] == ["/", "/a.html", "/docs/b.html"]
    run(site.url, mirror=True)
    with open_generation(home, "c") as generation:
        before = generation.layout.visited.read_bytes()
    del site.pages["/a.html"]
    site.pages["/docs/b.html"] = page("b changed")
    made = plan(Selection((site.url,)), home=home, collection="c", mirror=True)
    assert (made.gone, made.changed) == ([f"{site.url}/a.html"], [f"{site.url}/docs/b.html"])
    with open_generation(home, "c") as generation:
        assert generation.layout.visited.read_bytes() == before
    assert len(stored(home)) == 3


def test_patterns_leave_pages_out(site: Site, run: Run, home: Path) -> None:
    site.pages["/docs/b.html"] = page("b", "c.html")
    site.pages["/docs/c.html"] = page("c")
    assert run(site.url, include=("c.html",)).added == 1  # the others are read for their links
    assert set(stored(home)) == {f"{site.url}/docs/c.html"}


def test_two_sites_share_a_collection(site: Site, run: Run, home: Path, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "leave.md").write_text("# Leave\n\nThirty days.")
    with serving(Site({"/": page("other")})) as other:
        run(site.url, other.url, tmp_path / "docs", mirror=True)
        assert set(stored(home)) >= {f"{other.url}/", f"{site.url}/", "leave.md"}
        del site.pages["/a.html"]
        assert run(site.url, mirror=True).removed == 1
        assert f"{other.url}/" in stored(home)


def test_a_scope_that_is_elsewhere_is_refused(site: Site, home: Path) -> None:
    with pytest.raises(UsageError, match="--scope"):
        selection = Selection((site.url,), bounds=Bounds(scope="http://127.0.0.1:1/"))
        list(selection.sources(home))


def counts(report: IngestReport) -> tuple[int, int, int]:
    return report.added, report.updated, report.unchanged


def test_pages_of_the_web_that_change_their_reader_are_read_again(
    site: Site, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_etags(site)
    run(site.url)
    from indexer.parsers.html import HtmlParser

    monkeypatch.setattr(HtmlParser, "version", "html/next")
    assert counts(run(site.url)) == (0, 3, 0)
