"""Schedules: what recurs is told at its time, each run once whoever works, and what was missed as the policy says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from support_policy.clock.calendar import BusinessCalendar
from support_policy.clock.schedule import latest, upcoming
from support_policy.model.event import instant, micros
from support_policy.model.policy import Schedule
from support_policy.policy.compiled import Policy
from support_policy.service.watch.ports import Shelf, Store, Work
from support_policy.service.watch.rows import LetterStatus
from support_policy.service.watch.schedule_letters import Planned, letters_of_schedule
from support_policy.service.watch.writing import write
from support_policy.source.words import Duration

SETTLED = timedelta(seconds=2)
"""So long after its instant a run is made: what was decided before that instant may be stored just after it."""
MOST = 100
"""So many runs of one schedule are made in a step, where each is to be made up for."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a schedule that this process made: when it was to be, and how many letters it stored."""

    schedule: str
    at: datetime
    letters: int


class Schedules:
    """Makes the runs that are due. Any number of processes may; each run is made, and its letters stored, by one."""

    def __init__(self, store: Store, shelf: Shelf, *, shadow: bool = False) -> None:
        self.store, self.shelf = store, shelf
        self.status: LetterStatus = "shadow" if shadow else "waiting"
        self._begins: Mapping[str, int] = {}
        self._number = 0
        self._looked: dict[str, int] = {}
        """Until when the runs of each schedule, by its name, are known to be made or given up."""

    def step(self, now: datetime) -> list[Run]:
        """Make the runs that are due at `now` and that nobody has made.

        One that fails does not keep the others from being made; then the first failure is raised.
        """
        with self.store.look() as work:
            due = list(self._due(work, now))
        made: list[Run] = []
        failures: list[Exception] = []
        for planned, at in due:
            try:
                run = self._make(planned, at, now)
            except Exception as problem:  # noqa: BLE001 - raised when the others have had their turn
                failures.append(problem)
                continue
            made += [run] if run else []
        if failures:
            raise failures[0]
        return made

    # -- which runs are due ---------------------------------------------------------------------------------------

    def _due(self, work: Work, now: datetime) -> Iterator[tuple[Planned, datetime]]:
        until = now - SETTLED
        for planned in self._planned(work, micros(until)):
            name = str(planned.schedule.name)
            known = self._looked.get(name, planned.since)
            # What a clock that has jumped back has seen already is asked of the store again.
            after = max(planned.since, known if known <= micros(until) else planned.since)
            if next(_after(planned, instant(after), until), None) is None:
                self._looked[name] = micros(until)
                continue
            after = max(after, work.register.last_run(name) or after)
            missed = list(islice(_missed(planned, instant(after), until), MOST))
            # A run that fails is tried again: only what is stored, or given up, is done with.
            self._looked[name] = after if missed else micros(until)
            yield from ((planned, at) for at in missed)

    def _planned(self, work: Work, now: int) -> Sequence[Planned]:
        """The schedules of the version in force, each since the version that first told it so."""
        self.shelf.refresh(work)
        if self._number != (newest := work.versions.newest()):
            # A version tells nothing of the time before it was adopted, whatever it says of tickets.
            rows = work.versions.all()
            self._begins = {row.digest: max(row.adopted_at, row.in_force_from) for row in rows}
            self._number = newest
        versions = self.shelf.policy.line.versions or (self.shelf.policy,)
        line = [(policy, self._begins.get(policy.digest, 0)) for policy in versions]
        line = [(policy, begins) for policy, begins in line if begins <= now]
        if not line:
            return []
        policy = line[-1][0]
        return [Planned(policy, schedule, _since(schedule, line)) for schedule in policy.text.schedules.values()]

    # -- making a run ---------------------------------------------------------------------------------------------

    def _make(self, planned: Planned, at: datetime, now: datetime) -> Run | None:
        """Make one run; None where another process was faster. It and its letters are stored together or not at all."""
        name = str(planned.schedule.name)
        # All tickets are read outside of the transaction that writes, so that nobody waits for it meanwhile.
        with self.store.look() as work:
            last = work.register.last_run(name)
            if last is not None and last >= micros(at):
                return None
            letters = list(letters_of_schedule(work.reports, planned, at, now, last, self.status))

        def claim(work: Work) -> Run | None:
            if (work.register.last_run(name) or 0) >= micros(at) or not work.register.ran(name, micros(at)):
                return None
            work.letters.add(letters)
            return Run(name, at, len(letters))

        return write(self.store, claim)


def _since(schedule: Schedule, line: Sequence[tuple[Policy, int]]) -> int:
    """When the oldest of the latest versions began that tell a schedule at the same times: before, it was another."""
    since = line[-1][1]
    for policy, begins in reversed(line):
        known = policy.text.schedules.get(schedule.name)
        if known is None or _times(policy, known) != _times(line[-1][0], schedule):
            break
        since = begins
    return since


def _times(policy: Policy, schedule: Schedule) -> tuple[str, str, bool]:
    return (schedule.cron, schedule.office or policy.text.default_office, schedule.only_when_open)


def _after(planned: Planned, start: datetime, until: datetime | None = None) -> Iterator[datetime]:
    """The instants of a schedule after `start`, up to `until`."""
    one = planned.schedule
    for at in upcoming(one.cron, planned.calendar, start, only_when_open=one.only_when_open):
        if until is not None and at > until:
            return
        yield at


def _missed(planned: Planned, after: datetime, until: datetime) -> Iterator[datetime]:
    """The runs after `after`, up to `until`, that are still to be made then, by what is said of missed ones."""
    one = planned.schedule
    within = one.within
    if within is None and one.missed == "skip":
        within = planned.policy.setting("caught_up_after")
    if one.missed == "each":
        start = after if within is None else max(after, _no_earlier(planned.calendar, within, until))
        yield from _after(planned, start, until)
        return
    # Made up for once: the last of them stands for all.
    at = latest(one.cron, planned.calendar, after, until, only_when_open=one.only_when_open)
    if at is not None and (within is None or at > _no_earlier(planned.calendar, within, until)):
        yield at


def _no_earlier(calendar: BusinessCalendar, within: Duration, now: datetime) -> datetime:
    """The instant after which a run has to be that is no later than `within` at `now`."""
    seconds = within.seconds
    found = calendar.before(now, seconds) if within.business else now - timedelta(seconds=seconds)
    return (found or now) - timedelta(microseconds=1)
