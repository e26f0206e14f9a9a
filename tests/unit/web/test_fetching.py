"""Requests: paced, asked again where a site wants that, bounded in bytes, and never led into a private network."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from email.utils import formatdate
from typing import Any

import httpx
import pytest

from indexer.sources.web.fetching import Answer, Bounds, Fetcher, Unanswered


class Time:
    def __init__(self) -> None:
        self.now, self.slept = 100.0, list[float]()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Stream:
    def __init__(self, address: str) -> None:
        self.address = address

    def close(self) -> None:
        pass

    def get_extra_info(self, name: str) -> Any:
        return (self.address, 443) if name == "server_addr" else None


def fetcher(answer: Callable[[httpx.Request], httpx.Response], time: Time | None = None, **bounds: Any) -> Fetcher:
    time = time or Time()
    return Fetcher(Bounds(**bounds), transport=httpx.MockTransport(answer), clock=time, sleep=time.sleep)


def wanted(answer: Answer) -> bool:
    return True


def test_requests_are_paced() -> None:
    time = Time()
    made = fetcher(lambda request: httpx.Response(200, stream=Chunks(b"x")), time)
    made.interval = 2.0
    for _ in range(3):
        made.get("https://example.org/", wanted)
    assert time.slept == [2.0, 2.0]


@pytest.mark.parametrize(("said", "seconds"), [("7", 7.0), ("", 2.0), ("soon", 2.0)])
def test_a_busy_site_is_asked_again_when_it_says(said: str, seconds: float) -> None:
    time, answers = Time(), iter([429, 200])
    made = fetcher(
        lambda request: httpx.Response(next(answers), headers={"Retry-After": said}, stream=Chunks(b"x")), time
    )
    assert made.get("https://example.org/", wanted).status == 200
    assert time.slept == [seconds]


def test_a_site_that_stays_busy_is_left_alone() -> None:
    time = Time()
    made = fetcher(lambda request: httpx.Response(503, headers={"Retry-After": formatdate(0, usegmt=True)}), time)
    assert made.get("https://example.org/", wanted).status == 503
    assert len(time.slept) == 2


@pytest.mark.parametrize("said", ["61", "31536000", formatdate(4e9, usegmt=True), "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_nobody_waits_for_a_site_that_wants_more_than_a_minute(said: str) -> None:
    time = Time()
    made = fetcher(lambda request: httpx.Response(429, headers={"Retry-After": said}), time)
    assert made.get("https://example.org/", wanted).status == 429
    assert time.slept == []


def test_a_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(64 * 2**20))
    made = fetcher(
        lambda request: httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=Chunks(bomb)), largest=2**20
    )
    with pytest.raises(Unanswered, match="more than 1 MiB"):
        made.get("https://example.org/", wanted)
    assert made.read <= 2**20 + 1


def test_what_goes_on_behind_what_is_packed_is_left_and_counts() -> None:
    data = gzip.compress(b"word") + bytes(5000)
    made = fetcher(lambda request: httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=Chunks(data)))
    assert made.get("https://example.org/", wanted).body == b"word"
    assert made.read >= len(data)
    endless = gzip.compress(b"word") + bytes(10**6)
    made = fetcher(
        lambda request: httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=Chunks(endless)), largest=9_000
    )
    with pytest.raises(Unanswered, match="MiB"):
        made.get("https://example.org/", wanted)
    assert made.read <= 10_000


class Chunks(httpx.SyncByteStream):
    def __init__(self, data: bytes, then: Callable[[], None] = lambda: None) -> None:
        self.data, self.then = data, then

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, len(self.data), 1000):
            yield self.data[start : start + 1000]
            self.then()


def test_what_is_too_large_or_too_slow_is_given_up() -> None:
    endless = fetcher(lambda request: httpx.Response(200, stream=Chunks(bytes(10**6))), largest=10_000)
    with pytest.raises(Unanswered, match="MiB"):
        endless.get("https://example.org/", wanted)
    time = Time()
    dripping = fetcher(
        lambda request: httpx.Response(200, stream=Chunks(bytes(10**5), lambda: time.sleep(9))), time, seconds=60.0
    )
    with pytest.raises(Unanswered, match="longer than 60 seconds"):
        dripping.get("https://example.org/", wanted)


@pytest.mark.parametrize(
    ("encoding", "data", "reason"),
    [
        ("br", b"x", "not asked for"),
        ("gzip", b"no gzip", "damaged"),
        ("gzip", gzip.compress(b"abc", mtime=0)[:-9], "cut off"),
    ],
)
def test_an_encoding_that_cannot_be_undone_is_said(encoding: str, data: bytes, reason: str) -> None:
    made = fetcher(lambda request: httpx.Response(200, headers={"Content-Encoding": encoding}, stream=Chunks(data)))
    with pytest.raises(Unanswered, match=reason):
        made.get("https://example.org/", wanted)


def test_a_body_that_nobody_wants_is_not_read() -> None:
    def read() -> None:
        raise AssertionError("read")

    made = fetcher(lambda request: httpx.Response(200, stream=Chunks(bytes(5000), read)))
    assert made.get("https://example.org/", lambda answer: False).body == b""


@pytest.mark.parametrize(
    ("peers", "refused"),
    [
        (["93.184.216.34", "10.0.0.7"], True),
        (["2606:2800:220:1::1", "::1"], True),
        (["93.184.216.34", "169.254.169.254"], True),
        (["127.0.0.1", "127.0.0.1"], False),
        (["10.0.0.7", "192.168.1.1"], False),
        (["93.184.216.34", "93.184.216.35"], False),
    ],
)
def test_a_public_site_does_not_lead_into_a_private_network(peers: list[str], refused: bool) -> None:
    left, sent = iter(peers), list[str]()

    def answer(request: httpx.Request) -> httpx.Response:
        request.extensions["trace"]("connection.connect_tcp.complete", {"return_value": Stream(next(left))})
        sent.append(request.url.path)
        return httpx.Response(200, stream=Chunks(b"x"))

    made = fetcher(answer)
    made.get("https://example.org/", wanted)
    if refused:
        with pytest.raises(Unanswered, match="private address"):
            made.get("https://example.org/a", wanted)
        assert sent == ["/"]
    else:
        assert made.get("https://example.org/a", wanted).body == b"x"


def test_a_site_that_does_not_answer_is_silent() -> None:
    def silent(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow")

    with pytest.raises(Unanswered, match="silent for 15 seconds") as told:
        fetcher(silent).get("https://example.org/", wanted)
    assert told.value.silent
