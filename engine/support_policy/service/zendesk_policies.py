"""One SLA policy of an export: its filter, its targets, its settings."""

from __future__ import annotations

from typing import Any

from support_policy.service.zendesk_json import At, clean, found
from support_policy.service.zendesk_model import METRICS, PRIORITIES, Filter, Gap, Plain, SlaPolicy, Target, Test
from support_policy.source.diagnostics import did_you_mean, nearest
from support_policy.source.words import MAX_DURATION_SECONDS, parse_date

_OLA = "group_ownership_time"
_SETTINGS = ("metric_settings", "metrics_settings")


def read_policy(at: At, gaps: list[Gap]) -> SlaPolicy | None:
    """The policy at `at`, or None after diagnostics; what cannot be carried over goes to `gaps`."""
    title = _text(at, "title", "the name people know it by")
    id_at, position_at = at.get("id"), at.get("position")
    position = position_at.whole() if position_at else None
    filter_at = at.need("filter", "which tickets the policy is for, as `{all: [...], any: [...]}`")
    metrics_at = at.need("policy_metrics", "the targets, which may be an empty list")
    description = at.get("description")
    told = description.text() if description else ""
    id = id_at.id() if id_at else f"{at.place.file}{at.place}"
    filter = read_filter(filter_at) if filter_at and filter_at.object() else None
    targets = _targets(metrics_at, gaps) if metrics_at else ()
    _settings(at, gaps)
    if title is None or id is None or filter is None:
        return None
    return SlaPolicy(id, title, told or "", position, filter, targets, _updated(at), at.place)


def _text(at: At, key: str, what: str) -> str | None:
    value = at.need(key, what)
    return value.text() if value else None


def _updated(at: At) -> str:
    value = at.value.get("updated_at")
    return value[:10] if isinstance(value, str) and parse_date(value[:10]) else ""


def read_filter(at: At) -> Filter | None:
    """A filter; None after a diagnostic."""
    if at.get("all") is None and at.get("any") is None:
        at.wrong("Z603", "`all` is missing: the conditions, which may be an empty list")
        return None
    parts = {}
    for key in ("all", "any"):
        listed = at.get(key)
        parts[key] = tuple(t for item in listed.items() if (t := _test(item))) if listed else ()
    return Filter(parts["all"], parts["any"])


def _test(at: At) -> Test | None:
    if at.object() is None:
        return None
    field = _text(at, "field", "the ticket's field, such as `organization_id`")
    operator = _text(at, "operator", "how it is compared, such as `is`")
    value = at.value.get("value")
    if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(v, dict | list) for v in value)):
        inner = at.get("value")
        if inner:
            inner.wrong("Z602", f"expected a value or a list of values, found {found(value)}")
        return None
    if field is None or operator is None:
        return None
    plain: Plain | tuple[Plain, ...] = tuple(value) if isinstance(value, list) else value
    return Test(field, operator, plain, at.place)


def _targets(at: At, gaps: list[Gap]) -> tuple[Target, ...]:
    kept: dict[tuple[str, str], tuple[Target, At]] = {}
    for item in at.items():
        target = _target(item, gaps) if item.object() else None
        if target is None:
            continue
        first, where = kept.setdefault((target.priority, target.metric), (target, item))
        if first is not target:
            said = f"{target.metric} for {target.priority} is given twice: nobody can say which target holds"
            item.wrong("Z606", said, "export the policy once more", related=(("first given here", where.span),))
    return tuple(target for target, _ in kept.values())


def _target(at: At, gaps: list[Gap]) -> Target | None:
    priority = _text(at, "priority", f"one of {', '.join(f'`{p}`' for p in PRIORITIES)}")
    metric = _text(at, "metric", "what is measured, such as `first_reply_time`")
    business_at = at.need("business_hours", "`true` for business hours, `false` for the wall clock")
    business = business_at.flag() if business_at else None
    seconds = _seconds(at)
    if priority is not None and priority not in PRIORITIES:
        at.source.findings.error(
            "Z604",
            _key(at, "priority").span,
            f"`{_key(at, 'priority').place}`: there is no priority `{priority[:60]}`",
            did_you_mean(priority, PRIORITIES),
        )
        return None
    if priority is None or metric is None or business is None or seconds is None:
        return None
    if metric not in METRICS:
        gaps.append(_unknown(_key(at, "metric"), metric, priority))
        return None
    return Target(priority, metric, seconds, business, at.place)


def _key(at: At, key: str) -> At:
    return At(at.value[key], at.source, (*at.path, key))


def _unknown(at: At, metric: str, priority: str) -> Gap:
    if metric == _OLA:
        why = "it measures how long one group owns a ticket: an agreement between teams, no promise to customers"
        return Gap(at.place, f"{metric} for {priority}", why, "declare a metric with `kind: ola` and `per: team`")
    near = nearest(metric, METRICS, 0.8)
    why = "the metric is not one that is known here" + (f"; `{near}` looks like it" if near else "")
    instead = "declare a metric in policy.yaml by the events that start and stop it, and add its targets"
    return Gap(at.place, f"{clean(metric, 60)} for {priority}", why, instead)


def _seconds(at: At) -> int | None:
    """The target in seconds, said in minutes, in seconds, or in both."""
    minutes_at, seconds_at = at.get("target"), at.get("target_in_seconds")
    if minutes_at is None and seconds_at is None:
        at.need("target", "the minutes that the metric may take")
        return None
    minutes = minutes_at.whole() if minutes_at else None
    seconds = seconds_at.whole() if seconds_at else None
    if (minutes_at and minutes is None) or (seconds_at and seconds is None):
        return None
    for where, value, unit in ((minutes_at, minutes, 60), (seconds_at, seconds, 1)):
        if where is None or value is None:
            continue
        if value <= 0:
            where.wrong("Z605", f"a target of {str(value)[:20]} promises nothing", "a target is longer than nothing")
            return None
        if value * unit > MAX_DURATION_SECONDS:
            where.wrong("Z605", f"a target of {str(value)[:20]} is longer than ten years", "is it in another unit?")
            return None
    if minutes is not None and seconds is not None and seconds_at and abs(minutes * 60 - seconds) >= 60:
        said = f"{seconds} seconds are not the {minutes} minutes of `target`"
        seconds_at.wrong("Z605", said, "export the policy once more")
        return None
    return seconds if seconds is not None else (minutes or 0) * 60


def _settings(at: At, gaps: list[Gap]) -> None:
    """Advanced settings change when a metric begins or ends, policy by policy; ours are the metric's own."""
    for key in _SETTINGS:
        settings = at.get(key)
        if settings is None or settings.object() is None:
            continue
        for metric, flags in settings.value.items():
            for flag, value in flags.items() if isinstance(flags, dict) else ():
                if _changes(value):
                    inner = At(value, at.source, (*settings.path, metric, flag))
                    gaps.append(_setting(inner, metric, flag))


def _changes(value: Any) -> bool:
    return value is not None and value is not False and value not in ({}, [])


def _setting(at: At, metric: str, flag: str) -> Gap:
    name = clean(flag, 90)
    part = "stop" if flag.startswith("fulfill") else "start"
    why = "one policy's setting changes when the metric begins or ends; here a metric means the same for every ticket"
    instead = f"if it is to hold everywhere, add the event to `{part}:` of `{clean(metric, 60)}` in policy.yaml"
    return Gap(at.place, f"the setting `{name}`", why, instead)
