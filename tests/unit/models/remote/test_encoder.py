"""Encoders at an address: order, batches, prompts, identity; and every way in which a server can fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine.errors import ModelAnswerInvalid, ModelMismatch, ModelNotFound, ModelUnavailable, UsageError, WinnowError
from engine.fingerprint import QueryFingerprint
from engine.models.loading import make_encoder
from engine.models.remote import encoder as module
from engine.models.remote.encoder import HttpEncoder
from engine.models.runtimes.execution import execution
from engine.protocols import Encoder
from tests.support.listeners import listener
from tests.support.stubs.model_server import DIMENSION, ModelServer, Reply

Setting = Callable[..., None]
TEXTS = [f"text number {number}" for number in range(70)]


def opened(server: ModelServer, options: str = "", protocol: str = "openai") -> Encoder:
    return make_encoder(f"{protocol}+{server.url}/v1{options}#m", execution())


@pytest.mark.parametrize("protocol", ["openai", "tei"])
def test_gives_each_text_its_vector(server: ModelServer, protocol: str) -> None:
    encoder = opened(server, protocol=protocol)
    assert isinstance(encoder, Encoder) and isinstance(encoder, HttpEncoder)
    vectors = encoder.encode(TEXTS)
    assert vectors.dtype == np.float32 and encoder.dimension == DIMENSION
    assert np.allclose(vectors, [server.vector(text) for text in TEXTS], atol=1e-6)
    assert encoder.encode([]).shape == (0, DIMENSION)


def test_asks_in_batches(server: ModelServer) -> None:
    opened(server).encode(TEXTS)
    assert [len(body["input"]) for _, _, body in server.asked] == [3, 32, 32, 6]  # the probes first
    assert {path for path, _, _ in server.asked} == {"/v1/embeddings"}


def test_prompts_and_lengths(server: ModelServer) -> None:
    encoder = opened(server, "?max_tokens=32&query_prompt=q:%20&document_prompt=d:%20")
    encoder.encode(["word " * 100], role="query")
    sent = server.asked[-1][2]["input"][0]
    assert sent.startswith("q: word") and sum(encoder.tokens.count([sent])) <= 30
    encoder.encode(["one"])
    assert server.asked[-1][2]["input"] == ["d: one"]


def test_scales_to_unit_length(server: ModelServer) -> None:
    server.answer = lambda path, body: {
        "data": [{"index": i, "embedding": [3.0, 4.0]} for i in range(len(body["input"]))]
    }
    assert np.allclose(opened(server).encode(["a"]), [[0.6, 0.8]])


def test_a_moved_server_is_the_same_model(server: ModelServer) -> None:
    first = opened(server).fingerprint
    server.noise = 1e-3  # a GPU's
    again = opened(server, "/").fingerprint
    assert first.differences(again) == [] and first.probes != again.probes
    assert QueryFingerprint.from_json(first.to_json()).differences(first) == []


@pytest.mark.parametrize("change", [{"seed": "another model"}, {"noise": 0.1}])
def test_a_changed_model_is_another(server: ModelServer, change: dict[str, Any]) -> None:
    first = opened(server).fingerprint
    for name, value in change.items():
        setattr(server, name, value)
    assert first.differences(opened(server).fingerprint) == ["probes"]


def test_a_model_that_changes_meanwhile_is_refused(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = opened(server)
    monkeypatch.setattr(module, "_TRUSTED", 0.0)
    encoder.encode(["a"])
    server.seed = "another model"
    with pytest.raises(ModelMismatch, match="reembed"):
        encoder.encode(["a"])


def _one(embedding: Any, index: Any = 0) -> dict[str, Any]:
    return {"data": [{"index": index, "embedding": embedding}]}


_WRONG: dict[str, Any] = {
    "too few": {"data": []},
    "too many": {"data": [{"index": i, "embedding": [1.0] * DIMENSION} for i in range(2)]},
    "NaN": _one([float("nan")] * DIMENSION),
    "infinite": _one([float("inf")] + [1.0] * (DIMENSION - 1)),
    "beyond float32": _one([1e300] * DIMENSION),
    "an endless integer": _one([10**400] * DIMENSION),
    "zeros": _one([0.0] * DIMENSION),
    "dimension": _one([1.0] * (DIMENSION - 1)),
    "no dimension": _one([]),
    "texts": _one(["1.0"] * DIMENSION),
    "base64": _one("AACAPwAAgD8="),
    "null": _one(None),
    "nested": _one([[1.0] * DIMENSION]),
    "true": _one([True] * DIMENSION),
    "index beyond": _one([1.0] * DIMENSION, 1),
    "index missing": {"data": [{"embedding": [1.0] * DIMENSION}]},
    "index text": _one([1.0] * DIMENSION, "0"),
    "index list": _one([1.0] * DIMENSION, [0]),
    "list": [1, 2],
    "number": 5,
    "an error with 200": {"error": {"message": "no"}},
    "items": {"data": [1]},
    "object": {"data": {"0": 1}},
    "html": "<html>sign in</html>",
    "deep": "[" * 100_000,
    "empty": "",
}


@pytest.mark.parametrize("kind", _WRONG)
def test_a_wrong_answer_is_refused(server: ModelServer, kind: str) -> None:
    encoder = opened(server)
    server.will(Reply(body=_WRONG[kind]))
    with pytest.raises(ModelAnswerInvalid) as raised:
        encoder.encode(["a"])
    assert server.url in raised.value.message and raised.value.remedy
    assert np.isfinite(encoder.encode(["a"])).all()  # and the next question is asked as if nothing had been


def test_vectors_of_several_lengths_are_refused(server: ModelServer) -> None:
    encoder = opened(server)
    ragged = {"data": [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [1.0, 2.0]}]}
    server.will(Reply(body=ragged))
    with pytest.raises(ModelAnswerInvalid):
        encoder.encode(["a", "b"])


@pytest.mark.parametrize(
    "failures",
    [
        [Reply(500, {"error": "x"})],
        [Reply(503, "busy"), Reply(502, "<html>")],
        [Reply(429, {}, {"retry-after": "0"})],
        [Reply(429, {}, {"retry-after": "soon"})],
        [Reply(429, {}, {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"})],
        [Reply(429, {}, {"retry-after": "-5"})],
        [Reply(cut=True)],
        [Reply(behead=True)],
        [Reply(cut=True), Reply(500, {}), Reply(429, {})],
    ],
    ids=str,
)
def test_what_passes_is_asked_again(server: ModelServer, failures: list[Reply]) -> None:
    encoder = opened(server)
    asked = len(server.asked)
    server.will(*failures)
    assert np.allclose(encoder.encode(["a"])[0], server.vector("a"), atol=1e-6)
    assert len(server.asked) - asked == len(failures) + 1


@pytest.mark.parametrize("reply", [Reply(500, {}), Reply(429, {}), Reply(cut=True)], ids=str)
def test_what_lasts_is_given_up(server: ModelServer, reply: Reply) -> None:
    encoder = opened(server)
    server.will(*[reply] * 9)
    with pytest.raises(ModelUnavailable, match="5 times") as raised:
        encoder.encode(["a"])
    assert server.url in raised.value.message


@pytest.mark.parametrize("asked", ["3600", "1e308", "Wed, 21 Oct 2135 07:28:00 GMT"])
def test_nobody_waits_longer_than_the_limit(server: ModelServer, asked: str) -> None:
    encoder = opened(server)
    server.will(Reply(429, {}, {"retry-after": asked}))
    before = len(server.asked)
    with pytest.raises(ModelUnavailable, match="429"):
        encoder.encode(["a"])
    assert len(server.asked) == before + 1


def test_a_server_that_drips_is_cut_off(server: ModelServer, setting: Setting) -> None:
    setting(remote_seconds=0.3)
    encoder = opened(server)
    server.will(Reply(drip=True))
    with pytest.raises(ModelUnavailable, match=r"within 0\.3 s"):
        encoder.encode(["a"])


def test_no_server(server: ModelServer) -> None:
    with pytest.raises(ModelUnavailable, match="cannot be reached"):
        make_encoder("openai+http://127.0.0.1:9/v1#m", execution())


def test_something_that_hangs_up() -> None:
    with listener() as (url, peers), pytest.raises(ModelUnavailable):
        make_encoder(f"openai+{url}#m", execution())
    assert peers


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(server: ModelServer, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINNOW_MODEL_KEY", "k-123")
    with listener() as (elsewhere, peers):
        server.will(Reply(status, {}, {"location": elsewhere}))
        with pytest.raises(ModelAnswerInvalid, match="redirect") as raised:
            opened(server)
        assert elsewhere in raised.value.remedy
    assert peers == []


@pytest.mark.parametrize(
    ("reply", "error", "says"),
    [
        (Reply(404, {"error": "model 'm' not found, try pulling it"}), ModelNotFound, "try pulling it"),
        (Reply(404, "<html>nginx</html>"), ModelNotFound, "404"),
        (Reply(400, {"error": "input is too long"}), ModelAnswerInvalid, "too long"),
        (Reply(413, {"error": "batch"}), ModelAnswerInvalid, "413"),
        (Reply(401, {"error": "no"}), ModelUnavailable, "another key"),
        (Reply(403, {"error": "no"}), ModelUnavailable, "another key"),
    ],
    ids=str,
)
def test_a_refusal_is_told(server: ModelServer, reply: Reply, error: type[WinnowError], says: str) -> None:
    server.will(reply)
    with pytest.raises(error, match=says):
        opened(server)
    assert len(server.asked) == 1


def test_the_key_goes_to_the_server_and_nowhere_else(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINNOW_MODEL_KEY", "general-key")
    encoder = opened(server)
    assert server.asked[-1][1]["authorization"] == "Bearer general-key"
    monkeypatch.setenv("WINNOW_MODEL_KEY_127_0_0_1", " own-key\n")
    encoder.encode(["a"])
    assert server.asked[-1][1]["authorization"] == "Bearer own-key"
    for status in (400, 401, 404, 500):
        server.will(*[Reply(status, {"error": "bad key own-key"})] * 5)
        with pytest.raises(WinnowError) as raised:
            encoder.encode(["a"])
        server.replies.clear()
        assert "own-key" not in str(raised.value)
    assert "key" not in str(encoder.fingerprint.to_json())


def test_a_key_that_cannot_be_sent_is_not_shown(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINNOW_MODEL_KEY", "two\nlines")
    with pytest.raises(UsageError, match="WINNOW_MODEL_KEY") as raised:
        opened(server)
    assert "two" not in str(raised.value)


def test_no_key_no_header(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WINNOW_MODEL_KEY", raising=False)
    opened(server)
    assert "authorization" not in server.asked[-1][1]
