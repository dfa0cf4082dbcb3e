"""Facts, office, priority, promise and advice, for many tickets at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from support_policy.batch.histories.codes import NONE
from support_policy.batch.histories.cohort import PASSING, Cohort, Step
from support_policy.batch.histories.commands import ADVISED, COMMANDS, TOLD_CUSTOMER, TRIAGE
from support_policy.batch.histories.kinds import kinds
from support_policy.batch.histories.state import Bools, Ints
from support_policy.batch.histories.why import CONTRACT
from support_policy.policy.names import PRIORITY_CHANGED


def tell(cohort: Cohort, step: Step, tells: Bools) -> None:
    """The facts that events set; what is stated anew is undecided and unsettled."""
    rows = np.flatnonzero(tells)
    if not rows.size:
        return
    state, tickets, events = cohort.state, step.tickets[rows], step.events[rows]
    for name in cohort.facts:
        given = cohort.events.facts.get(name)
        if given is not None:
            codes = given.codes[events]
            told = codes != NONE
            state.facts[name][tickets[told]] = np.where(codes[told] >= 0, codes[told], NONE)
    stated = cohort.events.stated[events]
    told = stated != NONE
    stated = np.where(stated >= 0, stated, NONE)
    anew = told & (stated != state.stated[tickets])
    mine = tickets[anew]
    state.stated[mine] = stated[anew]
    state.decided[mine] = False
    state.settled[mine] = False


def hand_over(cohort: Cohort, step: Step) -> None:
    """The team that has each ticket from now on, where an event names one."""
    column = cohort.events.data.get("team")
    if column is not None:
        team = column.codes[step.events]
        rows = np.flatnonzero(team >= 0)
        rows = rows[np.array([*map(bool, column.values)])[team[rows]]]
        cohort.state.team[step.tickets[rows]] = team[rows]


def serve(cohort: Cohort, step: Step, tells: Bools) -> Bools:
    """The office that serves each organization; for which tickets under way it has changed."""
    changed = np.zeros(len(step.tickets), bool)
    rows = np.flatnonzero(tells | step.began)
    if not rows.size:
        return changed
    state, customers, policy = cohort.state, cohort.customers, cohort.lowered.policy
    tickets = step.tickets[rows]
    organization = state.facts["organization"][tickets]
    office, known = customers.office[organization], customers.known[organization]
    state.plan[tickets] = customers.plan[organization]
    state.leave(tickets[customers.dated[organization]], CONTRACT)
    moved = (office != state.office[tickets]) & ~step.began[rows]
    anew = step.began[rows] | moved | (known != state.known[tickets])
    state.office[tickets], state.known[tickets] = office, known
    changed[rows] = moved
    cohort.touched[tickets[moved]] = True
    if policy.text.organizations and policy.setting("unknown_organization") == "triage":
        strange = anew & ~known
        cohort.notices.add(tickets[strange], step.at[rows[strange]], TRIAGE, ("support_engineer",))
    return changed


def assess(cohort: Cohort, step: Step, tells: Bools) -> None:
    """The priority that the rules make of the facts, where these have changed."""
    rows = np.flatnonzero(tells | step.began)
    rules = cohort.lowered.rules.get("priority")
    if not rows.size or rules is None:
        return
    state, tickets, at = cohort.state, step.tickets[rows], step.at[rows]
    fired = rules.fired(cohort.columns(rules.variables, tickets, at), len(rows))
    if fired.ndim == 2:  # all that hold fire: the first counts
        fired = np.where(fired.any(0), fired.argmax(0), NONE)
    assessed = _assessed(cohort)[fired]
    anew = assessed != state.assessed[tickets]
    mine = tickets[anew]
    state.assessed[mine] = assessed[anew]
    state.assessed_by[mine] = fired[anew]
    state.settled[mine] = False


def _assessed(cohort: Cohort) -> NDArray[np.int16]:
    """By rule, and for none: what it assesses."""
    known = {name: code for code, name in enumerate(cohort.lowered.priorities)}
    made = []
    for rule in cohort.lowered.policy.rules["priority"].words:
        to = next((str(a.params["priority"]) for a in rule.actions if a.name == "assess"), "")
        made.append(known.get(to, NONE))
    return np.array([*made, NONE], np.int16)


def put_in_force(cohort: Cohort, step: Step) -> None:
    """The priority a ticket begins with: stated or assessed, as the policy says; else the one for nothing at all."""
    rows = np.flatnonzero(step.began)
    if not rows.size:
        return
    state, policy, tickets = cohort.state, cohort.lowered.policy, step.tickets[rows]
    known = {name: code for code, name in enumerate(cohort.lowered.priorities)}
    stated, assessed = state.stated[tickets], state.assessed[tickets]
    both = stated if policy.setting("priority_in_force") == "stated" else assessed
    nothing = policy.setting("nothing_stated")
    if nothing == "assessed":
        otherwise = np.where(assessed >= 0, assessed, known[str(policy.setting("nothing_assessable"))])
    else:
        otherwise = np.full(len(rows), known[str(nothing)], np.int16)
    made = np.where((stated >= 0) & (assessed >= 0) & (stated != assessed), both, stated)
    state.priority[tickets] = np.where(stated >= 0, made, otherwise)


def change(cohort: Cohort, step: Step) -> Bools:
    """A change of priority that names one is put in force; which of the facts are such."""
    state = cohort.state
    to = cohort.events.to[step.events]
    asked: Bools = (step.type == cohort.lowered.code(PRIORITY_CHANGED)) & (to >= 0)
    rows = np.flatnonzero(asked)
    if rows.size:
        tickets = step.tickets[rows]
        other = state.priority[tickets] != to[rows]
        state.priority[tickets] = to[rows]
        state.decided[tickets] = True
        state.settled[tickets] = True
        cohort.notices.add(tickets[other], step.at[rows[other]], TOLD_CUSTOMER, ("customer",))
    return asked


def _passing(names: tuple[str, ...]) -> bool:
    """Whether rules ask for what changes without a fact or a change of priority."""
    return any(name in PASSING or name.endswith(".status") for name in names)


def promise(cohort: Cohort, step: Step, changed: Bools) -> None:
    """What each ticket is promised now."""
    lowered, state = cohort.lowered, cohort.state
    rules = lowered.rules.get("targets") if lowered.policy.choices else None
    rows = (
        np.flatnonzero(changed | step.began)
        if rules is None or not _passing(rules.variables)
        else np.arange(len(changed))
    )
    if not rows.size:
        return
    tickets, at = step.tickets[rows], step.at[rows]
    plans = cohort.customers.plans
    combined = state.priority[tickets].astype(np.int64) * (len(plans) + 1) + state.plan[tickets] + 1
    fired = None
    if rules is not None:
        fired = rules.fired(cohort.columns(rules.variables, tickets, at), len(rows))
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


def advise(cohort: Cohort, step: Step, changed: Bools) -> None:
    """Advice that newly holds is given; what no longer holds is dropped."""
    lowered, state = cohort.lowered, cohort.state
    rules = lowered.rules.get("advice")
    if rules is None:
        return
    rows = np.arange(len(changed)) if _passing(rules.variables) else np.flatnonzero(changed | step.began)
    if not rows.size:
        return
    tickets, at = step.tickets[rows], step.at[rows]
    fired = rules.fired(cohort.columns(rules.variables, tickets, at), len(rows))
    holds: Bools = fired.astype(bool) if fired.ndim == 2 else np.arange(len(state.advice))[:, None] == fired
    anew = holds & ~state.advice[:, tickets]
    state.advice[:, tickets] = holds
    for index, rule in enumerate(lowered.policy.rules["advice"].words):
        mine: Ints = np.flatnonzero(anew[index])
        for action in rule.actions if mine.size else ():
            role = action.params.get("role")
            if role and action.name in ADVISED:
                cohort.notices.add(tickets[mine], at[mine], COMMANDS.index(str(action.name)), (str(role),))
