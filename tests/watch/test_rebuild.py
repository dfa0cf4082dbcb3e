"""What is stored beside the logs is made anew from them, and every decision is decided again."""

from __future__ import annotations

from datetime import timedelta

from support_policy.model.event import Event
from support_policy.service.watch.rebuild import rebuild, verify
from tests.watch.adopted import NOW, RETARGET, SHORTER, Serve, version


def test_what_is_stored_beside_the_log_is_made_anew(serve: Serve) -> None:
    """A projection that is not what the log says is found, and put right where that is wished."""
    service = serve(version("1"))
    tickets = service.three()
    service.clock.tick(hours=3)
    service.work()
    whole = rebuild(service.store, service.shelf)
    assert (whole.equal, whole.tickets) == (True, 3)
    right, logs = service.projections(), service.logs()
    service.tamper("UPDATE tickets SET priority = 'P2', breaches = 0 WHERE ticket = :t", t=tickets[0])
    service.tamper("DELETE FROM agenda WHERE ticket = :t", t=tickets[1])
    service.tamper("DELETE FROM firings WHERE ticket = :t", t=tickets[0])
    wrong = service.projections()
    found = rebuild(service.store, service.shelf)
    assert found.counts == {"priority": 1, "breaches": 1, "pending": 1, "firings": 1}
    assert (found.written, service.projections()) == (0, wrong)
    assert rebuild(service.store, service.shelf, write_back=True).written == 2
    assert (service.projections(), service.logs()) == (right, logs)
    assert rebuild(service.store, service.shelf).equal


def test_a_ticket_that_waits_for_its_version_is_no_difference(serve: Serve) -> None:
    """Between the adoption and the re-aim a stored instant is that of the old version; that is counted apart."""
    service = serve(version("1"))
    service.three()
    service.adopting.adopt(version("2", SHORTER, more=RETARGET), "manager")
    found = rebuild(service.store, service.shelf)
    assert (found.equal, found.behind) == (True, 2)


def test_every_decision_is_decided_again(serve: Serve) -> None:
    """Decided again from the log before it, each decision comes out as it is stored; one that was altered does not."""
    service = serve(version("1"))
    tickets = service.three()
    service.clock.tick(hours=3)
    service.work()
    late = Event("responded", NOW + timedelta(minutes=5), by="engineer", id="m1")
    service.take(late, tickets[0])
    made = verify(service.store, service.shelf)
    assert (made.equal, made.tickets, made.differences) == (True, 3, [])
    assert made.decisions == service.count("decisions")
    change = "UPDATE {} SET body = replace(body, :old, :new) WHERE ticket = :ticket"
    more = '"commands":[{"name":"notify"}'
    service.tamper(change.format("decisions"), ticket=tickets[1], old='"commands":[', new=more)
    service.tamper(change.format("events"), ticket=tickets[0], old='"metric":', new='"altered":1,"metric":')
    found = verify(service.store, service.shelf)
    assert {what.split(": ")[1] for what in (d.what for d in found.differences)} == {"records", "commands"}
    assert verify(service.store, service.shelf, tickets=[tickets[2]]).equal
