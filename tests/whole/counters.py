"""What the simulation keeps: clocks that count seconds one by one, and how far chains have come."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import accumulate

from tests.whole.described import Length


class Hours:
    """The openings of every calendar, from the second in which a story begins."""

    def __init__(self, begins: int, opened: dict[str, tuple[bool, ...]]) -> None:
        self.begins, self.opened = begins, opened
        self.passed = {name: [0, *accumulate(map(int, seconds))] for name, seconds in opened.items()}

    def is_open(self, calendar: str, second: int) -> bool:
        """Whether the second that begins then is open."""
        return self.opened[calendar][second - self.begins]

    def elapsed(self, calendar: str, start: int, end: int) -> int:
        """Open seconds between two instants."""
        return self.passed[calendar][end - self.begins] - self.passed[calendar][start - self.begins]

    def ahead(self, calendar: str, start: int, need: int) -> int | None:
        """When so many open seconds have passed since `start`; None past the horizon."""
        at = start
        while need > 0:
            if at - self.begins >= len(self.opened[calendar]):
                return None
            need -= self.is_open(calendar, at)
            at += 1
        return at

    def opening(self, calendar: str, start: int) -> int | None:
        """The first instant from `start` on at which it is open; None past the horizon."""
        seconds = self.opened[calendar]
        return next((at for at in range(start, self.begins + len(seconds)) if seconds[at - self.begins]), None)


@dataclass
class Clock:
    """One run of a metric. `verdict` is empty while nothing is decided; `ended` is when it stopped or was withdrawn."""

    metric: str
    team: str
    run: int
    started: int
    since: int
    """From when on the target counts."""
    office: str
    target: Length | None = None
    calendar: str = ""
    """By which it counts, as written (`local` means `office`)."""
    priority: str = ""
    promise: tuple[Length | None, str] = (None, "")
    """What was promised when it was aimed."""
    verdict: str = ""
    ended: int | None = None
    ran: int = -1
    """The last instant at which it was seen to run after an event, though it may have been paused there and then."""
    counted: dict[str, list[int]] = field(default_factory=dict)
    """By calendar: seconds worked since the start, one entry for each second since."""

    @property
    def open(self) -> bool:
        """Whether it has neither stopped nor been withdrawn."""
        return self.ended is None

    def passes(self, hours: Hours, now: int, *, runs: bool) -> None:
        """The second that begins now passes."""
        for calendar, counts in self.counted.items():
            counts.append(counts[-1] + (runs and hours.is_open(calendar, now)))

    def worked(self, calendar: str, since: int) -> int:
        """Seconds worked since an instant."""
        counts = self.counted[calendar]
        return counts[-1] - counts[since - self.started]

    def reached(self, calendar: str, since: int, need: int) -> int | None:
        """The first instant at which so many seconds had been worked since another; None when there was none yet."""
        if need <= 0:
            return since
        counts = self.counted[calendar]
        if counts[-1] - counts[since - self.started] < need:
            return None
        # Worked seconds only grow: the first such second may be looked for by halves.
        return self.started + bisect_left(counts, counts[since - self.started] + need, since - self.started)


@dataclass
class Chain:
    """How far an automatic chain has come, in its present cycle."""

    run: int
    """Of the clock that it counts."""
    cycle: int
    mark: int
    """From when on it counts."""
    on: bool = True
    """Whether the priority in force has it."""
    over: bool = False
    acknowledged: int | None = None
    rounds: int = 1
    clamp: int | None = None
    """What was reached before this counts as reached then."""
    fired: dict[int, int] = field(default_factory=dict)

    def again(self, now: int, rounds: int) -> None:
        """A new cycle begins."""
        self.cycle, self.mark, self.clamp = self.cycle + 1, now, now
        self.rounds, self.acknowledged, self.fired = rounds, None, {}


@dataclass
class Request:
    """A request for escalation: when it was asked, and whether it is unanswered."""

    cycle: int
    asked: int
    open: bool = True
    reminded: bool = False


@dataclass
class Stay:
    """Since when a state timer has been counting in the present stay, and how often it fired since."""

    base: int
    fired: int = 0
