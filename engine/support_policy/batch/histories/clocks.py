"""What accepted facts do to clocks, for many tickets at once (`ticket.clocks`)."""

from __future__ import annotations

import numpy as np

from support_policy.batch.columns.calendar import NEVER
from support_policy.batch.histories.codes import BREACHED, MET, MISSED_MET, PAUSED, RUNNING, STOPPED, WITHDRAWN
from support_policy.batch.histories.cohort import Cohort, Step
from support_policy.batch.histories.guards import occurs
from support_policy.batch.histories.lower import ASK
from support_policy.batch.histories.promises import LOCAL_CODE
from support_policy.batch.histories.state import Bools, Clocks, Ints
from support_policy.batch.histories.why import JUDGED
from support_policy.policy.names import REOPENED


def open_verdict(clocks: Clocks, tickets: Ints) -> Bools:
    """Whose target is neither met nor missed, and whose clock has not ended."""
    status = clocks.status[tickets]
    found: Bools = ((status == RUNNING) | (status == PAUSED)) & (clocks.stopped[tickets] == NEVER)
    return found


def aim(cohort: Cohort, number: int, tickets: Ints, since: Ints | None = None) -> None:
    """Set the targets of a metric's clocks as they are promised now, counted from `since` (default: as before)."""
    clocks, promises = cohort.state.clocks[number], cohort.lowered.promises
    promise = cohort.state.promise[tickets]
    calendar = promises.calendar[promise, number]
    clocks.target[tickets] = promises.seconds[promise, number]
    clocks.business[tickets] = promises.business[promise, number]
    clocks.calendar[tickets] = np.where(calendar == LOCAL_CODE, cohort.state.office[tickets], calendar)
    clocks.local[tickets] = calendar == LOCAL_CODE
    clocks.source[tickets] = promises.source[promise, number]
    if since is not None:
        clocks.since[tickets] = since
    cohort.touched[tickets] = True


def stop(cohort: Cohort, step: Step) -> list[Ints]:
    """Clocks that facts stop: in time, late, or merely measured; by metric, the tickets."""
    made = []
    for number, clocks in enumerate(cohort.state.clocks):
        found = cohort.lowered.stops[number][step.type, step.by]
        rows = np.flatnonzero(found)
        rows = rows[clocks.live(step.tickets[rows])]
        if (found[rows] == ASK).any():
            rows = rows[occurs(cohort, cohort.lowered.metrics[number].stop, step.only(rows), found[rows])]
        tickets = step.tickets[rows]
        made.append(tickets)
        if not rows.size:
            continue
        status = clocks.status[tickets]
        met = np.where(clocks.target[tickets] >= 0, MET, STOPPED)
        clocks.status[tickets] = np.where(status == BREACHED, MISSED_MET, met)
        clocks.stop(tickets, step.at[rows])
        cohort.touched[tickets] = True
    return made


def reopen(cohort: Cohort, step: Step) -> list[Ints]:
    """Clocks that a reopening sets going again; by metric, the tickets whose clock starts anew."""
    anew = [np.zeros(0, np.int64) for _ in cohort.state.clocks]
    rows = np.flatnonzero(step.type == cohort.lowered.code(REOPENED))
    if not rows.size:
        return anew
    for number, (metric, clocks) in enumerate(zip(cohort.lowered.metrics, cohort.state.clocks, strict=True)):
        how = metric.reopen or ("ignore" if metric.recurs else cohort.lowered.policy.setting("reopened_clock"))
        ended = clocks.exists[step.tickets[rows]] & (clocks.stopped[step.tickets[rows]] != NEVER)
        tickets, at = step.tickets[rows[ended]], step.at[rows[ended]]
        if how == "ignore" or not tickets.size:
            continue
        clocks.stopped[tickets] = NEVER
        if how == "resume":
            resume(clocks, tickets, at)
        else:
            clocks.status[tickets] = RUNNING
            clocks.stretches[tickets] = 0
            clocks.run(tickets, at)
            aim(cohort, number, tickets, clocks.started[tickets])
            anew[number] = tickets
        cohort.touched[tickets] = True
    return anew


def resume(clocks: Clocks, tickets: Ints, at: Ints) -> None:
    """Clocks go on."""
    status = clocks.status[tickets]
    goes = np.isin(status, (PAUSED, STOPPED, MET, WITHDRAWN))
    clocks.status[tickets] = np.where(goes, RUNNING, np.where(status == MISSED_MET, BREACHED, status))
    clocks.run(tickets, at)


def start(cohort: Cohort, step: Step) -> list[Bools | None]:
    """Clocks that facts start; by metric, which of the step's rows, or None."""
    made: list[Bools | None] = []
    for number, (metric, clocks) in enumerate(zip(cohort.lowered.metrics, cohort.state.clocks, strict=True)):
        found = cohort.lowered.starts[number][step.type, step.by]
        rows = np.flatnonzero(found)
        if not rows.size or metric.per_team:
            made.append(None)
            continue
        exists = clocks.exists[step.tickets[rows]]
        again = exists & (clocks.stopped[step.tickets[rows]] != NEVER) & metric.recurs
        rows, again = rows[~exists | again], again[~exists | again]
        if (found[rows] == ASK).any():
            occurring = occurs(cohort, metric.start, step.only(rows), found[rows])
            rows, again = rows[occurring], again[occurring]
        tickets, at = step.tickets[rows], step.at[rows]
        clocks.run_number[tickets[again]] += 1
        clocks.stretches[tickets] = 0
        clocks.stopped[tickets] = NEVER
        clocks.exists[tickets] = True
        clocks.status[tickets] = RUNNING
        clocks.started[tickets] = at
        clocks.run(tickets, at)
        aim(cohort, number, tickets, at)
        fresh = np.zeros(len(step.tickets), bool)
        fresh[rows] = True
        made.append(fresh)
    return made


def withdraw(cohort: Cohort, step: Step) -> None:
    """The tickets are over: what still runs is withdrawn; a verdict that fell stays."""
    for clocks in cohort.state.clocks:
        rows = np.flatnonzero(clocks.live(step.tickets))
        if not rows.size:
            continue
        tickets = step.tickets[rows]
        status, aimed = clocks.status[tickets], clocks.target[tickets] >= 0
        pending = (status == RUNNING) | (status == PAUSED)
        kept = np.isin(status, (BREACHED, MISSED_MET, MET))
        clocks.status[tickets] = np.where(pending & aimed, WITHDRAWN, np.where(kept, status, STOPPED))
        clocks.stop(tickets, step.at[rows])
        cohort.touched[tickets] = True


def reaim(cohort: Cohort, step: Step, priority_changed: Bools, office_changed: Bools) -> None:
    """A change of priority, of office or of the promise re-aims open targets; verdicts that fell stay."""
    changed = priority_changed | office_changed
    for number in range(len(cohort.state.clocks)):
        changed = changed | _differs(cohort, number, step.tickets)
    rows = np.flatnonzero(changed)
    if not rows.size:
        return
    cohort.touched[step.tickets[rows]] = True
    step, priority_changed = step.only(rows), priority_changed[rows]
    for number, clocks in enumerate(cohort.state.clocks):
        pending = clocks.exists[step.tickets] & open_verdict(clocks, step.tickets)
        _reaim_open(cohort, number, step.only(pending), priority_changed[pending])
        _leave_judged(cohort, number, step, priority_changed & ~pending)


def _how(cohort: Cohort, number: int) -> str:
    policy = cohort.lowered.policy
    return str(cohort.lowered.metrics[number].priority_change or policy.setting("priority_change_open_target"))


def _longer_or_shorter(cohort: Cohort, number: int, tickets: Ints) -> Bools:
    clocks, promises = cohort.state.clocks[number], cohort.lowered.promises
    promise = cohort.state.promise[tickets]
    seconds = promises.seconds[promise, number]
    other: Bools = seconds != clocks.target[tickets]
    found: Bools = other | ((seconds >= 0) & (promises.business[promise, number] != clocks.business[tickets]))
    return found


def _differs(cohort: Cohort, number: int, tickets: Ints) -> Bools:
    """Which open targets are not those that are promised now."""
    clocks, promises = cohort.state.clocks[number], cohort.lowered.promises
    promise = cohort.state.promise[tickets]
    kept = (clocks.target[tickets] >= 0) if _how(cohort, number) == "keep" else np.zeros(len(tickets), bool)
    calendar = promises.calendar[promise, number]
    calendar = np.where(calendar == LOCAL_CODE, cohort.state.office[tickets], calendar)
    hours = promises.business[promise, number] & (calendar != clocks.calendar[tickets])
    aimed = promises.seconds[promise, number] >= 0
    other = _longer_or_shorter(cohort, number, tickets) | (aimed & hours)
    found: Bools = clocks.exists[tickets] & open_verdict(clocks, tickets) & ~kept & other
    return found


def _reaim_open(cohort: Cohort, number: int, step: Step, priority_changed: Bools) -> None:
    if not step.tickets.size:
        return
    clocks, promises, tickets = cohort.state.clocks[number], cohort.lowered.promises, step.tickets
    changed = priority_changed | _longer_or_shorter(cohort, number, tickets)
    how = _how(cohort, number)
    aimed = promises.seconds[cohort.state.promise[tickets], number] >= 0
    kept = changed & (clocks.target[tickets] >= 0) if how == "keep" else np.zeros(len(tickets), bool)
    office = cohort.state.office[tickets]
    moved = tickets[kept & clocks.local[tickets] & (clocks.calendar[tickets] != office)]
    clocks.calendar[moved] = cohort.state.office[moved]
    anew = changed & aimed & ~kept
    since = np.where(anew, step.at if how == "from_change" else clocks.started[tickets], clocks.since[tickets])
    aim(cohort, number, tickets[~kept], since[~kept])


def _leave_judged(cohort: Cohort, number: int, step: Step, changed: Bools) -> None:
    """Verdicts that fell and are judged again are left to the rows."""
    metric, clocks = cohort.lowered.metrics[number], cohort.state.clocks[number]
    again = cohort.lowered.policy.setting("priority_change_past_result") == "judge_again"
    if not again or metric.priority_change == "keep":
        return
    status, tickets = clocks.status[step.tickets], step.tickets
    aimed = cohort.lowered.promises.seconds[cohort.state.promise[tickets], number] >= 0
    fell = np.isin(status, (MET, MISSED_MET)) | ((status == BREACHED) & (clocks.stopped[tickets] == NEVER))
    cohort.state.leave(tickets[changed & aimed & fell & clocks.exists[tickets]], JUDGED)
