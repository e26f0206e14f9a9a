"""Models by themselves: list, rerank (Cohere, Jina), embed (OpenAI)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request

from api.http.access import CallerOf
from api.http.dependencies import Arrived, LimitsOf, ServiceOf
from api.http.json_route import resource
from api.http.problems import request_id_of, responses
from api.http.schemas.embeddings import (
    LONGEST_TEXT,
    MOST_TEXTS,
    EmbeddingBody,
    EmbeddingsAnswer,
    EmbeddingsBody,
    EmbeddingUsage,
    encoded,
)
from api.http.schemas.models import ModelBody, ModelList, models_of
from api.http.schemas.reranking import RerankAnswer, RerankBody, RerankedText, RerankResult
from engine.errors import ModelNotFound, UsageError
from engine.models.checkpoints.presets import BUNDLED

router = resource("models")


@router.get("/v1/models", operation_id="list_models", summary="List models", responses=responses())
def list_models(service: ServiceOf, caller: CallerOf) -> ModelList:
    """Encoders and rerankers that requests may name: the bundled ones, and those of the collections."""
    return ModelList(data=models_of(service.models.cards(lambda collection: caller.allows("read", collection))))


@router.post("/v2/rerank", operation_id="rerank_v2", summary="Rerank passages (Cohere v2)", responses=responses())
@router.post("/v1/rerank", operation_id="rerank", summary="Rerank passages (Cohere v1, Jina)", responses=responses())
def rerank(request: Request, service: ServiceOf, limits: LimitsOf, arrived: Arrived, body: RerankBody) -> RerankAnswer:
    """Passages by falling relevance to the query. The score is the model's own, not calibrated."""
    passages = body.passages()
    until = arrived + limits.request_seconds
    judged = service.models.rerank(body.model, body.query, passages, body.top_n, until, labels=body.return_labels)
    return RerankAnswer(
        id=request_id_of(request),
        model=judged.model,
        results=[
            RerankResult(
                index=index,
                relevance_score=relevance,
                document=RerankedText(text=passages[index]) if body.return_documents else None,
                labels=None if judged.labels is None else judged.labels[index],
            )
            for index, relevance in judged.ranking
        ],
        meta={"api_version": {"version": "2"}, "billed_units": {"search_units": 1}},
    )


@router.post("/v1/embeddings", operation_id="embed", summary="Embed texts (OpenAI)", responses=responses())
def embed(service: ServiceOf, limits: LimitsOf, arrived: Arrived, body: EmbeddingsBody) -> EmbeddingsAnswer:
    """One vector per text. Queries and documents are embedded alike by the bundled model, not by every model."""
    texts = body.texts()
    if not 1 <= len(texts) <= MOST_TEXTS or any(len(text) > LONGEST_TEXT for text in texts):
        raise UsageError(f"input must hold 1 to {MOST_TEXTS} texts of at most {LONGEST_TEXT} characters.")
    until = arrived + limits.request_seconds
    found = service.models.embed(body.model, texts, body.input_type, body.dimensions, until)
    return EmbeddingsAnswer(
        model=found.model,
        data=[
            EmbeddingBody(index=index, embedding=embedding)
            for index, embedding in enumerate(encoded(found.vectors, body.encoding_format))
        ],
        usage=EmbeddingUsage(prompt_tokens=found.tokens, total_tokens=found.tokens),
    )


@router.get("/v1/models/{model:path}", operation_id="get_model", summary="Describe a model", responses=responses())
def get_model(
    service: ServiceOf,
    caller: CallerOf,
    model: Annotated[str, Path(max_length=512, description="may hold slashes", examples=[BUNDLED])],
) -> ModelBody:
    """An encoder, a reranker, or both under one name."""
    for known in models_of(service.models.cards(lambda collection: caller.allows("read", collection))):
        if known.id == model:
            return known
    raise ModelNotFound(f"This service offers no model {model!r}.", "GET /v1/models lists those that it does.")
