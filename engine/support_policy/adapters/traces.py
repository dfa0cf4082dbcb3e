"""Spans of what the service does, for OpenTelemetry; nothing of it is imported unless traces are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Protocol


class Tracer(Protocol):
    """Gives a span around some work; within it, texts and numbers are noted by calling what it gives."""

    def span(self, name: str, **about: str | int) -> AbstractContextManager[Any]:
        """A span of this name, the child of the one around it in this thread."""
        ...

    def close(self) -> None:
        """Send what is left."""
        ...


class NoTraces:
    """Traces nothing."""

    def span(self, name: str, **about: str | int) -> AbstractContextManager[Any]:  # noqa: ARG002 - as its likes are called
        """See `Tracer.span`."""
        return nullcontext()

    def close(self) -> None:
        """See `Tracer.close`."""


class OtelTraces:
    """Sends spans to `url` (OTLP over HTTP), in batches, from a thread of its own. ImportError without the extra."""

    def __init__(self, url: str, exporter: Any = None) -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        if exporter is None:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

            exporter = OTLPSpanExporter(endpoint=url)
        self._provider = TracerProvider(resource=Resource.create({"service.name": "support-policy"}))
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("support_policy")

    @contextmanager
    def span(self, name: str, **about: str | int) -> Iterator[Any]:
        """See `Tracer.span`."""
        with self._tracer.start_as_current_span(name, attributes=about) as span:
            yield span

    def close(self) -> None:
        """See `Tracer.close`."""
        self._provider.shutdown()
