"""What is sent again, after how long, and what is not; against httpx's mock transport."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.client import ApiError, ConnectionFailed, Forbidden, RateLimited, ServerError, Unavailable, Winnow
from api.client.errors import error_of

OK = httpx.Response(200, json={"collections": []})
Answers = Callable[..., Winnow]


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Instead of sleeping: how long it would have been."""
    times: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", times.append)
    return times


def answering(*answers: httpx.Response | Exception, **options: Any) -> tuple[Winnow, list[httpx.Request]]:
    left, seen = list(answers), []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return Winnow("http://test", transport=httpx.MockTransport(handle), **options), seen


def problem(status: int, code: str, **headers: str) -> httpx.Response:
    body = {"code": code, "detail": "No.", "remedy": "Wait.", "status": status, "request_id": "r", "errors": []}
    return httpx.Response(status, json=body, headers={k.replace("_", "-"): v for k, v in headers.items()})


def test_the_service_says_how_long_to_wait(waited: list[float]) -> None:
    client, seen = answering(problem(429, "rate_limited", retry_after="7"), problem(503, "overloaded"), OK)
    assert client.list_collections() == ()
    assert len(seen) == 3 and waited[0] == 7 and 0 <= waited[1] <= 8


def test_it_gives_up(waited: list[float]) -> None:
    refusal = problem(503, "overloaded", retry_after="1")
    client, seen = answering(*[refusal] * 3, retries=2)
    with pytest.raises(Unavailable) as caught:
        client.list_collections()
    assert len(seen) == 3 and waited == [1, 1]
    assert (caught.value.code, caught.value.remedy, caught.value.retry_after) == ("overloaded", "Wait.", 1)


def test_nobody_waits_for_hours(waited: list[float]) -> None:
    client, seen = answering(problem(429, "rate_limited", retry_after="3600"))
    with pytest.raises(RateLimited):
        client.list_collections()
    assert len(seen) == 1 and not waited


@pytest.mark.parametrize(
    ("answer", "repeated"),
    [
        (problem(429, "rate_limited"), True),  # refused before it was looked at
        (httpx.ConnectError("refused"), True),
        (problem(503, "overloaded"), False),
        (httpx.ReadError("reset"), False),  # nobody knows whether it was done
    ],
)
def test_what_would_do_harm_twice_is_sent_once(
    waited: list[float], answer: httpx.Response | Exception, repeated: bool
) -> None:
    made = httpx.Response(200, json={"deleted": ["a"], "generation": 2})
    client, seen = answering(answer, made)
    if repeated:
        assert client.delete_document("a").deleted == ("a",)
    else:
        with pytest.raises(ApiError):
            client.delete_document("a")
    assert len(seen) == (2 if repeated else 1)


def test_a_lost_connection(waited: list[float]) -> None:
    client, seen = answering(httpx.RemoteProtocolError("gone"), OK)
    assert client.list_collections() == () and len(seen) == 2
    client, seen = answering(httpx.ReadTimeout("slow"))
    with pytest.raises(ConnectionFailed, match="timeout"):
        client.list_collections()
    assert len(seen) == 1 and not waited[1:]


def test_other_failures_are_not_repeated(waited: list[float]) -> None:
    for answer, kind in (
        (problem(403, "forbidden"), Forbidden),
        (httpx.Response(502, text="<html>Bad gateway</html>"), ServerError),
        (httpx.Response(200, text="<html>a portal</html>"), ServerError),
        (httpx.Response(302, headers={"location": "http://elsewhere"}), ApiError),
    ):
        client, seen = answering(answer)
        with pytest.raises(kind):
            client.list_collections()
        assert len(seen) == 1 and not waited


def test_the_key_is_sent() -> None:
    client, seen = answering(OK, api_key="wk_secret")
    client.list_collections()
    assert seen[0].headers["authorization"] == "Bearer wk_secret"
    client, seen = answering(OK)
    client.list_collections()
    assert "authorization" not in seen[0].headers


def test_retry_after_as_a_date() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert 25 < (error_of(503, {"retry-after": soon}, b"").retry_after or 0) <= 30
    assert error_of(503, {"retry-after": "soon"}, b"").retry_after is None


def test_importing_the_client_imports_nothing_heavy() -> None:
    heavy = {"engine", "indexer", "torch", "onnxruntime", "pyarrow", "numpy", "fastapi", "tokenizers"}
    script = f"import sys, api.client; print(sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=Path(__file__).parents[3], check=True
    )
    assert done.stdout.strip() == "[]"


def test_without_the_extra() -> None:
    script = "import sys; sys.modules['tenacity'] = None; import api.client"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=Path(__file__).parents[3], check=False
    )
    assert "The client needs tenacity: pip install 'winnow-client'" in done.stderr
