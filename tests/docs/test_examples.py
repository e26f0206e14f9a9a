"""The examples in docstrings of the public doors run, and every public door says what it raises."""

from __future__ import annotations

import doctest
import importlib
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.client import AsyncWinnow
from engine.collection import Collection, open_collection
from engine.filters import parse_filter
from engine.recipe import Recipe
from indexer.ingest import ingest
from tests.conftest import Models
from tests.support.documents import write_records

MODULES = ("engine.collection", "engine.errors", "engine.filters", "engine.query.request", "engine.recipe")
RECORDS = [
    {"id": "ferry", "title": "Ferry", "text": "The ferry leaves at six.", "metadata": {"kind": "harbour"}},
    {"id": "tides", "title": "Tides", "text": "The ferry waits for the tide.", "metadata": {"kind": "nature"}},
]
DOORS: tuple[Callable[..., Any], ...] = (
    open_collection, Collection.search, Collection.page, parse_filter, Recipe.with_, Recipe.with_settings, ingest,
    AsyncWinnow.search, AsyncWinnow.next_page, AsyncWinnow.search_document, AsyncWinnow.search_file,
    AsyncWinnow.create_collection, AsyncWinnow.get_collection, AsyncWinnow.delete_collection, AsyncWinnow.put_documents,
    AsyncWinnow.put_files, AsyncWinnow.list_documents, AsyncWinnow.get_document, AsyncWinnow.delete_document,
    AsyncWinnow.delete_documents, AsyncWinnow.get_job, AsyncWinnow.wait_for_job, AsyncWinnow.get_model,
)  # fmt: skip


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Path:
    """The home of a collection `notes`, which the examples search."""
    root = tmp_path_factory.mktemp("examples")
    file = write_records(root / "notes.jsonl", RECORDS)
    ingest([file], home=root / "home", collection="notes", encoder=models.encoder, reranker=models.reranker)
    return root / "home"


@pytest.mark.parametrize("name", MODULES)
def test_examples_give_what_they_say(name: str, notes: Path) -> None:
    module = importlib.import_module(name)
    done = doctest.testmod(module, extraglobs={"home": notes}, optionflags=doctest.REPORT_NDIFF)
    assert done.attempted > 0 and done.failed == 0


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__qualname__)
def test_a_public_door_says_what_it_raises_and_names_only_its_own_parameters(door: Callable[..., Any]) -> None:
    text = inspect.getdoc(door) or ""
    assert "\nRaises:\n" in text
    _, _, listed = text.partition("\nArgs:\n")
    named = {line.strip().partition(":")[0] for line in listed.split("\n\n")[0].splitlines() if line}
    assert named <= set(inspect.signature(door).parameters)
