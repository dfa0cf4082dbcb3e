"""Escalation chains: thresholds, rounds, acknowledgements, calendars, requests that not everybody may make."""

from __future__ import annotations

from typing import Any

import pytest

from tests.language.desk import METRICS, desk, opened


def chain(levels: str, more: str = "", **parts: str) -> str:
    """The chain `watch` with these levels."""
    return f"  watch: {{counts: fix, levels: [{levels}]{more}}}\n"


@pytest.mark.parametrize(
    ("level", "fired"),
    [
        ("after: 2bh", "12:00"),
        ("after: 2h", "12:00"),
        ("at: 50%", "12:00"),
        ("at: due", "14:00"),
        ("at: 100%", "14:00"),
        ("at: 125%", "15:00"),
        ("at: 0.01%", "10:00:01"),  # 1.44 s, cut to the whole second of this table
        ("before: 30bm", "13:30"),
        ("before: 4bh", "10:00"),
        ("before: 9bh", "10:00"),
        ("past_due: 1bh", "15:00"),
        ("past_due: 4h", "18:00"),
        ("past_due: 4bh", "1d 10:00"),
    ],
)
def test_a_level_is_counted_from_the_start_or_from_the_target(level: str, fired: str) -> None:
    """`after` counts from the start; `at`, `before`, `past_due` from the target (4bh from 10:00: due at 14:00)."""
    policy = desk(escalation=chain(f"{{{level}, notify: lead}}"))
    (found,) = opened(policy).seen("2d 10:00").times
    assert found == fired


def test_a_threshold_moves_with_the_clock() -> None:
    """A paused clock moves what is counted from its target; what was not due yet falls due later."""
    policy = desk(
        escalation=chain("{at: 50%, notify: lead}, {before: 30bm, notify: lead}, {past_due: 30bm, notify: boss}")
    )
    story = opened(policy).then("11:00", "waiting_on_customer").then("12:00", "customer_replied")
    assert story.seen("17:00").times == ["13:00", "14:30", "15:30"]
    assert story.seen("11:30").data["escalations"][0]["due_at"] is None


def test_a_threshold_is_re_aimed_with_its_target() -> None:
    """A change of priority that shortens the target makes passed thresholds fire at the change."""
    policy = desk(escalation=chain("{at: 50%, notify: lead}, {at: 75%, notify: boss}"))
    story = opened(policy, priority="P2").then("12:30", "priority_changed", to="P1", reason="r")
    assert story.seen("17:00").fired == [
        ("watch.1", 1, "12:30", "changed"),
        ("watch.2", 1, "13:00", "due"),
    ]


def test_a_threshold_without_a_target_waits_for_one() -> None:
    """Where the ticket's priority has no target the level is never due; a target that comes later makes it so."""
    policy = desk(
        priorities="  P1: {fix: 4bh, escalation: watch}\n  P2: {escalation: watch}\n",
        escalation=chain("{at: 50%, notify: lead}"),
    )
    story = opened(policy, priority="P2")
    assert story.seen("1d 10:00").fired == []
    assert story.then("11:00", "priority_changed", to="P1", reason="r").seen("13:00").times == ["12:00"]


ON_CALL = desk(
    metrics=METRICS,
    escalation="""\
  watch:
    counts: fix
    calendar: {P1: always, else: local}
    levels:
      - {after: 15bm, notify: lead}
      - {after: 30bm, notify: lead}
      - {after: 45bm, notify: boss}
    repeat: 3
    acknowledge: {event: acknowledged, lasts: 30m}
""",
)


def test_a_chain_is_repeated() -> None:
    """Three rounds of three levels, each a quarter of an hour after the one before; every round is a cycle."""
    seen = opened(ON_CALL, "22:00").seen("1d 09:00")
    assert [(row[0], row[1]) for row in seen.fired] == [(f"watch.{n}", c) for c in (1, 2, 3) for n in (1, 2, 3)]
    assert seen.times == ["22:15", "22:30", "22:45", "23:00", "23:15", "23:30", "23:45", "1d 00:00", "1d 00:15"]
    assert len({c["key"] for c in seen.data["commands"] if c["command"] == "notify"}) == 9
    assert seen.data["escalation_level"] == 3


def test_business_hours_for_the_others() -> None:
    """The same chain counts the office's hours for another priority."""
    assert opened(ON_CALL, "16:50", "P2").seen("1d 09:25").times == ["1d 09:05", "1d 09:20"]


def test_an_acknowledgement_stops_a_chain_for_a_time() -> None:
    """Acknowledged, nothing more fires for half an hour; then the chain begins anew, with all its rounds."""
    story = opened(ON_CALL, "10:00").then("10:20", "acknowledged")
    assert story.seen("10:49").times == ["10:15"]
    seen = story.seen("11:10")
    assert seen.fired == [("watch.1", 1, "10:15", "due"), ("watch.1", 2, "11:05", "due")]
    assert [shown["cycle"] for shown in seen.records("chain_started")] == [1, 2]
    again = story.then("10:40", "acknowledged")
    assert again.seen("11:24").times == ["10:15"]
    assert again.seen("11:25").times == ["10:15", "11:25"]
    assert story.then("10:45", "resolved").seen("15:00").times == ["10:15"]


def test_an_acknowledgement_for_good() -> None:
    """Without `lasts` an acknowledged chain does not go on, not even in a ticket that is reopened."""
    policy = desk(
        escalation=chain("{after: 1bh, notify: lead}, {after: 2bh, notify: boss}", ", acknowledge: acknowledged")
    )
    story = opened(policy).then("11:30", "acknowledged")
    assert story.seen("1d 10:00").times == ["11:00"]
    reopened = story.then("11:40", "resolved").then("12:40", "reopened")
    assert reopened.seen("1d 10:00").times == ["11:00"]


def test_an_acknowledgement_at_the_very_instant_of_a_level_comes_first() -> None:
    """Facts come before timers: the level due at that instant does not fire."""
    assert opened(ON_CALL, "10:00").then("10:15", "acknowledged").seen("10:40").times == []


def test_until_ends_an_automatic_chain() -> None:
    """Another event than what stops the clock may end the chain; the clock goes on."""
    policy = desk(escalation=chain("{after: 2bh, notify: lead}", ", until: responded"))
    seen = opened(policy).then("11:00", "responded").seen("13:00")
    assert (seen.times, seen.target("fix")["status"]) == ([], "running")


def test_a_level_has_a_calendar() -> None:
    """A level counts by its own calendar, before that of its chain and its metric."""
    policy = desk(
        escalation=chain(
            "{after: 2bh, notify: lead}, {after: 3bh, calendar: always, notify: boss}", ", calendar: sydney"
        )
    )
    assert opened(policy, "16:00").seen("1d 10:00").times == ["19:00", "1d 00:00"]


REQUEST = """\
  watch:
    on: asked
    when: paying
    notify: lead
    remind: 1bh
"""
PAYING = """\
  - id: paying
    says: Only the plans gold and silver may ask.
    conditions:
      any:
        - {name: plan, operator: equal_to, value: gold}
        - {name: plan, operator: equal_to, value: silver}
"""
EVENTS = """\
events:
  asked:
    by: customer
    carries: {summary: text, cause: {one_of: [too_slow, wrong_person]}, via: {one_of: [email]}, hours: number}
    requires: [summary, cause, via]
"""


@pytest.mark.parametrize(
    ("organization", "by", "carried", "refused"),
    [
        ("acme", "customer", {"summary": "s", "cause": "too_slow", "via": "email"}, ""),
        ("acme", "customer", {"summary": "s", "cause": "too_slow", "via": "email", "hours": 3}, ""),
        ("acme", "customer", {"summary": "s", "cause": "too_slow", "via": "phone"}, "`via` cannot be `phone`"),
        ("acme", "customer", {"summary": "s", "cause": "slow", "via": "email"}, "`cause` cannot be `slow`"),
        ("acme", "customer", {"summary": "s", "via": "email"}, "needs `cause`"),
        ("acme", "customer", {}, "needs `summary`, `cause`, `via`"),
        ("acme", "engineer", {"summary": "s", "cause": "too_slow", "via": "email"}, "is for customer"),
        ("down_under", "customer", {"summary": "s", "cause": "too_slow", "via": "email"}, "Only the plans gold"),
    ],
)
def test_who_may_request_and_with_what(organization: str, by: str, carried: dict[str, Any], refused: str) -> None:
    """A request needs the plan, the sender and the particulars that the policy says; else it is refused with why."""
    policy = desk(escalation=REQUEST, guards=PAYING, rules=EVENTS)
    story = opened(policy, facts={"organization": organization}).then("11:00", "asked", by, **carried)
    seen = story.seen("11:00")
    assert bool(seen.fired) == (not refused)
    assert len(seen.refused) == bool(refused)
    assert refused in "".join(seen.refused)


def test_an_acknowledgement_outlasts_a_stop_of_the_clock() -> None:
    """Resolved and reopened while it is acknowledged, nothing fires until that is over; then the chain begins anew."""
    story = opened(ON_CALL, "10:00").then("10:20", "acknowledged").then("10:30", "resolved").then("10:40", "reopened")
    assert story.seen("11:04").times == ["10:15"]
    assert story.seen("11:05").fired[-1] == ("watch.1", 2, "11:05", "due")
    long = opened(ON_CALL, "10:00").then("10:20", "acknowledged").then("10:30", "resolved").then("12:00", "reopened")
    assert long.seen("12:15").fired[-1] == ("watch.1", 2, "12:15", "due")


def test_until_ends_a_run_for_good() -> None:
    """What an event of `until` has ended does not come back with a reopening; a restarted clock has a new run."""
    chains = chain("{after: 1bh, notify: lead}, {after: 2bh, notify: boss}", ", until: responded")
    story = [("11:30", "responded"), ("11:40", "resolved"), ("12:40", "reopened")]
    for how, times in (("resume", ["11:00"]), ("restart", ["11:00", "13:40", "14:40"])):
        made = opened(desk(escalation=chains, assumptions=f"  reopened_clock: {how}"))
        for when, type in story:
            made = made.then(when, type)
        assert made.seen("16:00").times == times


def test_thresholds_of_a_later_run_are_due_when_it_begins() -> None:
    """After an acknowledgement a level whose share was long used up fires as the new run begins, as due."""
    levels = "{at: 10%, notify: lead}, {at: 200%, notify: boss}"
    policy = desk(escalation=chain(levels, ", acknowledge: {event: acknowledged, lasts: 30m}"))
    seen = opened(policy).then("11:00", "acknowledged").seen("12:00")
    assert seen.fired == [("watch.1", 1, "10:24", "due"), ("watch.1", 2, "11:30", "due")]


def test_a_level_may_come_at_once() -> None:
    """`after: 0m` pages the moment the clock starts."""
    policy = desk(escalation=chain("{after: 0m, notify: lead}, {after: 15m, notify: boss}"))
    assert opened(policy).seen("10:20").times == ["10:00", "10:15"]


def test_a_level_counts_as_its_target_does() -> None:
    """Business time of a level is that of the target in force, unless the level or its chain names a calendar."""
    policy = desk(
        priorities="  P1: {fix: {within: 4bh, calendar: always}, escalation: watch}\n",
        escalation=chain("{after: 2bh, notify: lead}, {after: 3bh, calendar: london, notify: boss}"),
    )
    assert opened(policy, "16:00").seen("2d 10:00").times == ["18:00", "1d 11:00"]


TWO_REQUESTS = """\
  manager: {on: asked, accept: acknowledged, notify: boss}
  expert: {on: updated, accept: responded, notify: lead}
"""


def test_two_kinds_of_request_do_not_mix() -> None:
    """A ticket may have two requested chains: each is asked for, joined and answered for itself."""
    policy = desk(escalation=TWO_REQUESTS, priorities="  P1: {escalation: [manager, expert]}\n")
    story = opened(policy).then("10:10", "asked").then("10:20", "updated").then("10:30", "asked")
    seen = story.then("10:40", "responded").seen("10:50")
    assert [row[0] for row in seen.fired] == ["manager.1", "expert.1"]
    assert [record["chain"] for record in seen.records("request_joined")] == ["manager"]
    assert [(r["chain"], r["answer"]) for r in seen.records("request_answered")] == [("expert", "accepted")]
    assert story.run("10:50").state.open_requests == ("manager", "expert")


def test_a_role_may_be_filled_by_the_team() -> None:
    """Who leads the team that has the ticket is told; a role that the team does not fill is the organization's."""
    teams = "teams:\n  network: {roles: {lead: [{to: lead@network.example, from: 2026-01-01}]}}\n"
    policy = desk(escalation=chain("{after: 1bh, notify: [lead, boss]}"), rules=teams)
    told = [("lead", "lead@network.example"), ("boss", "boss@desk.example")]
    (level,) = opened(policy, team="network").seen("11:00").data["escalations"]
    assert [(n["role"], n["to"]) for n in level["notify"]] == told
    (level,) = opened(policy, team="storage").seen("11:00").data["escalations"]
    assert level["notify"][0] == {"role": "lead", "to": "lead@desk.example"}


REQUESTED = "  watch: {on: asked, notify: lead, remind: 1bh, levels: [%s]}\n"


@pytest.mark.parametrize(
    ("levels", "fired"),
    [
        ("{after: 30bm, notify: boss}, {after: 2bh, notify: boss}", ["1 11:00", "2 11:30", "3 12:00", "4 13:00"]),
        ("{after: 2bh, notify: boss}", ["1 11:00", "2 12:00", "3 13:00"]),
        ("{after: 1bh, notify: boss}", ["1 11:00", "2 12:00", "3 12:00"]),
        ("{after: 1bm, notify: boss}", ["1 11:00", "2 11:01", "3 12:00"]),
        ("", ["1 11:00", "2 12:00"]),
    ],
)
def test_a_request_is_told_at_once_and_then_goes_on_to_its_levels(levels: str, fired: list[str]) -> None:
    """Level 1 is the request itself; the levels count from it, the reminder among them, and are numbered on."""
    story = opened(desk(escalation=REQUESTED % levels)).then("11:00", "asked", "customer")
    seen = story.seen("2d 10:00")
    assert [f"{name.removeprefix('watch.')} {when}" for name, _, when, _ in seen.fired] == fired
    assert [cause for *_, cause in seen.fired] == ["requested", *["due"] * (len(fired) - 1)]


def test_an_answer_ends_the_levels_of_a_request() -> None:
    """Accepted or declined, nobody further is told."""
    policy = desk(
        escalation="  watch: {on: asked, accept: updated, notify: lead, levels: [{after: 2bh, notify: boss}]}\n"
    )
    story = opened(policy).then("11:00", "asked", "customer").then("12:00", "updated", "manager")
    assert story.seen("2d 10:00").times == ["11:00"]


def test_a_level_of_a_request_cites_its_own_clause() -> None:
    """What a clause says of a later level follows from that level, and so it counts as cited."""
    levels = "{after: 2bh, notify: boss, clause: c9}"
    policy = desk(escalation=REQUESTED % levels, rules="clauses: {c9: {says: Then the boss.}}\n")
    assert [d.code for d in policy.findings if d.severity != "note"] == []


def test_a_chain_that_comes_back_goes_on_with_its_next_round() -> None:
    """A round was over when the ticket lost the chain: given it again, the rounds that are left follow."""
    level = "{after: 1bh, notify: lead, do: priority_changed, with: {to: P2, reason: by itself}}"
    policy = desk(
        priorities="  P1: {fix: 4bh, escalation: watch}\n  P2: {fix: 8bh}\n", escalation=chain(level, ", repeat: 2")
    )
    story = opened(policy).then("12:00", "priority_changed", to="P1", reason="r")
    assert [row[:3] for row in story.seen("16:00").fired] == [("watch.1", 1, "11:00"), ("watch.1", 2, "13:00")]
