"""The rate limiter against a bucket that is counted out in exact fractions."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import RateLimited
from api.security import limits as module
from api.security.limits import RateLimiter


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@given(
    st.integers(1, 64),
    st.integers(1, 10),
    st.lists(st.tuples(st.integers(0, 40), st.sampled_from("ab"), st.integers(1, 12)), max_size=60),
)
def test_it_is_a_token_bucket(rate: int, burst: int, requests: list[tuple[int, str, int]]) -> None:
    clock = Clock()
    limiter = RateLimiter(rate, burst, clock=clock)
    tokens, seen = dict.fromkeys("ab", Fraction(burst)), dict.fromkeys("ab", Fraction(0))
    for pause, key, cost in requests:
        clock.now += pause / 32  # exact in binary
        now, cost = Fraction(clock.now), min(cost, burst)
        tokens[key] = min(Fraction(burst), tokens[key] + (now - seen[key]) * rate)
        seen[key] = now
        wait = limiter.wait(key, cost)
        if tokens[key] >= cost:
            assert wait == 0.0
            tokens[key] -= cost
        else:
            assert wait == pytest.approx(float((cost - tokens[key]) / rate))


def test_the_wait_is_long_enough_and_not_longer() -> None:
    clock = Clock()
    limiter = RateLimiter(2, 3, clock=clock)
    assert [limiter.wait("a") for _ in range(3)] == [0.0] * 3
    assert limiter.wait("a") == pytest.approx(0.5)
    clock.now = 0.499
    assert limiter.wait("a") > 0
    clock.now = 0.5
    assert limiter.wait("a") == 0.0


def test_a_refusal_costs_nothing_and_says_how_long() -> None:
    limiter = RateLimiter(1, 1, clock=Clock())
    limiter.check("a")
    for _ in range(10):
        with pytest.raises(RateLimited) as refused:
            limiter.check("a")
        assert refused.value.retry_after == pytest.approx(1.0)
    limiter.check("b")


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REMEMBERED", 10)
    limiter = RateLimiter(1, 1, clock=Clock())
    for number in range(50):
        limiter.check(str(number))
    assert len(limiter._full_at) == 10
    with pytest.raises(RateLimited):
        limiter.check("49")


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (1, 0)])
def test_limits_that_are_none(rate: float, burst: int) -> None:
    with pytest.raises(ValueError):
        RateLimiter(rate, burst)
