"""The application that a process serves: the service over its models, and the HTTP API over the service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from fastapi import FastAPI

from api.inference.client import InferenceClient
from api.operations.tracing import set_up_tracing
from api.service.models import Kind
from api.service.service import Service
from api.serving.app import create_app
from api.serving.options import Serving
from indexer.sandbox.parse import parse_upload

WARM_SECONDS = 60.0  # for which requests wait to be accepted while models are loaded


@dataclass(frozen=True, slots=True)
class Application:
    """`interrupt` is what a shutdown begins with."""

    app: FastAPI
    interrupt: Callable[[], None]


def build(serving: Serving) -> Application:
    """Put the application together. With one worker the models live in this process, with several in the inference
    process. DependencyMissing.
    """
    set_up_tracing()
    offered: list[tuple[Kind, str]] = [("encoder", name) for name in serving.encoders]
    offered += [("reranker", name) for name in serving.rerankers]
    inference = InferenceClient(serving.inference) if serving.workers > 1 else None
    settings = serving.settings
    service = Service(
        serving.home,
        inference,
        parse=partial(parse_upload, limits=settings.parsing()),
        longest_asked=settings.document_length,
        offered=offered,
        state=serving.state,
    )
    app = create_app(service, settings, log_queries=serving.log_queries, warm_seconds=WARM_SECONDS)
    return Application(app, service.interrupt)
