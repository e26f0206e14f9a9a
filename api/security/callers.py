"""Who makes a request: the owner of a key, or anybody who can connect where no key was ever made."""

from __future__ import annotations

import base64
from contextlib import suppress
from dataclasses import dataclass

from api.errors import Forbidden, Unauthenticated
from api.security.asgi import Scope as Connection
from api.security.asgi import headers
from api.security.keys import Key, KeyStore, Scope
from engine.errors import WinnowError

ANONYMOUS = ""  # owns what is made where there are no keys


@dataclass(frozen=True, slots=True)
class Caller:
    """`key` is None where none is asked for: then everything is allowed."""

    key: Key | None
    address: str = ""

    @property
    def owner(self) -> str:
        """Name that jobs and kept documents are marked with."""
        return self.key.id if self.key else ANONYMOUS

    @property
    def filter(self) -> str | None:
        """The filter that documents must pass for the caller to see them; None where all are seen."""
        return self.key.filter if self.key else None

    def require_all(self) -> None:
        """Raise Forbidden where the caller does not see every document."""
        if self.key and self.key.filter is not None:
            raise Forbidden(
                f"The key {self.key.id} has a filter, and this tells of all documents.", "Use a key without a filter."
            )

    @property
    def bucket(self) -> str:
        """Name of the bucket in which the caller's requests are counted."""
        return f"key {self.key.id}" if self.key else f"address {self.address}"

    def allows(self, scope: Scope, collection: str | None = None) -> bool:
        """Whether the caller has the scope for a collection; None: for any at all."""
        return self.key is None or self.key.allows(scope, collection)

    def require(self, scope: Scope, collection: str | None = None) -> None:
        """Raise Forbidden where not `allows`."""
        if self.key:
            self.key.require(scope, collection)


class Callers:
    """Recognises callers by their keys.

    Keys are asked for if others can connect (`exposed`), and on loopback from the moment on at which the first one was
    made. Keys that have expired or were revoked open nothing again, and neither does a file that is gone: who has once
    seen it asks for keys until the process ends.
    """

    def __init__(self, keys: KeyStore, *, exposed: bool) -> None:
        self._keys = keys
        self._needed = exposed
        with suppress(WinnowError):  # where it cannot be read, each request looks again and is told
            self.keys_needed()

    def keys_needed(self) -> bool:
        """Whether a key is asked for. KeysUnavailable where that cannot be known."""
        self._needed = self._needed or self._keys.any_made()
        return self._needed

    def at_once(self, secret: str | None, address: str) -> Caller | None:
        """The caller where no key is sent and none needed, or the key is known; None where `recognise` has to look.
        This takes some microseconds.
        """
        if secret is not None:
            key = self._keys.known(secret)
            return None if key is None else Caller(key, address)
        return None if self._needed or self._keys.exists() else Caller(None, address)

    def recognise(self, secret: str | None, address: str) -> Caller:
        """Raise Unauthenticated, in the same words for every secret that does not open."""
        key = self._keys.authenticate(secret) if secret else None
        if key is not None or not self.keys_needed():
            return Caller(key, address)
        if secret is None:
            raise Unauthenticated("A key is needed.", "Send it as a bearer token, or in the header X-API-Key.")
        raise Unauthenticated("The key is unknown, expired or revoked.", "Ask the operator for another one.")


def secret_of(connection: Connection) -> str | None:
    """The secret that a request brings; None if it brings none, or several, of which one could be smuggled in.

    Browsers ask their user for a name and a password (Basic): the password is the key.
    """
    given = [("x-api-key", value) for value in headers(connection, "x-api-key")]
    given += [(scheme.lower(), rest) for scheme, _, rest in _authorizations(connection)]
    if len(given) != 1:
        return None
    scheme, value = given[0]
    if scheme in ("x-api-key", "bearer"):
        return value.strip()
    return _password(value) if scheme == "basic" else None


def _authorizations(connection: Connection) -> list[tuple[str, str, str]]:
    return [value.strip().partition(" ") for value in headers(connection, "authorization")]


def _password(value: str) -> str | None:
    try:
        return base64.b64decode(value.strip(), validate=True).decode().partition(":")[2]
    except ValueError:  # no base64, no text in it, or not even ASCII
        return None
