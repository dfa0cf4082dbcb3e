"""What the desk does on every kind of store, and with several processes on one."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread

import pytest

from support_policy.adapters.sql.store import open_store
from support_policy.model.event import Event
from support_policy.service.watch.desk import Fact, fold
from support_policy.service.watch.ports import StoreConflict
from tests.watch.house import DIRECTORS, MANAGER, NINE, P1, House, house


def test_an_emergency_escalates_on_every_kind_of_store(store_url: str) -> None:
    """From the submission to the directors' letters, the store makes no difference."""
    with house(store_url) as desk:
        name = desk.submit()
        desk.event(name, "responded", by="engineer")
        desk.until(NINE + timedelta(hours=4))
        assert [letter.recipient for letter in desk.letters(command="notify")] == [MANAGER, *DIRECTORS]
        assert [e.data["level"] for e in desk.log(name) if e.type == "level_fired"] == [1, 2]


def test_four_workers_at_once_fire_every_instant_once(shared_url: str) -> None:
    """Forty tickets fall due together; four workers on connections of their own share them, each firing once."""
    with house(shared_url) as desk:
        names = [desk.submit() for _ in range(40)]
        desk.clock.tick(hours=3)
        stores = [open_store(shared_url) for _ in range(4)]
        failed: list[BaseException] = []

        def work(one: House) -> None:
            try:
                one.clock.at = desk.clock.at
                one.worker.batch = 3
                one.work()
            except BaseException as problem:  # noqa: BLE001 - told by the test
                failed.append(problem)

        threads = [Thread(target=work, args=(House(store),)) for store in stores]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for store in stores:
            store.close()
        assert not failed
        for name in names:
            assert [e.data["level"] for e in desk.log(name) if e.type == "level_fired"] == [1, 2]
        assert len(desk.letters(command="notify")) == 40 * 3


def test_several_who_take_events_in_for_one_ticket_lose_none(shared_url: str) -> None:
    """Events for one ticket that come in at once on several connections are all in its log, one after another."""
    with house(shared_url) as desk:
        name = desk.submit()
        stores = [open_store(shared_url) for _ in range(4)]

        def give(one: House, start: int) -> None:
            one.clock.at = desk.clock.at
            for number in range(10):
                one.event(name, "updated", fields={"subject": f"{start}-{number}"}, by="engineer")

        threads = [Thread(target=give, args=(House(store), n)) for n, store in enumerate(stores)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for store in stores:
            store.close()
        given = [e.fields["subject"] for e in desk.log(name) if e.type == "updated"]
        assert sorted(given) == sorted(f"{start}-{number}" for start in range(4) for number in range(10))
        assert fold(name, desk.log(name)).facts["subject"] == given[-1]


def test_one_ticket_begun_twice_at_once_is_begun_once(shared_url: str) -> None:
    """Two who begin a ticket under one name end with one log: the second is told, and then finds it begun."""
    with house(shared_url) as desk:
        other = open_store(shared_url)
        rival = House(other)
        outcomes: list[str] = []

        def begin(one: House) -> None:
            fact = Fact("HELP-1", Event("submitted", NINE, by="customer", fields=P1))
            outcomes.append(one.take(fact)[0].outcome)

        threads = [Thread(target=begin, args=(one,)) for one in (desk, rival)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        other.close()
        assert sorted(outcomes) == ["accepted", "refused"]
        assert desk.types("HELP-1").count("state_changed") == 1


def test_a_firing_that_was_stored_cannot_be_stored_again(store_url: str) -> None:
    """The database itself refuses a second firing of a level in a cycle, whatever a program has decided."""
    with house(store_url) as desk:
        name = desk.submit()
        desk.until(NINE + timedelta(hours=2))
        with desk.store.look() as work:
            head = work.tickets.heads([name], lock=False)[name]
            ((_, pending, firings),) = work.tickets.every("", 10)
        assert firings == ("automatic/1/1",)
        with pytest.raises(StoreConflict), desk.store.begin() as work:
            work.tickets.replace(head, pending, [*firings, *firings])
        with desk.store.look() as work:
            assert work.tickets.every("", 10)[0][2] == firings
