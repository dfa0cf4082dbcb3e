"""Schedules: each run is made once, at its time by the clocks of its zone; what was missed, as the policy says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from support_policy.adapters.sql.store import open_store
from support_policy.service.watch.cron import SETTLED, Schedules
from support_policy.service.watch.ports import Store
from tests.watch.house import P1, House
from tests.watch.recurring import Shelved, at, days, letters, recurring, shelf, told

DAILY = '  digest: {cron: "0 9 * * *", notify: support_manager%s}'


@contextmanager
def running(lines: str, start: datetime, zone: str = "Europe/London") -> Iterator[tuple[Store, Shelved, Schedules]]:
    """Schedules on a store in memory, their policy adopted at an instant."""
    store = open_store("sqlite://")
    try:
        kept = shelf(store, recurring(lines, zone), start)
        yield store, kept, Schedules(store, kept)
    finally:
        store.close()


@pytest.mark.parametrize(
    ("zone", "day", "cron", "runs"),
    [
        # Clocks go forward at 01:00 UTC: 01:30 does not happen, and is told when the clocks show 02:30.
        ("Europe/London", "2026-03-29", "30 1 * * *", ["2026-03-29T01:30", "2026-03-30T00:30"]),
        # Clocks go back at 01:00 UTC: 01:30 happens twice, and is told the first time.
        ("Europe/London", "2026-10-25", "30 1 * * *", ["2026-10-25T00:30", "2026-10-26T01:30"]),
        ("America/New_York", "2026-03-08", "30 2 * * *", ["2026-03-08T07:30", "2026-03-09T06:30"]),
        ("America/New_York", "2026-11-01", "30 1 * * *", ["2026-11-01T05:30", "2026-11-02T06:30"]),
        ("Australia/Lord_Howe", "2026-04-05", "45 1 * * *", ["2026-04-04T14:45", "2026-04-05T15:15"]),
        ("Asia/Kathmandu", "2026-03-02", "0 9 * * *", ["2026-03-02T03:15", "2026-03-03T03:15"]),
    ],
)
def test_a_day_whose_clocks_change_has_one_run(zone: str, day: str, cron: str, runs: list[str]) -> None:
    """Every day is told of once, whether its hour happens once, twice or not at all."""
    start = at(f"{day} 00:00", zone).astimezone(UTC)
    with running(f'  digest: {{cron: "{cron}", notify: support_manager}}', start, zone) as (store, _, schedules):
        made = days(schedules, start, 48 * 60, every=5)
        assert [run.astimezone(UTC).isoformat()[:16] for run in made] == runs
        assert [key[:16] for key in told(store)] == runs


def test_an_hourly_run_is_not_made_in_the_hour_that_comes_again() -> None:
    """The hour that happens twice is told of the first time; the hour that is left out is told of at its end."""
    start = at("2026-10-25 00:00", "Europe/London").astimezone(UTC)
    with running('  digest: {cron: "0 * * * *", notify: support_manager}', start) as (_, _, schedules):
        made = days(schedules, start, 5 * 60)
        assert [f"{run:%H:%M %Z}" for run in made] == ["01:00 BST", "02:00 GMT", "03:00 GMT"]


def test_it_is_not_told_while_the_office_is_closed() -> None:
    """With `only_when_open`, weekends and holidays pass in silence."""
    start = at("2026-12-24 00:00")
    line = '  digest: {cron: "0 10 * * *", office: london, notify: support_manager, only_when_open: yes}'
    with running(line, start) as (store, _, schedules):
        days(schedules, start, 6 * 1440, every=30)
        # Friday is Christmas Day, Monday its neighbour, moved from Saturday.
        assert [key[:10] for key in told(store)] == ["2026-12-24", "2026-12-29"]


@pytest.mark.parametrize(
    ("says", "runs"),
    [
        ("", ["06"]),
        (", missed: once", ["06"]),
        (", missed: each", ["03", "04", "05", "06"]),
        (", missed: skip", []),
        (", missed: each, within: 48h", ["05", "06"]),
        (", missed: once, within: 4h", ["06"]),
        (", missed: once, within: 1h", []),
        (", missed: skip, within: 4h", ["06"]),
        # On Friday 6 March three hours are business hours since nine o'clock.
        (", missed: each, within: 3bh", ["06"]),
        (", missed: each, within: 11bh", ["05", "06"]),
    ],
)
def test_runs_that_were_missed_are_made_up_for_as_the_policy_says(says: str, runs: list[str]) -> None:
    """After a downtime: once for all, each, or none; and none that is later than `within`."""
    start = at("2026-03-02 00:00")
    with running(DAILY % says, start) as (store, _, schedules):
        days(schedules, start, 10 * 60)
        assert [key[8:10] for key in told(store)] == ["02"]
        # Nobody works from Monday at ten until Friday at noon.
        now = at("2026-03-06 12:00")
        made = [run for _ in range(3) for run in schedules.step(now)]
        assert [f"{run.at:%d}" for run in made] == runs
        assert [key[8:10] for key in told(store)] == ["02", *runs]
        # What was missed is no matter the next day.
        assert [f"{run:%d}" for run in days(schedules, at("2026-03-07 08:00"), 120)] == ["07"]


def test_what_was_missed_says_so() -> None:
    """A message that comes late tells when it was due, and as of when it is."""
    start = at("2026-03-02 00:00")
    with running(DAILY % ", lists: open, empty: send", start) as (store, _, schedules):
        schedules.step(at("2026-03-02 12:00"))
        (letter,) = letters(store)
        assert "to be told on Mon 2 Mar 2026, 09:00 GMT, and is as of Mon 2 Mar 2026, 12:00 GMT" in letter.body


def test_many_missed_runs_are_made_up_for_in_turns() -> None:
    """Each of a thousand missed runs is made, a hundred at a time, in order."""
    start = at("2026-03-02 00:00")
    line = '  digest: {cron: "* * * * *", notify: support_manager, missed: each}'
    with running(line, start) as (store, _, schedules):
        now = start + timedelta(minutes=250, seconds=10)
        assert [len(schedules.step(now)) for _ in range(4)] == [100, 100, 50, 0]
        assert told(store) == sorted(told(store))
        assert len(set(told(store))) == 250


def test_years_of_missed_runs_cost_nothing() -> None:
    """Once for all is found near the end, however many there were."""
    with running('  digest: {cron: "* * * * *", notify: support_manager}', at("2016-03-02 00:00")) as (_, _, schedules):
        (run,) = schedules.step(at("2026-03-02 09:00:30"))
        assert run.at == at("2026-03-02 09:00")


@pytest.mark.parametrize("back", [timedelta(minutes=5), timedelta(days=3)])
def test_a_clock_that_jumps_back_makes_no_run_twice(back: timedelta) -> None:
    """What was told is not told again, in this process nor in one that begins then."""
    start = at("2026-03-02 00:00")
    with running(DAILY % ", missed: each", start) as (store, kept, schedules):
        days(schedules, start, 4 * 1440, every=60)
        before = told(store)
        assert len(before) == 4
        for worker in (schedules, Schedules(store, kept)):
            assert days(worker, at("2026-03-05 09:01") - back, int(back.total_seconds()) // 60, every=30) == []
        assert told(store) == before
        assert [f"{run:%d}" for run in days(schedules, at("2026-03-06 08:00"), 120)] == ["06"]


def test_a_clock_that_jumps_ahead_is_a_downtime() -> None:
    """Runs that were leapt over are made up for; those told too early are not told again once the clock is right."""
    start = at("2026-03-02 00:00")
    with running(DAILY % ", missed: each", start) as (store, _, schedules):
        days(schedules, start, 10 * 60)
        schedules.step(at("2026-03-04 12:00"))
        assert [key[8:10] for key in told(store)] == ["02", "03", "04"]
        assert [f"{run:%d}" for run in days(schedules, at("2026-03-02 12:00"), 4 * 1440, every=60)] == ["05", "06"]


def test_a_run_waits_until_what_came_before_it_is_stored() -> None:
    """A decision of the last moment may be stored just after it: a run is made a little later than its instant."""
    start = at("2026-03-02 08:00")
    with running(DAILY % "", start) as (_, _, schedules):
        nine = at("2026-03-02 09:00")
        assert schedules.step(nine + SETTLED / 2) == []
        assert [run.at for run in schedules.step(nine + SETTLED)] == [nine]


# -- versions ---------------------------------------------------------------------------------------------------------


def test_a_schedule_begins_when_its_policy_is_adopted() -> None:
    """Nothing is made up for that lies before the adoption; a new schedule begins with the version that has it."""
    with running(DAILY % ", missed: each", at("2026-03-03 12:00")) as (store, kept, schedules):
        assert [f"{run:%d}" for run in days(schedules, at("2026-03-03 11:00"), 1440, every=60)] == ["04"]
        more = DAILY % ", missed: each" + '\n  second: {cron: "0 9 * * *", notify: support_manager, missed: each}'
        kept.adopt(store, recurring(more, version="2"), at("2026-03-06 12:00"))
        made = [(run.schedule, f"{run.at:%d}") for run in schedules.step(at("2026-03-07 10:00"))]
        assert made == [("digest", "05"), ("digest", "06"), ("digest", "07"), ("second", "07")]


def test_a_schedule_with_other_times_owes_nothing_for_the_past() -> None:
    """An hour that is over when a version brings it is not missed; other words do not make it another schedule."""
    with running(DAILY % "", at("2026-03-02 00:00")) as (store, kept, schedules):
        days(schedules, at("2026-03-02 00:00"), 10 * 60)
        noon = '  digest: {cron: "0 12 * * *", notify: support_manager}'
        kept.adopt(store, recurring(noon, version="2"), at("2026-03-02 15:00"))
        assert schedules.step(at("2026-03-02 15:10")) == []
        kept.adopt(store, recurring(noon.replace("}", ", says: Hello}"), version="3"), at("2026-03-03 13:00"))
        assert [f"{run.at:%d %H}" for run in schedules.step(at("2026-03-03 13:30"))] == ["03 12"]
        assert letters(store)[-1].body.startswith("Hello")


def test_a_schedule_that_is_gone_or_comes_back_owes_nothing() -> None:
    """Removed, it is told no more; when it comes back, it begins anew."""
    with running(DAILY % ", missed: each", at("2026-03-02 00:00")) as (store, kept, schedules):
        days(schedules, at("2026-03-02 00:00"), 10 * 60)
        other = DAILY.replace("digest", "other") % ", missed: each"
        kept.adopt(store, recurring(other, version="2"), at("2026-03-02 12:00"))
        assert [run.schedule for run in schedules.step(at("2026-03-04 12:00"))] == ["other", "other"]
        kept.adopt(store, recurring(DAILY % ", missed: each", version="3"), at("2026-03-05 12:00"))
        assert [(run.schedule, f"{run.at:%d}") for run in schedules.step(at("2026-03-06 12:00"))] == [("digest", "06")]


def test_a_version_that_is_not_yet_in_force_tells_nothing() -> None:
    """Until it begins, the schedules of the version before go on."""
    with running(DAILY % "", at("2026-03-02 00:00")) as (store, kept, schedules):
        kept.adopt(store, recurring(DAILY.replace("digest", "other") % "", version="2"), at("2026-03-04 00:00"))
        made = [run for day in range(2, 6) for run in schedules.step(at(f"2026-03-0{day} 10:00"))]
        assert [(run.schedule, f"{run.at:%d}") for run in made] == [
            ("digest", "02"),
            ("digest", "03"),
            ("other", "04"),
            ("other", "05"),
        ]


# -- what is told, and whom -------------------------------------------------------------------------------------------


def _told(lines: str, now: str = "2026-03-02 16:00", **more: Any) -> list[tuple[str, str, str]]:
    """(recipient, subject, tickets listed) of the letters of a run, with four tickets of three organizations."""
    start = at("2026-03-02 10:00")
    with running(lines, start) as (store, kept, _):
        desk = House(store, shelf=kept)  # type: ignore[arg-type]  # a shelf is a shelf
        desk.clock.at = start
        for organization, priority in (("acme", "P1"), ("acme", "P3"), ("globex", "P1"), ("nowhere", "P1")):
            desk.submit({**P1, "organization": organization, "stated_priority": priority})
        desk.until(start + timedelta(hours=2))
        desk.event("VS-1004", "resolved", by="engineer", **more)
        desk.event("VS-1001", "clarification_requested", by="engineer")
        desk.until(at(now))
        Schedules(store, kept).step(at(now))
        names = ("VS-1001", "VS-1002", "VS-1003", "VS-1004")
        return [
            (one.recipient.partition("@")[0], one.subject, " ".join(name for name in names if name in one.body))
            for one in letters(store)
        ]


def _lines(lists: str, per: str = "", cron: str = "0 15 * * *") -> str:
    return f'  list: {{cron: "{cron}", notify: support_manager, lists: {lists}{per}}}'


@pytest.mark.parametrize(
    ("lists", "listed"),
    [
        ("open", "VS-1001 VS-1002 VS-1003"),
        ("{priority: P1}", "VS-1001 VS-1003"),
        ("{priority: [P1, P3], organization: acme}", "VS-1001 VS-1002"),
        ("{state: clarifying}", "VS-1001"),
        ("{state: [open, resolved]}", "VS-1002 VS-1003 VS-1004"),
        ("{state: clarifying, for: 3h}", "VS-1001"),
        ("{state: clarifying, for: 4h}", "VS-1001"),
        ("{state: clarifying, for: 4h1m}", ""),
        ("{age: 6h}", "VS-1001 VS-1002 VS-1003"),
        ("{age: 7h}", ""),
        ("{breached: yes, state: [open, clarifying, resolved]}", "VS-1003"),  # the others were answered when it was due
        ("{breached: no}", "VS-1001 VS-1002"),
    ],
)
def test_a_list_has_the_tickets_that_are_asked_for(lists: str, listed: str) -> None:
    """By priority, state, organization, time in the state, age, and whether a target was missed; open ones alone."""
    got = _told(_lines(lists))
    assert [tickets for _, _, tickets in got] == ([listed] if listed else [])


def test_business_time_counts_by_the_hours_of_the_office_that_serves_the_customer() -> None:
    """The office of acme (here: around no holiday, in London's zone) has been open for four hours."""
    assert _told(_lines("{state: clarifying, for: 4bh}"))
    assert not _told(_lines("{state: clarifying, for: 5bh}", cron="45 16 * * *"), "2026-03-02 16:50")
    assert _told(_lines("{state: clarifying, for: 5bh}", cron="0 18 * * *"), "2026-03-02 18:00:10")
    assert not _told(_lines("{state: clarifying, for: 6bh}", cron="0 23 * * *"), "2026-03-02 23:01")


def test_each_organization_is_told_of_its_own_tickets() -> None:
    """`per: organization`: the manager of each reads about that customer alone, nobody about nothing."""
    assert _told(_lines("{priority: P1, state: [open, clarifying, resolved]}", ", per: organization")) == [
        ("support-manager.acme", "Vmoso Support: list, Acme Corporation (1 ticket)", "VS-1001"),
        ("support-manager.globex", "Vmoso Support: list, Globex Limited (1 ticket)", "VS-1003"),
        ("support-manager", "Vmoso Support: list (1 ticket)", "VS-1004"),
    ]


def test_each_recipient_is_told_once_of_all_it_looks_after() -> None:
    """`per: recipient`: whoever fills the role for several customers reads one message."""
    lines = _lines("{state: [open, clarifying]}", ", per: recipient").replace("support_manager", "directors")
    assert _told(lines) == [
        ("director.services", "Vmoso Support: list (3 tickets)", "VS-1001 VS-1002 VS-1003"),
        ("director.americas", "Vmoso Support: list (2 tickets)", "VS-1001 VS-1002"),
        ("director.europe", "Vmoso Support: list (1 ticket)", "VS-1003"),
    ]


def test_one_message_about_all_goes_to_whoever_looks_after_all() -> None:
    """Without `per` those are told who fill the role for no organization in particular."""
    assert _told(_lines("{priority: P1}")) == [
        ("support-manager", "Vmoso Support: list (2 tickets)", "VS-1001 VS-1003")
    ]


@pytest.mark.parametrize(
    ("says", "count"),
    [
        ("lists: {priority: P4}", 0),
        ("lists: {priority: P4}, empty: send", 1),
        ("reports: day", 1),
        ("reports: day, lists: {priority: P4}", 1),
        ("says: Water the plants", 1),
    ],
)
def test_a_list_of_nothing_is_not_sent_unless_asked_for(says: str, count: int) -> None:
    """`empty`: lists that are empty are skipped, reports are sent; what lists and reports nothing is a reminder."""
    lines = f'  list: {{cron: "0 15 * * *", notify: support_manager, {says}}}'
    assert len(_told(lines)) == count


def test_a_role_that_nobody_fills_leaves_a_dead_letter() -> None:
    """It is seen that nobody was told, and why; in shadow mode letters are kept and never sent."""
    start = at("2026-03-02 00:00")
    with running(DAILY % "", start) as (store, kept, _):
        Schedules(store, kept, shadow=True).step(at("2026-03-02 10:00"))
        assert [one.status for one in letters(store)] == ["shadow"]
