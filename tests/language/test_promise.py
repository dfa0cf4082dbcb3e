"""What a ticket is promised: targets and chains chosen by rules, a matrix of priorities, versions of a policy."""

from __future__ import annotations

import pytest

from support_policy.policy.compiled import Policy, compile_policy
from support_policy.source.diagnostics import PolicyError
from tests.language.desk import Story, desk, files_of, opened
from tests.policy.small import bank_holidays

CHOSEN = desk(
    metrics="  reply: {start: submitted, stop: responded}\n  fix: {start: submitted, stop: resolved}\n",
    escalation="  watch: {counts: fix, levels: [{after: 2bh, notify: lead}]}\n"
    "  vip: {counts: fix, levels: [{after: 1bh, notify: boss}]}\n",
    targets="""\
  - id: vip-reply
    conditions: {name: vip, operator: is_true}
    actions:
      - {name: set_target, params: {metric: reply, within: 30m, calendar: always}}
      - {name: use_chain, params: {chain: vip}}
      - {name: drop_chain, params: {chain: watch}}
  - id: gold
    conditions: {name: plan, operator: equal_to, value: gold}
    actions:
      - {name: set_target, params: {metric: reply, within: 1bh}}
  - id: core-is-not-fixed
    conditions: {name: product, operator: equal_to, value: core}
    actions: [{name: set_target, params: {metric: fix, within: none}}]
""",
)


@pytest.mark.parametrize(
    ("facts", "reply", "fix", "fired"),
    [
        ({"organization": "down_under"}, ("running", "1d 00:00", 0.0), "1d 02:00", ["1d 00:00"]),
        ({}, ("breached", "11:00", 7.0), "14:00", ["12:00"]),
        ({"vip": True}, ("breached", "10:30", 10.0), "14:00", ["11:00"]),
        ({"product": "core"}, ("breached", "11:00", 7.0), None, ["12:00"]),
    ],
)
def test_rules_choose_targets_and_chains(
    facts: dict[str, object], reply: tuple[object, ...], fix: str | None, fired: list[str]
) -> None:
    """The earlier rule wins for a metric; chains are added and dropped; what no rule touches is the priority's."""
    story = opened(CHOSEN, facts=facts)
    seen = story.seen("20:00")
    assert seen.status("reply") == reply
    assert seen.target("fix")["due_at"] == fix
    assert story.seen("1d 03:00").times == fired


def test_new_facts_change_the_promise() -> None:
    """A fact learned later re-aims open targets, and chains follow; the rule is among the reasons."""
    story = opened(CHOSEN).then("10:40", "updated", facts={"vip": True})
    seen = story.seen("16:00")
    (breach,) = seen.records("target_breached")[:1]
    assert (breach["metric"], breach["cause"]) == ("reply", "changed")
    assert seen.fired == [("vip.1", 1, "11:40", "due")]
    assert {"vip-reply", "gold"} <= {row["rule"] for row in seen.data["because"]}
    assert {r["chain"]: r["status"] for r in seen.data["escalations"]} == {"watch": "withdrawn", "vip": "fired"}


MATRIX = """\
facts: {impact: {one_of: [high, low]}, urgency: {one_of: [high, low]}, outage: boolean}
rule_set: priority
hit_policy: first
rules:
  - {id: outage, conditions: {name: outage, operator: is_true}, actions: [{name: assess, params: {priority: P1}}]}
matrix:
  rows: impact
  columns: urgency
  cells: {high: {high: P1, low: P2}, low: {high: P2, low: P2}}
"""


@pytest.mark.parametrize(
    ("facts", "assessed", "rule"),
    [
        ({"impact": "high", "urgency": "high"}, "P1", "matrix-high-high"),
        ({"impact": "high", "urgency": "low"}, "P2", "matrix-high-low"),
        ({"impact": "low", "urgency": "low"}, "P2", "matrix-low-low"),
        ({"impact": "low", "urgency": "low", "outage": True}, "P1", "outage"),
        ({"impact": "low"}, None, None),
    ],
)
def test_a_matrix_is_shorthand_for_rules(facts: dict[str, object], assessed: str | None, rule: str | None) -> None:
    """Each cell is a rule with an id and a place of its own; rules that stand before it are asked first."""
    seen = opened(desk(rules=MATRIX), facts=facts).seen("10:00")
    assert seen.data["assessed_priority"] == assessed
    reasons = {row["rule"]: (row["file"], row["line"]) for row in seen.data["because"]}
    assert rule is None or reasons[rule] == ("rules/more.yaml", 5 if rule == "outage" else 9)


def version(number: str, begins: str, how: str, **parts: str) -> Policy:
    """A version of the desk."""
    files = files_of(**parts)
    main = files["policy.yaml"].decode().replace("version: 1", f"version: {number}")
    main = main.replace("business_hours", f"effective_from: {begins}\nopen_tickets: {how}\nbusiness_hours")
    return compile_policy({**files, "policy.yaml": main.encode()}, bank_holidays, "test")


OLD = version("1", "2026-01-01T00:00:00Z", "keep")
SHORT = {
    "priorities": "  P1: {reply: 1bh, fix: 3bh, escalation: watch}\n  P2: {reply: 2bh, fix: 3bh, escalation: watch}\n",
    "escalation": "  watch: {counts: fix, levels: [{after: 1bh, notify: lead}, {after: 150bm, notify: boss}]}\n",
}


def test_tickets_in_flight_keep_their_version() -> None:
    """`keep`: what began under the old promise stays with it; what begins later has the new one."""
    policy = version("2", "2026-03-02T11:00:00Z", "keep", **SHORT).after([OLD])
    before, after = opened(policy), opened(policy, "11:00")
    assert before.seen("12:30").status("reply") == ("breached", "12:00", 2.5)
    assert before.seen("12:30").data["policy"]["version"] == "1"
    assert after.seen("11:30").status("reply") == ("running", "12:00", 0.5)
    assert after.seen("11:30").data["policy"]["version"] == "2"


def test_tickets_in_flight_are_re_aimed() -> None:
    """`retarget`: at its first instant the new version takes over; overdue is missed then, verdicts stay."""
    policy = version("2", "2026-03-02T11:30:00Z", "retarget", **SHORT).after([OLD])
    story = opened(policy)
    assert story.seen("11:29").data["policy"]["version"] == "1"
    seen = story.seen("11:30")
    assert seen.data["policy"]["version"] == "2"
    assert seen.status("reply") == ("breached", "11:00", 1.5)
    assert seen.target("fix")["due_at"] == "13:00"
    assert seen.fired == [("watch.1", 1, "11:30", "changed")]
    assert story.seen("13:00").times == ["11:30", "12:30"]
    met = story.then("10:30", "responded").seen("12:00")
    assert met.status("reply") == ("met", "12:00", 0.5)
    closed = story.then("11:00", "closed").seen("12:00")
    assert closed.data["policy"]["version"] == "1"


def test_a_late_fact_is_told_under_the_versions_it_lived_in() -> None:
    """Told anew, a ticket begins under its first version and is taken over where it was."""
    policy = version("2", "2026-03-02T11:30:00Z", "retarget", **SHORT).after([OLD])
    story = opened(policy).then("10:45", "responded", learned="12:10").then("12:20", "updated")
    seen = story.seen("12:30")
    assert seen.status("reply") == ("met", "12:00", 0.75)
    assert seen.times == ["11:30", "12:30"]
    in_time = [e for e in story.events if e["type"] != "responded"]
    sent = {"at": "2026-03-02T10:45:00+00:00", "type": "responded"}
    ordered = Story(policy, (in_time[0], sent, *in_time[1:])).seen("12:30")
    assert ordered.data["targets"] == seen.data["targets"]


@pytest.mark.parametrize(
    ("begins", "how", "parts", "said"),
    [
        ("2025-12-01T00:00:00Z", "keep", {}, "later `effective_from`"),
        ("2026-01-01T00:00:00Z", "keep", {}, "later `effective_from`"),
        (
            "2026-02-01T00:00:00Z",
            "retarget",
            {"priorities": "  P1: {fix: 1bh}\n", "escalation": "  {}"},
            "no escalation chain `watch`",
        ),
    ],
)
def test_versions_that_do_not_follow(begins: str, how: str, parts: dict[str, str], said: str) -> None:
    """A version that begins earlier, or lacks what open tickets hang on, is refused."""
    with pytest.raises(PolicyError, match=said):
        version("2", begins, how, **parts).after([OLD])


MERGING = desk(
    metrics="  reply: {start: submitted, stop: responded}\n  fix: {start: submitted, stop: resolved}\n",
    transitions="  - {trigger: merged, source: open, dest: =, conditions: joins}\n"
    "  - {trigger: merged, source: open, dest: closed}\n  - {trigger: linked, source: open, dest: =}\n",
    guards="  - {id: joins, conditions: {not: {name: event.from, operator: is_missing}}}\n",
)


def test_a_survivor_keeps_the_earliest_clock() -> None:
    """What was merged in was submitted earlier: open clocks and their chains count from then; overdue fires now."""
    story = opened(MERGING, "11:00").then(
        "12:00", "merged", **{"from": "T-0", "from_submitted_at": "2026-03-02T09:30:00Z"}
    )
    seen = story.seen("12:00")
    assert seen.status("reply") == ("breached", "11:30", 2.5)
    assert seen.target("fix")["due_at"] == "13:30"
    assert seen.fired == [("watch.1", 1, "12:00", "changed")]
    later = opened(MERGING, "11:00").then(
        "12:00", "merged", **{"from": "T-2", "from_submitted_at": "2026-03-02T11:30:00Z"}
    )
    assert later.seen("12:00").status("reply") == ("running", "13:00", 1)


def test_a_child_is_withdrawn() -> None:
    """The ticket that is merged into another is over, and all that was open in it is withdrawn; a link is only told."""
    linked = opened(MERGING, "11:00").then("11:30", "linked", to="T-5")
    assert linked.seen("12:00").status("reply") == ("running", "13:00", 1)
    seen = linked.then("12:00", "merged", into="T-9").seen("13:30")
    assert (seen.data["state"], seen.status("reply")[0], seen.fired) == ("closed", "withdrawn", [])


PLANS = desk(
    metrics="  reply: {start: submitted, stop: responded}\n  fix: {start: submitted, stop: resolved}\n",
    escalation="  watch: {counts: fix, levels: [{after: 2bh, notify: lead}]}\n"
    "  close: {counts: reply, levels: [{at: 50%, notify: boss}]}\n",
    more="""\
plans:
  gold:
    says: Gold is answered round the clock.
    P1: {reply: 30m, escalation: [close]}
    P2: {reply: {within: 2bh, calendar: always}, fix: none}
""",
)


@pytest.mark.parametrize(
    ("organization", "priority", "reply", "fix", "chains"),
    [
        ("acme", "P1", "10:30", "14:00", ["close"]),
        ("acme", "P2", "12:00", None, ["watch"]),
        ("down_under", "P1", "1d 00:00", "1d 02:00", ["watch"]),
    ],
)
def test_a_plan_promises_its_own(
    organization: str, priority: str, reply: str, fix: str | None, chains: list[str]
) -> None:
    """What the plan of the organization says goes before the priority's own; what it leaves out is the priority's."""
    story = opened(PLANS, priority=priority, facts={"organization": organization})
    seen = story.seen("10:05")
    assert (seen.target("reply")["due_at"], seen.target("fix")["due_at"]) == (reply, fix)
    assert list(dict.fromkeys(row["chain"] for row in seen.data["escalations"])) == chains
    gold = {row["rule"]: row["says"] for row in seen.data["because"]}.get(f"plans.gold.{priority}")
    assert gold == ("Gold is answered round the clock." if organization == "acme" else None)


def test_a_level_may_have_an_event_happen() -> None:
    """A ticket of the lesser priority that is not fixed in time becomes urgent by itself."""
    raise_it = "{at: 75%, notify: lead, do: priority_changed, with: {to: P1, reason: not fixed in time}}"
    policy = desk(escalation=f"  watch: {{counts: fix, levels: [{raise_it}]}}\n")
    seen = opened(policy, priority="P2").seen("16:30")
    assert seen.data["priority"] == "P1"
    (raised,) = [e for e in seen.data["events"] if e["type"] == "priority_changed"]
    assert (raised["at"][11:16], raised["by"], raised["level"]) == ("16:00", "automatic", "watch.1")
    assert [(e["metric"], e["cause"]) for e in seen.records("target_breached")] == [
        ("reply", "due"),
        ("fix", "changed"),
    ]
