"""A version takes over open tickets or leaves them, as its preview said; all can be made anew and decided again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support_policy.adapters.sql.store import open_store
from support_policy.bootstrap.policies import compiled_with
from support_policy.clock.holidays import Holidays
from support_policy.model.event import Due, Event, instant, micros
from support_policy.policy.calendars import HolidaySource
from support_policy.policy.compiled import Policy
from support_policy.service.watch.adopting import GRACE, Adopting
from support_policy.service.watch.desk import Desk, Fact, fold
from support_policy.service.watch.ports import Store
from support_policy.service.watch.preview import Options, preview
from support_policy.service.watch.preview_text import preview_text
from support_policy.service.watch.projecting import letters_of
from support_policy.service.watch.reaim import Reaim
from support_policy.service.watch.rebuild import rebuild, verify
from support_policy.service.watch.standing import changes
from support_policy.service.watch.versions import StoredShelf
from support_policy.source.diagnostics import PolicyError
from support_policy.ticket.decide import draft_of
from support_policy.ticket.evaluate import Run
from support_policy.ticket.history import read_event
from support_policy.ticket.state import TicketState
from tests.policy.small import bank_holidays
from tests.watch.memory import FakeClock, MemoryStore, as_store
from tests.watch.test_versions import compiled, version
from tests.whole.described import history
from tests.whole.policies import files
from tests.whole.search import SLOW
from tests.whole.test_retold import versions

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
RETARGET = "open_tickets: retarget\n"


class Service:
    """A store with a policy in force, and all that decides over it."""

    def __init__(self, first: Mapping[str, bytes], holidays: HolidaySource = bank_holidays, at: datetime = NOW) -> None:
        self.store, self.clock = MemoryStore(), FakeClock(at)
        with as_store(self.store).look() as work:
            self.shelf = StoredShelf.load(work, compiled if holidays is bank_holidays else compiled_with)
        self.adopting = Adopting(self.shelf, as_store(self.store), self.clock, holidays)
        assert self.adopting.adopt(first, "start").outcome == "adopted"
        self.desk = Desk(self.shelf)
        self.reaim = Reaim(as_store(self.store), self.desk, self.shelf, limit=2)

    def take(self, event: Event, ticket: str = "") -> str:
        """Take an event in at the clock's instant; the ticket's name."""
        with as_store(self.store).begin() as work:
            return self.desk.take(work, [Fact(ticket, event)], self.clock.now())[0].ticket

    def work(self) -> None:
        """Have everything happen that is due by the clock's instant, each at its own."""
        while True:
            due = min((p.due for p in self.store.kept.waits.values() if p), default=None)
            if due is None or due > micros(self.clock.at):
                return
            with as_store(self.store).begin() as work:
                tickets = work.tickets.due(due, 10)
                self.desk.fall_due(work, tickets, instant(due))

    def states(self) -> dict[str, TicketState]:
        """Every ticket, from its log."""
        return {ticket: fold(ticket, log) for ticket, log in self.store.kept.logs.items()}

    def aim_all(self) -> int:
        """Aim anew until nothing is behind; how many tickets were looked at."""
        looked = 0
        while step := self.reaim.step(self.clock.now()):
            looked += step
        return looked


def submitted(at: datetime, priority: str = "P1") -> Event:
    """A ticket of acme begins."""
    return Event("submitted", at, by="customer", fields={"organization": "acme", "stated_priority": priority})


def three(service: Service) -> list[str]:
    """Two open tickets and one that is resolved."""
    tickets = [service.take(submitted(NOW, priority)) for priority in ("P1", "P2", "P2")]
    service.take(Event("resolved", NOW, by="engineer"), tickets[2])
    return tickets


SHORTER = ("first_response: 8bh", "first_response: 1bh")


def test_open_tickets_that_are_kept_stay_with_their_version() -> None:
    """Under `open_tickets: keep` nothing happens to a ticket in flight; new tickets get the new version."""
    service = Service(version("1"))
    tickets = three(service)
    before = dict(service.store.kept.heads)
    service.adopting.adopt(version("2", SHORTER), "manager")
    service.clock.forward(5)
    assert service.aim_all() == 0
    assert service.store.kept.heads == before
    new = service.take(submitted(service.clock.now(), "P2"))
    heads = service.store.kept.heads
    assert [heads[t].digest for t in (tickets[1], new)] == [p.digest for p in service.shelf.line()]
    assert (heads[tickets[1]].due_at, heads[new].due_at) == (
        micros(NOW + timedelta(days=1)),
        micros(service.clock.at + timedelta(hours=1)),
    )


def test_open_tickets_are_aimed_anew() -> None:
    """Under `open_tickets: retarget` every open ticket gets the new version once it is in force, and no closed one."""
    service = Service(version("1"))
    tickets = three(service)
    service.adopting.adopt(version("2", SHORTER, more=RETARGET), "manager")
    assert service.aim_all() == 0  # the grace
    service.clock.forward(5)
    assert service.aim_all() == 2
    heads, new = service.store.kept.heads, service.shelf.policy.digest
    assert [heads[ticket].digest == new for ticket in tickets] == [True, True, False]
    assert heads[tickets[1]].due_at == micros(NOW + timedelta(hours=1))
    adopted = [e for e in service.store.kept.logs[tickets[1]] if e.type == "policy_adopted"]
    assert [(e.at, e.data["version"]) for e in adopted] == [(NOW + GRACE, "2")]
    assert service.aim_all() == 0


def test_a_version_that_begins_later_takes_over_then() -> None:
    """A version with an `effective_from` to come re-aims when that comes, not before."""
    service = Service(version("1"))
    three(service)
    later = "effective_from: 2026-03-02T12:00:00Z\n"
    service.adopting.adopt(version("2", SHORTER, more=RETARGET + later), "manager")
    noon = NOW + timedelta(hours=2)
    assert (service.reaim.next_at(service.clock.forward(60)), service.aim_all()) == (noon, 0)
    service.clock.at = noon
    assert (service.reaim.next_at(noon), service.aim_all()) == (None, 2)


def test_verdicts_that_fell_never_change() -> None:
    """A target missed under the old version stays missed under one that gives more time."""
    service = Service(version("1"))
    ticket = service.take(submitted(NOW))
    service.clock.forward(3 * 3600)
    service.work()
    missed = service.states()[ticket].clocks["first_response"]
    assert missed.status == "breached"
    longer = ("first_response: 2bh", "first_response: 16bh")
    service.adopting.adopt(version("2", longer, more=RETARGET), "manager")
    service.clock.forward(5)
    service.aim_all()
    assert service.states()[ticket].clocks["first_response"] == missed
    assert service.states()[ticket].digest == service.shelf.policy.digest


def test_a_fact_takes_a_ticket_over_before_the_sweep_does() -> None:
    """An event for a ticket that is behind first has the new version take it over; the sweep finds it done."""
    service = Service(version("1"))
    tickets = three(service)
    service.adopting.adopt(version("2", SHORTER, more=RETARGET), "manager")
    at = service.clock.forward(5)
    service.take(Event("responded", at, by="engineer"), tickets[1])
    types = [e.type for e in service.store.kept.logs[tickets[1]]]
    assert types.index("policy_adopted") < types.index("responded")
    length = len(types)
    service.aim_all()
    assert len(service.store.kept.logs[tickets[1]]) == length


def test_two_versions_take_over_one_after_the_other() -> None:
    """A ticket that is two versions behind is taken over by each in its order."""
    service = Service(version("1"))
    tickets = three(service)
    service.adopting.adopt(version("2", SHORTER, more=RETARGET), "manager")
    service.clock.forward(5)
    service.adopting.adopt(version("3", more=RETARGET), "manager")
    service.clock.forward(5)
    service.aim_all()
    adopted = [e.data["version"] for e in service.store.kept.logs[tickets[0]] if e.type == "policy_adopted"]
    assert adopted == ["2", "3"]


def test_a_preview_of_what_would_be_refused_is_refused() -> None:
    """A policy that could not be adopted has no preview but its problems."""
    service = Service(version("1"))
    service.adopting.adopt(version("2"), "manager")
    with pytest.raises(PolicyError) as problem:
        preview(service.shelf, as_store(service.store), version("1"), bank_holidays, NOW)
    assert [d.code for d in problem.value.diagnostics] == ["P357"]


def test_a_preview_of_what_is_in_force_says_so() -> None:
    """The newest version itself would change nothing."""
    service = Service(version("1"))
    made = preview(service.shelf, as_store(service.store), version("1"), bank_holidays, NOW)
    assert (made.same, made.looked, made.promises) == (True, 0, [])


def test_a_preview_reads_well() -> None:
    """The text of a preview says the versions, the targets, and the tickets that would change, missed ones marked."""
    service = Service(version("1"))
    service.take(submitted(NOW, "P2"))
    service.clock.forward(5400)
    new = version("2", SHORTER, more=RETARGET)
    text = preview_text(preview(service.shelf, as_store(service.store), new, bank_holidays, service.clock.at))
    assert text.startswith("from version 1 to version 2, which would be in force from Mon 2 Mar 2026, 11:30:01")
    for line in (
        "  * P2 first response  8bh -> 1bh",
        "    P1 first response  2bh",
        "  taken over by the new version  1",
        "  targets missed at once         1",
        "  VS-1001  status of first response: running -> breached  (missed at once)",
        "Told at once: nobody",
    ):
        assert line in text.splitlines(), text
    kept = preview_text(preview(service.shelf, as_store(service.store), version("2"), bank_holidays, NOW))
    assert "Open tickets: none would change" in kept
    same = preview_text(preview(service.shelf, as_store(service.store), version("1"), bank_holidays, NOW))
    assert same == "version 1 is in force already: nothing would change\n"


def test_a_version_takes_over_in_a_real_database(store_url: str) -> None:
    """On a database too: adopted, loaded by another process, re-aimed, made anew and decided again."""
    store, clock = open_store(store_url), FakeClock(NOW)
    try:
        work_it(store, clock)
    finally:
        store.close()


def work_it(store: Store, clock: FakeClock) -> None:
    """A version is adopted over two tickets by one process, and taken over by another."""

    def process() -> Adopting:
        with store.look() as work:
            return Adopting(StoredShelf.load(work, compiled), store, clock, bank_holidays)

    first = process()
    first.adopt(version("1"), "start")
    second = process()
    desk = Desk(first.shelf)
    with store.begin() as work:
        desk.take(work, [Fact("", submitted(NOW)), Fact("", submitted(NOW, "P2"))], NOW)
    assert second.adopt(version("2", SHORTER, more=RETARGET), "manager").number == 2
    now = clock.forward(5)
    sweep = Reaim(store, desk, first.shelf, limit=1)
    assert [sweep.step(now) for _ in range(3)] == [1, 1, 0]
    assert first.shelf.policy.digest == second.shelf.policy.digest
    assert rebuild(store, second.shelf).as_json()["rows"] == []
    assert verify(store, second.shelf).as_json()["rows"] == []
    with store.look() as work:
        assert [row.what for row in work.register.audit_page("policy", 0, 10)] == ["policy.adopted"] * 2
        assert {head.digest for head in work.tickets.page({}, "", 10)} == {second.shelf.policy.digest}


def test_a_preview_says_what_new_tickets_get() -> None:
    """Under `keep` no ticket in flight changes, and the table of targets shows the old beside the new."""
    service = Service(version("1"))
    three(service)
    made = preview(service.shelf, as_store(service.store), version("2", SHORTER), bank_holidays, NOW)
    assert (made.open_tickets, made.looked, made.rows) == ("keep", 0, [])
    assert {(p.what, p.old, p.new) for p in made.promises if p.changed} == {("P2 first_response", "8bh", "1bh")}
    assert ("P1 first_response", "2bh", "2bh") in {(p.what, p.old, p.new) for p in made.promises}


def test_a_preview_counts_what_would_be_missed_and_told_at_once() -> None:
    """What a version would have happen the moment it takes over: targets missed, people told and how often."""
    service = Service(version("1"))
    tickets = [service.take(submitted(NOW)) for _ in range(3)]
    service.clock.forward(5400)
    hour = (
        ("P1: {name: Urgent, first_response: 2bh", "P1: {name: Urgent, first_response: 1bh"),
        ("- {after: 2bh, notify: manager, clause: c1}", "- {after: 1bh, notify: manager, clause: c1}"),
    )
    kept = service.store.kept
    heard = list[str]()
    options = Options(rows=2, each=lambda row: heard.append(row.ticket))
    new = version("2", *hour, more=RETARGET)
    made = preview(service.shelf, as_store(service.store), new, bank_holidays, service.clock.at, options)
    assert service.store.kept is kept
    assert (made.looked, made.taken_over, made.changed, made.missed) == (3, 3, 3, 3)
    assert made.told == {("manager", "m@acme.example"): 3}
    assert (len(made.rows), made.left_out + 2) == (2, sum(made.kinds.values()))
    assert sorted(set(heard)) == tickets
    assert made.as_json()["told_at_once"] == [{"role": "manager", "to": "m@acme.example", "messages": 3}]


@st.composite
def lived(draw: st.DrawFn) -> tuple[Service, dict[str, bytes]]:
    """A service that has lived through some of a generated story, and the files of a version that takes over."""
    (policy, facts, _), following = draw(versions())
    if draw(st.booleans()):
        policy, following = replace(following, effective=None), policy  # so that promises become shorter too
    facts = facts[: draw(st.integers(1, len(facts)))]
    service = Service(files(policy), no_holidays, policy.instant(facts[0].at))
    ticket, events = "", cast("list[dict[str, object]]", history(policy, facts)["events"])
    for data in events:
        event = read_event(service.shelf.policy, data)
        service.clock.at = max(service.clock.at, event.at)
        service.work()
        ticket = service.take(event, ticket)
    service.clock.forward(draw(st.sampled_from((0, 30, 100, 300, 900))))
    service.work()
    new = files(replace(following, open_tickets="retarget", effective=None))
    return service, {**new, "policy.yaml": new["policy.yaml"].replace(b"version: 1", b"version: next")}


def no_holidays(country: str, subdivision: str | None, category: str) -> Holidays:
    """Generated policies keep no public holidays."""
    raise LookupError(country, subdivision, category)


@settings(SLOW, max_examples=SLOW.max_examples * 2)
@given(lived())
def test_what_a_preview_says_is_what_then_happens(case: tuple[Service, dict[str, bytes]]) -> None:
    """The rows of a preview are the differences between the tickets without the version and with it, once adopted."""
    service, new = case
    now, old = service.clock.now(), service.shelf.policy
    store = as_store(service.store)
    said = preview(service.shelf, store, new, no_holidays, now)
    begins = now + GRACE
    stood = {}
    letters: Counter[tuple[str, str]] = Counter()
    for ticket, state in service.states().items():
        draft = draft_of(old, state, Due(begins), begins)
        stood[ticket] = draft.state
        letters.update(
            (x.role, x.recipient) for x in letters_of(Run(old, draft.state, begins), draft.commands, "", "shadow")
        )
    sent = len(service.store.kept.letters)
    assert service.adopting.adopt(new, "manager").outcome == "adopted"
    service.clock.at = begins
    service.aim_all()
    policy = service.shelf.policy
    opened = {ticket for ticket, head in service.store.kept.heads.items() if head.open or ticket in stood}
    rows = [
        row
        for ticket, state in service.states().items()
        if ticket in opened and state.digest
        for row in changes((old, stood[ticket]), (governs(policy, state), state), begins)
    ]
    assert said.rows == rows
    assert said.taken_over == sum(bool(state.digest) for state in service.states().values())
    told = Counter((x.role, x.recipient) for x in service.store.kept.letters[sent:])
    assert said.told == told - letters if said.taken_over else not said.told
    assert rebuild(store, service.shelf).as_json()["rows"] == []
    assert verify(store, service.shelf).as_json()["rows"] == []


def governs(policy: Policy, state: TicketState) -> Policy:
    """The version that governs a ticket."""
    return policy.governing(state.digest, state.begun)


def test_what_is_stored_beside_the_log_is_made_anew() -> None:
    """A projection that is not what the log says is found, and put right where that is wished."""
    service = Service(version("1"))
    tickets = three(service)
    service.clock.forward(3 * 3600)
    service.work()
    kept, store = service.store.kept, as_store(service.store)
    whole = rebuild(store, service.shelf)
    assert (whole.equal, whole.tickets) == (True, 3)
    right = kept.copy()
    kept.heads[tickets[0]] = replace(kept.heads[tickets[0]], priority="P2", breaches=0)
    kept.waits[tickets[1]] = None
    kept.fired[tickets[0]] = ()
    found = rebuild(store, service.shelf)
    assert found.counts == {"priority": 1, "breaches": 1, "pending": 1, "firings": 1}
    assert (found.written, service.store.kept) == (0, kept)
    assert rebuild(store, service.shelf, write_back=True).written == 2
    now = service.store.kept
    assert (now.heads, now.waits, now.logs) == (right.heads, right.waits, right.logs)
    assert {t: sorted(f) for t, f in now.fired.items()} == {t: sorted(f) for t, f in right.fired.items()}
    assert rebuild(store, service.shelf).equal


def test_a_ticket_that_waits_for_its_version_is_no_difference() -> None:
    """Between the adoption and the re-aim a stored instant is that of the old version; that is counted apart."""
    service = Service(version("1"))
    three(service)
    service.adopting.adopt(version("2", SHORTER, more=RETARGET), "manager")
    found = rebuild(as_store(service.store), service.shelf)
    assert (found.equal, found.behind) == (True, 2)


def test_every_decision_is_decided_again() -> None:
    """Decided again from the log before it, each decision comes out as it is stored; one that was altered does not."""
    service = Service(version("1"))
    tickets = three(service)
    service.clock.forward(3 * 3600)
    service.work()
    late = Event("responded", NOW + timedelta(minutes=5), by="engineer", id="m1")
    service.take(late, tickets[0])
    store = as_store(service.store)
    made = verify(store, service.shelf)
    assert (made.equal, made.tickets, made.differences) == (True, 3, [])
    assert made.decisions == sum(map(len, service.store.kept.decided.values()))
    kept = service.store.kept
    row = kept.decided[tickets[1]][0]
    kept.decided[tickets[1]] = (replace(row, commands=({"name": "notify"},)),)
    log = kept.logs[tickets[0]]
    kept.logs[tickets[0]] = (*log[:-1], replace(log[-1], data={**log[-1].data, "altered": True}))
    found = verify(store, service.shelf)
    assert {what.split(": ")[1] for what in (d.what for d in found.differences)} == {"records", "commands"}
    assert verify(store, service.shelf, tickets=[tickets[2]]).equal


def test_an_adoption_waits_for_those_who_decide(shared_url: str) -> None:
    """Who has asked for the newest version may rely on it: an adoption waits, and reads its clock then."""
    store, clock = open_store(shared_url), FakeClock(NOW)
    try:
        with store.look() as work:
            adopting = Adopting(StoredShelf.load(work, compiled), store, clock, bank_holidays)
        adopting.adopt(version("1"), "start")
        with ThreadPoolExecutor(1) as pool:
            with store.begin() as work:
                assert work.versions.newest() == 1
                waits = pool.submit(adopting.adopt, version("2"), "manager")
                wait([waits], timeout=0.2)
                assert not waits.done()
                clock.forward(60)
            assert waits.result(timeout=20).begins == NOW + timedelta(seconds=60) + GRACE
    finally:
        store.close()
