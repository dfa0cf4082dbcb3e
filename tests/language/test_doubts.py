"""What can be used as it stands and is hardly meant so: one finding, at its place, and none where all is well."""

from __future__ import annotations

import pytest

from support_policy.policy.compiled import compile_policy
from support_policy.source.diagnostics import Diagnostic, PolicyError
from tests.language.desk import PRIORITIES, files_of
from tests.language.test_findings import metric, timer, watch
from tests.policy.small import bank_holidays

TWO_WAYS = "  - {trigger: flip, source: open, dest: waiting}\n  - {trigger: flop, source: waiting, dest: open}\n"
FLIP = "  - {id: a, while: open, after: 1h, do: flip}\n"
FLOP = "  - {id: b, while: waiting, after: 1h, do: flop}\n"
GUARD = "  - {id: urgent, conditions: {name: priority, operator: equal_to, value: P1}}\n"
REQUESTS = "  watch: {on: asked, accept: updated, notify: lead}\n"
REQUESTS += "  other: {on: acknowledged, accept: closed, decline: updated, notify: lead}\n"
BOTH = PRIORITIES.replace("[watch]", "[watch, other]")
GOLD = "plans: {gold: {P1: {reply: 1h}}}\n"
CONTRACT = """\
organizations:
  late: {contracts: [{plan: PLAN, until: 2026-06-30}], roles: {lead: l@desk.example, boss: b@desk.example}}
"""


def held(plan: str) -> str:
    """An organization that has a contract of this plan."""
    return CONTRACT.replace("PLAN", plan)


def asks(plan: str, operator: str = "equal_to") -> str:
    """A guard about a plan."""
    return f"  - {{id: g, conditions: {{name: plan, operator: {operator}, value: {plan}}}}}\n"


def sets(*actions: str, value: str = "web") -> str:
    """Rules that choose targets, all but the last under one condition."""
    made = ""
    for number, action in enumerate(actions):
        product = value if number == len(actions) - 1 else "web"
        made += f"  - {{id: r{number}, conditions: {{name: product, operator: contains, value: {product}}}"
        made += f", actions: [{action}]}}\n"
    return made


FIX = "{name: set_target, params: {metric: fix, within: %s}}"


def found(parts: dict[str, str]) -> list[Diagnostic]:
    """What is found in a desk that is not found in the desk itself."""
    return [d for d in _all(parts) if (d.code, d.message) not in {(b.code, b.message) for b in _all({})}]


def _all(parts: dict[str, str]) -> tuple[Diagnostic, ...]:
    try:
        return compile_policy(files_of(**parts), bank_holidays, "test").findings
    except PolicyError as problem:
        return problem.diagnostics


CASES: list[tuple[dict[str, str], str, str, str, str]] = [
    # what is written, code, severity, the text at the place, what the message or the help says
    (
        timer("{id: odd, while: open, after: 1h, do: reopened}"),
        "P380",
        "warning",
        "reopened",
        "from `resolved`, `closed`",
    ),
    (timer("{id: odd, while: closed, after: 1h, notify: lead}"), "P382", "note", "closed", "is over in the state"),
    (
        timer("{id: x, while: open, after: 1h, do: updated, reset: [responded, updated]}"),
        "P381",
        "warning",
        "updated",
        "leave it out of `reset`",
    ),
    ({"transitions": TWO_WAYS, "timers": FLIP + FLOP}, "P381", "warning", "{id: b", "`open` to `waiting` to `open`"),
    (
        watch("{counts: fix, acknowledge: acknowledged, until: acknowledged, levels: [{after: 1bh, notify: lead}]}"),
        "P389",
        "error",
        "acknowledged, levels",
        "keep one of the two",
    ),
    (
        metric("{start: submitted, stop: resolved, calendar: {P1: always}}"),
        "P383",
        "note",
        "P1: always",
        "nothing of `P2`",
    ),
    (
        watch("{counts: fix, calendar: {P2: always}, levels: [{after: 1bh, notify: lead}]}"),
        "P383",
        "note",
        "P2: always",
        "they count by that of `fix`",
    ),
    (metric("{start: submitted, stop: resolved, per: team}"), "P384", "note", "{start", "requires: team"),
    (
        {
            "metrics": "  reply: {start: submitted, stop: responded}\n  fix: {start: submitted, stop: resolved}\n"
            "  total: {start: submitted, stop: resolved}\n"
        },
        "P385",
        "note",
        "{start: submitted, stop: responded}",
        "stops `fix` and `total`, but not `reply`",
    ),
    (
        {"targets": sets(FIX % "1h", FIX % "2h")},
        "P386",
        "warning",
        "{name: set_target, params: {metric: fix, within: 2h",
        "keep",
    ),
    ({"escalation": REQUESTS, "priorities": BOTH}, "P387", "note", "updated, notify", "both `watch` and `other`"),
    (
        {
            "priorities": PRIORITIES.replace("fix: 8bh, escalation: [watch]", "fix: 8bh"),
            **watch("{counts: fix, levels: [{after: 1bh, notify: lead, do: priority_changed, with: {to: P1}}]}"),
        },
        "P388",
        "note",
        "P1}",
        "changes nothing",
    ),
    ({"more": GOLD, "rules": held("silver")}, "P375", "warning", "silver", "`silver: {}`"),
    ({"more": GOLD, "rules": held("gould")}, "P375", "warning", "gould", "did you mean `gold`?"),
    ({"more": "plans: {gold: {}, basic: {}}\n"}, "P376", "note", "{}}", "no organization has the plan `basic`"),
    ({"guards": asks("gild")}, "P377", "warning", "{name: plan", "did you mean `gold`?"),
    ({"guards": asks("GILD", "equal_to_case_insensitive")}, "P377", "warning", "{name: plan", "`gold`"),
    ({"more": GOLD, "guards": asks("gild")}, "R106", "error", "{name: plan", "did you mean `gold`?"),
    (
        {"guards": "  - {id: g, conditions: {name: reply.status, operator: equal_to, value: runing}}\n"},
        "R106",
        "error",
        "{name: reply.status",
        "did you mean `running`?",
    ),
    (
        timer("{id: a, while: open, after: 1h, notify: boss}")
        | {"rules": "organizations: {few: {roles: {lead: l@x.example}}}\n"},
        "P315",
        "warning",
        "{roles",
        "role `boss` for `few`",
    ),
    (
        {"more": "schedules: {s: {cron: 0 9 * * mon, notify: lead, office: nights}}\n"},
        "P310",
        "error",
        "nights",
        "calendar",
    ),
]


@pytest.mark.parametrize(
    ("parts", "code", "severity", "place", "said"), CASES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_doubt_is_one_finding_at_its_place(
    parts: dict[str, str], code: str, severity: str, place: str, said: str
) -> None:
    """One doubt, one finding: its code, how grave it is, where it points, and what to do."""
    (one,) = found(parts)
    assert (one.code, one.severity) == (code, severity), one
    text = files_of(**parts)[one.span.file].decode().splitlines()[one.span.line - 1]
    assert text[one.span.column - 1 :].startswith(place), text[one.span.column - 1 :]
    assert said in f"{one.message} {one.help}"
    assert all(span.line > 0 and span.file for _, span in one.related)


SOUND: dict[str, dict[str, str]] = {
    "a circle with a guard": {
        "transitions": TWO_WAYS,
        "guards": GUARD,
        "timers": FLIP + FLOP.replace("after", "when: urgent, after"),
    },
    "a shorter timer leads away": {
        "transitions": TWO_WAYS,
        "timers": FLIP + FLOP + "  - {id: c, while: waiting, after: 1m, do: closed}\n",
    },
    "a guard ends what sets itself anew": {
        "guards": GUARD,
        **timer("{id: x, while: open, when: urgent, after: 1h, do: updated, reset: updated}"),
    },
    "what leads away sets nothing anew": timer(
        "{id: x, while: waiting, after: 1h, do: customer_replied, reset: customer_replied}"
    ),
    "else": metric("{start: submitted, stop: resolved, calendar: {P1: always, else: local}}"),
    "every priority": metric("{start: submitted, stop: resolved, calendar: {P1: always, P2: local}}"),
    "an event says the team": {
        "rules": "events: {assigned: {requires: team}}\n",
        **metric("{start: submitted, stop: resolved, per: team}"),
    },
    "paused where the others ended": {
        "metrics": "  reply: {start: submitted, stop: responded, pause: resolved}\n"
        "  fix: {start: submitted, stop: resolved}\n",
    },
    "other conditions": {"targets": sets(FIX % "1h", FIX % "2h", value="core")},
    "requests of different priorities": {
        "escalation": REQUESTS,
        "priorities": PRIORITIES.replace("8bh, escalation: [watch]", "8bh, escalation: [other]"),
    },
    "raised to a priority that shares the chain": watch(
        "{counts: fix, levels: [{after: 1bh, notify: lead, do: priority_changed, with: {to: P1}}]}"
    ),
    "a plan for rules alone": {"guards": asks("gold")},
    "a plan in any case": {"guards": asks("GOLD", "equal_to_case_insensitive")},
    "a declared plan": {"more": GOLD, "guards": asks("gold"), "rules": held("gold")},
    "a plan that a rule takes apart": {"guards": asks("go", "starts_with")},
    "a rule may use a requested chain": {
        "escalation": REQUESTS,
        "targets": sets("{name: use_chain, params: {chain: other}}"),
    },
    "a schedule by a calendar": {
        "more": "calendars: {late: {zone: Europe/Paris}}\n"
        "schedules: {s: {cron: 0 9 * * mon, notify: lead, office: late},"
        " t: {cron: 0 9 * * mon, notify: lead, office: always}}\n",
    },
}


@pytest.mark.parametrize("parts", SOUND.values(), ids=SOUND)
def test_what_may_be_meant_so_is_not_doubted(parts: dict[str, str]) -> None:
    """What goes together, or may, is told of by nothing."""
    assert found(parts) == []


def test_a_chosen_target_counts_like_the_warning_before_it() -> None:
    """A target that a rule sets is held against the levels `before` it, as those of priorities are."""
    parts = {"targets": sets(FIX % "2h"), **watch("{counts: fix, levels: [{before: 30bm, notify: lead}]}")}
    (one,) = found(parts)
    assert (one.code, one.related[0][1].file) == ("P353", "rules/targets.yaml")
