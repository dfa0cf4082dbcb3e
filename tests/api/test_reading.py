"""What is read over the API: tickets in pages, why they stand so, what falls due, what was sent, what was refused."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from support_policy.model.event import micros
from support_policy.service.watch.rows import Letter, MailRow, VersionRow
from support_policy.service.watch.writing import write
from support_policy.ticket.evaluate import report
from tests.api.client import Service, replace, service
from tests.watch.house import P1, P3


def get(made: Service, path: str, scope: str = "manager", organizations: tuple[str, ...] = ()) -> Any:
    """What an address answers, as data."""
    found = made.client.call("GET", path, made.token(scope, organizations=organizations))
    assert found.status_code == 200, found.text
    return found.json()


def paged(made: Service, path: str, **more: Any) -> list[Any]:
    """Every row of a list, a page at a time."""
    rows: list[Any] = []
    after = ""
    for _ in range(100):
        page = get(made, f"{path}{'&' if '?' in path else '?'}limit=3{after}", **more)
        assert len(page["items"]) <= 3
        rows += page["items"]
        if page["next"] is None:
            return rows
        after = f"&after={page['next']}"
    raise AssertionError("the pages never end")


def test_a_ticket_is_what_evaluate_prints() -> None:
    """The answer is the report of the ticket as it was decided, as of now."""
    with service() as made:
        ticket = made.house.submit()
        made.house.event(ticket, "responded", by="engineer")
        made.house.clock.tick(minutes=30)
        with made.house.store.look() as work:
            run = made.house.desk.run(work, ticket, made.house.clock.at)
        assert run is not None
        assert get(made, f"/tickets/{ticket}") == json.loads(json.dumps(report(run)))


def test_pages_give_every_ticket_once() -> None:
    """Following `next` to its end gives each ticket once, in the order of names, also where some are hidden."""
    with service() as made:
        every = [made.house.submit({**P1, "organization": ("acme", "globex")[n % 3 == 1]}) for n in range(10)]
        assert [row["ticket"] for row in paged(made, "/tickets")] == every
        mine = [row["ticket"] for row in paged(made, "/tickets", organizations=("globex",))]
        assert mine == [every[n] for n in (1, 4, 7)]


@pytest.mark.parametrize(
    ("query", "which"),
    [
        ("", [0, 1, 2]),
        ("priority=P1", [0, 2]),
        ("state=open", [0, 1]),
        ("state=open&priority=P1", [0]),
        ("open=true", [0, 1, 2]),
        ("open=false", []),
        ("organization=globex", [1]),
        ("organization=nobody", []),
        ("breached=true", [2]),
        ("breached=false", [0, 1]),
        ("team=", [0, 1, 2]),
    ],
)
def test_lists_give_what_fits(query: str, which: list[int]) -> None:
    """Each word of a query must fit; a word that fits nothing gives nothing."""
    with service() as made:
        old = made.house.submit()
        made.house.until(made.house.clock.at + timedelta(hours=3))
        made.house.event(old, "resolved", by="engineer")
        every = [made.house.submit(), made.house.submit({**P3, "organization": "globex"}), old]
        told = {row["ticket"] for row in get(made, f"/tickets?{query}")["items"]}
        assert told == {every[n] for n in which}


def test_the_log_and_its_decisions_are_read_in_pages() -> None:
    """Every record has its number; decisions say why, why not, and by which version."""
    with service() as made:
        ticket = made.house.submit()
        made.house.event(ticket, "assigned", by="engineer", to="bob")
        log = paged(made, f"/tickets/{ticket}/events")
        assert [row["number"] for row in log] == list(range(1, made.house.head(ticket).length + 1))
        decisions = paged(made, f"/tickets/{ticket}/decisions")
        assert [row["trigger"] for row in decisions] == ["submitted", "assigned"]
        assert decisions[0]["digest"] == made.house.desk.shelf.policy.digest
        rules = {row["rule"] for row in decisions[0]["because"]}
        assert "production-down" in rules
        assert decisions[0]["versions"]["tzdata"]
        assert sum(row["records"] for row in decisions) == len(log)


@pytest.mark.parametrize(
    ("path", "kind", "said"),
    [
        ("explain", "application/json", '"in_force":"P1"'),
        ("explain?format=text", "text/plain; charset=utf-8", "Priority: P1"),
        ("explain?format=text&published=true", "text/plain; charset=utf-8", "Priority: P1"),
        ("timeline", "image/svg+xml; charset=utf-8", "<svg "),
        ("timeline?format=text", "text/plain; charset=utf-8", "First response"),
        ("timeline?format=json", "application/json", '"lanes":'),
    ],
)
def test_a_ticket_is_explained_and_drawn(path: str, kind: str, said: str) -> None:
    """Why, as data and as text; the time line as a picture, as text, and as data."""
    with service() as made:
        ticket = made.house.submit()
        found = made.client.call("GET", f"/tickets/{ticket}/{path}", made.token("engineer"))
        assert found.headers["content-type"] == kind
        assert said in found.text


def test_the_agenda_says_what_falls_due() -> None:
    """The next instant of each ticket until a given one, the earliest first, for those who may see the ticket."""
    with service() as made:
        first = made.house.submit()
        second = made.house.submit({**P3, "organization": "globex"})
        rows = get(made, "/agenda?until=2026-03-04T00:00:00-08:00")
        assert [row["ticket"] for row in rows["items"]] == [first, second]
        assert rows["complete"]
        assert datetime.fromisoformat(rows["items"][0]["due_at"]) == made.house.clock.at + timedelta(hours=2)
        short = get(made, "/agenda?until=2026-03-04T00:00:00-08:00&limit=1")
        assert ([row["ticket"] for row in short["items"]], short["complete"]) == ([first], False)
        mine = get(made, "/agenda?until=2026-03-04T00:00:00-08:00", organizations=("globex",))
        assert [row["ticket"] for row in mine["items"]] == [second]
        assert get(made, "/agenda?until=2026-03-02T17:00:00Z")["items"] == []


def given_up(made: Service, recipient: str = "manager@acme.example") -> int:
    """A message that was given up; its number."""
    ticket, at = made.house.submit(), micros(made.house.clock.at)
    letter = Letter("k", recipient, "manager", ticket, "notify", "s", "b", at, status="dead", attempts=9, error="gone")
    write(made.house.store, lambda work: work.letters.add([letter]))
    return made.house.letters(key="k")[0].id


def test_a_message_that_was_given_up_is_sent_again() -> None:
    """It waits again from its first attempt, and the audit trail says who wanted it; asking once more is refused."""
    with service() as made:
        number = given_up(made)
        assert [row["id"] for row in get(made, "/letters?status=dead")["items"]] == [number]
        token = made.token("manager")
        found = made.client.call("POST", f"/letters/{number}/resend", token)
        assert (found.status_code, found.json()["status"], found.json()["attempts"]) == (200, "waiting", 0)
        assert made.audit("letter.resent")[0]["actor"].startswith("token:")
        again = made.client.call("POST", f"/letters/{number}/resend", token)
        assert (again.status_code, again.json()["code"]) == (409, "not-dead")


def test_a_message_nobody_can_receive_is_not_sent_again() -> None:
    """Without a recipient it stays where it is, and the answer says why."""
    with service() as made:
        number = given_up(made, "")
        found = made.client.call("POST", f"/letters/{number}/resend", made.token("manager"))
        assert (found.status_code, found.json()["detail"]) == (409, "gone")


def test_mails_are_shown_and_given_as_they_came() -> None:
    """What was not understood is listed, and its bytes are given as a file to store, never as a page."""
    with service() as made:
        raw = b"From: x\r\n\r\n<script>\xff\x00"
        row = MailRow(micros(made.house.clock.at), "x", ("y",), "<1@x>", raw, "kept", problem="no date")
        number = write(made.house.store, lambda work: work.mails.add(row))
        listed = get(made, "/mails?status=kept")["items"]
        assert [(one["id"], one["problem"], one["size"]) for one in listed] == [(number, "no date", len(raw))]
        assert get(made, "/mails?status=taken")["items"] == []
        found = made.client.call("GET", f"/mails/{number}/raw", made.token("auditor"))
        assert found.content == raw
        assert found.headers["content-type"] == "message/rfc822"
        assert found.headers["Content-Disposition"].startswith("attachment")


def test_the_audit_trail_is_read_in_pages_by_name() -> None:
    """A name, or its first part, gives its rows; each once."""
    with service() as made:
        for _ in range(7):
            made.client.call("GET", "/tickets")
        rows = paged(made, "/audit?what=call", scope="auditor")
        assert [row["what"] for row in rows] == ["call.refused"] * 7
        assert len({row["id"] for row in rows}) == 7


def test_the_policy_in_force_and_its_files_are_shown() -> None:
    """Name, version, digest, every version that was adopted; an auditor reads the very files, binary ones too."""
    with service() as made:
        policy, at = made.house.desk.shelf.policy, micros(made.house.clock.at)
        files = {"policy.yaml": "ü".encode(), "rota.ics": b"\xff"}
        row = VersionRow(1, policy.digest, policy.name, policy.version, 0, at, "cli", retarget=False, files=files)
        write(made.house.store, lambda work: work.versions.add(row))
        told = get(made, "/policy", "engineer")
        assert (told["name"], told["version"], told["digest"]) == (policy.name, policy.version, policy.digest)
        assert told["adopted"][0]["in_force_from"] is None
        kept = get(made, "/policy/files", "auditor")
        binary = base64.b64encode(b"\xff").decode()
        assert kept["files"] == [{"name": "policy.yaml", "text": "ü"}, {"name": "rota.ics", "base64": binary}]
        assert get(made, "/policy/files?number=1", "auditor") == kept


def test_figures_are_given_as_they_are() -> None:
    """/metrics answers the text it is given, with the type that Prometheus wants."""
    with service(change=lambda parts: replace(parts, metrics=lambda: b"up 1\n")) as made:
        found = made.client.call("GET", "/metrics")
        assert (found.text, found.headers["content-type"]) == ("up 1\n", "text/plain; version=0.0.4; charset=utf-8")
