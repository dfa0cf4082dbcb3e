"""What a backtest's summary says, in the words and numbers that its charts and its page share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from support_policy.render.sentences import MONTHS, length, moment_there, plain, sentence, spaced

Data = Mapping[str, Any]
"""Plain JSON data."""
NONE = "\u2013"
ARROW = "\u2192"
_MINUS = "\u2212"
MOST_MONTHS = 120
"""Longer stretches of months are shown by those that have tickets."""


def cleaned(data: Any) -> Any:
    """The same data with every text, foreign as it may be, on one line and fit to be shown."""
    if isinstance(data, str):
        return plain(data)
    if isinstance(data, Mapping):
        return {plain(key): cleaned(value) for key, value in data.items()}
    return [cleaned(value) for value in data] if isinstance(data, (list, tuple)) else data


def number(count: float | None) -> str:
    """`1,234`."""
    return NONE if count is None else f"{count:,.0f}"


def signed(change: float) -> str:
    """`+12`, `-3` with a real minus, `0`."""
    return f"{'+' if change > 0 else _MINUS if change < 0 else ''}{abs(change):,.0f}"


def counted(count: int, one: str, many: str = "") -> str:
    """`1 ticket`, `2 tickets`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def percent(share: float | None) -> str:
    """A share of one as `79.4 %`; what is not all of it is never rounded to all or to nothing."""
    if share is None:
        return NONE
    shown = round(share * 100, 1)
    if shown in (0, 100) and share not in (0, 1):
        return "<\u00a00.1\u00a0%" if shown == 0 else ">\u00a099.9\u00a0%"
    return f"{shown:.0f}\u00a0%" if shown in (0, 100) else f"{shown:.1f}\u00a0%"


def attained(found: Data | None) -> float | None:
    """The share met of what was judged: met or missed; None where nothing was."""
    judged = found["met"] + found["missed"] if found else 0
    return found["met"] / judged if found and judged else None


def metric_name(metric: str) -> str:
    """`first_response` is `First response`."""
    return sentence(spaced(metric))


def month_name(month: str) -> str:
    """`2016-05` is `May 2016`."""
    year, _, rest = month.partition("-")
    known = rest.isdecimal() and 1 <= int(rest) <= 12
    return f"{MONTHS[int(rest) - 1]} {year}" if known else plain(month, 20)


def priority_name(found: Data) -> str:
    """`P3 Moderate`."""
    name, label = plain(found["priority"], 24), plain(found.get("label") or "", 24)
    return name if not label or label == name else f"{name} {label}"


def title_of(policy: Data) -> str:
    """`Incident desk 2017-03`."""
    return f"{plain(policy['name'], 80)} {plain(policy['version'], 40)}"


def titles_of(old: Data, new: Data) -> str:
    """Both policies in as few words as tell them apart."""
    if old["name"] != new["name"]:
        return f"{title_of(old)} {ARROW} {title_of(new)}"
    if old["version"] != new["version"]:
        return f"{title_of(old)} {ARROW} {plain(new['version'], 40)}"
    return f"{title_of(new)} ({plain(old['digest'])[:8]} {ARROW} {plain(new['digest'])[:8]})"


def as_of(at: str) -> str:
    """An instant of JSON as people write it."""
    try:
        return moment_there(datetime.fromisoformat(at))
    except ValueError:
        return plain(at, 60)


def by_metric(found: Data | None) -> dict[str, Data]:
    """The targets of a priority, an organization or a month, by metric."""
    return {target["metric"]: target for target in found["targets"]} if found else {}


def target_of(totals: Data | None, priority: str, metric: str) -> str:
    """The target of a metric as a policy writes it; the priority's own where tickets had several; empty without."""
    if not totals:
        return ""
    text = (by_metric(one(totals["priorities"], priority=priority)).get(metric) or {}).get("target")
    own = one(totals["response"], priority=priority, metric=metric) or {}
    return text or own.get("target") or (length(own["target_seconds"]) if own.get("target_seconds") else "")


def targets_of(summary: Data, priority: str, metric: str) -> str:
    """`8bh`, or `8bh` and `6bh` with an arrow between them."""
    now, before = (target_of(summary[key], priority, metric) for key in ("new", "old"))
    return f"{before} {ARROW} {now}" if now and before and now != before else now


def metrics(summary: Data) -> list[str]:
    """The metrics that any priority has under either policy, in the order of the new one."""
    both = [totals for totals in (summary["new"], summary["old"]) if totals]
    return list(dict.fromkeys(t["metric"] for totals in both for p in totals["priorities"] for t in p["targets"]))


def summed(totals: Data | None) -> dict[str, dict[str, float]]:
    """Counts and worked seconds of a metric over all priorities."""
    made: dict[str, dict[str, float]] = {}
    keys = ("met", "missed", "open", "withdrawn", "measured", "ended", "worked_seconds")
    for found in totals["priorities"] if totals else ():
        for target in found["targets"]:
            row = made.setdefault(target["metric"], dict.fromkeys(keys, 0))
            for key in keys:
                row[key] += target[key] or 0
    return made


def one(rows: Sequence[Data], **wanted: Any) -> Data | None:
    """The first row with these values."""
    return next((row for row in rows if all(row.get(key) == value for key, value in wanted.items())), None)


def pairs(summary: Data) -> Iterator[tuple[Data, Data | None]]:
    """The priorities of `new`, each with what `old` says of it; then those that `old` alone knows, with no tickets."""
    new, old = summary["new"]["priorities"], summary["old"]["priorities"] if summary["old"] else []
    for row in new:
        yield row, one(old, priority=row["priority"])
    for row in old:
        if one(new, priority=row["priority"]) is None:
            yield {**row, "tickets": 0, "targets": [], "escalations": []}, row


def was(now: str, before: str | None) -> str:
    """`79.4 %, was 84.1 %`; without a before, or the same, the first alone."""
    return now if before is None or before == now else f"{now}, was {before}"


def in_time(now: float | None, before: float | None) -> str:
    """`79.4 % in time, was 84.1 %`; without a share before, or the same, the first alone."""
    told = percent(before)
    return f"{percent(now)} in time" + ("" if before is None or told == percent(now) else f", was {told}")


def stretch(months: Sequence[str]) -> list[str]:
    """Every month from the first to the last, those without tickets too."""
    if not months or not all(len(month) == 7 and month.replace("-", "").isdecimal() for month in months):
        return list(months)
    first, last = (int(m[:4]) * 12 + int(m[5:]) - 1 for m in (min(months), max(months)))
    if last - first >= MOST_MONTHS:
        return sorted(months)
    return [f"{n // 12:04}-{n % 12 + 1:02}" for n in range(first, last + 1)]
