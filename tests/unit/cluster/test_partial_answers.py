"""A shard that fails: the search is made again without it, and the answer says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from engine.cluster.searcher import Cluster
from engine.cluster.session import TOO_SLOW, Question, ShardFailed, Shards
from engine.cluster.shard import LocalShards
from engine.errors import Incomplete, UsageError
from engine.query.pipeline import Request
from engine.types import SearchResult
from tests.support.rerankers import Judge
from tests.unit.cluster.conftest import Both

BRIDGES = Request("the bridge of the city", 100, facets=("tags",), pageable=True)


class Failing:
    """Shards of which one fails from the `after`-th question on that it is asked."""

    def __init__(self, shards: Shards, failing: int, after: int = 0) -> None:
        self._shards, self._failing, self.left = shards, failing, after
        self.asked = 0

    @property
    def count(self) -> int:
        return self._shards.count

    def ask(self, questions: Mapping[int, Question]) -> dict[int, Any]:
        if self._failing in questions:
            self.asked += 1
            self.left -= 1
            if self.left < 0:
                raise ShardFailed(self._failing, "it was killed", TOO_SLOW)
        return self._shards.ask(questions)

    def close(self) -> None:
        pass


def missing(cluster: Cluster, result: SearchResult) -> set[str]:
    """The hits that shard 1 has."""
    found: dict[str, Any] = cluster.shards.ask({1: ("find", ([hit.document.id for hit in result.hits],))})[1]
    return set(found)


def test_whenever_a_shard_fails_the_answer_is_that_of_the_others(both: Both, cluster: Cluster) -> None:
    if cluster.shards.count < 2:
        pytest.skip("one shard alone cannot be missing")
    never = Failing(cluster.shards, 1, after=1000)
    _, many = both(Judge(lambda text: float(len(text) % 7)), never)
    many.search(BRIDGES)  # what every search needs is known from now on
    never.asked = 0
    whole = many.search(BRIDGES)
    gone = both(Judge(lambda text: float(len(text) % 7)), Failing(cluster.shards, 1))[1].search(BRIDGES)
    assert not whole.partial and gone.partial and gone.failed_shards == (1,)
    assert (whole.failed_reasons, gone.failed_reasons) == ((), ("too_slow",))
    assert "shards" in gone.degraded
    assert gone.hits and not missing(cluster, gone) and missing(cluster, whole)
    for after in range(1, never.asked):  # in the middle of a search
        failing = Failing(cluster.shards, 1, after)
        found = both(Judge(lambda text: float(len(text) % 7)), failing)[1].search(BRIDGES)
        expected = replace(gone, timings_ms={}, began_ms={}, cursor=None)
        assert replace(found, timings_ms={}, began_ms={}, cursor=None) == expected


def test_a_complete_answer_or_none(both: Both, cluster: Cluster) -> None:
    _, many = both(None, Failing(cluster.shards, 0))
    with pytest.raises(Incomplete, match="Shard 0") as raised:
        many.search(replace(BRIDGES, require_complete=True))
    assert raised.value.retry_after > 0


def test_where_no_shard_answers_there_is_no_answer(both: Both, cluster: Cluster) -> None:
    class Dead(Failing):
        def ask(self, questions: Mapping[int, Question]) -> dict[int, Any]:
            raise ShardFailed(min(questions), "everything is gone")

    _, many = both(None, Dead(cluster.shards, 0))
    with pytest.raises(Incomplete):
        many.search(BRIDGES)
    with pytest.raises(Incomplete):
        list(many.search_in_stages(BRIDGES))


def test_a_page_of_a_missing_shard_is_refused(both: Both, cluster: Cluster) -> None:
    _, many = both()
    first = many.search(replace(BRIDGES, k=3))
    _, broken = both(None, Failing(cluster.shards, 0))
    assert first.cursor is not None
    with pytest.raises(Incomplete):
        for _ in range(40):  # sooner or later a page has a hit of that shard
            broken.page(first.cursor)


def test_stages_are_given_once_though_the_search_is_made_again(both: Both, cluster: Cluster) -> None:
    if cluster.shards.count < 2:
        pytest.skip("one shard alone cannot be missing")
    judge = Judge(lambda text: float(len(text) % 7))
    _, many = both(judge, Failing(cluster.shards, 1, after=6))
    found = list(many.search_in_stages(Request("the bridge of the city")))
    assert [result.partial for result in found] in ([False, True], [True, True])


def test_a_shard_does_what_it_knows_and_nothing_else(cluster: Cluster) -> None:
    assert isinstance(cluster.shards, LocalShards)
    for name in ("close", "__init__", "generation", "_with", "eval"):
        with pytest.raises(UsageError, match="same version"):
            cluster.shards.ask({0: (name, ())})
