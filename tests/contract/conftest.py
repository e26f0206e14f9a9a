"""An inference process for the contracts of models."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api.inference.supervisor import Supervisor


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervisor]:
    with Supervisor(tmp_path_factory.mktemp("inference") / "s") as supervisor:
        supervisor.wait_ready()
        yield supervisor
