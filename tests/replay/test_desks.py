"""Two invented help desks, read by nothing but a mapping and a policy of their own."""

from __future__ import annotations

import pytest

from tests.replay.desk import FIXTURES, balanced, reasons, replayed

DESKS = {
    "harbour": (
        "tickets.csv",
        {"ragged": 1, "missing": 1, "bad_instant": 1, "bad_value": 2, "unknown_value": 1, "duplicate": 1,
         "before_submission": 1},
        {"dringend": (2, 1, 1), "normal": (1, 1, 0), "gering": (1, 0, 1)},
        {("dringend", "leitung", 1): 2},
    ),
    "orchard": (
        "events.ndjson",
        {"json": 2, "bad_instant": 1, "unknown_value": 1, "duplicate": 1, "future": 1, "never_began": 1},
        {"frost": (2, 0, 2), "plain": (2, 1, 1)},
        {("frost", "asked", 1): 1, ("frost", "grower", 1): 1, ("frost", "grower", 2): 1},
    ),
}  # fmt: skip
"""Desk -> file, rejected rows, (tickets, met, missed) of first_response by priority, levels fired."""


@pytest.mark.parametrize("desk", DESKS)
def test_a_desk_is_read_by_its_mapping_and_policy_alone(desk: str) -> None:
    """Every row is accounted for; targets and escalations are those a reader of the file would count."""
    file, rejected, targets, fired = DESKS[desk]
    made = replayed(FIXTURES / desk / file, (FIXTURES / desk / "mapping.yaml").read_text(encoding="utf-8"), desk=desk)
    assert balanced(made)
    assert reasons(made) == rejected
    found = {p["priority"]: p for p in made.report["priorities"]}
    first = {name: p["targets"][0] for name, p in found.items()}
    assert {name: (found[name]["tickets"], t["met"], t["missed"]) for name, t in first.items()} == targets
    levels = {(name, e["chain"], e["level"]): e["fired"] for name, p in found.items() for e in p["escalations"]}
    assert levels == fired


def test_an_event_that_the_workflow_refuses_is_reported_with_its_reason() -> None:
    """What the policy does not allow is counted apart, by reason, with tickets to look at."""
    desk = FIXTURES / "orchard"
    made = replayed(desk / "events.ndjson", (desk / "mapping.yaml").read_text(encoding="utf-8"))
    (refusal,) = made.report["events"]["refusals"]
    assert (refusal["type"], refusal["count"], refusal["tickets"]) == ("resolved", 1, ["O-3"])
    assert "filed" in refusal["why"]


def test_the_instant_of_evaluation_is_the_last_in_the_file_that_is_not_in_the_future() -> None:
    """One row dated by mistake to the year 2099 does not age all other tickets by decades."""
    desk = FIXTURES / "orchard"
    made = replayed(desk / "events.ndjson", (desk / "mapping.yaml").read_text(encoding="utf-8"), at=None)
    assert made.report["at"] == "2026-03-06T03:30:00+00:00"
