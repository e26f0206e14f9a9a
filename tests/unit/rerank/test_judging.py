"""Budget, memory and windows of reranking."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.errors import Overloaded
from engine.rerank import POLICIES, judging
from engine.rerank.judging import judge
from engine.rerank.memory import memory_of
from engine.rerank.pace import Pace
from engine.rerank.windows import windows
from engine.types import Float32, Passage
from tests.support.rerankers import Judge
from tests.support.tokens import COUNTERS, Words


def passages(*texts: str) -> list[Passage]:
    return [Passage(text, f"hash of {text}") for text in texts]


def length(text: str) -> float:
    return float(len(text))


# ------------------------------------------------------------------------------------------------------------ memory


def test_no_pair_is_scored_twice() -> None:
    reranker = Judge(length)
    first = judge(reranker, "q", passages("a", "bb"))
    second = judge(reranker, "q", passages("ccc", "bb", "a"))
    assert [score.score for score in second] == [3.0, 2.0, 1.0] and second[1] == first[1]
    judge(reranker, "other", passages("a"))
    assert reranker.asked == [("q", "a"), ("q", "bb"), ("q", "ccc"), ("other", "a")]
    judge(Judge(length), "q", passages("a"))
    judge(reranker, "q", [Passage("unhashed")])
    judge(reranker, "q", [Passage("unhashed too")])
    assert [score.score for score in judge(reranker, "q", [Passage("unhashed")])] == [8.0]


# ------------------------------------------------------------------------------------------------------------ budget


class Clock:
    """Moves only when it is told to: stands for the module `time` in the code under test."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    monkeypatch.setattr(judging, "time", clock := Clock())
    return clock


class Slow(Judge):
    """Takes 1 ms a token."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(length)
        self.clock = clock

    def score(self, query: str, passages: Sequence[Passage]) -> Float32:
        tokens = sum(self.tokens.count([f"{query} {passage.text}" for passage in passages]))
        self.clock.now += 0.001 * (tokens + 3 * len(passages))
        return super().score(query, passages)


def test_a_deadline_is_kept_and_what_was_read_is_the_beginning(clock: Clock) -> None:
    reranker = Slow(clock)
    texts = passages(*(f"{number} word word word word word" for number in range(100)))  # 10 ms each
    judge(reranker, "q", texts[:4])
    judge(reranker, "q", texts[4:8])
    deadline = clock.now + 0.3
    found = judge(reranker, "other", texts, deadline=deadline)
    assert clock.now <= deadline
    assert 5 <= len(found) < 30
    assert [passage for _, passage in reranker.asked[8:]] == [passage.text for passage in texts[: len(found)]]
    assert len(judge(reranker, "other", texts, deadline=clock.now - 1)) == len(found)  # remembered: free


def test_nothing_in_no_time_and_everything_without_a_limit(clock: Clock) -> None:
    reranker = Slow(clock)
    texts = passages("a", "b", "c")
    assert judge(reranker, "q", texts, deadline=clock.now) == [] and not reranker.asked
    assert len(judge(reranker, "q", texts, deadline=clock.now + 60)) == 3
    assert len(judge(reranker, "w", texts)) == 3
    assert judge(reranker, "w", []) == []


def test_new_passages_after_many_known_ones_do_not_break_the_deadline(clock: Clock) -> None:
    """A late-interaction model has read most passages before, which takes it no time: the next one may be new."""

    class Remembering(Slow):
        def score(self, query: str, passages: Sequence[Passage]) -> Float32:
            new = [passage for passage in passages if "new" in passage.text]
            self.calls += 1
            return super().score(query, passages) if new else Judge.score(self, query, passages)

        calls = 0

    reranker = Remembering(clock)
    judge(reranker, "q", passages("new word word word word word"))  # 10 ms
    known = passages(*(f"{number} word word word word word" for number in range(20)))
    for number in range(30):
        assert len(judge(reranker, f"q{number}", known, deadline=clock.now + 0.15)) == 20
    assert reranker.calls < 30 * 4
    deadline = clock.now + 0.15
    new = passages(*(f"{number} new word word word word" for number in range(20)))
    assert judge(reranker, "other", [*known[:2], *new], deadline=deadline)
    assert clock.now <= deadline + 0.02


class Remembering(Slow):
    """Says which passages it has read, and takes no time for those."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.read: set[str] = set()

    def remembered(self, passages: Sequence[Passage]) -> list[bool]:
        return [passage.text in self.read for passage in passages]

    def score(self, query: str, passages: Sequence[Passage]) -> Float32:
        new = [passage for passage in passages if passage.text not in self.read]
        self.read |= {passage.text for passage in new}
        scores = super().score(query, new) if new else None
        return Judge.score(self, query, passages) if scores is None or len(new) < len(passages) else scores


def test_what_the_model_remembers_costs_nothing_and_does_not_change_its_pace(clock: Clock) -> None:
    reranker = Remembering(clock)
    known = passages(*(f"{number} word word word word word" for number in range(10)))
    for passage in known:
        judge(reranker, "q", [passage], deadline=clock.now + 60)  # 10 ms each
    pace = memory_of(reranker).pace.seconds(10)
    assert pace == pytest.approx(0.01, rel=0.5)
    for number in range(30):
        assert len(judge(reranker, f"q{number}", known, deadline=clock.now + 0.005)) == 10
    assert memory_of(reranker).pace.seconds(10) == pace
    new = passages(*(f"{number} new word word word word" for number in range(20)))
    deadline = clock.now + 0.1
    found = judge(reranker, "other", [*known, *new], deadline=deadline)
    assert clock.now <= deadline and len(found) >= 10 + 7


def test_without_a_deadline_nobody_is_asked_what_is_remembered(clock: Clock) -> None:
    reranker = Remembering(clock)
    judge(reranker, "q", passages("a", "b"), deadline=clock.now + 60)
    pace = memory_of(reranker).pace.seconds(10)
    assert len(judge(reranker, "other", passages("a", "b"))) == 2
    assert memory_of(reranker).pace.seconds(10) == pace  # which passages were new is not known: nothing is learnt


def test_models_that_find_no_time_end_the_reading_as_a_deadline_does() -> None:
    class Refusing(Judge):
        def score(self, query: str, passages: Sequence[Passage]) -> Float32:
            if self.asked:
                raise Overloaded("The request's time was over.")
            return super().score(query, passages)

    texts = passages(*map(str, range(20)))
    assert len(judge(Refusing(length), "q", texts, deadline=time.monotonic() + 60)) == judging._MOST
    refusing = Refusing(length)
    judge(refusing, "q", texts[:1])
    with pytest.raises(Overloaded):
        judge(refusing, "q", texts)


def test_an_estimate_follows_what_is_measured_and_is_never_stuck() -> None:
    pace = Pace(1.0)
    assert pace.seconds(3) == 3.0
    for _ in range(50):
        pace.observe(10, 1.0)
    assert pace.seconds(10) == pytest.approx(1.0, rel=0.01)
    pace.observe(10, 100.0)
    assert pace.seconds(10) > 20
    for _ in range(100):
        pace.relax()
    assert pace.seconds(10) == pytest.approx(1.0, rel=0.01)  # never below the fastest that was seen


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=30),
    st.lists(st.floats(-20, 20), max_size=30),
    st.floats(0, 1),
    st.sampled_from(sorted(POLICIES)),
)
def test_what_was_not_read_never_overtakes_what_was(
    fused: list[float], seen: list[float], weight: float, policy: str
) -> None:
    best_first, scores = np.array(sorted(fused, reverse=True)), np.array(seen[: len(fused)])
    final = POLICIES[policy].combine(best_first, scores, weight)
    unseen = final[len(scores) :]
    assert (np.diff(unseen) <= 0).all()
    assert not len(scores) or not len(unseen) or final[: len(scores)].min() >= unseen.max()


# ----------------------------------------------------------------------------------------------------------- windows


@settings(deadline=None)  # the first call trains a tokenizer
@given(st.text(alphabet="ab é城 .\n", min_size=1, max_size=400), st.sampled_from(sorted(COUNTERS)), st.integers(8, 60))
@example(" 城城", "byte level", 8)
def test_windows_cover_the_text_and_fit(text: str, kind: str, size: int) -> None:
    counter = COUNTERS[kind]()
    spans = windows(text, counter, size)
    offsets = counter.offsets(text)
    assert all(any(start <= low and high <= end for start, end in spans) for low, high in offsets)
    assert spans == sorted(spans) and len(set(spans)) == len(spans)
    assert all(sum(start <= low and high <= end for low, high in offsets) <= size for start, end in spans)


def test_a_long_passage_is_worth_its_best_window() -> None:
    reranker = Judge(lambda text: float("needle" in text), max_tokens=40)
    body = "hay " * 200 + "needle " + "hay " * 200
    (score,) = judge(reranker, "where is it", [Passage(f"Title\n{body}", "h", len("Title\n"))])
    assert score.score == 1.0 and score.evidence is not None and not score.cut
    start, end = score.evidence
    assert "needle" in body[start:end] and end - start < 40 * 4 + 7
    assert all(text.startswith("Title\n") for _, text in reranker.asked) and len(reranker.asked) > 10
    assert reranker.truncated("where is it", [Passage(text) for _, text in reranker.asked]) == 0


def test_a_short_passage_is_read_whole_and_a_long_query_is_reported() -> None:
    reranker = Judge(length, max_tokens=20)
    (score,) = judge(reranker, "q", passages("a b c"))
    assert score.evidence is None and not score.cut
    (score,) = judge(reranker, "q " * 19, passages("a b c"))
    assert score.cut
    (score,) = judge(reranker, "q", [Passage("long title " * 20 + "\nthe text", "t", len("long title " * 20) + 1)])
    assert not score.cut  # the context gives way


class Apart(Judge):
    """Reads passages apart from the query."""

    def remembered(self, passages: Sequence[Passage]) -> list[bool]:
        return [False] * len(passages)


@pytest.mark.parametrize(("kind", "alike"), [(Apart, True), (Judge, False)])
def test_what_is_read_apart_from_the_query_is_cut_alike_for_every_query(kind: type[Judge], alike: bool) -> None:
    reranker, read = kind(length, max_tokens=40), []
    for query in ("where", "where is it, and what lies beside it"):
        reranker.asked.clear()
        judge(reranker, query, passages("hay " * 55))
        read.append({text for _, text in reranker.asked})
    assert (read[0] == read[1]) == alike


def test_what_is_read_apart_from_the_query_has_all_the_room() -> None:
    reranker = Apart(length, max_tokens=40)
    room = reranker.max_tokens - reranker.special_tokens
    (score,) = judge(reranker, "where is it", passages("hay " * room))
    assert not score.cut and score.evidence is None
    assert judge(reranker, "q " * (room + 1), passages("a"))[0].cut  # the query is


def test_words_are_not_torn() -> None:
    text = " ".join(f"word{number}" for number in range(100))
    for start, end in windows(text, Words(), 12):
        assert text[start:end].startswith("word") and text[end : end + 1] in ("", " ")


def test_a_memory_belongs_to_its_model() -> None:
    one, other = Judge(length), Judge(length)
    assert memory_of(one) is memory_of(one) is not memory_of(other)


def test_equal_passages_are_read_once_and_tie() -> None:
    """Run-times round by the place in a batch."""

    class Rounding(Judge):
        def score(self, query: str, passages: Sequence[Passage]) -> Float32:
            return super().score(query, passages) + np.arange(len(passages), dtype=np.float32) / 1e6

    reranker = Rounding(len)
    texts = ["river", "a bridge", "river", "the bridge", "a bridge"]
    scores = [
        score.score for score in judge(reranker, "q", [Passage(text, f"{place}") for place, text in enumerate(texts)])
    ]
    assert scores[0] == scores[2] and scores[1] == scores[4] and len(set(scores)) == 3
    assert [text for _, text in reranker.asked] == ["river", "a bridge", "the bridge"]
