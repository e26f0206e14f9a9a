"""Twenty seconds under load (five minutes by `make load`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.load.run import load, sample_server, vocabulary

pytestmark = pytest.mark.timed


def test_load_loses_nothing_and_memory_stays_flat(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with sample_server(home, "--workers", "2") as server:
        found = load(server, vocabulary(), clients=32, seconds=20, body={})
    assert set(found["statuses"]) == {200} and found["lost"] == [], found
    assert found["retried_after_kill"] <= 32 and found["broken_by_sigterm"] == 0, found
    assert (found["exit_code"], found["tracebacks"]) == (0, 0), found
    assert found["ingests"].get("done", 0) > 0 and "failed" not in found["ingests"], found
