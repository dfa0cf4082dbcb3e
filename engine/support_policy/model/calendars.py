"""The words of calendars: offices, further calendars, days that differ, announced maintenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime

from support_policy.source.record import record
from support_policy.source.span import NOWHERE, Span
from support_policy.source.words import Duration

Hours = tuple[tuple[str, str], ...]
"""(opening, closing) wall times of a day, such as `(("09:00", "17:00"),)`."""

LOCAL, ALWAYS = "local", "always"
"""The calendars every policy has: that of the office that serves the organization, and the one that never closes."""


def _span() -> Span:
    return field(default=NOWHERE, compare=False)


@record
class SpecialDay:
    """What differs on certain dates (`first` to `last`, inclusive): other hours (none: closed), or a break."""

    first: date
    last: date
    hours: Hours | None
    breaks: Hours
    office: str = ""
    why: str = ""
    span: Span = _span()


@record
class Office:
    """An office, or a calendar of its own: zone, weekly hours by weekday (`mon`..`sun`), the public holidays it keeps.

    `closed_days` names a calendar file of the policy with further days off (empty: none); what it says counts, not its
    name.
    """

    name: str
    zone: str
    hours: Mapping[str, Hours]
    holidays: tuple[str, ...] = ()
    closed_days: str = field(default="", compare=False)
    span: Span = _span()


@record
class Joint:
    """A calendar that is open when any of others is; shown in `zone` (empty: that of the first)."""

    name: str
    any_of: tuple[str, ...]
    zone: str = ""
    span: Span = _span()


@record
class Window:
    """Announced maintenance: open time that does not count, in the named calendars (none: in all but `always`).

    It counts after all (the window is void) when it was announced less than `notice` before it begins.
    """

    first: datetime
    last: datetime
    announced: datetime | None = None
    notice: Duration | None = None
    calendars: tuple[str, ...] = ()
    why: str = ""
    span: Span = _span()

    @property
    def void(self) -> bool:
        """Whether it was announced too late; what says nothing of its announcement was announced in time."""
        if self.announced is None:
            return False
        return (self.first - self.announced).total_seconds() < (self.notice.seconds if self.notice else 0)
