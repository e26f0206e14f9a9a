"""OpenTelemetry (extra `otel`): a span for each request, and below it one for each search and each of its stages.

Without the extra nothing is traced. With it, spans go where the standard variables say (OTEL_EXPORTER_OTLP_ENDPOINT,
OTEL_SERVICE_NAME, ...); a client's `traceparent` header is continued (https://www.w3.org/TR/trace-context/).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.types import Scope

from api.request.record import Record, Searched
from engine.errors import DependencyMissing

_TRACES = find_spec("opentelemetry") is not None

if _TRACES:
    from opentelemetry import propagate, trace

if TYPE_CHECKING:
    from opentelemetry.trace import Span

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


class RequestSpan:
    """The span of a request, or nothing where nothing is traced."""

    def __init__(self, span: Span | None) -> None:
        self._span = span

    def finish(self, record: Record, route: str, status: int) -> None:
        """Say what became of the request. Names are OpenTelemetry's for HTTP servers."""
        span = self._span
        if span is None or not span.is_recording():
            return
        span.set_attributes(
            {"http.route": route, "http.response.status_code": status, "winnow.request_id": record.request_id}
        )
        if status >= 500:
            span.set_status(trace.StatusCode.ERROR)
        for search in record.searches:
            _search_span(search)


@contextmanager
def request(scope: Scope) -> Iterator[RequestSpan]:
    """A span around a request."""
    if not _TRACES or isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):  # nobody asked for spans
        yield RequestSpan(None)
        return
    tracer = trace.get_tracer("winnow")
    parent = propagate.extract(Headers(scope=scope))
    with tracer.start_as_current_span(scope["method"], parent, kind=trace.SpanKind.SERVER) as span:
        span.set_attribute("http.request.method", scope["method"])
        yield RequestSpan(span)


def set_up_tracing() -> None:
    """Send spans to the endpoint that the environment names; nothing if it names none. DependencyMissing."""
    if not any(os.environ.get(name) for name in _ENDPOINTS):
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise DependencyMissing(
            f"The environment names an endpoint for traces, but {error.name} is missing.",
            "Install the extra: pip install 'winnow-search[otel]', or unset OTEL_EXPORTER_OTLP_ENDPOINT.",
        ) from error
    name = os.environ.get("OTEL_SERVICE_NAME", "winnow")
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


def _search_span(search: Searched) -> None:
    """Made afterwards: stages run in several threads, and the engine knows nothing of traces."""
    tracer, result = trace.get_tracer("winnow"), search.result
    began = search.ended_ns - int(result.timings_ms["total"] * 1e6)
    whole = tracer.start_span("search", start_time=began)
    whole.set_attributes({"winnow.collection": search.collection or "", "winnow.generation": result.generation})
    whole.set_attributes({"winnow.scored": result.scored, "winnow.degraded": list(result.degraded)})
    inside = trace.set_span_in_context(whole)
    for stage, offset in result.began_ms.items():
        start = began + int(offset * 1e6)
        span = tracer.start_span(stage, inside, start_time=start)
        span.end(start + int(result.timings_ms[stage] * 1e6))
    whole.end(search.ended_ns)
