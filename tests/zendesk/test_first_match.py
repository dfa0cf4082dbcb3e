"""Which targets a ticket has: the imported rules against Zendesk's own way of choosing a policy, for any export."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from support_policy import evaluate
from support_policy.bootstrap import compile_files
from tests.zendesk.exports import imported, metric, sla, when
from tests.zendesk.test_golden import policy_files

AT = datetime(2026, 3, 3, 10, tzinfo=UTC)
PRIORITIES = ["low", "normal", "high", "urgent"]
METRICS = ["first_reply_time", "requester_wait_time", "total_resolution_time"]
TESTS = st.sampled_from(
    [
        when("type", "is", "task"),
        when("type", "is_not", "task"),
        when("type", "is", ""),
        when("organization_id", "is", 1),
        when("organization_id", "is_not", 1),
        when("current_tags", "includes", "a b"),
        when("current_tags", "not_includes", "b"),
        when("group_id", "includes", ["1", "2"]),
        when("group_id", "not_includes", ["1"]),
        when("group_id", "present"),
        when("priority", "is", "urgent"),
        when("priority", "less_than", "high"),
        when("custom_fields_1", "is", "true"),
        when("custom_fields_2", "greater_than", "5"),
    ]
)
TICKETS = st.fixed_dictionaries(
    {"priority": st.sampled_from(PRIORITIES)},
    optional={
        "type": st.sampled_from(["task", "question"]),
        "organization_id": st.sampled_from(["1", "2"]),
        "current_tags": st.lists(st.sampled_from("abc"), max_size=3, unique=True),
        "group_id": st.sampled_from("123"),
        "custom_fields_1": st.booleans(),
        "custom_fields_2": st.integers(0, 9),
    },
)


@st.composite
def policies(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A few SLA policies in an order of their own."""
    made = []
    for id in range(1, draw(st.integers(1, 4)) + 1):
        cells = st.tuples(st.sampled_from(METRICS), st.sampled_from(PRIORITIES))
        chosen = draw(st.lists(cells, max_size=4, unique=True))
        targets = [metric(n, p, draw(st.integers(1, 900)), business_hours=draw(st.booleans())) for n, p in chosen]
        made.append(sla(*targets, all=draw(st.lists(TESTS, max_size=2)), any=draw(st.lists(TESTS, max_size=2)), id=id))
    return draw(st.permutations(made))


def holds(test: dict[str, Any], ticket: dict[str, Any]) -> bool:
    """Whether a condition holds for a ticket, as Zendesk says it does."""
    found, value = ticket.get(test["field"]), test["value"]
    match test["operator"]:
        case "is":
            return found in (None, "") if value == "" else str(found).lower() == str(value)
        case "is_not":
            return str(found) != str(value)
        case "includes" | "not_includes":
            wanted = set(value.split() if isinstance(value, str) else value)
            has = bool(wanted & set(found or []))
            return has is (test["operator"] == "includes")
        case "present":
            return found is not None
        case "less_than":
            return PRIORITIES.index(str(found)) < PRIORITIES.index(value)
        case "greater_than":
            return found is not None and int(found) > int(value)
    raise AssertionError(test)


def promised(given: list[dict[str, Any]], ticket: dict[str, Any]) -> dict[str, int]:
    """Metric -> seconds, by the first policy in order of position whose filter holds."""
    for policy in sorted(given, key=lambda p: int(p["position"])):
        tests = policy["filter"]
        every, some = ([holds(test, ticket) for test in tests[key]] for key in ("all", "any"))
        if all(every) and (any(some) or not some):
            cells = [cell for cell in policy["policy_metrics"] if cell["priority"] == ticket["priority"]]
            return {cell["metric"]: cell["target"] * 60 for cell in cells}
    return {}


@given(policies(), st.lists(TICKETS, min_size=1, max_size=4))
def test_a_ticket_has_the_targets_of_the_first_policy_that_matches(
    given: list[dict[str, Any]], tickets: list[dict[str, Any]]
) -> None:
    """For any policies and any ticket the imported policy promises what Zendesk would; `check` allows for the rest."""
    made = imported(*given)
    assert made.gaps == ()
    policy = compile_files(policy_files(made))
    # An export may hold a slower target for a more urgent priority, or a policy with the filter of an earlier one.
    assert {finding.code for finding in policy.findings if finding.severity != "note"} <= {"P312", "P386"}
    declared = set(policy.text.facts)
    for ticket in tickets:
        facts = {name.replace("custom_fields", "custom_field"): value for name, value in ticket.items()}
        fields = {name: value for name, value in facts.items() if name in declared}
        fields["stated_priority"] = ticket["priority"]
        if "organization_id" in ticket:
            fields["organization"] = f"organization_{ticket['organization_id']}"
        event = {"at": AT.isoformat(), "type": "submitted", "by": "customer", "fields": fields}
        told = evaluate(policy, {"ticket": "A", "events": [event]}, AT)
        rows = {row["metric"]: row["target_seconds"] for row in told["targets"] if row["target_seconds"]}
        assert rows == promised(given, ticket)
