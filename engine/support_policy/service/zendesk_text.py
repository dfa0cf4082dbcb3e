"""policy.yaml, and the files of rules beside the targets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from support_policy.service.yaml_text import WIDTH, comment, flow, flow_list, noted, scalar, sentence
from support_policy.service.zendesk_filters import Fact
from support_policy.service.zendesk_metrics import REPLY_METRICS, metrics_text
from support_policy.service.zendesk_model import PRIORITIES, UNSET, Holiday, Schedule, SlaPolicy, Week
from support_policy.service.zendesk_rules import Within
from support_policy.service.zendesk_schedules import clock

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_RULES = "# yaml-language-server: $schema=../.schema/rules.json"
_TOP = """\
# yaml-language-server: $schema=.schema/policy.json
# Imported from Zendesk. What could not be carried over: IMPORTED.md.
# Change a number, then run `support-policy check`.
"""
ROUND_THE_CLOCK: Week = (((0, 24 * 60),),) * 7

PRIORITY_TEXT = f"""\
{_RULES}
# Zendesk's triggers and agents set the priority; it is stated with the ticket (`stated_priority`). No rule assesses it.
rule_set: priority
hit_policy: first
rules:
  - id: priority-not-set
    says: A ticket whose priority field is empty has no SLA.
    conditions: {{name: stated_priority, operator: is_missing}}
    actions: [{{name: assess, params: {{priority: {UNSET}}}}}]
"""
"""rules/priority.yaml."""


def hours_text(week: Week) -> str:
    """The hours of a week as `{mon-fri: 09:00-17:00}`; neighbouring days of the same hours share an entry."""
    pairs: list[tuple[str, str]] = []
    start = 0
    for day in range(1, 8):
        if day < 7 and week[day] == week[start]:
            continue
        name = _DAYS[start] if day - start == 1 else f"{_DAYS[start]}-{_DAYS[day - 1]}"
        spans = [f"{clock(a)}-{clock(b)}" for a, b in week[start]]
        if spans:
            pairs.append((name, spans[0] if len(spans) == 1 else flow_list(spans)))
        start = day
    return flow(pairs)


def offices_text(offices: Mapping[str, Schedule]) -> str:
    """The `offices:` of policy.yaml, the default one first."""
    lines = ["offices:"]
    for name, schedule in offices.items():
        said = "" if schedule.zone_said == schedule.zone else f"Zendesk: {schedule.zone_said}"
        plain = schedule.name.lower() == name.replace("_", " ")
        lines.append(noted(f"  {name}:", "" if plain else schedule.name))
        lines.append(noted(f"    zone: {schedule.zone}", said))
        lines.append(f"    hours: {hours_text(schedule.week)}")
    lines.append(noted(f"default_office: {next(iter(offices))}", "serves every organization that names no other"))
    return "\n".join(lines) + "\n"


def special_days_text(holidays: Iterable[Holiday], offices: Mapping[str, Schedule]) -> str:
    """The `special_days:` of policy.yaml, or an empty text."""
    names = {schedule.id: name for name, schedule in offices.items()}
    lines = []
    for holiday in sorted(holidays, key=lambda h: (h.first, h.last, h.schedule, h.name)):
        dates = [("date", str(holiday.first))]
        if holiday.last != holiday.first:
            dates = [("from", str(holiday.first)), ("to", str(holiday.last))]
        office = names.get(holiday.schedule, "")
        where = [("office", office)] if office else []
        line = f"  - {flow([*dates, *where, ('hours', 'closed'), ('why', scalar(holiday.name or 'Holiday'))])}"
        lines += [line] if line not in lines else []
    return "\n".join(["special_days:", *lines]) + "\n" if lines else ""


def priorities_text(targets: Mapping[str, Within]) -> str:
    """The `priorities:` of policy.yaml."""
    lines = ["priorities:"]
    for priority in PRIORITIES:
        pairs = [("name", priority.capitalize()), *targets[priority].items()]
        one = f"  {priority}: {flow(pairs)}"
        lines += [one] if len(one) <= WIDTH else [f"  {priority}:", *(f"    {key}: {text}" for key, text in pairs)]
    lines.append(noted(f"  {UNSET}: {{name: No priority}}", "the priority field is empty: no SLA"))
    return "\n".join(lines) + "\n"


def policy_text(
    name: str,
    version: str,
    offices: Mapping[str, Schedule],
    holidays: Sequence[Holiday],
    fallback: SlaPolicy | None,
    targets: Mapping[str, Within],
    metrics: Sequence[str],
    *,
    rules: bool,
) -> str:
    """policy.yaml; `rules` says whether there are rules that set targets for certain tickets."""
    title = fallback.title if fallback else ""
    where = f"The targets of the Zendesk SLA policy `{title}`, which is for every ticket."
    if not fallback:
        where = "Every Zendesk SLA policy is for certain tickets, and sets its targets in rules/targets.yaml."
    elif rules:
        where = (
            f"The targets of the Zendesk SLA policy `{title}`, for every ticket that rules/targets.yaml does not name."
        )
    parts = [
        _TOP,
        f"policy: {sentence(name)}\n" + noted(f"version: {version}", "your label; the digest is computed") + "\n",
        _head("When you are there") + offices_text(offices) + special_days_text(holidays, offices),
        _head("What you aim for")
        + "# 2bh = two hours of the office's hours; 2h = two hours on the wall clock. Most urgent first.\n"
        + "\n".join(comment(where))
        + "\n"
        + priorities_text(targets),
        _head("What the clocks measure: Zendesk's metrics") + metrics_text(metrics),
        _head("Where Zendesk has its own way")
        + "# Who is told before and after a breach is the work of Zendesk's automations: add it under `escalation:`.\n"
        + _assumptions(metrics),
    ]
    return "\n".join(parts)


def _head(title: str) -> str:
    return f"# --- {title} ".ljust(80, "-") + "\n"


def _assumptions(metrics: Sequence[str]) -> str:
    lines = [
        "assumptions:",
        noted("  priority_in_force: stated", "the priority field of the ticket"),
        noted("  nothing_stated: assessed", f"and that is `{UNSET}`: rules/priority.yaml"),
        noted("  priority_change_open_target: from_submission", "a new target counts from where the clock began"),
        noted("  unknown_organization: serve", "an SLA asks for no organization unless its filter does"),
    ]
    if set(metrics) & set(REPLY_METRICS):
        lines.append(noted("  solving_ends_reply_clocks: yes", "a ticket solved without a comment waits for none"))
    return "\n".join(lines) + "\n"


def facts_text(facts: Iterable[Fact]) -> str:
    """rules/facts.yaml."""
    lines = [
        _RULES,
        "# What may be known about a ticket; `organization` and `stated_priority` are always there.",
        "facts:",
        "  type: {one_of: [question, incident, problem, task]}",
    ]
    lines += [noted(f"  {fact.name}: {fact.type}", fact.says) for fact in facts]
    return "\n".join(lines) + "\n"


def directory_text(organizations: Mapping[str, str]) -> str:
    """rules/directory.yaml: the organizations that filters name, by id."""
    lines = [_RULES, "# The organizations that the SLA policies name. `office:` says whose hours serve one."]
    lines.append("organizations:" if organizations else "organizations: {}")
    lines += [
        f"  {name}: {flow([('name', scalar(f'Zendesk organization {id}'))])}" for name, id in organizations.items()
    ]
    lines += ["", "unknown_organization:", "  name: Any other organization"]
    return "\n".join(lines) + "\n"
