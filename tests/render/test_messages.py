"""The messages of a ticket: every word of the shipped ones, the built-in texts, whom they may tell what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_policy.bootstrap import compile_files
from support_policy.model.event import Command
from support_policy.model.policy import Metric
from support_policy.policy.compiled import Policy
from support_policy.render.messages import MAX_SUBJECT, Message, message_of, preview, schedule_message, template_name
from support_policy.source.diagnostics import PolicyError
from support_policy.ticket.evaluate import Run, run
from support_policy.ticket.history import read_history
from tests.ticket.histories import P1, P2, P3, Ticket, edited, policy, shipped, ticket
from tests.ticket.random_histories import END, Happened, histories, history

WEEK = "+100h"


def sent(of: Ticket, until: str = WEEK, under: Policy | None = None) -> list[tuple[Command, Message]]:
    """Every command of a ticket with its message, as things stood when it was sent."""
    return told(under or policy(), of.history(), of.instant(until))


def told(under: Policy, data: object, until: datetime) -> list[tuple[Command, Message]]:
    """The same, of any history."""
    made: list[tuple[Command, Message]] = []

    def watch(decided: Run, commands: Sequence[Command]) -> None:
        for command in commands:
            message = message_of(under, decided, command)
            if message is not None:
                made.append((command, message))

    run(under, read_history(under, data), until, watch)
    return made


def plain_policy() -> Policy:
    """The shipped policy without its templates: every text is the engine's own."""
    files = {name: data for name, data in shipped().items() if name != "rules/templates.yaml"}
    lines = files["policy.yaml"].decode().split("\n")
    kept = [line for line in lines if not line.strip().startswith(("message:", "remind_message:"))]
    return compile_files({**files, "policy.yaml": "\n".join(kept).encode()})


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

Please agree with the support engineer on an action plan, see that it has the people it needs, and record it.

- When a P1 is not resolved within 2 business hours, the Customer Support Manager of the organization is notified.
- The manager works with the Support Engineer so that the relevant resources are assigned to carry out an action plan.
""",
        "escalation_manager",
    )


def test_the_directors_are_told_after_the_manager() -> None:
    """Level 2, for an organization that nobody knows and without an answer so far."""
    messages = {command.key: message for command, message in sent(ticket("nobody_known", "03-02 10:00", P1))}
    assert messages["VS-1/automatic/1/1"].body.startswith(
        "Ticket VS-1 of nobody_known has not been resolved by Mon 2 Mar 2026, 12:00 PST.\nIts state is: open.\n\n"
        "The customer has not been answered yet; that is due Mon 2 Mar 2026, 12:00 PST.\n\nPlease agree"
    )
    assert messages["VS-1/automatic/2/1"] == Message(
        "VS-1 (P1): still not resolved, please review the case",
        """\
Ticket VS-1 of nobody_known is still not resolved, as of Mon 2 Mar 2026, 13:00 PST.
The support manager has been told before. The state of the ticket is: open.

Please review the case and allocate the resources it needs.

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
""",
        "escalation_request",
    )
    assert reminder == Message(
        "VS-1 (P3): a request for escalation waits for your answer",
        """\
The request to escalate VS-1 of Globex Limited has had no answer yet.

Please accept it, or decline it with a reason. This is the only reminder.
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


def test_a_schedule_has_a_message() -> None:
    """What recurs says what it is for and when, by a template or in our words."""
    at = datetime(2026, 3, 2, 17, tzinfo=UTC)
    under = policy()
    weekly = under.text.schedules["weekly-report"]
    assert schedule_message(under, weekly, at) == Message(
        "Vmoso Support: weekly-report", "Last week's targets and escalations.\n\nMon 2 Mar 2026, 09:00 PST\n"
    )
    own = templated("{{ says }} {{ at|date }}, {{ policy }}; ask {{ contact }}.", name="report", says="{{ version }}")
    named = replace(weekly, message="report")
    assert schedule_message(own, named, at) == Message(
        "2026-04",
        "Last week's targets and escalations. Mon 2 Mar 2026, Vmoso Support; ask support@vmoso.com.\n",
        "report",
    )


def templated(body: str, name: str = "notify_again", says: str = "About {{ ticket }}") -> Policy:
    """The shipped policy with one more template."""
    more = f'templates:\n  {name}: {{subject: "{says}", body: "{body}"}}\n'
    return compile_files({**shipped(), "rules/more.yaml": more.encode()})


def test_a_command_names_its_template() -> None:
    """`message` of a command goes before the names that mean something, those before the level's."""
    under = templated("again")
    first = Command("notify", "k", datetime.now(UTC), (), {"chain": "automatic", "level": 1})
    assert template_name(under, first) == "escalation_manager"
    assert template_name(under, replace(first, name="notify_again")) == "notify_again"
    assert template_name(policy(), replace(first, name="notify_again")) == "escalation_manager"
    named = replace(first, about={**first.about, "message": "escalation_request"})
    assert template_name(under, named) == "escalation_request"


def test_a_command_that_tells_nobody_has_no_message() -> None:
    """Other effects are not letters."""
    of = ticket("acme", "03-02 10:00", P1)
    made = run(policy(), read_history(policy(), of.history()), of.instant("+1h"))
    assert message_of(policy(), made, Command("archive", "k", made.at)) is None
    lost = message_of(policy(), made, Command("notify", "k", made.at, (), {"message": "gone"}))
    assert lost is not None
    assert (lost.template, lost.problem) == ("", "the policy has no template `gone`")


def test_whoever_is_to_be_told_is_told() -> None:
    """A template that cannot be rendered is replaced by the built-in text, and the message says so."""
    endless = "".join(f"{{% for {name} in facts.kinds %}}" for name in "abc") + "x" + "{% endfor %}" * 3
    facts = "facts: {kinds: list}\n"
    files = {
        **shipped(),
        "rules/more.yaml": f"{facts}templates:\n  triage: {{subject: a, body: '{endless}'}}\n".encode(),
    }
    of = ticket("nobody", "03-02 10:00", {**P1, "kinds": [str(n) for n in range(50)]})
    (_, message), *_ = sent(of, "+1m", compile_files(files))
    assert message.subject == "VS-1: whose ticket is this?"
    assert message.problem == "the template `triage` cannot be used: its loops have more than 10,000 rounds"


def test_a_broken_template_is_no_policy() -> None:
    """A policy whose template has a mistake is refused, its other mistakes told beside it."""
    files = {
        **shipped(),
        "rules/more.yaml": b"templates:\n  triage: {subject: '{{ tiket }}', body: b}\nfacts: {x: txt}\n",
    }
    with pytest.raises(PolicyError) as caught:
        compile_files(files)
    assert [(d.code, d.span.line, d.span.column) for d in caught.value.diagnostics] == [
        ("T602", 2, 25),
        ("S202", 3, 12),
    ]


HOSTILE = "\x1b[31mred\x00\r\nBcc: x@y.example\u202e\u2028end\ud800"


def test_a_ticket_cannot_write_headers_or_move_a_cursor() -> None:
    """What a customer writes stays text: a subject is one line, and no message holds a control character."""
    under = edited(
        ("rules/templates.yaml", '"{{ ticket }}: the priority is now', '"{{ facts.subject }}: the priority is now')
    )
    of = ticket("acme", "03-02 10:00", P3).history()
    of["ticket"] = "VS\n1\x1b"
    of["events"][0]["fields"]["subject"] = HOSTILE.removesuffix("\ud800") + "x" * 500
    of["events"].append(
        {
            "at": "2026-03-02T11:00:00-08:00",
            "type": "priority_changed",
            "to": "P1",
            "reason": HOSTILE.removesuffix("\ud800"),
        }
    )
    messages = [message for _, message in told(under, of, datetime(2026, 3, 9, tzinfo=UTC))]
    assert len(messages) >= 3
    for message in messages:
        assert "\n" not in message.subject
        assert len(message.subject) <= MAX_SUBJECT
        assert all(c.isprintable() or c in "\n\ufffd" for c in message.subject + message.body)


class Inside(Metric):
    """A metric that is a promise inside the house."""

    kind = "ola"


def with_inside_metric(under: Policy) -> Policy:
    """The same policy, its first response being a promise inside the house."""
    metric = under.text.metrics["first_response"]
    values = {name: getattr(metric, name) for name in ("name", "start", "stop", "pause", "reopen", "says")}
    return replace(under, text=replace(under.text, metrics={**under.text.metrics, "first_response": Inside(**values)}))


def test_customers_are_not_told_of_promises_inside_the_house() -> None:
    """A metric that is no `sla` is empty in what customers are told, and known to everybody else."""
    of = ticket("acme", "03-02 10:00", P3).then("+1h", "priority_changed", "engineer", to="P1", reason="agreed")
    under = with_inside_metric(policy())
    open_text = {command.name: message.body for command, message in sent(of, "+2h")}
    hidden = {command.name: message.body for command, message in sent(of, "+3h", under)}
    assert "We aim to answer" in open_text["tell_customer"]
    assert "We aim to answer" not in hidden["tell_customer"]
    assert "that is due Mon 2 Mar" in hidden["notify"]


def test_one_template_is_previewed_with_the_ticket_as_it_stands() -> None:
    """A preview fills in what the level that names the template would say now, and whom it would tell."""
    of = ticket("acme", "03-02 10:00", P1)
    made = run(policy(), read_history(policy(), of.history()), of.instant("+1h"))
    command, message = preview(policy(), made, "escalation_directors")
    assert [to for _, to in command.notify] == ["director.services@vmoso.example", "director.americas@vmoso.example"]
    assert message.body.startswith(
        "Ticket VS-1 of Acme Corporation is still not resolved, as of Mon 2 Mar 2026, 11:00 PST."
    )
    _, early = preview(policy(), made, "escalation_manager")
    assert "has not been resolved by Mon 2 Mar 2026, 12:00 PST." in early.body
    assert preview(policy(), made, "request_declined")[0].name == "tell_customer"


def messages_of(happened: list[Happened], under: Policy) -> list[tuple[Command, Message]]:
    """Every message of a random history."""
    return told(under, history(happened), END)


@given(st.one_of(histories(), histories(late=True), histories(submitted_first=False)), st.booleans())
def test_every_command_of_every_history_has_a_message(happened: list[Happened], plainly: bool) -> None:
    """Rendering never fails: each message has a subject of one line and a body, by its template."""
    under = PLAIN if plainly else policy()
    counted: list[Any] = []
    run(under, read_history(under, history(happened)), END, lambda _, commands: counted.extend(commands))
    made = messages_of(happened, under)
    assert len(made) == len(counted)
    for command, message in made:
        assert message.subject
        assert "\n" not in message.subject
        assert message.body.strip()
        assert message.problem == ""
        assert message.template == template_name(under, command)


PLAIN = plain_policy()
