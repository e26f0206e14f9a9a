"""API keys: made, listed, revoked, recognised. A key's secret is shown once and stored as a digest only."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    Row,
    String,
    Table,
    create_engine,
    inspect,
    text,
)
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import NullPool

from api.errors import Forbidden, KeyExists, KeyNotFound, KeysUnavailable
from api.security.key_filters import EVERY as EVERY
from api.security.key_filters import add_column, checked_filter, known_columns
from api.security.known_keys import KnownKeys
from engine.errors import FormatTooNew, UsageError, WinnowError, WriterBusy
from engine.store.files import disk_full_typed, fsync_path, make_directories
from engine.store.layout import check_name

log = logging.getLogger(__name__)

Scope = Literal["read", "write", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)  # each implies those before it

FILE = "keys.sqlite"
_FORMAT = 2  # 1 had no column `filter`
_SECRET = re.compile(r"wk_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")
_LAST_USED_STEP = timedelta(minutes=1)  # noting every use would make every read a write
_NAME_LENGTH = 100
_RESTORE = "Restore it from a backup; or remove it, restart the service, and make new keys."

_metadata = MetaData()
_keys = Table(
    "keys",
    _metadata,
    Column("id", String(12), primary_key=True),
    Column("digest", String(64), nullable=False),  # SHA-256 of the whole secret, hex
    Column("name", String(_NAME_LENGTH), nullable=False),
    Column("scopes", String, nullable=False),  # JSON
    Column("collections", String, nullable=False),  # JSON
    Column("created_at", String(32), nullable=False),  # ISO 8601, UTC, as all times
    Column("expires_at", String(32)),
    Column("last_used_at", String(32)),
    Column("revoked_at", String(32)),
    Column("filter", String),  # as in `winnow search --filter`
)
_known = partial(known_columns, table=_keys)


@dataclass(frozen=True, slots=True)
class Key:
    """A key as the file has it. `collections` are names, or ("*",) for all, including those that do not exist yet.

    With a `filter` (in the syntax of `winnow search --filter`) its owner sees the documents that pass, and no others.
    """

    id: str
    name: str
    scopes: tuple[Scope, ...]
    collections: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    filter: str | None = None

    def active(self, at: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)

    def use_is_due(self, at: datetime) -> bool:
        """Whether its use is to be noted again."""
        return self.last_used_at is None or at - self.last_used_at >= _LAST_USED_STEP

    def allows(self, scope: Scope, collection: str | None = None) -> bool:
        """Whether the key has the scope for a collection; None: for any at all."""
        enough = any(SCOPES.index(own) >= SCOPES.index(scope) for own in self.scopes)
        enough = enough and (self.filter is None or scope == "read")  # who sees a part can judge no change of the whole
        return enough and (collection is None or EVERY in self.collections or collection in self.collections)

    def require(self, scope: Scope, collection: str | None = None) -> None:
        """Raise Forbidden, in words that do not tell whether the collection exists."""
        if not self.allows(scope, collection):
            where = "" if collection is None else f" for the collection {collection!r}"
            raise Forbidden(
                f"The key {self.id} does not have the scope {scope}{where}.", f"Use a key that has it{where}."
            )


class KeyStore:
    """The keys of a home. Safe under threads and processes; a revoked key is refused from that moment on.

    They have a file of their own, mode 0600, beside the catalogue: the catalogue can be rebuilt from the collections,
    keys cannot, and whoever copies collections should not take digests with them.
    """

    def __init__(self, home: Path) -> None:
        self._path = home / FILE
        self._engine = _engine(self._path)
        self._known: KnownKeys[Key] = KnownKeys(self._path)

    def create(
        self,
        name: str,
        scopes: Sequence[Scope] = ("read",),
        collections: Sequence[str] = (EVERY,),
        expires: datetime | None = None,
        filter: str | None = None,
    ) -> tuple[Key, str]:
        """A new key and its secret, which cannot be had again.

        Raises:
            KeyExists: an active key has the name.
            UsageError: no or an unknown scope, a name that is none, an expiry that has passed or has no time zone, or a
                filter for a key that does more than read.
            InvalidFilter: the filter cannot be read, or a collection of the key cannot be filtered by it.
            CollectionNotFound: a collection that is named for a filter does not exist.
        """
        key = Key(
            id=secrets.token_hex(6),
            name=_checked_name(name),
            scopes=_checked_scopes(scopes),
            collections=_checked_collections(collections),
            created_at=_now(),
            expires_at=_checked_expiry(expires),
            filter=None if filter is None else checked_filter(filter, self._path.parent, scopes, collections),
        )
        secret = f"wk_{key.id}_{secrets.token_urlsafe(32)}"
        with self._write() as connection:
            # Inserted first: from then on nobody else can write, and what is refused is rolled back.
            connection.execute(_keys.insert().values(digest=_digest(secret), **_columns(key)))
            _check_free(connection, key)
        return key, secret

    def list(self) -> list[Key]:
        """Every key, oldest first, those that are revoked or expired included."""
        with self._read() as connection:
            rows = connection.execute(_known(connection).order_by(_keys.c.created_at, _keys.c.id)) if connection else ()
            return [_key(row) for row in rows]

    def any_active(self) -> bool:
        """Whether there is a key that would be accepted now."""
        now = _now()
        return any(key.active(now) for key in self.list())

    def exists(self) -> bool:
        """False where surely no key was ever made; this reads no file."""
        return self._path.exists()

    def any_made(self) -> bool:
        """Whether a key was ever made, were it revoked or expired by now."""
        with self._read() as connection:
            return connection is not None and connection.execute(_known(connection).limit(1)).first() is not None

    def locked_out(self) -> str:
        """A sentence on what to do where keys were made and none is active, so that nobody is let in; else empty."""
        if self.any_active() or not self.any_made():
            return ""
        return (
            "No key is active: the service refuses every request. Make a key with `winnow keys create NAME`; to serve "
            f"this machine without keys again, remove {self._path} and restart the service."
        )

    def revoke(self, key: str) -> Key:
        """Refuse a key from now on, by its id or its name. Revoking twice changes nothing.

        Raises:
            KeyNotFound: there is none.
            UsageError: the name is that of several active keys.
        """
        key_id = _meant(key, self.list())
        with self._write() as connection:
            connection.execute(
                _keys.update()
                .where(_keys.c.id == key_id, _keys.c.revoked_at.is_(None))
                .values(revoked_at=_now().isoformat())
            )
            return _key(connection.execute(_keys.select().where(_keys.c.id == key_id)).one())

    def authenticate(self, secret: str) -> Key | None:
        """The key that the secret belongs to; None if there is none, or it is expired or revoked."""
        match = _SECRET.fullmatch(secret)
        if match is None:
            return None
        digest, version = _digest(secret), self._known.version()  # what is written meanwhile is another version
        with self._read() as connection:
            found = connection.execute(_known(connection).where(_keys.c.id == match[1])).first() if connection else None
        if found is None or not hmac.compare_digest(found.digest, digest):
            return None
        key, now = _key(found), _now()
        if not key.active(now):
            return None
        if key.use_is_due(now):
            self._note_use(key.id, now)
        self._known.put(digest, key, version)
        return key

    def known(self, secret: str) -> Key | None:
        """The key, where `authenticate` has found it lately and would only find it again; this takes microseconds."""
        key, now = self._known.get(_digest(secret)), _now()
        return key if key is not None and key.active(now) and not key.use_is_due(now) else None

    def _note_use(self, key_id: str, now: datetime) -> None:
        """A home that cannot be written to, or is busy, must not keep anybody out."""
        try:
            with self._write() as connection:
                connection.execute(_keys.update().where(_keys.c.id == key_id).values(last_used_at=now.isoformat()))
        except WinnowError as error:
            log.warning("The last use of key %s is not noted: %s", key_id, error)

    @contextmanager
    def _read(self) -> Iterator[Connection | None]:
        """Read the keys; None where no key was ever made."""
        if not self.exists():
            yield None
            return
        with self._typed(), self._engine.connect() as connection:
            self._check_format(connection)
            yield connection

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        """A transaction. The first one makes the file, whole and with what it writes, or not at all."""
        if not self.exists():
            with self._made_whole() as connection:
                yield connection
            return
        with self._typed(), self._engine.begin() as connection:
            if self._check_format(connection) < _FORMAT:
                add_column(connection, _keys.c.filter, _FORMAT)
            yield connection

    @contextmanager
    def _made_whole(self) -> Iterator[Connection]:
        new = self._path.with_name(f"{FILE}.{secrets.token_hex(6)}")
        engine = _engine(new)
        try:
            with self._typed():
                make_directories(self._path.parent)
                os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))  # SQLite's own files take its mode
                with engine.begin() as connection:
                    _metadata.create_all(connection)
                    connection.execute(text(f"PRAGMA user_version = {_FORMAT}"))
                    yield connection
                fsync_path(new)
                os.link(new, self._path)  # and not a rename: another process may have made the file by now
                fsync_path(self._path.parent)
        except FileExistsError:
            raise WriterBusy("Another key was made at the same moment.", "Run the command again.") from None
        finally:
            engine.dispose()
            for suffix in ("", "-journal"):
                new.with_name(new.name + suffix).unlink(missing_ok=True)

    def _check_format(self, connection: Connection) -> int:
        """The format that the file has. FormatTooNew; KeysUnavailable where it has no keys at all."""
        found: int = connection.execute(text("PRAGMA user_version")).scalar_one()
        if found > _FORMAT:
            raise FormatTooNew(f"{self._path} has format {found}; this Winnow knows {_FORMAT}.", "Update Winnow.")
        if not inspect(connection).has_table(_keys.name):
            raise KeysUnavailable(f"{self._path} is empty: it holds no table of keys.", _RESTORE)
        return found

    @contextmanager
    def _typed(self) -> Iterator[None]:
        """Raise SQLite's errors as DiskFull, StorageFailed; as KeysUnavailable for whatever else SQLite says."""
        try:
            with disk_full_typed(self._path.parent):
                yield
        except OperationalError as error:
            raise KeysUnavailable(f"{self._path} cannot be used: {error.orig}.", "Try again.") from error
        except DatabaseError as error:
            raise KeysUnavailable(f"{self._path} is not a file of keys: {error.orig}.", _RESTORE) from error


def _engine(path: Path) -> Engine:
    """Engine without a pool: a connection that was kept would go on reading a file that has been replaced."""
    return create_engine(f"sqlite+pysqlite:///{path}", connect_args={"timeout": 30.0}, poolclass=NullPool)


def _meant(key: str, known: Sequence[Key]) -> str:
    """The id of the key that is called so."""
    if any(one.id == key for one in known):
        return key
    named = [one for one in known if one.name == key.strip()]
    now = _now()
    active = [one for one in named if one.active(now)]
    if len(active) > 1:
        ids = ", ".join(one.id for one in active)
        raise UsageError(f"{len(active)} keys are called {key!r}: {ids}.", "Name the one to revoke by its id.")
    if not named:
        raise KeyNotFound(f"There is no key {key!r}.", "`winnow keys list` shows their ids and names.")
    return (active or named)[-1].id


def _check_free(connection: Connection, key: Key) -> None:
    """Raise KeyExists if another active key has the name: whoever revokes it by name must not meet two."""
    same = connection.execute(_keys.select().where(_keys.c.name == key.name, _keys.c.id != key.id))
    if other := next((one for one in map(_key, same) if one.active(key.created_at)), None):
        raise KeyExists(
            f"There is an active key {key.name!r} already: {other.id}.",
            f"Choose another name, or end that one first with `winnow keys revoke {other.id}`.",
        )


def _digest(secret: str) -> str:
    """Plain SHA-256, without salt or stretching: the secret is 256 random bits, which nobody can search or tabulate.

    Slow hashes (Argon2, bcrypt) protect passwords that people choose; here they would only let strangers buy seconds of
    our processor with each wrong key.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


def _columns(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": json.dumps(key.scopes),
        "collections": json.dumps(key.collections),
        "created_at": key.created_at.isoformat(),
        "expires_at": key.expires_at.isoformat() if key.expires_at else None,
        "filter": key.filter,
    }


def _key(row: Row[Any]) -> Key:
    return Key(
        id=row.id,
        name=row.name,
        scopes=tuple(json.loads(row.scopes)),
        collections=tuple(json.loads(row.collections)),
        created_at=datetime.fromisoformat(row.created_at),
        expires_at=_time(row.expires_at),
        last_used_at=_time(row.last_used_at),
        revoked_at=_time(row.revoked_at),
        filter=getattr(row, "filter", None),  # a file of format 1 has none
    )


def _time(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _now() -> datetime:
    return datetime.now(UTC)


def _checked_name(name: str) -> str:
    if not name.strip() or len(name) > _NAME_LENGTH or not name.isprintable():
        raise UsageError(f"{name!r} cannot name a key.", f"Use 1 to {_NAME_LENGTH} printable characters.")
    return name.strip()


def _checked_scopes(scopes: Sequence[Scope]) -> tuple[Scope, ...]:
    if not scopes or not set(scopes) <= set(SCOPES):
        raise UsageError(f"{', '.join(scopes) or 'An empty name'} is not a scope.", f"Choose from {', '.join(SCOPES)}.")
    return tuple(scope for scope in SCOPES if scope in scopes)


def _checked_collections(collections: Sequence[str]) -> tuple[str, ...]:
    if not collections:
        raise UsageError("A key must allow at least one collection.", f"Name collections, or {EVERY} for all.")
    return (EVERY,) if EVERY in collections else tuple(sorted({check_name(name) for name in collections}))


def _checked_expiry(expires: datetime | None) -> datetime | None:
    if expires is None:
        return None
    if expires.tzinfo is None or expires <= _now():
        raise UsageError(f"A key cannot expire at {expires}.", "Give a time in the future, with its time zone.")
    return expires.astimezone(UTC)
