"""Names the engine gives meaning to: derived variables, rule sets with their actions, events, roles of actors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from support_policy.model.condition import FactType, Variable
from support_policy.model.policy import EventWords
from support_policy.source.shape import BAD

ACTORS: Mapping[str, str] = {
    "customer": "whoever asks for help",
    "engineer": "the person who works on the ticket",
    "manager": "the manager of those who do",
    "director": "who reviews a case",
    "automatic": "no person: a receipt, a timer",
}
"""Who may have done something (`by` of an event)."""

PRIORITY_CHANGED = "priority_changed"
REOPENED = "reopened"
LIFECYCLE = "request"
"""The workflow that is the life of a ticket."""

SPECIAL: Mapping[str, str] = {
    PRIORITY_CHANGED: "puts the priority it carries as `to` in force; the customer is told; open targets and chains "
    "follow, as the assumptions `priority_change_...` say",
    REOPENED: "sets the clocks going that had stopped, and the chains that count them, as `reopen` of the metric or "
    "the assumptions `reopened_...` say",
}
"""The event types that mean something to the engine by their name alone."""

CARRIED: Mapping[str, str] = {
    "to": "the new priority; or whom the ticket is assigned to",
    "reason": "why, in words",
    "via": "by which way it came, such as `email`",
    "team": "the team that has the ticket from now on; metrics `per: team` follow it",
    "into": "the ticket that this one is merged into",
    "from": "the ticket that was merged into this one, or that this one was split off",
    "from_submitted_at": "when that ticket was submitted; clocks may count from it (`merged_clock`, `split_clock`)",
    "text": "what was said",
}
"""What any event may carry, as text, beside its fields and what the policy declares for its type."""

RULE_SETS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "priority": {"assess": ("priority",)},
    "targets": {
        "set_target": ("metric", "within", "calendar?"),
        "use_chain": ("chain",),
        "drop_chain": ("chain",),
    },
    "advice": {"advise_clarification": ("role",), "flag": ("role",)},
    "guards": {},
    "intake": {
        "set_fact": ("fact", "value"),
        "give": ("event", "instead?", *(f"{name}?" for name in CARRIED)),
        "ignore": ("why",),
    },
}
"""The rule sets the engine asks, with the actions each may take and their parameters (`?`: may be left out)."""

SETS_SAY: Mapping[str, str] = {
    "priority": "what the facts make of a ticket: asked when it begins and whenever a fact changes; the first rule "
    "that holds decides (`hit_policy: first`)",
    "targets": "what is promised beyond the table of the priority; an earlier rule wins over later ones for the same "
    "metric",
    "advice": "what is advised to those who work on the ticket; advice that newly holds becomes a command, once",
    "guards": "conditions without actions, which workflows, metrics, chains and timers name",
    "intake": "what is read from a mail, when one comes in (see `mail` of policy.yaml); an earlier rule wins over "
    "later ones for the same fact",
}
"""When each rule set is asked, and what for."""

ACTIONS_SAY: Mapping[str, str] = {
    "assess": "the assessed priority is `priority`",
    "set_target": "the target of `metric` is `within`, a duration or `none`, in business time of `calendar`",
    "use_chain": "the ticket has the escalation chain `chain` too",
    "drop_chain": "the ticket does not have the chain `chain`",
    "advise_clarification": "tell `role` to ask what is meant by the priority",
    "flag": "draw the attention of `role` to the ticket",
    "set_fact": "the mail states `fact`: it is `value`; a value such as `mail.subject` is what the mail has there",
    "give": "the mail is `event` too, with what that carries beside it (whatever `events:` declares may stand there; "
    "`mail.body` and the like are what the mail has there); `instead: yes`: instead of what it is by itself",
    "ignore": "the mail changes nothing, and `why`; it is kept",
}
"""What each action does."""

BASE: Mapping[str, tuple[FactType, str]] = {
    "organization": ("string", "the customer, by its name in the directory"),
    "stated_priority": ("string", "the priority the customer states"),
}
"""Facts every policy has."""

DERIVED: Mapping[str, tuple[FactType, str]] = {
    "known_organization": ("boolean", "whether the directory lists the organization"),
    "office": ("string", "the office that serves the ticket"),
    "plan": ("string", "the plan of the organization, by its contract then"),
    "under_contract": ("boolean", "the organization has a contract then; one whose contracts are not listed has"),
    "office_open": ("boolean", "whether the office that serves the ticket is open when the event happens"),
}
"""What every rule set may ask, beside facts."""

LATE: Mapping[str, tuple[FactType, str]] = {
    "assessed_priority": ("string", "what the rules make of the facts"),
    "priority": ("string", "the priority in force"),
    "priority_in_doubt": ("boolean", "stated (or in force) and assessed differ, and nobody has settled it since"),
    "open_request": ("boolean", "a requested escalation waits for an answer"),
    "state": ("string", "the state of the ticket's life"),
    "team": ("string", "the team that has the ticket"),
    "by": ("string", "who did what is being decided about"),
}
"""What only rules after the assessment may ask (`targets`, `advice`, `guards`)."""

MAIL: Mapping[str, tuple[FactType, str]] = {
    "mail.subject": ("string", "its subject, decoded, in one line"),
    "mail.body": ("string", "what it says anew: without quotes of mails before, and without a signature"),
    "mail.rest": ("string", "what stands of that below its first line"),
    "mail.from": ("string", "the address it comes from, in small letters"),
    "mail.domain": ("string", "the domain of that address"),
    "mail.to": ("select", "the addresses it goes to, copies included"),
    "mail.reply": ("boolean", "it belongs to a ticket that there is"),
    "mail.by": ("string", "who wrote it: customer, engineer, manager or director, as `staff` and the directory say"),
    "mail.automatic": (
        "boolean",
        "a machine sent it; it begins a ticket only where a rule gives that event with `instead: yes`",
    ),
    "mail.attachments": ("numeric", "how many files are attached"),
    "mail.size": ("numeric", "its size in bytes"),
}
"""What rules of `intake` ask of a mail."""

INTAKE: Mapping[str, tuple[FactType, str]] = {
    **MAIL,
    "organization": BASE["organization"],
    "known_organization": DERIVED["known_organization"],
    "priority": LATE["priority"],
    "state": LATE["state"],
}
"""All that rules of `intake` may ask; `priority` and `state` are those of the ticket that the mail belongs to."""

TAKEN: Mapping[str, str] = {
    "at": "when it happened, as claimed: an instant with its offset from UTC",
    "type": "its type, a trigger of the policy's workflows",
    "by": "the role that did it",
    "actor": "the authenticated principal who told it",
    "on_behalf_of": "whom the actor acted for",
    "id": "a name that makes sending it twice harmless",
    "fields": "facts of the ticket that it sets",
    "recorded_at": "when it was learned of, if later than `at`; no earlier",
    "outcome": "in a log: what became of it (`accepted`, `refused`, or `late`: told by the `refolded` that follows)",
    "why": "in a log: why it was refused",
    "engine": "in a log: true for what the engine recorded itself",
    "events": "of `refolded`: the ticket's story told anew",
    "timer": "of what a timer had happen: the timer",
    "level": "of what a level had happen: the chain and level",
}
"""What every event says of itself, and so cannot carry beside."""

RECORDED: Mapping[str, str] = {
    "acknowledgement_over": "An acknowledgement no longer holds a chain back.",
    "advice_changed": "The advice that holds now, by the ids of its rules.",
    "chain_acknowledged": "A chain is acknowledged: it does not go on for now.",
    "chain_ended": "A run of a chain is ended for good, by an acknowledgement or another event.",
    "chain_moved": "A chain counts from an earlier instant, because another ticket was merged into this one.",
    "chain_started": "A chain begins to count: since when, in which cycle and round.",
    "clock_moved": "A clock counts from an earlier submission, because another ticket was merged into this one.",
    "clock_paused": "A clock stands still: a state pauses it, or another team has the ticket.",
    "clock_restarted": "A clock begins anew, because the ticket was reopened.",
    "clock_resumed": "A clock goes on; with `stay`, because the pause reached its `max`.",
    "clock_started": "A metric's clock starts.",
    "clock_stopped": "A clock without a target stops.",
    "escalation_set": "The chains that the ticket has now.",
    "level_fired": "A level was reached: when it was due, why it fired (`cause`), and who is told.",
    "level_planned": "A level is to come.",
    "level_voided": "A level that fired would not have, had a late fact been known; the firing stays.",
    "level_withdrawn": "A level that was to come does not come any more, and why.",
    "office_set": "The office that serves the ticket, and whether its organization is known.",
    "policy_adopted": "The next version of the policy takes the ticket over.",
    "priority_assessed": "What the rules make of the facts, and which rule.",
    "priority_set": "The priority in force, and its cause.",
    "refolded": "A late fact: the ticket's story, told anew in the order in which it happened.",
    "request_answered": "A requested escalation is accepted, declined, or has ended.",
    "request_joined": "Another request joins the one that is open.",
    "request_opened": "Escalation is requested.",
    "state_changed": "A workflow moves from a state to another.",
    "target_breached": "A target was not met by its due time.",
    "target_corrected": "A late fact changes how a target stood: before and after.",
    "target_judged": "A target that was met or missed is judged again by a new priority.",
    "target_met": "A clock stops in time.",
    "target_met_late": "A clock stops after its target was missed.",
    "target_set": "A clock gets its target: seconds, in which calendar, counted since when, for which priority.",
    "target_withdrawn": "The ticket is over; an open target ends without a verdict.",
    "team_set": "The team that has the ticket now.",
    "ticket_reopened": "The ticket is open again, and how many times it was reopened.",
    "timer_fired": "A state has lasted as long as a timer says.",
    "timer_reset": "An event has a timer count anew.",
    "timer_voided": "A timer that fired would not have, had a late fact been known; the firing stays.",
}
"""The engine's own records; no event type of a policy has such a name."""

ANSWERS = ("open", "accepted", "declined", "ended")
"""What may have become of a requested escalation; the values of `CHAIN.status`."""

STATUSES: Mapping[str, str] = {
    "running": "it counts, whether the calendar is open or not, and is not overdue",
    "paused": "a state pauses it, or another team has the ticket",
    "met": "stopped in time; exactly at the due time is in time",
    "breached": "overdue and still open",
    "missed_then_met": "stopped after it was due",
    "withdrawn": "the ticket was over first",
    "stopped": "stopped, without a target",
}
"""How a metric may stand; the values of `METRIC.status`."""

LEVEL_STATUSES: Mapping[str, str] = {
    "planned": "to come, if nothing changes",
    "fired": "reached: those it names were told",
    "withdrawn": "does not come any more",
}
"""How a level of a chain may stand."""

CAUSES: Mapping[str, str] = {
    "due": "its time had come",
    "changed": "a change made it overdue, and it happened at the change",
    "caught_up": "it was due while nobody asked, and happens late (see the assumption `caught_up_after`)",
    "requested": "somebody requested it",
}
"""Why a level fired, a target was missed or a timer went off."""

COMMANDS: Mapping[str, tuple[str, str]] = {
    "notify": (
        "tell the roles that a level names, or a timer",
        "`TICKET/CHAIN/LEVEL/CYCLE`, `TICKET/timer/TIMER/DUE_AT`",
    ),
    "notify_again": (
        "tell those again who were told before a ticket was reopened",
        "`TICKET/CHAIN/LEVEL/CYCLE/reopened-INSTANT`",
    ),
    "advise_clarification": ("advise a role to ask about the priority", "`TICKET/advice/RULE/INSTANT`"),
    "flag": ("draw a role's attention to the ticket", "`TICKET/advice/RULE/INSTANT`"),
    "triage": ("have the `support_engineer` look after a ticket of an unknown organization", "`TICKET/triage/INSTANT`"),
    "tell_customer": (
        "tell the customer that the priority changed, or how a request for escalation was answered",
        "`TICKET/priority/INSTANT/NUMBER`, `TICKET/CHAIN/CYCLE/ANSWER`",
    ),
}
"""The effects a decision asks for, each with the form of its key: the same effect has the same key, always."""


def variables_for(
    rule_set: str,
    facts: Mapping[str, Variable],
    options: Mapping[str, tuple[str, ...]],
    metrics: Iterable[str] = (),
    events: Iterable[EventWords] = (),
    requests: Iterable[str] = (),
) -> dict[str, Variable]:
    """Every variable that rules of `rule_set` may name; `options` closes the list of values of some.

    Rules of `advice` and `guards` may ask how a metric stands (`first_response.status`) and what became of a requested
    chain (`requested.status`), those of `guards` what the present event carries (`event.reason`).
    Rules of `intake` ask what a mail says (`mail.subject`), not what is known of a ticket.
    """
    if rule_set == "intake":
        options = {**options, "mail.by": tuple(actor for actor in ACTORS if actor != "automatic")}
        return {name: Variable(name, kind, options.get(name, ())) for name, (kind, _) in INTAKE.items()}
    known = dict(facts)
    tables = [BASE, DERIVED] + ([LATE] if rule_set != "priority" else [])
    for table in tables:
        for name, (kind, _) in table.items():
            known[name] = Variable(name, kind, options.get(name, ()))
    if rule_set in ("advice", "guards"):
        known |= {f"{metric}.status": Variable(f"{metric}.status", "string", tuple(STATUSES)) for metric in metrics}
        known |= {f"{chain}.status": Variable(f"{chain}.status", "string", ANSWERS) for chain in requests}
    if rule_set == "guards":
        known |= {f"event.{name}": Variable(f"event.{name}", "string") for name in CARRIED}
        for words in events:
            for name, variable in words.carries.items():
                if variable is not BAD:
                    known[f"event.{name}"] = replace(variable, name=f"event.{name}")
    return known
