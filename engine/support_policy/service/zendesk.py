"""Zendesk's SLA policies, schedules and holidays to a policy folder: pure, from bytes to texts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from support_policy.service.zendesk_filters import Conditions, field_types
from support_policy.service.zendesk_metrics import WORKFLOW, declared_metrics, guards_text
from support_policy.service.zendesk_model import PRIORITIES, Export, Gap, Place, Schedule, SlaPolicy
from support_policy.service.zendesk_read import read_exports
from support_policy.service.zendesk_report import report_text
from support_policy.service.zendesk_rules import PolicyRules, Within, make_rules, table_targets, targets_text
from support_policy.service.zendesk_text import (
    PRIORITY_TEXT,
    ROUND_THE_CLOCK,
    directory_text,
    facts_text,
    policy_text,
)
from support_policy.source.diagnostics import Diagnostic, Findings, PolicyError
from support_policy.source.span import Span
from support_policy.source.words import parse_duration
from support_policy.source.yaml import read_yaml

REPORT = "IMPORTED.md"
_SURELY_READ = 64 * 1024
"""A text of fewer characters is within every limit."""


@dataclass(frozen=True, slots=True)
class Imported:
    """The texts of a policy folder by name, `IMPORTED.md` among them, and what could not be carried over."""

    files: Mapping[str, str]
    gaps: tuple[Gap, ...]
    remarks: tuple[str, ...]


def import_zendesk(files: Mapping[str, bytes]) -> Imported:
    """A policy folder from the JSON of Zendesk's API (name -> bytes). Raises `PolicyError` with every problem."""
    export = read_exports(files)
    gaps = export.gaps
    offices = _offices(export)
    head, fallback, never = _order(export.policies)
    conditions = Conditions(gaps, field_types(head))
    groups = make_rules(head, fallback, _names(head), conditions)
    table = table_targets(fallback, gaps)
    metrics = declared_metrics({t.metric for p in (*head, *([fallback] if fallback else [])) for t in p.targets})
    remarks = (*export.remarks, *_remarks(export, table, conditions))
    version = max((policy.updated for policy in export.policies), default="") or "imported"
    gaps = sorted(dict.fromkeys(gaps), key=lambda gap: (gap.place.file, [str(p).zfill(6) for p in gap.place.path]))
    alone = export.policies[0].title if len(export.policies) == 1 else ""
    name = alone or "Zendesk SLA policies"
    targets = targets_text(groups, fallback)
    texts = {
        "policy.yaml": policy_text(
            name, version, offices, export.holidays, fallback, table, metrics, rules=bool(targets)
        ),
        "rules/priority.yaml": PRIORITY_TEXT,
        "rules/targets.yaml": targets,
        "rules/facts.yaml": facts_text(conditions.facts.values()),
        "rules/directory.yaml": directory_text(conditions.organizations),
        "rules/guards.yaml": guards_text(metrics),
        "workflows/request.yaml": WORKFLOW,
        REPORT: report_text(export.seen, _became(groups, fallback, never), gaps, remarks),
    }
    _readable(texts, export.policies[0].place)
    return Imported({name: text for name, text in texts.items() if text}, tuple(gaps), remarks)


def _readable(texts: Mapping[str, str], first: Place) -> None:
    """Refuse what would be written and could not be read again, since a policy's file has limits of its own."""
    for name, text in texts.items():
        if len(text) < _SURELY_READ or not name.endswith(".yaml"):
            continue
        findings = Findings()
        read_yaml(text.encode(), name, findings)
        if findings.errors:
            said = f"so many SLA policies make a {name} that is too large: {findings.errors[0].message}"
            help = "leave out the policies that are not in use any more"
            raise PolicyError([Diagnostic("Z611", "error", said, Span(first.file), help)])


def _order(policies: Sequence[SlaPolicy]) -> tuple[list[SlaPolicy], SlaPolicy | None, list[SlaPolicy]]:
    """The policies before the first that every ticket fits, that one, and those that never apply because of it."""
    for index, policy in enumerate(policies):
        if policy.filter.empty:
            return list(policies[:index]), policy, list(policies[index + 1 :])
    return list(policies), None, []


def _became(
    groups: Sequence[PolicyRules], fallback: SlaPolicy | None, never: Iterable[SlaPolicy]
) -> list[tuple[SlaPolicy, str]]:
    said = []
    for group in groups:
        ids = ", ".join(f"`{rule.id}`" for rule in group.rules)
        said.append((group.policy, f"rules/targets.yaml: {ids}" if ids else "no target, and so no rule"))
    if fallback:
        said.append((fallback, "policy.yaml: `priorities`"))
        why = f"nothing: {fallback.title} stands before it and has no conditions, so that it never applies"
        said += [(policy, why) for policy in never]
    return said


def _remarks(export: Export, table: Mapping[str, Within], conditions: Conditions) -> list[str]:
    made = []
    if conditions.organizations:
        made.append("Organizations are named by their id: report `organization_42` for the organization 42.")
    for above, below in pairwise(PRIORITIES):
        for metric in table[above].keys() & table[below].keys():
            a, b = parse_duration(table[above][metric]), parse_duration(table[below][metric])
            if not isinstance(a, str) and not isinstance(b, str) and a.business == b.business and a.seconds > b.seconds:
                made.append(f"{metric} is slower for {above} than for {below}: `check` warns of it.")
    if not export.schedules and not any(t.business for p in export.policies for t in p.targets):
        made.append("No schedule was given and none is needed: every target counts the wall clock.")
    return made


def _offices(export: Export) -> dict[str, Schedule]:
    """Schedules as offices, by name, the default one first; one that never closes where there is none."""
    kept = [schedule for schedule in export.schedules if any(schedule.week)]
    for schedule in export.schedules:
        if not any(schedule.week):
            what = f"the schedule `{schedule.name}`"
            why = "it has no intervals: nothing would ever be due by it"
            export.gaps.append(Gap(schedule.place, what, why, "add an office with `hours:` to policy.yaml"))
            export.holidays = [holiday for holiday in export.holidays if holiday.schedule != schedule.id]
    business = next((t for p in export.policies for t in p.targets if t.business), None)
    if not kept:
        if business:
            why = "targets count business hours, and no schedule with hours is among the files"
            instead = "add the answer of GET /api/v2/business_hours/schedules; until then the office never closes"
            export.gaps.append(Gap(business.place, "the business hours", why, instead))
        kept = [Schedule("", "No schedule was given: it never closes", "UTC", "UTC", ROUND_THE_CLOCK, Place("-"))]
        return {"desk": kept[0]}
    if len(kept) > 1:
        why = "triggers attach a schedule to a ticket, and they are not part of the export"
        instead = "give organizations their `office:` in rules/directory.yaml; all others are served by the first one"
        listed = ", ".join(schedule.name for schedule in kept)
        export.gaps.append(Gap(kept[1].place, f"which ticket goes by which schedule ({listed})", why, instead))
    names = unique((name_of(schedule.name, "_", "office") for schedule in kept), "_", {"local", "always"})
    return dict(zip(names, kept, strict=True))


def _names(policies: Iterable[SlaPolicy]) -> list[str]:
    return unique((name_of(policy.title, "-", "policy") for policy in policies), "-", set())


def name_of(title: str, joint: str, what: str) -> str:
    """A name made of a title's letters and digits; `what` where there are none, or before digits that would lead."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"[^a-z0-9]+", joint, plain)[:40].strip(joint)
    return plain if plain[:1].isalpha() else f"{what}{joint}{plain}".strip(joint)


def unique(names: Iterable[str], joint: str, reserved: set[str]) -> list[str]:
    """The names, a number behind those that are taken already or `reserved`."""
    taken = set(reserved)
    made = []
    for name in names:
        new, number = name, 2
        while new in taken:
            new, number = f"{name}{joint}{number}", number + 1
        taken.add(new)
        made.append(new)
    return made
