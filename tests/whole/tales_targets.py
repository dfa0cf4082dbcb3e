"""Stories of targets and clocks, told by hand; see tests/whole/tales.py."""

from __future__ import annotations

from dataclasses import replace

from tests.whole.described import Pause
from tests.whole.tales import NEXT_REPLY, PAUSED, RESOLUTION, TEAMS, bt, policy, tale, wall

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
        "By an assumption it is due at the next opening instead.",
        policy(p1=bt(600), due_at_closing_time="next_opening"),
        "0 submitted P1",
        1200,
        rows=("breached", 600, 1200, None),
        breached=[(1200, "due")],
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
        "A limit is for the whole stay: 120 s from 10:00:10, with an interruption in which the clock ran anyway.",
        policy(
            metric=replace(RESOLUTION, pause=(Pause("waiting", wall(120), "is-urgent"),)), p1=wall(900), p2=wall(900)
        ),
        "0 submitted P1, 10 waiting_on_customer, 50 priority_changed P2, 70 priority_changed P1",
        230,
        rows=("running", 130, 1000, None),
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
