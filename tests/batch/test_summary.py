"""The summary of many tickets: the numbers of a hand-made table, and the same however the table is cut up."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_policy.batch import counters
from support_policy.batch.clock_columns import KINDS
from support_policy.batch.summary import Summary
from support_policy.policy.compiled import Policy
from tests.batch.results import Row, at, clock, edited, incidents, shipped, table, ticket, told

FIRST = "first_response"


def summed(policy: Policy, rows: Sequence[Row]) -> dict[str, Any]:
    """The summary of rows."""
    made = Summary(policy)
    made.add(table(policy, rows))
    return made.data()


def answered(name: str, priority: str, status: str, hours: float, **more: Any) -> Row:
    """A ticket with a first response; its target is the priority's."""
    seconds = {"P1": 2, "P2": 4, "P3": 8, "P4": 16}[priority] * 3600
    line = f"priorities.{priority}.{FIRST}"
    return ticket(name, priority, clock(FIRST, status, hours, target_seconds=seconds, set_by=line), **more)


def test_targets_are_counted_by_priority() -> None:
    """Verdicts, median, ninetieth of a hundred and hours worked are those of the tickets of the priority."""
    rows = [answered(f"T{i}", "P3", "met", float(i)) for i in range(1, 9)]
    rows += [answered("T9", "P3", "missed_then_met", 9.5), answered("T10", "P3", "running", 1.0)]
    found = {row["priority"]: row for row in summed(shipped(), rows)["priorities"]}
    assert found["P1"] == {"priority": "P1", "label": "Emergency", "tickets": 0, "targets": [], "escalations": []}
    assert found["P3"]["tickets"] == 10
    assert found["P3"]["targets"] == [
        {"metric": FIRST, "target": "8bh", "met": 8, "missed": 1, "open": 1, "withdrawn": 0, "measured": 0}
        | {"ended": 9, "median_seconds": 18000, "p90_seconds": 34200, "worked_seconds": 167400}
    ]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("met", "met"),
        ("missed_then_met", "missed"),
        ("breached", "missed"),
        ("running", "open"),
        ("paused", "open"),
        ("withdrawn", "withdrawn"),
        ("stopped", "measured"),
    ],
)
def test_a_status_counts_as_replay_counts_it(status: str, kind: str) -> None:
    """Every status of a target is one of five verdicts."""
    (target,) = summed(shipped(), [answered("T", "P1", status, 1.0)])["priorities"][0]["targets"]
    assert {verdict for verdict in KINDS if target[verdict]} == {kind}


def test_a_median_between_two_tickets_lies_in_their_middle() -> None:
    """An even number of tickets has the mean of the two in the middle, to the microsecond."""
    rows = [answered("A", "P1", "met", 1.0), answered("B", "P1", "met", 1.5 + 1 / 3600)]
    (target,) = summed(shipped(), rows)["priorities"][0]["targets"]
    assert (target["median_seconds"], target["p90_seconds"]) == (4500.5, 5401)


@pytest.mark.parametrize(
    ("line", "target"),
    [
        (f"priorities.P1.{FIRST}", "2bh"),
        (f"priorities.P2.{FIRST}", "2bh"),  # kept from the priority that it had before
        ("plans.gold.P1", None),
        ("plans.silver.P1", "2bh"),  # a plan that says the same
        (None, "2bh"),
    ],
)
def test_a_target_is_named_where_all_tickets_of_the_priority_are_given_it(line: str | None, target: str | None) -> None:
    """Plans that promise something else leave a priority without one target."""
    plans = "plans:\n  gold: {P1: {first_response: 1bh}}\n  silver: {P1: {first_response: 2bh}}\nmetrics:\n"
    policy = edited(".", ("\nmetrics:\n", f"\n{plans}"))
    other = answered("B", "P1", "met", 1.0) | {f"{FIRST}.set_by": line}
    (found,) = summed(policy, [answered("A", "P1", "met", 1.0), other])["priorities"][0]["targets"]
    assert found["target"] == target


def test_months_are_those_of_the_office() -> None:
    """A ticket opened in the evening of 31 March in Los Angeles is one of March, though April had begun in London."""
    opened = at("2026-04-01 05:00")
    rows = [
        ticket("A", "P1", opened_at=opened, office="los_angeles"),
        ticket("B", "P1", opened_at=opened, office="london"),
        ticket("C", "P1", opened_at=opened, office="shanghai"),
    ]
    found = [(row["month"], row["tickets"]) for row in summed(shipped(), rows)["months"]]
    assert found == [("2026-03", 1), ("2026-04", 2)]


@pytest.mark.parametrize(
    ("office", "when", "hour"),
    [
        ("london", "2026-03-02 00:00", 0),  # Monday, the first hour
        ("london", "2026-03-28 23:59", 5 * 24 + 23),  # the night before the clocks go forward
        ("london", "2026-03-29 00:59", 6 * 24),
        ("london", "2026-03-29 01:00", 6 * 24 + 2),
        ("los_angeles", "2026-03-02 07:59", 6 * 24 + 23),  # still Sunday
        ("shanghai", "2026-03-02 16:00", 24),  # already Tuesday
        ("", "2026-03-02 08:00", 0),  # nobody's: the default office
    ],
)
def test_hours_of_the_week_are_those_of_the_office(office: str, when: str, hour: int) -> None:
    """Who is told is told at the hour that the office's clock shows; Monday begins the week."""
    row = ticket("A", "P1", office=office or None, notifications=[told(when, "support_manager", "automatic", 1)])
    made = summed(shipped(), [row])
    (role,) = made["notifications"]
    assert [i for i, n in enumerate(role["hours"]) if n] == [hour]
    assert [i for i, n in enumerate(made["escalations"]["hours"]) if n] == [hour]


def test_notifications_are_counted_by_role_and_addresses_apart() -> None:
    """A role that nobody fills is told as well; it has no addresses, and every kind of telling is named."""
    rows = [
        ticket(
            "A",
            "P1",
            notifications=[
                told("2026-03-02 19:00", "support_manager", "automatic", 1, people=2),
                told("2026-03-02 20:00", "directors", "automatic", 2, people=0),
                told("2026-03-04 20:00", "support_manager", "automatic", 1, command="notify_again"),
            ],
        )
    ]
    found = {
        row["role"]: (row["told"], row["people"], row["commands"]) for row in summed(shipped(), rows)["notifications"]
    }
    assert found == {"directors": (1, 0, {"notify": 1}), "support_manager": (2, 3, {"notify": 1, "notify_again": 1})}


def test_a_level_that_fires_in_two_cycles_fires_twice_for_one_ticket() -> None:
    """Firings and tickets are counted apart; being told again is no firing, nor is a second role of the same level."""
    one = [
        told("2026-03-02 19:00", "support_manager", "automatic", 1),
        told("2026-03-02 20:00", "directors", "automatic", 2),
    ]
    again = [
        told("2026-03-05 19:00", "support_manager", "automatic", 1, cycle=2),
        told("2026-03-06 19:00", "support_manager", "automatic", 1, command="notify_again"),
        told("2026-03-06 19:00", "directors", "automatic", 1),
    ]
    rows = [ticket("A", "P1", notifications=one + again), ticket("B", "P2", notifications=one[:1])]
    made = summed(shipped(), rows)
    assert made["escalations"]["levels"] == [
        {"chain": "automatic", "level": 1, "fired": 3, "tickets": 2},
        {"chain": "automatic", "level": 2, "fired": 1, "tickets": 1},
    ]
    by_priority = {row["priority"]: [e["fired"] for e in row["escalations"]] for row in made["priorities"]}
    assert by_priority == {"P1": [2, 1], "P2": [1], "P3": [], "P4": []}


def test_shares_of_the_target_end_with_their_tenth() -> None:
    """A clock that took its target to the second is in the last tenth in time; beyond three times, all are together."""
    hours = [0.0, 0.2, 0.2 + 1 / 3600, 2.0, 2.0 + 1 / 3600, 6.0, 6.0 + 1 / 3600, 500.0]
    rows = [answered(f"T{i}", "P1", "met", h) for i, h in enumerate(hours)] + [answered("open", "P1", "breached", 9)]
    (found,) = summed(shipped(), rows)["response"]
    assert (found["metric"], found["priority"], found["target_seconds"]) == (FIRST, "P1", 7200)
    assert {(b["from"], b["to"]): b["count"] for b in found["bins"] if b["count"]} == {
        (0.0, 0.1): 2,
        (0.1, 0.2): 1,
        (0.9, 1.0): 1,
        (1.0, 1.1): 1,
        (2.9, 3.0): 1,
        (3.0, None): 2,
    }


def test_the_organizations_with_most_tickets_are_named_and_the_others_are_one_row() -> None:
    """Fifty are named, with more tickets first and then by name; who gave none goes by the empty name."""
    rows = [
        answered(f"{i}-{n}", "P1", "met", i, organization=f"o{i:02}" if i else None)
        for i in range(53)
        for n in range(2)
    ]
    rows.append(answered("more", "P1", "met", 1.0, organization="o52"))
    found = summed(shipped(), rows)["organizations"]
    assert [row["organization"] for row in found[:3]] == ["o52", "", "o01"]
    assert len(found) == 51
    others = found[-1]
    assert (others["organization"], others["others"], others["tickets"]) == (None, 3, 6)
    assert (others["targets"][0]["met"], others["targets"][0]["median_seconds"]) == (6, 50 * 3600)


def test_organizations_that_the_directory_does_not_know_are_counted() -> None:
    """Each goes by its own name, and a ticket without one is counted too."""
    names = ["acme", "nobody", "nobody", None]
    known = next(iter(shipped().text.organizations))
    made = Summary(shipped())
    made.add(table(shipped(), [ticket(f"T{i}", "P1", organization=n) for i, n in enumerate([*names, known])]))
    expected = {"nobody": 2, "none given": 1} | ({} if known == "acme" else {"acme": 1})
    assert dict(made.unknown_organizations) == expected


def test_tickets_that_were_not_evaluated_are_counted_apart() -> None:
    """They are in no other count."""
    made = Summary(shipped())
    rows: list[Row] = [answered("A", "P1", "met", 1.0), {"ticket": "B", "error": "never_began"}]
    made.add(table(shipped(), rows))
    assert (made.tickets, dict(made.errors)) == (1, {"never_began": 1})
    assert sum(row["tickets"] for row in made.data()["months"]) == 1


def test_nothing_gives_a_summary_of_nothing() -> None:
    """No results at all, and a table without rows, are alike."""
    made = Summary(incidents())
    made.add(table(incidents(), []))
    assert made.data() == Summary(incidents()).data()
    assert made.data()["tickets"] == 0


def test_medians_of_too_many_distinct_times_are_left_out() -> None:
    """What is kept for them is bounded; the counts stay exact, and a note says what is missing."""
    made = Summary(shipped())
    for cells in (made.priorities, made.organizations, made.months):
        cells.worked = counters.Distinct(most=5)
    made.add(table(shipped(), [answered(f"T{i}", "P1", "met", i / 10) for i in range(6)]))
    (target,) = made.data()["priorities"][0]["targets"]
    assert (target["met"], target["ended"], target["median_seconds"]) == (6, 6, None)
    assert made.notes == [
        "there are many distinct times: medians and ninetieths by priority, organization, month are left out"
    ]


STATUSES = ("met", "missed_then_met", "breached", "running", "paused", "withdrawn", "stopped")


@st.composite
def incident(draw: st.DrawFn) -> Row:
    """A ticket of the incident desk."""
    parts = [
        clock(
            metric,
            draw(st.sampled_from(STATUSES)),
            draw(st.integers(0, 200)) / 7,
            target_seconds=draw(st.sampled_from([None, 3600, 28800])),
            set_by=draw(st.sampled_from([None, f"priorities.P1.{metric}", f"priorities.P3.{metric}"])),
        )
        for metric in draw(st.sets(st.sampled_from(["first_response", "resolution"])))
    ]
    when = st.datetimes(at("2016-01-01").replace(tzinfo=None), at("2017-12-31").replace(tzinfo=None))
    mail = st.builds(
        told,
        when.map(str),
        st.sampled_from(["incident_manager", "head_of_operations", "customer"]),
        st.sampled_from(["", "major", "urgent"]),
        st.integers(0, 2),
        people=st.integers(0, 3),
        command=st.sampled_from(["notify", "notify_again", "tell_customer"]),
    )
    return ticket(
        draw(st.text("abc", min_size=1)),
        draw(st.sampled_from(["P1", "P2", "P3", "P4"])),
        *parts,
        organization=draw(st.sampled_from(["company", "x", "y", "", None])),
        office=draw(st.sampled_from(["desk", None])),
        opened_at=at(str(draw(when))),
        notifications=draw(st.lists(mail, max_size=3)),
        error=draw(st.sampled_from([None, None, None, "not_decided"])),
    )


@given(st.lists(incident(), max_size=12), st.data())
def test_any_parts_merged_in_any_order_give_the_same_summary(rows: list[Row], data: st.DataObject) -> None:
    """However results are cut up, and in whatever process and order their parts are added, the numbers are the same."""
    policy = incidents()
    whole = table(policy, rows)
    expected = Summary(policy)
    expected.add(whole)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=4)))
    parts = [whole.slice(a, b - a) for a, b in zip([0, *cuts], [*cuts, len(rows)], strict=True)]
    made = Summary(policy)
    for part in data.draw(st.permutations(parts)):
        one = Summary(policy)
        one.add(part)
        made.merge(pickle.loads(pickle.dumps(one)))  # noqa: S301 - our own bytes
    assert made.data() == expected.data()
    assert (made.errors, made.unknown_organizations) == (expected.errors, expected.unknown_organizations)
    chunked = Summary(policy)
    chunked.add(pa.concat_tables(parts))
    assert chunked.data() == expected.data()


@given(st.lists(incident(), max_size=12))
def test_the_counts_add_up(rows: list[Row]) -> None:
    """Verdicts add up to the tickets that have the metric, and every grouping to the same whole."""
    made = summed(incidents(), rows)
    good = [row for row in rows if row["error"] is None]
    assert made["tickets"] == len(good)
    for metric in ("first_response", "resolution"):
        having = sum(row.get(f"{metric}.status") is not None for row in good)
        for kind in ("priorities", "organizations", "months"):
            targets = [t for row in made[kind] for t in row["targets"] if t["metric"] == metric]
            assert sum(t[verdict] for t in targets for verdict in KINDS) == having
            assert sum(row["tickets"] for row in made[kind]) == len(good)
    mails = [mail for row in good for mail in row["notifications"]]
    assert sum(row["told"] for row in made["notifications"]) == len(mails)
    for row in made["notifications"]:
        assert sum(row["hours"]) == sum(row["commands"].values()) == row["told"]
        assert row["people"] == sum(mail["people"] for mail in mails if mail["role"] == row["role"])
    assert sum(made["escalations"]["hours"]) == sum(row["fired"] for row in made["escalations"]["levels"])
