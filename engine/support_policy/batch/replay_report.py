"""The report of a replay: counts that add up, by priority, and every row that was not used."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from support_policy.batch.mapping import Comparison
from support_policy.batch.replay_rows import REASONS, REMARKS, Reject
from support_policy.batch.replay_ticket import Measured, Outcome
from support_policy.model.event import instant
from support_policy.policy.compiled import Policy
from support_policy.source.nodes import shorten
from support_policy.source.words import spell

EXAMPLES = 5
"""How many rows or tickets a report names for each reason; `--rejects` writes all of them."""
WHY: Mapping[str, str] = {
    "no_usable_row": "none of its rows could be used",
    "never_began": REASONS["never_began"],
    "not_decided": REASONS["not_decided"],
}


@dataclass(slots=True)
class _Metric:
    """A metric of the tickets of one priority."""

    verdicts: Counter[str] = field(default_factory=Counter)
    worked: list[float] = field(default_factory=list)
    slowest: list[tuple[float, str, str]] = field(default_factory=list)

    def add(self, ticket: str, found: Measured, keep: int) -> None:
        """Count one ticket."""
        self.verdicts[found.verdict] += 1
        if found.ended:
            self.worked.append(found.worked)
        self.slowest.append((-found.worked, ticket, found.status))
        if len(self.slowest) > 50 * keep + 50:
            self.slowest = sorted(self.slowest)[:keep]


@dataclass(slots=True)
class _Compared:
    """How our due times and verdicts compare with those of others, for one metric."""

    due: Counter[str] = field(default_factory=Counter)
    verdict: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: list[dict[str, Any]] = field(default_factory=list)


class Tally:
    """Adds outcomes up. `slowest` is how many tickets to name for each priority and metric."""

    def __init__(self, policy: Policy, compare: Mapping[str, Comparison], slowest: int) -> None:
        self.policy, self.compare, self.keep = policy, compare, slowest
        self.rows: Counter[str] = Counter()
        self.remarks: Counter[str] = Counter()
        self.remarked: Counter[str] = Counter()
        self.reasons: dict[str, list[Reject]] = defaultdict(list)
        self.counts: Counter[str] = Counter()
        self.why: dict[str, list[str]] = defaultdict(list)
        self.refusals: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.tickets: Counter[str] = Counter()
        self.metrics: dict[tuple[str, str], _Metric] = defaultdict(_Metric)
        self.fired: dict[tuple[str, str, int], Counter[str]] = defaultdict(Counter)
        self.compared: dict[str, _Compared] = defaultdict(_Compared)
        self.strangers: Counter[str] = Counter()

    def reject(self, reject: Reject) -> None:
        """Count a row that was not used."""
        self.rows["rejected"] += 1
        self.reasons[reject.reason].append(reject)

    def ignore(self) -> None:
        """Count a row that the mapping leaves aside."""
        self.rows["used"] += 1
        self.remarks["ignored"] += 1

    def add(self, outcome: Outcome) -> None:
        """Count a ticket and its rows."""
        for reject in outcome.rejects:
            self.reject(reject)
        self.rows["used"] += outcome.used
        self.remarks.update(outcome.remarks)
        self.remarked.update(outcome.remarks.keys())
        if outcome.why:
            self.why[outcome.why].append(outcome.ticket)
            return
        self.counts["evaluated"] += 1
        self.counts["events"] += outcome.events
        self.counts["left_out"] += outcome.left_out
        self.counts["refused"] += len(outcome.refused)
        for refusal in outcome.refused:
            self.refusals[refusal].append(outcome.ticket)
        self.tickets[outcome.priority] += 1
        if outcome.stranger:
            self.strangers[outcome.stranger] += 1
        for found in outcome.measured:
            self.metrics[outcome.priority, found.metric].add(outcome.ticket, found, self.keep)
            self._compare(outcome.ticket, found)
        for (chain, level), times in outcome.fired.items():
            self.fired[outcome.priority, chain, level].update(tickets=1, fired=times)

    def _compare(self, ticket: str, found: Measured) -> None:
        told = self.compare.get(found.metric)
        if told is None:
            return
        compared = self.compared[found.metric]
        if told.due:
            kind = _due(found, told.within)
            compared.due[kind] += 1
            if kind in ("ours_earlier", "ours_later") and len(compared.examples) < EXAMPLES:
                compared.examples.append({"ticket": ticket, "ours": _iso(found.due), "theirs": _iso(found.their_due)})
        if told.verdict is not None:
            compared.verdict[found.verdict, found.their_verdict or "none"] += 1

    def notes(self) -> list[str]:
        """What is to be said of the whole."""
        if not self.rows:
            return ["the file has no rows"]
        if not self.strangers:
            return []
        named = ", ".join(f"`{shorten(name)}` {count:,}" for name, count in self.strangers.most_common(EXAMPLES))
        more = ", ..." if len(self.strangers) > EXAMPLES else ""
        office = self.policy.text.default_office
        said = f"tickets whose organization the directory does not know, on the clock of `{office}`"
        return [f"{said}: {self.strangers.total():,} ({named}{more})"]

    def report(self) -> dict[str, Any]:
        """Everything counted, as plain JSON data."""
        rejected = sum(len(tickets) for tickets in self.why.values())
        evaluated = self.counts["evaluated"]
        accepted = self.counts["events"] - self.counts["refused"] - self.counts["left_out"]
        return {
            "rows": {
                "read": self.rows["used"] + self.rows["rejected"],
                "used": self.rows["used"],
                "rejected": self.rows["rejected"],
                "reasons": [_reason(name, self.reasons[name]) for name in REASONS if name in self.reasons],
                "remarks": [
                    {"remark": name, "count": self.remarks[name], "tickets": self.remarked[name], "says": says}
                    for name, says in REMARKS.items()
                    if self.remarks[name]
                ],
            },
            "tickets": {
                "read": evaluated + rejected,
                "evaluated": evaluated,
                "rejected": rejected,
                "unknown_organization": self.strangers.total(),
                "reasons": [
                    {"reason": why, "count": len(tickets), "says": WHY[why], "tickets": tickets[:EXAMPLES]}
                    for why, tickets in sorted(self.why.items())
                ],
            },
            "events": {
                "made": self.counts["events"],
                "accepted": accepted,
                "refused": self.counts["refused"],
                "left_out": self.counts["left_out"],
                "refusals": [
                    {
                        "type": type,
                        "why": why,
                        "count": len(tickets),
                        "tickets": list(dict.fromkeys(tickets))[:EXAMPLES],
                    }
                    for (type, why), tickets in sorted(self.refusals.items(), key=lambda item: -len(item[1]))
                ],
            },
            "priorities": [self._priority(name) for name in self.policy.text.priorities],
            "compare": [self._comparison(metric) for metric in self.compare],
        }

    def _priority(self, name: str) -> dict[str, Any]:
        priority = self.policy.text.priorities[name]
        metrics = {m: self.metrics[name, m] for m in self.policy.text.metrics if (name, m) in self.metrics}
        targets = {metric: str(target) for metric, target in priority.targets.items()}
        return {
            "priority": name,
            "label": str(priority.label),
            "tickets": self.tickets[name],
            "targets": [_target(metric, targets.get(metric), found) for metric, found in metrics.items()],
            "escalations": [
                {"chain": chain, "level": level, "fired": counts["fired"], "tickets": counts["tickets"]}
                for (of, chain, level), counts in sorted(self.fired.items())
                if of == name
            ],
            "slowest": [
                {"metric": metric, "ticket": ticket, "worked_seconds": _whole(-worked), "status": status}
                for metric, found in metrics.items()
                for worked, ticket, status in sorted(found.slowest)[: self.keep]
            ],
        }

    def _comparison(self, metric: str) -> dict[str, Any]:
        found, told = self.compared[metric], self.compare[metric]
        made: dict[str, Any] = {"metric": metric}
        if told.due:
            kinds = ("agree", "ours_earlier", "ours_later", "only_ours", "only_theirs", "neither")
            made["due"] = {kind: found.due[kind] for kind in kinds} | {"within_seconds": told.within}
            made["examples"] = found.examples
        if told.verdict is not None:
            judged = {pair: n for pair, n in found.verdict.items() if set(pair) <= {"met", "missed"}}
            agree = sum(n for (ours, theirs), n in judged.items() if ours == theirs)
            pairs = [{"ours": a, "theirs": b, "count": n} for (a, b), n in sorted(found.verdict.items())]
            made["verdict"] = {"agree": agree, "differ": sum(judged.values()) - agree, "pairs": pairs}
        return made


def _due(found: Measured, within: int) -> str:
    if found.their_due is None:
        return "neither" if not found.target else "only_ours"
    if found.due is None:
        return "only_theirs"
    apart = (found.due - found.their_due) / 1_000_000
    return "agree" if abs(apart) <= within else "ours_earlier" if apart < 0 else "ours_later"


def _reason(name: str, rejects: Iterable[Reject]) -> dict[str, Any]:
    """Examples differ in what they say: a value that is not listed is named once, however many rows have it."""
    rows = sorted(rejects, key=lambda reject: reject.number)
    alike = Counter(reject.detail for reject in rows)
    first: dict[str, Reject] = {}
    for reject in rows:
        first.setdefault(reject.detail, reject)
    examples = [
        {"row": r.number, "line": r.line or None, "ticket": r.ticket or None, "detail": detail, "count": alike[detail]}
        for detail, r in sorted(first.items(), key=lambda item: -alike[item[0]])[:EXAMPLES]
    ]
    return {"reason": name, "count": len(rows), "says": REASONS[name], "rows": examples}


def _target(metric: str, target: str | None, found: _Metric) -> dict[str, Any]:
    worked = sorted(found.worked)
    return {
        "metric": metric,
        "target": target,
        **{verdict: found.verdicts[verdict] for verdict in ("met", "missed", "open", "withdrawn", "measured")},
        "ended": len(worked),
        "median_seconds": _whole(median(worked)) if worked else None,
        "p90_seconds": _whole(worked[min(len(worked) - 1, len(worked) * 9 // 10)]) if worked else None,
    }


def _whole(seconds: float) -> float:
    return int(seconds) if seconds == int(seconds) else round(seconds, 6)


def _iso(us: int | None) -> str | None:
    return None if us is None else instant(us).isoformat()


def hours(seconds: float | None) -> str:
    """Seconds as a person reads them in a table: `41h20m`."""
    return "-" if seconds is None else spell(round(seconds / 60) * 60 if seconds >= 60 else seconds)
