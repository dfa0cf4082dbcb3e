"""What a schedule's message is about: tickets that are listed, and the sums of a period. Instants are microseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_LISTED = 200
"""A message lists at most so many tickets; `count` counts the rest too."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A ticket of a list; `since` is when it came into its state, `due` its first target still running."""

    ticket: str
    organization: str
    priority: str
    state: str
    begun: int
    since: int
    team: str = ""
    subject: str = ""
    due: int | None = None
    breaches: int = 0
    level: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """The tickets of one priority that are listed: how many, how many of them missed a target, the oldest of them."""

    priority: str
    count: int
    breached: int
    oldest: str
    oldest_begun: int


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one metric's clocks in the period, by priority.

    `met`, `missed`: verdicts that fell; `stopped`: without a target; `corrected`: those of the verdicts that reverse an
    earlier one, by a fact learned late or a change of priority.
    """

    metric: str
    priority: str
    met: int = 0
    missed: int = 0
    stopped: int = 0
    corrected: int = 0


@dataclass(frozen=True, slots=True)
class Reached:
    """How often a level of a chain was reached in the period."""

    chain: str
    level: int
    count: int


@dataclass(frozen=True, slots=True)
class Period:
    """The sums of a period: after `begin`, until `end`. `begun` counts new tickets by priority."""

    begin: int
    end: int
    results: tuple[Result, ...] = ()
    escalations: tuple[Reached, ...] = ()
    requests: Mapping[str, int] = field(default_factory=dict)
    begun: Mapping[str, int] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether nothing happened in it."""
        return not (self.results or self.escalations or self.requests or self.begun)


@dataclass(frozen=True, slots=True)
class Digest:
    """All that one message of a schedule is about, as of an instant.

    `organization` is set where it is about one alone. `tickets` are the first of the list, `count` how many it has.
    """

    as_of: int
    tickets: tuple[Listed, ...] = ()
    count: int = 0
    standing: tuple[Standing, ...] = ()
    period: Period | None = None
    organization: str = ""
    notify: tuple[tuple[str, str], ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not self.count and (self.period is None or self.period.empty)
