"""A described policy as the files a support manager would have written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.whole.described import (
    ANSWERS,
    FINAL,
    MOVES,
    REASONED,
    STATES,
    STRICT_NEEDS,
    STRICT_ROLES,
    Calendar,
    Chain,
    Length,
    Level,
    Line,
    Metric,
    On,
    Pause,
    Policy,
    Priority,
    Request,
    Rule,
    Stretches,
    Timer,
)


def files(policy: Policy) -> dict[str, bytes]:
    """The policy as files, by name."""
    plain = [c for c in policy.calendars if not c.office]
    special = [
        {"date": day.isoformat(), "office": c.name, "hours": hours(times)}
        for c in policy.calendars
        if c.office
        for day, times in c.special
    ]
    top = {
        "policy": "Generated",
        "version": "1" if policy.effective is None else "2",
        "effective_from": "" if policy.effective is None else policy.instant(policy.effective).isoformat(),
        "open_tickets": policy.open_tickets,
        "offices": {c.name: calendar(c) for c in policy.calendars if c.office},
        "default_office": policy.offices[0],
        "calendars": {c.name: calendar(c) for c in plain},
        "special_days": special,
        "priorities": {p.name: priority(p) for p in policy.priorities},
        "metrics": {m.name: metric(m) for m in policy.metrics},
        "escalation": {c.name: chain(c) for c in policy.chains} | {r.name: requested(r) for r in policy.requests},
        "assumptions": dict(policy.assumptions),
        "plans": {name: {line.priority: plan(line) for line in lines} for name, lines in named_plans(policy)},
    }
    made = {
        "policy.yaml": top,
        "rules/guards.yaml": GUARD_RULES,
        "rules/directory.yaml": directory(policy),
        "workflows/request.yaml": workflow(policy),
    }
    if policy.rules:
        made["rules/targets.yaml"] = {"rule_set": "targets", "rules": [rule(one) for one in policy.rules]}
    return {name: text(lean(part)).encode() for name, part in made.items()}


GUARD_RULES: dict[str, Any] = {
    "rule_set": "guards",
    "rules": [
        {
            "id": "is-urgent",
            "says": "P1 alone.",
            "conditions": {"name": "priority", "operator": "equal_to", "value": "P1"},
        },
        {"id": "by-customer", "conditions": {"name": "by", "operator": "equal_to", "value": "customer"}},
        {"id": "in-hours", "conditions": {"name": "office_open", "operator": "is_true"}},
        {"id": "request-is-open", "conditions": {"name": "open_request", "operator": "is_true"}},
    ],
}


def directory(policy: Policy) -> dict[str, Any]:
    """Two customers, and what may be known of a ticket."""
    roles = {"manager": "manager@x.example"}
    served = zip(("acme", "globex"), (policy.offices[0], policy.offices[-1]), strict=True)
    plans = {"acme": "gold", "globex": "silver"} if len(policy.plans) > 1 else {"acme": "gold"} if policy.plans else {}
    declared: dict[str, dict[str, Any]] = {}
    if policy.strict:
        declared = {type: {"by": list(roles)} for type, roles in STRICT_ROLES.items()}
        declared |= {type: {"requires": list(needs)} for type, needs in STRICT_NEEDS.items()}
    return {
        "events": declared,
        "facts": {"note": "text", "vip": "boolean"},
        "organizations": {
            name: {"office": office, "plan": plans.get(name, ""), "roles": roles} for name, office in served
        },
        "unknown_organization": {"roles": roles},
    }


def rule(rule: Rule) -> dict[str, Any]:
    """A rule of what is promised."""
    urgent = {"name": "priority", "operator": "equal_to", "value": "P1"}
    if rule.metric:
        within = rule.within.text if rule.within else "none"
        params = lean({"metric": rule.metric, "within": within, "calendar": rule.calendar})
    else:
        params = {"chain": rule.use or rule.drop}
    name = "set_target" if rule.metric else "use_chain" if rule.use else "drop_chain"
    condition = urgent if rule.urgent else {"name": "vip", "operator": "is_true"}
    return {"id": rule.id, "conditions": condition, "actions": [{"name": name, "params": params}]}


def hours(times: Stretches) -> str:
    """`09:00-17:00, ...`."""
    return ", ".join(f"{wall(a)}-{wall(b)}" for a, b in times) or "closed"


def wall(second: int) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


def calendar(calendar: Calendar) -> dict[str, Any]:
    """An office or another calendar."""
    if calendar.any_of:
        return {"any_of": list(calendar.any_of)}
    return {"zone": calendar.zone, "hours": {"mon-sun": hours(calendar.hours)}}


def priority(priority: Priority) -> dict[str, Any]:
    """A row of the table of priorities."""
    made: dict[str, Any] = {"name": f"Priority {priority.name}"}
    for name, length, by in priority.targets:
        made[name] = target(length, by)
    return {**made, "escalation": list(priority.chains)}


def named_plans(policy: Policy) -> list[tuple[str, tuple[Line, ...]]]:
    """The plans by name."""
    return list(zip(("gold", "silver"), policy.plans, strict=False))


def plan(line: Line) -> dict[str, Any]:
    """What a plan says for a priority."""
    made: dict[str, Any] = {name: target(length, by) for name, length, by in line.targets}
    return made if line.chains is None else {**made, "escalation": list(line.chains) or "[]"}


def target(length: Length | None, by: str) -> Any:
    """A target as it is written."""
    within = length.text if length else "none"
    return {"within": within, "calendar": by} if by else within


def by_priority(calendar: str | tuple[tuple[str, str], ...]) -> Any:
    return calendar if isinstance(calendar, str) else dict(calendar)


def on(on: On) -> Any:
    """An event that starts or stops a clock, as short as it can be written."""
    made = lean({"event": on.event, "by": list(on.by), "when": on.when, "team": "own" if on.own else ""})
    return on.event if made == {"event": on.event} else made


def pause(pause: Pause) -> Any:
    """A state that pauses a clock."""
    return {"while": pause.state, "when": pause.when, "max": pause.max.text if pause.max else ""}


def metric(metric: Metric) -> dict[str, Any]:
    """A metric."""
    start = [on(one) for one in metric.start]
    return {
        "kind": metric.kind,
        "start": start[0] if len(start) == 1 else start,
        "stop": [on(one) for one in metric.stop],
        "recurs": "yes" if metric.recurs else "",
        "per": "team" if metric.per_team else "",
        "pause": [lean(pause(one)) for one in metric.pause],
        "reopen": metric.reopen,
        "priority_change": metric.priority_change,
        "calendar": by_priority(metric.calendar),
    }


def level(level: Level) -> dict[str, Any]:
    """A level of a chain."""
    if level.kind == "at":
        when = "due" if level.percent == 100 else f"{level.percent}%"
    else:
        assert level.length, level
        when = level.length.text
    carried = {"to": level.to, "reason": "by itself"} if level.to else {}
    return lean({level.kind: when, "calendar": level.calendar, "notify": "manager", "do": level.do, "with": carried})


def chain(chain: Chain) -> dict[str, Any]:
    """A chain that begins by itself."""
    lasts = {"event": chain.acknowledge, "lasts": chain.lasts.text if chain.lasts else ""}
    return {
        "counts": chain.counts,
        "calendar": by_priority(chain.calendar),
        "levels": [level(one) for one in chain.levels],
        "repeat": str(chain.repeat) if chain.repeat > 1 else "",
        "acknowledge": lean(lasts) if chain.acknowledge else {},
        "until": list(chain.until),
    }


def requested(request: Request) -> dict[str, Any]:
    """A chain of requests."""
    return {
        "on": request.on,
        "when": request.when,
        "accept": request.accept,
        "decline": request.decline,
        "until": list(request.until),
        "notify": "manager",
        "remind": request.remind.text if request.remind else "",
    }


def workflow(policy: Policy) -> dict[str, Any]:
    """The life of a ticket, with its timers."""
    states = [{"name": s, "final": "yes"} if s in FINAL else s for s in STATES]
    transitions = []
    for event, source, to in MOVES:
        move: dict[str, Any] = {"trigger": event, "source": list(source), "dest": to}
        if event in ANSWERS:
            move["conditions"] = "request-is-open"
        if event in REASONED:
            move["requires"] = ["to", "reason"] if event == "priority_changed" else ["reason"]
        transitions.append(move)
    timers = [timer(one) for one in policy.timers]
    return {"workflow": "request", "initial": "new", "states": states, "transitions": transitions, "timers": timers}


def timer(timer: Timer) -> dict[str, Any]:
    """What the workflow does by itself."""
    carried = {"to": timer.to, "reason": "by itself"} if timer.to else {}
    return lean(
        {
            "id": timer.id,
            "while": timer.state,
            "when": timer.when,
            "after": timer.after.text,
            "calendar": timer.calendar,
            "reset": timer.reset,
            "do": timer.do,
            "with": carried,
            "notify": "manager" if timer.notify else "",
            "repeat": str(timer.repeat) if timer.repeat > 1 else "",
        }
    )


def lean(data: dict[str, Any]) -> dict[str, Any]:
    """Mappings without the keys that say nothing."""
    inner = {key: lean(value) if isinstance(value, dict) else value for key, value in data.items()}
    return {key: value for key, value in inner.items() if value not in ("", [], {})}


def text(data: Any, indent: str = "") -> str:
    """Plain data as YAML in block style, its scalars plain where they can be."""
    if isinstance(data, Mapping):
        parts = [(f"{indent}{key}:", value) for key, value in data.items()]
    else:
        parts = [(f"{indent}-", value) for value in data]
    made = ""
    for head, value in parts:
        if isinstance(value, str):
            made += f"{head} {scalar(value)}\n"
        elif head.endswith("-"):
            made += f"{head} {text(value, indent + '  ').removeprefix(indent + '  ')}"
        else:
            made += f"{head}\n{text(value, indent + '  ')}"
    return made


def scalar(value: str) -> str:
    return value if value == "[]" or (re.fullmatch(r"[\w=@.%, :-]*", value) and ": " not in value) else f'"{value}"'
