"""The texts of messages for which a policy has no template: calm, short, and complete."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from support_policy.model.event import Command
from support_policy.render.sentences import plain
from support_policy.render.template_words import shown

Values = Mapping[str, Any]
Text = tuple[str, str]
"""Subject and body."""


def built_in(command: Command, values: Values) -> Text:
    """The text of a command, by its name."""
    return TELLS.get(command.name, _notify)(command, values)


def line(value: Any, longest: int = 120) -> str:
    """A value on one line, at most so long."""
    return plain(" ".join(shown(value).split()), longest)


def _said(values: Values) -> str:
    return line(values["says"], 1000)


def _priority(values: Values, which: str = "priority") -> str:
    name, label = line(values[which]), line(values[f"{which}_name"])
    return f"{name} ({label})" if label and label != name else name or "no priority"


def _heading(values: Values) -> str:
    return f"{line(values['ticket'])} ({line(values['priority']) or 'no priority'})"


def _particulars(values: Values) -> str:
    """What is known about the ticket, a line each."""
    rows = {
        "Ticket": line(values["ticket"]),
        "Subject": line(values["facts"].get("subject", "")),
        "Customer": line(values["organization"]) or "not known",
        "Priority": _priority(values),
        "State": line(values["state_name"]),
        "Due": shown(values["due_at"]),
        "Reason": line(values["reason"], 1000),
        "Expected": line(values["then"]),
    }
    return "\n".join(f"{name + ':':<10}{value}" for name, value in rows.items() if value)


def _cited(values: Values) -> str:
    return "".join(f"\n{line(clause, 1000)}" for clause in values["clause"] or ())


def _notify(_command: Command, values: Values) -> Text:
    says = _said(values) or "You are told about this ticket."
    subject = f"{_heading(values)}: {line(values['says']).rstrip('.') or 'news'}"
    return subject, f"{says}\n\n{_particulars(values)}\n{_cited(values)}\n"


def _notify_again(_command: Command, values: Values) -> Text:
    says = "The ticket is open again. You had been told of it before, so you are told now."
    return f"{_heading(values)}: open again", f"{says}\n\n{_particulars(values)}\n"


def _triage(command: Command, values: Values) -> Text:
    name = line(command.about.get("organization") or "")
    whose = f"The organization `{name}` is not in the directory." if name else "No organization is named."
    says = f"{whose} Please find out who the customer is; meanwhile the clock runs."
    return f"{line(values['ticket'])}: whose ticket is this?", f"{says}\n\n{_particulars(values)}\n"


def _customer(command: Command, values: Values) -> Text:
    ticket, about = line(values["ticket"]), command.about.get("about")
    old, new = _priority(values, "previous_priority"), _priority(values)
    news, says = {
        "priority_changed": (
            f"the priority is now {line(values['priority'])}",
            f"The priority of your request {ticket} has changed from {old} to {new}.",
        ),
        "accepted": (
            "your request for escalation is accepted",
            f"Your request to escalate {ticket} is accepted. The support manager looks after it now.",
        ),
        "declined": (
            "your request for escalation",
            f"Your request to escalate {ticket} was considered, and is declined. Work on the ticket goes on.",
        ),
    }.get(str(about), ("news", f"There is news about your request {ticket}."))
    reason, contact = line(values["reason"], 1000), line(values["contact"])
    lines = [says, f"The reason given: {reason}" if reason else "", f"You reach us at {contact}." if contact else ""]
    return f"{ticket}: {news}", "\n\n".join(line for line in lines if line) + "\n"


def _advice(_command: Command, values: Values) -> Text:
    stated, assessed = values["facts"].get("stated_priority", ""), _said(values)
    lines = [assessed or "There is advice about this ticket.", _particulars(values)]
    if shown(stated):
        lines[1] += f"\n{'Stated:':<10}{line(stated)}"
    return f"{_heading(values)}: {line(values['says']).rstrip('.') or 'advice'}", "\n\n".join(
        lines
    ) + f"\n{_cited(values)}\n"


TELLS: Mapping[str, Callable[[Command, Values], Text]] = {
    "notify": _notify,
    "notify_again": _notify_again,
    "triage": _triage,
    "advise_clarification": _advice,
    "flag": _advice,
    "tell_customer": _customer,
}
"""The built-in text of every command that tells somebody."""
