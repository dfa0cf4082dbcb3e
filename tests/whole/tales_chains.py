"""Stories of escalation chains, requests and timers, told by hand; see tests/whole/tales.py."""

from __future__ import annotations

from dataclasses import replace

from tests.whole.described import Level, Request, Timer
from tests.whole.tales import DUE, NEXT_REPLY, PAGE, PAUSED, RESOLUTION, SNOOZED, bt, policy, tale, wall

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
