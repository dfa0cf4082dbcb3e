"""One ticket that has only just been submitted, decided by the engine: its priority, and how its dues follow.

What is due when hangs on the instant of submission only through calendars: everything else is the same for all tickets
of a kind. So besides the instants themselves there are the *paths* to them, good for every ticket of the kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from support_policy.batch.schema import flat_chains, flat_metrics
from support_policy.clock.calendar import BusinessCalendar
from support_policy.model.event import Event, instant
from support_policy.policy.compiled import Policy
from support_policy.policy.names import LIFECYCLE
from support_policy.source.diagnostics import PolicyError
from support_policy.ticket.agenda import SECOND, level_count, level_due, since
from support_policy.ticket.evaluate import Run, going_on, run, shown_due
from support_policy.ticket.history import History
from support_policy.ticket.state import ChainState, Clock

Step = tuple[BusinessCalendar, int]
"""So long (microseconds, more than 0) by a calendar."""
Path = tuple[Step, ...]
"""The steps from the submission to a due instant; none: it is due at the submission."""

NEVER_BEGAN, NOT_DECIDED = "never_began", "not_decided"


@dataclass(frozen=True, slots=True)
class Opened:
    """What is said of a ticket by column: `said` texts, `due` instants in microseconds; what is left out is null.

    `paths` are the same instants as paths, None where one of them has none: it does not follow from the calendars.
    """

    said: Mapping[str, str]
    due: Mapping[str, int] = field(default_factory=dict)
    paths: Mapping[str, Path] | None = field(default_factory=dict)


def due_columns(policy: Policy) -> tuple[str, ...]:
    """`METRIC.due_at` of the metrics that anything gives a target, `CHAIN.N.due_at` of the automatic chains.

    Metrics and chains that each team has of its own aside. Where versions were loaded together, those of all.
    """
    versions = policy.line.versions or (policy,)
    metrics = [f"{metric}.due_at" for version in versions for metric in _with_target(version)]
    levels = [
        f"{name}.{level.number}.due_at"
        for version in versions
        for name in flat_chains(version)
        if not version.text.chains[name].requested
        for level in version.text.chains[name].levels
    ]
    return tuple(dict.fromkeys(metrics + levels))


def _with_target(policy: Policy) -> Iterator[str]:
    promised = {metric for priority in policy.text.priorities.values() for metric in priority.targets}
    entries = (entry for plan in policy.text.plans.values() for entry in plan.entries.values())
    promised |= {metric for entry in entries for metric, target in entry.targets.items() if target}
    promised |= {choice.metric for rule in policy.choices for choice in rule if choice.target}
    return (str(metric.name) for metric in flat_metrics(policy) if metric.name in promised)


def opened(policy: Policy, ticket: str, event: Event, at: int) -> Opened:
    """What the engine makes of a ticket's first event, as of that very instant (`at`, microseconds since 1970)."""
    try:
        made = run(policy, History(ticket, (event,)), instant(at))
        return _said(made, at)
    except (PolicyError, OverflowError, ValueError):
        return Opened({"error": NOT_DECIDED})


def _said(made: Run, at: int) -> Opened:
    policy, state = made.governing, made.state
    # What is allowed from any state, the first included, begins no ticket.
    if not state.priority or (not state.clocks and state.machines.get(LIFECYCLE) == policy.life.initial):
        return Opened({"error": NEVER_BEGAN})
    rules = [event.data["rule"] for event in state.log if event.engine and event.type == "priority_assessed"]
    said = {
        "priority": state.priority,
        "assessed_priority": state.assessed,
        "assessed_by": rules[-1] if rules else "",
        "office": state.office,
    }
    found = {**dict(_targets(made, at)), **dict(_levels(made, at))}
    due = {column: due for column, (due, _) in found.items() if due is not None}
    paths = {column: path for column, (_, path) in found.items() if path is not None}
    # A path is believed when it leads to where the engine came.
    sound = all(walked(path, at) == due.get(column) for column, path in paths.items()) and due.keys() <= paths.keys()
    return Opened({name: str(text) for name, text in said.items() if text}, due, paths if sound else None)


def walked(path: Path, at: int) -> int | None:
    """Where a path leads from an instant; None: a calendar never opens for so long again."""
    end: int | None = at
    for calendar, length in path:
        end = None if end is None else calendar.due_us(end, length)
    return end


Found = Iterator[tuple[str, tuple[int | None, Path | None]]]


def _targets(made: Run, at: int) -> Found:
    policy = made.governing
    flat = {metric.name for metric in flat_metrics(policy)}
    for clock in made.state.clocks.values():
        if clock.metric in flat and clock.target is not None:
            yield f"{clock.metric}.due_at", (shown_due(policy, clock), _target_path(policy, clock, at))


def _target_path(policy: Policy, clock: Clock, at: int) -> Path | None:
    segments = going_on(clock) if clock.ended else clock.running
    if since(segments, clock.since) != ((at, None),):
        return None
    return _path((policy.calendar(clock.calendar, business=clock.business), (clock.target or 0) * SECOND))


def _levels(made: Run, at: int) -> Found:
    policy, state = made.governing, made.state
    for name in flat_chains(policy):
        chain, run = policy.text.chains[name], state.chains.get(name)
        if chain.requested or run is None:
            continue
        for number, level in run.levels.items():
            if level.status == "planned":
                due = level_due(policy, state, chain, policy.level(name, number), run)
                yield f"{name}.{number}.due_at", (due, _level_path(made, run, number, at))
            else:
                yield f"{name}.{number}.due_at", (level.due, () if level.due == at else None)


def _level_path(made: Run, run: ChainState, number: int, at: int) -> Path | None:
    policy, state = made.governing, made.state
    chain, level = policy.text.chains[run.chain], policy.level(run.chain, number)
    count = level_count(policy, state, chain, level, run)
    if count is None:
        return None
    last = policy.calendar(count.calendar, business=count.business), count.worked
    if count.segments == ((at, None),):
        return _path(last)
    clock = state.counted(chain.counts, run.team)
    if clock is None or level.kind != "past_due":
        return None
    # Another kind of time than the target's: counted from where the target was due.
    first = _target_path(policy, clock, at)
    return None if first is None else first + _path(last)


def _path(*steps: Step) -> Path:
    return tuple(step for step in steps if step[1] > 0)
