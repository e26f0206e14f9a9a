"""`winnow serve` as a process on loopback."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx

from engine.child import module_command
from indexer.ingest import ingest
from tests.conftest import Models
from tests.support.documents import topical, write_records

ROOT = Path(__file__).parents[2]


@dataclass
class Server:
    process: subprocess.Popen[str]
    client: httpx.Client
    log: IO[str]  # its stderr

    @property
    def address(self) -> str:
        return str(self.client.base_url)

    def stop(self) -> tuple[int, str]:
        """(exit code, stderr) after a SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        return self.process.returncode, self.errors()

    def errors(self) -> str:
        self.log.seek(0)
        return self.log.read()

    def children(self, module: str) -> list[int]:
        """The pids of the server's processes that run `python -m MODULE`."""
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
                words = (path / "cmdline").read_bytes().split(b"\0")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent == self.process.pid and module.encode() in words:
                found.append(int(path.name))
        return sorted(found)

    def wait_ready(self, seconds: float = 60.0) -> None:
        """Until the models are loaded."""
        until = time.monotonic() + seconds
        while self.client.get("/readyz").status_code != 200:
            assert time.monotonic() < until, self.client.get("/readyz").text
            time.sleep(0.1)


def home_with_notes(root: Path, models: Models, count: int = 30) -> Path:
    """A home with a collection `notes` of small documents."""
    file = write_records(root / "notes.jsonl", topical(count))
    ingest([file], home=root / "home", collection="notes", encoder=models.encoder, reranker=models.reranker)
    return root / "home"


@contextmanager
def started(home: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A server on a free port that counts no requests, killed at the end if it still runs."""
    command = module_command("winnow", "serve", "--port", "0", "--home", str(home))
    with tempfile.TemporaryFile("w+", encoding="utf-8") as log:
        process = subprocess.Popen(
            [*command, *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**os.environ, "WINNOW_SERVE_RATE": "1e6", **(environment or {})},
        )
        assert process.stdout
        address = process.stdout.readline().strip()
        try:
            with httpx.Client(base_url=address, timeout=60) as client:
                yield Server(process, client, log)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            process.stdout.close()
