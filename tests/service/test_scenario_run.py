"""What scenarios mean: instants, anchors, sets that are exact, and failures that say how near they were."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from support_policy.clock.wall import instants_of
from support_policy.service.scenario import When
from support_policy.service.scenario_run import run_file
from support_policy.service.scenario_when import parse_when, place_of
from tests.service.stories import EMERGENCY, only, ran, spoilt, story
from tests.ticket.histories import edited, policy

P1 = "at: start, type: submitted, organization: acme, stated_priority: P1, environment: production, site_status: down"
P2 = P1.replace("P1", "P2").replace("down", "degraded")
DAY = "2026-03-02 10:00"


def test_an_emergency_passes() -> None:
    """The story that the mistakes are made in holds as it stands."""
    assert only(EMERGENCY).passed


NEAR = [
    ("state: open", "state: resolved", "state", "open", "it never becomes so"),
    ("escalation_level: 1", "escalation_level: 2", "escalation_level", "1",
     "it becomes so on Mon 2 Mar, 13:00, 1 h later than expected"),
    ("escalation_level: 1", "escalation_level: 0", "escalation_level", "1",
     "it was so before, until Mon 2 Mar, 12:00"),
    ("clarification_advised: no", "clarification_advised: yes", "clarification_advised", "no", "it never becomes so"),
    ("{first_response: met, resolution: running}", "{first_response: breached, resolution: running}", "targets",
     "{first_response: met, resolution: running}", "`first_response` is met, not breached: it never becomes so"),
    ("{first_response: met, resolution: running}", "{first_response: met}", "targets",
     "{first_response: met, resolution: running}", "`resolution` has a clock too: it is running"),
    ("automatic.2: 2026-03-02 13:00}", "automatic.2: 2026-03-02 12:00}", "due",
     "{automatic.1: +2h, automatic.2: 2026-03-02 13:00}",
     "`automatic.2` falls due on Mon 2 Mar, 13:00, 1 h later than expected"),
    ("{automatic.1: +2h, automatic.2: 2026-03-02 13:00}", "{automatic.1: +2h}", "due",
     "{automatic.1: +2h, automatic.2: 2026-03-02 13:00}",
     "`automatic.2` is pending too: it falls due on Mon 2 Mar, 13:00"),
    ("{automatic.1: +2h, automatic.2", "{first_response: +2h, automatic.1: +2h, automatic.2", "due",
     "{automatic.1: +2h, automatic.2: 2026-03-02 13:00}", "`first_response` is not pending: its clock is met"),
    ("fired: [automatic.1]", "fired: [automatic.1, automatic.2]", "fired", "[automatic.1]",
     "`automatic.2` fires on Mon 2 Mar, 13:00, 1 h later than expected"),
    ("fired: [automatic.1]", "fired: [automatic.1, requested.1]", "fired", "[automatic.1]",
     "`requested.1` never fires: `escalation_requested` never happens, or is refused"),
    ("fired: [automatic.1]", "fired: []", "fired", "[automatic.1]",
     "`automatic.1` has fired too, on Mon 2 Mar, 12:00"),
    ("[support_manager]", "[support_manager, directors]", "notified",
     "[support_manager <support-manager.acme@vmoso.example>]",
     "the role directors is told by automatic.2 on Mon 2 Mar, 13:00, 1 h later than expected"),
    ("[support_manager]", "[]", "notified", "[support_manager <support-manager.acme@vmoso.example>]",
     "support_manager <support-manager.acme@vmoso.example> is told too, by automatic.1 on Mon 2 Mar, 12:00"),
    ("[support_manager]", "[{role: support_manager, to: b@x.example}]", "notified",
     "[support_manager <support-manager.acme@vmoso.example>]",
     "the role support_manager is told by automatic.1, but at `support-manager.acme@vmoso.example`"),
    ("[support_manager]", "[support_manager, support_engineer]", "notified",
     "[support_manager <support-manager.acme@vmoso.example>]", "nobody ever tells the role support_engineer"),
    ("because: [production-down]", "because: [production-degraded]", "because", "[]",
     "`production-degraded` is not among the reasons: site_status is `down`"),
    ("because: [production-down]", "not_because: [production-down]", "not_because", "[production-down]",
     "`production-down` is among the reasons: A production site has failed completely."),
    ("rules: [production-down]", "rules: []", "rules", "[production-down]", "`production-down` holds too"),
    ("refused: []", "refused: [responded]", "refused", "[]", "`responded` is accepted on Mon 2 Mar, 11:00"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "key", "found", "why"), NEAR, ids=[n[1][:40] for n in NEAR])
def test_a_failure_says_how_near_it_was(old: str, new: str, key: str, found: str, why: str) -> None:
    """One false claim is one failure: at its key, with what was found and the nearest miss."""
    text = spoilt(old, new)
    (failure,) = only(text).failures
    assert (failure.key, failure.miss.found, failure.miss.why) == (key, found, [why])
    line = text.splitlines()[failure.span.line - 1]
    assert line[failure.span.column - 1 :].startswith(f"{key}:")


def test_a_failure_comes_with_the_story() -> None:
    """What happened when is told beside a failure, with an arrow where it was looked."""
    tale = only(spoilt("escalation_level: 1", "escalation_level: 2")).tale
    assert [line[:2] for line in tale] == ["  ", "  ", "->", "  "]
    assert "responded by engineer; first_response is met" in tale[1]
    assert tale[2].endswith("automatic.1 fires, support_manager told")


LONDON = place_of(policy(), "", "globex")
SPELLINGS = [
    ("start", "2026-03-02T16:00"), ("+2h", "2026-03-02T18:00"), ("+ 2h", "2026-03-02T18:00"),
    ("+2bh", "2026-03-03T10:00"), ("+1h30m", "2026-03-02T17:30"), ("+30bm", "2026-03-02T16:30"),
    ("start +1h -1s", "2026-03-02T16:59:59"), ("2026-03-04 9:05", "2026-03-04T09:05"),
    ("2026-03-04T09:05:30", "2026-03-04T09:05:30"), ("2026-07-01 10:00", "2026-07-01T09:00"),
    ("2026-07-01 10:00Z", "2026-07-01T10:00"), ("2026-07-01T10:00:00-07:00", "2026-07-01T17:00"),
    ("2026-03-04 10:00 -2bh", "2026-03-03T16:00"), ("2026-03-07 12:00 +1bh", "2026-03-09T10:00"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "instant"), SPELLINGS)
def test_instants_are_wall_times_of_the_office(text: str, instant: str) -> None:
    """Wall times are those of London in winter and in summer; business time is its office's."""
    when = parse_when(text)
    assert isinstance(when, When)
    start = datetime(2026, 3, 2, 16, tzinfo=UTC)
    base = start if when.base == "start" else when.at and (when.at if when.at.tzinfo else one_instant(when.at))
    assert base is not None
    assert LONDON.moved(base, when) == datetime.fromisoformat(f"{instant}+00:00")


def one_instant(wall: datetime) -> datetime:
    """The one instant of a wall time in London."""
    (only_one,) = instants_of("Europe/London", wall)
    return only_one


ANCHORS = [
    # events after the submission, the anchor, the instant
    ((P1,), "first_response.due", "2026-03-02 12:00"),
    ((P1, "at: +30m, type: responded, by: engineer"), "first_response.due", "2026-03-02 12:00"),
    ((P1, "at: +1h, type: resolved"), "automatic.2.due", "2026-03-02 13:00"),
    ((P2, 'at: +1h, type: priority_changed, to: P3, reason: x'), "first_response.due", "2026-03-03 10:00"),
    ((P2, 'at: +3h, type: priority_changed, to: P1, reason: x'), "first_response.due", "2026-03-02 13:00"),
    ((P2, 'at: +3h, type: priority_changed, to: P1, reason: x'), "automatic.1.due", "2026-03-02 15:00"),
    ((P2, "at: +1h, type: escalation_requested, via: email"), "requested.2.due", "2026-03-02 12:00"),
    ((P1, "at: +1h, type: resolved", "at: +5h, type: reopened"), "automatic.1.due", "2026-03-02 16:00"),
    ((P1, "at: first_response.due +1m, type: responded, by: engineer"), "first_response.due", "2026-03-02 12:00"),
]  # fmt: skip


@pytest.mark.parametrize(("events", "anchor", "instant"), ANCHORS)
def test_an_anchor_is_when_it_falls_due_in_this_story(events: tuple[str, ...], anchor: str, instant: str) -> None:
    """Re-aimed, stopped before, counted from a change or a request: the anchor is where the story has it."""
    outcome = only(story(DAY, *events, expect=f"{{at: {anchor}, escalation_level: 99}}"))
    assert [failure.at for failure in outcome.failures] == [instant]


UNREACHABLE = [
    (P1, "resolution.due", "`resolution` never falls due here, because a P1 has no target for it"),
    (P2, "automatic.1.due", "`automatic.1` never falls due here, because a P2 has no chain `automatic`"),
    (P1, "requested.2.due",
     "`requested.2` never falls due here, because `escalation_requested` never happens, or is refused"),
]  # fmt: skip


@pytest.mark.parametrize(("event", "anchor", "why"), UNREACHABLE)
def test_what_never_falls_due_fails(event: str, anchor: str, why: str) -> None:
    """An expectation at an instant that is none fails and says why; so does a story whose event has no instant."""
    (failure,) = only(story(DAY, event, expect=f"{{at: {anchor}, state: open}}")).failures
    assert (failure.key, failure.miss.why) == ("at", [why])
    (failure,) = only(
        story(DAY, event, f"at: {anchor}, type: responded, by: engineer", expect="{at: start, state: open}")
    ).failures
    assert (failure.key, failure.miss.why) == ("at", [why])


def test_an_order_that_the_policy_turns_round_is_a_failure() -> None:
    """What stands in order by one policy and not by another fails there; the text is not to blame."""
    text = story(DAY, P1, expect="{at: first_response.due, state: open}, {at: automatic.2.due, state: open}")
    assert only(text).passed
    slow = edited(("policy.yaml", "first_response: 2bh", "first_response: 7bh"))
    (failure,) = only(text, slow).failures
    assert "out of order" in failure.miss.why[0]


def test_who_was_told_is_counted_from_the_expectation_before() -> None:
    """Two expectations at one instant see the same; those told before are not told again."""
    seen = "{at: +2h, notified: [support_manager]}"
    assert only(story(DAY, P1, expect=f"{seen}, {seen}, {{at: +3h, notified: [directors]}}")).passed
    assert only(story(DAY, P1, expect="{at: +3h, notified: [support_manager, directors]}")).passed


def test_a_message_is_looked_for_in_what_is_said() -> None:
    """A part of the text is enough, line breaks aside; another text is told with what was said."""
    said = "{at: +2h, notified: [{role: support_manager, message: put the  relevant resources}]}"
    assert only(story(DAY, P1, expect=said)).passed
    (failure,) = only(story(DAY, P1, expect="{at: +2h, notified: [{role: support_manager, message: hurry}]}")).failures
    assert "which says `Not resolved in time;" in failure.miss.why[0]


def test_facts_may_stand_apart() -> None:
    """Facts under `fields` are those beside the event's keys; each is typed by the policy."""
    apart = "at: start, type: submitted, fields: {organization: acme, emergency: yes, launch_affected: on}"
    assert only(story(DAY, apart, expect="{at: start, assessed_priority: P1, stated_priority: none}")).passed


def test_a_zone_of_ones_own() -> None:
    """`zone` says where wall times are meant; of the file's and the scenario's, the scenario's counts."""
    text = story("2026-03-02 18:00", P1, expect="{at: first_response.due, due: {automatic.2: 2026-03-02 21:00}}",
                 zone="Europe/London")  # fmt: skip
    assert only(text).passed
    there = text.replace("    start:", "    zone: UTC\n    start:")
    assert only(there).passed
    assert not only(text.replace("zone: Europe/London", "zone: Asia/Tokyo")).passed


def test_scenarios_are_chosen_by_name() -> None:
    """A part of the name in any case chooses a scenario."""
    assert len(run_file(policy(), EMERGENCY, "s.yaml", "EMERG").outcomes) == 1
    assert run_file(policy(), EMERGENCY, "s.yaml", "calm").outcomes == ()
    assert len(ran(EMERGENCY).outcomes) == 1
