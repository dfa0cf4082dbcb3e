"""In what the opening hours of two policies differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from support_policy.model.calendars import Office
from support_policy.policy.compiled import Policy
from support_policy.source.span import NOWHERE, Span

NOTHING = "-"
"""What is said of a side that has no such line."""


class Cause(NamedTuple):
    """The line of the policy that made a difference (the new one's; the old one's where it is gone)."""

    rule: str
    span: Span
    says: str


def turned(old: object, new: object) -> str:
    """`8bh -> 6bh`."""
    return f"{old if old not in ('', None) else NOTHING} -> {new if new not in ('', None) else NOTHING}"


def calendar_causes(before: Policy, after: Policy) -> Iterator[Cause]:
    """What differs in the time that counts as business time, what concerns more offices first."""
    old, new = before.text, after.text
    offices = {name: office for name, office in new.offices.items() if name in old.offices}
    other = [name for name, office in offices.items() if office.hours != old.offices[name].hours]
    alike = all(office.hours == offices[other[0]].hours for office in offices.values()) if other else False
    if other and alike and len(other) == len(offices):
        was, now = old.offices[other[0]], offices[other[0]]
        yield Cause("business_hours", now.span, turned(_week(was), _week(now)))
        other = []
    for name, office in offices.items():
        if name in other or office != old.offices[name]:
            yield Cause(f"offices.{name}", office.span, _officeturned(old.offices[name], office))
    for name, calendar in new.calendars.items():
        if name in old.calendars and calendar != old.calendars[name]:
            yield Cause(f"calendars.{name}", calendar.span, "")
    for kind in ("special_days", "maintenance"):
        was, now = getattr(old, kind), getattr(new, kind)
        if was != now:
            span = next((day.span for day in now if day not in was), next((day.span for day in was), NOWHERE))
            yield Cause(kind, span, "")
    if before.digest_parts()["days off"] != after.digest_parts()["days off"]:
        yield Cause("holidays", new.span, "")


def _week(office: Office) -> str:
    """Opening hours, days alike together: `mon-fri 09:00-17:00`."""
    found: list[tuple[list[str], str]] = []
    for day, hours in office.hours.items():
        said = ", ".join("-".join(pair) for pair in hours)
        if said and found and found[-1][1] == said:
            found[-1][0].append(str(day))
        elif said:
            found.append(([str(day)], said))
    return "; ".join(f"{days[0]}-{days[-1]} {said}" if len(days) > 1 else f"{days[0]} {said}" for days, said in found)


def _officeturned(old: Office, new: Office) -> str:
    pairs = ((_week(old), _week(new)), (old.zone, new.zone), (", ".join(old.holidays), ", ".join(new.holidays)))
    return "; ".join(turned(was, now) for was, now in pairs if was != now)
