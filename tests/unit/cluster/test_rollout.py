"""Replicas are drained and made again while the others answer; nobody takes the last one of a shard."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from api.service.service import Service
from engine.cluster.serving.rollout import Waiting, drain, resume, roll_out
from engine.errors import UsageError
from engine.query.pipeline import Request
from tests.unit.cluster.site import Site

WAITING = Waiting(answer=60.0)


def looking(site: Site) -> Waiting:
    """The service looks at its replicas whenever a rollout waits."""
    return Waiting(answer=60.0, sleep=lambda _: site.keeper.look())


def ids(service: Service) -> list[str]:
    found = service.searching.search("c", Request("the bridge of the city", 40))
    assert not found.partial
    return [hit.document.id for hit in found.hits]


def calls(site: Site, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the replicas that do what they are asked."""
    made: list[str] = []
    for replica in (replica for part in site.replicas for replica in part):
        call = replica.call

        def noted(*arguments: Any, call: Callable[..., Any] = call, name: str = replica.name) -> Any:
            future = call(*arguments)
            if future.exception() is None and future.result().error is None:
                made.append(name)
            return future

        monkeypatch.setattr(replica, "call", noted)
    return made


def test_a_drained_host_gets_no_searches(site: Site, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ids(service)
    made = calls(site, monkeypatch)
    assert drain(site.replicas, "host0", WAITING) == ["c/0/0", "c/1/0"]
    assert ids(service) == whole
    assert set(made) == {"c/0/1", "c/1/1"}
    for _ in range(5):
        site.keeper.look()
    assert [replica.restarts for part in site.replicas for replica in part] == [0, 0, 0, 0]  # drained is not sick
    with pytest.raises(UsageError, match="no replica of the shard would answer"):
        drain(site.replicas, "host1", WAITING)
    assert resume(site.replicas, "host0", WAITING) == ["c/0/0", "c/1/0"]
    drain(site.replicas, "host1", WAITING)
    made.clear()
    assert ids(service) == whole
    assert set(made) == {"c/0/0", "c/1/0"}


@pytest.mark.parametrize("command", [drain, resume])
def test_a_host_without_replicas_is_said(site: Site, command: Callable[..., list[str]]) -> None:
    with pytest.raises(UsageError, match="No replica is on 'nowhere'") as caught:
        command(site.replicas, "nowhere", WAITING)
    assert "host0, host1" in (caught.value.remedy or "")


def test_one_that_does_not_say_where_it_is_is_named(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.replicas[0][0].server = None
    assert drain(site.replicas, "host0", WAITING) == ["c/1/0"]
    assert "c/0/0 gives no answer" in caplog.text and "c/1" not in caplog.text


def test_draining_waits_for_the_calls_at_work(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    replica = site.replicas[0][0]
    assert replica.server is not None
    [(publication, (_, shard))] = replica.server._loaded.items()
    entered, leave, slept = Event(), Event(), list[float]()

    def slow(operation: str, *arguments: Any) -> str:
        entered.set()
        assert leave.wait(60)
        return "answer"

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        leave.set()

    monkeypatch.setattr(shard, "answer", slow)
    with ThreadPoolExecutor(1) as pool:
        reply = pool.submit(lambda: replica.call(publication, "facts", ((),)).result())
        assert entered.wait(60)
        drain(site.replicas, "host0", Waiting(answer=60.0, sleep=sleep))
        assert slept and reply.result().answer == "answer"


def test_replicas_are_made_again_one_at_a_time(site: Site, service: Service) -> None:
    whole = ids(service)
    done = []
    for name in roll_out(site.replicas, looking(site)):
        done.append(name)
        assert sum(replica.restarts for part in site.replicas for replica in part) == len(done)
        assert ids(service) == whole
    assert done == ["c/0/0", "c/0/1", "c/1/0", "c/1/1"]


def test_the_last_replica_of_a_shard_stays(site: Site, service: Service) -> None:
    site.replicas[1][0].server = None
    steps = roll_out(site.replicas, looking(site))
    assert [next(steps) for _ in range(3)] == ["c/0/0", "c/0/1", "c/1/0"]  # the dead one is made again
    site.replicas[1][0].server = None
    with pytest.raises(UsageError, match="c/1/1"):
        next(steps)
    assert site.replicas[1][1].restarts == 0


def test_one_that_does_not_come_back_ends_it(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site.replicas[0][0], "restart", lambda: setattr(site.replicas[0][0], "server", None))
    now = [0.0]
    waiting = Waiting(60.0, again=1.0, clock=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds))
    with pytest.raises(UsageError, match="c/0/0 did not come back"):
        next(roll_out(site.replicas, waiting))
    assert [replica.restarts for part in site.replicas for replica in part] == [0, 0, 0, 0]


def test_one_whose_service_has_ended_is_not_waited_for(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    first = site.replicas[0][0]
    monkeypatch.setattr(first, "restart", lambda: setattr(first, "server", None))
    monkeypatch.setattr(first, "is_gone", lambda: True)
    with pytest.raises(UsageError, match="c/0/0 did not come back"):
        next(roll_out(site.replicas, Waiting(60.0, sleep=lambda _: pytest.fail("it waits"))))


def test_one_that_was_cut_short_drains_nothing_for_long(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    first = site.replicas[0][0]
    now = [1000.0]
    monkeypatch.setattr("engine.cluster.serving.replica.time.monotonic", lambda: now[0])

    def cut() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(first, "restart", cut)
    with pytest.raises(KeyboardInterrupt):
        next(roll_out(site.replicas, WAITING))
    assert first.check().result()["draining"]
    now[0] += 2 * WAITING.calls + 1
    assert not first.check().result()["draining"]
    drain(site.replicas, "host0", WAITING)  # what somebody has drained stays so
    now[0] += 1e9
    assert first.check().result()["draining"]


def test_one_that_has_not_loaded_yet_does_not_stand_for_another(site: Site, service: Service) -> None:
    whole = ids(service)
    site.replicas[0][1].restart()  # lives, and has nothing yet
    with pytest.raises(UsageError, match="c/0/0"):
        next(roll_out(site.replicas, looking(site)))
    with pytest.raises(UsageError, match="c/0/0"):
        drain(site.replicas, "host0", WAITING)
    assert ids(service) == whole
    site.keeper.look()
    assert next(roll_out(site.replicas, looking(site))) == "c/0/0"


def test_the_next_one_waits_until_the_service_has_found_the_one_before(site: Site) -> None:
    """What the rollout sees of a replica, whoever is in front may not see yet."""
    first, looks = site.replicas[0][0], list[int]()

    def sleep(_: float) -> None:
        looks.append(first.restarts)
        if len(looks) == 5:
            site.keeper.look()

    assert next(roll_out(site.replicas, Waiting(answer=60.0, sleep=sleep))) == "c/0/0"
    assert looks == [1] * 5
