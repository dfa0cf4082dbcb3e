"""Zendesk's answers in small, and the ways to import them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from support_policy.service.zendesk import Imported, import_zendesk
from support_policy.source.diagnostics import Diagnostic, PolicyError


def metric(name: str = "first_reply_time", priority: Any = "urgent", target: Any = 60, **more: Any) -> dict[str, Any]:
    """A policy metric, in business hours unless `more` says otherwise."""
    return {"priority": priority, "metric": name, "target": target, "business_hours": True, **more}


def sla(
    *metrics: dict[str, Any], all: Sequence[Any] = (), any: Sequence[Any] = (), id: Any = 1, **more: Any
) -> dict[str, Any]:
    """An SLA policy with these metrics and conditions."""
    filter = {"all": list(all), "any": list(any)}
    return {"id": id, "title": f"Policy {id}", "position": id, "filter": filter, "policy_metrics": [*metrics], **more}


def when(field: str, operator: str, value: Any = None) -> dict[str, Any]:
    """A condition of a filter."""
    return {"field": field, "operator": operator, "value": value}


def schedule(*intervals: tuple[int, int], id: int = 7, zone: str = "London", **more: Any) -> dict[str, Any]:
    """A schedule with these intervals, in minutes from Sunday 00:00."""
    spans = [{"start_time": start, "end_time": end} for start, end in intervals]
    return {"id": id, "name": f"Schedule {id}", "time_zone": zone, "intervals": spans, **more}


WEEK = tuple((day * 1440 + 540, day * 1440 + 1020) for day in range(1, 6))
"""Monday to Friday, 09:00 to 17:00."""


def imported(*policies: dict[str, Any], schedules: Sequence[Any] | None = None, **files: Any) -> Imported:
    """What an export of these policies becomes, with the schedule of `WEEK` unless `schedules` are given."""
    given = [schedule(*WEEK)] if schedules is None else list(schedules)
    data = {"policies": {"sla_policies": [*policies]}, "schedules": {"schedules": given}, **files}
    return import_zendesk({f"{name}.json": json.dumps(value).encode() for name, value in data.items()})


def problems(*policies: Any, schedules: Sequence[Any] | None = None, **files: Any) -> tuple[Diagnostic, ...]:
    """The diagnostics of an export that cannot be used."""
    try:
        imported(*policies, schedules=schedules, **files)
    except PolicyError as problem:
        return problem.diagnostics
    raise AssertionError("the export was imported")


def problems_of(data: bytes, name: str = "export.json") -> tuple[Diagnostic, ...]:
    """The diagnostics of one file that cannot be used."""
    try:
        import_zendesk({name: data})
    except PolicyError as problem:
        return problem.diagnostics
    raise AssertionError("the export was imported")
