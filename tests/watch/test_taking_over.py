"""A version takes over open tickets, or leaves them to the one before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

from support_policy.adapters.sql.store import open_store
from support_policy.model.event import Event, micros
from support_policy.service.watch.adopting import GRACE, Adopting
from support_policy.service.watch.desk import Desk, Fact
from support_policy.service.watch.ports import Store
from support_policy.service.watch.reaim import Reaim
from support_policy.service.watch.rebuild import rebuild, verify
from support_policy.service.watch.versions import StoredShelf
from tests.watch.adopted import NOW, OLD, RETARGET, SHORTER, Serve, compiled, submitted, version
from tests.watch.house import HandClock


def test_open_tickets_that_are_kept_stay_with_their_version(serve: Serve) -> None:
    """Under `open_tickets: keep` nothing happens to a ticket in flight; new tickets get the new version."""
    service = serve(version("1"))
    tickets = service.three()
    before = service.heads()
    service.adopting.adopt(version("2", SHORTER), "manager")
    service.clock.tick(seconds=5)
    assert service.aim_all() == 0
    assert service.heads() == before
    new = service.take(submitted(service.clock.now(), "P2"))
    heads = service.heads()
    assert [heads[t].digest for t in (tickets[1], new)] == [p.digest for p in service.shelf.policy.line.versions]
    assert (heads[tickets[1]].due_at, heads[new].due_at) == (
        micros(NOW + timedelta(days=1)),
        micros(service.clock.at + timedelta(hours=1)),
    )


def test_open_tickets_are_aimed_anew(serve: Serve) -> None:
    """Under `open_tickets: retarget` every open ticket gets the new version once it is in force, and no closed one."""
    service = serve(version("1"))
    tickets = service.three()
    service.adopting.adopt(version("2", SHORTER, more=RETARGET), "manager")
    assert service.aim_all() == 0  # the grace
    service.clock.tick(seconds=5)
    assert service.aim_all() == 2
    heads, new = service.heads(), service.shelf.policy.digest
    assert [heads[ticket].digest == new for ticket in tickets] == [True, True, False]
    assert heads[tickets[1]].due_at == micros(NOW + timedelta(hours=1))
    adopted = [e for e in service.logs()[tickets[1]] if e.type == "policy_adopted"]
    assert [(e.at, e.data["version"]) for e in adopted] == [(NOW + GRACE, "2")]
    assert service.aim_all() == 0


def test_a_version_that_begins_later_takes_over_then(serve: Serve) -> None:
    """A version with an `effective_from` to come re-aims when that comes, not before."""
    service = serve(version("1"))
    service.three()
    later = "effective_from: 2026-03-02T12:00:00Z\n"
    service.adopting.adopt(version("2", SHORTER, more=RETARGET + later), "manager")
    service.clock.at = NOW + timedelta(hours=2) - timedelta(microseconds=1)
    assert service.aim_all() == 0
    service.clock.at = NOW + timedelta(hours=2)
    assert service.aim_all() == 2


def test_verdicts_that_fell_never_change(serve: Serve) -> None:
    """A target missed under the old version stays missed under one that gives more time."""
    service = serve(version("1"))
    ticket = service.take(submitted(NOW))
    service.clock.tick(hours=3)
    service.work()
    missed = service.states()[ticket].clocks["first_response"]
    assert missed.status == "breached"
    longer = ("first_response: 2bh", "first_response: 16bh")
    service.adopting.adopt(version("2", longer, more=RETARGET), "manager")
    service.clock.tick(seconds=5)
    service.aim_all()
    assert service.states()[ticket].clocks["first_response"] == missed
    assert service.states()[ticket].digest == service.shelf.policy.digest


def test_a_fact_takes_a_ticket_over_before_the_sweep_does(serve: Serve) -> None:
    """An event for a ticket that is behind first has the new version take it over; the sweep finds it done."""
    service = serve(version("1"))
    tickets = service.three()
    service.adopting.adopt(version("2", SHORTER, more=RETARGET), "manager")
    at = service.clock.tick(seconds=5)
    service.take(Event("responded", at, by="engineer"), tickets[1])
    types = [e.type for e in service.logs()[tickets[1]]]
    assert types.index("policy_adopted") < types.index("responded")
    length = len(types)
    service.aim_all()
    assert len(service.logs()[tickets[1]]) == length


def test_two_versions_take_over_one_after_the_other(serve: Serve) -> None:
    """A ticket that is two versions behind is taken over by each in its order."""
    service = serve(version("1"))
    tickets = service.three()
    service.adopting.adopt(version("2", SHORTER, more=RETARGET), "manager")
    service.clock.tick(seconds=5)
    service.adopting.adopt(version("3", more=RETARGET), "manager")
    service.clock.tick(seconds=5)
    service.aim_all()
    adopted = [e.data["version"] for e in service.logs()[tickets[0]] if e.type == "policy_adopted"]
    assert adopted == ["2", "3"]


def test_a_version_takes_over_in_a_real_database(store_url: str) -> None:
    """On a database too: adopted, loaded by another process, re-aimed, made anew and decided again."""
    store, clock = open_store(store_url), HandClock(NOW)
    try:
        work_it(store, clock)
    finally:
        store.close()


def work_it(store: Store, clock: HandClock) -> None:
    """A version is adopted over two tickets by one process, and taken over by another."""

    def process() -> Adopting:
        with store.look() as work:
            return Adopting(StoredShelf.load(work, compiled), store, clock, OLD)

    first = process()
    first.adopt(version("1"), "start")
    second = process()
    desk = Desk(first.shelf)
    with store.begin() as work:
        desk.take(work, [Fact("", submitted(NOW)), Fact("", submitted(NOW, "P2"))], NOW)
    assert second.adopt(version("2", SHORTER, more=RETARGET), "manager").number == 2
    now = clock.tick(seconds=5)
    sweep = Reaim(store, desk, first.shelf, limit=1)
    assert [sweep.step(now) for _ in range(3)] == [1, 1, 0]
    assert first.shelf.policy.digest == second.shelf.policy.digest
    assert rebuild(store, second.shelf).as_json()["rows"] == []
    assert verify(store, second.shelf).as_json()["rows"] == []
    with store.look() as work:
        assert [row.what for row in work.register.audit_page("policy", 0, 10)] == ["policy.adopted"] * 2
        assert {head.digest for head in work.tickets.page({}, "", 10)} == {second.shelf.policy.digest}


def test_an_adoption_waits_for_those_who_decide(shared_url: str) -> None:
    """Who has asked for the newest version may rely on it: an adoption waits, and reads its clock then."""
    store, clock = open_store(shared_url), HandClock(NOW)
    try:
        with store.look() as work:
            adopting = Adopting(StoredShelf.load(work, compiled), store, clock, OLD)
        adopting.adopt(version("1"), "start")
        with ThreadPoolExecutor(1) as pool:
            with store.begin() as work:
                assert work.versions.newest() == 1
                waits = pool.submit(adopting.adopt, version("2"), "manager")
                wait([waits], timeout=0.2)
                assert not waits.done()
                clock.tick(seconds=60)
            assert waits.result(timeout=20).begins == NOW + timedelta(seconds=60) + GRACE
    finally:
        store.close()
