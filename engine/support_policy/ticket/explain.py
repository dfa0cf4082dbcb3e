"""`explain`: why a ticket stands where it stands, and why not otherwise. Pure; from a decided history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from support_policy.kernel.catalogue import OPERATORS
from support_policy.model.event import Because, Event, Seen, micros
from support_policy.policy.calendars import YEARS
from support_policy.policy.compiled import Policy
from support_policy.policy.names import BASE, DERIVED, LATE, LIFECYCLE
from support_policy.ticket.agenda import Kind, agenda
from support_policy.ticket.draft import Draft
from support_policy.ticket.evaluate import Local, Run
from support_policy.ticket.explain_clocks import target_whys
from support_policy.ticket.explain_levels import level_whys
from support_policy.ticket.explain_tale import Tale
from support_policy.ticket.explain_words import (
    ChainWhyNot,
    Explanation,
    LevelWhy,
    Note,
    PriorityChange,
    PriorityWhy,
    Reason,
    RequestWhy,
    Saw,
    TargetWhy,
    TimerWhy,
    Told,
)


def explain(made: Run) -> Explanation:
    """Everything there is to say about a decided history (see `evaluate.run`), as of its instant."""
    policy, state = made.governing, made.state
    local = Local(policy, state)
    tale = Tale(policy, state.log)
    priority = _priority(made, tale, local)
    targets = tuple(target_whys(made, tale, local))
    levels = tuple(level_whys(made, tale, local))
    shown = {reason.rule for reason in (*priority.fired, *priority.missed, *priority.advice)}
    # The lines that set targets and levels are told with them.
    shown |= {f"metrics.{target.metric}" for target in targets}
    shown |= {f"escalation.{level.chain}.{level.level}" for level in levels}
    shown |= {reason.rule for reason in made.reasons.values() if not reason.says and not reason.clause}
    reasons = [_reason(policy, because) for because in made.reasons.values() if because.held]
    assumed = tuple(r for r in reasons if r.rule.startswith("assumptions."))
    others = tuple(
        r for r in reasons if r not in assumed and r.rule not in shown and not r.rule.startswith("priorities.")
    )
    name = str(state.facts.get("organization") or "")
    known = policy.text.organizations.get(name)
    machine = state.machines.get(LIFECYCLE, policy.life.initial)
    return Explanation(
        ticket=state.ticket,
        policy={"name": policy.name, "version": policy.version, "digest": policy.digest, **policy.versions},
        at=local.time(micros(made.at)),
        state=tale.label(machine),
        over=machine in policy.life.finals,
        organization=name,
        organization_label=known.label if known else "",
        office=state.office or policy.text.default_office,
        zone=local.calendar.timezone,
        priority=priority,
        targets=targets,
        levels=levels,
        timers=tuple(_timers(made, local)),
        absent=tuple(_absent(made)),
        requests=tuple(_requests(tale, local)),
        events=tuple(_localised(event, local) for event in tale.events),
        refused=tuple(_localised(event, local) for event in tale.events if event.outcome == "refused"),
        told=tuple(
            Told(local.time(micros(c.at)), c.name, c.notify, local.record(dict(c.about))) for c in made.commands
        ),
        assumptions=assumed,
        others=others,
        notes=tuple(_notes(made, tale, local, targets, levels)),
        clauses=_clauses(policy, _cited(priority, targets, levels, (*assumed, *others))),
    )  # fmt: skip


# -- reasons -------------------------------------------------------------------------------------------------------


def _reason(policy: Policy, because: Because) -> Reason:
    saw = tuple(_saw(policy, seen) for seen in because.seen)
    return Reason(
        str(because.rule), str(because.says), because.span, tuple(map(str, because.clause)), because.held, saw
    )


def _saw(policy: Policy, seen: Seen) -> Saw:
    variable = policy.text.facts.get(seen.name)
    derived = {**BASE, **DERIVED, **LATE}.get(seen.name, ("string", ""))
    operator = OPERATORS[variable.type if variable else derived[0]].get(seen.operator)
    label = operator.label if operator else str(seen.operator).replace("_", " ")
    return Saw(str(seen.name), str(seen.operator), label, seen.value, seen.seen, seen.held, seen.span)


def _cited(
    priority: PriorityWhy, targets: Iterable[TargetWhy], levels: Iterable[LevelWhy], others: Iterable[Reason]
) -> Iterator[str]:
    for reason in (*priority.fired, *priority.missed, *priority.advice, *others):
        yield from reason.clause
    clocked: list[TargetWhy | LevelWhy] = [*targets, *levels]
    for why in clocked:
        yield from (*why.clause, *(why.promise.clause if why.promise else ()))


def _clauses(policy: Policy, cited: Iterable[str]) -> Mapping[str, str]:
    known = policy.text.clauses
    return {str(name): str(known[name].says) for name in dict.fromkeys(cited) if name in known}


# -- priority ------------------------------------------------------------------------------------------------------


def _priority(made: Run, tale: Tale, local: Local) -> PriorityWhy:
    policy, state = made.governing, made.state
    # Asked again of the facts as they are now: the reasons of a run are those of the first asking.
    draft = Draft(policy, state, made.at)
    if state.priority:
        draft.ask("priority")
    reasons = [_reason(policy, because) for because in draft.reasons.values()]
    holding = Draft(policy, state, made.at)
    if state.priority:
        holding.ask("advice")
    advice = [_reason(policy, because) for because in holding.reasons.values() if because.held]
    known = policy.text.priorities.get(state.priority)
    return PriorityWhy(
        stated=str(state.stated),
        assessed=str(state.assessed),
        in_force=str(state.priority),
        label=str(known.label) if known else "",
        settled=state.settled,
        changes=tuple(_changes(tale, local)),
        fired=tuple(r for r in reasons if r.held),
        missed=tuple(r for r in reasons if not r.held),
        advice=tuple(r for r in advice if r.rule in state.advice),
    )


def _changes(tale: Tale, local: Local) -> Iterator[PriorityChange]:
    for record in tale.records("priority_set"):
        fact = tale.cause(record) if record.data["cause"] == "changed" else None
        yield PriorityChange(
            local.time(micros(record.at)),
            record.data["to"],
            record.data["cause"],
            record.data.get("from", ""),
            fact.by if fact else "",
            str(fact.data.get("reason", "")) if fact else "",
            str(fact.data.get("timer") or fact.data.get("level") or "") if fact and fact.engine else "",
        )


# -- requests ------------------------------------------------------------------------------------------------------


def _requests(tale: Tale, local: Local) -> Iterator[RequestWhy]:
    opened = tale.records("request_opened")
    for n, record in enumerate(opened):
        later = opened[n + 1].at if n + 1 < len(opened) else None
        chain = record.data["chain"]
        place = tale.events.index(record)
        after = [e for e in tale.events[place:] if e.engine and (later is None or e.at < later)]
        joined = [e for e in after if e.type == "request_joined" and e.data["chain"] == chain]
        answer = next((e for e in after if e.type == "request_answered" and e.data["chain"] == chain), None)
        yield RequestWhy(
            chain,
            local.time(micros(record.at)),
            record.data.get("via") or "",
            record.data.get("reason") or "",
            tuple(local.time(micros(e.at)) for e in joined),
            answer.data["answer"] if answer else "",
            local.time(micros(answer.at)) if answer else None,
            (answer.data.get("reason") or "") if answer else "",
        )


def _timers(made: Run, local: Local) -> Iterator[TimerWhy]:
    policy, state = made.governing, made.state
    for pending in agenda(policy, state) if policy.timers else ():
        if pending.kind is Kind.STATE:
            table, timer = policy.timer(pending.name)
            words = table.states[timer.state]
            yield TimerWhy(
                str(timer.id), str(table.name), str(words.label or words.name), str(timer.after), str(timer.says),
                str(timer.do), tuple(map(str, timer.notify)), local.time(pending.due), timer.span,
                tuple(map(str, timer.clause)),
            )  # fmt: skip


def _absent(made: Run) -> Iterator[ChainWhyNot]:
    text, state = made.governing.text, made.state
    mine = text.priorities.get(state.priority)
    for name, chain in text.chains.items():
        if not any(run.chain == name for run in state.chains.values()) and mine is not None:
            has = tuple(str(p.name) for p in text.priorities.values() if name in p.escalation)
            # Where the priority lacks the chain, the line of the priority is the one to change.
            lacks = name not in mine.escalation
            yield ChainWhyNot(str(name), chain.requested, not lacks, has, mine.span if lacks else chain.span)


# -- notes ---------------------------------------------------------------------------------------------------------


def _notes(
    made: Run, tale: Tale, local: Local, targets: tuple[TargetWhy, ...], levels: tuple[LevelWhy, ...]
) -> Iterator[Note]:
    policy, state = made.governing, made.state
    first = next((e for e in tale.facts() if e.outcome == "accepted"), None)
    if first is None:
        yield Note("not_submitted", {})
        yield from _left_out(made)
        return
    effective = policy.text.effective_from
    if effective is not None and first.at < effective:
        yield Note("before_effective", {"at": local.time(micros(first.at)), "effective": local.time(micros(effective)),
                                        "version": str(policy.version)})  # fmt: skip
    if not state.known_organization:
        name = state.facts.get("organization")
        yield Note("unknown_organization" if name else "no_organization", {"name": name, "office": state.office})
    yield from _horizon(policy, made, targets, levels)
    for event in state.log:
        if event.outcome == "late":
            learned = event.recorded_at or event.at
            yield Note(
                "late", {"type": event.type, "at": local.time(micros(event.at)), "learned": local.time(micros(learned))}
            )
    yield from _left_out(made)


def _left_out(made: Run) -> Iterator[Note]:
    if made.left_out:
        yield Note("left_out", {"count": made.left_out})


def _horizon(policy: Policy, made: Run, targets: tuple[TargetWhy, ...], levels: tuple[LevelWhy, ...]) -> Iterator[Note]:
    """Sums that reach years whose holidays are not known."""
    office = made.state.office or policy.text.default_office
    time = policy.offices[office]
    clocked: list[TargetWhy | LevelWhy] = [*targets, *levels]
    rows = [row for why in clocked if why.promise and why.promise.business for row in why.rows]
    if not rows or time.known_until is None:
        return
    first, last = min(row.begin.year for row in rows), max(row.end.year for row in rows)
    if last > time.known_until or first < YEARS[0]:
        yield Note("holidays_unknown", {"office": office, "from": YEARS[0], "until": time.known_until})
    elif time.moved_until is not None and last > time.moved_until:
        yield Note("holidays_may_move", {"office": office, "until": time.moved_until})


def _localised(event: Event, local: Local) -> Event:
    data: dict[str, Any] = local.record(dict(event.data)) if event.engine else dict(event.data)
    recorded = event.recorded_at
    return replace(
        event,
        at=local.time(micros(event.at)),
        recorded_at=local.time(micros(recorded)) if recorded else None,
        data=data,
    )
