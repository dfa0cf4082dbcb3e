"""`evaluate`: a whole history decided, as of an instant, by a worker that never slept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypedDict

from support_policy.clock import sla
from support_policy.model.event import Because, Command, Due, Event, instant, micros
from support_policy.policy.compiled import Policy
from support_policy.policy.names import LIFECYCLE
from support_policy.source.words import parse_instant
from support_policy.ticket.agenda import SECOND, Kind, agenda, level_due, since, target_due
from support_policy.ticket.decide import draft_of
from support_policy.ticket.explain_runs import Begun, chain_runs, earlier_runs
from support_policy.ticket.explain_tale import told
from support_policy.ticket.history import History, HistoryError, read_history
from support_policy.ticket.state import ChainState, Clock, Segments, TicketState


class Evaluation(TypedDict):
    """What `evaluate` gives: plain JSON data. Instants are ISO 8601, in the zone of the office that serves."""

    ticket: str
    policy: dict[str, str]
    at: str
    state: str
    priority: str | None
    stated_priority: str | None
    assessed_priority: str | None
    clarification_advised: bool
    escalation_level: int
    targets: list[dict[str, Any]]
    escalations: list[dict[str, Any]]
    timers: list[dict[str, Any]]
    events: list[dict[str, Any]]
    events_left_out: int
    commands: list[dict[str, Any]]
    because: list[dict[str, Any]]
    why_not: list[dict[str, Any]]
    versions: dict[str, str]


@dataclass(slots=True)
class Run:
    """A history decided: the state it ends in, and everything the decisions said on the way."""

    policy: Policy
    state: TicketState
    at: datetime
    commands: list[Command] = field(default_factory=list)
    reasons: dict[tuple[str, bool, str], Because] = field(default_factory=dict)
    left_out: int = 0
    watch: Callable[[Run, Sequence[Command]], None] | None = None
    """Told of the commands of every decision, while `state` is what it was just after it."""

    @property
    def governing(self) -> Policy:
        """The version of the policy that governs the ticket now."""
        return self.policy.governing(self.state.digest, self.state.begun)


def evaluate(policy: Policy, history: object, at: datetime | str) -> Evaluation:
    """Decide a history (see `read_history` for its shape) as of `at`, an aware datetime or ISO 8601 text.

    Everything due at or before `at` has happened; events after it are left out and counted in `events_left_out`. An
    event with `recorded_at` arrives then; its `at` may be earlier. Raises `PolicyError` with every problem found.
    """
    return report(run(policy, read_history(policy, history), as_of(at)))


def as_of(at: datetime | str) -> datetime:
    """An aware instant from a datetime or text. Raises `PolicyError`."""
    read = parse_instant(at) if isinstance(at, str) else at
    if isinstance(read, str):
        raise HistoryError([((), "E402", f"`{str(at)[:60]}` is no instant to evaluate at", read)])
    if read.tzinfo is None:
        said = "the instant to evaluate at has no offset from UTC"
        raise HistoryError([((), "E402", said, "pass an aware datetime")])
    return read.astimezone(UTC)


def run(
    policy: Policy,
    history: History,
    at: datetime,
    watch: Callable[[Run, Sequence[Command]], None] | None = None,
) -> Run:
    """Decide the events in order of arrival, every timer at its own instant; `watch` sees each decision's commands."""
    made = Run(policy, TicketState(ticket=history.ticket), at, watch=watch)
    end = micros(at)
    arrived = at
    for event in sorted(history.events, key=lambda e: e.recorded_at or e.at):
        arrived = event.recorded_at or event.at
        if arrived > at or event.at > at:
            made.left_out += 1
            continue
        _pass_time(made, micros(arrived), inclusive=False)
        _take(made, event, arrived)
    _pass_time(made, end, inclusive=True)
    return made


def _pass_time(made: Run, until: int, *, inclusive: bool) -> None:
    """Every timer before `until` (or at it) happens at its own instant."""
    while True:
        timers = agenda(made.governing, made.state)
        if not timers or timers[0].due > until or (timers[0].due == until and not inclusive):
            return
        due = instant(timers[0].due)
        reached = made.state.log[-1].recorded_at if made.state.log else None
        _take(made, Due(due), max(due, reached or due))


def _take(made: Run, event: Event | Due, now: datetime) -> None:
    draft = draft_of(made.policy, made.state, event, now)
    made.state = draft.state
    made.commands += draft.commands
    if made.watch and draft.commands:
        made.watch(made, draft.commands)
    made.reasons |= {key: reason for key, reason in draft.reasons.items() if key not in made.reasons}


def report(made: Run) -> Evaluation:
    """A decided history as plain JSON data."""
    policy, state = made.governing, made.state
    local = Local(policy, state)
    reasons = made.reasons.values()
    return {
        "ticket": state.ticket,
        "policy": {"name": policy.name, "version": policy.version, "digest": policy.digest},
        "at": local(micros(made.at)) or "",
        "state": state.machines.get(LIFECYCLE, policy.life.initial),
        "priority": state.priority or None,
        "stated_priority": state.stated or None,
        "assessed_priority": state.assessed or None,
        "clarification_advised": clarification_advised(policy, state),
        "escalation_level": escalation_level(policy, state),
        "targets": list(target_rows(policy, state, made.at, local)),
        "escalations": list(escalation_rows(policy, state, made.at, local)),
        "timers": list(timer_rows(policy, state, local)),
        "events": [local.record(event.as_json()) for event in state.log],
        "events_left_out": made.left_out,
        "commands": [local.record(command.as_json()) for command in made.commands],
        "because": [row for reason in reasons if reason.held for row in reason.as_json()],
        "why_not": [why_not_row(reason) for reason in reasons if not reason.held],
        "versions": dict(policy.versions),
    }


class Local:
    """Instants as text in the zone of the office that serves a ticket."""

    _KEYS = ("at", "recorded_at", "due_at", "since", "fired_at", "happened")

    def __init__(self, policy: Policy, state: TicketState) -> None:
        self.calendar = policy.calendar(state.office, business=False)

    def __call__(self, us: int | None) -> str | None:
        """Microseconds since 1970 as ISO 8601."""
        return None if us is None else self.time(us).isoformat()

    def time(self, us: int) -> datetime:
        """Microseconds since 1970 as a datetime in the office's zone."""
        return instant(us).astimezone(self.calendar.zone)

    def record(self, data: dict[str, Any]) -> dict[str, Any]:
        """A record, its instants in the office's zone, without what is a matter of course or only the fold needs."""
        for key in self._KEYS:
            if isinstance(data.get(key), str):
                data[key] = self(micros(datetime.fromisoformat(data[key])))
        data.pop("events", None)
        if data.get("recorded_at") == data.get("at"):
            data.pop("recorded_at", None)
        if data.get("outcome") == "accepted":
            del data["outcome"]
        return data


def clarification_advised(policy: Policy, state: TicketState) -> bool:
    """Whether a rule of the set `advice` that holds advises to ask about the priority."""
    rules = policy.rules.get("advice")
    words = rules.words if rules else ()
    advising = {rule.id for rule in words if any(a.name == "advise_clarification" for a in rule.actions)}
    return bool(advising.intersection(state.advice))


def escalation_level(policy: Policy, state: TicketState) -> int:
    """The highest level fired on an automatic chain, or 1 once a request was accepted."""
    chains = policy.text.chains
    reached = [run.reached for run in state.chains.values() if run.chain in chains and not chains[run.chain].requested]
    return max([1 if state.accepted else 0, *reached])


def in_order(policy: Policy, clocks: Iterable[Clock]) -> list[Clock]:
    """Clocks in the order in which the policy has their metrics, those of one metric by team."""
    places = {name: place for place, name in enumerate(policy.text.metrics)}
    return sorted(clocks, key=lambda clock: (places.get(clock.metric, len(places)), clock.team))


def target_rows(policy: Policy, state: TicketState, at: datetime, local: Local) -> Iterator[dict[str, Any]]:
    """One row for each metric of a ticket that has a clock; `earlier` counts how the runs before the present ended."""
    again = any(clock.run > 1 for clock in state.clocks.values())
    earlier = earlier_runs(told(state.log)) if again else {}
    for clock in in_order(policy, state.clocks.values()):
        row = target_row(policy, clock, at, local)
        yield {**row, "earlier": dict(earlier[clock.key])} if clock.key in earlier else row


def target_row(policy: Policy, clock: Clock, at: datetime, local: Local) -> dict[str, Any]:
    """One metric of a ticket as of `at`; see `Evaluation`.

    `kind` stands there when it is no promise to customers, `team` where each team has a clock, `run` from the second.
    """
    calendar = policy.calendar(clock.calendar, business=clock.business)
    worked = sla.worked(calendar, clock.running, micros(at))
    kind = policy.text.metrics[clock.metric].kind
    unusual = {"kind": kind if kind != "sla" else None, "team": clock.team, "run": clock.run if clock.run > 1 else None}
    return {
        "metric": clock.metric,
        **{key: value for key, value in unusual.items() if value},
        "calendar": clock.calendar if clock.business else "always",
        "target_seconds": clock.target,
        "started_at": local(clock.started),
        "due_at": local(shown_due(policy, clock)),
        "stopped_at": local(clock.stopped),
        "worked_seconds": worked // SECOND if worked % SECOND == 0 else worked / SECOND,
        "status": clock.status,
    }


def shown_due(policy: Policy, clock: Clock) -> int | None:
    """When the target falls, or would have fallen, due; None without a target, or while the clock is paused."""
    due = target_due(policy, clock)
    if due is None and clock.ended and clock.target is not None:
        calendar = policy.calendar(clock.calendar, business=clock.business)
        return sla.due(calendar, since(going_on(clock), clock.since), clock.target * SECOND)
    return due


def going_on(clock: Clock) -> Segments:
    """The stretches in which a clock that ended would run had it gone on from where it stopped."""
    end = clock.stopped
    if end is None:
        return clock.running
    if clock.running and clock.running[-1][1] == end:
        return (*clock.running[:-1], (clock.running[-1][0], None))
    return (*clock.running, (end, None))


def escalation_rows(policy: Policy, state: TicketState, now: datetime, local: Local) -> Iterator[dict[str, Any]]:
    """One row for each level of the chains a ticket has had, in its present cycle.

    `notify` is who was told; for a level still planned, who would be told as things stand when it falls due.
    """
    runs = chain_runs(told(state.log)) if any(run.cycle > 1 for run in state.chains.values()) else {}
    for run in state.chains.values():
        chain = policy.text.chains.get(run.chain)
        for number, level in run.levels.items():
            due, people = level.due, level.notify
            if level.status == "planned" and chain is not None:
                words = chain.levels[number - 1]
                due = level_due(policy, state, chain, words, run)
                then = now if due is None else instant(due)
                people = policy.recipients(state.facts.get("organization"), words.notify, then, run.team or state.team)
            row: dict[str, Any] = {
                "chain": run.chain,
                **({"team": run.team} if run.team else {}),
                "level": number,
                **_repeated(run, runs),
                "due_at": local(due),
                "status": level.status,
                "fired_at": local(level.fired),
                "cause": level.cause or None,
                "notify": [{"role": role, "to": to or None} for role, to in people],
            }
            yield {**row, "voided": True} if level.voided else row


def _repeated(run: ChainState, runs: Mapping[str, Begun]) -> dict[str, int]:
    """What number of a cycle, of a run and of a round it is, each from the second on."""
    begun = runs.get(run.key, Begun())
    numbers = {"cycle": run.cycle, "run": begun.run, "round": run.round}
    return {name: number for name, number in numbers.items() if number > 1}


def timer_rows(policy: Policy, state: TicketState, local: Local) -> Iterator[dict[str, Any]]:
    """One row for each firing of a workflow's timer, then one for each that is pending, with its next instant."""
    for event in state.log:
        if event.engine and event.type == "timer_fired":
            due = local(micros(datetime.fromisoformat(event.data["due_at"])))
            fired = {
                "due_at": due,
                "status": "fired",
                "fired_at": local(micros(event.at)),
                "cause": event.data["cause"],
            }
            yield {"timer": event.data["timer"], "workflow": event.data["workflow"], **fired}
    for timer in agenda(policy, state) if policy.timers else ():
        if timer.kind is Kind.STATE:
            planned = {"due_at": local(timer.due), "status": "planned", "fired_at": None, "cause": None}
            yield {"timer": timer.name, "workflow": policy.timer(timer.name)[0].name, **planned}


def why_not_row(reason: Because) -> dict[str, Any]:
    """A rule that did not hold, with the conditions that stood in the way."""
    missed: list[Mapping[str, Any]] = [
        {"name": s.name, "operator": s.operator, "value": s.value, "seen": s.seen}
        | {"file": s.span.file, "line": s.span.line, "column": s.span.column}
        for s in reason.seen
    ]
    return {**reason.as_json()[0], "missed": missed}
