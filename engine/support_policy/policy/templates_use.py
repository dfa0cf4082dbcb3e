"""Which template a message is made from: names in levels, chains and schedules, and names that mean something."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from support_policy.model.policy import PolicyText
from support_policy.model.workflow import Workflow
from support_policy.policy.read import Draft
from support_policy.source.diagnostics import Findings, did_you_mean, nearest
from support_policy.source.nodes import shorten
from support_policy.source.span import Span
from support_policy.source.words import span_of

TO_CUSTOMERS: Mapping[str, str] = {
    "priority_changed": "the priority has changed",
    "request_accepted": "the request for escalation is accepted",
    "request_declined": "the request for escalation is declined",
}
"""Templates of what customers are told, by name: whoever declares one decides the text, else the engine has one."""

BY_NAME: Mapping[str, str] = {
    **TO_CUSTOMERS,
    "notify_again": "the ticket is open again, to those who had been told",
    "triage": "a ticket of an unknown organization",
    "advise_clarification": "the advice to ask about the priority",
    "flag": "nothing is known to assess the priority by",
}
"""Every template that is used by its name alone, with what it tells."""


def named(text: PolicyText, workflows: Mapping[str, Workflow]) -> Iterator[tuple[str, str, Span]]:
    """Every (template, what names it, where)."""
    for chain in text.chains.values():
        for level in chain.levels:
            if level.message:
                yield level.message, f"level {level.number} of {chain.name}", span_of(level.message, level.span)
    for schedule in text.schedules.values():
        if schedule.message:
            yield schedule.message, f"schedule {schedule.name}", span_of(schedule.message, schedule.span)
    if text.mail and text.mail.receipt:
        yield text.mail.receipt, "the receipt of a mail", span_of(text.mail.receipt, text.mail.span)
    for machine in workflows.values():
        for timer in machine.timers:
            if timer.message:
                yield timer.message, f"timer {timer.id}", span_of(timer.message, timer.span)


def check_messages(draft: Draft, findings: Findings) -> None:
    """Every template that is named exists; every one that exists is used."""
    used: set[str] = set(BY_NAME)
    told: set[Span] = set()
    templates = draft.declared.names.get("template", ())
    for name, _, span in named(draft.text, draft.workflows):
        used.add(str(name))
        if not draft.declared.has("template", name) and span not in told:
            told.add(span)  # the levels of a chain may share one word
            used.add(nearest(name, templates))
            help = did_you_mean(name, templates) or "declare it under `templates:` in rules/"
            findings.error("P310", span, f"there is no template `{shorten(name)}`", help)
    if not draft.whole:
        return  # what is named by text that could not be read is not known
    for template in draft.text.templates.values():
        if template.name not in used:
            said = f"no message is made from the template `{template.name}`"
            help = nearest(template.name, [n for n in BY_NAME if n not in templates])
            other = f"did you mean `{help}`?" if help else "name it with `message:`, or remove it"
            findings.warn("N609", template.span, said, other)
