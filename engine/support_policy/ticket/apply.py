"""What an accepted fact does, in order: facts, priority, promise, clocks, chains, requests, advice."""

from __future__ import annotations

from typing import Any

from support_policy.model.event import Event
from support_policy.model.workflow import Edge, Table
from support_policy.policy.names import LIFECYCLE, PRIORITY_CHANGED
from support_policy.ticket import chains, clocks
from support_policy.ticket.draft import Draft
from support_policy.ticket.promise import Promise, promised


def apply(draft: Draft, fact: Event, moves: list[tuple[Table, Edge]]) -> None:
    """Everything that follows from a fact the workflows allow; `moves` are the steps it makes in them."""
    began = LIFECYCLE not in draft.state.machines
    draft.fact(fact)
    for table, edge in moves:
        draft.move(table, edge, fact.type)
    _reset_timers(draft, fact)
    if fact.data.get("team") and fact.data["team"] != draft.state.team:
        draft.emit("team_set", team=fact.data["team"])
    office_changed = _serve(draft, began=began)
    if began or fact.fields:
        _assess(draft)
    previous = draft.state.priority
    if began:
        _put_in_force(draft)
    if fact.type == PRIORITY_CHANGED:
        _change_priority(draft, fact)
    priority_changed = draft.state.priority != previous
    before = draft.state.escalation
    promise = _promise(draft)
    clocks.stop_clocks(draft, fact)
    restarted = clocks.reopen_clocks(draft, fact, promise)
    started = clocks.start_clocks(draft, fact, promise)
    clocks.pause_clocks(draft)
    absorbed = clocks.absorb(draft, fact)
    changed = priority_changed or office_changed or absorbed or clocks.promise_differs(draft, promise)
    if changed and not began:
        clocks.reaim(draft, promise, priority_changed=priority_changed)
    chains.follow(draft, fact, before, started, began=began)
    chains.stop_chains(draft, fact)
    chains.reopen_chains(draft, fact, restarted)
    chains.follow_requests(draft, fact)
    _end(draft, fact.type)
    _advise(draft)


def settle(draft: Draft, reason: str) -> None:
    """A machine may have moved without a fact: clocks pause or go on, and in a final state all comes to its end."""
    clocks.pause_clocks(draft)
    _end(draft, reason)


def _end(draft: Draft, reason: str) -> None:
    if draft.state.machines.get(LIFECYCLE) in draft.policy.life.finals:
        clocks.withdraw_clocks(draft, reason)
        chains.end_chains(draft, reason)


def adopt(draft: Draft, record: dict[str, Any]) -> None:
    """The next version of the policy takes the ticket over: what is open is aimed anew, verdicts stay."""
    following = draft.policy.successor
    if following is None:
        return
    draft.policy = following
    draft.emit("policy_adopted", digest=following.digest, version=following.version, **record)
    _serve(draft, began=False)
    before = draft.state.escalation
    promise = _promise(draft)
    clocks.pause_clocks(draft)
    clocks.reaim(draft, promise, retarget=True)
    fact = Event("policy_adopted", draft.at, engine=True)
    chains.follow(draft, fact, before, (), began=False)
    chains.replan(draft)
    _advise(draft)


def _reset_timers(draft: Draft, fact: Event) -> None:
    for table in draft.policy.tables.values():
        for timer in table.timers.get(draft.state.machines.get(table.name, table.initial), ()):
            if draft.happens(timer.reset, fact):
                draft.emit("timer_reset", workflow=table.name, timer=timer.id)


def _promise(draft: Draft) -> Promise:
    promise = promised(draft)
    if promise.chains != draft.state.escalation:
        draft.emit("escalation_set", chains=list(promise.chains))
    return promise


def _serve(draft: Draft, *, began: bool) -> bool:
    """The office that serves the organization; whether that changed for a ticket under way."""
    policy, state = draft.policy, draft.state
    name = state.facts.get("organization")
    organization = policy.text.organizations.get(name) if name else None
    office = (organization.office if organization else "") or policy.text.default_office
    known = organization is not None
    if not began and (office, known) == (state.office, state.known_organization):
        return False
    moved = not began and office != state.office
    draft.emit("office_set", office=office, known=known)
    if not known and policy.text.organizations and draft.setting("unknown_organization") == "triage":
        draft.command("triage", f"triage/{draft.at.isoformat()}", ("support_engineer",), organization=name)
    return moved


def _assess(draft: Draft) -> None:
    fired = draft.ask("priority")
    assessed = None
    rule = None
    if fired:
        words = draft.policy.rules["priority"].words[fired[0]]
        rule = words.id
        assessed = next((a.params["priority"] for a in words.actions if a.name == "assess"), None)
    if (assessed or "") != draft.state.assessed:
        draft.emit("priority_assessed", assessed=str(assessed) if assessed else None, rule=rule)


def _put_in_force(draft: Draft) -> None:
    """The priority a ticket begins with: stated or assessed, as the policy says; else the one for nothing at all."""
    state = draft.state
    stated, assessed = state.stated, state.assessed
    if stated and assessed and stated != assessed:
        cause = draft.setting("priority_in_force")
    elif stated:
        cause = "stated"
    else:
        cause = draft.setting("nothing_stated")
    if cause == "stated":
        to = stated
    elif cause == "assessed" and assessed:
        to = assessed
    elif cause == "assessed":
        cause, to = "nothing_to_assess", draft.setting("nothing_assessable")
    else:
        # The policy names the priority for tickets that state none.
        cause, to = "nothing_stated", cause
    draft.emit("priority_set", to=str(to), cause=str(cause))


def _change_priority(draft: Draft, fact: Event) -> None:
    old, to = draft.state.priority, fact.data.get("to")
    if to is None:
        return
    draft.emit("priority_set", to=str(to), cause="changed", **{"from": old})
    if to != old:
        # Keys name the instant, and the place among changes at that instant: they stay what they are when a late
        # fact has the ticket told anew.
        same = sum(e.type == fact.type and e.at == fact.at for e in draft.state.log)
        key = f"priority/{fact.at.isoformat()}/{same}"
        about = {"about": "priority_changed", "from": old, "to": str(to), "reason": fact.data.get("reason")}
        draft.command("tell_customer", key, (), **about)


def _advise(draft: Draft) -> None:
    """Advice that newly holds is given; what no longer holds is dropped."""
    words = draft.policy.rules.get("advice")
    if words is None:
        return
    fired = [words.words[index] for index in draft.ask("advice")]
    now = tuple(str(rule.id) for rule in fired)
    old = draft.state.advice
    if now == old:
        return
    draft.emit("advice_changed", rules=list(now))
    for rule in fired:
        if rule.id not in old:
            for action in rule.actions:
                role = action.params.get("role")
                key = f"advice/{rule.id}/{draft.at.isoformat()}"
                draft.command(str(action.name), key, (role,) if role else (), rule=str(rule.id), says=str(rule.says))
