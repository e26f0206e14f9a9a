"""Faults of a cluster, each made while clients ask, and what the clients saw of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.cluster.published.publication import read_current
from engine.store.backups.backup import object_name
from engine.store.backups.depot import Depot
from tests.cluster.answers import COLLECTION
from tests.cluster.clients import Asked
from tests.cluster.hosts import fast, slow
from tests.cluster.ingesting import Ingest
from tests.cluster.site import COPIES, FRONT, HEAD, Site, wait_for

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


def observe(site: Site, name: str, happen: Callable[[], object], allowed: float = SOON) -> Outcome:
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
    return observe(site, "a replica is killed", lambda: _kill_replica(site))


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


def full_disk(site: Site) -> Outcome:
    """The copies' disk of a host has no room, and is empty; a new generation comes meanwhile."""

    def happen() -> None:
        host = site.host(_apart(site))
        host.give_small_disk(COPIES, kilobytes=16)
        site.publish(["d002"])
        time.sleep(30)
        host.run("umount", "--lazy", str(COPIES))  # a replica may be copying to it

    return observe(site, "a host's disk is full for 30 s, and a new generation", happen)


def corrupted_object(site: Site) -> Outcome:
    """What a replica has to copy again is damaged on the storage."""

    def happen() -> None:
        made = read_current(Depot(site.address), COLLECTION)
        stored = Path(site.address) / object_name(max(made.files_of(0), key=lambda file: file.size).sha256)
        whole = stored.read_bytes()
        stored.write_bytes(bytes(len(whole)))
        victim = next(one for one in site.replicas() if one["shard"] == 0)
        host = site.host(victim["host"])
        host.run("rm", "-rf", str(COPIES / f"{COLLECTION}-0-{victim['replica']}"))
        host.run("kill", "-9", str(victim["process"]))
        time.sleep(30)
        stored.write_bytes(whole)

    return observe(site, "an object is damaged for 30 s while a replica copies it", happen)


def switch(site: Site) -> Outcome:
    return observe(site, "a new generation", lambda: site.publish(["d001", "d077"]))


def rollout(site: Site) -> Outcome:
    return observe(site, "a rollout", lambda: site.winnow("cluster", "rollout", str(site.config), seconds=900))


def ingest_resumed(site: Site) -> Outcome:
    """Kill a host during an ingest on all of them, then the command itself; the same command does the rest."""

    def happen() -> None:
        ingest = Ingest(site)
        ingest.start()
        wait_for(lambda: len(ingest.parts()) >= 2, 300)
        site.network.kill("w3")
        wait_for(lambda: len(ingest.parts()) >= 4, 300)
        assert site.host(FRONT).kill_processes("import cluster_ingest")
        site.switch_on("w3")
        known = ingest.parts()
        ingest.finish()
        assert known <= ingest.parts(), "parts that were there are gone"
        ingest.check()

    return observe(site, "a host and the command of an ingest are killed, and it is run again", happen)


def _cut(site: Site, host: str, seconds: float) -> None:
    site.network.cut(host)
    time.sleep(seconds)
    site.network.heal(host)


def _kill_replica(site: Site) -> None:
    victim = site.replicas()[0]
    site.host(victim["host"]).run("kill", "-9", str(victim["process"]))


def _apart(site: Site) -> str:
    """A host that does not have all replicas of any shard."""
    found = site.replicas()
    shards = {one["shard"] for one in found}
    for host in sorted({one["host"] for one in found}):
        if all(any(one["host"] != host for one in found if one["shard"] == shard) for shard in shards):
            return host
    raise AssertionError(f"every host has all replicas of a shard: {found}")


FAULTS: dict[str, Callable[[Site], Outcome]] = {
    fault.__name__: fault
    for fault in (
        nothing,
        short_cut,
        long_cut,
        cut_head,
        killed_replica,
        killed_host,
        killed_head,
        slow_host,
        full_disk,
        corrupted_object,
        switch,
        rollout,
        ingest_resumed,
    )
}
