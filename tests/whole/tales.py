"""Small stories, their outcome worked out by hand.

Seconds count from 10:00. The office `main` is open from 10:00 to 10:10, from 10:20 to 10:30, from 10:40 to 10:50 and
so on every hour; `second` from 10:05 to 10:25, from 11:05 and so on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from tests.whole.described import (
    Calendar,
    Chain,
    Fact,
    Length,
    Level,
    Metric,
    On,
    Pause,
    Policy,
    Priority,
    Request,
    Timer,
)

M, H = 60, 3600
BEGINS = 10 * H
DAY = date(2026, 3, 4)
MAIN = tuple((h * H + m * M, h * H + (m + 10) * M) for h in range(9, 17) for m in (0, 20, 40))
SECOND = tuple((h * H + 5 * M, h * H + 25 * M) for h in range(9, 17))
CALENDARS = (
    Calendar("main", "UTC", MAIN),
    Calendar("second", "UTC", SECOND),
)
UNION = Calendar("union", any_of=("main", "second"), office=False)


def wall(seconds: int) -> Length:
    return Length(seconds)


def bt(seconds: int) -> Length:
    return Length(seconds, business=True)


RESOLUTION = Metric("resolution", (On("submitted"),), (On("resolved"),))
PAGE = Chain("page", "resolution", (Level("after", wall(60)), Level("after", wall(120))))


def policy(
    *,
    metric: Metric = RESOLUTION,
    p1: Length | None = None,
    p2: Length | None = None,
    chain: Chain | None = None,
    chained: str = "P1 P2",
    by: str = "",
    request: Request | None = None,
    timers: tuple[Timer, ...] = (),
    **assumptions: str,
) -> Policy:
    """A policy of one metric and two priorities; `chained` has the chain, `by` is the target's own calendar."""
    rows = []
    for name, target in (("P1", p1), ("P2", p2)):
        chains = [c.name for c in (chain,) if c and name in chained] + (["requested"] if request else [])
        rows.append(Priority(name, ((metric.name, target, by),) if target else (), tuple(chains)))
    own = (chain,) if chain else ()
    open_ = (*CALENDARS, UNION) if by == UNION.name else CALENDARS
    settings = tuple(assumptions.items())
    return Policy(DAY, BEGINS, open_, tuple(rows), (metric,), own, (request,) if request else (), timers, settings)


def facts(*lines: str) -> tuple[Fact, ...]:
    """`60 responded`, `0 submitted P1`, `90 priority_changed P2`, `30 assigned blue`; `by customer` at the end."""
    made = []
    for line in lines:
        words, _, by = line.partition(" by ")
        second, type, *more = words.split()
        at, what = BEGINS + int(second), "".join(more)
        role = by or ("customer" if type in ("submitted", "customer_replied") else "engineer")
        match type:
            case "submitted":
                stated = (("organization", "acme"), ("stated_priority", what))
                made.append(Fact(at, type, role, fields=stated))
            case "priority_changed":
                made.append(Fact(at, type, role, what))
            case "assigned":
                made.append(Fact(at, type, role, "someone", what))
            case "updated" if what == "vip":
                made.append(Fact(at, type, role, fields=((what, "yes"),)))
            case "updated" if what:
                made.append(Fact(at, type, role, fields=(("organization", what),)))
            case _:
                made.append(Fact(at, type, role, fields=(("note", "more"),) if type == "updated" else ()))
    return tuple(made)


@dataclass(frozen=True)
class Tale:
    """What is shown, under which policy, what happens until when, and what is then to be seen.

    `seen` names any of `state`, `priority`, `rows` (status, worked, due, stopped), `fired` (level, cycle, at, cause),
    `breached` (at, cause), `timed` (timer, at), `refused` (type, at), `planned` (level to instant).
    """

    says: str
    policy: Policy
    facts: tuple[Fact, ...]
    until: int
    seen: Mapping[str, Any]


def tale(says: str, policy: Policy, lines: str, until: int, **seen: Any) -> Tale:
    """A tale whose events are written one after the other, with commas between."""
    return Tale(says, policy, facts(*lines.split(", ")), until, seen)


PAUSED = replace(RESOLUTION, pause=(Pause("waiting"),))
NEXT_REPLY = Metric("next_reply", (On("customer_replied", ("customer",)),), (On("responded"),), recurs=True)
TEAMS = replace(RESOLUTION, start=(On("assigned"),), per_team=True)
DUE = replace(PAGE, levels=(Level("before", wall(60)), Level("at", percent=100), Level("past_due", wall(60))))
SNOOZED = replace(PAGE, acknowledge="acknowledged", lasts=wall(300))
