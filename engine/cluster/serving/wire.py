"""The way of a question to a replica and of its answer back: a TCP connection, with many calls on their way at once.

A search asks its shards several times in turn, so that what a call costs counts several times, and Ray's calls cost
milliseconds of computing on both sides. Ray starts the replicas, says where they listen, and brings them the key: what
is sent is pickled, and whoever could write to a replica could have it run anything, as with Ray itself. Nothing is
unpickled before both sides have shown that they know the key.
"""

from __future__ import annotations

import hmac
import logging
import pickle
import secrets
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Any

from engine.errors import WinnowError

log = logging.getLogger(__name__)

Address = tuple[str, int]
_GREETING = b"winnow replica 1"  # the number changes with what is sent
_NONCE, _PROOF = 32, 32
_LENGTH = struct.Struct("!Q")
_SENDING = 0.5  # seconds in which a peer must take some of what is sent: replicas read at all times
_STRANGERS = 64  # connections that may be showing at once that they know the key
_MOST_BYTES = 1 << 32  # of one message: a larger number is none of ours
_PAUSE = 0.1  # seconds after which connections are accepted again where the system had no room for one
_IDLE, _PROBING = 60, 10  # seconds of silence after which the system asks whether a peer is there, and how often


class LineCut(ConnectionError):
    """A connection to a replica was lost, or there is none yet."""


class NotAnswered(Exception):
    """A replica raised what is no error of ours; the message says what."""


@dataclass(frozen=True, slots=True)
class Method:
    """A function that peers may call, so many calls at once."""

    run: Callable[..., Any]
    threads: int


class Answering:
    """Answers what arrives, by methods of which each has threads of its own. Ends with the process, or by `close`."""

    def __init__(self, host: str, key: bytes, methods: Mapping[str, Method], silence: float) -> None:
        """`silence`: seconds after which a peer that acknowledges nothing counts as gone."""
        self._key, self._silence, self._methods = key, silence, methods
        self._strangers = threading.BoundedSemaphore(_STRANGERS)
        self._closed = threading.Event()
        self._pools = {name: ThreadPoolExecutor(method.threads, name) for name, method in methods.items()}
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listening = socket.create_server((host, 0), family=family, backlog=64)
        self.address: Address = self._listening.getsockname()[:2]
        threading.Thread(target=self._accept, name="listens", daemon=True).start()

    def close(self) -> None:
        """Take no more connections and calls."""
        self._closed.set()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)

    def _accept(self) -> None:
        """Accept connections until it is closed: what the system lacks for one (files, threads), it has again later."""
        while not self._closed.is_set():
            try:
                accepted, _ = self._listening.accept()
                try:
                    threading.Thread(target=self._serve, args=(accepted,), name="reads", daemon=True).start()
                except BaseException:
                    accepted.close()
                    raise
            except (OSError, RuntimeError) as error:
                if not self._closed.is_set():
                    log.warning("A connection could not be accepted: %r", error)
                    self._closed.wait(_PAUSE)

    def _serve(self, accepted: socket.socket) -> None:
        sending = threading.Lock()
        with accepted:
            try:
                self._admit(accepted)
                while True:
                    number, name, arguments = pickle.loads(_receive(accepted))  # noqa: S301 - the peer knows the key
                    pool = self._pools.get(name)
                    if pool is None:
                        _reply(accepted, sending, number, NotAnswered(f"A replica of this version has no {name!r}."))
                    else:
                        pool.submit(self._answer, accepted, sending, number, name, arguments)
            except Exception as error:  # the peer has gone, or is of another version, or the pools were closed
                log.info("A connection has ended: %r", error)

    def _admit(self, accepted: socket.socket) -> None:
        """Let in who knows the key. ConnectionError; strangers are few at a time, so that they cost few threads."""
        if not self._strangers.acquire(blocking=False):
            raise ConnectionError("too many connections have not shown yet that they know the key")
        try:
            _prepare(accepted, self._silence)
            _prove(accepted, self._key, b"replica", b"front", self._silence)
            accepted.settimeout(None)
        finally:
            self._strangers.release()

    def _answer(
        self, peer: socket.socket, sending: threading.Lock, number: int, name: str, arguments: tuple[Any, ...]
    ) -> None:
        try:
            answer = self._methods[name].run(*arguments)
        except WinnowError as error:
            _reply(peer, sending, number, error)
        except Exception as error:
            _reply(peer, sending, number, NotAnswered(f"{type(error).__name__}: {error}"))
        else:
            _reply(peer, sending, number, answer, answered=True)


def _reply(peer: socket.socket, sending: threading.Lock, number: int, said: Any, *, answered: bool = False) -> None:
    """Send an answer, or an error; of what cannot be sent, that it cannot."""
    try:
        reply = _pickled((number, answered, said))
    except Exception as error:  # whatever pickle raises
        reply = _pickled((number, False, NotAnswered(f"{type(said).__name__} cannot be sent: {error!r}")))
    with sending:
        try:
            _send(peer, reply)
        except OSError:  # whoever asked has gone; what is sent after a part of an answer could not be read
            with suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)


class Line:
    """A connection to one replica, for calls of many threads."""

    def __init__(self, address: Address, key: bytes, silence: float) -> None:
        """Connect. LineCut; `silence` as that of `Answering`."""
        self._sending = threading.Lock()
        self._waiting: dict[int, Future[Any]] = {}
        self._number = count()
        self.is_cut = False
        self._peer = _connected(address, key, silence)
        threading.Thread(target=self._read, name="reads replies", daemon=True).start()

    def call(self, name: str, *arguments: Any) -> Future[Any]:
        """Call a method there. The future raises LineCut, NotAnswered, and our errors."""
        future: Future[Any] = Future()
        number = next(self._number)
        asked = _pickled((number, name, arguments))
        self._waiting[number] = future
        try:
            with self._sending:
                _send(self._peer, asked)
        except OSError as error:
            self._end(error)
        if self.is_cut:  # it may have been before the future stood there
            self._fail(number, "it was cut")
        return future

    def close(self) -> None:
        """End it; calls on their way fail."""
        self._end("it was closed")

    def _read(self) -> None:
        try:
            while True:
                number, answered, reply = pickle.loads(_receive(self._peer))  # noqa: S301 - the peer knows the key
                future = self._waiting.pop(number, None)
                if future is not None:
                    future.set_result(reply) if answered else future.set_exception(reply)
        except Exception as error:  # the peer has gone, or is of another version
            self._end(error)

    def _end(self, reason: object) -> None:
        self.is_cut = True
        with suppress(OSError):
            self._peer.shutdown(socket.SHUT_RDWR)
        self._peer.close()
        for number in list(self._waiting):
            self._fail(number, reason)

    def _fail(self, number: int, reason: object) -> None:
        future = self._waiting.pop(number, None)
        if future is not None:
            future.set_exception(LineCut(f"The connection was lost: {reason}"))


def _connected(address: Address, key: bytes, silence: float) -> socket.socket:
    try:
        peer = socket.create_connection(address, timeout=silence)
        try:
            _prepare(peer, silence)
            _prove(peer, key, b"front", b"replica", silence)
            peer.settimeout(None)
        except BaseException:
            peer.close()
            raise
    except (OSError, EOFError) as error:
        raise LineCut(f"{address[0]}:{address[1]} cannot be reached: {error}") from error
    return peer


def new_key() -> bytes:
    """A key that nobody else knows."""
    return secrets.token_bytes(32)


def _prepare(peer: socket.socket, silence: float) -> None:
    """Send at once what is sent, and have the connection fail where the peer is silent: a link that is cut says
    nothing, and when it heals TCP would wait as long again before it tries.
    """
    peer.settimeout(silence)
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_KEEPIDLE"):  # or the peer of a host that lost its power would be waited for, for hours
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _IDLE)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _PROBING)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, max(1, int(silence * 1000)))
        seconds, rest = divmod(min(_SENDING, silence), 1)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", int(seconds), int(rest * 1e6)))


def _prove(peer: socket.socket, key: bytes, me: bytes, other: bytes, seconds: float) -> None:
    """Show that we know the key, and be shown it: each side signs what the other has made up. ConnectionError, also
    where the whole takes longer than so many seconds.
    """
    until = time.monotonic() + seconds
    mine = secrets.token_bytes(_NONCE)
    peer.sendall(_GREETING + mine)
    greeting = _exactly(peer, len(_GREETING) + _NONCE, until)
    if greeting[:-_NONCE] != _GREETING:
        raise ConnectionError("the other side is no Winnow of this version")
    theirs = bytes(greeting[-_NONCE:])
    peer.sendall(hmac.digest(key, me + theirs + mine, "sha256"))
    if not hmac.compare_digest(_exactly(peer, _PROOF, until), hmac.digest(key, other + mine + theirs, "sha256")):
        raise ConnectionError("the other side has another key")


def _pickled(message: Any) -> bytes:
    return pickle.dumps(message, pickle.HIGHEST_PROTOCOL)


def _send(peer: socket.socket, data: bytes) -> None:
    peer.sendall(_LENGTH.pack(len(data)) + data)


def _receive(peer: socket.socket) -> bytearray:
    [size] = _LENGTH.unpack(_exactly(peer, _LENGTH.size))
    if size > _MOST_BYTES:
        raise ConnectionError(f"a message of {size} bytes is none of ours")
    return _exactly(peer, size)


def _exactly(peer: socket.socket, size: int, until: float | None = None) -> bytearray:
    """So many bytes, until a moment of time.monotonic(). EOFError where the peer has ended; TimeoutError."""
    data = bytearray(size)
    view, got = memoryview(data), 0
    while got < size:
        if until is not None:
            peer.settimeout(max(until - time.monotonic(), 0.001))
        read = peer.recv_into(view[got:])
        if not read:
            raise EOFError("the other side has ended")
        got += read
    return data
