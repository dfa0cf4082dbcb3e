"""Business time: calendars, SLA clocks and public holidays."""

from support_policy.clock.calendar import BusinessCalendar, Day

__all__ = ["BusinessCalendar", "Day"]
