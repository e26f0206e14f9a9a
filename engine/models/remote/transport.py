"""One question to a server of models: a POST of JSON, repeated where that can help, within a limit of time."""

from __future__ import annotations

import http.client
import json
import math
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from engine.errors import ModelAnswerInvalid, ModelNotFound, ModelUnavailable
from engine.models.remote.address import Address
from engine.models.remote.keys import key_for, variable_for
from engine.settings import settings

_MOST_BYTES = 256 << 20  # of an answer
_PIECE = 1 << 16
_ATTEMPTS = 5
FIRST_WAIT = 0.5  # seconds; each further wait is twice as long
_CONNECTING = 10.0  # seconds
_EXCERPT = 200  # characters of a server's complaint


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    headers: Mapping[str, str]  # by names in lower case
    body: bytes


class Transport:
    """Asks one address. Connections are kept open and used by one thread at a time; safe under threads."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._parts = urlsplit(address.url)
        self._idle: deque[http.client.HTTPConnection] = deque()

    def ask(self, question: Mapping[str, Any]) -> Any:
        """The answer as JSON.

        Raises:
            ModelUnavailable: there is no answer in time: no connection, an overloaded or failing server, no key.
            ModelNotFound: the server knows no such address or model.
            ModelAnswerInvalid: the question was refused, or the answer is no JSON.
        """
        body = json.dumps(question).encode()
        until = time.monotonic() + settings().remote_seconds
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                reply = self._post(body, until)
            except _Broken as broken:
                wait, problem = 0.0 if broken.stale else _back_off(attempt), str(broken)
            else:
                if reply.status != 429 and reply.status < 500:
                    return self._read(reply)
                asked = _retry_after(reply.headers.get("retry-after"))
                wait = _back_off(attempt) if asked is None else asked
                problem = f"answered {reply.status}{self._complaint(reply)}"
            if attempt == _ATTEMPTS or time.monotonic() + wait >= until:
                raise self._unavailable(f"{problem} (tried {attempt} times)")
            time.sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    def _post(self, body: bytes, until: float) -> _Reply:
        """One attempt. _Broken where another may help; ModelUnavailable where none can."""
        try:
            connection, stale = self._idle.pop(), True
        except IndexError:
            connection, stale = self._connect(until), False
        try:
            with _aborted_at(connection, until):
                connection.request("POST", self._path, body, self._headers())
                response = connection.getresponse()
                reply = _Reply(response.status, _lowered(response), _read_all(response))
            # http.client takes the end of a connection for the end of the headers
            if time.monotonic() >= until or (not reply.body and "content-length" not in reply.headers):
                raise http.client.IncompleteRead(reply.body)
        except (OSError, http.client.HTTPException, ValueError) as error:
            connection.close()
            if time.monotonic() >= until:
                raise self._unavailable(f"did not answer within {settings().remote_seconds:g} s") from error
            raise _Broken(f"broke the connection off ({type(error).__name__})", stale=stale) from error
        except BaseException:
            connection.close()
            raise
        if response.will_close:
            connection.close()
        else:
            self._idle.append(connection)
        return reply

    def _connect(self, until: float) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        timeout = max(0.01, min(_CONNECTING, until - time.monotonic()))
        connection = (
            http.client.HTTPSConnection(host, port, timeout=timeout, context=ssl.create_default_context())
            if self._parts.scheme == "https"
            else http.client.HTTPConnection(host, port, timeout=timeout)
        )
        try:
            connection.connect()
        except ssl.SSLCertVerificationError as error:
            raise self._unavailable(f"has a certificate that is not trusted: {error.verify_message}") from error
        except (OSError, UnicodeError) as error:  # UnicodeError: a host name that cannot be one
            raise self._unavailable(f"cannot be reached: {error}") from error
        connection.sock.settimeout(None)  # `_aborted_at` sees to the time
        return connection

    @property
    def _path(self) -> str:
        return self._parts.path or "/"

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "winnow"}
        key = key_for(self._address.host)
        return headers if key is None else headers | {"Authorization": f"Bearer {key}"}

    def _read(self, reply: _Reply) -> Any:
        if 300 <= reply.status < 400:
            raise self._invalid(
                f"answered {reply.status}, a redirect, which is not followed",
                f"Name the address that it points to, if you trust it: {reply.headers.get('location', '-')[:200]}.",
            )
        if reply.status in (401, 403):  # the complaint may hold the key, or a part of it
            raise self._unavailable(f"answered {reply.status}: it wants another key")
        if reply.status == 404:
            raise ModelNotFound(
                f"{self._address.shown} answered 404{self._complaint(reply)}.",
                "Check the address and the model's name, or load the model in that server.",
            )
        if not 200 <= reply.status < 300:
            raise self._invalid(
                f"answered {reply.status}{self._complaint(reply)}",
                "If a text was too long for it, name the model with a lower ?max_tokens=.",
            )
        try:
            return json.loads(reply.body)
        except (ValueError, RecursionError) as error:
            raise self._invalid("gave an answer that is no JSON", "Check the address and its path.") from error

    def _complaint(self, reply: _Reply) -> str:
        """The beginning of what the server says about a failure; "" for a page of HTML and the like."""
        if "json" not in reply.headers.get("content-type", "") or reply.status in (401, 403):
            return ""
        text = " ".join(reply.body[:2000].decode("utf-8", "replace").split())
        key = key_for(self._address.host)
        if key is not None:
            text = text.replace(key, "***")
        return f": {''.join(c if c.isprintable() else '?' for c in text)[:_EXCERPT]}" if text else ""

    def _unavailable(self, problem: str) -> ModelUnavailable:
        return ModelUnavailable(
            f"{self._address.shown} {problem}.",
            f"See that the server runs and has the model; a key goes into {variable_for(self._address.host)}, more "
            "time into WINNOW_REMOTE_SECONDS.",
        )

    def _invalid(self, problem: str, remedy: str) -> ModelAnswerInvalid:
        return ModelAnswerInvalid(f"{self._address.shown} {problem}.", remedy)


class _Broken(Exception):
    """A connection broke; `stale` if it was an old one, which the server may have closed meanwhile."""

    def __init__(self, problem: str, *, stale: bool) -> None:
        super().__init__(problem)
        self.stale = stale


@contextmanager
def _aborted_at(connection: http.client.HTTPConnection, until: float) -> Iterator[None]:
    """Cut the connection at `until`. A time limit of the socket would begin anew with every byte that drips in."""
    # socket's own method: an SSL socket's changes what another thread is reading by
    timer = threading.Timer(max(0.0, until - time.monotonic()), _shut, (connection.sock,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _shut(sock: socket.socket) -> None:
    with suppress(OSError):  # it is closed already
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _lowered(response: http.client.HTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.getheaders()}


def _read_all(response: http.client.HTTPResponse) -> bytes:
    """The body. IncompleteRead where it is cut off, ValueError where it is too long."""
    pieces, size = [], 0
    while piece := response.read(_PIECE):
        pieces.append(piece)
        size += len(piece)
        if size > _MOST_BYTES:
            raise ValueError("the answer is too long")
    if response.length:  # `read` with a size does not complain
        raise http.client.IncompleteRead(b"", response.length)
    return b"".join(pieces)


def _back_off(attempt: int) -> float:
    return float(FIRST_WAIT * 2 ** (attempt - 1))


def _retry_after(value: str | None) -> float | None:
    """Seconds that a server asks to be left alone for: a number, or the difference to a date; None for neither."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except (ValueError, OverflowError):
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None
