"""No secret in what a handler writes."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import pytest

from api.security.keys import KeyStore
from api.security.redaction import RedactingFilter, redact, redact_logs

SECRET = "wk_0123456789ab_" + "Zq-7_xY9" * 5 + "abc"
TAIL = SECRET.split("_", 2)[2]


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        f"Authorization: Bearer {SECRET}",
        f"authorization: Bearer {TAIL}",
        f"(b'authorization', b'Bearer {TAIL}')",
        f'{{"Authorization": "Basic {TAIL}"}}',
        f"GET /v1/search?q=a&api_key={TAIL}&k=5",
        f'{{"api_key": "{TAIL}"}}',
        f"X-API-Key: {TAIL}",
        f"postgresql://winnow:{TAIL}@database/winnow",
    ],
)
def test_secrets_are_hidden(text: str) -> None:
    assert TAIL not in redact(text) and "[redacted]" in redact(text)


@pytest.mark.parametrize(
    "text", ["the secret of the river", "GET /v1/search?q=token HTTP/1.1", "http://localhost:8000/a@b"]
)
def test_the_rest_stays(text: str) -> None:
    assert redact(text) == text


def test_every_part_of_a_record(tmp_path: Path) -> None:
    _, secret = KeyStore(tmp_path).create("a")
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.addFilter(RedactingFilter())
    handler.setFormatter(logging.Formatter("%(message)s %(header)s"))
    logger = logging.getLogger("tests.redaction")
    logger.addHandler(handler)
    try:
        raise ValueError(f"bad key {secret}")
    except ValueError:
        logger.exception("key %s in %r", secret, {"authorization": f"Bearer {secret}"}, extra={"header": secret})
    finally:
        logger.removeHandler(handler)
    written = out.getvalue()
    assert secret not in written and secret.split("_", 2)[2] not in written
    assert "Traceback" in written and "bad key" in written


def test_every_handler_gets_it_once() -> None:
    logger, handler = logging.getLogger("tests.redaction.handlers"), logging.NullHandler()
    logger.addHandler(handler)
    try:
        redact_logs()
        redact_logs()
        assert sum(isinstance(known, RedactingFilter) for known in handler.filters) == 1
    finally:
        logger.removeHandler(handler)
        for known in [handler for logger in (logging.getLogger(),) for handler in logger.handlers]:
            for one in [one for one in known.filters if isinstance(one, RedactingFilter)]:
                known.removeFilter(one)
