"""Every word of the messages: the shipped templates, and the built-in texts for policies without."""

from __future__ import annotations

import pytest

from support_policy.render.messages import Message
from tests.render.sending import plain_policy, sent
from tests.ticket.histories import P1, P2, P3, ticket


def test_the_manager_is_told_of_an_emergency() -> None:
    """Level 1: what is wrong, who waits for what, what is to be done and why, in the office's own time."""
    of = ticket("acme", "03-02 10:00", {**P1, "subject": "Site down\nsince nine"}).then("+30m", "responded", "engineer")
    (command, message), *_ = sent(of)
    assert command.key == "VS-1/automatic/1/1"
    assert message == Message(
        "VS-1 (P1): not resolved in time, please agree on an action plan",
        """\
Ticket VS-1 of Acme Corporation has not been resolved by Mon 2 Mar 2026, 12:00 PST.
Its state is: open.

Subject: Site down
since nine

The customer was first answered on Mon 2 Mar 2026, 10:30 PST.

Please agree with the support engineer on an action plan, and see that it has the people it needs.
To record it, answer this mail: "Action plan" as the first line, the plan below it.
An answer without that line stays in the house.

- When a P1 is not resolved within 2 business hours, the Customer Support Manager of the organization is notified.
- The manager works with the Support Engineer so that the relevant resources are assigned to carry out an action plan.
""",
        "escalation_manager",
    )


def test_times_are_told_to_the_minute() -> None:
    """Whoever wrote at some second of a minute reads no seconds, and what is due seems due no later than it is."""
    (_, message), *_ = sent(ticket("acme", "03-02 10:00:59.999999", P1))
    assert "has not been resolved by Mon 2 Mar 2026, 12:00 PST." in message.body


def test_the_directors_are_told_after_the_manager() -> None:
    """Level 2, for an organization that nobody knows and without an answer so far."""
    messages = {command.key: message for command, message in sent(ticket("nobody_known", "03-02 10:00", P1))}
    assert messages["VS-1/automatic/1/1"].body.startswith(
        "Ticket VS-1 of nobody_known has not been resolved by Mon 2 Mar 2026, 12:00 PST.\nIts state is: open.\n\n"
        "The customer has not been answered yet; that was due Mon 2 Mar 2026, 12:00 PST.\n\nPlease agree"
    )
    assert messages["VS-1/automatic/2/1"] == Message(
        "VS-1 (P1): still not resolved, please review the case",
        """\
Ticket VS-1 of nobody_known is still not resolved, as of Mon 2 Mar 2026, 13:00 PST.
It came in on Mon 2 Mar 2026, 10:00 PST.
The support manager has been told before. The state of the ticket is: open.

Please review the case and allocate the resources it needs.
To record that, answer this mail: "Case reviewed" as the first line, what was decided below it.
An answer without that line stays in the house.

- When a P1 is still not resolved within 3 business hours, the relevant Directors are notified.
- The Directors review the case, so that the appropriate resources are allocated.
""",
        "escalation_directors",
    )


def test_a_request_is_told_and_its_reminder() -> None:
    """The manager reads who asks and why, and is reminded in other words."""
    of = ticket("globex", "03-02 10:00", P3).then("+1h", "escalation_requested", "customer", reason="No answer yet")
    (_, request), (_, reminder) = sent(of, "+4h")
    assert request == Message(
        "VS-1 (P3): Globex Limited asks for escalation",
        """\
Globex Limited is not satisfied with how VS-1 is going, and asks for escalation.

In the customer's words: No answer yet

The ticket is a P3 (Normal); its state is: open.

Please accept the request, or decline it with a reason. The customer is told either way.
To do so, answer this mail: "Accept" or "Decline" as the first line, what the customer is to read below it.
An answer without that line stays in the house; to write to the customer, begin with "To the customer".
""",
        "escalation_request",
    )
    assert reminder == Message(
        "VS-1 (P3): a request for escalation waits for your answer",
        """\
The request to escalate VS-1 of Globex Limited has had no answer yet.

Please accept it, or decline it with a reason. This is the only reminder.
To do so, answer this mail: "Accept" or "Decline" as the first line, what the customer is to read below it.
""",
        "escalation_request_reminder",
    )


def test_the_customer_is_told_what_became_of_a_request() -> None:
    """Accepted or declined, with the reason that was given."""
    asked = ticket("acme", "03-02 10:00", P2).then("+1h", "escalation_requested", "customer")
    accepted = sent(asked.then("+90m", "escalation_accepted", "manager"), "+95m")[-1][1]
    assert accepted == Message(
        "VS-1: your request for escalation is accepted",
        """\
Your request to escalate VS-1 is accepted. The support manager now looks after it with the engineer.

You reach us at support@vmoso.com.
""",
        "request_accepted",
    )
    declined = sent(asked.then("+90m", "escalation_declined", "manager", reason="A fix is on its way"), "+95m")[-1][1]
    assert declined == Message(
        "VS-1: your request for escalation",
        """\
We have considered your request to escalate VS-1, and work on it goes on as before.

The reason: A fix is on its way

You may ask again at any time: support@vmoso.com.
""",
        "request_declined",
    )


def test_those_who_were_told_are_told_again() -> None:
    """A reopened ticket: what was expected before is expected now."""
    of = ticket("acme", "03-02 10:00", P1).then("+150m", "resolved", "engineer").then("+160m", "reopened", "customer")
    again = sent(of, "+161m")[-1][1]
    assert again == Message(
        "VS-1 (P1): open again",
        """\
Ticket VS-1 of Acme Corporation is open again, as of Mon 2 Mar 2026, 12:40 PST.
You were told of it before (level 1, due Mon 2 Mar 2026, 12:00 PST); what was expected then is expected now.

Expected next: action plan recorded
""",
        "notify_again",
    )


def test_the_customer_is_told_of_a_new_priority() -> None:
    """From which to which, why, and by when an answer is aimed at."""
    of = ticket("acme", "03-02 10:00", P3).then("+1h", "priority_changed", "engineer", to="P2", reason="agreed")
    assert [message for _, message in sent(of, "+2h")] == [
        Message(
            "VS-1: the priority is now P2 (Critical)",
            """\
The priority of your request VS-1 has changed from P3 (Normal) to P2 (Critical).

The reason: agreed

We aim to answer by Mon 2 Mar 2026, 14:00 PST.

If you see it differently, please tell us: support@vmoso.com.
""",
            "priority_changed",
        )
    ]


def told_plainly() -> dict[str, str]:
    """The built-in texts of everything that can be told, by what it is."""
    under = plain_policy()
    busy = (
        ticket("unheard_of", "03-02 10:00", {"stated_priority": "P1", "kind": "problem", "subject": "Slow"})
        .then("+200m", "resolved", "engineer")
        .then("+4h", "reopened", "customer")
        .then("+5h", "priority_changed", "engineer", to="P3", reason="agreed")
        .then("+6h", "escalation_requested", "customer", reason="Too slow")
        .then("+400m", "escalation_declined", "manager", reason="Soon done")
    )
    made = {command.key.split("/", 1)[1]: f"{m.subject}\n\n{m.body}" for command, m in sent(busy, "+7h", under)}
    return {("/".join(key.split("/")[:2])): text for key, text in made.items()}


BUILT_IN = {
    "triage/2026-03-02T18:00:00+00:00": """\
VS-1: whose ticket is this?

The organization `unheard_of` is not in the directory. Please find out who the customer is; meanwhile the clock runs.

Ticket:   VS-1
Subject:  Slow
Customer: unheard_of
Priority: P1 (Emergency)
State:    open
""",
    "advice/ask-about-priority": """\
VS-1 (P1): The stated priority is not the one that the facts call for; ask the customer for the reasons

The stated priority is not the one that the facts call for; ask the customer for the reasons.

Ticket:   VS-1
Subject:  Slow
Customer: unheard_of
Priority: P1 (Emergency)
State:    open
Stated:   P1

Support may ask for clarification and explanation of a stated priority when it is unsure of the reasons.
""",
    "automatic/2": """\
VS-1 (P1): open again

The ticket is open again. You had been told of it before, so you are told now.

Ticket:   VS-1
Subject:  Slow
Customer: unheard_of
Priority: P1 (Emergency)
State:    open
Due:      Mon 2 Mar 2026, 13:00 PST
Expected: case reviewed
""",
    "priority/2026-03-02T23:00:00+00:00": """\
VS-1: the priority is now P3

The priority of your request VS-1 has changed from P1 (Emergency) to P3 (Normal).

The reason given: agreed

You reach us at support@vmoso.com.
""",
    "requested/1": """\
VS-1: your request for escalation

Your request to escalate VS-1 was considered, and is declined. Work on the ticket goes on.

The reason given: Soon done

You reach us at support@vmoso.com.
""",
}


@pytest.mark.parametrize("what", BUILT_IN)
def test_without_templates_messages_read_well(what: str) -> None:
    """Whatever is told has a text of the engine's own: complete, calm and short."""
    assert told_plainly()[what] == BUILT_IN[what]


def test_a_level_without_a_template_says_what_the_policy_says() -> None:
    """The built-in text of a level: its sentence, the particulars, what is expected, the clauses."""
    (_, message), *_ = sent(ticket("acme", "03-02 10:00", P1), under=plain_policy())
    assert (
        f"{message.subject}\n\n{message.body}"
        == """\
VS-1 (P1): Not resolved in time; the manager and the engineer put the relevant resources on an action plan

Not resolved in time; the manager and the engineer put the relevant resources on an action plan.

Ticket:   VS-1
Customer: Acme Corporation
Priority: P1 (Emergency)
State:    open
Due:      Mon 2 Mar 2026, 12:00 PST
Expected: action plan recorded

When a P1 is not resolved within 2 business hours, the Customer Support Manager of the organization is notified.
The manager works with the Support Engineer so that the relevant resources are assigned to carry out an action plan.
"""
    )
