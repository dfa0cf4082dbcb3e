"""Checks of what a mail becomes: the events of `mail:`, who the house is, who claims an address, rules of `intake`."""

from __future__ import annotations

from collections.abc import Iterable

from support_policy.model.mail import MailWords
from support_policy.model.policy import Action
from support_policy.policy import intake
from support_policy.policy.addresses import address_key
from support_policy.policy.checks_base import Names
from support_policy.policy.checks_timers import lacking
from support_policy.policy.mail_text import STAFF
from support_policy.source.diagnostics import did_you_mean
from support_policy.source.nodes import shorten
from support_policy.source.shape import BAD
from support_policy.source.span import Span
from support_policy.source.words import span_of

CUSTOMER = ("customer",)


def check_mail(names: Names) -> None:
    """The block `mail:`, and the names by which the directory knows a sender."""
    mail = names.text.mail
    _claims(names)
    if mail is not None:
        _begins(names, mail)
        for word, by in ((mail.new_ticket, CUSTOMER), (mail.customer_reply, CUSTOMER), (mail.staff_reply, STAFF)):
            _event(names, word, by, mail.span)
        for word in (word for some in (mail.staff or {}).values() for word in some):
            if "." not in word and "@" not in word:
                names.role(word, mail.span)
    rules = names.text.rule_sets.get("intake")
    if rules and mail is None and names.draft.whole:
        said = "the rules of `intake` read no mail: policy.yaml does not say what one becomes"
        help = "`mail: {new_ticket: EVENT, customer_reply: EVENT, staff_reply: EVENT}`"
        names.findings.warn("P394", rules.span, said, help)


def _begins(names: Names, mail: MailWords) -> None:
    if mail.new_ticket is BAD or names.life is None or not names.declared.has("event type", mail.new_ticket):
        return
    begins = names.life.exits(names.life.initial)
    if mail.new_ticket not in begins:
        said = f"no ticket begins with `{shorten(mail.new_ticket)}`"
        help = f"it begins with {', '.join(f'`{name}`' for name in begins)}"
        names.findings.error("P393", span_of(mail.new_ticket, mail.span), said, help)


def _event(names: Names, event: str, by: Iterable[str], otherwise: Span) -> None:
    """An event that a mail is by itself: known, open to who writes, and in need of nothing that no mail has."""
    if event is BAD:
        return
    names.event(event, otherwise)
    span = span_of(event, otherwise)
    words = names.text.events.get(event)
    if words and words.by and set(by).isdisjoint(words.by):
        said = f"`{event}` is for {', '.join(words.by)}, and this mail is of {' or '.join(by)}"
        names.findings.error("P393", span, said, "name another event, or let them give it (`by` of the event)")
    missing = lacking(names, event, ("text",))
    if missing:
        said = f"`{event}` needs {', '.join(f'`{name}`' for name in missing)}, and a mail carries `text` alone"
        names.findings.error("P393", span, said, "name another event; rules of `intake` can give this one")


def _claims(names: Names) -> None:
    """One address or domain belongs to one organization."""
    claimed: dict[str, tuple[str, Span]] = {}
    for organization in names.text.organizations.values():
        for word in (*organization.domains, *organization.addresses):
            span = span_of(word, organization.span)
            owner, first = claimed.setdefault(address_key(word), (organization.name, span))
            if owner != organization.name:
                said = f"`{shorten(word)}` belongs to `{owner}` already"
                related = (("first claimed here", first),)
                help = "give one of the two its single `addresses`, or a longer domain"
                names.findings.error("P391", span, said, help, related=related)


def check_fact_set(names: Names, action: Action) -> None:
    """`set_fact`: the fact is declared, and can have the value."""
    fact, value = action.params.get("fact", BAD), action.params.get("value", BAD)
    facts = intake.stated(names.text)
    if fact is BAD:
        return
    if fact not in facts:
        names.known(fact, "fact", action.span, facts)
    elif value is not BAD:
        said, help = intake.wrong(facts[fact], value)
        if said:
            names.findings.error("E405", span_of(value, action.span), said, help)
        elif fact == "organization" and not value.startswith(intake.PARTS) and names.draft.whole:
            names.offered(value, names.text.organizations, "organization in the directory called", action.span)


def check_given(names: Names, action: Action) -> None:
    """`give`: an event type of the workflows, with what it needs and can carry."""
    event = action.params.get("event", BAD)
    if event is BAD:
        return
    names.event(event, action.span)
    given = {name: word for name, word in action.params.items() if name not in ("event", "instead")}
    for name, word in given.items():
        if word is BAD:
            continue
        said, help = intake.wrong(intake.carried(names.text.events.values(), event, name), word)
        if said:
            names.findings.error("E405", span_of(word, action.span), said, help)
        elif name == "to" and event == "priority_changed":
            names.known(word, "priority", action.span)
    instead = action.params.get("instead", BAD)
    if instead is not BAD and intake.truth(instead) is None:
        said = f"`{shorten(instead)}` is neither `yes` nor `no`"
        names.findings.error("S202", span_of(instead, action.span), said, did_you_mean(instead, ("yes", "no")))
    missing = lacking(names, event, given)
    if missing:
        said = f"`{event}` needs {', '.join(f'`{name}`' for name in missing)}"
        names.findings.error("S206", action.span, said, f"`params: {{{missing[0]}: ...}}`")
