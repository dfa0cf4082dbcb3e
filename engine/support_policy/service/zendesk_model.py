"""The words of a Zendesk configuration, as far as a support policy needs them, and what could not be carried over."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

PRIORITIES = ("urgent", "high", "normal", "low")
"""Zendesk's priorities, most urgent first."""
UNSET = "unset"
"""Our name for a ticket whose priority field is empty: Zendesk gives it no SLA."""

METRICS = (
    "first_reply_time",
    "next_reply_time",
    "periodic_update_time",
    "pausable_update_time",
    "requester_wait_time",
    "agent_work_time",
    "total_resolution_time",
)
"""The metrics that can be carried over, in the order in which they are written."""

Plain = str | bool | int | float | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in an export: the file, and the JSON path into it."""

    file: str
    path: tuple[str | int, ...] = ()

    def __str__(self) -> str:
        return json_path(self.path)


def json_path(path: tuple[str | int, ...]) -> str:
    """`$.sla_policies[0].filter` for `("sla_policies", 0, "filter")`."""
    return "$" + "".join(_step(part) for part in path)


def _step(part: str | int) -> str:
    if isinstance(part, str) and part.isidentifier():
        return f".{part[:90]}"
    return f"[{part if isinstance(part, int) else repr(part[:90])}]"


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that could not be carried over: what, why, and what a person can do instead."""

    place: Place
    what: str
    why: str
    instead: str


@dataclass(frozen=True, slots=True)
class Test:
    """One condition of a filter; `value` is a plain value, or a tuple of them."""

    field: str
    operator: str
    value: Plain | tuple[Plain, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Filter:
    """Which tickets a policy is for: all of `all`, and one of `any` unless that is empty."""

    all: tuple[Test, ...] = ()
    any: tuple[Test, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether every ticket fits."""
        return not self.all and not self.any


@dataclass(frozen=True, slots=True)
class Target:
    """How long a metric may take for one priority; `seconds` of business time, or of the wall clock."""

    priority: str
    metric: str
    seconds: int
    business: bool
    place: Place


@dataclass(frozen=True, slots=True)
class SlaPolicy:
    """One SLA policy. `position` None: after all that have one. `updated` is a date as text, or empty."""

    id: str
    title: str
    description: str
    position: int | None
    filter: Filter
    targets: tuple[Target, ...]
    updated: str
    place: Place


Week = tuple[tuple[tuple[int, int], ...], ...]
"""The open stretches of Monday to Sunday, in minutes of the day, in order and apart."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Business hours: an IANA `zone` (`zone_said` is Zendesk's name of it) and the hours of the week."""

    id: str
    name: str
    zone: str
    zone_said: str
    week: Week
    place: Place


@dataclass(frozen=True, slots=True)
class Holiday:
    """Days without business hours, `first` to `last`; `schedule` is the id of the one schedule they belong to."""

    name: str
    first: date
    last: date
    schedule: str
    place: Place


@dataclass(slots=True)
class Export:
    """Everything that the files say together. `seen` counts what each file holds, for the report."""

    policies: list[SlaPolicy] = field(default_factory=list)
    schedules: list[Schedule] = field(default_factory=list)
    holidays: list[Holiday] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)


Combiner = Literal["all", "any"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One condition in our language; `value` None where the operator takes none."""

    name: str
    operator: str
    value: str | tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Negation:
    """Holds where `item` does not."""

    item: Leaf | Group


@dataclass(frozen=True, slots=True)
class Group:
    """Holds where all, or any, of `items` hold."""

    how: Combiner
    items: tuple[Leaf | Negation | Group, ...]


Node = Leaf | Negation | Group
