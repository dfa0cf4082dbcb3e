"""Rounds: what a process does over and over, each task at its own pace, until it is told to stop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event
from time import monotonic

from support_policy.service.watch.ports import Clock, Journal, StoreBusy, StoreFull

MOST_IN_A_ROW = 200
"""So often a task that has more to do goes on before the others have their turn."""


@dataclass
class Task:
    """Something done every `every` seconds; `step` says how much it did, and is asked again at once while it did any.

    A step that raises is journalled and tried again, ever later, up to `longest` seconds.
    """

    name: str
    step: Callable[[datetime], int]
    every: float = 0.25
    longest: float = 30.0
    due: float = 0.0
    failures: int = field(default=0, compare=False)


class Rounds:
    """Runs tasks in turn in the thread that calls `run`; `wake` cuts a wait short, `stop` ends it after the step."""

    def __init__(self, tasks: Sequence[Task], clock: Clock, journal: Journal, jump: float = 5.0) -> None:
        self.tasks, self.clock, self.journal, self.jump = tasks, clock, journal, jump
        self._awake, self._stopped = Event(), Event()
        self._last: tuple[float, datetime] | None = None

    def wake(self) -> None:
        """There is something to do now."""
        self._awake.set()

    def stop(self) -> None:
        """Do no more; `run` returns when the present step is done."""
        self._stopped.set()
        self._awake.set()

    def run(self) -> None:
        """Go on until `stop`."""
        while not self._stopped.is_set():
            woken = self._awake.is_set()
            self._awake.clear()
            self._watch_clock()
            for task in self.tasks:
                if (woken or task.due <= monotonic()) and not self._stopped.is_set():
                    self._do(task)
            wait = min(task.due for task in self.tasks) - monotonic()
            if wait > 0:
                self._awake.wait(wait)

    def _do(self, task: Task) -> None:
        if task.failures and task.due > monotonic():
            return
        try:
            for _ in range(MOST_IN_A_ROW):
                if not task.step(self.clock.now()) or self._stopped.is_set():
                    task.due = monotonic() + task.every
                    break
            else:
                task.due = monotonic()
        except Exception as problem:  # noqa: BLE001 - a task that fails must not end the others
            task.failures += 1
            wait = min(task.longest, task.every * 2**task.failures)
            task.due = monotonic() + wait
            known = isinstance(problem, StoreBusy | StoreFull)
            what = str(problem) if known else f"{type(problem).__name__}: {problem}"
            # Where it happened says nothing of a database that is away.
            more = {} if known else {"exception": problem}
            self.journal.say("error", f"{task.name} failed", why=what, again_in=round(wait, 1), **more)
            return
        if task.failures:
            self.journal.say("info", f"{task.name} works again", after=task.failures)
            task.failures = 0

    def _watch_clock(self) -> None:
        """Say it when the clock of this machine has jumped: what is due follows the clock."""
        now, at = monotonic(), self.clock.now()
        if self._last is not None:
            jumped = (at - self._last[1]).total_seconds() - (now - self._last[0])
            if abs(jumped) > self.jump:
                way = "ahead" if jumped > 0 else "back"
                self.journal.say("warning", f"the clock jumped {way}", seconds=round(abs(jumped), 1))
        self._last = (now, at)
