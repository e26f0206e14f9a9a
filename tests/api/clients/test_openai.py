"""The official client of OpenAI, unchanged but for its address."""

from __future__ import annotations

from typing import cast

import numpy as np
import openai
import pytest

from engine.models import load_encoder
from tests.api.clients.conftest import Live

TEXTS = ["the river", "a bridge", "food"]


@pytest.fixture
def client(live: Live) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{live.url}/v1", api_key="not looked at", max_retries=0)


def test_embeddings(live: Live, client: openai.OpenAI) -> None:
    """Without a format the client asks for base64, and decodes it itself."""
    encoder = load_encoder(live.encoder)
    expected = encoder.encode(TEXTS)
    for options in ({}, {"encoding_format": "float"}, {"dimensions": encoder.dimension, "user": "somebody"}):
        answer = client.embeddings.create(model=live.encoder, input=TEXTS, **options)
        assert [entry.index for entry in answer.data] == [0, 1, 2]
        assert np.allclose([entry.embedding for entry in answer.data], expected, atol=1e-6)
        assert answer.model == live.encoder and answer.usage.total_tokens == sum(encoder.tokens.count(TEXTS))
    packed = client.embeddings.create(model=live.encoder, input=TEXTS[0], encoding_format="base64")
    assert isinstance(cast(object, packed.data[0].embedding), str)


def test_models(live: Live, client: openai.OpenAI) -> None:
    names = [model.id for model in client.models.list()]
    assert live.encoder in names and "bundled" in names
    assert client.models.retrieve("bundled").id == "bundled"


def test_errors(live: Live, client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as missing:
        client.embeddings.create(model="text-embedding-3-small", input="x")
    assert missing.value.code == "model_not_found" and "offers no encoder" in str(missing.value)
    with pytest.raises(openai.BadRequestError):
        client.embeddings.create(model=live.encoder, input="x", dimensions=7)
    with pytest.raises(openai.UnprocessableEntityError):
        client.embeddings.create(model=live.encoder, input=[[1, 2, 3]])


async def _embed(live: Live) -> int:
    async with openai.AsyncOpenAI(base_url=f"{live.url}/v1", api_key="x", max_retries=0) as client:
        return len((await client.embeddings.create(model=live.encoder, input=TEXTS)).data)


def test_asynchronously(live: Live) -> None:
    import asyncio

    assert asyncio.run(_embed(live)) == 3
