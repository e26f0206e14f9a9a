from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.store.writer import CollectionWriter, open_writer
from tests.support.stores import config, fast_home


@pytest.fixture
def home() -> Iterator[Path]:
    with fast_home() as folder:
        yield folder


@pytest.fixture
def writer(home: Path):
    opened: CollectionWriter = open_writer(home, "docs", config())
    yield opened
    opened._lock.release()
