"""A target tried out over a range: variants of a policy's text, and what becomes of the tickets under each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from support_policy.model.promise import Target
from support_policy.policy.compiled import Policy
from support_policy.source.diagnostics import Findings, did_you_mean
from support_policy.source.nodes import shorten
from support_policy.source.span import NOWHERE, Span
from support_policy.source.words import parse_duration

HERE = Span("--sweep")
MOST_VARIANTS = 100
_FORM = "write `METRIC.PRIORITY=TARGET,TARGET`, such as `first_response.P1=1h,2h,4h`"
_LINES = re.compile("\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Sweep:
    """Targets to try for a metric of the tickets of a priority, as written."""

    metric: str
    priority: str
    targets: tuple[str, ...]


def read_sweep(text: str, policy: Policy) -> Sweep:
    """What `first_response.P1=1h,2h,4h` says. Raises `PolicyError` with everything that is wrong with it."""
    findings = Findings()
    name, equals, values = text.partition("=")
    metric, dot, priority = (part.strip() for part in name.partition("."))
    if not (equals and dot and metric and priority and values.strip()):
        findings.error("B701", HERE, f"`{shorten(text)}` is no sweep", _FORM)
        findings.raise_errors()
    targets = [value.strip() for value in values.split(",")]
    _names(policy, metric, priority, findings)
    _durations(targets, findings)
    findings.raise_errors()
    target = policy.text.priorities[priority].targets.get(metric)
    if target is None:
        _absent(policy, metric, priority, findings)
    elif _shared(policy, target):
        said = f"the {metric} of {priority} is not written for it alone"
        findings.error("B704", target.within.span, said, f"write it out in the entry of {priority}")
    findings.raise_errors()
    return Sweep(metric, priority, tuple(targets))


def _names(policy: Policy, metric: str, priority: str, findings: Findings) -> None:
    text = policy.text
    if metric in text.priorities and priority in text.metrics:
        help = f"the metric stands first: `{priority}.{metric}=...`"
        findings.error("B702", HERE, f"there is no metric `{shorten(metric)}`", help)
        return
    for kind, name, known in (("metric", metric, text.metrics), ("priority", priority, text.priorities)):
        if name not in known:
            findings.error("B702", HERE, f"there is no {kind} `{shorten(name)}`", did_you_mean(name, known))


def _durations(targets: Sequence[str], findings: Findings) -> None:
    for place, target in enumerate(targets):
        found = parse_duration(target)
        if not target:
            findings.error("B705", HERE, "a target is empty", "leave the comma out")
        elif isinstance(found, str):
            findings.error("B705", HERE, f"`{shorten(target)}` is no duration", found)
        elif target in targets[:place]:
            findings.error("B705", HERE, f"`{shorten(target)}` stands there twice", "name each target once")
    if len(targets) > MOST_VARIANTS:
        findings.error(
            "B701", HERE, f"{len(targets)} targets are too many", f"at most {MOST_VARIANTS} are tried at once"
        )


def _absent(policy: Policy, metric: str, priority: str, findings: Findings) -> None:
    having = [str(name) for name, one in policy.text.priorities.items() if metric in one.targets]
    help = f"give {priority} one first: `{metric}: 8bh` in its entry under `priorities:`"
    if having:
        help += f"; {', '.join(having)} " + ("have one" if len(having) > 1 else "has one")
    said = f"{priority} has no target for {metric} that could be replaced"
    findings.error("B703", policy.text.priorities[priority].span, said, help)


def _shared(policy: Policy, target: Target) -> bool:
    """Whether the text of a target stands for another one too."""
    spans = [other.within.span for one in policy.text.priorities.values() for other in one.targets.values()]
    plans = [entry for plan in policy.text.plans.values() for entry in plan.entries.values()]
    spans += [other.within.span for entry in plans for other in entry.targets.values() if other]
    return target.within.span == NOWHERE or spans.count(target.within.span) > 1


def variants(files: Mapping[str, bytes], policy: Policy, sweep: Sweep) -> list[tuple[str, Mapping[str, bytes]]]:
    """(target, files of the policy in which it stands for the present one) for each target of a sweep, in order.

    `files` are those that the policy was read from. Nothing else in them changes. Raises `PolicyError`.
    """
    span = policy.text.priorities[sweep.priority].targets[sweep.metric].within.span
    text = files[span.file].decode("utf-8-sig")
    begin, end = _place(text, span.line, span.column), _place(text, span.end_line, span.end_column)
    if text[begin] == "&":
        findings = Findings()
        said = f"other values repeat the {sweep.metric} of {sweep.priority}"
        findings.error("B704", span, said, "write them out, without `&` and `*`")
        findings.raise_errors()
    made = [(target, f"{text[:begin]}{target}{text[end:]}".encode()) for target in sweep.targets]
    return [(target, {**files, span.file: data}) for target, data in made]


def _place(text: str, line: int, column: int) -> int:
    lines = [0, *(found.end() for found in _LINES.finditer(text))]
    return lines[line - 1] + column - 1


def table_of(sweep: Sweep, summaries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What becomes of the tickets under each target, as plain JSON data; `summaries` are `Summary.data` in order."""
    rows = [_row(sweep, target, data) for target, data in zip(sweep.targets, summaries, strict=True)]
    return {"metric": sweep.metric, "priority": sweep.priority, "rows": rows}


def _row(sweep: Sweep, target: str, data: Mapping[str, Any]) -> dict[str, Any]:
    found = next(row for row in data["priorities"] if row["priority"] == sweep.priority)
    counts: Mapping[str, Any] = next((row for row in found["targets"] if row["metric"] == sweep.metric), {})
    met, missed = counts.get("met", 0), counts.get("missed", 0)
    return {
        "target": target,
        "met": met,
        "missed": missed,
        "open": counts.get("open", 0),
        "attained": met / (met + missed) if met + missed else None,
        "escalations": sum(level["fired"] for level in data["escalations"]["levels"]),
        "notifications": {row["role"]: row["told"] for row in data["notifications"]},
    }
