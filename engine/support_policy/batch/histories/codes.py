"""What the arrays of this folder hold: small whole numbers for the words of a ticket's state."""

from __future__ import annotations

import numpy as np

NEVER = np.iinfo(np.int64).max
"""An instant that is not reached, an end that has not come."""
NONE = -1
"""No value."""

STATUS = ("", "running", "paused", "met", "breached", "missed_then_met", "withdrawn", "stopped")
RUNNING, PAUSED, MET, BREACHED, MISSED_MET, WITHDRAWN, STOPPED = range(1, 8)

LEVEL = ("", "planned", "fired", "withdrawn")
PLANNED, FIRED, GONE = 1, 2, 3

CAUSE = ("", "due", "changed", "requested")
DUE, CHANGED, REQUESTED = 1, 2, 3

ANSWER = ("", "open", "accepted", "declined", "ended")
OPEN, ACCEPTED, DECLINED, ENDED = 1, 2, 3, 4
