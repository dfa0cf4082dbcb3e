"""SLA policies: their order, their targets, their metrics, and what is listed as not carried over."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from support_policy.service.zendesk import Imported, import_zendesk
from tests.zendesk.exports import imported, metric, sla, when

TASKS = [when("type", "is", "task")]


def targets(made: Imported) -> dict[str, dict[str, str]]:
    """Rule id -> metric -> duration, from rules/targets.yaml."""
    parts = re.split(r"^  - id: (\S+)\n", made.files.get("rules/targets.yaml", ""), flags=re.MULTILINE)[1:]
    found = re.compile(r"metric: (\w+), within: ([\w.]+)")
    return {id: dict(found.findall(text)) for id, text in zip(parts[::2], parts[1::2], strict=True)}


@pytest.mark.parametrize(
    ("target", "written"),
    [
        ({"target": 120}, "2bh"),
        ({"target": 90}, "1bh30bm"),
        ({"target": 45}, "45bm"),
        ({"target": 45, "target_in_seconds": 2700}, "45bm"),
        ({"target": 1, "target_in_seconds": 90}, "1.5bm"),
        ({"target_in_seconds": 3600 + 75}, "1bh1.25bm"),
        ({"target": 120, "business_hours": False}, "2h"),
        ({"target": 1440, "business_hours": False}, "24h"),
        ({"target": 1, "target_in_seconds": 80, "business_hours": False}, "1m20s"),
        ({"target": 90, "target_in_seconds": None}, "1bh30bm"),
    ],
)
def test_a_target_is_written_as_a_duration(target: dict[str, Any], written: str) -> None:
    """Business hours give `bh`, calendar hours the wall clock; seconds count where they are given."""
    given = {**metric(), "target": None, **target}
    made = imported(sla(given, all=TASKS))
    assert targets(made) == {"policy-1-urgent": {"first_reply_time": written}}
    assert made.gaps == ()


def test_seconds_that_business_time_cannot_say_are_rounded_up_and_listed() -> None:
    """The target becomes the next whole minute, and the list says so."""
    made = imported(sla(metric(target=1, target_in_seconds=80), all=TASKS))
    assert targets(made) == {"policy-1-urgent": {"first_reply_time": "2bm"}}
    assert [(str(gap.place), "80 seconds" in gap.what) for gap in made.gaps] == [
        ("$.sla_policies[0].policy_metrics[0]", True)
    ]


def test_policies_stand_in_the_order_of_their_positions() -> None:
    """The position decides, not the order in the file; a policy without one comes last."""
    given = [sla(metric(), all=TASKS, id=id, position=at) for id, at in ((1, None), (2, 30), (3, 4))]
    assert list(targets(imported(*given))) == ["policy-3-urgent", "policy-2-urgent", "policy-1-urgent"]


def test_the_first_policy_that_matches_keeps_the_later_ones_out() -> None:
    """What a later policy promises the same priority, and this one does not, is `none` for its tickets."""
    first = sla(metric(), all=TASKS)
    second = sla(metric("next_reply_time", "high"), all=[when("via_id", "is", 4)], id=2)
    rest = sla(metric("total_resolution_time"), metric("total_resolution_time", "high"), id=3)
    assert targets(imported(first, second, rest)) == {
        "policy-1-urgent": {"first_reply_time": "1bh", "total_resolution_time": "none"},
        "policy-1-high": {"next_reply_time": "none", "total_resolution_time": "none"},
        "policy-2-urgent": {"total_resolution_time": "none"},
        "policy-2-high": {"next_reply_time": "1bh", "total_resolution_time": "none"},
    }


def test_priorities_that_are_promised_the_same_share_a_rule() -> None:
    """Equal promises stand once."""
    given = sla(*(metric(priority=p, target=60) for p in ("urgent", "high", "low")), all=TASKS)
    assert targets(imported(given)) == {"policy-1-urgent-high-low": {"first_reply_time": "1bh"}}


def test_the_policy_for_every_ticket_fills_the_table_of_priorities() -> None:
    """A policy without conditions is what policy.yaml promises; alone, it needs no rule."""
    made = imported(sla(metric(), metric("total_resolution_time", "low", 600, business_hours=False)))
    assert "  urgent: {name: Urgent, first_reply_time: 1bh}\n" in made.files["policy.yaml"]
    assert "  low: {name: Low, total_resolution_time: 10h}\n" in made.files["policy.yaml"]
    assert "rules/targets.yaml" not in made.files


def test_a_policy_behind_the_one_for_every_ticket_never_applies() -> None:
    """It is left out, as it is without effect in Zendesk, and the report says why."""
    made = imported(sla(metric()), sla(metric(target=1), all=TASKS, id=2, title="Forgotten"))
    assert "rules/targets.yaml" not in made.files
    assert "| 2 | Forgotten | nothing: Policy 1 stands before it" in made.files["IMPORTED.md"]
    assert made.gaps == ()


@pytest.mark.parametrize(
    ("used", "declared"),
    [
        ("first_reply_time", ["first_reply_time"]),
        ("next_reply_time", ["first_reply_time", "next_reply_time"]),
        ("periodic_update_time", ["periodic_update_time"]),
        ("pausable_update_time", ["pausable_update_time"]),
        ("requester_wait_time", ["requester_wait_time"]),
        ("agent_work_time", ["agent_work_time"]),
        ("total_resolution_time", ["total_resolution_time"]),
    ],
)
def test_only_metrics_with_a_target_are_declared(used: str, declared: list[str]) -> None:
    """A metric is declared when a policy sets a target for it; the next reply asks for the first one besides."""
    text = imported(sla(metric(used))).files["policy.yaml"]
    block = text.partition("\nmetrics:\n")[2].partition("\n# ---")[0]
    assert re.findall(r"^  (\w+):", block, re.MULTILINE) == declared


@pytest.mark.parametrize(
    ("used", "guards"),
    [
        ("next_reply_time", ["first-reply-is-over"]),
        ("pausable_update_time", ["ticket-is-not-solved"]),
        ("agent_work_time", []),
    ],
)
def test_only_guards_that_a_metric_names_are_written(used: str, guards: list[str]) -> None:
    """rules/guards.yaml holds what the declared metrics name, and is left out when that is nothing."""
    text = imported(sla(metric(used))).files.get("rules/guards.yaml", "")
    assert re.findall(r"- id: (\S+)", text) == guards


@pytest.mark.parametrize(
    ("more", "path", "word"),
    [
        ({"policy_metrics": [metric("group_ownership_time")]}, ".policy_metrics[0].metric", "kind: ola"),
        ({"policy_metrics": [metric("reply_speed")]}, ".policy_metrics[0].metric", "declare a metric"),
        (
            {"metric_settings": {"first_reply_time": {"fulfill_on_agent_internal_note": True}}},
            ".metric_settings.first_reply_time.fulfill_on_agent_internal_note",
            "`stop:` of `first_reply_time`",
        ),
        (
            {"metrics_settings": {"next_reply_time": {"activate_on_light_agent_internal_note": True}}},
            ".metrics_settings.next_reply_time.activate_on_light_agent_internal_note",
            "`start:` of `next_reply_time`",
        ),
    ],
)
def test_what_has_no_counterpart_is_listed(more: dict[str, Any], path: str, word: str) -> None:
    """An entry names the JSON path, why it was not carried over, and what to do instead."""
    (gap,) = imported({**sla(metric()), **more}).gaps
    assert str(gap.place) == f"$.sla_policies[0]{path}"
    assert word in gap.instead
    assert gap.why


def test_settings_that_are_off_change_nothing() -> None:
    """Flags that are false, null or empty are Zendesk's own defaults."""
    settings = {"first_reply_time": {"fulfill_on_agent_internal_note": False}, "next_reply_time": None}
    assert imported(sla(metric(), metric_settings=settings)).gaps == ()


LINK = "https://example.zendesk.com/api/v2/slas/policies.json?page=2"
CURSOR = {"has_more": True, "after_cursor": "eyJv"}


@pytest.mark.parametrize(
    ("first", "second", "complete"),
    [
        ({"next_page": LINK}, None, False),
        ({"next_page": LINK, "count": 2}, {"next_page": None, "previous_page": LINK, "count": 2}, True),
        ({"next_page": LINK}, {"next_page": None, "previous_page": LINK}, True),
        ({"next_page": LINK, "count": 102}, {"next_page": LINK, "previous_page": LINK, "count": 102}, False),
        ({"next_page": None, "count": 1}, None, True),
        ({"meta": CURSOR}, None, False),
        ({"meta": CURSOR}, {"meta": {"has_more": False}}, True),
        ({"meta": CURSOR}, {"meta": CURSOR}, False),
        ({"meta": {"has_more": False}}, None, True),
    ],
)
def test_an_export_whose_next_page_is_missing_is_listed(
    first: dict[str, Any], second: dict[str, Any] | None, complete: bool
) -> None:
    """A list that says it goes on, in a page that was not given, is not the whole configuration."""
    pages = {"one.json": {"sla_policies": [sla(metric(business_hours=False))], **first}}
    if second is not None:
        pages["two.json"] = {"sla_policies": [sla(metric(business_hours=False), all=TASKS, id=2)], **second}
    made = import_zendesk({name: json.dumps(page).encode() for name, page in pages.items()})
    assert [gap.what.startswith("the pages that follow") for gap in made.gaps] == ([] if complete else [True])


def test_the_same_policy_in_two_files_counts_once() -> None:
    """A policy that is exported twice, unchanged, is one policy."""
    policy = sla(metric(), all=TASKS)
    assert list(targets(imported(policy, more={"sla_policy": policy}))) == ["policy-1-urgent"]


@pytest.mark.parametrize(
    ("title", "id"),
    [
        ("Gold: 24x7!", "gold-24x7"),
        ("24x7", "policy-24x7"),
        ("Störungen", "storungen"),
        ("\u7dca\u6025", "policy"),
        ("", "policy"),
        ("x" * 90, "x" * 40),
    ],
)
def test_a_title_becomes_a_name(title: str, id: str) -> None:
    """Rules are named after their policy, in plain letters."""
    assert list(targets(imported(sla(metric(), all=TASKS, title=title)))) == [f"{id}-urgent"]


def test_policies_of_one_title_are_told_apart() -> None:
    """The second policy of a title gets a number."""
    made = imported(*(sla(metric(), all=TASKS, id=id, title="Gold") for id in (1, 2)))
    assert list(targets(made)) == ["gold-urgent", "gold-2-urgent"]
