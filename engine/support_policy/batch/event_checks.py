"""What is wrong with a table as a whole, told before anything is decided."""

from __future__ import annotations

import pyarrow as pa

from support_policy.source.diagnostics import Diagnostic, PolicyError, did_you_mean
from support_policy.source.span import Span


def check_schema(schema: pa.Schema, needed: tuple[str, ...], place: str) -> None:
    """The columns without which nothing can be decided, `at` among them. Raises `PolicyError` at `place`."""
    for name in needed:
        if name not in schema.names:
            raise unusable("M520", f"there is no column `{name}`", did_you_mean(name, schema.names), place)
    if not pa.types.is_timestamp(schema.field("at").type) or schema.field("at").type.tz is None:
        said = f"`at` holds {schema.field('at').type}, which is no instant with its offset from UTC"
        raise unusable("M506", said, "make it timestamp[us, UTC]; for other files there are mappings", place)


def check_events(events: pa.Table) -> None:
    """A table of events: `check_schema`, and a value in each of those columns. Raises `PolicyError`."""
    needed, place = ("ticket", "at", "type"), "<events>"
    check_schema(events.schema, needed, place)
    for name in needed:
        if lacking := events[name].null_count:
            said = f"`{name}` is empty in {lacking:,} row{'s' if lacking > 1 else ''}"
            raise unusable("M512", said, "leave them out, or say what they are", place)


def unusable(code: str, said: str, help: str, place: str) -> PolicyError:
    """The refusal of a table."""
    return PolicyError([Diagnostic(code, "error", said, Span(place), help)])
