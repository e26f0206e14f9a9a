"""A key is in no log and no error, whatever somebody does with it."""

from __future__ import annotations

import io
import logging

import pytest

from api.security.redaction import redact_logs
from tests.api.security.conftest import MakeKey, Open


def test_no_key_in_answers_or_logs(serving: Open, make_key: MakeKey, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = make_key("admin")
    hidden = secret.split("_", 2)[2]  # which may hold underscores itself
    client = serving(secret)
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logging.getLogger().addHandler(handler)
    try:
        redact_logs()
        logging.getLogger("api").warning("%s", {"authorization": f"Bearer {secret}"})
        answers = [
            client.get("/v1/models", params={secret: "1"}),
            client.get(f"/v1/collections/{secret}"),
            client.get(f"/v1/collections/notes/documents/{secret}"),
            client.get(f"/v1/jobs/{secret}"),
            client.get(f"/{secret}"),
            client.post("/v1/embeddings", json={"model": secret, "input": "x"}),
            client.post("/v1/search", json={secret: secret}),
            client.get("/v1/collections/notes/search", params={"query": "x", "filter": f"{secret}:["}),
        ]
        service = client.app.state.service  # type: ignore[attr-defined]

        def broken() -> None:
            raise RuntimeError(f"Bearer {secret}")

        monkeypatch.setattr(service.collections, "all", broken)
        answers.append(client.get("/v1/collections"))
    finally:
        logging.getLogger().removeHandler(handler)
    assert [answer.status_code for answer in answers] == [422, 422, 404, 404, 404, 404, 422, 400, 500]
    assert [answer.text for answer in answers if hidden in answer.text] == []
    written = stream.getvalue()
    assert "RuntimeError" in written and "[redacted]" in written and hidden not in written
