"""A mail becomes an event of a ticket, or is kept with the reason why not; it is never lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support_policy.service.watch.mail_show import show_mail
from support_policy.service.watch.mail_thread import named
from tests.mail.corpus import B64, CASES, PLAIN, REPORT, Case, b64, mail, many
from tests.mail.post import ANN, ENGINEER, OURS, Post, post
from tests.mail.test_mail_text import TOKENS
from tests.ticket.histories import edited, shipped


@pytest.fixture
def door() -> Iterator[Post]:
    """A house that mail comes to."""
    with post() as made:
        yield made


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_mail_of_the_corpus(door: Post, case: Case) -> None:
    """Every mail of the corpus is a ticket, or noted, or kept: stored whole, and shown without a control character."""
    taken = door.take(case.raw)
    assert taken.status == {"ticket": "taken"}.get(case.becomes, case.becomes), taken
    (row,) = door.rows()
    assert (row.raw, row.status, row.id) == (case.raw, taken.status, taken.id)
    assert bool(row.ticket) == (case.becomes == "ticket")
    assert row.problem or case.becomes == "ticket"
    assert len(door.audit("mail.kept")) == (case.becomes == "kept")
    shown = show_mail(row)
    assert all(c.isprintable() or c in "\n\t" for c in shown)
    assert len(shown) < 200_000


def test_a_mail_begins_a_ticket(door: Post) -> None:
    """A bare mail begins a ticket of its sender's organization; it happens when it is received."""
    ticket = door.ticket(body="Nothing works.\nPriority: 1\n", Subject="[P1] Site down")
    head = door.house.head(ticket)
    assert (head.organization, head.requester, head.subject, head.stated) == ("acme", ANN, "[P1] Site down", "P1")
    event = door.house.log(ticket)[0]
    assert (event.type, event.by, event.actor, event.at) == ("submitted", "customer", ANN, door.house.clock.now())
    assert event.id == "mail:<first@acme.example>"
    assert event.data["text"] == "Nothing works.\nPriority: 1"
    assert event.fields["channel"] == "email"


def test_who_begins_a_ticket_gets_a_receipt(door: Post) -> None:
    """The receipt tells the ticket's name; a reply gets none."""
    ticket = door.ticket()
    (letter,) = door.house.letters(command="receipt")
    assert (letter.recipient, letter.ticket, letter.status) == (ANN, ticket, "waiting")
    assert ticket in letter.subject + letter.body
    door.write("again", In_Reply_To="<first@acme.example>")
    assert len(door.house.letters(command="receipt")) == 1


def test_nothing_is_sent_in_shadow() -> None:
    """Beside another help desk the receipt is kept as a shadow."""
    with post(shadow=True) as door:
        door.ticket()
        assert {letter.status for letter in door.house.letters(command="receipt")} == {"shadow"}


def test_the_same_mail_twice_is_taken_once(door: Post) -> None:
    """What is delivered twice is one event; the copy is kept and says of what."""
    ticket = door.ticket()
    again = door.take(b"Received: by mx2.vmoso.example\r\n" + mail("first"))
    assert (again.status, again.problem) == ("ignored", "it was taken in before, as mail 1")
    assert door.facts(ticket) == ["submitted by customer"]
    assert len(door.rows()) == 2


def test_one_message_id_for_different_mails(door: Post) -> None:
    """A mailer that gives each mail the same Message-ID loses none: the second is known by its bytes."""
    door.ticket()
    other = door.write("first", "Something else.\n", Subject="Other")
    assert (other.status, other.ticket) == ("taken", "VS-1002")
    assert door.write("first", "Something else.\n", Subject="Other").status == "ignored"


def test_a_mail_without_message_id_is_taken_once(door: Post) -> None:
    """A mail without a Message-ID is known by its bytes."""
    assert door.write("x", Message_ID=None).status == "taken"
    assert door.write("x", Message_ID=None).status == "ignored"


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


def test_an_answer_of_an_engineer_is_the_initial_response(door: Post) -> None:
    """An engineer's mail about a ticket is the response, and goes to the customer without what it quotes."""
    ticket = door.ticket(body="Nothing works.\nPriority: 1\n")
    (_, receipt_id) = next(sent for sent in door.send() if sent[0].command == "receipt")
    taken = door.write(
        "e", "Restart it.\n\nOn Monday, Ann wrote:\n> No\n", From=f"Bob <{ENGINEER}>", In_Reply_To=receipt_id
    )
    assert (taken.status, taken.ticket) == ("taken", ticket)
    assert door.facts(ticket)[-1] == "responded by engineer"
    assert "target_met" in door.house.types(ticket)
    (letter,) = door.house.letters(command="reply")
    assert (letter.recipient, letter.body) == (ANN, "Restart it.\n")


def test_a_customer_asks_for_escalation(door: Post) -> None:
    """A request is read by a rule of the policy: the mail is a reply, and a request beside it."""
    ticket = door.ticket(body="It is slow.\nPriority: 3\n")
    taken = door.write("second", "Please escalate this.\n", In_Reply_To="<first@acme.example>")
    assert [one.outcome for one in taken.events] == ["accepted", "accepted"]
    assert door.facts(ticket)[1:] == ["customer_replied by customer", "escalation_requested by customer"]
    request = next(e for e in door.house.log(ticket) if e.type == "escalation_requested")
    assert (request.data["via"], request.id) == ("email", "mail:<second@acme.example>/escalation_requested")
    assert [letter.recipient for letter in door.house.letters(ticket=ticket, command="notify")] == [
        "support-manager.acme@vmoso.example"
    ]


def test_a_reply_to_a_withdrawn_ticket_is_not_lost(door: Post) -> None:
    """What the workflow refuses stands in the ticket's log with the reason, on the mail, and in the audit trail."""
    ticket = door.ticket()
    door.house.event(ticket, "withdrawn", by="customer")
    taken = door.write("second", Subject=ticket)
    assert (taken.status, taken.ticket, taken.events[0].outcome) == ("taken", ticket, "refused")
    assert "not allowed while the ticket is withdrawn" in taken.problem
    assert door.house.log(ticket)[-1].outcome == "refused"
    assert [row.subject for row in door.audit("mail.refused")] == [str(taken.id)]


def test_a_reply_to_a_merged_ticket_goes_to_the_survivor(door: Post) -> None:
    """A mail about a ticket that was merged is one about the ticket that it was merged into."""
    first, second = door.ticket("first"), door.ticket("second", Subject="Other")
    door.house.event(first, "merged", by="engineer", into=second)
    assert door.write("third", In_Reply_To="<first@acme.example>").ticket == second
    assert door.write("fourth", Subject=first).ticket == second


def test_what_a_customer_may_not_give_is_told(door: Post) -> None:
    """A P1 has no escalation on request to be refused silently: each event of a mail has its own fate."""
    ticket = door.ticket(body="Down.\nPriority: 3\n")
    door.house.event(ticket, "resolved", by="engineer")
    taken = door.write("second", "Please escalate this.\n", In_Reply_To="<first@acme.example>")
    assert taken.status == "taken"
    assert len(door.facts(ticket)) == 4


def test_an_internal_fault_keeps_the_mail(door: Post) -> None:
    """A mail that cannot be decided is kept raw with the fault, and what it began is undone."""

    class Broken(RuntimeError):
        pass

    take = door.mail_in.desk.take

    class BrokenDesk(type(door.mail_in.desk)):  # type: ignore[misc]  # a desk with a fault
        def take(self, *given: object) -> list[object]:
            take(*given)  # type: ignore[arg-type]
            raise Broken("a fault")

    desk = door.mail_in.desk
    door.mail_in.desk = BrokenDesk(desk.shelf)
    taken = door.write("first")
    assert (taken.status, taken.ticket) == ("kept", "")
    assert "Broken: a fault" in taken.problem
    with door.house.store.look() as work:
        assert work.tickets.page({}, "", 10) == []
    door.mail_in.desk = desk
    assert door.ticket("second")


@settings(max_examples=150)
@given(st.data())
def test_no_mail_is_ever_lost(data: st.DataObject) -> None:
    """Whatever is changed in a mail, it is stored whole with a status, and what it became is in a log."""
    raw = bytearray(data.draw(st.sampled_from([case.raw for case in CASES if len(case.raw) < 3000])))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw)))
        raw[at : at + data.draw(st.integers(0, 20))] = data.draw(
            st.one_of(st.binary(max_size=6), st.sampled_from(TOKENS))
        )
    with POST as door:
        before = len(door.rows())
        taken = door.take(bytes(raw), sender=data.draw(st.sampled_from([ANN, "<>", "", "not an address", ENGINEER])))
        rows = door.rows()
        assert len(rows) == before + 1
        assert (rows[-1].raw, rows[-1].status) == (bytes(raw), taken.status)
        if taken.status == "taken":
            assert any(e.id.startswith("mail:") for e in door.house.log(taken.ticket))
        else:
            assert rows[-1].problem


class Shared:
    """One house for all examples of a search: opening a store for each would be most of the time."""

    def __init__(self) -> None:
        self.opened: object = None

    def __enter__(self) -> Post:
        self.opened = post()
        return self.opened.__enter__()

    def __exit__(self, *fault: object) -> None:
        self.opened.__exit__(*fault)  # type: ignore[attr-defined]


POST = Shared()


def bounce(of: str, status: str = "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 no such user\n") -> bytes:
    """A report that gives back a mail."""
    body = many(
        (PLAIN, "It failed."),
        ("Content-Type: message/delivery-status", f"Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; {ANN}\n{status}"),
        ("Content-Type: message/rfc822", f"Message-ID: {of}\nSubject: x\n\nx"),
    )
    return mail("bounce", body, Content_Type=REPORT, From="postmaster@acme.example")


def test_a_letter_that_comes_back_is_a_dead_letter(door: Post) -> None:
    """A bounce changes nothing on the ticket; the letter that failed is among the dead ones, with the diagnosis."""
    ticket = door.ticket()
    before = door.house.types(ticket)
    _, name = next(sent for sent in door.send() if sent[0].command == "receipt")
    taken = door.take(bounce(name), "<>")
    assert (taken.status, taken.ticket) == ("ignored", ticket)
    assert "could not be delivered" in taken.problem
    assert door.house.types(ticket) == before
    (dead,) = door.house.letters(status="dead")
    assert (dead.command, dead.error) == ("receipt", "it came back: 5.1.1; smtp; 550 no such user")
    assert [row.subject for row in door.audit("mail.bounced")] == [ticket]


def test_a_delay_is_no_failure(door: Post) -> None:
    """A warning that a letter is late leaves it as sent."""
    door.ticket()
    _, name = next(sent for sent in door.send() if sent[0].command == "receipt")
    taken = door.take(bounce(name, "Action: delayed\nStatus: 4.4.1\n"), "<>")
    assert (taken.status, door.house.letters(status="dead")) == ("ignored", [])


@pytest.mark.parametrize(
    "extra", ["Auto-Submitted: auto-replied", "Precedence: bulk", "X-Autoreply: yes", "List-Id: <x>"]
)
def test_a_machine_on_a_ticket_is_noted(door: Post, extra: str) -> None:
    """An automatic answer is noted on its ticket's mails, and is no event, whoever it is of."""
    ticket = door.ticket()
    for sender in (ANN, ENGINEER):
        taken = door.write(f"away-{sender}", "I am away.\n", extra, From=sender, In_Reply_To="<first@acme.example>")
        assert (taken.status, taken.ticket) == ("ignored", ticket)
    assert door.facts(ticket) == ["submitted by customer"]
    assert len(door.house.letters(command="receipt")) == 1
    assert [row.ticket for row in door.rows(status="ignored")] == [ticket, ticket]


def test_two_machines_never_go_on_and_on() -> None:
    """A machine that does not say it is one, and answers every letter with a new mail, is answered no more soon."""
    with post(receipts=5) as door:
        mails = 0
        door.write("robot-0", From="robot@acme.example")
        while letters := [letter for letter, _ in door.send() if letter.recipient == "robot@acme.example"]:
            for _ in letters:
                mails += 1
                door.house.clock.tick(seconds=1)
                door.write(
                    f"robot-{mails}", f"Thank you, number {mails}.\n", From="robot@acme.example", Subject="Thanks"
                )
            assert mails < 20
        assert mails == 5
        assert len(door.audit("mail.no_receipt")) == 1
        door.house.clock.tick(hours=2)
        door.write("later", From="robot@acme.example")
        assert any(letter.recipient == "robot@acme.example" for letter, _ in door.send())


GIVE = "{name: give, params: {event: submitted, instead: yes}}"
ALERTS = f"""rules:
  - id: alerts-begin-tickets
    says: What the monitoring tells is a ticket.
    conditions:
      all:
        - {{name: mail.automatic, operator: is_true}}
        - {{name: mail.from, operator: equal_to, value: no-reply@monitor.example}}
    actions: [{GIVE}]
"""


def test_a_rule_lets_a_machine_begin_a_ticket() -> None:
    """Where a rule says so a machine's mail begins a ticket, and is not answered; other machines' mails do not."""
    with post(policy=edited(("rules/intake.yaml", "\nrules:\n", f"\n{ALERTS}"))) as door:
        alert = door.write("alert", "Disk full.\n", "Auto-Submitted: auto-generated", From="no-reply@monitor.example")
        assert (alert.status, door.facts(alert.ticket)) == ("taken", ["submitted by automatic"])
        assert door.house.letters(command="receipt") == []
        other = door.write("other", "x\n", "Auto-Submitted: auto-generated", From="no-reply@other.example")
        assert other.status == "ignored"


def test_a_rule_may_ignore_a_mail() -> None:
    """What a rule ignores is kept with the rule's reason."""
    ignore = "{name: ignore, params: {why: advertising}}"
    spam = ALERTS.replace("is_true", "is_false").replace("no-reply@", "news@").replace(GIVE, ignore)
    with post(policy=edited(("rules/intake.yaml", "\nrules:\n", f"\n{spam}"))) as door:
        taken = door.write("x", From="news@monitor.example")
        assert (taken.status, taken.problem) == ("ignored", "advertising")


def test_without_mail_in_the_policy_mails_are_kept() -> None:
    """A policy that says nothing of mail loses none."""
    text = shipped()["policy.yaml"].decode()
    block = text[text.index("mail:\n  new_ticket") : text.index("# --- What recurs")]
    with post(policy=edited(("policy.yaml", block, ""))) as door:
        taken = door.write("x")
        assert (taken.status, taken.problem.partition(":")[0]) == (
            "kept",
            "the policy does not say what a mail becomes",
        )


def test_our_own_letter_that_comes_back_is_no_mail_of_anybody(door: Post) -> None:
    """A letter of ours that is handed back to us, as it is or on a way round, is a loop and nothing else."""
    ticket = door.ticket()
    (_, name) = door.send()[0]
    taken = door.write("x", "Receipt\n", f"X-Support-Policy: {OURS.domain}", From=ANN, Message_ID=name, Subject=ticket)
    assert (taken.status, taken.problem) == ("ignored", "it is a mail of our own that came back")


def test_attachments_are_kept_with_the_mail(door: Post) -> None:
    """An attachment stays in the raw mail, and what it is called is shown."""
    body = many((PLAIN, "Nothing works."), (f'Content-Type: text/csv; name="log.csv"\n{B64}', b64("a,b")))
    taken = door.write("first", body.decode(), Content_Type="multipart/mixed; boundary=b1")
    assert "attached: log.csv (text/csv, 3 bytes)" in show_mail(door.rows(id=taken.id)[0])


def test_a_late_answer_counts_when_it_is_received(door: Post) -> None:
    """A mail with a date of long ago or of the future is an event of now."""
    ticket = door.ticket(Date="Mon, 1 Jan 1990 00:00:00 +0000")
    door.house.clock.tick(hours=1)
    door.write("e", From=ENGINEER, Subject=ticket, Date="Mon, 1 Jan 2090 00:00:00 +0000")
    answer = next(e for e in door.house.log(ticket) if e.type == "responded")
    assert answer.at == door.house.clock.now()
    assert answer.at - door.house.log(ticket)[0].at == timedelta(hours=1)
