"""Faults of a cluster, each made while clients ask, and what the clients saw of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.cluster.clients import Asked
from tests.cluster.hosts import fast, slow
from tests.cluster.site import FRONT, HEAD, WORKERS, Site, wait_for

SOON = 5.0  # seconds from the fault in which answers may be partial
SOON_CUT = 10.0  # where a link is cut


@dataclass(frozen=True)
class Outcome:
    """What clients saw. Seconds are those from the fault."""

    name: str
    answers: int
    wrong: list[str]
    lost: list[str]
    retried: list[str]
    partial: int
    partial_until: float  # the last partial answer
    longest: float  # of one request, its retry included
    median: float
    well_after: float  # all replicas are well: from when the fault ended
    allowed: float  # until when answers may be partial

    @property
    def met(self) -> bool:
        return not self.wrong and not self.lost and self.partial_until <= self.allowed

    def row(self) -> str:
        """A row of the table of benchmarks/RESULTS.md."""
        partial = f"{self.partial}, last after {self.partial_until:.1f} s" if self.partial else "0"
        times = f"{self.median * 1000:.0f} ms | {self.longest:.1f} s | {self.well_after:.0f} s"
        return (
            f"| {self.name} | {self.answers} | {len(self.wrong)} | {len(self.retried)} | {len(self.lost)} | {partial} "
            f"| {times} | {'yes' if self.met else '**no**'} |"
        )


HEADER = (
    "| fault | answers | wrong | retried | lost | partial | median | longest | well again | bar |\n"
    "|---|---|---|---|---|---|---|---|---|---|"
)


def observe(site: Site, name: str, happen: Callable[[], None], allowed: float = SOON) -> Outcome:
    """Do something while clients ask, until all is well and they have been answered for a while after it.

    `happen` makes the fault and ends it.
    """
    with site.clients() as clients:
        wait_for(lambda: len(clients.asked) >= 2 * site.size.clients, 120)
        began = time.monotonic()
        happen()
        well = site.wait_until_well()
        before = len(clients.asked)
        wait_for(lambda: len(clients.asked) >= before + 2 * site.size.clients, 120)
    return _outcome(site, name, began, clients.asked, well, allowed)


def _outcome(site: Site, name: str, began: float, asked: list[Asked], well: float, allowed: float) -> Outcome:
    partial = [one.at - began for one in asked if one.partial]
    seconds = sorted(one.seconds for one in asked)
    failed = [(one, f"{one.failures[-1]} (after {one.at - began:.1f} s)") for one in asked if one.failures]
    return Outcome(
        name,
        len(asked),
        [wrong for one in asked if (wrong := one.wrong(site.right))],
        [said for one, said in failed if one.answer is None],
        [said for one, said in failed if one.answer is not None],
        len(partial),
        max(partial, default=0.0),
        seconds[-1],
        seconds[len(seconds) // 2],
        well,
        allowed,
    )


def nothing(site: Site) -> Outcome:
    return observe(site, "none", lambda: time.sleep(5))


def short_cut(site: Site) -> Outcome:
    return observe(site, "a link is cut for 6 s", lambda: _cut(site, "w1", 6), SOON_CUT)


def long_cut(site: Site) -> Outcome:
    """Longer than Ray waits before it gives a host up."""
    return observe(site, "a link is cut for 60 s", lambda: _cut(site, "w2", 60), SOON_CUT)


def cut_head(site: Site) -> Outcome:
    return observe(site, "the head's link is cut for 20 s", lambda: _cut(site, HEAD, 20), SOON_CUT)


def killed_replica(site: Site) -> Outcome:
    return observe(site, "a replica is killed", lambda: _kill_replicas(site, 1))


def killed_host(site: Site) -> Outcome:
    def happen() -> None:
        site.network.kill("w3")
        time.sleep(30)
        site.switch_on("w3")

    return observe(site, "a host is killed, and on again after 30 s", happen)


def killed_head(site: Site) -> Outcome:
    def happen() -> None:
        site.network.kill(HEAD)
        time.sleep(10)
        site.switch_on(HEAD)

    return observe(site, "the head is killed, and on again after 10 s", happen)


def slow_host(site: Site) -> Outcome:
    def happen() -> None:
        slow(site.host("w1"), 0.05)
        time.sleep(30)
        fast(site.host("w1"))

    return observe(site, "a host has a twentieth of a core for 30 s", happen)


def switch(site: Site) -> Outcome:
    def happen() -> None:
        site.publish(["d001", "d077"])

    return observe(site, "a new generation", happen)


def rollout(site: Site) -> Outcome:
    return observe(site, "a rollout", lambda: print(site.winnow("cluster", "rollout", str(site.config), seconds=600)))


def _cut(site: Site, host: str, seconds: float) -> None:
    site.network.cut(host)
    time.sleep(seconds)
    site.network.heal(host)


def _kill_replicas(site: Site, count: int) -> None:
    import os
    import signal

    for pid in replica_processes(site)[:count]:
        os.kill(pid, signal.SIGKILL)


def replica_processes(site: Site) -> list[int]:
    """The replicas' processes, as this machine counts them."""
    from pathlib import Path

    found = []
    for worker in WORKERS:
        for pid in site.host(worker).processes():
            try:
                if b"ray::ReplicaServer" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    found.append(pid)
            except OSError:
                continue
    return found


FAULTS: dict[str, Callable[[Site], Outcome]] = {
    one.__name__: one
    for one in (
        nothing, short_cut, killed_replica, killed_host, slow_host, switch, rollout, long_cut, cut_head, killed_head,
    )
}
_ = (FRONT, Any)
