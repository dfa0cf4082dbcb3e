"""The messages of a ticket: which text is chosen, that there always is one, whom it may tell what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_policy.bootstrap import compile_files
from support_policy.model.event import Command
from support_policy.policy.compiled import Policy
from support_policy.render.messages import MAX_SUBJECT, Message, message_of, preview, schedule_message, template_name
from support_policy.source.diagnostics import PolicyError
from support_policy.ticket.evaluate import run
from support_policy.ticket.history import read_history
from tests.render.sending import plain_policy, sent, told
from tests.ticket.histories import P1, P3, edited, policy, shipped, ticket
from tests.ticket.random_histories import END, Happened, histories, history


def test_a_schedule_has_a_message() -> None:
    """What recurs says what it is for and when, by a template or in our words."""
    at = datetime(2026, 3, 2, 17, tzinfo=UTC)
    under = policy()
    weekly = under.text.schedules["weekly-report"]
    assert schedule_message(under, weekly, at) == Message(
        "Vmoso Support: weekly report",
        "The targets and escalations of a week, and what is open now.\n\nMon 2 Mar 2026, 09:00 PST\n",
    )
    own = templated("{{ says }} {{ at|date }}, {{ policy }}; ask {{ contact }}.", name="report", says="{{ version }}")
    named = replace(weekly, message="report")
    assert schedule_message(own, named, at) == Message(
        "2026-04",
        "The targets and escalations of a week, and what is open now. Mon 2 Mar 2026, Vmoso Support; ask "
        "support@vmoso.com.\n",
        "report",
    )


def templated(body: str, name: str, says: str) -> Policy:
    """The shipped policy with one more template."""
    more = f'templates:\n  {name}: {{subject: "{says}", body: "{body}"}}\n'
    return compile_files({**shipped(), "rules/more.yaml": more.encode()})


def test_a_command_names_its_template() -> None:
    """`message` of a command goes before the names that mean something, those before the level's."""
    under = policy()
    first = Command("notify", "k", datetime.now(UTC), (), {"chain": "automatic", "level": 1})
    assert template_name(under, first) == "escalation_manager"
    assert template_name(under, replace(first, name="notify_again")) == "notify_again"
    assert template_name(PLAIN, replace(first, name="notify_again")) == ""
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
        ("N602", 2, 25),
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


def with_inside_metric(under: Policy) -> Policy:
    """The same policy, its first response being a promise inside the house."""
    inside = replace(under.text.metrics["first_response"], kind="ola")
    return replace(under, text=replace(under.text, metrics={**under.text.metrics, "first_response": inside}))


def test_customers_are_not_told_of_promises_inside_the_house() -> None:
    """A metric that is no `sla` is empty in what customers are told, and known to everybody else."""
    of = ticket("acme", "03-02 10:00", P3).then("+1h", "priority_changed", "engineer", to="P1", reason="agreed")
    under = with_inside_metric(policy())
    open_text = {command.name: message.body for command, message in sent(of, "+2h")}
    hidden = {command.name: message.body for command, message in sent(of, "+3h", under)}
    assert "We aim to answer" in open_text["tell_customer"]
    assert "We aim to answer" not in hidden["tell_customer"]
    assert "that was due Mon 2 Mar" in hidden["notify"]


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
