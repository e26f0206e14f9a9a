"""The application that a process serves: the service over its models, and the HTTP API over the service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import FastAPI

from api.http.app import create_app
from api.inference.client import InferenceClient
from api.operations.tracing import set_up_tracing
from api.service.models import Kind
from api.service.service import Service
from api.serving.options import Serving

WARM_SECONDS = 60.0  # for which requests wait to be accepted while models are loaded


@dataclass(frozen=True, slots=True)
class Application:
    """`interrupt` is what a shutdown begins with."""

    app: FastAPI
    interrupt: Callable[[], None]


def build(serving: Serving) -> Application:
    """With one worker the models live in this process, with several in the inference process. DependencyMissing."""
    set_up_tracing()
    offered: list[tuple[Kind, str]] = [("encoder", name) for name in serving.encoders]
    offered += [("reranker", name) for name in serving.rerankers]
    inference = InferenceClient(serving.inference) if serving.workers > 1 else None
    service = Service(serving.home, inference, offered=offered, state=serving.state)
    return Application(
        create_app(service, log_queries=serving.log_queries, warm_seconds=WARM_SECONDS), service.interrupt
    )
