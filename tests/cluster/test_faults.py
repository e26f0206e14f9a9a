"""Faults of a cluster on hosts of this machine (`make test-cluster`): no answer is wrong or lost, and few are partial."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.faults import FAULTS, HEADER
from tests.cluster.hosts import Network, slow, why_not
from tests.cluster.site import Site, wait_for

pytest.importorskip("ray", reason="needs the extra `cluster` (`make test-cluster` installs it)")
pytestmark = [pytest.mark.timed, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    if reason := why_not():
        pytest.skip(reason)
    with Site(tmp_path_factory.mktemp("hosts") / "site") as made:
        print(f"\n{HEADER}", flush=True)
        yield made


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_costs_no_answer(site: Site, fault: str) -> None:
    found = FAULTS[fault](site)
    print(found.row(), flush=True)
    assert (found.wrong, found.lost) == ([], [])
    assert found.partial_until <= found.allowed


def test_the_replicas_of_a_shard_are_on_hosts_of_their_own_whatever_was_lost(site: Site) -> None:
    found = site.replicas()
    for shard in range(site.size.shards):
        assert len({one["host"] for one in found if one["shard"] == shard}) == site.size.replicas, found


def test_hosts_leave_nothing(tmp_path: Path) -> None:
    if reason := why_not():
        pytest.skip(reason)
    with Network() as network:
        inside = [network.add(name, tmp_path).inside for name in ("a", "b")]
        sleeping = network.hosts["a"].start(["sleep", "1000"], tmp_path / "log")
        wait_for(lambda: len(network.hosts["a"].processes()) >= 2, 60)
        slow(network.hosts["a"], 0.5)
        assert list(Path("/sys/fs/cgroup/cpu").glob("winnow-*-a"))
    assert sleeping.poll() is not None
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in inside), 60)
    assert not list(Path("/sys/fs/cgroup/cpu").glob("winnow-*-a"))
