"""Reports: their numbers are those of the decided tickets, each counted in one period, and shown as they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_policy.model.event import instant, micros
from support_policy.model.policy import Selection
from support_policy.render.digests import MAX_LISTED, Listed, Period
from support_policy.service.watch.gathering import SUMMED, Sums, Tally, chosen, period_of, tally
from support_policy.service.watch.histories import Decided
from support_policy.service.watch.schedule_letters import Planned, letters_of_schedule
from support_policy.ticket.evaluate import Run, report, run
from support_policy.ticket.history import read_history
from tests.ticket.histories import P1, P3, policy, ticket
from tests.ticket.random_histories import END, START, Happened, histories
from tests.watch.recurring import recurring

EARLY = START - timedelta(days=1)


def _decided(stories: Sequence[list[Happened]]) -> list[Run]:
    named = ({"ticket": f"T-{n}", "events": [one.json() for one in story]} for n, story in enumerate(stories))
    return [run(policy(), read_history(policy(), history), END) for history in named]


def _sums(runs: Sequence[Run], since: datetime, until: datetime) -> Sums:
    sums: Sums = Counter()
    for one in Decided(runs).recorded(SUMMED, micros(since), micros(until)):
        tally(policy(), one, sums)
    return +sums


def _evaluated(runs: Sequence[Run]) -> Sums:
    """The same, from what `evaluate` says of each ticket."""
    sums: Sums = Counter()
    for made in runs:
        said = report(made)
        for target in said["targets"]:
            verdict = {"met": "met", "breached": "missed", "missed_then_met": "missed"}.get(target["status"])
            ended = {**target.get("earlier", {})}
            if verdict:
                ended[verdict] = ended.get(verdict, 0) + 1
            for what in ("met", "missed"):
                sums["result", target["metric"], said["priority"] or "", what] += ended.get(what, 0)
        fired = Counter((e["chain"], str(e["level"])) for e in said["events"] if e["type"] == "level_fired")
        for (chain, level), count in fired.items():
            sums["level", chain, level] += count
        for event in said["events"]:
            if event["type"] == "request_opened":
                sums["request", "opened"] += 1
            if event["type"] == "request_answered":
                sums["request", event["answer"]] += 1
    return +sums


@given(st.lists(histories(), min_size=1, max_size=4))
def test_the_numbers_are_those_of_evaluate(stories: list[list[Happened]]) -> None:
    """Targets met and missed by metric and priority, levels, requests: what `evaluate` says, added up."""
    runs = _decided(stories)
    counted = Counter({key: n for key, n in _sums(runs, EARLY, END).items() if key[-1] not in ("stopped", "corrected")})
    assert counted == _evaluated(runs)


@given(st.lists(histories(late=True), min_size=1, max_size=3), st.lists(st.integers(0, 8 * 1440), max_size=3))
def test_periods_add_up(stories: list[list[Happened]], cuts: list[int]) -> None:
    """However the time is cut, every verdict, level and request is counted in one period, late facts among them."""
    runs = _decided(stories)
    ends = [EARLY, *(EARLY + timedelta(minutes=cut) for cut in sorted(cuts)), END]
    parts: Sums = Counter()
    for begin, end in pairwise(ends):
        parts.update(_sums(runs, begin, end))
    assert parts == _sums(runs, EARLY, END)


def _told(*tickets: Any, until: str = "2026-03-06T16:00:00-08:00", says: str = "reports: week, lists: open") -> str:
    under = recurring(f'  weekly: {{cron: "0 16 * * fri", notify: support_manager, {says}}}', "America/Los_Angeles")
    at = datetime.fromisoformat(until)
    runs = [run(under, read_history(under, one.history(name)), at) for name, one in tickets]
    planned = Planned(under, under.text.schedules["weekly"], micros(START))
    (letter,) = letters_of_schedule(Decided(runs), planned, at, at, None)
    return letter.body


class _Named:
    """A ticket with a name."""

    def __init__(self, story: Any) -> None:
        self.story = story

    def history(self, name: str) -> dict[str, Any]:
        """The history under a name."""
        return {"ticket": name, "events": list(self.story.events)}


def test_a_report_shows_what_happened() -> None:
    """Targets with their share, levels, requests, new tickets, what is open: aligned, and in words."""
    missed = _Named(ticket("acme", "03-02 09:00", {**P1, "subject": "Site is down"}))
    met = _Named(
        ticket("acme", "03-03 09:00", P3).then("+1h", "responded", "engineer").then("+2h", "resolved", "engineer")
    )
    body = _told(("VS-1", missed), ("VS-2", met))
    assert (
        body
        == """\
It is time for: weekly.

From Fri 27 Feb 2026, 16:00 PST to Fri 6 Mar 2026, 16:00 PST:

target          priority  met  missed  share met  no target
first response  P1          0       1         0%
first response  P3          1       0       100%
resolution      P3                                        1

escalation  level  times
automatic       1      1
automatic       2      1

New tickets: 2 (1 P1 and 1 P3).

Now: 1 ticket.

priority  tickets  missed a target  oldest
P1              1                1  VS-1, Mon 2 Mar 2026, 09:00

ticket  organization      priority  state      for      age  missed  subject
VS-1    Acme Corporation  P1        open   4 d 7 h  4 d 7 h       1  Site is down

Fri 6 Mar 2026, 16:00 PST
"""
    )


def test_a_late_fact_is_counted_when_it_is_learned_and_said_to_correct() -> None:
    """An answer that is learned of late makes a missed target a met one: in the report of the week it was learned."""
    story = ticket("acme", "03-02 09:00", P1).then("+1h", "responded", "engineer", learned="03-10 09:00")
    one = _Named(story)
    before, after = _told(("VS-1", one)), _told(("VS-1", one), until="2026-03-13T16:00:00-07:00")
    assert "first response  P1          0       1         0%" in before
    assert "first response  P1          1       0       100%          1" in after
    assert "corrected" not in before


def test_a_list_is_cut_and_everything_is_counted() -> None:
    """A message lists two hundred tickets, the most urgent and oldest first, and says how many there are."""
    whole, parts = Tally(), [Tally(), Tally()]
    for number in range(1000):
        row = Listed(f"T-{number:04}", "acme", "P1" if number % 2 else "P3", "open", 10**6 * (1000 - number), 0)
        for one in (whole, parts[number % 3 == 0]):
            one.ticket((0 if number % 2 else 2, row.begun), row)
    joined = Tally()
    for part in parts:
        joined.add(part)
    assert joined.tickets() == whole.tickets()
    assert len(whole.tickets()) == MAX_LISTED
    assert [row.ticket for row in whole.tickets()[:2]] == ["T-0999", "T-0997"]
    assert (whole.count(), joined.standing) == (1000, whole.standing)
    assert {name: (one.count, one.oldest) for name, one in whole.standing.items()} == {
        "P1": (500, "T-0999"),
        "P3": (500, "T-0998"),
    }


@pytest.mark.parametrize("reports", ["last_run", "day", "week", "month"])
def test_the_period_is_the_one_that_is_asked_for(reports: str) -> None:
    """Since the last run, or so long before the run, by the clocks of the zone."""
    under = recurring(
        f'  weekly: {{cron: "0 16 * * fri", notify: support_manager, reports: {reports}}}', "Europe/Paris"
    )
    at = datetime.fromisoformat("2026-04-03T16:00:00+02:00")
    planned = Planned(under, under.text.schedules["weekly"], micros(START))
    (letter,) = letters_of_schedule(Decided([]), planned, at, at, micros(at - timedelta(hours=1)))
    begins = {
        "last_run": "Fri 3 Apr 2026, 15:00 CEST",
        "day": "Thu 2 Apr 2026, 16:00 CEST",
        "week": "Fri 27 Mar 2026, 16:00 CET",
        "month": "Tue 3 Mar 2026, 16:00 CET",
    }
    assert f"From {begins[reports]} to Fri 3 Apr 2026, 16:00 CEST" in letter.body
    assert instant(planned.since) == START


def test_a_period_in_which_nothing_happened_is_empty() -> None:
    """It has no rows, and says so."""
    assert period_of(policy(), {}, 0, 1) == Period(0, 1)
    assert period_of(policy(), {}, 0, 1).empty
    assert list(chosen(Decided([]), policy(), Selection(), 0)) == []
