"""Why the columns leave a ticket to the rows."""

from __future__ import annotations

WHY = (
    "",
    "the policy is a line of versions",
    "an event is not the policy's",
    "a value is not the policy's",
    "an event was learned late",
    "a team has a clock of its own",
    "another ticket is joined or split off",
    "a workflow's timer went off",
    "a level has an event happen by itself",
    "a verdict is judged again",
    "the workflow allowed none of its events",
    "a contract has dates",
)
"""What the columns leave to the rows, by number."""
(
    VERSIONS,
    EVENT,
    VALUE,
    LATE,
    TEAM,
    JOINED,
    TIMER,
    BY_ITSELF,
    JUDGED,
    NEVER_BEGAN,
    CONTRACT,
) = range(1, len(WHY))
