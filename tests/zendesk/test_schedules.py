"""Schedules and holidays: minutes of the week to hours by weekday, names of zones, days off, several offices."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from support_policy.service.zendesk_zones import ZONES, iana_name
from tests.zendesk.exports import WEEK, imported, metric, schedule, sla

DAY = 1440


def policy_of(*schedules: dict[str, object], **files: object) -> str:
    """policy.yaml of an export with these schedules."""
    return imported(sla(metric()), schedules=schedules, **files).files["policy.yaml"]


@pytest.mark.parametrize(
    ("intervals", "hours"),
    [
        (WEEK, "{mon-fri: 09:00-17:00}"),
        ([(0, 7 * DAY)], "{mon-sun: 00:00-24:00}"),
        ([(0, 60)], "{sun: 00:00-01:00}"),
        ([(6 * DAY + 600, 7 * DAY)], "{sat: 10:00-24:00}"),
        ([(1980, 3900)], "{mon: 09:00-24:00, tue: 00:00-17:00}"),
        ([(DAY + 780, DAY + 1020), (DAY + 540, DAY + 720)], "{mon: [09:00-12:00, 13:00-17:00]}"),
        ([(DAY + 540, DAY + 720), (DAY + 720, DAY + 1020)], "{mon: 09:00-17:00}"),
        ([(DAY + 545, DAY + 1019), (3 * DAY + 545, 3 * DAY + 1019)], "{mon: 09:05-16:59, wed: 09:05-16:59}"),
        ([(DAY - 120, DAY), (DAY, DAY + 60)], "{mon: 00:00-01:00, sun: 22:00-24:00}"),
    ],
)
def test_minutes_of_the_week_become_hours_by_weekday(intervals: list[tuple[int, int]], hours: str) -> None:
    """Minute 0 is Sunday 00:00; stretches are cut at midnight, joined where they touch, and equal days are grouped."""
    assert f"    hours: {hours}\n" in policy_of(schedule(*intervals))


def test_every_name_of_a_zone_leads_to_a_zone() -> None:
    """Each of Zendesk's names is one of the zones this machine knows."""
    assert {name for name, zone in ZONES.items() if iana_name(name) != zone or ZoneInfo(zone).key != zone} == set()


@pytest.mark.parametrize(
    ("said", "zone"),
    [
        ("Pacific Time (US & Canada)", "America/Los_Angeles"),
        ("Eastern Time (US &amp; Canada)", "America/New_York"),
        ("Nuku'alofa", "Pacific/Tongatapu"),
        ("Copenhagen", "Europe/Copenhagen"),
        ("Asia/Tokyo", "Asia/Tokyo"),
        ("UTC", "Etc/UTC"),
        ("Atlantis", None),
        ("../../etc/passwd", None),
        ("", None),
    ],
)
def test_a_zone_is_known_by_both_names(said: str, zone: str | None) -> None:
    """Zones are named as Zendesk shows them, or as IANA does."""
    assert iana_name(said) == zone


def test_without_a_schedule_business_hours_never_end_and_the_list_says_so() -> None:
    """Targets in business hours need a schedule; without one the office is open day and night."""
    made = imported(sla(metric()), schedules=[])
    assert "hours: {mon-sun: 00:00-24:00}" in made.files["policy.yaml"]
    assert [gap.what for gap in made.gaps] == ["the business hours"]


def test_without_business_hours_no_schedule_is_missed() -> None:
    """Targets on the wall clock need none."""
    made = imported(sla(metric(business_hours=False)), schedules=[])
    assert made.gaps == ()


def test_several_schedules_become_offices_with_the_first_as_default() -> None:
    """Which ticket goes by which schedule is a matter of triggers, and is listed as not carried over."""
    made = imported(sla(metric()), schedules=[schedule(*WEEK), schedule(*WEEK, id=8, zone="Tokyo", name="Local")])
    text = made.files["policy.yaml"]
    assert "default_office: schedule_7 " in text
    assert text.index("  schedule_7:") < text.index("  local_2:")
    (gap,) = made.gaps
    assert (str(gap.place), "triggers" in gap.why) == ("$.schedules[1]", True)


def test_a_schedule_without_hours_is_listed() -> None:
    """An office that never opens would never let anything fall due."""
    made = imported(sla(metric()), schedules=[schedule(), schedule(*WEEK, id=8)])
    assert [gap.what for gap in made.gaps] == ["the schedule `Schedule 7`"]
    assert "default_office: schedule_8 " in made.files["policy.yaml"]


def test_the_holidays_of_the_only_schedule_are_its_own() -> None:
    """With one schedule there is no doubt whose holidays they are; dates are in order, each once."""
    days = [
        {"name": "Winter break: all", "start_date": "2026-12-24", "end_date": "2026-12-31"},
        {"name": "New Year's Day", "start_date": "2026-01-01T00:00:00Z", "end_date": "2026-01-01"},
        {"name": "New Year's Day", "start_date": "2026-01-01", "end_date": "2026-01-01"},
    ]
    text = policy_of(schedule(*WEEK), holidays={"holidays": days})
    assert (
        """\
special_days:
  - {date: 2026-01-01, office: schedule_7, hours: closed, why: "New Year's Day"}
  - {from: 2026-12-24, to: 2026-12-31, office: schedule_7, hours: closed, why: "Winter break: all"}
"""
        in text
    )


def test_holidays_of_one_of_several_schedules_are_placed_by_the_name_of_the_file() -> None:
    """The schedule's id in the file's name says whose they are; a schedule may also hold them itself."""
    day = {"name": "Day", "start_date": "2026-03-03", "end_date": "2026-03-03"}
    inside = schedule(*WEEK, id=8, holidays=[{**day, "name": "Inside"}])
    files = {"holidays-7": {"holidays": [day]}, "others": {"holidays": [{**day, "name": "Whose"}]}}
    made = imported(sla(metric()), schedules=[schedule(*WEEK), inside], **files)
    text = made.files["policy.yaml"]
    assert "{date: 2026-03-03, office: schedule_7, hours: closed, why: Day}" in text
    assert "{date: 2026-03-03, office: schedule_8, hours: closed, why: Inside}" in text
    assert "{date: 2026-03-03, hours: closed, why: Whose}" in text
    assert [gap.place.file for gap in made.gaps if gap.what == "whose holidays these are"] == ["others.json"]


def test_the_holidays_of_a_schedule_that_is_left_out_close_no_other_office() -> None:
    """Days off of a schedule without hours are nobody's."""
    day = {"name": "Day", "start_date": "2026-03-03", "end_date": "2026-03-03"}
    assert "special_days" not in policy_of(schedule(holidays=[day]), schedule(*WEEK, id=8))


def test_a_single_schedule_may_stand_alone() -> None:
    """One schedule as the API gives it, or as it stands inside the list, is read as well."""
    for alone in ({"schedule": schedule(*WEEK)}, schedule(*WEEK)):
        made = imported(sla(metric()), schedules=[], one=alone)
        assert "default_office: schedule_7 " in made.files["policy.yaml"]
