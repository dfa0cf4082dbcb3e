"""What is not installed is said, with the command that installs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.source.span import Span

EXTRAS = {
    "psycopg": "postgres",
    "opentelemetry": "otel",
    "numpy": "batch",
    "pyarrow": "batch",
    "vl_convert": "batch",
    "dask": "cluster",
    "distributed": "cluster",
    "duckdb": "sql",
}
"""Which extra brings a library; `service` brings all the others."""


@contextmanager
def extra() -> Iterator[None]:
    """Raises `PolicyError` for a library that an extra brings and that is not here."""
    try:
        yield
    except ModuleNotFoundError as problem:
        library = (problem.name or "").partition(".")[0]
        if library == "support_policy":
            raise
        told = f"`{library}` is not installed, which this needs"
        help = f"pip install 'support-policy[{EXTRAS.get(library, 'service')}]'"
        raise PolicyError([Diagnostic("C115", "error", told, Span("support-policy"), help)]) from None
