"""A server of models for each test, and no waiting between attempts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.models.remote import transport
from tests.support.stubs.model_server import ModelServer, model_server


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    monkeypatch.setattr(transport, "FIRST_WAIT", 0.001)
    with model_server() as running:
        yield running
