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
    return Policy(DAY, BEGINS, open_, tuple(rows), (metric,), own, request, timers, settings)


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
TEAMS = replace(RESOLUTION, per_team=True)
DUE = replace(PAGE, levels=(Level("before", wall(60)), Level("at", percent=100), Level("past_due", wall(60))))
SNOOZED = replace(PAGE, acknowledge="acknowledged", lasts=wall(300))

TARGETS = (
    tale(
        "Business time stands still while the office is closed: 15 minutes from 10:05 are over at 10:30.",
        policy(p1=bt(900)),
        "300 submitted P1",
        400,
        rows=("running", 100, 1800, None),
    ),
    tale(
        "A duration that ends exactly at closing is due at that closing, and is breached there.",
        policy(p1=bt(600)),
        "0 submitted P1",
        700,
        rows=("breached", 600, 600, None),
        breached=[(600, "due")],
    ),
    tale(
        "What stops the clock at the very instant of due meets the target.",
        policy(p1=wall(60)),
        "0 submitted P1, 60 resolved",
        100,
        rows=("met", 60, 60, 60),
        breached=[],
    ),
    tale(
        "A target may count by a calendar of its own: the union opens at 10:00 and closes at 10:30.",
        policy(p1=bt(1500), by="union"),
        "0 submitted P1",
        1600,
        rows=("breached", 1600, 1500, None),
    ),
    tale(
        "A metric's calendar may depend on the priority: what was worked counts again by the new one.",
        policy(metric=replace(RESOLUTION, calendar=(("P1", "always"), ("else", "local"))), p1=bt(1200), p2=bt(1200)),
        "0 submitted P1, 900 priority_changed P2",
        900,
        rows=("running", 600, 1800, None),
    ),
    tale(
        "A pause stops the clock: nothing is due while it lasts.",
        policy(metric=PAUSED, p1=wall(120)),
        "0 submitted P1, 60 waiting_on_customer",
        500,
        rows=("paused", 60, None, None),
    ),
    tale(
        "A pause at the very instant of due comes too late: the time was worked.",
        policy(metric=PAUSED, p1=wall(60)),
        "0 submitted P1, 60 waiting_on_customer",
        70,
        rows=("breached", 60, 60, None),
        breached=[(60, "due")],
    ),
    tale(
        "A pause with a limit ends by itself: after 60 s of waiting the clock goes on, though the state lasts.",
        policy(metric=replace(RESOLUTION, pause=(Pause("waiting", wall(60)),)), p1=wall(120)),
        "0 submitted P1, 60 waiting_on_customer",
        200,
        rows=("breached", 140, 180, None),
    ),
    tale(
        "A limit of business time ends when that much is open: 300 s from 10:08 are over at 10:23.",
        policy(metric=replace(RESOLUTION, pause=(Pause("waiting", bt(300)),)), p1=wall(600)),
        "0 submitted P1, 480 waiting_on_customer",
        1390,
        rows=("running", 490, 1500, None),
    ),
    tale(
        "A guarded pause ends when its guard does.",
        policy(metric=replace(RESOLUTION, pause=(Pause("waiting", when="is-urgent"),)), p1=wall(90), p2=wall(120)),
        "0 submitted P1, 60 waiting_on_customer, 100 priority_changed P2",
        150,
        rows=("running", 110, 160, None),
    ),
    tale(
        "A metric that recurs begins a new run with the next start after a stop.",
        policy(metric=NEXT_REPLY, p1=wall(60)),
        "0 submitted P1, 10 customer_replied, 20 customer_replied, 30 responded, 100 customer_replied",
        130,
        rows=("running", 30, 160, None),
    ),
    tale(
        "A team's clock runs while that team has the ticket.",
        policy(metric=TEAMS, p1=wall(600)),
        "0 submitted P1, 60 assigned blue, 120 assigned green, 200 assigned blue",
        230,
        rows={"blue": ("running", 90, 740, None), "green": ("paused", 80, None, None)},
    ),
    tale(
        "A change re-aims an open target from submission; overdue by it, it is breached at the change.",
        policy(p1=wall(60), p2=wall(600)),
        "0 submitted P2, 100 priority_changed P1",
        100,
        rows=("breached", 100, 60, None),
        breached=[(100, "changed")],
    ),
    tale(
        "Due at the very change is due then, after the facts of that instant.",
        policy(p1=wall(60), p2=wall(600)),
        "0 submitted P2, 60 priority_changed P1, 60 resolved",
        100,
        rows=("met", 60, 60, 60),
        breached=[],
    ),
    tale(
        "From the change: the new target begins there.",
        policy(metric=replace(RESOLUTION, priority_change="from_change"), p1=wall(60), p2=wall(600)),
        "0 submitted P2, 100 priority_changed P1",
        120,
        rows=("running", 120, 160, None),
    ),
    tale(
        "Kept: the target stays what it was.",
        policy(metric=replace(RESOLUTION, priority_change="keep"), p1=wall(60), p2=wall(600)),
        "0 submitted P2, 100 priority_changed P1",
        120,
        rows=("running", 120, 600, None),
    ),
    tale(
        "Judged again: what was met in time under P2 is late under P1.",
        policy(p1=wall(60), p2=wall(600), priority_change_past_result="judge_again"),
        "0 submitted P2, 100 resolved, 110 priority_changed P1",
        120,
        rows=("missed_then_met", 100, 60, 100),
    ),
    tale(
        "Reopened, the clock goes on where it stopped; the target is open again.",
        policy(p1=wall(120)),
        "0 submitted P1, 60 resolved, 200 reopened",
        230,
        rows=("running", 90, 260, None),
    ),
    tale(
        "Restarted, it counts anew.",
        policy(metric=replace(RESOLUTION, reopen="restart"), p1=wall(120)),
        "0 submitted P1, 60 resolved, 200 reopened",
        230,
        rows=("running", 30, 320, None),
    ),
    tale(
        "Closing withdraws an open target; nothing is allowed then but reopening.",
        policy(p1=wall(120)),
        "0 submitted P1, 60 closed, 70 responded",
        230,
        state="closed",
        rows=("withdrawn", 60, 120, 60),
        refused=[("responded", 70)],
    ),
    tale(
        "A breached target that is open when the ticket is closed stays breached.",
        policy(p1=wall(60)),
        "0 submitted P1, 90 closed",
        230,
        rows=("breached", 90, 60, 90),
    ),
    tale(
        "Another office is another calendar: the second one opens at 10:05, so 120 s worked there are over at 10:07.",
        policy(p1=bt(240)),
        "0 submitted P1, 200 updated globex",
        300,
        rows=("running", 0, 540, None),
    ),
)
CHAINS = (
    tale(
        "Levels count worked time: a pause shifts them.",
        policy(metric=PAUSED, chain=PAGE),
        "0 submitted P1, 30 waiting_on_customer, 50 customer_replied",
        100,
        fired=[(1, 1, 80, "due")],
        planned={2: 140},
    ),
    tale(
        "Before, at and past the target, each at its instant.",
        policy(p1=wall(300), chain=DUE),
        "0 submitted P1",
        1000,
        fired=[(1, 1, 240, "due"), (2, 1, 300, "due"), (3, 1, 360, "due")],
    ),
    tale(
        "80 % of a target in business time: 480 s from 10:05 are over at 10:23.",
        policy(p1=bt(600), chain=replace(PAGE, levels=(Level("at", percent=80),))),
        "300 submitted P1",
        2000,
        fired=[(1, 1, 1380, "due")],
    ),
    tale(
        "A warning longer before than the target is long comes with the start.",
        policy(p1=wall(60), chain=replace(PAGE, levels=(Level("before", wall(300)),))),
        "0 submitted P1",
        10,
        fired=[(1, 1, 0, "due")],
    ),
    tale(
        "Without a target nothing is due before or past it.",
        policy(p2=wall(300), chain=DUE),
        "0 submitted P1",
        1000,
        fired=[],
        planned={},
    ),
    tale(
        "A chain that begins by a change counts from the change; levels of a target that are overdue fire then.",
        policy(
            p1=wall(300), p2=wall(600), chain=replace(DUE, levels=(*DUE.levels, Level("after", wall(60)))), chained="P1"
        ),
        "0 submitted P2, 310 priority_changed P1",
        400,
        fired=[(1, 1, 310, "changed"), (2, 1, 310, "changed"), (3, 1, 360, "due"), (4, 1, 370, "due")],
    ),
    tale(
        "Taken away and brought back, a chain begins anew from the change; what fired stays fired.",
        policy(chain=PAGE, chained="P1"),
        "0 submitted P1, 70 priority_changed P2, 100 priority_changed P1",
        500,
        fired=[(1, 1, 60, "due"), (2, 1, 220, "due")],
    ),
    tale(
        "Reached at the very stop, a level fires at the reopening.",
        policy(chain=PAGE),
        "0 submitted P1, 60 resolved, 100 reopened",
        200,
        fired=[(1, 1, 100, "changed"), (2, 1, 160, "due")],
    ),
    tale(
        "A restart is a new cycle.",
        policy(metric=replace(RESOLUTION, reopen="restart"), chain=PAGE),
        "0 submitted P1, 70 resolved, 100 reopened",
        200,
        fired=[(1, 1, 60, "due"), (1, 2, 160, "due")],
        planned={2: 220},
    ),
    tale(
        "A new run of a metric that recurs is a new cycle.",
        policy(metric=NEXT_REPLY, chain=replace(PAGE, counts="next_reply")),
        "0 submitted P1, 10 customer_replied, 80 responded, 100 customer_replied",
        170,
        fired=[(1, 1, 70, "due"), (1, 2, 160, "due")],
    ),
    tale(
        "Three rounds in all, each counted from the last level of the one before.",
        policy(chain=replace(PAGE, repeat=3)),
        "0 submitted P1",
        1000,
        fired=[(n, c, (c - 1) * 120 + n * 60, "due") for c in (1, 2, 3) for n in (1, 2)],
    ),
    tale(
        "Acknowledged for a while: what was pending is withdrawn, and a new cycle begins when the while is over.",
        policy(chain=SNOOZED),
        "0 submitted P1, 70 acknowledged",
        500,
        fired=[(1, 1, 60, "due"), (1, 2, 430, "due"), (2, 2, 490, "due")],
    ),
    tale(
        "Acknowledged at the instant a level is due, it does not fire.",
        policy(chain=replace(SNOOZED, lasts=None)),
        "0 submitted P1, 60 acknowledged",
        500,
        fired=[],
        planned={},
    ),
    tale(
        "Resolved before the acknowledgement is over: no new cycle.",
        policy(chain=SNOOZED),
        "0 submitted P1, 70 acknowledged, 100 resolved",
        1000,
        fired=[(1, 1, 60, "due")],
    ),
    tale(
        "Another event may end a chain.",
        policy(chain=replace(PAGE, until=("assigned",))),
        "0 submitted P1, 70 assigned blue",
        1000,
        fired=[(1, 1, 60, "due")],
    ),
    tale(
        "A level by a calendar of its own: `second` opens at 10:05.",
        policy(chain=replace(PAGE, levels=(Level("after", bt(60), calendar="second"), Level("after", wall(60))))),
        "0 submitted P1",
        1000,
        fired=[(1, 1, 360, "due"), (2, 1, 60, "due")],
    ),
    tale(
        "A request is told at once and reminded of; a second one joins it, an answer ends it.",
        policy(request=Request(wall(60))),
        "0 submitted P1, 10 escalation_requested, 20 escalation_requested, 80 escalation_accepted,"
        " 90 escalation_accepted, 100 escalation_requested",
        500,
        fired=[(1, 1, 10, "requested"), (1, 2, 100, "requested"), (2, 1, 70, "due"), (2, 2, 160, "due")],
        refused=[("escalation_accepted", 90)],
    ),
    tale(
        "A guarded request is refused unless the guard holds.",
        policy(request=Request(wall(60), when="is-urgent")),
        "0 submitted P2, 10 escalation_requested",
        500,
        fired=[],
        refused=[("escalation_requested", 10)],
    ),
)
NUDGE = Timer("nudge", "waiting", wall(60), notify=True, repeat=3)
TIMERS = (
    tale(
        "Three nudges in one stay, at once, twice and three times the wait; a new stay begins anew.",
        policy(timers=(NUDGE,)),
        "0 submitted P1, 10 waiting_on_customer, 20 waiting_on_customer, 300 customer_replied, 310 waiting_on_customer",
        400,
        timed=[("nudge", 70), ("nudge", 130), ("nudge", 190), ("nudge", 370)],
    ),
    tale(
        "What resets a timer makes it count anew.",
        policy(timers=(replace(NUDGE, repeat=1, reset="updated"),)),
        "0 submitted P1, 10 waiting_on_customer, 50 updated",
        400,
        timed=[("nudge", 110)],
    ),
    tale(
        "A resolved ticket closes itself after ten minutes of business time, and not when it is reopened before.",
        policy(timers=(Timer("close", "resolved", bt(600), "closed"),)),
        "0 submitted P1, 60 resolved, 120 reopened, 300 resolved",
        2000,
        state="closed",
        timed=[("close", 1500)],
    ),
    tale(
        "What happens by itself happens as if someone did it: the target is re-aimed and breached at the change.",
        policy(p1=wall(60), p2=wall(600), timers=(Timer("raise", "open", wall(120), "priority_changed", "P1"),)),
        "0 submitted P2",
        300,
        priority="P1",
        timed=[("raise", 120)],
        breached=[(120, "changed")],
    ),
    tale(
        "What the workflow does not allow is refused, and changes nothing.",
        policy(timers=(Timer("again", "open", wall(60), "reopened"),)),
        "0 submitted P1",
        300,
        state="open",
        timed=[("again", 60)],
        refused=[("reopened", 60)],
    ),
    tale(
        "A guarded timer is armed while the guard holds, and fires when the guard comes to hold too late.",
        policy(timers=(replace(NUDGE, repeat=1, when="is-urgent"),)),
        "0 submitted P2, 10 waiting_on_customer, 100 priority_changed P1",
        300,
        timed=[("nudge", 100)],
    ),
    tale(
        "At one instant facts come before timers: a reply at that second keeps the nudge away.",
        policy(timers=(NUDGE,)),
        "0 submitted P1, 10 waiting_on_customer, 70 customer_replied",
        300,
        timed=[],
    ),
)
TALES = (*TARGETS, *CHAINS, *TIMERS)
