"""Business time: the calendar, the SLA clock, public holidays."""
