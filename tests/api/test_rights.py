"""Who may call which address, and that tickets of other organizations do not exist for a limited token."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from support_policy.model.event import micros
from support_policy.service.watch.rows import MailRow
from support_policy.service.watch.writing import write
from tests.api.calls import ALL, EXAMPLES, MARK, OPEN, Example, addresses, filled, needs
from tests.api.client import Client, Service, replace, service
from tests.watch.house import P1

NAMED = [f"{one.method} {one.route}" for one in EXAMPLES]


class Unchanged:
    """Changes of the policy that change nothing."""

    def preview(self, files: Mapping[str, bytes]) -> Mapping[str, Any]:
        """See `Changes`."""
        return {"files": len(files)}

    def adopt(self, files: Mapping[str, bytes], by: str) -> Mapping[str, Any]:
        """See `Changes`."""
        return {"outcome": "unchanged", "by": by, "files": len(files)}

    def reload(self, by: str) -> Mapping[str, Any]:
        """See `Changes`."""
        return {"outcome": "unchanged", "by": by}


@pytest.fixture(scope="module")
def made() -> Iterator[Service]:
    """A service with everything it can have."""
    with service(change=lambda parts: replace(parts, changes=Unchanged(), metrics=lambda: b"up 1\n")) as one:
        yield one


@pytest.fixture(scope="module")
def names(made: Service) -> dict[str, str]:
    """See `others`."""
    return others(made)


@pytest.fixture(scope="module")
def quiet() -> Iterator[Service]:
    """A service with everything it can have, where no call is allowed to change anything."""
    with service(change=lambda parts: replace(parts, changes=Unchanged(), metrics=lambda: b"up 1\n")) as one:
        yield one


@pytest.fixture(scope="module")
def hidden(quiet: Service) -> dict[str, str]:
    """See `others`."""
    return others(quiet)


def others(made: Service) -> dict[str, str]:
    """A ticket of another organization, with a message and a mail: their names."""
    fields = {**P1, "organization": "initech", "subject": MARK}
    ticket = made.house.submit(fields, actor=f"jim@{MARK}.example")
    made.house.event(ticket, "responded", by="engineer", text=MARK)
    letter = made.house.letters(ticket=ticket)[0]
    write(made.house.store, lambda work: work.letters.update(replace(letter, status="dead", error=MARK)))
    raw = MailRow(
        micros(made.house.clock.at), MARK, ("a@b.example",), f"<{MARK}>", MARK.encode(), "taken", ticket, MARK
    )
    mail = write(made.house.store, lambda work: work.mails.add(raw))
    return {"ticket": ticket, "letter": str(letter.id), "mail": str(mail)}


def call(made: Service, one: Example, names: dict[str, str], token: str) -> tuple[int, str]:
    """The status and the text of an answer."""
    body = None if one.json is None else filled(one.json, names)
    found = Client(made.app).call(one.method, filled(one.path or one.route, names), token, body)
    return found.status_code, found.text


def test_every_address_has_its_example(made: Service) -> None:
    """An address without a right, or without an example in the table of these tests, is not added by accident."""
    assert {(one.method, one.route) for one in EXAMPLES} | OPEN == addresses(made)
    assert set(needs(made)) == addresses(made) - OPEN


@pytest.mark.parametrize("one", EXAMPLES, ids=NAMED)
def test_without_a_token_no_address_answers(made: Service, names: dict[str, str], one: Example) -> None:
    """No token, or one that is none, is refused before anything else is looked at."""
    assert call(made, one, names, "")[0] == 401
    assert call(made, one, names, "sp_aaaaaaaa_" + "x" * 43)[0] == 401


@pytest.mark.parametrize("scope", ALL)
@pytest.mark.parametrize("one", EXAMPLES, ids=NAMED)
def test_each_scope_may_what_the_table_says(made: Service, names: dict[str, str], one: Example, scope: str) -> None:
    """An address answers the scopes that are written beside it, and refuses the others."""
    status, text = call(made, one, names, made.token(scope))
    assert (status != 403) == (scope in one.scopes), text
    assert status < 500


@pytest.mark.parametrize("one", EXAMPLES, ids=NAMED)
def test_what_belongs_to_others_does_not_exist(quiet: Service, hidden: dict[str, str], one: Example) -> None:
    """With all scopes, but limited to one organization, nothing of another's is shown or touched, on any address."""
    before = quiet.house.head(hidden["ticket"])
    status, text = call(quiet, one, hidden, quiet.token(*ALL, organizations=("acme",)))
    assert MARK not in text
    assert hidden["ticket"] not in text or one.route == "/events"
    assert quiet.house.head(hidden["ticket"]) == before
    assert quiet.house.letters(id=int(hidden["letter"]))[0].status == "dead"
    if "{" in (one.path or one.route):
        assert status == 404
    elif one.route == "/events":
        assert '"code":"not-found"' in text.replace(" ", "")


def test_the_same_calls_show_it_to_those_who_may() -> None:
    """The law above is not empty: an unlimited token is shown the other organization's ticket by most addresses."""
    with service() as fresh:
        ticket = fresh.house.submit({**P1, "organization": "initech", "subject": MARK})
        token = fresh.token(*ALL)
        shown = [
            one.route
            for one in EXAMPLES
            if one.method == "GET"
            and "{id}" not in one.route
            and ticket in fresh.client.call("GET", one.route.format(ticket=ticket), token).text
        ]
        assert len(shown) >= 6


def test_a_hidden_ticket_and_none_are_answered_alike() -> None:
    """The answer about another organization's ticket is, byte for byte, that about a ticket that does not exist."""
    with service() as one:
        ticket = one.house.submit({**P1, "organization": "initech"})
        token = one.token(*ALL, organizations=("acme",))
        for path in ("/tickets/{}", "/tickets/{}/events", "/tickets/{}/explain"):
            hidden, none = (one.client.call("GET", path.format(name), token) for name in (ticket, "VS-9999"))
            assert (hidden.status_code, hidden.content) == (none.status_code, none.content)
        assert [row["why"] for row in one.audit("call.refused")] == ["organization"] * 3


@pytest.mark.parametrize(
    ("scope", "by", "status"),
    [
        ("intake", "customer", 200), ("intake", "automatic", 200), ("intake", "engineer", 403), ("intake", None, 200),
        ("engineer", "engineer", 200), ("engineer", "customer", 200), ("engineer", "manager", 403),
        ("manager", "manager", 200), ("manager", "director", 200), ("manager", "automatic", 403),
        ("engineer", "nobody", 422), ("engineer", "", 200),
    ],
)  # fmt: skip
def test_a_token_speaks_only_in_its_roles(scope: str, by: str | None, status: int) -> None:
    """An event is taken in a role its token may use, refused in another, and the first role is meant without any."""
    with service() as one:
        ticket = one.house.submit()
        event = {"type": "updated", **({} if by is None else {"by": by})}
        found = one.client.call("POST", f"/tickets/{ticket}/events", one.token(scope), event)
        assert found.status_code == status, found.text
        if status == 200:
            told = [event for event in one.house.log(ticket) if event.type == "updated"]
            assert told[0].by == (by or {"intake": "customer"}.get(scope, scope))
            assert told[0].actor.startswith("token:")


@pytest.mark.parametrize(
    ("organizations", "fields", "status"),
    [
        (("acme",), {"organization": "acme"}, 201),
        (("acme",), {}, 201),
        (("acme", "globex"), {}, 422),
        (("acme", "globex"), {"organization": "globex"}, 201),
        (("acme",), {"organization": "initech"}, 403),
        (("acme",), {"organization": None}, 403),
    ],
)
def test_a_limited_token_begins_tickets_of_its_organizations(
    organizations: tuple[str, ...], fields: dict[str, Any], status: int
) -> None:
    """One organization is meant where none is named; of several one must be; another's is refused."""
    with service() as one:
        token = one.token("intake", organizations=organizations)
        found = one.client.call("POST", "/tickets", token, {"fields": fields})
        assert found.status_code == status, found.text
        if status == 201:
            head = one.house.head(found.json()["ticket"])
            assert head.organization == fields.get("organization", organizations[0])


def test_a_limited_token_moves_no_ticket_to_another_organization() -> None:
    """An event that would give a ticket away is refused, and so is choosing a name for a new one."""
    with service() as one:
        ticket = one.house.submit()
        token = one.token("engineer", organizations=("acme",))
        away = {"type": "updated", "fields": {"organization": "initech"}}
        assert one.client.call("POST", f"/tickets/{ticket}/events", token, away).status_code == 403
        assert one.client.call("POST", "/tickets", token, {"ticket": "HD-1"}).status_code == 403
        (result,) = one.client.call("POST", "/events", token, [{"ticket": "HD-1", "type": "submitted"}]).json()[
            "results"
        ]
        assert result["problem"]["code"] == "not-found"


def test_intake_is_told_what_became_of_its_event_and_no_more() -> None:
    """Who may not see tickets is not shown whom the house tells, nor why; others are."""
    with service() as one:
        event = {"fields": P1}
        intake, engineer = (one.client.call("POST", "/tickets", one.token(s), event).json() for s in ALL[:2])
        assert set(intake) == {"ticket", "outcome", "why", "decision", "state", "priority"}
        assert {"events", "commands", "because"} <= set(engineer)


def test_refused_calls_are_in_the_audit_trail_without_secrets() -> None:
    """Each refusal leaves a row with its reason, its caller and its path, and no part of a token or a query."""
    with service() as one:
        good = one.token("intake")
        wrong = good[:-3] + "abc"
        one.client.call("GET", "/tickets?organization=hidden-words", "")
        one.client.call("GET", "/tickets", wrong)
        one.client.call("GET", "/tickets", good)
        one.client.call("GET", "/tickets/%00%0a", wrong)
        rows = one.audit("call.refused")
        assert [(row["why"], row.get("token")) for row in rows] == [
            ("token", None), ("token", "wrong"), ("scope", None), ("token", "wrong"),
        ]  # fmt: skip
        assert rows[2]["actor"].startswith("token:")
        assert rows[3]["subject"] == "/tickets/\\x00\\x0a"
        kept = f"{rows}{one.house.ears.said}"
        assert good[12:] not in kept
        assert wrong[12:] not in kept
        assert "hidden-words" not in kept


def test_callers_are_slowed_down_each_for_itself() -> None:
    """A token that calls too often, and an address that calls without one, are told when to come again."""
    with service(calls=2, strangers=2) as one:
        first, second = one.token("engineer"), one.token("engineer")
        assert [one.client.call("GET", "/tickets", first).status_code for _ in range(3)] == [200, 200, 429]
        assert one.client.call("GET", "/tickets", second).status_code == 200
        found = [one.client.call("GET", "/tickets", "no") for _ in range(3)]
        assert [answer.status_code for answer in found] == [401, 401, 429]
        assert int(found[-1].headers["Retry-After"]) >= 1
        assert one.client.call("GET", "/tickets", second).status_code == 200, "a known token is no stranger"
        assert Client(one.app, "198.51.100.7").call("GET", "/tickets").status_code == 401


def test_one_network_is_one_stranger() -> None:
    """Addresses of one IPv6 network share what strangers may do; those of another do not."""
    with service(strangers=1) as one:
        peers = ("2001:db8::1", "2001:db8::2", "2001:db8:1::1")
        assert [Client(one.app, peer).call("GET", "/tickets").status_code for peer in peers] == [401, 429, 401]


def test_an_address_is_there_only_where_the_process_can_answer() -> None:
    """Without the parts for it nobody is offered to change the policy, or figures."""
    with service() as one:
        assert one.client.call("POST", "/policy/reload", one.token("manager"), {}).status_code == 404
        assert one.client.call("GET", "/metrics").status_code == 404
