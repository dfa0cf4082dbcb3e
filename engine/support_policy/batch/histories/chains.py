"""What accepted facts do to escalation, for many tickets at once (`ticket.chains`)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from support_policy.batch.columns.calendar import NEVER
from support_policy.batch.histories.codes import ACCEPTED, DECLINED, ENDED, FIRED, GONE, OPEN, PLANNED, REQUESTED
from support_policy.batch.histories.cohort import Cohort, Step
from support_policy.batch.histories.commands import NOTIFY_AGAIN, TOLD_CUSTOMER
from support_policy.batch.histories.firing import fire_level
from support_policy.batch.histories.guards import requested
from support_policy.batch.histories.state import Bools, Ints, Runs
from support_policy.policy.names import REOPENED


def has(cohort: Cohort, chain: int, promise: NDArray[np.int32]) -> Bools:
    """Which promises hold a chain."""
    promises = cohort.lowered.promises
    return np.where(promise >= 0, promises.has[promise, chain], False)


def follow(cohort: Cohort, step: Step, before: NDArray[np.int32], started: list[Bools | None]) -> None:
    """Chains that tickets no longer have are withdrawn; those they have begin with the clock they count."""
    lowered, state = cohort.lowered, cohort.state
    after = state.promise[step.tickets]
    same = not ((before != after) | step.began).any()
    for number, chain in enumerate(lowered.chains):
        if chain.requested or not chain.counts:
            continue
        metric = lowered.metric_code[chain.counts]
        fresh = started[metric]
        if same and fresh is None:
            continue
        runs, clocks = state.runs[number], state.clocks[metric]
        had, now = has(cohort, number, before), has(cohort, number, after)
        begun = runs.cycle[step.tickets] > 0
        lost = begun & had & ~now
        withdraw(cohort, runs, step.tickets[lost])
        new = fresh if fresh is not None else np.zeros(len(had), bool)
        begins = now & clocks.exists[step.tickets] & (new | ~begun | ~had)
        rows = np.flatnonzero(begins)
        if rows.size:
            _begin(cohort, number, step.only(rows), ~(step.began | new | had)[rows], new[rows])


def _begin(cohort: Cohort, number: int, step: Step, changed: Bools, fresh: Bools) -> None:
    lowered, state, tickets = cohort.lowered, cohort.state, step.tickets
    runs, chain = state.runs[number], lowered.chains[number]
    clocks = state.clocks[lowered.metric_code[chain.counts]]
    since = clocks.started[tickets]
    if changed.any() and lowered.policy.setting("priority_change_chain") != "from_submission":
        since = np.where(changed, step.at, since)
    # Another run of the clock is another run of what counts it.
    other = (runs.cycle[tickets] > 0) & (fresh | (runs.of_run[tickets] != clocks.run_number[tickets]))
    withdraw(cohort, runs, tickets[other])
    _clear(cohort, number, tickets[other])
    runs.since[tickets] = since
    first = tickets[runs.cycle[tickets] == 0]
    runs.cycle[first] = runs.used[first] = 1
    runs.of_run[tickets] = clocks.run_number[tickets]
    cohort.touched[tickets] = True
    live = clocks.stopped[tickets] == NEVER
    plan(cohort, runs, tickets[live])
    next_round(cohort, number, tickets[live], step.at[live])


def next_round(cohort: Cohort, number: int, tickets: Ints, since: Ints) -> None:
    """Once all levels of a round have fired the next begins, if there is one and nothing holds the chain."""
    runs, repeat = cohort.state.runs[number], cohort.lowered.chains[number].repeat
    if repeat <= 1 or not tickets.size:
        return
    fired = (runs.status[:, tickets] == FIRED).all(0) & (runs.round[tickets] < repeat)
    held = runs.over[tickets] | (runs.acknowledged[tickets] != NEVER)
    goes = fired & ~held & has(cohort, number, cohort.state.promise[tickets])
    again = runs.round[tickets[goes]] + 1
    begin_anew(cohort, number, tickets[goes], since[goes])
    runs.round[tickets[goes]] = again


def plan(cohort: Cohort, runs: Runs, tickets: Ints) -> None:
    """Every level that has not fired is planned, unless the run is over."""
    tickets = tickets[~runs.over[tickets] & (runs.acknowledged[tickets] == NEVER)]
    if tickets.size:
        status = runs.status[:, tickets]
        runs.status[:, tickets] = np.where(status == FIRED, status, PLANNED)
        cohort.touched[tickets] = True


def withdraw(cohort: Cohort, runs: Runs, tickets: Ints) -> None:
    """Levels still to come are withdrawn; fired ones stay fired."""
    if tickets.size:
        status = runs.status[:, tickets]
        runs.status[:, tickets] = np.where(status == PLANNED, GONE, status)
        cohort.touched[tickets] = True


def stop(cohort: Cohort, step: Step, stopped: list[Ints]) -> None:
    """Chains whose clock has ended, or that facts end; and those that they acknowledge."""
    lowered, state = cohort.lowered, cohort.state
    for number, chain in enumerate(lowered.chains):
        runs = state.runs[number]
        metric = lowered.metric_code[chain.counts] if chain.counts else None
        ending = np.isin(step.type, [lowered.code(type) for type in chain.until]) if chain.until else None
        answers = chain.acknowledge
        hushed = step.type == lowered.code(answers.event) if answers else None
        if metric is not None and (stopped[metric].size or chain.requested):
            clocks = state.clocks[metric]
            mine = step.tickets[_unless_asked(chain.requested, ending, len(step.tickets))]
            mine = mine[(runs.cycle[mine] > 0) & clocks.exists[mine] & (clocks.stopped[mine] != NEVER)]
            withdraw(cohort, runs, mine)
        if ending is not None and ending.any():
            rows = np.flatnonzero(ending & (runs.cycle[step.tickets] > 0))
            if chain.requested:
                _end_request(cohort, number, step.tickets[rows])
            else:
                _over(cohort, number, step.only(rows))
        if hushed is not None and hushed.any() and answers is not None:
            rows = np.flatnonzero(hushed & (runs.cycle[step.tickets] > 0))
            if answers.lasts is None:
                _over(cohort, number, step.only(rows))
            else:
                _acknowledge(cohort, number, step.only(rows))


def _unless_asked(is_request: bool, ending: Bools | None, size: int) -> Bools:
    """A request that an event ends is not looked at twice."""
    return ~ending if is_request and ending is not None else np.ones(size, bool)


def _over(cohort: Cohort, number: int, step: Step) -> None:
    """Runs of a chain come to their end: what was withdrawn of them does not come back."""
    lowered, state, tickets = cohort.lowered, cohort.state, step.tickets
    runs, chain = state.runs[number], lowered.chains[number]
    goes = has(cohort, number, state.promise[tickets]) & ~runs.over[tickets]
    if chain.counts:
        clocks = state.clocks[lowered.metric_code[chain.counts]]
        goes &= ~(clocks.exists[tickets] & (clocks.stopped[tickets] != NEVER))
    withdraw(cohort, runs, tickets[goes])
    runs.over[tickets[goes]] = True
    runs.acknowledged[tickets[goes]] = NEVER


def _acknowledge(cohort: Cohort, number: int, step: Step) -> None:
    """Runs of a chain are acknowledged for a while: what is to come of them is withdrawn until that is over."""
    lowered, state, tickets = cohort.lowered, cohort.state, step.tickets
    runs, chain = state.runs[number], lowered.chains[number]
    goes = has(cohort, number, state.promise[tickets]) & ~runs.over[tickets]
    if chain.until:
        goes &= ~np.isin(step.type, [lowered.code(type) for type in chain.until])
    if chain.counts:
        clocks = state.clocks[lowered.metric_code[chain.counts]]
        goes &= ~(clocks.exists[tickets] & (clocks.stopped[tickets] != NEVER))
    withdraw(cohort, runs, tickets[goes])
    runs.acknowledged[tickets[goes]] = step.at[goes]
    cohort.touched[tickets[goes]] = True


def _end_request(cohort: Cohort, number: int, tickets: Ints) -> None:
    runs = cohort.state.runs[number]
    withdraw(cohort, runs, tickets)
    waiting = tickets[runs.answer[tickets] == OPEN]
    runs.answer[waiting] = ENDED


def end(cohort: Cohort, step: Step) -> None:
    """The tickets are over: nothing is pending any more."""
    for number, chain in enumerate(cohort.lowered.chains):
        runs = cohort.state.runs[number]
        mine = step.tickets[runs.cycle[step.tickets] > 0]
        if not mine.size:
            continue
        if chain.requested:
            _end_request(cohort, number, mine)
        elif (runs.status[:, mine] == PLANNED).any():
            withdraw(cohort, runs, mine)


def reopen(cohort: Cohort, step: Step, restarted: list[Ints]) -> None:
    """Reopened tickets' chains go on, anew where the clock they count starts anew; those told are told again."""
    lowered, state = cohort.lowered, cohort.state
    rows = np.flatnonzero(step.type == lowered.code(REOPENED))
    if not rows.size:
        return
    again = lowered.policy.setting("reopened_told_before") == "tell_again"
    for number, chain in enumerate(lowered.chains):
        runs = state.runs[number]
        mine = step.only(rows)
        mine = mine.only((runs.cycle[mine.tickets] > 0) & has(cohort, number, state.promise[mine.tickets]))
        if not mine.tickets.size:
            continue
        anew = np.zeros(len(mine.tickets), bool)
        if chain.counts:
            metric = lowered.metric_code[chain.counts]
            clocks = state.clocks[metric]
            anew = np.isin(mine.tickets, restarted[metric])
            begin_anew(cohort, number, mine.tickets[anew], mine.at[anew])
            live = clocks.exists[mine.tickets] & (clocks.stopped[mine.tickets] == NEVER)
            plan(cohort, runs, mine.tickets[~anew & live])
        if again:
            told = mine.only(~anew & (runs.answer[mine.tickets] != DECLINED))
            for level in range(runs.levels):
                fired = told.only(runs.status[level, told.tickets] == FIRED)
                cohort.notices.add(
                    fired.tickets,
                    fired.at,
                    NOTIFY_AGAIN,
                    chain.levels[level].notify,
                    chain=number,
                    level=level + 1,
                    cycle=runs.cycle[fired.tickets],
                )


def begin_anew(cohort: Cohort, number: int, tickets: Ints, since: Ints) -> None:
    """Another run of a chain begins: all its levels are to come, unless the clock it counts has ended."""
    if not tickets.size:
        return
    state, chain = cohort.state, cohort.lowered.chains[number]
    runs = state.runs[number]
    _clear(cohort, number, tickets)
    runs.since[tickets] = since
    if chain.counts and not chain.requested:
        clocks = state.clocks[cohort.lowered.metric_code[chain.counts]]
        runs.of_run[tickets] = clocks.run_number[tickets]
        tickets = tickets[clocks.stopped[tickets] == NEVER]
    plan(cohort, runs, tickets)


def _clear(cohort: Cohort, number: int, tickets: Ints) -> None:
    """A run of a chain with the next number, of which nothing has happened yet."""
    runs = cohort.state.runs[number]
    runs.used[tickets] += 1
    runs.cycle[tickets] = runs.used[tickets]
    runs.round[tickets] = 1
    runs.over[tickets] = False
    runs.acknowledged[tickets] = NEVER
    runs.status[:, tickets] = 0
    runs.due[:, tickets] = runs.fired[:, tickets] = NEVER
    runs.cause[:, tickets] = 0
    cohort.touched[tickets] = True


def follow_requests(cohort: Cohort, step: Step) -> None:
    """A request begins its chain, or joins one that waits; an answer ends it."""
    lowered, state = cohort.lowered, cohort.state
    asks = {chain.on for chain in lowered.chains if chain.requested}
    request = np.zeros(len(step.tickets), bool)
    for type in asks:
        rows = np.flatnonzero(step.type == lowered.code(type))
        if rows.size:
            chain = requested(cohort, type, step.tickets[rows])
            request[rows] = chain >= 0
            waiting = np.zeros(len(rows), bool)
            for number, words in enumerate(lowered.chains):
                if words.requested and words.on == type:
                    waiting |= state.runs[number].answer[step.tickets[rows]] == OPEN
            for number in np.unique(chain[(chain >= 0) & ~waiting]):
                _request(cohort, int(number), step.only(rows[(chain == number) & ~waiting]))
    for number, words in enumerate(lowered.chains):
        if words.requested:
            accepts, declines = lowered.code(words.accept), lowered.code(words.decline)
            answer = ((step.type == accepts) | (step.type == declines)) & ~request
            if answer.any():
                _answer(cohort, number, step.only(answer), accepts)


def _request(cohort: Cohort, number: int, step: Step) -> None:
    runs, chain = cohort.state.runs[number], cohort.lowered.chains[number]
    tickets = step.tickets
    begin_anew(cohort, number, tickets, step.at)
    runs.answer[tickets] = OPEN
    for level in chain.levels:
        if level.kind == "request":
            asked = np.full(len(tickets), REQUESTED, np.int8)
            fire_level(cohort, number, level.number - 1, tickets, step.at, step.at, asked)


def _answer(cohort: Cohort, number: int, step: Step, accepts: int) -> None:
    state = cohort.state
    runs = state.runs[number]
    step = step.only(runs.answer[step.tickets] == OPEN)
    if not step.tickets.size:
        return
    withdraw(cohort, runs, step.tickets)
    yes = step.type == accepts
    runs.answer[step.tickets] = np.where(yes, ACCEPTED, DECLINED)
    state.accepted[step.tickets[yes]] = True
    cohort.notices.add(step.tickets, step.at, TOLD_CUSTOMER, ("customer",))
