"""What the words of a template stand for in one message; see `template_words.WORDS`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from support_policy.model.event import Command, Event, instant, micros
from support_policy.model.promise import Chain, Level
from support_policy.policy.compiled import Policy
from support_policy.policy.names import LIFECYCLE
from support_policy.render.sentences import spaced
from support_policy.render.template_words import MISSING, REQUESTS, TARGET, WORDS
from support_policy.source.words import Duration
from support_policy.ticket.evaluate import Local, Run, target_row
from support_policy.ticket.state import TicketState, key_of

Values = dict[str, Any]


def of_command(policy: Policy, run: Run, command: Command) -> Values:
    """The words of what a command tells, about the ticket as `run` has it."""
    state, about = run.state, command.about
    local = Local(policy, state)
    chain, level = level_of(policy, command)
    priority = about.get("to") if about.get("about") == "priority_changed" else about.get("priority")
    priority = priority or state.priority
    life = state.machines.get(LIFECYCLE, policy.life.initial)
    known, previous = policy.life.states.get(life), about.get("from")
    at = _instant(local, command.at)
    return complete(
        policy,
        ticket=state.ticket,
        organization=organization_of(policy, state.facts.get("organization")),
        priority=priority,
        priority_name=label_of(policy, priority),
        previous_priority=previous,
        previous_priority_name=label_of(policy, previous),
        state=life,
        state_name=(known.label if known else "") or spaced(life),
        chain=about.get("chain"),
        level=about.get("level"),
        says=about.get("says") or (level.says if level else "") or (chain.says if chain else ""),
        then=spaced(about.get("then") or (level.then if level else "")),
        due_at=_instant(local, about.get("due_at") or _fell_due(state, command)),
        fired_at=at if level else MISSING,
        at=at,
        clause=_clauses(policy, _cited(policy, command, chain, level, priority)),
        reason=about.get("reason") or (_asked(state, chain.name) if chain and chain.requested else None),
        facts=_facts(policy, state),
        targets=_targets(policy, run, command, local),
        **told(command.notify),
    )


def level_of(policy: Policy, command: Command) -> tuple[Chain | None, Level | None]:
    """The chain and level that a command speaks of."""
    chain, number = policy.text.chains.get(command.about.get("chain") or ""), command.about.get("level")
    known = chain is not None and isinstance(number, int) and 1 <= number <= len(chain.levels)
    return chain, chain.levels[number - 1] if known and chain and isinstance(number, int) else None


def complete(policy: Policy, **known: Any) -> Values:
    """Every word; what says nothing is missing."""
    text = policy.text
    made: Values = dict.fromkeys(WORDS, MISSING)
    made |= {
        "contact": text.contact.email if text.contact else MISSING,
        "policy": text.name,
        "version": text.version,
        "facts": dict.fromkeys(policy.facts, MISSING),
        "targets": {str(name): dict.fromkeys(TARGET, MISSING) for name in text.metrics},
        "requests": dict.fromkeys(REQUESTS, MISSING),
    }
    return made | {name: value for name, value in known.items() if value not in (None, "")}


def told(notify: Iterable[tuple[str, str]]) -> Values:
    """The words about those who are told."""
    roles = tuple(dict.fromkeys(spaced(role) for role, _ in notify))
    return {"roles": roles, "recipients": tuple(dict.fromkeys(to for _, to in notify if to))}


def organization_of(policy: Policy, name: str | None) -> str | None:
    """What people call an organization."""
    known = policy.text.organizations.get(name or "")
    return (known.label if known else "") or name


def label_of(policy: Policy, priority: str | None) -> str | None:
    """What people call a priority."""
    known = policy.text.priorities.get(priority or "")
    return known.label if known else None


def _fell_due(state: TicketState, command: Command) -> datetime | None:
    """When a level that was told before had fallen due."""
    run = state.chains.get(key_of(command.about.get("chain") or "", command.about.get("team") or ""))
    level = run.levels.get(command.about.get("level") or 0) if run else None
    return instant(level.due) if level and level.due is not None else None


def _instant(local: Local, at: datetime | str | None) -> Any:
    if at is None:
        return MISSING
    return local.time(micros(datetime.fromisoformat(at) if isinstance(at, str) else at))


def _cited(policy: Policy, command: Command, chain: Chain | None, level: Level | None, priority: str) -> Iterable[str]:
    rule = command.about.get("rule")
    if rule:
        return (c for rules in policy.rules.values() for words in rules.words if words.id == rule for c in words.clause)
    if chain is not None and chain.requested:
        return chain.clauses(priority)
    return level.clause if level else ()


def _clauses(policy: Policy, cited: Iterable[str]) -> tuple[str, ...]:
    clauses = policy.text.clauses
    return tuple(str(clauses[name].says) if name in clauses else str(name) for name in cited)


def _asked(state: TicketState, chain: str) -> str | None:
    """The reason that the customer gave for the latest request."""
    for event in reversed(list(_records(state.log))):
        if event.type == "request_opened" and event.data["chain"] == chain:
            reason: str | None = event.data.get("reason")
            return reason
    return None


def _records(log: Iterable[Event]) -> Iterable[Event]:
    for event in log:
        if event.engine:
            yield from event.data["events"] if event.type == "refolded" else (event,)


def _facts(policy: Policy, state: TicketState) -> Mapping[str, Any]:
    known = {name: state.facts.get(name) for name in policy.facts}
    return {name: MISSING if value is None or value == "" else value for name, value in known.items()}


def _targets(policy: Policy, run: Run, command: Command, local: Local) -> Mapping[str, Any]:
    """A row for every metric; promises inside the house stay empty in what customers are told."""
    rows: Values = {}
    for name, metric in policy.text.metrics.items():
        rows[str(name)] = dict.fromkeys(TARGET, MISSING)
        clock = run.state.counted(name, run.state.team if metric.per_team else "")
        inside = metric.kind != "sla" and command.name == "tell_customer"
        if clock is not None and not inside:
            rows[str(name)] |= _row(target_row(policy, clock, command.at, local), local)
    return rows


def _row(row: Mapping[str, Any], local: Local) -> Values:
    business = row["calendar"] != "always"
    target, worked = row["target_seconds"], int(row["worked_seconds"])
    return {
        "metric": row["metric"],
        "status": row["status"],
        "target": MISSING if target is None else Duration(target, business),
        "worked": Duration(worked, business),
        **{name: _instant(local, row[name]) for name in ("due_at", "started_at", "stopped_at")},
    }
