"""A mail finds its ticket: by what it answers, else by a name that lets in who has to do with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support_policy.service.watch.mail_ticket import named
from tests.mail.post import ENGINEER, Post, post


@pytest.fixture
def door() -> Iterator[Post]:
    """A house that mail comes to."""
    with post() as made:
        yield made


@pytest.mark.parametrize(
    "headers",
    [
        {"In_Reply_To": "<first@acme.example>"},
        {"References": "<unknown@x.example> <first@acme.example>"},
        {"References": "<first@acme.example>", "In_Reply_To": "<unknown@x.example>"},
        {"In_Reply_To": "Message of Monday <first@acme.example> (by Ann)"},
        {"In_Reply_To": "<ticket.VS-1001@vmoso.example>"},
        {"Subject": "Re: Site down [VS-1001]"},
        {"Subject": "AW: vs-1001 again"},
        {"Subject": "VS-9999 or VS-1001"},
    ],
)
def test_replies_find_their_ticket(door: Post, headers: dict[str, str]) -> None:
    """A reply is known by what it answers, by a reference, by the ticket's name in its subject."""
    ticket = door.ticket()
    door.send()
    door.house.clock.tick(minutes=5)
    taken = door.write("second", "It works again.\n", **headers)
    assert (taken.ticket, door.facts(ticket)[1:]) == (ticket, ["customer_replied by customer"])
    assert door.house.log(ticket)[-1].data["text"] == "It works again."


def test_the_last_reference_counts(door: Post) -> None:
    """Of several tickets the mail that is answered decides, then the last reference."""
    first, second = door.ticket("first"), door.ticket("second", Subject="Other")
    refs = "<first@acme.example> <second@acme.example>"
    assert door.write("a", References=refs).ticket == second
    assert door.write("b", References=refs, In_Reply_To="<first@acme.example>").ticket == first


@pytest.mark.parametrize(
    ("sender", "subject", "joins"),
    [
        ("bob@acme.example", "VS-1001", True),
        ("eve@globex.example", "VS-1001", False),
        ("eve@unknown.example", "VS-1001", False),
        (ENGINEER, "VS-1001", True),
        ("bob@acme.example", "XVS-1001", False),
        ("bob@acme.example", "VS-10012", False),
        ("bob@acme.example", "VS-1001-2", False),
    ],
)
def test_a_name_in_the_subject_is_no_key(door: Post, sender: str, subject: str, joins: bool) -> None:
    """The ticket's name lets in its organization and the house; with anybody else it is a new ticket."""
    ticket = door.ticket()
    taken = door.write("second", From=sender, Subject=subject)
    assert taken.status == "taken"
    assert (taken.ticket == ticket) is joins


def test_an_unknown_requester_may_write_on(door: Post) -> None:
    """Who began a ticket without an organization is known by the address."""
    ticket = door.ticket(From="Zoe@nowhere.example")
    assert door.write("second", From="zoe@NOWHERE.example", Subject=ticket).ticket == ticket


def test_the_thread_id_is_no_key(door: Post) -> None:
    """Anybody can write down the id of a thread: it lets in no stranger."""
    ticket = door.ticket()
    taken = door.write("second", From="eve@globex.example", References=f"<ticket.{ticket}@vmoso.example>")
    assert taken.ticket != ticket


def test_names_in_subjects() -> None:
    """Names are found in order, without doubles, whatever their capitals."""
    assert named("Re: vs-2 VS-1, VS-2 (VS-3) PVS-4 VS-x", "VS-") == ["VS-2", "VS-1", "VS-3"]


def test_a_reply_to_a_merged_ticket_goes_to_the_survivor(door: Post) -> None:
    """A mail about a ticket that was merged is one about the ticket that it was merged into."""
    first, second = door.ticket("first"), door.ticket("second", Subject="Other")
    door.house.event(first, "merged", by="engineer", into=second)
    assert door.write("third", In_Reply_To="<first@acme.example>").ticket == second
    assert door.write("fourth", Subject=first).ticket == second
