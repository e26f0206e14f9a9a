"""Keys: what each scope opens, what is stored, and what is refused."""

from __future__ import annotations

import errno
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.errors import Forbidden, KeyExists, KeyNotFound, KeysUnavailable, Unauthenticated, UnsafeExposure
from api.security import keys as module
from api.security.callers import Callers
from api.security.exposure import check_exposure, is_loopback
from api.security.keys import FILE, SCOPES, KeyStore, Scope
from engine.errors import DiskFull, FormatTooNew, StoreDamaged, UsageError, WriterBusy
from tests.conftest import Winnow


@pytest.fixture
def store(home: Path) -> KeyStore:
    return KeyStore(home)


@pytest.mark.parametrize("own", SCOPES)
@pytest.mark.parametrize("wanted", SCOPES)
def test_a_scope_implies_those_below_it(store: KeyStore, own: Scope, wanted: Scope) -> None:
    key, secret = store.create("a", [own])
    found = store.authenticate(secret)
    assert found is not None and found.id == key.id
    assert found.allows(wanted, "notes") == (SCOPES.index(wanted) <= SCOPES.index(own))


def test_a_key_opens_its_collections_only(store: KeyStore) -> None:
    key, _ = store.create("a", ["admin"], ["notes", "mail"])
    assert key.allows("admin", "notes") and key.allows("read", "mail")
    assert not key.allows("read", "other") and key.allows("admin")  # of some collection
    with pytest.raises(Forbidden, match="other"):
        key.require("read", "other")
    everything, _ = store.create("b", ["read"])
    assert everything.allows("read", "other") and not everything.allows("write", "notes")


def test_the_secret_is_stored_nowhere(store: KeyStore, home: Path) -> None:
    key, secret = store.create("a")
    assert secret.startswith(f"wk_{key.id}_")
    assert all(secret.split("_", 2)[2].encode() not in path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert stat.S_IMODE((home / FILE).stat().st_mode) == 0o600


def test_wrong_secrets_are_refused(store: KeyStore) -> None:
    _, secret = store.create("a")
    other, foreign = store.create("b")
    last = "A" if secret[-1] != "A" else "B"
    wrong = [
        secret[:-1] + last,
        secret[:-1],
        secret + "A",
        secret.upper(),
        " " + secret,
        "",
        "wk_",
        "é" * 60,
        foreign[:16],
    ]
    swapped = f"wk_{other.id}_{secret.split('_', 2)[2]}"
    unknown = f"wk_{'0' * 12}_{secret.split('_', 2)[2]}"
    assert [store.authenticate(each) for each in (*wrong, swapped, unknown)] == [None] * 11
    assert store.authenticate(secret) is not None


def test_revoked_means_refused_at_once_everywhere(store: KeyStore, home: Path) -> None:
    key, secret = store.create("a")
    elsewhere = KeyStore(home)
    assert elsewhere.authenticate(secret) is not None
    first = store.revoke(key.id)
    assert elsewhere.authenticate(secret) is None
    assert store.revoke(key.id).revoked_at == first.revoked_at
    with pytest.raises(KeyNotFound):
        store.revoke("0" * 12)


def test_expiry(store: KeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC)
    _, secret = store.create("a", expires=now + timedelta(hours=1))
    assert store.authenticate(secret) is not None
    monkeypatch.setattr(module, "_now", lambda: now + timedelta(hours=1))
    assert store.authenticate(secret) is None and not store.any_active()


def test_the_last_use_is_noted_once_a_minute(store: KeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    _, secret = store.create("a")
    now = datetime.now(UTC)
    for seconds, noted in ((0, 0), (59, 0), (60, 60)):
        monkeypatch.setattr(module, "_now", lambda at=now + timedelta(seconds=seconds): at)
        assert store.authenticate(secret) is not None
        assert store.list()[0].last_used_at == now + timedelta(seconds=noted)


def test_a_known_key_is_not_read_again_until_its_file_changes(
    store: KeyStore, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, secret = store.create("a")
    assert store.known(secret) is None
    store.authenticate(secret)  # which notes the use, and so writes
    assert store.known(secret) is None and store.authenticate(secret) is not None
    found = store.known(secret)
    assert found is not None and found.id == key.id
    with monkeypatch.context() as patch:
        patch.setattr(store, "_read", None)
        assert store.known(secret) is not None
        assert store.known(secret[:-1]) is None and store.known("wk_") is None
    for change in (
        lambda: KeyStore(home).create("another"),
        lambda: KeyStore(home).revoke(key.id),
    ):
        change()
        assert store.known(secret) is None
    assert store.authenticate(secret) is None and store.known(secret) is None


def test_a_known_key_expires_is_noted_and_goes_with_its_file(
    store: KeyStore, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    _, secret = store.create("a", expires=now + timedelta(seconds=30))
    for _ in range(2):
        store.authenticate(secret)
    assert store.known(secret) is not None
    with monkeypatch.context() as patch:
        patch.setattr(module, "_now", lambda: now + timedelta(seconds=30))
        assert store.known(secret) is None
    _, lasting = store.create("b")
    for _ in range(2):
        store.authenticate(lasting)
    with monkeypatch.context() as patch:
        patch.setattr(module, "_now", lambda: now + timedelta(seconds=90))
        assert store.known(lasting) is None  # its use is to be noted
    assert store.known(lasting) is not None
    (home / FILE).rename(tmp_path / "elsewhere")
    assert store.known(lasting) is None
    (tmp_path / "elsewhere").rename(home / FILE)
    assert store.known(lasting) is None  # what was done to it meanwhile is not known
    assert store.authenticate(lasting) is not None and store.known(lasting) is not None
    (home / FILE).write_bytes((home / FILE).read_bytes()[:100])
    assert store.known(lasting) is None


def test_reading_makes_no_file(store: KeyStore, home: Path) -> None:
    assert store.list() == [] and store.authenticate("wk_" + "0" * 12 + "_" + "a" * 43) is None
    assert not home.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "a\n"},
        {"name": "x" * 101},
        {"name": "a", "scopes": []},
        {"name": "a", "scopes": ["root"]},
        {"name": "a", "collections": []},
        {"name": "a", "collections": ["../x"]},
        {"name": "a", "expires": datetime(2020, 1, 1, tzinfo=UTC)},
        {"name": "a", "expires": datetime(2099, 1, 1)},
    ],
)
def test_what_cannot_be_a_key(store: KeyStore, wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        store.create(**wrong)
    assert store.list() == []


def test_a_damaged_or_newer_file_is_told(store: KeyStore, home: Path) -> None:
    store.create("a")
    with store._write() as connection:
        connection.exec_driver_sql("PRAGMA user_version = 99")
    with pytest.raises(FormatTooNew):
        store.list()
    (home / FILE).write_bytes(b"no database, but long enough to be read as one" * 100)
    with pytest.raises(StoreDamaged):
        KeyStore(home).list()


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost", "LOCALHOST.", "::ffff:127.0.0.1"]
)
def test_loopback_needs_no_key(store: KeyStore, host: str) -> None:
    check_exposure(host, store)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "", "10.0.0.1", "localhost.example.org", "::ffff:10.0.0.1", "127.0.0.1.nip.io"]
)
def test_elsewhere_an_active_key_is_needed(store: KeyStore, host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(UnsafeExposure):
        check_exposure(host, store)
    key, _ = store.create("a")
    check_exposure(host, store)
    store.revoke(key.id)
    with pytest.raises(UnsafeExposure):
        check_exposure(host, store)


def test_the_command(winnow: Winnow, home: Path) -> None:
    made = winnow("keys", "create", "me", "--scope", "write", "-c", "notes", "--expires", "90d", "--home", home)
    assert made.code == 0 and KeyStore(home).authenticate(made.out.strip()) is not None
    as_json = winnow("keys", "create", "you", "--home", home, "--json").json
    listed = winnow("keys", "list", "--home", home, "--json")
    assert [key["name"] for key in listed.json["keys"]] == ["me", "you"]
    assert listed.json["keys"][0]["collections"] == ["notes"] and as_json["secret"] not in listed.out
    text = winnow("keys", "list", "--home", home).out
    assert "expires" in text and "write" in text and as_json["secret"] not in text
    assert winnow("keys", "revoke", as_json["id"], "--home", home).code == 0
    assert KeyStore(home).authenticate(as_json["secret"]) is None
    assert winnow("keys", "revoke", "nothing", "--home", home).code == 2
    assert winnow("keys", "create", "x", "--expires", "soon", "--home", home).code == 2


def test_a_key_is_revoked_by_its_name(store: KeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    key, secret = store.create("web")
    assert store.revoke("web").id == key.id and store.authenticate(secret) is None
    assert store.revoke("web").id == key.id  # twice changes nothing
    second, _ = store.create("web")
    assert store.revoke("web").id == second.id  # the other one is revoked already
    with monkeypatch.context() as patched:  # as earlier versions did
        patched.setattr(module, "_check_free", lambda connection, key: None)
        third, fourth = store.create("web")[0], store.create("web")[0]
    with pytest.raises(UsageError, match=f"{third.id}.*{fourth.id}"):
        store.revoke("web")
    assert [key.revoked_at is None for key in store.list()] == [False, False, True, True]
    assert store.revoke(fourth.id).id == fourth.id and store.revoke("web").id == third.id


def test_active_keys_have_names_of_their_own(winnow: Winnow, store: KeyStore, home: Path) -> None:
    first, _ = store.create("laptop", expires=datetime.now(UTC) + timedelta(days=1))
    with pytest.raises(KeyExists, match=first.id):
        store.create(" laptop ", ["admin"])
    refused = winnow("keys", "create", "laptop", "--home", home)
    assert refused.code == 2 and "key_exists" in refused.err and "keys revoke" in refused.err
    assert [key.id for key in store.list()] == [first.id]
    assert store.revoke("laptop").id == first.id
    assert store.create("laptop")[0].id != first.id


def test_an_expired_key_leaves_its_name(store: KeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.create("laptop", expires=datetime.now(UTC) + timedelta(hours=1))
    later = datetime.now(UTC) + timedelta(hours=2)
    monkeypatch.setattr(module, "_now", lambda: later)
    second, _ = store.create("laptop")
    assert store.revoke("laptop").id == second.id


def test_it_is_said_that_no_key_is_left(winnow: Winnow, store: KeyStore, home: Path) -> None:
    assert store.locked_out() == ""
    for name in ("one", "two"):
        store.create(name)
    assert "No key is active" not in winnow("keys", "revoke", "one", "--home", home).err
    for arguments in (("keys", "revoke", "two", "--json"), ("keys", "list", "--json")):
        outcome = winnow(*arguments, "--home", home)
        assert "No key is active" in outcome.err and "winnow keys create" in outcome.err
        assert str(home / FILE) in outcome.err and outcome.json
    (home / FILE).unlink()  # as it says
    callers = Callers(store, exposed=False)
    assert not callers.keys_needed()


def test_an_id_goes_before_a_name(store: KeyStore) -> None:
    first, _ = store.create("a")
    second, _ = store.create(first.id)
    assert store.revoke(first.id).id == first.id
    assert [key.revoked_at is None for key in store.list() if key.id == second.id] == [True]


def test_the_first_key_is_made_whole_or_not_at_all(
    store: KeyStore, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(module, "fsync_path", full)
        with pytest.raises(DiskFull):
            store.create("a")
    assert list(home.iterdir()) == [] and store.list() == []
    with monkeypatch.context() as patched:
        patched.setattr(module._metadata, "create_all", lambda connection: connection.exec_driver_sql("no SQL"))
        with pytest.raises(KeysUnavailable):
            store.create("a")
    assert list(home.iterdir()) == []
    _, secret = store.create("a")
    assert [path.name for path in home.iterdir()] == [FILE] and store.authenticate(secret) is not None


def test_two_first_keys_at_once(store: KeyStore, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def meanwhile(path: Path) -> None:
        monkeypatch.undo()
        KeyStore(home).create("other")

    monkeypatch.setattr(module, "fsync_path", meanwhile)
    with pytest.raises(WriterBusy):
        store.create("mine")
    assert [key.name for key in store.list()] == ["other"]


@pytest.mark.parametrize("content", [b"", b"garbage" * 100, b"SQLite format 3\0" + bytes(500)])
def test_a_file_without_keys_is_told_and_lets_nobody_in(store: KeyStore, home: Path, content: bytes) -> None:
    home.mkdir()
    (home / FILE).write_bytes(content)
    for look in (store.list, store.any_made, store.any_active, lambda: store.revoke("a"), lambda: store.create("a")):
        with pytest.raises(KeysUnavailable):
            look()
    callers = Callers(store, exposed=False)
    for secret in (None, "wk_" + "0" * 12 + "_" + "a" * 43):
        assert callers.at_once(secret, "") is None
        with pytest.raises(KeysUnavailable):
            callers.recognise(secret, "")
    (home / FILE).unlink()
    assert callers.at_once(None, "") is not None  # no key was ever seen


def test_keys_are_asked_for_after_their_file_is_gone(store: KeyStore, home: Path) -> None:
    _, secret = store.create("a")
    callers = Callers(store, exposed=False)
    (home / FILE).rename(home / "elsewhere")
    assert callers.at_once(None, "") is None
    for brought in (None, secret):
        with pytest.raises(Unauthenticated):
            callers.recognise(brought, "")
    (home / "elsewhere").rename(home / FILE)
    assert callers.recognise(secret, "").key is not None


def test_a_file_that_is_replaced_is_read_at_once(store: KeyStore, home: Path, tmp_path: Path) -> None:
    _, secret = store.create("a")
    assert store.authenticate(secret) is not None
    other = KeyStore(tmp_path / "other")
    other.create("b")
    (tmp_path / "other" / FILE).replace(home / FILE)
    assert store.authenticate(secret) is None and [key.name for key in store.list()] == ["b"]


def test_the_first_key_is_announced(winnow: Winnow, home: Path) -> None:
    first = winnow("keys", "create", "web", "--home", home)
    assert "from now on every request" in first.err and "\n" not in first.out.strip()
    assert "from now on" not in winnow("keys", "create", "second", "--home", home).err
    assert winnow("keys", "revoke", "web", "--home", home).code == 0
    assert "revoked" in winnow("keys", "list", "--home", home).out
    (home / FILE).write_bytes(b"")
    told = winnow("keys", "list", "--home", home)
    assert told.code == 1 and "keys_unavailable" in told.err and "Traceback" not in told.err
