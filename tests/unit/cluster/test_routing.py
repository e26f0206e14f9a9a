"""Which replica is asked, when a second one is, and what becomes of those that fail. No replica here is a process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import pytest

from engine.cluster.serving.load import Chosen, Load, Patience
from engine.cluster.serving.routing import Reply, Router
from engine.cluster.session import Question, ShardFailed
from engine.errors import GenerationExpired, InvalidFilter, Overloaded, StoreDamaged

LONG = 60.0  # seconds that no test waits


def done(value: Any) -> Future[Reply]:
    future: Future[Reply] = Future()
    future.set_exception(value) if isinstance(value, Exception) else future.set_result(value)
    return future


@dataclass(eq=False)
class Fake:
    """A replica whose every call gives what `say` returns; None never comes."""

    name: str
    say: Callable[[], Reply | Exception | None]
    calls: list[tuple[str, str, tuple[Any, ...]]] = field(default_factory=list)
    pending: list[Future[Reply]] = field(default_factory=list)

    def call(self, publication: str, operation: str, arguments: tuple[Any, ...]) -> Future[Reply]:
        self.calls.append((publication, operation, arguments))
        said = self.say()
        if said is None:
            self.pending.append(Future())
            return self.pending[-1]
        return done(said)


def answering(name: str) -> Fake:
    return Fake(name, lambda: Reply(name))


def router(replicas: Sequence[Sequence[Fake]], load: Load | None = None, **patience: Any) -> Router:
    wanted = {"hedge": LONG, "deadline": LONG, **patience}
    return Router("p", replicas, Patience(**wanted), load or Load())


ONE: dict[int, Question] = {0: ("cards", ([],))}


def test_all_shards_are_asked_before_any_is_waited_for() -> None:
    order: list[str] = []
    late: Future[Reply] = Future()

    class First(Fake):
        def call(self, *arguments: Any) -> Future[Reply]:
            order.append(self.name)
            return late

    class Second(Fake):
        def call(self, *arguments: Any) -> Future[Reply]:
            order.append(self.name)
            late.set_result(Reply("a"))
            return done(Reply("b"))

    found = router([[First("a", lambda: None)], [Second("b", lambda: None)]]).ask({0: ("x", ()), 1: ("y", (1,))})
    assert found == {0: "a", 1: "b"} and order == ["a", "b"]


def test_a_slow_replica_is_not_waited_for() -> None:
    slow, quick = Fake("slow", lambda: None), answering("quick")
    assert router([[slow, quick]], hedge=0.001).ask(ONE) == {0: "quick"}
    assert (len(slow.calls), quick.calls) == (1, [("p", "cards", ([],))])


@pytest.mark.parametrize(
    "failure", [ConnectionError("gone"), Reply(None, StoreDamaged("a flipped bit")), Reply(None, Overloaded("busy"))]
)
def test_another_replica_is_asked_at_once_where_one_fails(failure: Any) -> None:
    broken, whole = Fake("broken", lambda: failure), answering("whole")
    load = Load()
    assert router([[broken, whole]], load).ask(ONE) == {0: "whole"}
    assert router([[broken, whole]], load).ask(ONE) == {0: "whole"}
    assert len(broken.calls) == 1  # the second search went to the whole one first


def test_one_that_cannot_be_called_is_as_one_that_failed() -> None:
    def refuse() -> Reply:
        raise ConnectionError("no route")

    assert router([[Fake("far", refuse), answering("near")]]).ask(ONE) == {0: "near"}
    with pytest.raises(ShardFailed, match="no route"):
        router([[Fake("far", refuse)]]).ask(ONE)


def test_a_failed_replica_is_tried_again_after_a_while() -> None:
    now = [100.0]
    states: Iterator[Reply | Exception] = iter([ConnectionError("restarting"), Reply("back")])
    first, second = Fake("first", lambda: next(states)), answering("second")
    load = Load(lambda: now[0])
    assert router([[first, second]], load, cooldown=5.0).ask(ONE) == {0: "second"}
    assert router([[first, second]], load, cooldown=5.0).ask(ONE) == {0: "second"}
    now[0] += 6.0
    assert router([[first, second]], load, cooldown=5.0).ask(ONE) == {0: "back"}


def test_a_shard_whose_replicas_all_fail_or_are_silent_has_failed() -> None:
    with pytest.raises(ShardFailed, match="bit") as raised:
        router([[answering("a")], [Fake("b", lambda: Reply(None, StoreDamaged("a flipped bit")))]]).ask(
            {0: ("x", ()), 1: ("x", ())}
        )
    assert raised.value.shard == 1
    with pytest.raises(ShardFailed, match="too long"):
        router([[Fake("a", lambda: None), Fake("b", lambda: None)]], hedge=0.001, deadline=0.01).ask(ONE)
    with pytest.raises(ShardFailed, match="no replica"):
        router([[]]).ask(ONE)


def test_it_is_said_why_each_replica_gave_no_answer(caplog: pytest.LogCaptureFixture) -> None:
    reasons: list[tuple[Callable[[], Reply | Exception | None], str, str]] = [
        (lambda: ConnectionError("no route"), "unreachable", "a: no route"),
        (lambda: Reply(None, StoreDamaged("object x is damaged")), "store_damaged", "a: object x is damaged"),
        (lambda: Reply(None, GenerationExpired("p is not loaded here: no room")), "not_loaded", "no room"),
        (lambda: RuntimeError("odd"), "failed", "a: odd"),
        (lambda: None, "too_slow", "it took too long"),
    ]
    for say, code, said in reasons:
        caplog.clear()
        broken = Fake("b", lambda: Reply(None, StoreDamaged("a flipped bit")))
        load = Load()
        with pytest.raises(ShardFailed, match=said) as raised:
            router([[broken, Fake("a", say)]], load, deadline=0.01 if code == "too_slow" else LONG).ask(ONE)
        assert raised.value.code == code
        if code != "too_slow":
            assert "b: a flipped bit" in str(raised.value)  # the one that failed before it as well
        assert str(raised.value) in caplog.text and "cards" in caplog.text


def test_a_wrong_request_is_not_asked_again() -> None:
    first, second = (Fake(name, lambda: Reply(None, InvalidFilter("no such field"))) for name in "ab")
    with pytest.raises(InvalidFilter):
        router([[first, second]]).ask(ONE)
    assert len(first.calls) + len(second.calls) == 1


def test_queues_are_bounded_and_the_least_busy_is_asked() -> None:
    load = Load(lambda: 0.0)  # no time passes
    slow, other = Fake("slow", lambda: None), Fake("other", lambda: None)
    for expected in ((1, 0), (1, 1), (2, 1), (2, 2)):
        with pytest.raises(ShardFailed):
            router([[slow, other]], load, queue=2, deadline=0.0).ask(ONE)
        assert (len(slow.pending), len(other.pending)) == expected
    with pytest.raises(Overloaded):
        router([[slow, other]], load, queue=2, deadline=0.0).ask(ONE)
    other.pending[0].set_result(Reply("late"))  # room again
    other.say = lambda: Reply("other")
    assert router([[slow, other]], load, queue=2).ask(ONE) == {0: "other"}


@dataclass(frozen=True)
class Just:
    name: str


@dataclass
class Asking:
    """Two replicas, `slow` and `quick`, and a clock."""

    patience: Patience = field(default_factory=Patience)
    now: float = 0.0
    load: Load = field(init=False)
    slow: Just = Just("slow")
    quick: Just = Just("quick")

    def __post_init__(self) -> None:
        self.load = Load(lambda: self.now)

    def choose(self, *replicas: Just) -> Chosen[Just]:
        chosen = self.load.choose(replicas or (self.slow, self.quick), [], self.patience)
        assert chosen
        return chosen

    def ask(self, replica: Just, seconds: float, answered: bool = True) -> None:
        chosen = self.choose(replica)
        self.now += seconds
        self.load.done(chosen, answered=answered)


def test_one_that_has_become_slow_is_asked_less_and_again_after_a_while() -> None:
    asking = Asking()
    asking.ask(asking.slow, 1.0)
    asking.ask(asking.quick, 0.01)
    assert {asking.choose().replica for _ in range(50)} == {asking.quick}  # though it has 49 to answer
    asking = Asking()
    asking.ask(asking.slow, 1.0)
    asking.now += 600.0
    asking.ask(asking.quick, 0.01)
    assert asking.choose().replica is asking.slow


def test_one_that_is_silent_is_not_asked_though_it_was_quick() -> None:
    asking = Asking()
    asking.ask(asking.slow, 0.001)
    asking.choose(asking.slow)
    asking.now += 1.0  # and no answer
    for _ in range(5):
        assert asking.choose().replica is asking.quick
        asking.now += 0.01


def test_how_quickly_one_fails_is_no_sign_of_its_pace() -> None:
    asking = Asking(Patience(cooldown=0.0))
    asking.ask(asking.slow, 5.0)
    asking.ask(asking.quick, 1.0)
    asking.ask(asking.slow, 0.001, answered=False)
    assert asking.choose().replica is asking.quick


def test_calls_that_are_never_answered_do_not_fill_a_queue_for_ever() -> None:
    asking = Asking(Patience(queue=2, deadline=1.0))
    asking.choose(asking.slow)
    asking.choose(asking.slow)
    with pytest.raises(Overloaded):
        asking.choose(asking.slow)
    asking.now += 1.5  # whoever asked has gone
    late = asking.choose(asking.slow)
    assert asking.choose().replica is asking.quick  # it counts as one that has failed
    asking.load.done(late, answered=True)
    assert asking.choose(asking.slow).replica is asking.slow


def test_calls_beside_others_are_a_small_share_of_all() -> None:
    """Or a cluster that is merely busy would make itself busier."""
    asking = Asking(Patience(queue=1000, extra=0.05))
    hedged = 0
    for _ in range(1000):
        asking.choose()
        hedged += asking.load.may_hedge([asking.slow, asking.quick], asking.patience)
    assert hedged == pytest.approx(10 + 0.05 * 1000, abs=2)


def test_a_second_replica_is_not_asked_where_the_share_is_used_up() -> None:
    asking = Asking()
    asking.choose(asking.slow)
    while asking.load.may_hedge([asking.slow], asking.patience):
        pass
    asking.now += asking.patience.deadline / 5
    assert not asking.load.may_hedge([asking.slow], asking.patience)


def test_whoever_asked_one_that_has_gone_silent_may_always_ask_another() -> None:
    """A link that is cut has the calls of all clients: more than the share."""
    asking = Asking()
    asking.ask(asking.slow, 0.01)
    for _ in range(30):
        asking.choose(asking.slow)
    while asking.load.may_hedge([asking.slow], asking.patience):
        pass
    asking.now += asking.patience.deadline / 2
    assert all(asking.load.may_hedge([asking.slow], asking.patience) for _ in range(30))
    asking.ask(asking.slow, 0.01)  # it is busy, and has answered another
    assert not asking.load.may_hedge([asking.slow], asking.patience)


def test_a_replica_that_fails_is_told_of_once_until_it_answers(caplog: pytest.LogCaptureFixture) -> None:
    dead = ConnectionError("it is gone")
    says: list[Reply | Exception] = [dead, dead, dead, Reply("first"), dead]
    replicas = [[Fake("first", lambda: says.pop(0)), answering("second")]]
    asked = router(replicas, cooldown=0.0)
    while says:
        assert asked.ask(ONE)[0] in ("first", "second")
    assert [record.getMessage() for record in caplog.records] == ["A replica failed: first: it is gone"] * 2
