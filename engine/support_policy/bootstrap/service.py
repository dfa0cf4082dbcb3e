"""One process of the service, wired: what it decides with, what it sends by, what it does over and over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Thread
from typing import TYPE_CHECKING

from support_policy.adapters.journal import Journal
from support_policy.adapters.metrics import PrometheusMeter
from support_policy.adapters.traces import NoTraces, OtelTraces, Tracer
from support_policy.adapters.watched import WatchedDesk, WatchedMessenger
from support_policy.bootstrap.extras import extra
from support_policy.bootstrap.ground import Ground, worker_name
from support_policy.bootstrap.outside import limits_of, messengers_of, ways_out
from support_policy.model.event import micros
from support_policy.service.watch.cron import Schedules
from support_policy.service.watch.orphans import Orphans
from support_policy.service.watch.outgoing import Outgoing
from support_policy.service.watch.ports import Messenger, Store, Work
from support_policy.service.watch.reaim import Reaim
from support_policy.service.watch.refusals import Refusals
from support_policy.service.watch.rounds import Rounds, Task
from support_policy.service.watch.versions import StoredShelf
from support_policy.service.watch.watchdog import Watchdog
from support_policy.service.watch.worker import Worker
from support_policy.service.watch.writing import write

if TYPE_CHECKING:
    from support_policy.service.watch.settings_out import Out

POLL = 0.25
"""Seconds after which the agenda and the outbox are looked at again."""
BEAT = 10.0
ANSWERS_KEPT = timedelta(days=7)
WORKERS_KEPT = timedelta(days=1)
FORGOTTEN_AT_ONCE = 500
PATIENCE = 25.0
"""Seconds that a stop waits for what is being done; a supervisor waits a little longer."""


@dataclass(frozen=True, slots=True)
class Told:
    """Where a process says what it does: the journal, what is counted, traces."""

    journal: Journal
    meter: PrometheusMeter
    tracer: Tracer

    def close(self) -> None:
        """Send what is left."""
        self.tracer.close()
        self.journal.close()


def told(on: Ground, kind: str) -> Told:
    """What the settings say about logs and traces. Raises `PolicyError` without the extra that brings it."""
    with extra():
        tracer: Tracer = OtelTraces(on.settings.traces) if on.settings.traces else NoTraces()
        return Told(Journal(on.settings.log, on.secrets.every, process=kind), PrometheusMeter(), tracer)


class Process:
    """What decides, sends and watches; `start` does so in threads until `stop`.

    Every thread ends its step, gives back what it has claimed and closes; what is killed instead loses its claims.
    """

    def __init__(self, on: Ground, told: Told, shelf: StoredShelf, *, shadow: bool = False) -> None:
        self.ground, self.told, self.shelf, self.shadow = on, told, shelf, shadow
        self.store: Store = on.sql
        self.name = worker_name()
        policy = shelf.policy
        self.desk = WatchedDesk(shelf, told.journal, told.tracer, shadow=shadow)
        self.refusals = Refusals(self.store, told.meter, told.journal)
        self.out: Out = ways_out(on.settings, on.secrets, policy)
        late = timedelta(seconds=on.settings.watch.late)
        self.watchdog = Watchdog(self.store, told.meter, told.journal, late)
        self._messengers = {} if shadow else messengers_of(self.out, on.settings)
        self._sender = None if shadow else self._outgoing()
        self._rounds: list[Rounds] = []
        self._threads: list[Thread] = []

    def start(self) -> None:
        """Begin to work."""
        for said in self.shelf.differences:
            self.told.journal.say("warning", said)
        for number, tasks in enumerate(self._tasks()):
            rounds = Rounds(tasks, self.ground.clock, self.told.journal)
            thread = Thread(target=rounds.run, name=f"{tasks[0].name} {number}", daemon=True)
            self._rounds.append(rounds)
            self._threads.append(thread)
            thread.start()

    def wake(self) -> None:
        """Something may be due now."""
        for rounds in self._rounds:
            rounds.wake()

    def stop(self) -> bool:
        """End every step that is being done, and close; whether all ended in time."""
        for rounds in self._rounds:
            rounds.stop()
        if self._sender is not None:
            self._sender.stopping = True
        for thread in self._threads:
            thread.join(PATIENCE)
        for messenger in self._messengers.values():
            messenger.close()
        return not any(thread.is_alive() for thread in self._threads)

    def _outgoing(self) -> Outgoing:
        from support_policy.adapters.send.ways import whole

        kinds = {name: name.partition(":")[0] for name in self._messengers}
        watched: dict[str, Messenger] = {
            name: WatchedMessenger(one, kinds[name], self.told.tracer) for name, one in self._messengers.items()
        }
        return Outgoing(
            self.store,
            watched,
            limits_of(self.ground.settings),
            self.ground.clock,
            self.name,
            domain=self.out.mail.mail.domain,
            meter=self.told.meter,
            journal=self.told.journal,
            priorities=lambda: tuple(self.shelf.policy.text.priorities),
            whole=whole(self.out),
        )

    def _tasks(self) -> list[Sequence[Task]]:
        """What is done, thread by thread: what may take long holds nothing else up."""
        settings = self.ground.settings
        orphans = Orphans(self.store, self.told.journal, limits_of(settings).lease)
        workers = [Worker(self.store, self.desk, self.told.meter) for _ in range(settings.watch.workers)]
        schedules = Schedules(self.store, self.shelf, shadow=self.shadow)
        tasks: list[Sequence[Task]] = [[Task("worker", worker.step, POLL)] for worker in workers]
        if self._sender is not None:
            tasks.append([Task("sender", self._sender.step, POLL)])
        tasks += [
            [Task("re-aiming", Reaim(self.store, self.desk, self.shelf).step, 1.0)],
            [Task("schedules", lambda now: bool(schedules.step(now)), 1.0)],
            [
                Task("heartbeat", self._beat, BEAT),
                Task("orphans", orphans.step, BEAT),
                Task("watchdog", self._watch, min(5.0, settings.watch.late / 4)),
                Task("refusals", self.refusals.step, 60.0),
                Task("old answers", self._forget, 3600.0),
            ],
        ]
        return tasks

    def _beat(self, now: datetime) -> int:
        detail = {"sends": self._sender is not None, "version": self.shelf.number}
        write(self.store, lambda work: work.register.beat(self.name, micros(now), detail))
        return 0

    def _watch(self, now: datetime) -> int:
        self.watchdog.step(now)
        return 0

    def _forget(self, now: datetime) -> int:
        """A little at a time, so that nobody waits for it; how many answers that were."""

        def forget(work: Work) -> int:
            work.register.forget_workers(micros(now - WORKERS_KEPT))
            return work.register.forget_answers(micros(now - ANSWERS_KEPT), FORGOTTEN_AT_ONCE)

        return write(self.store, forget)
