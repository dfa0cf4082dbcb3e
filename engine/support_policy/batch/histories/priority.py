"""Facts, office, priority, promise and advice, for many tickets at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from support_policy.batch.histories.codes import NONE
from support_policy.batch.histories.commands import ADVISED, COMMANDS, TOLD_CUSTOMER, TRIAGE
from support_policy.batch.histories.kinds import kinds
from support_policy.batch.histories.part import PASSING, Part, Step
from support_policy.batch.histories.state import Bools, Ints
from support_policy.batch.histories.why import CONTRACT
from support_policy.policy.names import PRIORITY_CHANGED


def tell(part: Part, step: Step, tells: Bools) -> None:
    """The facts that events set; what is stated anew is undecided and unsettled."""
    rows = np.flatnonzero(tells)
    if not rows.size:
        return
    state, tickets, events = part.state, step.tickets[rows], step.events[rows]
    for name in part.facts:
        given = part.events.facts.get(name)
        if given is not None:
            codes = given.codes[events]
            told = codes != NONE
            state.facts[name][tickets[told]] = np.where(codes[told] >= 0, codes[told], NONE)
    stated = part.events.stated[events]
    told = stated != NONE
    stated = np.where(stated >= 0, stated, NONE)
    anew = told & (stated != state.stated[tickets])
    mine = tickets[anew]
    state.stated[mine] = stated[anew]
    state.decided[mine] = False
    state.settled[mine] = False


def hand_over(part: Part, step: Step) -> None:
    """The team that has each ticket from now on, where an event names one."""
    column = part.events.data.get("team")
    if column is not None:
        team = column.codes[step.events]
        rows = np.flatnonzero(team >= 0)
        rows = rows[np.array([*map(bool, column.values)])[team[rows]]]
        part.state.team[step.tickets[rows]] = team[rows]


def serve(part: Part, step: Step, tells: Bools) -> Bools:
    """The office that serves each organization; for which tickets under way it has changed."""
    changed = np.zeros(len(step.tickets), bool)
    rows = np.flatnonzero(tells | step.began)
    if not rows.size:
        return changed
    state, customers, policy = part.state, part.customers, part.lowered.policy
    tickets = step.tickets[rows]
    organization = state.facts["organization"][tickets]
    office, known = customers.office[organization], customers.known[organization]
    state.plan[tickets] = customers.plan[organization]
    state.leave(tickets[customers.dated[organization]], CONTRACT)
    moved = (office != state.office[tickets]) & ~step.began[rows]
    anew = step.began[rows] | moved | (known != state.known[tickets])
    state.office[tickets], state.known[tickets] = office, known
    changed[rows] = moved
    part.touched[tickets[moved]] = True
    if policy.text.organizations and policy.setting("unknown_organization") == "triage":
        strange = anew & ~known
        part.notices.add(tickets[strange], step.at[rows[strange]], TRIAGE, ("support_engineer",))
    return changed


def assess(part: Part, step: Step, tells: Bools) -> None:
    """The priority that the rules make of the facts, where these have changed."""
    rows = np.flatnonzero(tells | step.began)
    rules = part.lowered.rules.get("priority")
    if not rows.size or rules is None:
        return
    state, tickets, at = part.state, step.tickets[rows], step.at[rows]
    fired = rules.fired(part.columns(rules.variables, tickets, at), len(rows))
    if fired.ndim == 2:  # all that hold fire: the first counts
        fired = np.where(fired.any(0), fired.argmax(0), NONE)
    assessed = _assessed(part)[fired]
    anew = assessed != state.assessed[tickets]
    mine = tickets[anew]
    state.assessed[mine] = assessed[anew]
    state.assessed_by[mine] = fired[anew]
    state.settled[mine] = False


def _assessed(part: Part) -> NDArray[np.int16]:
    """By rule, and for none: what it assesses."""
    known = {name: code for code, name in enumerate(part.lowered.priorities)}
    made = []
    for rule in part.lowered.policy.rules["priority"].words:
        to = next((str(a.params["priority"]) for a in rule.actions if a.name == "assess"), "")
        made.append(known.get(to, NONE))
    return np.array([*made, NONE], np.int16)


def put_in_force(part: Part, step: Step) -> None:
    """The priority a ticket begins with: stated or assessed, as the policy says; else the one for nothing at all."""
    rows = np.flatnonzero(step.began)
    if not rows.size:
        return
    state, policy, tickets = part.state, part.lowered.policy, step.tickets[rows]
    known = {name: code for code, name in enumerate(part.lowered.priorities)}
    stated, assessed = state.stated[tickets], state.assessed[tickets]
    both = stated if policy.setting("priority_in_force") == "stated" else assessed
    nothing = policy.setting("nothing_stated")
    if nothing == "assessed":
        otherwise = np.where(assessed >= 0, assessed, known[str(policy.setting("nothing_assessable"))])
    else:
        otherwise = np.full(len(rows), known[str(nothing)], np.int16)
    made = np.where((stated >= 0) & (assessed >= 0) & (stated != assessed), both, stated)
    state.priority[tickets] = np.where(stated >= 0, made, otherwise)


def change(part: Part, step: Step) -> Bools:
    """A change of priority that names one is put in force; which of the facts are such."""
    state = part.state
    to = part.events.to[step.events]
    asked: Bools = (step.type == part.lowered.code(PRIORITY_CHANGED)) & (to >= 0)
    rows = np.flatnonzero(asked)
    if rows.size:
        tickets = step.tickets[rows]
        other = state.priority[tickets] != to[rows]
        state.priority[tickets] = to[rows]
        state.decided[tickets] = True
        state.settled[tickets] = True
        part.notices.add(tickets[other], step.at[rows[other]], TOLD_CUSTOMER, ("customer",))
    return asked


def _passing(names: tuple[str, ...]) -> bool:
    """Whether rules ask for what changes without a fact or a change of priority."""
    return any(name in PASSING or name.endswith(".status") for name in names)


def promise(part: Part, step: Step, changed: Bools) -> None:
    """What each ticket is promised now."""
    lowered, state = part.lowered, part.state
    rules = lowered.rules.get("targets") if lowered.policy.choices else None
    rows = (
        np.flatnonzero(changed | step.began)
        if rules is None or not _passing(rules.variables)
        else np.arange(len(changed))
    )
    if not rows.size:
        return
    tickets, at = step.tickets[rows], step.at[rows]
    plans = part.customers.plans
    combined = state.priority[tickets].astype(np.int64) * (len(plans) + 1) + state.plan[tickets] + 1
    fired = None
    if rules is not None:
        fired = rules.fired(part.columns(rules.variables, tickets, at), len(rows))
        if fired.ndim == 1:  # only the first that holds fires
            fired = np.arange(len(lowered.policy.choices))[:, None] == fired
        packed = np.packbits(fired, axis=0)
        _, inverse = np.unique(packed, axis=1, return_inverse=True)
        combined = combined * (int(inverse.max(initial=0)) + 1) + inverse.reshape(-1)
    first, which = kinds(combined)
    numbers = np.empty(len(first), np.int32)
    for kind, row in enumerate(first):
        priority = lowered.priorities[int(state.priority[tickets[row]])]
        plan = int(state.plan[tickets[row]])
        some = () if fired is None else tuple(int(index) for index in np.flatnonzero(fired[:, row]))
        numbers[kind] = lowered.promises.number(priority, plans[plan] if plan >= 0 else None, some)
    lowered.promises.stacked()
    state.promise[tickets] = numbers[which]


def advise(part: Part, step: Step, changed: Bools) -> None:
    """Advice that newly holds is given; what no longer holds is dropped."""
    lowered, state = part.lowered, part.state
    rules = lowered.rules.get("advice")
    if rules is None:
        return
    rows = np.arange(len(changed)) if _passing(rules.variables) else np.flatnonzero(changed | step.began)
    if not rows.size:
        return
    tickets, at = step.tickets[rows], step.at[rows]
    fired = rules.fired(part.columns(rules.variables, tickets, at), len(rows))
    holds: Bools = fired.astype(bool) if fired.ndim == 2 else np.arange(len(state.advice))[:, None] == fired
    anew = holds & ~state.advice[:, tickets]
    state.advice[:, tickets] = holds
    for index, rule in enumerate(lowered.policy.rules["advice"].words):
        mine: Ints = np.flatnonzero(anew[index])
        for action in rule.actions if mine.size else ():
            role = action.params.get("role")
            if role and action.name in ADVISED:
                part.notices.add(tickets[mine], at[mine], COMMANDS.index(str(action.name)), (str(role),))
