"""Offices that follow the sun, maintenance, contracts, stand-ins and a rota: from a policy's files to decisions."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from support_policy import evaluate, load_policy
from support_policy.policy.compiled import Policy
from support_policy.render.explain_text import explanation
from support_policy.ticket.evaluate import as_of, run
from support_policy.ticket.explain import explain
from support_policy.ticket.history import read_history
from tests.policy.wide import wide

P, R = "policy.yaml", "rules/priority.yaml"
WINDOW = "{from: 2026-03-07T22:00:00Z, to: 2026-03-08T04:00:00Z, announced: 2026-03-01T09:00:00Z, notice: 72h"
ANNOUNCED = "announced: 2026-02-27T09:00:00Z"
DOWN = "        - {name: site, operator: equal_to, value: down}\n"
NO_CONTRACT = """\
  - id: no-contract
    conditions: {name: under_contract, operator: is_false}
    actions: [{name: assess, params: {priority: P2}}]
"""
CHANGES = (
    (P, "first_response: 2bh", "first_response: {within: 10bh, calendar: sun}"),
    (P, "    counts: resolution\n", "    counts: resolution\n    calendar: sun\n"),
    (P, WINDOW, f"{{from: 2026-03-03T10:00:00Z, to: 2026-03-03T12:00:00Z, {ANNOUNCED}, notice: 72h"),
    (R, DOWN, f"{DOWN}        - {{not: {{name: plan, operator: is_missing}}}}\n"),
    (R, "  - id: rest\n", f"{NO_CONTRACT}  - id: rest\n"),
)


@cache
def policy(*more: tuple[str, str, str]) -> Policy:
    """The policy, read from a folder."""
    with TemporaryDirectory() as folder:
        for name, data in wide(*CHANGES, *more).items():
            file = Path(folder, name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        return load_policy(folder)


def history(at: str, organization: str) -> dict[str, Any]:
    """A site of an organization is down."""
    fields = {"organization": organization, "site": "down", "users": 100}
    return {"ticket": "T-1", "events": [{"at": at, "type": "submitted", "by": "customer", "fields": fields}]}


def told(found: Any, level: int) -> list[str | None]:
    """Whom a level of the automatic chain tells, or would."""
    (row,) = (row for row in found["escalations"] if (row["chain"], row["level"]) == ("automatic", level))
    return [one["to"] for one in row["notify"]]


def test_time_counts_where_the_sun_is_up_and_nothing_is_maintained() -> None:
    """Ten hours from 09:00 in London, two of them lost to announced maintenance, end in Denver's afternoon."""
    found = evaluate(policy(), history("2026-03-03T08:00:00Z", "acme"), "2026-03-03T15:00:00Z")
    assert found["priority"] == "P1"
    target = found["targets"][0]
    assert (target["metric"], target["calendar"], target["due_at"]) == (
        "first_response",
        "sun",
        "2026-03-03T21:00:00+00:00",
    )
    assert target["worked_seconds"] == 4 * 3600
    assert [row["due_at"] for row in found["escalations"][:2]] == [
        "2026-03-03T13:00:00+00:00",
        "2026-03-03T14:00:00+00:00",
    ]
    assert any(reason["rule"] == "calendars.sun" for reason in found["because"])


def test_maintenance_announced_too_late_counts() -> None:
    """Announced a second after its notice, the window is void: the target falls due two hours earlier."""
    late = policy((P, ANNOUNCED, "announced: 2026-02-28T10:00:01Z"))
    assert [d.code for d in late.findings] == ["P373"]
    found = evaluate(late, history("2026-03-03T08:00:00Z", "acme"), "2026-03-03T15:00:00Z")
    assert found["targets"][0]["due_at"] == "2026-03-03T19:00:00+00:00"


GLOBEX = ["m@globex.example", "n@globex.example"]


@pytest.mark.parametrize(
    ("organization", "first", "second"),
    [
        ("acme", ["m@acme.example"], ["m@acme.example", "d1@acme.example", "d2@acme.example"]),
        (
            "globex",
            ["m@globex.example", "n@globex.example"],
            ["m@globex.example", "n@globex.example", "first@x.example"],
        ),
    ],
)
def test_levels_tell_who_is_on_duty(organization: str, first: list[str], second: list[str]) -> None:
    """Dated entries fill the role where there are any; the rota does where the organization leaves it open."""
    found = evaluate(policy(), history("2026-03-03T08:00:00Z", organization), "2026-03-03T15:00:00Z")
    assert (told(found, 1), told(found, 2)) == (first, second)
    commands = [c for c in found["commands"] if c["command"] == "notify"]
    assert [[one["to"] for one in c["notify"]] for c in commands] == [first, second]


@pytest.mark.parametrize("at", ["2026-06-30T22:45:00Z", "2026-07-01T06:00:00Z"])
def test_a_stand_in_is_told_from_the_first_day_on(at: str) -> None:
    """A level due after midnight tells the stand-in, whether it is still planned or has fired."""
    found = evaluate(policy(), history("2026-06-30T22:30:00Z", "acme"), at)
    (row,) = (row for row in found["escalations"] if row["level"] == 1)
    assert (row["due_at"], row["status"]) == (
        "2026-07-01T01:30:00+01:00",
        "planned" if at < "2026-07" else "fired",
    )
    assert told(found, 1) == ["b@acme.example"]


@pytest.mark.parametrize(
    ("at", "priority", "rule"),
    [
        ("2026-03-31T22:59:00Z", "P1", "down"),
        ("2026-03-31T23:00:00Z", "P2", "no-contract"),
        ("2026-05-04T09:00:00Z", "P1", "down"),
    ],
)
def test_rules_ask_for_the_contract_of_the_day(at: str, priority: str, rule: str) -> None:
    """The plan is that of the contract on the day by the office's calendar; outside of all there is none."""
    found = evaluate(policy(), history(at, "acme"), at)
    assert found["assessed_priority"] == priority
    assert rule in {reason["rule"] for reason in found["because"]}


def test_a_sum_over_a_union_adds_up_and_says_why() -> None:
    """The explanation adds up to the target and calls maintenance an announced closure."""
    made = run(policy(), read_history(policy(), history("2026-03-03T08:00:00Z", "acme")), as_of("2026-03-03T15:00:00Z"))
    why = explain(made)
    assert all(target.adds_up for target in why.targets)
    assert all(level.adds_up for level in why.levels)
    assert "announced closure (Upgrade)" in explanation(why, width=300)


def test_a_sum_over_a_weekend_and_holidays_names_them() -> None:
    """Where no member works, the weekday is named; a holiday with the office that keeps it; times are Denver's."""
    late = policy((P, "any_of: [sydney, london, denver], zone: UTC", "any_of: [london], zone: Europe/London"))
    made = run(late, read_history(late, history("2026-12-24T16:00:00Z", "globex")), as_of("2026-12-24T16:30:00Z"))
    text = explanation(explain(made), width=300)
    assert "london: Christmas Day" in text
    assert "Sunday 27 Dec" in text
    assert "Tue 29 Dec  02:00 - 10:00     8:00     8:00" in text
    assert "due       Wed 30 Dec 2026, 04:00" in text
