"""Conditions of a filter, one by one: what each becomes, and what becomes of those that cannot be said."""

from __future__ import annotations

from typing import Any

import pytest

from tests.zendesk.exports import imported, metric, sla, when

EQUAL = "{{name: {0}, operator: equal_to, value: {1}}}"
SHARED = "{{name: {0}, operator: shares_at_least_one_element_with, value: {1}}}"
MISSING = "{{name: {0}, operator: is_missing}}"


def rules_of(*tests: dict[str, Any], **more: Any) -> str:
    """rules/targets.yaml of one policy with these conditions under `all`."""
    return imported(sla(metric(), all=tests, **more)).files["rules/targets.yaml"]


@pytest.mark.parametrize(
    ("field", "operator", "value", "line"),
    [
        ("type", "is", "incident", EQUAL.format("type", "incident")),
        ("type", "is_not", "task", "not: " + EQUAL.format("type", "task")),
        ("type", "is", None, MISSING.format("type")),
        ("type", "is_not", "", "not: " + MISSING.format("type")),
        ("ticket_type_id", "is", "2", EQUAL.format("type", "incident")),
        ("ticket_type_id", "is_not", 4, "not: " + EQUAL.format("type", "task")),
        ("organization_id", "is", 42, EQUAL.format("organization", "organization_42")),
        ("organization_id", "is_not", "42", "not: " + EQUAL.format("organization", "organization_42")),
        ("organization_id", "is", "", MISSING.format("organization")),
        ("organization_id", "present", None, "not: " + MISSING.format("organization")),
        ("group_id", "is", 20455932, EQUAL.format("group_id", '"20455932"')),
        ("group_id", "not_present", None, MISSING.format("group_id")),
        ("assignee_id", "present", None, "not: " + MISSING.format("assignee_id")),
        ("brand_id", "is", "7", EQUAL.format("brand_id", '"7"')),
        ("ticket_form_id", "is", 7.0, EQUAL.format("ticket_form_id", '"7"')),
        ("via_id", "is", 4, EQUAL.format("via_id", '"4"')),
        ("locale_id", "is_not", 1, "not: " + EQUAL.format("locale_id", '"1"')),
        ("current_tags", "includes", "vip", SHARED.format("current_tags", "[vip]")),
        ("current_tags", "includes", "vip gold", SHARED.format("current_tags", "[vip, gold]")),
        ("current_tags", "includes", ["vip", "gold"], SHARED.format("current_tags", "[vip, gold]")),
        ("current_tags", "not_includes", "spam", "not: " + SHARED.format("current_tags", "[spam]")),
        ("custom_fields_9", "is", "eu_west", EQUAL.format("custom_field_9", "eu_west")),
        ("ticket_fields_9", "is", "eu_west", EQUAL.format("custom_field_9", "eu_west")),
        ("custom_fields_9", "is", True, "{name: custom_field_9, operator: is_true}"),
        ("custom_fields_9", "is_not", "true", "not: {name: custom_field_9, operator: is_true}"),
        ("custom_fields_9", "is", "false", "{name: custom_field_9, operator: is_false}"),
        ("custom_fields_9", "includes", ["a", "b"], SHARED.format("custom_field_9", "[a, b]")),
        ("custom_fields_9", "less_than", "5", "{name: custom_field_9, operator: less_than, value: 5}"),
        (
            "custom_fields_9",
            "greater_than_equal",
            5,
            "{name: custom_field_9, operator: greater_than_or_equal_to, value: 5}",
        ),
        ("requester.custom_fields.tier", "is", "one", EQUAL.format("requester_custom_fields_tier", "one")),
        ("custom_fields_9", "is", 'a "b": c', EQUAL.format("custom_field_9", r'"a \"b\": c"')),
        ("custom_fields_9", "is", "no", EQUAL.format("custom_field_9", '"no"')),
        ("custom_fields_9", "is", "[x]", EQUAL.format("custom_field_9", '"[x]"')),
    ],
)
def test_a_condition_is_said_in_facts(field: str, operator: str, value: object, line: str) -> None:
    """Each known field and operator has one way to be said, and nothing is left over."""
    made = imported(sla(metric(), all=[when(field, operator, value)]))
    assert f"        - {line}\n" in made.files["rules/targets.yaml"]
    assert made.gaps == ()


@pytest.mark.parametrize(
    ("field", "operator", "value"),
    [
        ("status", "less_than", "solved"),
        ("requester_role", "is", "agent"),
        ("type", "changed", None),
        ("type", "is", "riddle"),
        ("group_id", "less_than", 5),
        ("organization_id", "is", "the big one"),
        ("priority", "is", "critical"),
        ("custom_fields_9", "within_next_n_days", "2"),
        ("custom_fields_9", "less_than", "many"),
        ("custom_fields_9", "is", "a\u202eb"),
        ("current_tags", "matches", "x"),
        ("a field: \u0007 # of [no] {kind}", "is", None),
    ],
)
def test_a_condition_that_cannot_be_said_holds_for_nobody_until_it_is_told(
    field: str, operator: str, value: object
) -> None:
    """The policy keeps its place, behind a fact that somebody must tell; the list says where and what to do."""
    made = imported(sla(metric(), all=[when(field, operator, value)]))
    (gap,) = made.gaps
    assert str(gap.place) == "$.sla_policies[0].filter.all[0]"
    assert "zendesk_condition_1" in gap.instead
    assert "        - {name: zendesk_condition_1, operator: is_true}\n" in made.files["rules/targets.yaml"]
    assert "  zendesk_condition_1: boolean " in made.files["rules/facts.yaml"]


@pytest.mark.parametrize(
    ("operator", "value", "priorities"),
    [
        ("is", "urgent", ["urgent"]),
        ("is_not", "urgent", ["high", "normal", "low"]),
        ("greater_than", "normal", ["urgent", "high"]),
        ("less_than_equal", "normal", ["normal", "low"]),
        ("less_than", "urgent", ["high", "normal", "low"]),
        ("includes", ["low", "high"], ["high", "low"]),
        ("present", None, ["urgent", "high", "normal", "low"]),
        ("is", None, []),
        ("less_than", "low", []),
    ],
)
def test_a_condition_on_the_priority_chooses_rules(operator: str, value: object, priorities: list[str]) -> None:
    """Priorities that the filter keeps out get no rule, and the condition need not be repeated in the others."""
    targets = [metric(priority=p, target=n) for n, p in enumerate(("urgent", "high", "normal", "low"), 1)]
    text = imported(sla(*targets, all=[when("priority", operator, value)])).files.get("rules/targets.yaml", "")
    assert [line.rpartition("-")[2] for line in text.splitlines() if line.startswith("  - id:")] == priorities


def test_one_of_any_is_enough_and_all_of_all_are_needed() -> None:
    """`any` becomes a group beside the conditions of `all`; a single one needs no group."""
    either = [when("type", "is", "incident"), when("priority", "is", "urgent")]
    text = imported(sla(metric(), all=[when("via_id", "is", 4)], any=either)).files["rules/targets.yaml"]
    assert (
        """\
      all:
        - {name: via_id, operator: equal_to, value: "4"}
        - any:
            - {name: type, operator: equal_to, value: incident}
            - {name: priority, operator: equal_to, value: urgent}
        - {name: priority, operator: equal_to, value: urgent}
"""
        in text
    )
    assert "- any:" not in imported(sla(metric(), any=either[:1])).files["rules/targets.yaml"]


def test_a_negated_list_of_values_stands_as_one_group() -> None:
    """None of several values is the negation of any of them."""
    text = rules_of(when("brand_id", "not_includes", [1, 2]))
    assert (
        """\
        - not:
            any:
              - {name: brand_id, operator: equal_to, value: "1"}
              - {name: brand_id, operator: equal_to, value: "2"}
"""
        in text
    )


def test_a_field_has_one_type_wherever_it_is_named() -> None:
    """A field that is a list in one policy is a list in the others, and is declared once."""
    first = sla(metric(), all=[when("custom_fields_9", "includes", ["a"])])
    made = imported(first, sla(metric(), all=[when("custom_fields_9", "is", "b")], id=2))
    assert made.files["rules/facts.yaml"].count("custom_field_9: list") == 1
    assert SHARED.format("custom_field_9", "[b]") in made.files["rules/targets.yaml"]


def test_fields_whose_names_look_alike_are_told_apart() -> None:
    """Two fields that would be one fact get two names."""
    first, second = "organization.custom_fields.a-b", "organization.custom_fields.a_b"
    text = imported(sla(metric(), all=[when(first, "is", "x"), when(second, "is", "y")])).files["rules/facts.yaml"]
    assert "organization_custom_fields_a_b: text" in text
    assert "organization_custom_fields_a_b_2: text" in text


def test_organizations_come_into_the_directory_by_their_id() -> None:
    """Every organization that a filter names has an entry, once."""
    policies = [sla(metric(), all=[when("organization_id", "is", 42)], id=id) for id in (1, 2)]
    text = imported(*policies).files["rules/directory.yaml"]
    assert text.count("  organization_42: {name: Zendesk organization 42}") == 1
