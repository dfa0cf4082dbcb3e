"""The contract of `evaluate`: what it reads, what it gives, sentence by sentence."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

import pytest

from support_policy import evaluate, load_policy
from support_policy.source.diagnostics import PolicyError
from support_policy.ticket.history import HistoryError
from tests.ticket.histories import P1, P2, P3, ROOT, policy, ticket

EXAMPLE = {
    "ticket": "VS-1001",
    "events": [
        {
            "at": "2026-03-02T10:00:00-08:00",
            "type": "submitted",
            "fields": {
                "organization": "acme",
                "stated_priority": "P1",
                "environment": "production",
                "site_status": "down",
                "kind": "problem",
            },
        },
        {"at": "2026-03-02T11:00:00-08:00", "type": "responded", "by": "engineer"},
    ],
}
AT = "2026-03-02T14:00:00-08:00"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d")

KEYS = {
    "": "ticket policy at state priority stated_priority assessed_priority clarification_advised escalation_level "
    "targets escalations timers events events_left_out commands because why_not versions",
    "policy": "name version digest",
    "targets": "metric calendar target_seconds started_at due_at stopped_at worked_seconds status",
    "escalations": "chain level due_at status fired_at cause notify",
    "notify": "role to",
    "because": "rule file line column clause says",
    "why_not": "rule file line column clause says missed",
    "missed": "name operator value seen file line column",
    "versions": "tzdata holidays",
}


def result(at: str = AT, history: object = EXAMPLE) -> dict[str, Any]:
    """The example of the contract, decided by the shipped policy."""
    return dict(evaluate(policy(), history, at))


def assert_keys(found: Any, name: str) -> None:
    """A row, or every row of a list, has exactly the keys of the contract."""
    for row in found if isinstance(found, list) else [found]:
        assert set(row) == set(KEYS[name].split()), name


@pytest.mark.parametrize("at", ["2026-03-02T10:00:00-08:00", "2026-03-02T12:30:00-08:00", AT])
def test_exact_keys(at: str) -> None:
    """Every object has exactly the keys of the contract, whatever its state."""
    made = result(at)
    assert_keys(made, "")
    for name in ("policy", "targets", "escalations", "because", "why_not", "versions"):
        assert_keys(made[name], name)
    for row in made["escalations"]:
        assert_keys(row["notify"], "notify")
    for row in made["why_not"]:
        assert_keys(row["missed"], "missed")


def test_a_voided_level_has_one_key_more() -> None:
    """A level whose firing was corrected says so in a key of its own."""
    seen = ticket("acme", "03-02 10:00", P1).then("+1h", "resolved", learned="+130m").seen("+3h")
    assert set(seen.level("automatic", 1)) == {*KEYS["escalations"].split(), "voided"}


def test_the_result_is_json() -> None:
    """The result is plain JSON: it survives being written and read."""
    made = result()
    assert json.loads(json.dumps(made, allow_nan=False)) == made


def test_the_example_of_the_contract() -> None:
    """The example: answered in an hour, not resolved in four; the manager and the directors know."""
    made = result()
    assert made["ticket"] == "VS-1001"
    assert made["policy"]["name"] == "Vmoso Support"
    assert re.fullmatch(r"[0-9a-f]{64}", made["policy"]["digest"])
    assert (made["at"], made["state"], made["priority"], made["escalation_level"]) == (AT, "open", "P1", 2)
    assert made["targets"] == [
        {
            "metric": "first_response",
            "calendar": "los_angeles",
            "target_seconds": 7200,
            "started_at": "2026-03-02T10:00:00-08:00",
            "due_at": "2026-03-02T12:00:00-08:00",
            "stopped_at": "2026-03-02T11:00:00-08:00",
            "worked_seconds": 3600,
            "status": "met",
        },
        {
            "metric": "resolution",
            "calendar": "los_angeles",
            "target_seconds": None,
            "started_at": "2026-03-02T10:00:00-08:00",
            "due_at": None,
            "stopped_at": None,
            "worked_seconds": 14400,
            "status": "running",
        },
    ]
    assert [(r["chain"], r["level"], r["status"], r["due_at"], r["cause"]) for r in made["escalations"]] == [
        ("automatic", 1, "fired", "2026-03-02T12:00:00-08:00", "due"),
        ("automatic", 2, "fired", "2026-03-02T13:00:00-08:00", "due"),
    ]


def test_everything_due_at_the_instant_has_happened() -> None:
    """Everything due at or before `at` has happened, nothing due after it has."""
    made = ticket("acme", "03-02 10:00", P1)
    assert made.seen("+7199s").fired == []
    assert [row[1] for row in made.seen("+2h").fired] == [1]
    assert made.seen("+2h").level("automatic", 2)["status"] == "planned"


def test_later_events_are_left_out_and_counted() -> None:
    """Events after `at` are left out and counted; one that happens at `at` is in."""
    nothing = result("2026-03-02T09:00:00-08:00")
    assert (nothing["targets"], nothing["events_left_out"]) == ([], 2)
    for at, left, status in (("10:59:59", 1, "running"), ("11:00:00", 0, "met")):
        made = result(f"2026-03-02T{at}-08:00")
        assert (made["events_left_out"], made["targets"][0]["status"]) == (left, status)


def test_what_was_not_known_yet_is_left_out() -> None:
    """An event that had happened but was recorded after `at` is left out and counted as well."""
    made = ticket("acme", "03-02 10:00", P1).then("+1h", "responded", learned="+3h")
    assert (made.seen("+2h").data["events_left_out"], made.seen("+2h").response) == (1, "breached")


@pytest.mark.parametrize(
    ("history", "at"),
    [
        (EXAMPLE, "2026-03-02T14:00:00"),
        (EXAMPLE, datetime(2026, 3, 2, 14)),  # noqa: DTZ001
        (EXAMPLE, "yesterday"),
        ({"ticket": "T", "events": [{"at": "2026-03-02T10:00:00", "type": "submitted"}]}, AT),
        ({"ticket": "T", "events": [{"at": datetime(2026, 3, 2), "type": "submitted"}]}, AT),  # noqa: DTZ001
        ({"ticket": "T", "events": [{"at": AT, "recorded_at": "2026-03-02T10:00", "type": "submitted"}]}, AT),
    ],
)
def test_a_naive_instant_is_an_error(history: object, at: Any) -> None:
    """A naive instant is an error, wherever it stands."""
    with pytest.raises(PolicyError) as caught:
        evaluate(policy(), history, at)
    assert [d.code for d in caught.value.diagnostics] == ["E402"]


@pytest.mark.parametrize(
    ("history", "codes"),
    [
        ([], ["E410"]),
        ({}, ["E412", "E413"]),
        ({"ticket": "T", "events": [], "note": 1}, ["E411"]),
        ({"ticket": "T", "events": [{}]}, ["E414", "E402"]),
        ({"ticket": "T", "events": [7]}, ["E414"]),
        ({"ticket": "T", "events": [{"at": AT, "type": "submitted", "who": "me", "by": 3}]}, ["E411", "E415"]),
        ({"ticket": "T", "events": [{"at": AT, "type": "submitted", "fields": []}]}, ["E415"]),
        ({"ticket": "T", "events": [{"at": AT, "type": "open"}, {"at": AT, "type": "shut"}]}, ["E401", "E401"]),
    ],
)  # fmt: skip
def test_every_problem_of_a_history_is_found_at_once(history: object, codes: list[str]) -> None:
    """A history that cannot be read is an error that lists every problem with its path."""
    with pytest.raises(HistoryError) as caught:
        evaluate(policy(), history, AT)
    assert [d.code for d in caught.value.diagnostics] == codes


def test_refused_events_are_recorded() -> None:
    """An event the workflow does not allow is recorded, changes nothing, and says why."""
    asked = ticket("acme", "03-02 10:00", P2)
    before, seen = asked.seen("+2h"), asked.then("+1h", "reopened", kind="enhancement").seen("+2h")
    assert seen.refused == [
        ("reopened", "`reopened` is not allowed while the ticket is open; it is from: resolved, closed")
    ]
    for part in ("targets", "escalations", "commands", "because", "state", "assessed_priority"):
        assert seen.data[part] == before.data[part]


def test_before_anything_happened() -> None:
    """A ticket without events is new: no priority, no target, no level."""
    made = result(history={"ticket": "T", "events": []})
    assert (made["state"], made["priority"], made["targets"], made["escalations"]) == ("new", None, [], [])
    assert (made["escalation_level"], made["clarification_advised"]) == (0, False)


def test_instants_have_offsets() -> None:
    """Instants are ISO 8601 with an offset, that of the office at that instant."""

    def walk(value: Any, key: str = "") -> None:
        if isinstance(value, dict):
            for name, part in value.items():
                walk(part, name)
        elif isinstance(value, list):
            for part in value:
                walk(part, key)
        elif key == "at" or key.endswith("_at"):
            assert value is None or INSTANT.fullmatch(value), (key, value)

    walk(result())
    summer = ticket("acme", "03-06 16:00", P1).seen("03-09 12:00").data["targets"][0]
    assert (summer["started_at"][-6:], summer["due_at"][-6:]) == ("-08:00", "-07:00")


def test_one_row_a_metric_and_a_level() -> None:
    """One row per metric and one per (chain, level), whatever was re-aimed, reopened or asked again."""
    seen = (
        ticket("acme", "03-02 10:00", P1)
        .then("+10m", "escalation_requested")
        .then("+20m", "escalation_accepted")
        .then("+30m", "escalation_requested")
        .then("+1h", "priority_changed", to="P3", reason="r")
        .then("+2h", "priority_changed", to="P1", reason="r")
        .then("+3h", "resolved")
        .then("+4h", "reopened")
        .seen("03-05 10:00")
    )
    assert [row["metric"] for row in seen.data["targets"]] == ["first_response", "resolution"]
    keys = [(row["chain"], row["level"]) for row in seen.data["escalations"]]
    assert sorted(keys) == [("automatic", 1), ("automatic", 2), ("requested", 1), ("requested", 2)]
    assert [row["started_at"] for row in seen.data["targets"]] == ["2026-03-02T10:00:00-08:00"] * 2


@pytest.mark.parametrize("facts", [P1, P2, P3])
def test_planned_levels(facts: dict[str, str]) -> None:
    """Only P1 has the automatic chain; a planned level has its due_at and neither fired_at nor cause."""
    rows = ticket("acme", "03-02 10:00", facts).seen("+1m").data["escalations"]
    if facts is not P1:
        assert rows == []
        return
    assert [(r["status"], r["due_at"], r["fired_at"], r["cause"], {n["role"] for n in r["notify"]}) for r in rows] == [
        ("planned", "2026-03-02T12:00:00-08:00", None, None, {"support_manager"}),
        ("planned", "2026-03-02T13:00:00-08:00", None, None, {"directors"}),
    ]


def test_reasons_point_at_lines() -> None:
    """A reason names the file, line and column where the rule stands; the text there is the rule."""
    made = evaluate(load_policy(ROOT), EXAMPLE, AT)
    for row in (*made["because"], *made["why_not"]):
        lines = (ROOT / row["file"]).read_text(encoding="utf-8").splitlines()
        assert 1 <= row["line"] <= len(lines)
        assert 1 <= row["column"] <= len(lines[row["line"] - 1])
        assert row["says"]
    (fired,) = (row for row in made["because"] if row["rule"] == "production-down")
    assert fired["clause"] == "p1.scope"


def test_the_nearest_rules_that_did_not_fire_are_named() -> None:
    """Every decision names the nearest rules that did not fire, why, and the values seen."""
    made = ticket("acme", "03-02 10:00", {**P2, "environment": "development"}).seen("+1m").data
    near = {row["rule"]: row["missed"] for row in made["why_not"]}
    (missed,) = near["production-degraded"]
    assert (missed["name"], missed["operator"], missed["value"], missed["seen"]) == (
        "environment",
        "equal_to",
        "production",
        "development",
    )


def test_the_versions_of_tzdata_and_holidays_are_named() -> None:
    """A decision names the versions of tzdata and of the holidays library."""
    assert all(result()["versions"].values())


def test_who_did_it_is_kept() -> None:
    """An event keeps who acted, as whom and for whom, and under which id."""
    told = {"by": "engineer", "actor": "kim@vmoso.example", "on_behalf_of": "lee", "id": "e-1"}
    seen = ticket("acme", "03-02 10:00", P2).then("+1h", "responded", **told).seen("+2h")
    (record,) = seen.records("responded")
    assert {key: record[key] for key in told} == told


EVENT_TYPES = """submitted assigned responded clarification_requested clarified priority_changed escalation_requested
escalation_accepted escalation_declined acknowledged action_plan_recorded case_reviewed updated waiting_on_customer
customer_replied workaround_given resolved reopened merged closed withdrawn"""


def test_the_event_types() -> None:
    """The shipped policy's event types are those of the contract."""
    assert set(policy().event_types) == set(EVENT_TYPES.split())


@pytest.mark.parametrize("by", ["customer", "engineer", "manager", "director", "automatic"])
def test_the_actors(by: str) -> None:
    """`by` is one of customer, engineer, manager, director, automatic."""
    assert ticket("acme", "03-02 10:00", P2).then("+1h", "updated", by).seen("+2h").refused == []


@pytest.mark.parametrize(("at", "level"), [("+1h", 0), ("+2h", 1), ("+3h", 2), ("+30h", 2)])
def test_the_escalation_level_of_the_automatic_chain(at: str, level: int) -> None:
    """`escalation_level` is the highest level fired on the automatic chain."""
    assert ticket("acme", "03-02 10:00", P1).seen(at).data["escalation_level"] == level


STATUSES = [
    ("running", ticket("acme", "03-02 10:00", P1), "+1h"),
    ("met", ticket("acme", "03-02 10:00", P1).then("+1h", "responded"), "+3h"),
    ("breached", ticket("acme", "03-02 10:00", P1), "+3h"),
    ("missed_then_met", ticket("acme", "03-02 10:00", P1).then("+150m", "responded"), "+3h"),
    ("withdrawn", ticket("acme", "03-02 10:00", P1).then("+1h", "closed"), "+3h"),
]


@pytest.mark.parametrize(("status", "made", "at"), STATUSES, ids=[row[0] for row in STATUSES])
def test_due_at_stays_when_a_target_has_ended(status: str, made: Any, at: str) -> None:
    """A target shows when it fell, or would have fallen, due, whatever became of it."""
    row = made.seen(at).target()
    assert (row["status"], row["due_at"], row["target_seconds"]) == (status, "03-02 12:00", 7200)
