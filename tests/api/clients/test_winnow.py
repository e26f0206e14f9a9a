"""Our own client against a live server, sync and async: every operation of the API, once, as a program would use it."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from typing import Any

import pytest

from api.client import (
    ApiError,
    AsyncWinnow,
    Conflict,
    ConnectionFailed,
    InvalidRequest,
    JobFailed,
    Judgement,
    NotFound,
    Winnow,
)
from tests.api.clients.conftest import NOTES, Live

TEXT = "The river is long. " * 30 + "The bridge is old. " * 30
QUICK: Any = {"mode": "lexical", "rerank_depth": 0}


@pytest.fixture
def winnow(live: Live) -> Iterator[Winnow]:
    with Winnow(live.url) as client:
        yield client


def test_search(winnow: Winnow) -> None:
    answer = winnow.search(
        "river",
        k=3,
        filter={"field": "year", "gte": 2010},
        facets=["checked"],
        sort=[{"field": "year", "descending": True}],
        why_not="d001",
        explain=True,
    )
    years: list[Any] = [hit.metadata["year"] for hit in answer.hits]
    assert len(years) == 3 and years == sorted(years, reverse=True) and min(years) >= 2010
    assert answer.collection == "default" and answer.timings_ms
    assert {entry.value for entry in answer.facets["checked"]} == {True, False}
    assert answer.why_not and answer.why_not.stage == "filter"
    assert all(hit.stages and hit.text and hit.end > hit.start for hit in answer.hits)


def test_pages_are_one_ranking(winnow: Winnow) -> None:
    pages = list(winnow.pages("the river", k=7, **QUICK))
    ids = [hit.document_id for page in pages for hit in page.hits]
    assert len(pages) > 2 and len(ids) == len(set(ids))
    assert ids == [hit.document_id for hit in winnow.search("the river", k=NOTES, **QUICK).hits]
    assert [hit.rank for page in pages for hit in page.hits] == list(range(1, len(ids) + 1))
    first = winnow.search("the river", k=7, pageable=True, **QUICK)
    assert first.cursor and [hit.document_id for hit in winnow.next_page(first.cursor, k=3).hits] == ids[7:10]


def test_judging_and_renaming(winnow: Winnow) -> None:
    kept = [Judgement("river", "d001", 3), Judgement("river", "d002", 0)]
    assert winnow.put_judgements(kept).total == 2
    assert winnow.list_judgements("river") == tuple(kept) == winnow.list_judgements()
    assert winnow.delete_judgements("river", "d002").changed == 1 and winnow.delete_judgements("river").total == 0
    with pytest.raises(NotFound):
        winnow.put_judgements([Judgement("river", "nothing", 1)])
    winnow.create_collection("before", encoder="bundled-static", reranker="none")
    assert winnow.rename_collection("before", "after").name == "after"
    with pytest.raises(Conflict):
        winnow.rename_collection("after", "default")
    winnow.delete_collection("after")


def test_a_streamed_search(winnow: Winnow) -> None:
    stages = dict(winnow.stream("river", k=3))
    assert list(stages) == ["fused", "reranked"] and stages["reranked"].scored and not stages["fused"].scored
    with pytest.raises(NotFound, match="collection_not_found"):
        list(winnow.stream("river", "nowhere"))


def test_several_collections(winnow: Winnow) -> None:
    answer = winnow.search_collections("river", ["default", "others"], k=6)
    assert {hit.collection for hit in answer.hits} == {"default", "others"}
    assert answer.merged_by == "words" and set(answer.collections) == {"default", "others"}


def test_documents_come_and_go(live: Live, winnow: Winnow) -> None:
    stats = winnow.create_collection("fresh", **live.pair)
    assert stats.documents == 0 and not stats.calibrated
    assert "fresh" in [collection.name for collection in winnow.list_collections()]
    with pytest.raises(Conflict):
        winnow.create_collection("fresh")
    odd = ["a/b", "a?b#c%2F", "..", ".", "ü ö", "a//b/../c"]
    job = winnow.put_documents([{"id": name, "text": f"The river {name}"} for name in odd], "fresh")
    done = winnow.wait_for_job(job, timeout=60)
    assert done.report and done.report.added == len(odd) and not done.report.failed
    assert list(winnow.follow_job(job.id))[-1] == done == winnow.get_job(job.id) == winnow.list_jobs()[0]
    assert winnow.cancel_job(job.id) == done  # it had finished
    assert [winnow.get_document(name, "fresh").text for name in odd] == [f"The river {name}" for name in odd]
    assert sorted(document.id for document in winnow.list_documents("fresh", page_size=2)) == sorted(odd)
    assert winnow.delete_document("..", "fresh").deleted == ("..",)
    assert set(winnow.delete_documents(odd[:2], "fresh").deleted) == set(odd[:2])
    with pytest.raises(NotFound) as caught:
        winnow.get_document("..", "fresh")
    assert caught.value.code == "document_not_found" and caught.value.remedy and caught.value.request_id
    files = {"a.md": b"# River\n\nThe river is long.", "broken.pdf": b"no pdf"}
    report = winnow.wait_for_job(winnow.put_files(files, "fresh")).report
    assert report and report.added == 1 and [problem.source for problem in report.failed] == ["broken.pdf"]
    assert winnow.suggest("riv", "fresh") == ("River",)
    winnow.delete_collection("fresh")
    with pytest.raises(NotFound):
        winnow.get_collection("fresh")


def test_a_document_that_is_not_stored(live: Live, winnow: Winnow) -> None:
    kept = winnow.search_document("bridge", TEXT, keep=True, k=2, **QUICK, **live.pair)
    assert "bridge" in kept.hits[0].text and kept.handle and kept.expires_in_seconds
    assert "river" in winnow.search_document("river", handle=kept.handle, **QUICK).hits[0].text
    winnow.forget_document(kept.handle)
    for early in (
        winnow.keep_document(TEXT, title="Notes", **live.pair),
        winnow.keep_file("notes.md", TEXT.encode(), **live.pair),
    ):
        assert "river" in winnow.search_document("river", handle=early.handle, **QUICK).hits[0].text
        winnow.forget_document(early.handle)
    with pytest.raises(NotFound, match="document_expired"):
        winnow.search_document("river", handle=kept.handle)
    hits = winnow.search_file("river", "a.md", b"# River\n\nThe river is long.", **live.pair).hits
    assert hits[0].title == "River"


def test_models(live: Live, winnow: Winnow) -> None:
    bundled = {"bundled", "bundled-multilingual", "bundled-static"}
    assert {model.id for model in winnow.list_models()} == {*bundled, live.encoder, live.reranker}
    assert winnow.get_model(live.encoder).kind == "encoder"
    ranked = winnow.rerank("river", ["a bridge", "the river", "food"], model=live.reranker, top_n=2).results
    assert len(ranked) == 2 and ranked[0].relevance_score >= ranked[1].relevance_score
    vectors = winnow.embed(["the river", "a bridge"], model=live.encoder).data
    assert len(vectors) == 2 and len(vectors[0].embedding) == len(vectors[1].embedding) > 0


def test_what_goes_wrong_is_typed(live: Live, winnow: Winnow) -> None:
    with pytest.raises(InvalidRequest) as caught:
        winnow.search("river", k=0)
    assert caught.value.status == 422 and caught.value.errors[0][0] == "body.k"
    with pytest.raises(TimeoutError):
        slow = winnow.put_documents([{"id": f"s{n}", "text": TEXT} for n in range(50)], "others")
        winnow.wait_for_job(slow, timeout=0.001)
    winnow.wait_for_job(slow)
    with pytest.raises(ConnectionFailed, match="unreachable"):
        Winnow("http://127.0.0.1:9", retries=0).list_collections()
    assert issubclass(JobFailed, ApiError)


def test_the_asynchronous_client(live: Live) -> None:
    async def use() -> None:
        async with AsyncWinnow(live.url) as winnow:
            answers = await asyncio.gather(*(winnow.search(f"river {n}", k=2) for n in range(5)))
            assert all(len(answer.hits) == 2 for answer in answers)
            assert [stage async for stage, _ in winnow.stream("river")] == ["fused", "reranked"]
            pages = [page async for page in winnow.pages("the river", k=20, **QUICK)]
            assert sum(len(page.hits) for page in pages) == len({h.document_id for p in pages for h in p.hits})
            job = await winnow.put_documents([{"id": "async", "text": "The river."}], "others")
            assert (await winnow.wait_for_job(job, timeout=60)).finished
            assert [state async for state in winnow.follow_job(job.id)][-1].state == "done"
            assert "async" in [document.id async for document in winnow.list_documents("others")]
            assert (await winnow.list_collections())[0].name == "default"
            assert await winnow.suggest("not") and await winnow.list_models() and await winnow.list_jobs()
            with pytest.raises(NotFound):
                await winnow.get_document("nothing")

    asyncio.run(use())


def test_both_clients_have_the_same_methods() -> None:
    def methods(client: type) -> dict[str, inspect.Signature]:
        known = {name: inspect.signature(method) for name, method in inspect.getmembers(client, inspect.isfunction)}
        return {
            name: signature.replace(return_annotation=None)
            for name, signature in known.items()
            if not name.startswith("_")
        }

    assert methods(Winnow) == methods(AsyncWinnow)
