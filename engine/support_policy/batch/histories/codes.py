"""What the arrays of this folder hold: small whole numbers for the words of a ticket's state."""

from __future__ import annotations

NONE = -1
"""No value."""
TAKEN_BACK = -2
"""Of a fact that an event sets: to no value."""

STATUS = ("", "running", "paused", "met", "breached", "missed_then_met", "withdrawn", "stopped")
RUNNING, PAUSED, MET, BREACHED, MISSED_MET, WITHDRAWN, STOPPED = range(1, 8)

LEVEL = ("", "planned", "fired", "withdrawn")
PLANNED, FIRED, GONE = 1, 2, 3

CAUSE = ("", "due", "changed", "requested", "caught_up")
DUE, CHANGED, REQUESTED, CAUGHT_UP = 1, 2, 3, 4

ANSWER = ("", "open", "accepted", "declined", "ended")
OPEN, ACCEPTED, DECLINED, ENDED = 1, 2, 3, 4
