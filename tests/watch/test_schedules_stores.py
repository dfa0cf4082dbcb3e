"""Schedules on every store: one run and its letters, whoever makes it, and whatever is killed meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import text

from support_policy.adapters.sql.store import SqlStore, open_store
from support_policy.model.event import instant, micros
from support_policy.service.watch.cron import Schedules
from support_policy.service.watch.gathering import SUMMED
from support_policy.service.watch.ports import Store, StoreBusy, Work
from support_policy.service.watch.reports import Which
from tests.watch.house import NINE, P1, House
from tests.watch.recurring import at, letters, recurring, shelf

LINES = """\
  digest: {cron: "*/10 * * * *", notify: support_manager, per: organization, lists: open, empty: send, missed: each}
  report: {cron: "0 * * * *", notify: [support_manager, directors], reports: last_run}"""
START = at("2026-03-29 00:00")


class Killed(BaseException):
    """The process ends here."""


class Mortal:
    """A store on which this process is killed, or fails, in the transaction in which a run is claimed."""

    def __init__(self, store: Store, *, when: str, how: BaseException) -> None:
        self.store, self.when, self.how = store, when, how
        self.look, self.close = store.look, store.close

    @contextmanager
    def begin(self) -> Iterator[Work]:
        """A transaction that does not end well."""
        with self.store.begin() as work:
            if self.when == "before":
                raise self.how
            yield work
            raise self.how


@pytest.mark.parametrize("workers", [2, 4])
def test_workers_who_race_make_each_run_once(shared_url: str, workers: int) -> None:
    """Workers on connections of their own look at the same instants: every run is made once, with all its letters."""
    stores = [open_store(shared_url) for _ in range(workers)]
    try:
        kept = shelf(stores[0], recurring(LINES), START)
        barrier = Barrier(workers)

        def work(store: SqlStore) -> list[tuple[str, datetime]]:
            schedules, made = Schedules(store, kept), []
            for minute in range(0, 125, 5):
                barrier.wait()
                now = START + timedelta(minutes=minute, seconds=5)
                made += [(run.schedule, run.at) for run in schedules.step(now)]
            return made

        with ThreadPoolExecutor(workers) as pool:
            made = Counter(run for runs in pool.map(work, stores) for run in runs)
        assert set(made.values()) == {1}
        assert Counter(name for name, _ in made) == {"digest": 12, "report": 2}
        keys = Counter(letter.key.split("/")[1] for letter in letters(stores[0]))
        # Three organizations of the directory (nothing is sent about unknown ones); two roles.
        assert keys == {"digest": 36, "report": 4}
    finally:
        for store in stores:
            store.close()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("how", [Killed, StoreBusy])
def test_a_run_and_its_letters_are_stored_together_or_not_at_all(
    store_url: str, when: str, how: Callable[[], BaseException]
) -> None:
    """Whoever is killed between the claim and the letters leaves nothing; the next one makes the run."""
    store = open_store(store_url)
    try:
        kept = shelf(store, recurring(LINES), START)
        now = START + timedelta(minutes=10, seconds=5)
        with pytest.raises(how):  # type: ignore[call-overload]  # a class, as it is called
            Schedules(Mortal(store, when=when, how=how()), kept).step(now)
        assert letters(store) == []
        with store.look() as work:
            assert work.register.last_run("digest") is None
        assert [run.letters for run in Schedules(store, kept).step(now)] == [3]
        assert len(letters(store)) == 3
    finally:
        store.close()


def test_a_run_that_fails_is_tried_again_and_keeps_no_other_from_being_made(store_url: str) -> None:
    """The failure is told when the others have had their turn; the same worker makes the run later."""
    store = open_store(store_url)
    try:
        kept = shelf(store, recurring(LINES), START)
        failing = Mortal(store, when="after", how=StoreBusy("locked"))
        schedules = Schedules(failing, kept)
        now = START + timedelta(hours=1, seconds=5)
        with pytest.raises(StoreBusy):
            schedules.step(now)
        schedules.store = store
        # At one o'clock the clocks show two.
        assert [(run.schedule, f"{run.at:%H:%M}", run.letters) for run in schedules.step(now)] == [
            *(("digest", f"00:{minute}", 3) for minute in range(10, 60, 10)),
            ("digest", "02:00", 3),
            ("report", "02:00", 2),
        ]
    finally:
        store.close()


def test_lists_and_sums_are_those_of_the_tickets_on_every_store(store_url: str) -> None:
    """What the store answers is what the heads and logs of all tickets say."""
    store = open_store(store_url)
    try:
        desk = House(store)
        for organization in ("acme", "globex", "acme", "nowhere"):
            desk.submit({**P1, "organization": organization})
            desk.until(desk.clock.at + timedelta(minutes=50))
        desk.event("VS-1001", "escalation_requested", by="customer")
        desk.until(NINE + timedelta(hours=6))
        desk.event("VS-1002", "resolved", by="engineer")
        desk.event("VS-1003", "closed", by="engineer")
        desk.event("VS-1003", "responded", NINE + timedelta(hours=2, minutes=30), by="engineer")
        names = [f"VS-100{number}" for number in range(1, 5)]
        with store.look() as work:
            heads, logs = work.tickets.heads(names, lock=False), work.tickets.logs(names)
            got = sorted(head.ticket for head in work.reports.listed(Which()))
            assert got == [name for name in names if heads[name].open]
            assert [head.ticket for head in work.reports.listed(Which(states=("resolved",)))] == ["VS-1002"]
            assert list(work.reports.listed(Which(organizations=("globex",)))) == [heads["VS-1002"]]
            since = heads["VS-1001"].since
            assert [head.ticket for head in work.reports.listed(Which(since=since))] == ["VS-1001"]
            early, late = micros(NINE), micros(NINE + timedelta(hours=6))
            expected = sorted(
                (name, event.type, micros(event.recorded_at or event.at))
                for name, log in logs.items()
                for event in log
                if event.engine and event.type in SUMMED and early < micros(event.recorded_at or event.at) <= late
            )
            found = [
                (one.ticket, one.event.type, micros(one.event.recorded_at or one.event.at))
                for one in work.reports.recorded(SUMMED, early, late)
            ]
            assert sorted(found) == expected
            assert {type for _, type, _ in expected} >= {"level_fired", "request_opened", "refolded"}
            assert work.reports.begun(early, late) == {("acme", "P1"): 1, ("globex", "P1"): 1, ("nowhere", "P1"): 1}
            assert instant(since) == NINE
    finally:
        store.close()


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda reports: list(reports.recorded(SUMMED, 1, 2)), "events_summed_at"),
        (lambda reports: reports.begun(1, 2), "tickets_begun"),
        (lambda reports: list(reports.listed(Which(priorities=("P1",)))), "tickets_open_priority"),
    ],
)
def test_reports_are_found_by_index(ask: Callable[[Any], Any], index: str) -> None:
    """However many tickets and records there are, only those are read that are asked for."""
    store = open_store("sqlite://")
    asked: list[str] = []
    try:
        with store.look() as work:
            raw = work.connection.connection.driver_connection
            assert raw is not None
            raw.set_trace_callback(asked.append)
            ask(work.reports)
            raw.set_trace_callback(None)
            query = next(one for one in asked if one.startswith("SELECT"))
            plan = " ".join(str(row) for row in work.connection.execute(text(f"EXPLAIN QUERY PLAN {query}")))
        assert index in plan
        assert "SCAN events" not in plan
    finally:
        store.close()
