"""One ticket of a replay: told, decided, and summed up in a few numbers. Outcomes travel between processes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from support_policy.batch.mapping import TableMapping
from support_policy.batch.replay_events import Teller, Told
from support_policy.batch.replay_rows import Reading, Reject, RowReader
from support_policy.clock import sla
from support_policy.model.event import instant
from support_policy.policy.compiled import Policy
from support_policy.policy.names import LIFECYCLE
from support_policy.source.diagnostics import PolicyError
from support_policy.ticket.agenda import SECOND
from support_policy.ticket.evaluate import Local, Run, escalation_level, escalation_rows, run, shown_due, target_row
from support_policy.ticket.history import History
from support_policy.ticket.state import Clock

VERDICTS: Mapping[str, str] = {
    "met": "met",
    "missed_then_met": "missed",
    "breached": "missed",
    "running": "open",
    "paused": "open",
    "withdrawn": "withdrawn",
    "stopped": "measured",
}
"""Status of a target -> what the report counts it as."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric of one ticket: its verdict, the time worked, when it was due, and what others say of it."""

    metric: str
    verdict: str
    status: str
    target: str
    worked: float
    ended: bool
    due: int | None
    their_due: int | None = None
    their_verdict: str | None = None


@dataclass(slots=True)
class Outcome:
    """What became of one ticket. `priority` is empty for a ticket that was rejected, for the reason `why`."""

    ticket: str
    rows: int
    used: int
    why: str = ""
    rejects: list[Reject] = field(default_factory=list)
    remarks: Counter[str] = field(default_factory=Counter)
    priority: str = ""
    stranger: str = ""
    """The organization, where the policy's directory does not know it."""
    events: int = 0
    left_out: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    measured: list[Measured] = field(default_factory=list)
    fired: Counter[tuple[str, int]] = field(default_factory=Counter)
    summary: dict[str, Any] | None = None


class Judge:
    """Decides tickets under a policy as of an instant (microseconds since 1970); `full` keeps a summary of each."""

    def __init__(self, policy: Policy, mapping: TableMapping, until: int, *, full: bool) -> None:
        self.policy, self.mapping, self.until, self.full = policy, mapping, until, full
        self.teller = Teller(policy, RowReader(mapping, policy.facts), until)

    def judge(self, ticket: str, readings: list[Reading]) -> Outcome:
        """The outcome of one ticket."""
        told = self.teller.tell(ticket, readings)
        outcome = Outcome(ticket, len(readings), len(told.used), rejects=told.rejects, remarks=told.remarks)
        if not told.used:
            outcome.why = "no_usable_row"
            return outcome
        try:
            made = run(self.policy, History(ticket, tuple(told.events)), instant(self.until))
        except (PolicyError, OverflowError, ValueError) as problem:
            return _rejected(outcome, told, "not_decided", str(problem)[:200])
        refused = [(event.type, event.why) for event in made.state.log if event.outcome == "refused"]
        state = made.state
        initial = self.policy.life.initial
        # What is allowed from any state, the first included, begins no ticket.
        if not state.priority or (not state.clocks and state.machines.get(LIFECYCLE) == initial):
            why = refused[0][1] if refused else f"it never left the state {initial}"
            return _rejected(outcome, told, "never_began", why)
        if not state.known_organization and self.policy.text.organizations:
            outcome.stranger = str(state.facts.get("organization") or "none given")
        outcome.priority, outcome.events, outcome.left_out = made.state.priority, len(told.events), made.left_out
        outcome.refused = refused
        theirs = told.used[-1].theirs
        outcome.measured = [
            self._measure(clock, theirs.get(clock.metric, (None, None))) for clock in made.state.clocks.values()
        ]
        for event in made.state.log:
            if event.engine and event.type == "level_fired":
                outcome.fired[event.data["chain"], event.data["level"]] += 1
        if self.full:
            outcome.summary = self._summary(made, outcome)
        return outcome

    def _measure(self, clock: Clock, theirs: tuple[int | None, str | None]) -> Measured:
        calendar = self.policy.calendar(clock.calendar, business=clock.business)
        worked = sla.worked(calendar, clock.running, self.until) / SECOND
        unit = "business" if clock.business else "wall clock"
        target = "" if clock.target is None else f"{clock.target} {unit}"
        due = shown_due(self.policy, clock) if theirs[0] is not None else None
        verdict = VERDICTS[clock.status]
        return Measured(clock.metric, verdict, clock.status, target, worked, clock.ended, due, *theirs)

    def _summary(self, made: Run, outcome: Outcome) -> dict[str, Any]:
        policy, state = made.policy, made.state
        local = Local(policy, state)
        return {
            "ticket": state.ticket,
            "state": state.machines.get(LIFECYCLE, policy.life.initial),
            "priority": state.priority or None,
            "stated_priority": state.stated or None,
            "assessed_priority": state.assessed or None,
            "escalation_level": escalation_level(policy, state),
            "targets": [target_row(policy, clock, made.at, local) for clock in state.clocks.values()],
            "escalations": list(escalation_rows(policy, state, made.at, local)),
            "refused": [{"type": type, "why": why} for type, why in outcome.refused],
            "events": outcome.events,
            "events_left_out": outcome.left_out,
            "rows": {"read": outcome.rows, "used": outcome.used, "rejected": len(outcome.rejects)},
            "last_fact": local(state.last_fact),
        }


def _rejected(outcome: Outcome, told: Told, reason: str, detail: str) -> Outcome:
    """A ticket that could not be evaluated: the rows that were usable in themselves are rejected with it."""
    outcome.why = reason
    outcome.used = 0
    outcome.remarks = Counter()
    outcome.rejects += [Reject(r.number, r.line, r.ticket, reason, detail) for r in told.used]
    return outcome


_judge: list[Judge] = []


def start_worker(policy: Policy, mapping: TableMapping, until: int, full: bool) -> None:
    """Make this process ready to judge."""
    _judge[:] = [Judge(policy, mapping, until, full=full)]


def judge_chunk(chunk: list[tuple[str, list[Reading]]]) -> list[Outcome]:
    """The outcomes of several tickets, in a process that `start_worker` made ready."""
    return [_judge[0].judge(ticket, readings) for ticket, readings in chunk]


def latest(readings: list[Reading], now: int) -> int | None:
    """The latest instant that readings speak of, those after `now` aside."""
    return max((us for reading in readings for us in reading.instants if us <= now), default=None)
