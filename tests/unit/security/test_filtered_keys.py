"""Keys with a filter: what they may be, and how a file of keys that knows of none is read and brought up to date."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from api.errors import Forbidden
from api.security import keys as module
from api.security.keys import FILE, KeyStore, Scope
from engine.errors import CollectionNotFound, FormatTooNew, InvalidFilter, UsageError
from indexer.ingest import ingest
from tests.api.security.teams import ONLY_RED, teams_home
from tests.conftest import Models, Winnow
from tests.support.documents import topical, write_records


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, models: Models) -> Path:
    """A home with the collections `teams` and `notes`, of which only the first has a field `team`."""
    root = tmp_path_factory.mktemp("filtered")
    home = teams_home(root, models, both=False)
    file = write_records(root / "notes.jsonl", topical(3))
    ingest([file], home=home, collection="notes", encoder=models.encoder, reranker=models.reranker)
    return home


@pytest.fixture
def store(filled: Path) -> KeyStore:
    (filled / FILE).unlink(missing_ok=True)
    return KeyStore(filled)


def test_a_filter_is_kept_and_its_key_only_reads(store: KeyStore) -> None:
    _, secret = store.create("a", collections=["teams"], filter=ONLY_RED)
    key = store.authenticate(secret)
    assert key is not None and key.filter == ONLY_RED == store.list()[0].filter
    assert key.allows("read", "teams") and not key.allows("read", "notes")
    with pytest.raises(Forbidden):
        key.require("write", "teams")


@pytest.mark.parametrize("scope", ["write", "admin"])
def test_a_key_with_a_filter_cannot_write(store: KeyStore, scope: Scope) -> None:
    with pytest.raises(UsageError, match=f"only read, and not {scope}"):
        store.create("a", [scope], ["teams"], filter=ONLY_RED)
    assert store.list() == []


@pytest.mark.parametrize(
    ("filter", "collections", "error"),
    [
        ("team", ["teams"], InvalidFilter),
        ("team=red", ["teams"], InvalidFilter),
        ("", ["teams"], InvalidFilter),
        ("tema:red", ["teams"], InvalidFilter),
        ("tema:red", ["*"], InvalidFilter),
        ("-tema:red", ["*"], InvalidFilter),
        ("year:soon", ["teams"], InvalidFilter),
        ("year:soon", ["*"], InvalidFilter),
        (ONLY_RED, ["teams", "notes"], InvalidFilter),  # one that is named lacks the field
        (ONLY_RED, ["teams", "later"], CollectionNotFound),
    ],
)
def test_filters_that_cannot_be_kept_to(
    store: KeyStore, filter: str, collections: list[str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        store.create("a", collections=collections, filter=filter)
    assert not store.any_made()


def test_a_filter_for_every_collection_suits_one_of_them(store: KeyStore) -> None:
    key, _ = store.create("a", filter=f"{ONLY_RED} year:>=2001")
    assert key.filter == f"{ONLY_RED} year:>=2001"


def test_a_home_without_documents_has_no_field_to_filter_by(home: Path) -> None:
    with pytest.raises(InvalidFilter, match="no collection yet"):
        KeyStore(home).create("a", filter=ONLY_RED)


def test_the_command(filled: Path, store: KeyStore, winnow: Winnow) -> None:
    made = winnow("keys", "create", "red team", "-c", "teams", "--filter", ONLY_RED, "--home", filled, "--json")
    assert made.code == 0 and made.json["filter"] == ONLY_RED
    assert f"only {ONLY_RED}" in winnow("keys", "list", "--home", filled).out
    refused = winnow("keys", "create", "x", "--filter", "nobody:red", "--home", filled)
    assert refused.code != 0 and "nobody" in refused.err and "Known fields" in refused.err
    written = winnow("keys", "create", "x", "--filter", "team=red", "--home", filled)
    assert written.code != 0 and "field:value" in written.err


def first_format(home: Path) -> str:
    """A file of format 1, as an older Winnow wrote it, and the secret of its key."""
    _, secret = KeyStore(home).create("old")
    with sqlite3.connect(home / FILE) as connection:
        connection.execute("ALTER TABLE keys DROP COLUMN filter")
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    return secret


def version(home: Path) -> int:
    with sqlite3.connect(home / FILE) as connection:
        found = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.close()
    return int(found)


def test_a_file_of_the_first_format_is_migrated_by_what_writes(filled: Path, store: KeyStore) -> None:
    secret = first_format(filled)
    assert [(key.name, key.filter) for key in store.list()] == [("old", None)] and store.any_made()
    assert version(filled) == 1  # reading leaves it as it is
    found = store.authenticate(secret)  # which notes the use
    assert found is not None and found.filter is None and version(filled) == 2
    store.create("new", filter=ONLY_RED)
    assert [(key.name, key.filter) for key in store.list()] == [("old", None), ("new", ONLY_RED)]


def test_a_migration_that_was_cut_short_is_completed(filled: Path, store: KeyStore) -> None:
    first_format(filled)
    with sqlite3.connect(filled / FILE) as connection:
        connection.execute("ALTER TABLE keys ADD COLUMN filter VARCHAR")
    connection.close()
    store.create("new", filter=ONLY_RED)
    assert version(filled) == 2 and len(store.list()) == 2


def test_a_winnow_that_knows_no_filters_refuses_the_file(
    store: KeyStore, monkeypatch: pytest.MonkeyPatch, filled: Path
) -> None:
    _, secret = store.create("a", filter=ONLY_RED)
    monkeypatch.setattr(module, "_FORMAT", 1)
    for ask in (lambda: store.authenticate(secret), store.list, lambda: store.create("b")):
        with pytest.raises(FormatTooNew, match=rf"{FILE} has format 2; this Winnow knows 1"):
            ask()
