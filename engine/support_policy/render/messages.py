"""Messages: what the commands of a decision tell whom, by the templates of the policy or in words of our own.

A message is always made: where a template cannot be rendered, the built-in text is sent, and `problem` says why.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from support_policy.model.event import Command
from support_policy.model.policy import Schedule, Template
from support_policy.policy.compiled import Policy
from support_policy.policy.templates_use import BY_NAME
from support_policy.render import message_values
from support_policy.render.digests import Digest
from support_policy.render.message_defaults import TELLS, built_in
from support_policy.render.schedule_defaults import recurring
from support_policy.render.schedule_values import of_schedule
from support_policy.render.sentences import listed, plain, spaced
from support_policy.ticket.evaluate import Local, Run, escalation_rows

MAX_SUBJECT = 200
_TO_CUSTOMERS = {
    "priority_changed": "priority_changed",
    "accepted": "request_accepted",
    "declined": "request_declined",
}
"""What a customer is told about, and the name of the template for it."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as plain text: `subject` is one line, `body` ends with a line break.

    `template` is the name of the template it was made from; empty: the built-in text. `problem` says why a template
    that was to be used was not.
    """

    subject: str
    body: str
    template: str = ""
    problem: str = ""


def message_of(policy: Policy, run: Run, command: Command) -> Message | None:
    """The message of a command about the ticket as `run` has it; None for a command that tells nobody anything.

    The template is the one that the command names (`about["message"]`), or the one whose name says what is told, or
    that of the level. Never raises for what a ticket or a template says.
    """
    name = template_name(policy, command)
    if command.name not in TELLS and not name:
        return None
    values = message_values.of_command(policy, run, command)
    return _made(policy, name, values, built_in(command, values))


def schedule_message(policy: Policy, schedule: Schedule, at: datetime, about: Digest | None = None) -> Message:
    """The message of a schedule that was to be at `at` (aware), about these tickets and sums (None: not known)."""
    values = of_schedule(policy, schedule, at, about)
    return _made(policy, str(schedule.message), values, recurring(schedule, values))


def preview(policy: Policy, run: Run, template: str) -> tuple[Command, Message]:
    """One template with the ticket as it stands, sent to those who would be told of it now.

    Words about what did not happen to the ticket are missing. Raises KeyError for a name that no template has.
    """
    words, state = policy.text.templates[template], run.state
    about = next((told for told, name in _TO_CUSTOMERS.items() if name == template), "")
    if about:
        command = Command("tell_customer", f"{state.ticket}/preview", run.at, (), {"about": about})
    else:
        command = Command("notify", f"{state.ticket}/preview", run.at, *_level_that_names(policy, run, template))
    return command, _rendered(words, message_values.of_command(policy, run, command))


_NOT_HAD = {
    "priority_changed": "its priority has not been changed",
    "accepted": "no request of its has been accepted",
    "declined": "no request of its has been declined",
}


def not_had(policy: Policy, run: Run, template: str) -> str:
    """What a template is about that a ticket has not had, so that a preview has no words for it; empty: nothing."""
    about = next((told for told, name in _TO_CUSTOMERS.items() if name == template), "")
    if about:
        told = any(c.name == "tell_customer" and c.about.get("about") == about for c in run.commands)
        return "" if told else _NOT_HAD[about]
    chains = [chain for chain in policy.text.chains.values() if any(lv.message == template for lv in chain.levels)]
    begun = {known.chain for known in run.state.chains.values()}
    if not chains or any(chain.name in begun for chain in chains):
        return ""
    return f"the escalation {listed((spaced(chain.name) for chain in chains), 'or')} has not begun"


def _level_that_names(policy: Policy, run: Run, template: str) -> tuple[tuple[tuple[str, str], ...], Mapping[str, Any]]:
    """Who is told by the first level with a template, and what is known of that level."""
    local = Local(policy, run.state)
    rows = {(row["chain"], row["level"]): row for row in escalation_rows(policy, run.state, run.at, local)}
    for chain in policy.text.chains.values():
        for level in chain.levels:
            if level.message == template:
                about = {"chain": chain.name, "level": level.number}
                due = rows.get((chain.name, level.number), {}).get("due_at")
                told = policy.recipients(run.state.facts.get("organization"), level.notify, run.at, run.state.team)
                return told, {**about, "due_at": due}
    return (), {}


def template_name(policy: Policy, command: Command) -> str:
    """The template that a command's message is made from; empty: none, the built-in text serves."""
    about = command.about
    told = _TO_CUSTOMERS.get(str(about.get("about")), "") if command.name == "tell_customer" else command.name
    by_name = told if told in BY_NAME and told in policy.text.templates else ""
    _, level = message_values.level_of(policy, command)
    return str(about.get("message") or by_name or (level.message if level else ""))


def _made(policy: Policy, name: str, values: Mapping[str, Any], otherwise: tuple[str, str]) -> Message:
    own = Message(_one_line(otherwise[0]), _body(otherwise[1]))
    if not name:
        return own
    template = policy.text.templates.get(name)
    if template is None:
        return replace(own, problem=f"the policy has no template `{name}`")
    made = _rendered(template, values)
    return replace(own, problem=made.problem) if made.problem else made


def _rendered(template: Template, values: Mapping[str, Any]) -> Message:
    # The library is slow to load: a policy without templates does without it.
    from support_policy.render.templates import TemplateFault, render

    try:
        subject, body = render(template.subject, values), render(template.body, values)
    except TemplateFault as problem:
        return Message("", "", template.name, f"the template `{template.name}` cannot be used: {problem}")
    return Message(_one_line(subject), _body(body), template.name)


def _one_line(text: str) -> str:
    return plain(" ".join(text.split()), MAX_SUBJECT)


def _body(text: str) -> str:
    lines = re.split("\r\n|\r|\n", text)
    clean = "\n".join(plain(line, len(line)).rstrip() for line in lines)
    # What a condition leaves out leaves no hole.
    return re.sub("\n{3,}", "\n\n", clean).strip("\n") + "\n"
