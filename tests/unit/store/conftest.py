from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.store.writer import CollectionWriter, open_writer
from tests.support.stores import config, fast_home


@pytest.fixture
def home() -> Iterator[Path]:
    with fast_home() as folder:
        yield folder


@pytest.fixture
def writer(home: Path) -> Iterator[CollectionWriter]:
    opened: CollectionWriter = open_writer(home, "docs", config())
    yield opened
    opened._lock.release()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    postgres = pytest.importorskip("tests.support.postgres", reason="psycopg is not installed")
    with postgres.server() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest, setting: Callable[..., None]) -> Iterator[str]:
    """Every test that asks for it runs with the catalogue in either."""
    if request.param == "sqlite":
        yield request.param
        return
    from tests.support.postgres import database

    with database(request.getfixturevalue("postgres_server")) as url:
        setting(catalogue=url)
        yield request.param
