"""Hosts on this machine: each has a network, mounts, processes, a name, shared memory and a disk of its own.

Needs root. A host lives as long as its first process, which ends when the pipe to this process closes: whatever becomes
of the tests, no process, address or mount stays. The bridge between the hosts lies in a host of its own, for the same
reason.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import IO

_RANGE = "198.18"  # for tests between networks (RFC 2544)
DISK = Path("/mnt")  # of each host its own
MEMORY = "256m"  # of its /dev/shm
_COMMANDS = ("ip", "unshare", "nsenter", "mount", "hostname")
_PERIOD_US = 100_000
_NETWORKS = count()
_ENDING = 20.0  # seconds that processes may take to end once they are killed
_CPU = Path("/sys/fs/cgroup/cpu")

_FIRST_PROCESS = f"""
set -e
hostname "$1"
mount --make-rprivate /
mount -t tmpfs -o size={MEMORY} tmpfs /dev/shm
if [ -n "$2" ]; then mount --bind "$2" {DISK}; fi
ip link set lo up
echo ready
read -r _ || true  # a shell, for it reaps what others leave
"""


def why_not() -> str:
    """Why there can be no hosts here; empty where there can."""
    if os.geteuid() != 0:
        return "hosts as namespaces need root"
    missing = [command for command in _COMMANDS if shutil.which(command) is None]
    if missing:
        return f"hosts as namespaces need the commands {', '.join(missing)} (Debian: iproute2, util-linux, hostname)"
    try:
        with Network() as network:
            network.add("tried")
    except (OSError, subprocess.CalledProcessError) as error:
        return f"hosts as namespaces cannot be made here: {getattr(error, 'stderr', '') or error}"
    return ""


@dataclass
class Host:
    """One host. `disk` is the folder of this machine that it has as /mnt."""

    name: str
    address: str
    disk: Path | None
    first: subprocess.Popen[str]
    inside: int  # its first process, as this machine counts
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)
    logs: list[IO[bytes]] = field(default_factory=list)

    def command(self, *arguments: str) -> list[str]:
        return ["nsenter", "--target", str(self.inside), "--all", "--", *arguments]

    def start(
        self, arguments: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a process on it; what it says on stdout can be read, on stderr goes to the log."""
        stream = log.open("ab")
        process = subprocess.Popen(
            self.command(*arguments),
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stream,
        )
        self.started.append(process)
        self.logs.append(stream)
        return process

    def run(self, *arguments: str, environment: Mapping[str, str] | None = None, seconds: float = 120) -> str:
        """Run a command on it to its end; what it says. CalledProcessError."""
        env = {**os.environ, **(environment or {})}
        done = subprocess.run(self.command(*arguments), env=env, capture_output=True, text=True, timeout=seconds)
        if done.returncode:
            error = subprocess.CalledProcessError(done.returncode, arguments, done.stdout, done.stderr)
            error.add_note(done.stderr[-2000:])
            raise error
        return done.stdout

    def processes(self) -> list[int]:
        """Its processes, as this machine counts them."""
        space = Path(f"/proc/{self.inside}/ns/pid").readlink()
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if (entry / "ns/pid").readlink() == space:
                    found.append(int(entry.name))
        return found

    def kill_processes(self, word: str) -> int:
        """End at once those of its processes whose command has the word; how many."""
        killed = 0
        for pid in self.processes():
            with suppress(OSError):
                if word.encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.kill(pid, signal.SIGKILL)
                    killed += 1
        return killed

    def kill(self) -> None:
        """Switch it off: every process ends at once, and its address is gone. Its disk stays."""
        self.first.kill()  # unshare takes the first process with it, and that all others
        self.first.wait()
        for process in self.started:
            process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()
        for log in self.logs:
            log.close()
        if self.first.stdin:
            self.first.stdin.close()
        if self.first.stdout:
            self.first.stdout.close()
        _remove_group(self.name)

    def give_small_disk(self, folder: Path, kilobytes: int) -> None:
        """Mount an empty disk at a folder, in the place of what was there."""
        self.run("mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder))


class Network:
    """Hosts on one bridge, reached from this machine as well. A context manager."""

    def __init__(self) -> None:
        self.hosts: dict[str, Host] = {}
        self._addresses: dict[str, str] = {}
        self._prefix = _free_prefix()
        self._own = f"wnw{os.getpid()}-{next(_NETWORKS)}"  # its link to this machine
        self._bridge = _first("bridge", None)

    def __enter__(self) -> Network:
        _remove_groups_of_the_dead()
        try:
            self._inside("ip", "link", "add", "bridge", "type", "bridge")
            self._inside("ip", "link", "set", "bridge", "up")
            own = self._own
            _run("ip", "link", "add", own, "type", "veth", "peer", "name", "here", "netns", str(self._bridge.inside))
            _run("ip", "address", "add", f"{self._prefix}.254/24", "dev", own)
            _run("ip", "link", "set", own, "up")
            self._inside("ip", "link", "set", "here", "master", "bridge", "up")
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add(self, name: str, disk: Path | None = None) -> Host:
        """Switch a host on. One that had the name has its address again."""
        address = self._addresses.setdefault(name, f"{self._prefix}.{len(self._addresses) + 1}")
        host = _first(name, disk, address)
        self.hosts[name] = host
        link = self._link(name)
        with suppress(subprocess.CalledProcessError):
            self._inside("ip", "link", "delete", link)  # of a host that is just being switched off
        both = ("type", "veth", "peer", "name", "eth0", "netns", str(host.inside))
        _run("ip", "link", "add", "name", link, "netns", str(self._bridge.inside), *both)
        host.run("ip", "address", "add", f"{address}/24", "dev", "eth0")
        host.run("ip", "link", "set", "eth0", "up")
        self._inside("ip", "link", "set", link, "master", "bridge", "up")
        return host

    def cut(self, name: str) -> None:
        """Cut a host's link: what is sent is lost, and nobody is told."""
        self._inside("ip", "link", "set", self._link(name), "down")

    def heal(self, name: str) -> None:
        self._inside("ip", "link", "set", self._link(name), "up")

    def kill(self, name: str) -> None:
        self.hosts.pop(name).kill()

    def close(self) -> None:
        for host in self.hosts.values():
            host.kill()
        self.hosts.clear()
        with suppress(subprocess.CalledProcessError):  # it would go with the bridge, but a while later
            _run("ip", "link", "delete", self._own)
        self._bridge.kill()

    def _link(self, name: str) -> str:
        return f"to-{name}"

    def _inside(self, *arguments: str) -> None:
        self._bridge.run(*arguments)


def _free_prefix() -> str:
    """The first three numbers of addresses that no other network here has."""
    taken = subprocess.run(["ip", "-4", "-oneline", "address"], check=True, capture_output=True, text=True).stdout
    return next(prefix for part in range(256) if (prefix := f"{_RANGE}.{part}") and f" {prefix}." not in taken)


def slow(host: Host, share: float) -> None:
    """Let all processes that a host has now, and what they start, have this share of one core."""
    group = _group(host.name)
    group.mkdir(exist_ok=True)
    (group / "cpu.cfs_period_us").write_text(str(_PERIOD_US))
    (group / "cpu.cfs_quota_us").write_text(str(max(1000, int(_PERIOD_US * share))))
    for process in host.processes():
        with suppress(OSError):
            (group / "cgroup.procs").write_text(str(process))


def fast(host: Host) -> None:
    """Let it have all that there is again."""
    (_group(host.name) / "cpu.cfs_quota_us").write_text("-1")


def _group(name: str) -> Path:
    return _CPU / f"winnow-{os.getpid()}-{name}"


def _remove_group(name: str) -> None:
    group, until = _group(name), time.monotonic() + _ENDING
    while group.is_dir():
        try:
            group.rmdir()
        except OSError:  # its last processes are still ending
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def _remove_groups_of_the_dead() -> None:
    """Those of tests that were killed."""
    for group in _CPU.glob("winnow-*-*"):
        if not Path(f"/proc/{group.name.split('-')[1]}").exists():
            with suppress(OSError):
                group.rmdir()


def _first(name: str, disk: Path | None, address: str = "") -> Host:
    """Start a host's first process."""
    spaces = ("--net", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child", "--mount-proc")
    first = subprocess.Popen(
        ["unshare", *spaces, "bash", "-c", _FIRST_PROCESS, "host", name, str(disk or "")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert first.stdout and first.stderr
    if first.stdout.readline().strip() != "ready":
        raise OSError(first.stderr.read().strip() or "unshare failed")
    [child] = Path(f"/proc/{first.pid}/task/{first.pid}/children").read_text().split()
    return Host(name, address, disk, first, int(child))


def _run(*arguments: str) -> None:
    subprocess.run(arguments, check=True, capture_output=True, text=True)
