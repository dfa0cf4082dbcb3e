"""Names that are too long for the index of a database: refused at the door, and no harm to others behind it."""

from __future__ import annotations

import random
from contextlib import closing

import pytest

from support_policy.adapters.sql.store import SqlStore, open_store
from tests.api.client import service
from tests.watch.adopted import NOW, RETARGET, Service, submitted, version
from tests.watch.house import MANAGER, P1, house

# A text of one letter is short once it is compressed: this one stays long.
LONG = "".join(random.Random(7).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=9000))  # noqa: S311 - no secret


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"on_behalf_of": f"{LONG}@acme.example"}, ["on_behalf_of"]),
        ({"id": LONG, "at": "2026-03-02T08:59:00-08:00"}, ["id"]),
        ({"fields": {**P1, "organization": LONG}}, ["fields", "organization"]),
    ],
    ids=lambda value: ".".join(value) if isinstance(value, list) else "",
)
def test_a_name_without_end_is_refused(more: dict[str, object], path: list[str], store_url: str) -> None:
    """Who it is for, an id and an organization have at most 500 characters, on every kind of store alike."""
    with service(store_url) as made:
        token = made.token("engineer")
        body = {"type": "submitted", "by": "customer", "fields": P1, **more}
        found = made.client.call("POST", "/tickets", token, body)
        assert found.status_code == 422, found.text
        assert found.json()["diagnostics"][0]["path"] == path
        (one,) = made.client.call("POST", "/events", token, [body]).json()["results"]
        assert one["problem"]["diagnostics"][0]["path"] == path
        short = {**more, "fields": P1, "on_behalf_of": "jane@acme.example", "id": "x" * 500}
        at = {"at": "2026-03-02T08:59:00-08:00"}
        assert made.client.call("POST", "/tickets", token, {**short, **at}).status_code == 201


REFUSING = {
    "sqlite": [
        (
            "CREATE TRIGGER refuse BEFORE INSERT ON firings WHEN NEW.ticket = 'VS-1001' "
            "BEGIN SELECT RAISE(ABORT, 'no room in the index'); END"
        )
    ],
    "postgresql": [
        (
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'no room in the index' USING ERRCODE = '54000'; END $$"
        ),
        (
            "CREATE TRIGGER refuse BEFORE INSERT ON firings FOR EACH ROW WHEN (NEW.ticket = 'VS-1001') "
            "EXECUTE FUNCTION refuse()"
        ),
    ],
}
"""How a database is made to refuse for good what one ticket has to store."""


def test_a_ticket_that_cannot_be_stored_holds_no_other_up(store_url: str) -> None:
    """What a database refuses for good puts that ticket aside, where it is seen; the others escalate on time."""
    with house(store_url) as desk:
        assert desk.submit() == "VS-1001"
        other = desk.submit()
        assert isinstance(desk.store, SqlStore)
        with desk.store.engine.begin() as connection:
            for statement in REFUSING[connection.dialect.name]:
                connection.exec_driver_sql(statement)
        desk.clock.tick(hours=2, minutes=1)
        desk.work()
        assert desk.head(other).escalation_level == 1
        assert [letter.recipient for letter in desk.letters(command="notify")] == [MANAGER]
        with desk.store.look() as work:
            (stuck,) = work.tickets.stuck()
        assert (stuck.ticket, stuck.attempts) == ("VS-1001", 1)
        assert "no room in the index" in stuck.problem


def test_a_ticket_that_cannot_be_stored_holds_no_re_aim_up(store_url: str) -> None:
    """A new version takes over all the others, whatever the database says of one of them."""
    with closing(open_store(store_url)) as store:
        service = Service(store, version("1"))
        refused, other = (service.take(submitted(NOW)) for _ in range(2))
        service.adopting.adopt(version("2", more=RETARGET), "manager")
        with store.engine.begin() as connection:
            for statement in REFUSING[connection.dialect.name]:
                connection.exec_driver_sql(statement.replace("firings", "decisions"))
        service.clock.tick(seconds=5)
        assert service.aim_all() == 2
        newest = service.shelf.policy.digest
        assert [service.heads()[ticket].digest == newest for ticket in (refused, other)] == [False, True]
        with store.look() as work:
            assert [one.ticket for one in work.tickets.stuck()] == [refused]


def test_a_subject_without_end_is_shown_short(store_url: str) -> None:
    """A list of tickets shows the beginning of a subject; the ticket itself has all of it."""
    with house(store_url) as desk:
        name = desk.submit({**P1, "subject": LONG})
        assert len(desk.head(name).subject) == 500
        assert desk.head(name).subject.startswith(LONG[:500])
        assert desk.log(name)[0].fields["subject"] == LONG
        desk.clock.tick(seconds=1)
        desk.event(name, "updated", by="engineer", fields={"subject": "short"})
        assert desk.head(name).subject == "short"
