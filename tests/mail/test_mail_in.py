"""A mail becomes an event of a ticket, or is kept with the reason why not; it is never lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support_policy.service.watch.mail_show import show_mail
from tests.mail.corpus import CASES
from tests.mail.making import B64, PLAIN, Case, b64, mail, many
from tests.mail.post import ANN, ENGINEER, Post, post
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


def test_mails_to_a_customer_stand_below_theirs(door: Post) -> None:
    """The receipt and each answer name the mail that the customer wrote last; others that are told have no such id."""
    ticket = door.ticket(body="Nothing works.\nPriority: 3\n", Subject="Re: Site down")
    door.write("second", "Please escalate this.\n", In_Reply_To="<first@acme.example>")
    door.house.event(ticket, "responded", by="engineer", text="We are on it.")
    answers = {letter.command: letter.headers.get("In-Reply-To") for letter in door.house.letters(ticket=ticket)}
    assert answers == {"receipt": "<first@acme.example>", "notify": None, "reply": "<second@acme.example>"}
    (reply,) = door.house.letters(command="reply")
    assert reply.subject == f"Re: Site down [{ticket}]"


@pytest.mark.parametrize(
    ("body", "outcome"), [("Accept\n\nBob joins.\n", "accepted"), ("Decline.\nSoon.\n", "declined")]
)
def test_a_manager_answers_a_request_by_mail(door: Post, body: str, outcome: str) -> None:
    """A first line says what the answer is; the customer reads what stands below it, and it is no response."""
    ticket = door.ticket(body="It is slow.\nPriority: 3\n")
    door.write("second", "Please escalate this.\n", In_Reply_To="<first@acme.example>")
    (_, asked) = next(sent for sent in door.send() if sent[0].command == "notify")
    door.write("m", body, From="support-manager.acme@vmoso.example", In_Reply_To=asked)
    assert door.facts(ticket)[-1] == f"escalation_{outcome} by manager"
    assert "target_met" not in door.house.types(ticket)
    assert door.house.letters(command="reply") == []
    (told,) = door.house.letters(command="tell_customer")
    assert body.splitlines()[-1] in told.body
    assert "Accept" not in told.body


@pytest.mark.parametrize("sender", ["support-manager.acme@vmoso.example", "director.services@vmoso.example"])
@pytest.mark.parametrize(
    ("body", "event", "goes_out"),
    [
        ("He complains every week.\n", "updated", ""),
        ("Resolved? I doubt it.\n", "updated", ""),
        ("To the customer:\n\nWe are sorry.\n", "responded", "We are sorry.\n"),
    ],
)
def test_what_a_manager_or_a_director_writes_stays_in_the_house_unless_it_says_otherwise(
    door: Post, sender: str, body: str, event: str, goes_out: str
) -> None:
    """A plain answer to a message of ours is no word to the customer and no response; one for the customer says so."""
    ticket = door.ticket(body="It is slow.\nPriority: 3\n")
    door.write("m", body, From=sender, In_Reply_To="<first@acme.example>")
    by = "manager" if "manager" in sender else "director"
    assert door.facts(ticket)[-1] == f"{event} by {by}"
    assert [letter.body for letter in door.house.letters(command="reply")] == ([goes_out] if goes_out else [])
    assert ("target_met" in door.house.types(ticket)) == bool(goes_out)


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
