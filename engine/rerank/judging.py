"""Asks a reranker about passages: what it said before is not asked again, long ones are read in windows, and where
time is short the best candidates are asked about first.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, islice, takewhile

import numpy as np

from engine.errors import Overloaded
from engine.protocols import Remembers, Reranker
from engine.rerank.memory import RerankScore, lookups, memory_of
from engine.rerank.windows import windows
from engine.types import Passage

# Passages asked about between two looks at the clock, where time is short: at least two, and as many as could be read
# in time at the slowest pace of late.
_FEWEST, _MOST = 2, 10
_REMEMBERED = 0.02  # what a token costs that the model has read before, of a new one


@dataclass(frozen=True, slots=True)
class _Plan:
    """How a passage is read: the texts to score, the tokens of each, their spans in the passage's own text, and how
    many tokens that costs. `new`: something of it surely has to be read, and not only to be compared.
    """

    texts: tuple[str, ...]
    tokens: tuple[int, ...]
    spans: tuple[tuple[int, int] | None, ...]
    cut: bool
    stored: bool
    cost: float
    new: bool = True


def judge(
    reranker: Reranker, query: str, passages: Sequence[Passage], deadline: float | None = None
) -> list[RerankScore]:
    """Scores of the passages by the reranker, in order: of as many of the first as it can read before `deadline`
    (`time.monotonic()`), of all without one. A cached score takes no time. Raises whatever a model raises, and
    ValueError where it gives scores that are not numbers.

    Equal passages are read once: run-times round by a text's place among the others, and equals must tie.
    """
    distinct = list({passage.text: passage for passage in passages}.values())
    scores = dict(
        zip((passage.text for passage in distinct), _judged(reranker, query, distinct, deadline), strict=False)
    )
    return [scores[passage.text] for passage in takewhile(lambda passage: passage.text in scores, passages)]


def _judged(reranker: Reranker, query: str, passages: Sequence[Passage], deadline: float | None) -> list[RerankScore]:
    """The same of passages none of which equals another."""
    scorer = _QueryScorer(reranker, query)
    scores = [scorer.memory.scores.get((scorer.query, passage.content_hash)) for passage in passages]
    unread = [place for place, score in enumerate(scores) if score is None]
    lookups.add(len(passages), len(passages) - len(unread))
    plans: list[_Plan] = []  # of the first of them
    while unread:
        looked_at = unread if deadline is None else unread[:_MOST]
        plans += scorer.plans([passages[place] for place in looked_at[len(plans) :]], timed=deadline is not None)
        count = len(plans) if deadline is None else scorer.fitting(plans, deadline)
        if not count:
            scorer.memory.pace.relax()
            break
        try:
            read = scorer.read(plans[:count])
        except Overloaded:
            if deadline is None:
                raise
            break  # the models found no time for it before the deadline: what was read before still counts
        for place, score in zip(unread, read, strict=False):
            scores[place] = score
            scorer.remember(passages[place], score)
        unread, plans = unread[count:], plans[count:]
    known = scores[: unread[0]] if unread else scores
    return [score for score in known if score is not None]


class _QueryScorer:
    """One query's reading."""

    def __init__(self, reranker: Reranker, query: str) -> None:
        self._reranker, self.memory = reranker, memory_of(reranker)
        words = query.split()
        # what the model would cut anyway is not tokenised again for each passage
        self.query = query if len(words) <= reranker.max_tokens else " ".join(words[: reranker.max_tokens])
        asked = reranker.tokens.count([self.query])[0]
        room = reranker.max_tokens - reranker.special_tokens
        # Where passages are read apart from the query, each query must leave the same room: what is cut otherwise would
        # be read anew.
        self._beside = 0 if isinstance(reranker, Remembers) else asked
        # The longer of the two is cut first, so a query can never leave a passage less than half.
        self._room = max(room - self._beside, room // 2)
        self._query_is_cut = asked > room
        self._most = room

    def _lengths(self, passages: Sequence[Passage]) -> list[int]:
        """Tokens of each passage; those not counted before are counted all at once."""
        known = [self.memory.lengths.get(passage.content_hash) for passage in passages]
        missing = [place for place, length in enumerate(known) if length is None or not passages[place].content_hash]
        counted = self._reranker.tokens.count([passages[place].text for place in missing])
        for place, length in zip(missing, counted, strict=True):
            known[place] = length
            self.memory.lengths.put(passages[place].content_hash, length)
        return [length or 0 for length in known]

    def plans(self, passages: Sequence[Passage], *, timed: bool) -> list[_Plan]:
        """How each is read, and where that is `timed` what the model remembers of it."""
        plans = list(map(self._planned, passages, self._lengths(passages)))
        if not plans or not isinstance(self._reranker, Remembers):
            return plans
        if not timed:
            return [replace(plan, new=False) for plan in plans]
        remembered = iter(self._reranker.remembered(list(_pieces(plans))))
        return [_reduced(plan, list(islice(remembered, len(plan.texts)))) for plan in plans]

    def _planned(self, passage: Passage, length: int) -> _Plan:
        if length <= self._room:
            return self._plan(passage, (passage.text,), (None,), (length,))
        context, text = passage.text[: passage.start], passage.text[passage.start :]
        counter = self._reranker.tokens
        spent = counter.count([context])[0]
        if 2 * spent > self._room:
            context, spent = "", 0
        spans = tuple(windows(text, counter, self._room - spent)) or ((0, len(text)),)
        texts = tuple(context + text[start:end] for start, end in spans)
        return self._plan(passage, texts, spans, counter.count(texts))

    def fitting(self, plans: Sequence[_Plan], deadline: float) -> int:
        """How many of the first plans are to be read before the clock is looked at again."""
        left, pace = deadline - time.monotonic(), self.memory.pace
        tokens = list(accumulate(plan.cost for plan in plans))
        surely = sum(pace.slowest(spent) <= left for spent in tokens)
        return min(sum(pace.seconds(spent) <= left for spent in tokens), max(surely, _FEWEST))

    def read(self, plans: Sequence[_Plan]) -> list[RerankScore]:
        """The best window of each."""
        started = time.monotonic()
        scores = self._reranker.score(self.query, list(_pieces(plans)))
        if any(plan.new for plan in plans):
            self.memory.pace.observe(sum(plan.cost for plan in plans), time.monotonic() - started)
        if not np.isfinite(scores).all():
            raise ValueError(f"{self._reranker.name} gave scores that are not numbers")
        best_of_each = []
        for plan, end in zip(plans, accumulate(len(plan.texts) for plan in plans), strict=True):
            own = scores[end - len(plan.texts) : end]
            best = int(np.argmax(own))
            best_of_each.append(RerankScore(float(own[best]), plan.spans[best], plan.cut))
        return best_of_each

    def remember(self, passage: Passage, score: RerankScore) -> None:
        if passage.content_hash:
            self.memory.scores.put((self.query, passage.content_hash), score)

    def _plan(
        self,
        passage: Passage,
        texts: tuple[str, ...],
        spans: tuple[tuple[int, int] | None, ...],
        lengths: Sequence[int],
    ) -> _Plan:
        pairs = [self._beside + length for length in lengths]
        tokens = tuple(min(pair, self._most) + self._reranker.special_tokens for pair in pairs)
        return _Plan(texts, tokens, spans, self._query_is_cut or max(pairs) > self._most, passage.stored, sum(tokens))


def _reduced(plan: _Plan, remembered: Sequence[bool]) -> _Plan:
    """The plan at the cost of what is not remembered of its texts."""
    costs = (_REMEMBERED * tokens if known else tokens for tokens, known in zip(plan.tokens, remembered, strict=True))
    return replace(plan, cost=sum(costs), new=not all(remembered))


def _pieces(plans: Sequence[_Plan]) -> Iterator[Passage]:
    """All texts that the plans want read, in order."""
    for plan in plans:
        yield from (Passage(text, stored=plan.stored) for text in plan.texts)
