"""Metrics: what starts, stops and pauses them, how they recur, whose clock they are, by which calendar they count."""

from __future__ import annotations

import pytest

from tests.language.desk import desk, opened

NEXT_REPLY = """\
  first: {start: submitted, stop: {event: responded, by: engineer}}
  next:
    start: {event: customer_replied, when: answered}
    stop: {event: responded, by: engineer}
    recurs: yes
  update: {start: responded, stop: responded, recurs: yes}
  fix: {start: submitted, stop: resolved}
"""
ANSWERED = """\
  - id: answered
    conditions:
      any:
        - {name: first.status, operator: equal_to, value: met}
        - {name: first.status, operator: equal_to, value: missed_then_met}
"""
HELP_DESK = desk(
    priorities="  P1: {first: 1bh, next: 2bh, update: 4bh, fix: 16bh}\n",
    metrics=NEXT_REPLY,
    escalation="  {}",
    guards=ANSWERED,
)


def test_a_metric_that_recurs_has_a_run_for_each_start_after_a_stop() -> None:
    """The next reply is measured from the first unanswered message after the answer, again and again."""
    story = opened(HELP_DESK).then("10:10", "customer_replied", "customer").then("10:30", "responded", "engineer")
    assert [row["metric"] for row in story.seen("10:30").data["targets"]] == ["first", "update", "fix"]
    story = story.then("11:00", "customer_replied", "customer").then("11:20", "customer_replied", "customer")
    assert story.seen("12:00").status("next") == ("running", "13:00", 1)
    story = story.then("12:30", "responded", "engineer").then("14:00", "customer_replied", "customer")
    second = story.seen("16:30").target("next")
    assert (second["run"], second["started_at"], second["due_at"], second["status"]) == (
        2,
        "14:00",
        "16:00",
        "breached",
    )
    assert [e["event"] for e in story.seen("16:30").records("target_met") if e["metric"] == "next"] == ["responded"]


def test_one_event_may_stop_a_run_and_start_the_next() -> None:
    """A periodic update is due so long after every update: each answer ends one run and begins another."""
    story = opened(HELP_DESK).then("10:30", "responded", "engineer").then("14:00", "responded", "engineer")
    row = story.seen("14:00").target("update")
    assert (row["run"], row["started_at"], row["due_at"]) == (2, "14:00", "1d 10:00")
    assert [e["metric"] for e in story.seen("14:00").records("target_met")] == ["first", "update"]


def test_reopening_leaves_a_metric_that_recurs_alone() -> None:
    """What has been answered is not asked for again because the ticket was reopened."""
    story = opened(HELP_DESK).then("10:30", "responded", "engineer").then("11:00", "customer_replied", "customer")
    story = story.then("11:30", "responded", "engineer").then("12:00", "resolved").then("13:00", "reopened")
    assert story.seen("13:30").target("next")["status"] == "met"


PER_TEAM = desk(
    metrics="""\
  reply: {start: submitted, stop: responded}
  fix: {start: submitted, stop: resolved}
  hold: {kind: ola, start: assigned, stop: resolved, per: team}
""",
    priorities="  P1: {hold: 2bh, escalation: [nudge]}\n",
    escalation="  nudge: {counts: hold, levels: [{at: 50%, notify: lead}, {at: due, notify: boss}]}\n",
)


def test_each_team_has_a_clock_of_its_own() -> None:
    """A team's clock runs while it has the ticket, pauses while another has it, and goes on when it comes back."""
    story = opened(PER_TEAM).then("11:00", "assigned", to="x", team="network")
    story = story.then("12:00", "assigned", to="y", team="storage").then("12:30", "assigned", to="x", team="network")
    seen = story.seen("13:00")
    assert seen.status("hold", "network") == ("running", "13:30", 1.5)
    assert seen.status("hold", "storage") == ("paused", None, 0.5)
    assert seen.target("hold", "network")["kind"] == "ola"
    assert seen.fired == [("nudge.1", 1, "12:00", "due")]
    ended = story.then("14:00", "resolved").seen("15:00")
    assert ended.fired == [("nudge.1", 1, "12:00", "due"), ("nudge.2", 1, "13:30", "due")]
    assert ended.target("hold", "network")["status"] == "missed_then_met"
    assert ended.target("hold", "storage")["status"] == "met"


def test_the_chains_of_two_teams_are_two_runs() -> None:
    """What fires for one team's clock does not count for the other's; every run has a cycle of its own."""
    story = opened(PER_TEAM).then("10:00", "assigned", to="x", team="network")
    story = story.then("11:30", "assigned", to="y", team="storage")
    seen = story.seen("16:00")
    assert seen.fired == [
        ("nudge.1", 1, "11:00", "due"),
        ("nudge.1", 2, "12:30", "due"),
        ("nudge.2", 2, "13:30", "due"),
    ]
    assert {(r["team"], r["level"]): r["status"] for r in seen.data["escalations"]} == {
        ("network", 1): "fired",
        ("network", 2): "planned",
        ("storage", 1): "fired",
        ("storage", 2): "fired",
    }


@pytest.mark.parametrize(
    ("most", "due", "worked_at_16"),
    [
        ("1bh", "15:00", 5.0),  # waits 11-12, goes on at 12
        ("90m", "15:30", 4.5),
        ("8bh", "1d 10:00", 2.0),  # never reached: waits till 15:00
    ],
)
def test_a_pause_has_a_limit(most: str, due: str, worked_at_16: float) -> None:
    """A stay in a state pauses the clock for so long at most; then it goes on though the state lasts."""
    metrics = (
        "  reply: {start: submitted, stop: responded}\n"
        f"  fix: {{start: submitted, stop: resolved, pause: {{while: waiting, max: {most}}}}}\n"
    )
    story = opened(desk(metrics=metrics)).then("11:00", "waiting_on_customer").then("15:00", "customer_replied")
    seen = story.seen("16:00")
    assert seen.status("fix") == ("breached" if due < "16:00" else "running", due, worked_at_16)


def test_the_limit_of_a_pause_counts_in_every_stay() -> None:
    """A ticket that waits again is paused again, for as long at most."""
    metrics = (
        "  reply: {start: submitted, stop: responded}\n"
        "  fix: {start: submitted, stop: resolved, pause: {while: waiting, max: 30m}}\n"
    )
    story = opened(desk(metrics=metrics)).then("11:00", "waiting_on_customer").then("11:10", "waiting_on_customer")
    assert story.seen("11:30").status("fix") == ("running", "14:30", 1)
    story = story.then("12:00", "customer_replied").then("12:00", "waiting_on_customer")
    assert story.seen("12:15").status("fix") == ("paused", None, 1.5)
    assert story.seen("13:00").status("fix") == ("running", "15:00", 2)
    late = story.then("12:30", "responded", learned="12:45")
    assert late.seen("13:00").status("fix") == ("running", "15:00", 2)


def test_a_pause_may_hang_on_a_rule() -> None:
    """A pause for certain tickets only: the rule is asked of the ticket as it stands."""
    metrics = (
        "  reply: {start: submitted, stop: responded}\n"
        "  fix: {start: submitted, stop: resolved, pause: {while: waiting, when: vip}}\n"
    )
    policy = desk(metrics=metrics, guards="  - {id: vip, conditions: {name: vip, operator: is_true}}\n")
    story = opened(policy).then("11:00", "waiting_on_customer")
    assert story.seen("12:00").status("fix") == ("running", "14:00", 2)
    story = story.then("12:00", "updated", facts={"vip": True})
    assert story.seen("13:00").status("fix") == ("paused", None, 2)


@pytest.mark.parametrize(
    ("how", "target", "due"),
    [("from_submission", 4, "14:00"), ("from_change", 4, "15:00"), ("keep", 8, "1d 10:00")],
)
def test_a_metric_says_what_a_change_of_priority_does(how: str, target: int, due: str) -> None:
    """Its own word goes before the assumption of the policy."""
    metrics = (
        "  reply: {start: submitted, stop: responded}\n"
        f"  fix: {{start: submitted, stop: resolved, priority_change: {how}}}\n"
    )
    story = opened(desk(metrics=metrics), priority="P2").then("11:00", "priority_changed", to="P1", reason="r")
    row = story.seen("12:00").target("fix")
    assert (row["target_seconds"] / 3600, row["due_at"]) == (target, due)


@pytest.mark.parametrize(
    ("calendar", "priority", "due"),
    [
        ("local", "P1", "1d 10:00"),
        ("always", "P1", "18:00"),
        ("sydney", "P1", "1d 00:00"),
        ("{P1: always, else: local}", "P1", "18:00"),
        ("{P1: always, else: local}", "P2", "1d 13:00"),
    ],
)
def test_a_metric_counts_by_a_calendar(calendar: str, priority: str, due: str) -> None:
    """Business time is that of the calendar named: the office's, another's, round the clock; by priority if wished."""
    metrics = f"  fix: {{start: submitted, stop: resolved, calendar: {calendar}}}\n"
    policy = desk(metrics=metrics, priorities="  P1: {fix: 2bh}\n  P2: {fix: 5bh}\n", escalation="  {}")
    assert opened(policy, "16:00", priority).seen("16:30").target("fix")["due_at"] == due


def test_a_target_may_have_a_calendar_of_its_own() -> None:
    """`within` and `calendar` of one target go before the calendar of the metric."""
    policy = desk(
        metrics="  fix: {start: submitted, stop: resolved, calendar: sydney}\n",
        priorities="  P1: {fix: {within: 2bh, calendar: always}}\n  P2: {fix: 2bh}\n",
        escalation="  {}",
    )
    assert opened(policy, "16:00", "P1").seen("16:00").target("fix")["due_at"] == "18:00"
    assert opened(policy, "16:00", "P2").seen("16:00").target("fix")["due_at"] == "1d 00:00"


def test_a_rule_about_a_team_is_about_that_teams_clock() -> None:
    """A target chosen by team is the team's own: handing over does not re-aim the clock of the team before."""
    policy = desk(
        metrics="  hold: {kind: ola, start: assigned, stop: resolved, per: team}\n",
        priorities="  P1: {hold: 4bh}\n",
        escalation="  {}",
        targets="  - id: network-is-fast\n"
        "    conditions: {name: team, operator: equal_to, value: network}\n"
        "    actions: [{name: set_target, params: {metric: hold, within: 1bh}}]\n",
    )
    story = opened(policy).then("10:00", "assigned", team="apps").then("12:00", "assigned", team="network")
    seen = story.seen("12:30")
    assert seen.status("hold", "apps") == ("paused", None, 2)
    assert seen.status("hold", "network") == ("running", "13:00", 0.5)
    back = story.then("12:45", "assigned", team="apps").seen("13:00")
    assert back.status("hold", "apps") == ("running", "14:45", 2.25)


def test_a_stop_may_be_the_teams_own() -> None:
    """`team: own` stops the clock of the team that has the ticket alone; any other stop ends them all."""
    policy = desk(
        metrics="  pickup: {per: team, start: assigned, stop: [{event: responded, team: own}, resolved]}\n",
        priorities="  P1: {pickup: 1bh}\n",
        escalation="  {}",
    )
    story = opened(policy).then("10:00", "assigned", team="a").then("10:30", "assigned", team="b")
    seen = story.then("10:40", "responded")
    assert seen.seen("11:00").status("pickup", "a")[0] == "paused"
    assert seen.seen("11:00").status("pickup", "b")[0] == "met"
    assert seen.then("11:30", "resolved").seen("12:00").status("pickup", "a")[0] == "met"


def test_a_team_that_takes_over_has_its_clock_started() -> None:
    """Once the metric has started, every team that gets the ticket has a clock from then on."""
    policy = desk(
        metrics="  hold: {per: team, start: submitted, stop: resolved}\n",
        priorities="  P1: {hold: 1bh}\n",
        escalation="  {}",
    )
    story = opened(policy, team="desk").then("11:00", "assigned", team="network")
    assert story.seen("11:30").status("hold", "network") == ("running", "12:00", 0.5)


def test_a_rule_may_ask_whether_the_office_is_open() -> None:
    """`office_open` says whether the office was open at the event that is decided."""
    policy = desk(
        targets="  - id: by-night\n    conditions: {not: {name: office_open, operator: is_true}}\n"
        "    actions: [{name: set_target, params: {metric: reply, within: 30m}}]\n",
    )
    assert opened(policy, "08:00").seen("08:10").target("reply")["due_at"] == "08:30"
    assert opened(policy, "10:00").seen("10:10").target("reply")["due_at"] == "12:00"


def test_a_guard_knows_the_facts_that_the_event_brings() -> None:
    """What an event sets is known to the rule that decides whether it is allowed."""
    policy = desk(
        transitions="  - {trigger: raised, source: open, dest: =, conditions: vip}\n",
        guards="  - {id: vip, says: For important customers., conditions: {name: vip, operator: is_true}}\n",
    )
    assert opened(policy).then("10:10", "raised", facts={"vip": True}).seen("10:20").refused == []
    assert len(opened(policy).then("10:10", "raised").seen("10:20").refused) == 1


def test_an_office_that_changes_while_the_ticket_is_resolved() -> None:
    """Reopened, the clock goes on by the hours of the office that serves the ticket now."""
    story = opened(desk()).then("11:00", "resolved").then("11:30", "updated", facts={"organization": "down_under"})
    seen = story.then("12:00", "reopened").seen("1d 00:00")
    assert seen.target("fix")["calendar"] == "sydney"
    assert seen.target("fix")["due_at"] == "1d 02:00"


@pytest.mark.parametrize("how", ["keep", "from_submission"])
def test_a_kept_target_outlives_a_priority_without_one(how: str) -> None:
    """`keep` keeps the target although the new priority has none; else there is none any more."""
    policy = desk(
        priorities="  P1: {fix: 4bh}\n  P2: {reply: 4bh}\n",
        metrics="  reply: {start: submitted, stop: responded}\n"
        f"  fix: {{start: submitted, stop: resolved, priority_change: {how}}}\n",
        escalation="  {}",
    )
    row = opened(policy).then("11:00", "priority_changed", to="P2", reason="r").seen("12:00").target("fix")
    assert row["due_at"] == ("14:00" if how == "keep" else None)


def test_a_kept_target_keeps_the_calendar_it_names() -> None:
    """`keep` keeps a calendar that the policy named; only `local` follows the office that serves the ticket."""
    policy = desk(
        metrics="  fix: {start: submitted, stop: resolved, priority_change: keep, "
        "calendar: {P1: local, else: london}}\n",
        priorities="  P1: {fix: 2bh}\n  P2: {fix: 8bh}\n",
        escalation="  {}",
    )
    story = opened(policy, priority="P2", facts={"organization": "down_under"})
    row = story.then("11:00", "priority_changed", to="P1", reason="r").seen("12:00").target("fix")
    assert (row["calendar"], row["due_at"]) == ("london", "1d 10:00")
