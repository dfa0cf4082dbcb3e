"""What `explain`, `timeline` and `evaluate` tell people of the wider language is so."""

from __future__ import annotations

import re

import pytest

from support_policy.cli.evaluate import summary
from support_policy.policy.compiled import Policy
from support_policy.render.explain_text import explanation
from support_policy.render.timeline import timeline
from support_policy.render.timeline_text import drawing
from support_policy.ticket.evaluate import Run, report
from support_policy.ticket.explain import explain
from support_policy.ticket.explain_published import published
from tests.language.desk import PRIORITIES, Story, desk, opened
from tests.whole.told import policy


def text(made: Run) -> str:
    """The explanation on one line, blanks folded."""
    return " ".join(explanation(explain(made), width=120).split())


def section(made: Run, title: str) -> str:
    """The part of an explanation under the heading that begins with a title, blanks folded."""
    parts = re.split(r"\n(?=\S)", explanation(explain(made), width=120))
    (found,) = (part for part in parts if part.startswith(title))
    return " ".join(found.split())


ANOTHER = "the sum is another one"


# -- sums ----------------------------------------------------------------------------------------------------------


def test_a_clock_that_stopped_while_paused_is_summed_without_its_pause() -> None:
    """Resolved while it waits: the due time it would have had goes on from where it stopped, not from the pause."""
    made = opened(desk()).then("11:00", "waiting_on_customer").then("13:00", "resolved").run("15:00")
    told = section(made, "Fix")
    assert ANOTHER not in told
    assert "paused Mon 2 Mar, 11:00 - Mon 2 Mar, 13:00: waiting" in told
    assert "Mon 2 Mar 13:00 - 16:00 3:00 4:00 = due" in told


def test_a_level_withdrawn_while_its_clock_was_paused_goes_on_from_there() -> None:
    """The level of a clock that stopped while paused would have been due after the rest of its time."""
    made = opened(desk()).then("11:00", "waiting_on_customer").then("13:00", "resolved").run("15:00")
    told = section(made, "Escalation, watch level 1")
    assert "due Mon 2 Mar 2026, 14:00, had it not been withdrawn" in told
    assert "Mon 2 Mar 13:00 - 14:00 1:00 2:00 = due" in told


BY_PRIORITY = """\
  watch:
    counts: fix
    calendar: {P1: always, else: local}
    levels:
      - {after: 2bh, notify: lead}
      - {after: 8bh, notify: boss}
"""


def test_a_level_is_summed_by_the_priority_by_which_it_fired() -> None:
    """A level that fired by the calendar of P1 is summed by it still, when the ticket is a P2."""
    story = opened(desk(escalation=BY_PRIORITY), "07:00").then("10:00", "priority_changed", to="P2")
    told = section(story.run("12:00"), "Escalation, watch level 1")
    assert ANOTHER not in told
    assert "2 business hours (2bh) by the calendar always of fix" in told
    assert "Mon 2 Mar 07:00 - 09:00 2:00 2:00 = due" in told
    assert "closed" not in told
    assert "by the calendar" not in section(story.run("12:00"), "Escalation, watch level 2")


def test_a_level_is_summed_by_the_target_by_which_it_fired() -> None:
    """A level at half of the target a ticket had then is not summed by the target it has now."""
    half = "  watch: {counts: fix, levels: [{at: 50%, notify: lead}]}\n"
    story = opened(desk(escalation=half)).then("13:00", "priority_changed", to="P2")
    told = section(story.run("14:00"), "Escalation, watch level 1")
    assert "2 business hours (at 50%) of fix" in told
    assert ANOTHER not in told
    assert "= due" in told


UNION = "calendars:\n  sun: {any_of: [sydney, london]}\n"
BY_UNION = "  reply: {start: submitted, stop: responded}\n  fix: {start: submitted, stop: resolved, calendar: sun}\n"


def test_a_sum_is_told_in_the_zone_of_the_office_that_serves() -> None:
    """The hours of offices together are told in London's time to London, whichever of them comes first."""
    made = opened(desk(metrics=BY_UNION, more=UNION), "18:00").run("20:00")
    told = section(made, "Fix")
    assert "in the time of" not in told
    assert "4 business hours (4bh) by the calendar sun for P1" in told
    assert "Mon 2 Mar 22:00 - 02:00 Tue 3 Mar 4:00 4:00 = due" in told


def test_a_calendar_of_another_zone_is_told_in_the_office_s_time() -> None:
    """A calendar that keeps another zone's hours has its sum in the time of the office that serves the ticket."""
    abroad = "calendars:\n  abroad: {zone: America/New_York, hours: {mon-fri: 09:00-17:00}}\n"
    metrics = BY_UNION.replace("calendar: sun", "calendar: abroad")
    told = section(opened(desk(metrics=metrics, more=abroad)).run("15:00"), "Fix")
    assert "due Mon 2 Mar 2026, 18:00" in told
    assert "in the time of" not in told
    assert "Mon 2 Mar 14:00 - 18:00 4:00 4:00 = due" in told


# -- runs and rounds -----------------------------------------------------------------------------------------------

RECURS = """\
  reply: {start: [submitted, customer_replied], stop: responded, recurs: yes}
  fix: {start: submitted, stop: resolved, pause: waiting}
"""


def asked_twice(last: str = "13:30") -> Run:
    """A ticket answered late, and then in time."""
    return (
        opened(desk(metrics=RECURS))
        .then("12:30", "responded")
        .then("13:00", "customer_replied")
        .then("13:30", "responded")
        .run(last)
    )


def test_earlier_runs_are_told() -> None:
    """A metric that recurs says how its runs ended, and when each began."""
    made = asked_twice()
    assert "runs 2 runs: 1 met, 1 missed" in section(made, "Reply (run 2)")
    assert "13:00 -> reply begins, run 2" in text(made)
    (lane,) = (lane for lane in timeline(made).lanes if lane.name.startswith("Reply"))
    assert "2 runs: 1 met, 1 missed" in lane.says
    (line,) = (line for line in summary(report(made)) if line.startswith("  reply"))
    assert line.endswith("2 runs: 1 met, 1 missed")


def test_a_run_under_way_is_told_beside_those_that_ended() -> None:
    """A run that has not ended is neither met nor missed."""
    assert "runs 2 runs: 1 missed, 1 running" in section(asked_twice("13:10"), "Reply (run 2)")


def test_the_row_of_a_second_run_counts_the_earlier_ones() -> None:
    """From the second run on, a row of `targets` counts how the earlier runs ended."""
    rows = {row["metric"]: row for row in report(asked_twice())["targets"]}
    assert rows["reply"]["earlier"] == {"met": 0, "missed": 1}
    assert "earlier" not in rows["fix"]


ALARM = {"organization": "shop", "stated_priority": "P1"}


def page() -> Story:
    """An outage that pages its people in three rounds, 15, 30 and 45 minutes each, until acknowledged."""
    return Story(policy("on_call")).then("10:00", "submitted", facts=ALARM)


def test_a_round_of_a_chain_is_called_so() -> None:
    """A chain that repeats says which of its rounds it is in."""
    made = page().run("11:50")
    told = text(made)
    assert "Escalation, page level 1 (round 3 of 3)" in told
    assert "(run" not in told
    (row,) = (line for line in summary(report(made)) if line.startswith("  page 1"))
    assert "round 3" in row
    assert "#" not in row


def test_a_chain_that_begins_again_after_an_acknowledgement_says_so() -> None:
    """When an acknowledgement is over, the chain's second run says since when, and whose acknowledgement it was."""
    made = page().then("10:20", "acknowledged").run("11:00")
    told = section(made, "Escalation, page level 1")
    assert "page level 1 (second run, round 1 of 3)" in told
    assert "since the acknowledgement of Mon 2 Mar, 10:20 was over" in told


def test_another_team_s_chain_is_in_its_first_run() -> None:
    """A chain of a second team is not called a second run."""
    told = text(handed_over().run("12:30"))
    assert "Escalation, team late of network level 1 planned" in told or "team late of network level 1" in told
    assert "run" not in section(handed_over().run("12:30"), "Escalation, team late of network level 1").split(":")[0]
    (row, *_) = (
        line for line in summary(report(handed_over().run("12:30"))) if line.startswith("  team_late network 1")
    )
    assert "#" not in row


def handed_over() -> Story:
    """A ticket of the global desk that one team hands to another."""
    facts = {"organization": "acme", "impact": "company", "urgency": "now"}
    return (
        Story(policy("global_desk"))
        .then("10:00", "submitted", facts=facts)
        .then("10:05", "assigned", team="service_desk")
        .then("11:00", "assigned", team="network")
    )


def test_a_team_s_clock_stands_still_because_another_team_has_the_ticket() -> None:
    """A team's paused clock says who has the ticket, not in which state it is."""
    made = handed_over().run("12:30")
    told = section(made, "Team work of service_desk")
    assert "paused (network has the ticket)" in told
    assert "(open)" not in told


def test_the_gaps_of_a_team_s_sum_say_who_had_the_ticket() -> None:
    """A stretch in which another team had the ticket is named for that team."""
    made = handed_over().then("11:30", "assigned", team="service_desk").run("12:00")
    told = section(made, "Team work of service_desk")
    assert "paused Mon 2 Mar, 11:00 - Mon 2 Mar, 11:30: network has the ticket" in told


def test_the_number_of_a_level_is_never_cut() -> None:
    """A long lane's name is cut before the number of its level."""
    drawn = drawing(timeline(handed_over().run("12:30")))
    assert re.search(r"^Team pickup of network +", drawn, re.MULTILINE)
    assert re.search(r"^Team late.*\.\.\., level 1", drawn, re.MULTILINE)
    assert re.search(r"^Team late.*\.\.\., level 2", drawn, re.MULTILINE)


# -- what happens by itself ----------------------------------------------------------------------------------------

SILENCE = "  - {id: silence, while: waiting, after: 1h, do: priority_changed, with: {to: P2, reason: silent}}\n"
NUDGE = "  - {id: nudge, while: waiting, after: 1h, notify: lead}\n"


def timed(timers: str) -> Policy:
    """A desk whose rules assess, with a timer."""
    assess = """\
rule_set: priority
hit_policy: first
rules:
  - id: vip
    says: A name that everyone knows.
    conditions: {all: [{name: vip, operator: is_true}]}
    actions: [{name: assess, params: {priority: P1}}]
"""
    return desk(timers=timers, rules=assess)


def test_a_change_by_a_timer_is_not_a_person_s() -> None:
    """A priority that a timer changed was changed automatically, by that timer."""
    story = opened(timed(SILENCE), facts={"vip": True}).then("11:00", "waiting_on_customer")
    told = section(story.run("13:00"), "Priority")
    assert "from P1 to P2 automatically (timer silence): silent" in told
    assert "not what was stated" not in told
    assert "person" not in told
    assert "by the automatic" not in text(story.run("13:00"))


def test_a_mismatch_settled_by_a_timer_is_not_settled_by_a_person() -> None:
    """Where stated and assessed priority differ and a timer changed it, nobody is said to have settled it."""
    story = opened(timed(SILENCE), priority="P2", facts={"vip": True}).then("11:00", "waiting_on_customer")
    assert "not what was stated; changed automatically (timer silence)" in section(
        story.then("11:30", "priority_changed", by="engineer", to="P1").run("13:00"), "Priority"
    )


def test_a_person_settles() -> None:
    """Where a person changed it, a person settled it."""
    story = opened(timed(SILENCE), priority="P2", facts={"vip": True})
    told = section(story.then("11:30", "priority_changed", by="engineer", to="P1").run("12:00"), "Priority")
    assert "not what was stated; settled by a person" in told


def test_who_was_told_by_a_timer_is_told() -> None:
    """The story of a ticket says whom a timer told; customers do not read it."""
    made = opened(desk(timers=NUDGE)).then("11:00", "waiting_on_customer").run("13:00")
    assert "12:00 -> timer nudge: told lead <lead@desk.example>" in text(made)
    shown = published(explain(made), made.governing)
    assert "timer nudge: told" not in explanation(shown)


# -- rows ----------------------------------------------------------------------------------------------------------


def test_metrics_stand_in_the_order_of_the_policy() -> None:
    """Rows of targets, and their explanations, follow the policy rather than the order in which clocks started."""
    metrics = "  reply: {start: assigned, stop: responded}\n  fix: {start: submitted, stop: resolved}\n"
    made = opened(desk(metrics=metrics)).then("10:30", "assigned").run("11:00")
    assert [row["metric"] for row in report(made)["targets"]] == ["reply", "fix"]
    assert [target.metric for target in explain(made).targets] == ["reply", "fix"]


def test_clocks_of_a_metric_stand_by_team() -> None:
    """The clocks of one metric stand in the order of their teams."""
    rows = report(handed_over().run("12:30"))["targets"]
    work = [row["team"] for row in rows if row["metric"] == "team_work"]
    assert work == ["network", "service_desk"]


def test_a_reason_without_words_is_called_by_its_name() -> None:
    """No line of `because` ends without saying anything."""
    quiet = "  - {trigger: pinged, source: open, dest: =}\n"
    for story in (opened(desk(transitions=quiet)).then("10:30", "pinged"), handed_over()):
        lines = summary(report(story.run("12:30")))
        said = lines[lines.index("  because") + 1 :]
        assert said
        assert all(re.search(r":\d+:\d+(?: \[.*\])?  \S", line) for line in said)


@pytest.mark.parametrize("priority", ["P1", "P2"])
def test_an_ordinary_calendar_is_not_named(priority: str) -> None:
    """The hours of the office that serves go without saying."""
    assert PRIORITIES
    assert "by the calendar" not in text(opened(desk(), priority=priority).run("12:00"))
