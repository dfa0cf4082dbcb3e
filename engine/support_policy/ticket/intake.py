"""What a mail becomes: the event that it is by itself, and what the policy's rules `intake` read from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from support_policy.kernel.facts import check_fact
from support_policy.model.condition import Variable
from support_policy.model.event import Because
from support_policy.model.mail import Give, Ignore, MailWords, Part, SetFact
from support_policy.policy.compiled import Policy
from support_policy.policy.mail_text import STAFF
from support_policy.policy.names import INTAKE, variables_for
from support_policy.ticket.draft import reason

NO_MAIL = "the policy does not say what a mail becomes: policy.yaml has no `mail:`"
LONGEST_SEEN = 200
"""Letters of a mail that a reason quotes."""


@dataclass(frozen=True, slots=True)
class Given:
    """An event that a mail is: its type and what it carries. Instants, actors and names are whoever takes it in's."""

    type: str
    carried: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Intake:
    """What a mail becomes.

    `events` in the order in which they are to be taken; the first carries what the mail says, as `text`, and is to set
    `facts`. `ignored` says why the mail changes nothing (then there are neither); empty: it does. `because` are the
    rules that held, with what they saw.
    """

    facts: Mapping[str, Any] = field(default_factory=dict)
    events: tuple[Given, ...] = ()
    ignored: str = ""
    because: tuple[Because, ...] = ()


def intake(policy: Policy, mail: Mapping[str, Any]) -> Intake:
    """What `mail` becomes by a policy.

    `mail` has the variables of the rule set by name, see `names.INTAKE`: texts, `mail.to` a list of addresses,
    `mail.reply` a boolean, `mail.attachments` and `mail.size` numbers; `priority`, `state` and `organization` of the
    ticket it belongs to. What is left out is missing, except: `mail.by` is customer, `mail.domain` that of `mail.from`,
    and the organization of a customer's new ticket the one that claims the address. A value that its variable cannot
    have is missing, too; `mail.rest` follows from `mail.body`. Never raises for what a mail says.
    """
    words = policy.text.mail
    if words is None:
        return Intake(ignored=NO_MAIL)
    values = _values(policy, mail)
    held = tuple(_held(policy, values))
    because = tuple(_short(why) for _, why in held)
    rules = policy.intake
    acts = [act for index, _ in held for act in rules[index]]
    ignored = next((act.why for act in acts if isinstance(act, Ignore)), "")
    if ignored:
        return Intake(ignored=ignored, because=because)
    facts = _facts(policy, acts, values)
    if not values["mail.reply"] and values["organization"]:
        facts.setdefault("organization", values["organization"])
    return Intake(facts, _events(words, acts, values), "", because)


def _held(policy: Policy, values: Mapping[str, Any]) -> Iterator[tuple[int, Because]]:
    """The rules that hold, by index, with the reason they are."""
    rules = policy.rules.get("intake")
    if rules is not None and rules.words:
        trace = rules.compiled.trace(values)
        yield from ((index, reason(rules.words[index], trace.rules[index].leaves, held=True)) for index in trace.fired)


def _values(policy: Policy, mail: Mapping[str, Any]) -> dict[str, Any]:
    """Every variable's value: what fits it, in text that can be written."""
    options = {"priority": tuple(policy.text.priorities), "state": tuple(policy.life.states)}
    known = variables_for("intake", {}, options)
    values = {name: _fit(known[name], mail.get(name)) for name in INTAKE}
    sender = values["mail.from"] = (values["mail.from"] or "").lower() or None
    values["mail.domain"] = (values["mail.domain"] or (sender or "").rpartition("@")[2]).lower() or None
    values["mail.to"] = [address.lower() for address in values["mail.to"] or ()]
    values["mail.rest"] = (values["mail.body"] or "").strip().partition("\n")[2].strip() or None
    values["mail.by"] = values["mail.by"] or "customer"
    values["mail.reply"] = values["mail.reply"] or False
    if not values["organization"] and not values["mail.reply"] and values["mail.by"] == "customer" and sender:
        values["organization"] = policy.organization_of(sender)
    values["known_organization"] = values["organization"] in policy.text.organizations
    return values


def _fit(variable: Variable, value: Any) -> Any:
    match value:
        case str():
            value = _clean(value)
        case list() | tuple():
            value = [_clean(item) if isinstance(item, str) else item for item in value]
    return value if check_fact(variable, value) is None else None


def _clean(text: str) -> str:
    """Text that can be written as UTF-8, its lines ended as patterns expect."""
    return text.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n")


def _value(value: Any, values: Mapping[str, Any]) -> Any:
    if not isinstance(value, Part):
        return value
    found = values[value.variable]
    return tuple(found) if isinstance(found, list) else found


def _facts(policy: Policy, acts: list[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that rules set, the first for each; what a mail does not have sets none."""
    facts: dict[str, Any] = {}
    for act in acts:
        if isinstance(act, SetFact) and act.fact not in facts:
            value = _value(act.value, values)
            if value is not None and policy.check_fact(act.fact, value) is None:
                facts[act.fact] = value
    return facts


def _events(words: MailWords, acts: list[Any], values: Mapping[str, Any]) -> tuple[Given, ...]:
    """The event that a mail is by itself, if no rule gives one instead, and those given beside it, each once."""
    own = words.new_ticket
    if values["mail.reply"]:
        own = words.staff_reply if values["mail.by"] in STAFF else words.customer_reply
    gives = [act for act in acts if isinstance(act, Give)]
    events: dict[str, dict[str, Any]] = {} if any(act.instead for act in gives) else {str(own): {}}
    for act in gives:
        carried = events.setdefault(act.event, {})
        for name, value in act.carried.items():
            carried.setdefault(name, _value(value, values))
    first = next(iter(events.values()))
    first.setdefault("text", values["mail.body"])
    return tuple(Given(type, {n: v for n, v in carried.items() if v is not None}) for type, carried in events.items())


def _short(why: Because) -> Because:
    """A reason that does not quote a whole mail."""
    seen = tuple(
        replace(one, seen=one.seen[:LONGEST_SEEN] + "...")
        if isinstance(one.seen, str) and len(one.seen) > LONGEST_SEEN
        else one
        for one in why.seen
    )
    return replace(why, seen=seen)
