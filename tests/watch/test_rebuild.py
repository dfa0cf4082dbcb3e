"""What is stored beside the logs can be made anew from them, and is what was stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from support_policy.model.event import Event
from support_policy.service.watch.desk import Desk, Fact
from support_policy.service.watch.rebuild import Difference, rebuild
from support_policy.service.watch.rows import Pending, Stuck
from tests.watch.memory import as_store
from tests.watch.test_versions import NOW, House, version


def lived(tickets: int = 5) -> tuple[House, Desk]:
    """A store with tickets that were answered, escalated, resolved."""
    house = House(version("1"))
    desk = Desk(house.adopting.shelf)
    fields = {"organization": "acme", "stated_priority": "P1", "site": "down"}
    facts = [Fact("", Event("submitted", NOW, by="customer", fields=fields)) for _ in range(tickets)]
    with as_store(house.store).begin() as work:
        names = [taken.ticket for taken in desk.take(work, facts, NOW)]
    later = NOW + timedelta(hours=2, minutes=30)
    with as_store(house.store).begin() as work:
        desk.fall_due(work, names, later)
    with as_store(house.store).begin() as work:
        desk.take(work, [Fact(names[0], Event("resolved", later, by="engineer"))], later)
    return house, desk


def differences(house: House, *, mend: bool = False, batch: int = 2) -> list[Difference]:
    looked = list(rebuild(as_store(house.store), house.adopting.shelf, mend=mend, batch=batch))
    assert sum(one.tickets for one in looked) == len(house.store.kept.heads)
    return [difference for one in looked for difference in one.differences]


def test_what_was_stored_is_what_the_logs_say() -> None:
    """Heads, pending instants and firings of every ticket equal those made anew, whatever the batch."""
    house, _ = lived()
    assert house.store.kept.fired["VS-1001"]
    for batch in (1, 2, 100):
        assert differences(house, batch=batch) == []


def test_an_empty_store_has_no_differences() -> None:
    """Where there is no ticket there is nothing to compare."""
    assert differences(House(version("1"))) == []


def test_what_was_spoilt_is_told_and_mended() -> None:
    """Each part that differs is named with both values; `mend` puts it right, and only that is written."""
    house, _ = lived()
    kept = house.store.kept
    kept.heads["VS-1002"] = replace(kept.heads["VS-1002"], breaches=7)
    kept.waits["VS-1003"] = None
    kept.fired["VS-1004"] = ()
    found = {(one.ticket, one.what): (one.stored, one.rebuilt) for one in differences(house)}
    assert set(found) == {("VS-1002", "breaches"), ("VS-1003", "pending"), ("VS-1004", "firings")}
    assert found["VS-1002", "breaches"] == (7, 1)
    assert found["VS-1003", "pending"][0] is None
    assert found["VS-1004", "firings"] == ([], ["automatic/1/1"])
    logs = house.store.kept.logs
    assert len(differences(house, mend=True)) == 3
    assert differences(house) == []
    assert house.store.kept.logs == logs


def test_a_ticket_that_waits_to_be_tried_again_is_no_difference() -> None:
    """What a ticket that was put aside waits for does not follow from its log."""
    house, _ = lived()
    kept = house.store.kept
    kept.aside["VS-1002"] = Stuck("VS-1002", 1, "a fault", 1, 2)
    kept.waits["VS-1002"] = Pending("VS-1002", 5, "version", "x")
    assert differences(house) == []


def test_a_ticket_that_changed_meanwhile_is_looked_at_again() -> None:
    """What seems to differ because somebody wrote between two looks is not told of."""
    house, desk = lived()
    rounds = rebuild(as_store(house.store), house.adopting.shelf, batch=2)
    assert next(rounds).differences == ()
    with as_store(house.store).begin() as work:
        desk.take(work, [Fact("VS-1005", Event("resolved", NOW + timedelta(hours=3), by="engineer"))], NOW)
    assert [one.differences for one in rounds] == [(), ()]
