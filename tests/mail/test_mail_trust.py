"""Anybody can write any `From`: who is one of the house must be shown."""

from __future__ import annotations

from typing import Any

import pytest

from support_policy.service.watch.mail_text import read_mail
from support_policy.service.watch.mail_trust import Belief, authenticated
from tests.mail.making import mail
from tests.mail.post import ENGINEER, post

MX = "mx.vmoso.example"
CHECKED = Belief("authenticated", (MX,))
PASS = f"Authentication-Results: {MX}; dmarc=pass header.from=vmoso.example"


@pytest.mark.parametrize(
    ("result", "believed"),
    [
        (f"{MX}; dmarc=pass header.from=vmoso.example", True),
        (
            f"{MX} 1; spf=fail smtp.mailfrom=x.example;\r\n dmarc=pass (p=none (dis=none)) header.from=vmoso.example",
            True,
        ),
        (f"{MX.upper()}; DKIM=pass header.d=vmoso.example header.s=a", True),
        (f"{MX}; dkim=pass header.i=@vmoso.example", True),
        (f"{MX}; spf=pass smtp.mailfrom=bounce@vmoso.example", True),
        (f"{MX}; dkim=pass header.d=evil.example", False),
        (f"{MX}; dkim=pass header.d=example", False),
        (f"{MX}; spf=pass smtp.mailfrom=evil.example", False),
        (f"{MX}; dmarc=pass header.from=evil.example", False),
        (f"{MX}; dmarc=fail header.from=vmoso.example", False),
        (f"{MX}; dmarc=pass", False),
        (f"{MX}; (dmarc=pass header.from=vmoso.example) spf=none", False),
        (f"{MX}; none", False),
        ("mx.evil.example; dmarc=pass header.from=vmoso.example", False),
        (f"mx.evil.example; x={MX}; dmarc=pass header.from=vmoso.example", False),
        ("", False),
        (";" * 5000 + "(" * 5000, False),
    ],
)
def test_results_of_the_trusted_server(result: str, believed: bool) -> None:
    """A result counts when the trusted server says it passed for the very domain of `From`, or one above it."""
    read = read_mail(mail("x", "x\n", f"Authentication-Results: {result}", From=ENGINEER))
    assert authenticated(read, (MX,)) is believed


def test_only_the_topmost_result_counts() -> None:
    """What the sender wrote below what our server found out is not believed."""
    forged = mail(
        "x", "x\n", f"Authentication-Results: {MX}; dmarc=fail header.from=vmoso.example", PASS, From=ENGINEER
    )
    assert not authenticated(read_mail(forged), (MX,))


ENGINEER_TOKEN: dict[str, Any] = {"principal": "token:T1", "scopes": ("engineer",)}


@pytest.mark.parametrize(
    ("belief", "extra", "envelope", "why"),
    [
        (Belief("always"), (), {}, ""),
        (Belief("never"), (PASS,), {}, "a mail is never taken for one of staff here"),
        (Belief(), (), {}, "nothing shows that its sender is who it says"),
        (Belief(), (PASS,), {}, "nothing shows that its sender is who it says"),
        (CHECKED, (PASS,), {}, ""),
        (CHECKED, (PASS,), {"peer": ""}, ""),
        (CHECKED, (PASS,), {"peer": "::ffff:10.1.2.3"}, ""),
        (CHECKED, (PASS,), {"peer": "203.0.113.9"}, "it did not come by the mail server that checks senders"),
        (CHECKED, (PASS,), {"peer": "nowhere"}, "it did not come by the mail server that checks senders"),
        (CHECKED, (), {}, "the mail server has not authenticated its sender"),
        (CHECKED, (), ENGINEER_TOKEN, ""),
        (CHECKED, (PASS,), {"principal": "token:T1", "scopes": ("intake",)}, "token:T1 may not write as engineer"),
    ],
)
def test_when_an_engineer_is_believed(
    belief: Belief, extra: tuple[str, ...], envelope: dict[str, Any], why: str
) -> None:
    """A forged engineer answers nobody: the mail is kept, and says who it claims to be and why that is not believed."""
    with post(belief=belief) as door:
        ticket = door.ticket()
        taken = door.take(mail("e", "Hello.\n", *extra, From=ENGINEER, Subject=ticket), **envelope)
        if why:
            assert taken.status == "kept"
            assert taken.problem == f"it claims to be from {ENGINEER}, one of the house (engineer), but {why}"
            assert door.facts(ticket) == ["submitted by customer"]
            assert door.house.letters(command="reply") == []
            assert len(door.audit("mail.kept")) == 1
        else:
            assert (taken.status, door.facts(ticket)[-1]) == ("taken", "responded by engineer")


def test_a_manager_needs_a_managers_token() -> None:
    """A token for engineers lets nobody write as a manager."""
    manager = "support-manager.acme@vmoso.example"
    with post(belief=CHECKED) as door:
        ticket = door.ticket()
        raw = mail("m", "Hello.\n", From=manager, Subject=ticket)
        assert door.take(raw, **ENGINEER_TOKEN).status == "kept"
        other = mail("n", "To the customer\nHello.\n", From=manager, Subject=ticket)
        taken = door.take(other, principal="token:T2", scopes=("manager",))
        assert door.facts(ticket)[-1] == "responded by manager"
        event = next(e for e in door.house.log(ticket) if e.type == "responded")
        assert taken.status == "taken"
        assert (event.actor, event.on_behalf_of) == ("token:T2", manager)


def test_a_token_for_one_organization_writes_for_no_other() -> None:
    """What a token may not write for is kept."""
    with post() as door:
        limited: dict[str, Any] = {"principal": "token:T3", "scopes": ("intake",), "organizations": ("globex",)}
        taken = door.take(mail("x"), **limited)
        assert (taken.status, taken.problem) == ("kept", "token:T3 may not write for acme")
        own = door.take(mail("y", From="gus@globex.example"), **limited)
        assert door.house.head(own.ticket).requester == "gus@globex.example"


@pytest.mark.parametrize(
    "sender", [f"{ENGINEER}, ann@acme.example", f"<{ENGINEER}> <ann@acme.example>", f"{ENGINEER} (", ""]
)
def test_an_unclear_sender_is_nobody_of_the_house(sender: str) -> None:
    """Where `From` is unclear the sender is who handed the mail over, and a customer at most."""
    with post() as door:
        ticket = door.ticket()
        taken = door.take(mail("x", "Hello.\n", From=sender, Subject=ticket))
        assert (taken.status, door.facts(ticket)[-1]) == ("taken", "customer_replied by customer")
