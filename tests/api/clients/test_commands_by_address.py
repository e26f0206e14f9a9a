"""The commands with models at an address: kept with the collection, refused when changed, replaced by `reembed`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import engine.models
from tests.conftest import Winnow
from tests.support.documents import topical, write_records
from tests.support.stubs.model_server import ModelServer, Reply, model_server


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server() as running:
        yield running


@pytest.fixture
def options(server: ModelServer, tmp_path: Path, winnow: Winnow) -> list[str]:
    """A collection with both models at the address."""
    file = write_records(tmp_path / "notes.jsonl", topical(12))
    options = ["--home", str(tmp_path / "home")]
    models = f"openai+{server.url}/v1#m,cohere+{server.url}/v1#r"
    outcome = winnow("ingest", file, "-c", "notes", "--models", models, *options)
    assert outcome.code == 0, outcome.err
    return options


def test_a_collection_remembers_its_address(server: ModelServer, options: list[str], winnow: Winnow) -> None:
    found = winnow("search", "river", "-c", "notes", "--json", *options)
    assert found.code == 0 and found.json["hits"] and found.json["degraded"] == []
    assert {path for path, _, _ in server.asked} == {"/v1/embeddings", "/v1/rerank"}


def test_a_failing_reranker_leaves_the_fused_order(server: ModelServer, options: list[str], winnow: Winnow) -> None:
    server.answer = lambda path, body: {} if path.endswith("rerank") else server.right(path, body)
    assert winnow("search", "river", "-c", "notes", "--json", *options).json["degraded"] == ["rerank"]


def test_a_changed_model_is_refused_until_reembedded(
    server: ModelServer, options: list[str], winnow: Winnow, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.seed = "another model"
    monkeypatch.setattr(engine.models, "_loaded", {})  # as in another process
    refused = winnow("search", "river", "-c", "notes", *options)
    assert refused.code == 1 and "reembed" in refused.err and "probes" in refused.err
    assert winnow("search", "river", "-c", "notes", *options).out == ""
    done = winnow("reembed", "notes", "--encoder", f"openai+{server.url}/v1#m", *options)
    assert done.code == 0, done.err
    assert winnow("search", "river", "-c", "notes", "--json", *options).json["hits"]


def test_a_server_that_is_gone_is_named(
    server: ModelServer, options: list[str], winnow: Winnow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine.models, "_loaded", {})
    server.will(Reply(404, {"error": "no such model"}))
    outcome = winnow("search", "river", "-c", "notes", *options)
    assert outcome.code == 1 and server.url in outcome.err and "Traceback" not in outcome.err


def test_another_model_takes_the_place_of_one_that_is_gone(
    server: ModelServer, options: list[str], winnow: Winnow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine.models, "_loaded", {})
    server.will(Reply(404, {"error": "no such model"}))
    outcome = winnow("reembed", "notes", "--encoder", "bundled-static", *options)
    assert outcome.code == 0, outcome.err


def test_no_key_is_kept_with_a_collection(
    server: ModelServer, tmp_path: Path, winnow: Winnow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WINNOW_MODEL_KEY", "s3cret-key")
    file = write_records(tmp_path / "notes.jsonl", topical(3))
    home = tmp_path / "home"
    outcome = winnow("ingest", file, "-c", "n", "--models", f"openai+{server.url}/v1#k", "--home", home)
    assert outcome.code == 0 and server.asked[-1][1]["authorization"] == "Bearer s3cret-key"
    shown = winnow("config", "show").out + outcome.out + outcome.err
    assert "s3cret-key" not in shown
    assert not [path for path in home.rglob("*") if path.is_file() and b"s3cret-key" in path.read_bytes()]


@pytest.mark.parametrize("command", ["show", "pull"])
def test_an_address_has_no_files_to_show(command: str, winnow: Winnow) -> None:
    outcome = winnow("models", command, "openai+http://localhost:1/v1#m")
    assert outcome.code == 1 and "no files here" in outcome.err
