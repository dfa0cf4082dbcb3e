"""What the messages of schedules are about: lists and sums, gathered from the store in one pass for everybody."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from support_policy.model.event import Event
from support_policy.model.policy import Schedule, Selection
from support_policy.policy.compiled import Policy
from support_policy.policy.names import REOPENED
from support_policy.render.digests import MAX_LISTED, Listed, Period, Reached, Result, Standing
from support_policy.service.watch.reports import Recorded, Reports, Which
from support_policy.service.watch.rows import Head
from support_policy.source.words import Duration

SUMMED = (
    "clock_stopped",
    "level_fired",
    "refolded",
    "request_answered",
    "request_opened",
    "target_breached",
    "target_corrected",
    "target_judged",
    "target_met",
)
"""The records that sums are made of: each is counted once, in the period in which it was learned."""
_VERDICTS = {"met": "met", "breached": "missed", "missed_then_met": "missed"}
_SECOND = 1_000_000

Sums = Counter[tuple[str, ...]]
"""`("result", METRIC, PRIORITY, WHAT)`, `("level", CHAIN, NUMBER)`, `("request", WHAT)`, `("begun", PRIORITY)`."""


@dataclass(slots=True)
class Tally:
    """What there is to tell of some organizations: the first tickets of a list, all of them counted, and sums."""

    rows: list[tuple[tuple[int, int], Listed]] = field(default_factory=list)
    standing: dict[str, Standing] = field(default_factory=dict)
    sums: Sums = field(default_factory=Counter)

    def ticket(self, order: tuple[int, int], row: Listed) -> None:
        """Take up a ticket; the least in `order` are listed."""
        self.rows.append((order, row))
        if len(self.rows) > 2 * MAX_LISTED:
            self._cut()
        self._stand(Standing(row.priority, 1, int(row.breaches > 0), row.ticket, row.begun))

    def add(self, other: Tally) -> None:
        """Take up all of another."""
        self.rows += other.rows
        self._cut()
        for one in other.standing.values():
            self._stand(one)
        self.sums.update(other.sums)

    def _cut(self) -> None:
        self.rows.sort(key=lambda row: (row[0], row[1].ticket))
        del self.rows[MAX_LISTED:]

    def _stand(self, one: Standing) -> None:
        known = self.standing.get(one.priority)
        if known is None:
            self.standing[one.priority] = one
            return
        old = known if (known.oldest_begun, known.oldest) <= (one.oldest_begun, one.oldest) else one
        count, breached = known.count + one.count, known.breached + one.breached
        self.standing[one.priority] = Standing(one.priority, count, breached, old.oldest, old.oldest_begun)

    def tickets(self) -> tuple[Listed, ...]:
        """Those that are listed: the most urgent first, then the oldest."""
        self._cut()
        return tuple(row for _, row in self.rows)

    def count(self) -> int:
        """How many tickets there are."""
        return sum(one.count for one in self.standing.values())


def gather(
    reports: Reports, policy: Policy, schedule: Schedule, as_of: int, period: tuple[int, int]
) -> dict[str, Tally]:
    """What there is to tell, by organization; "" are all that the directory does not list.

    Lists are as of `as_of`; sums are of what was learned after the first instant of `period`, until its last.
    """
    found: dict[str, Tally] = defaultdict(Tally)

    def of(organization: str) -> Tally:
        return found[organization if organization in policy.text.organizations else ""]

    if schedule.lists is not None:
        order = {str(name): place for place, name in enumerate(policy.text.priorities)}
        for head in chosen(reports, policy, schedule.lists, as_of):
            of(head.organization).ticket((order.get(head.priority, len(order)), head.begun), _row(head))
    if schedule.reports:
        for one in reports.recorded(SUMMED, *period):
            tally(policy, one, of(one.organization).sums)
        for (organization, priority), count in reports.begun(*period).items():
            of(organization).sums["begun", priority] += count
    return found


def chosen(reports: Reports, policy: Policy, lists: Selection, as_of: int) -> Iterator[Head]:
    """The open tickets that a selection chooses, as of an instant; the oldest first."""
    which = Which(
        states=tuple(map(str, lists.state)) or worked_on(policy),
        priorities=tuple(map(str, lists.priority)),
        organizations=tuple(map(str, lists.organization)),
        teams=tuple(map(str, lists.team)),
        breached=lists.breached,
        # Business time passes no faster than the clock: whoever is too young by the clock is too young.
        since=None if lists.lasting is None else as_of - lists.lasting.seconds * _SECOND,
        begun=None if lists.age is None else as_of - lists.age.seconds * _SECOND,
    )
    for head in reports.listed(which):
        old = _lasts(policy, head.office, head.begun, as_of, lists.age)
        if old and _lasts(policy, head.office, head.since, as_of, lists.lasting):
            yield head


def worked_on(policy: Policy) -> tuple[str, ...]:
    """The states in which a ticket is worked on: it is not over, and not to be reopened first."""
    life = policy.life
    living = [name for name, state in life.states.items() if not state.final]
    again = life.sources(REOPENED)
    return tuple(name for name in living if name not in again) or tuple(living)


def _lasts(policy: Policy, office: str, since: int, now: int, least: Duration | None) -> bool:
    if least is None or not least.business:
        return True
    return policy.calendar(office, business=True).worked_us(since, now) >= least.seconds * _SECOND


def _row(head: Head) -> Listed:
    return Listed(
        ticket=head.ticket,
        organization=head.organization,
        priority=head.priority,
        state=head.state,
        begun=head.begun,
        since=head.since,
        team=head.team,
        subject=head.subject,
        due=head.due_at,
        breaches=head.breaches,
        level=head.escalation_level,
    )


def tally(policy: Policy, one: Recorded, sums: Sums) -> None:
    """Count what a record says."""
    record, data = one.event, one.event.data
    metric, priority = str(data.get("metric", "")), one.priority
    match record.type:
        case "target_met" | "target_breached":
            sums["result", metric, priority, "met" if record.type == "target_met" else "missed"] += 1
        case "clock_stopped":
            known = policy.text.metrics.get(metric)
            # A clock that ended with the ticket was not stopped by what it waits for.
            if known is not None and any(stop.event == data.get("event") for stop in known.stop):
                sums["result", metric, priority, "stopped"] += 1
        case "target_corrected" | "target_judged":
            before, after = _VERDICTS.get(data.get("from", "")), _VERDICTS.get(data.get("to", data.get("status", "")))
            if after is not None and after != before:
                sums["result", metric, priority, after] += 1
                sums["result", metric, priority, "corrected"] += before is not None or record.type == "target_judged"
        case "level_fired":
            sums["level", str(data["chain"]), str(data["level"])] += 1
        case "request_opened":
            sums["request", "opened"] += 1
        case "request_answered":
            sums["request", str(data["answer"])] += 1
        case "refolded":
            # What a late fact asked for or answered stands in the tale that it told anew.
            for told in _of_late_fact(record):
                sums["request", "opened" if told.type == "request_opened" else str(told.data["answer"])] += 1


def _of_late_fact(record: Event) -> Iterator[Event]:
    for told in record.data["events"]:
        of_requests = told.engine and told.type in ("request_opened", "request_answered")
        if of_requests and told.at.isoformat() == record.data["happened"]:
            yield told


def period_of(policy: Policy, sums: Mapping[tuple[str, ...], int], begin: int, end: int) -> Period:
    """The sums of a period, in the order in which the policy has its metrics, chains and priorities."""
    metrics, priorities = _places(policy.text.metrics), _places(policy.text.priorities)
    chains = _places(policy.text.chains)
    rows = {key[1:3] for key in sums if key[0] == "result"}
    results = [
        Result(metric, priority, *(sums.get(("result", metric, priority, what), 0) for what in _WHAT))
        for metric, priority in sorted(rows, key=lambda row: (priorities(row[1]), metrics(row[0])))
    ]
    levels = sorted((chains(key[1]), int(key[2]), key) for key in sums if key[0] == "level")
    begun = sorted((priorities(key[1]), key) for key in sums if key[0] == "begun")
    return Period(
        begin,
        end,
        tuple(results),
        tuple(Reached(key[1], number, sums[key]) for _, number, key in levels),
        {key[1]: sums[key] for key in sums if key[0] == "request"},
        {key[1]: sums[key] for _, key in begun},
    )


_WHAT = ("met", "missed", "stopped", "corrected")


def _places(names: Iterable[str]) -> Callable[[str], tuple[int, str]]:
    places = {str(name): place for place, name in enumerate(names)}
    return lambda name: (places.get(name, len(places)), name)


def standing_of(policy: Policy, tally: Tally) -> tuple[Standing, ...]:
    """The tickets that are listed, counted by priority, the most urgent first."""
    place = _places(policy.text.priorities)
    return tuple(sorted(tally.standing.values(), key=lambda one: place(one.priority)))
