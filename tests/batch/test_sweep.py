"""A sweep: one target of a policy's text replaced by others, and what becomes of the tickets under each."""

from __future__ import annotations

from typing import Any

import pytest

from support_policy.adapters.files import read_files
from support_policy.batch.summary import Summary
from support_policy.batch.sweep import Sweep, read_sweep, table_of, variants
from support_policy.bootstrap.policies import compile_files
from support_policy.policy.compiled import Policy
from support_policy.source.diagnostics import PolicyError
from tests.batch.results import ROOT, clock, edited, incidents, shipped, table, ticket, told

FIRST = "first_response"


def test_a_sweep_names_a_metric_a_priority_and_its_targets() -> None:
    """Blanks around the parts do not matter."""
    read = read_sweep(" first_response.P1 = 1h, 2bh,90m ", shipped())
    assert read == Sweep(FIRST, "P1", ("1h", "2bh", "90m"))


@pytest.mark.parametrize(
    ("text", "codes", "said"),
    [
        ("", ["B701"], "write `METRIC.PRIORITY=TARGET"),
        ("first_response=1h", ["B701"], "write `METRIC.PRIORITY=TARGET"),
        ("first_response.P1=", ["B701"], "write `METRIC.PRIORITY=TARGET"),
        ("frist_response.P1=1h", ["B702"], "did you mean `first_response`?"),
        ("first_response.P9=1h", ["B702"], "expected one of `P1`, `P2`"),
        ("P1.first_response=1h", ["B702"], "the metric stands first: `first_response.P1=...`"),
        ("resolution.P1=1h", ["B703"], "give P1 one first"),
        ("first_response.P1=1h,2d", ["B705"], "days differ in length"),
        ("first_response.P1=1h,,2h", ["B705"], "leave the comma out"),
        ("first_response.P1=1h,1h", ["B705"], "name each target once"),
        ("nothing.P9=1d,2", ["B702", "B702", "B705", "B705"], "the unit is missing"),
    ],
)
def test_a_sweep_that_cannot_be_made_says_everything_that_is_wrong(text: str, codes: list[str], said: str) -> None:
    """Each problem has its code, and the help names the right word."""
    with pytest.raises(PolicyError) as found:
        read_sweep(text, shipped())
    assert sorted(d.code for d in found.value.diagnostics) == codes
    assert said in str(found.value)


def made(text: str, folder: str = ".", **files: bytes) -> list[tuple[str, Policy]]:
    """The policies of a sweep."""
    read = {**read_files(ROOT / folder), **{name.replace("_", "."): data for name, data in files.items()}}
    policy = compile_files(read)
    return [(label, compile_files(one)) for label, one in variants(read, policy, read_sweep(text, policy))]


def test_a_variant_differs_in_its_one_target() -> None:
    """Every variant is loaded as any policy is; the other targets and all other words are what they were."""
    found = made("first_response.P2=1h,90bm,16bh")
    assert [(label, str(policy.text.priorities["P2"].targets[FIRST])) for label, policy in found] == [
        ("1h", "1h"),
        ("90bm", "90bm"),
        ("16bh", "16bh"),
    ]
    for _, policy in found:
        text = policy.text
        assert {p: str(one.targets[FIRST]) for p, one in text.priorities.items() if p != "P2"} == {
            "P1": "2bh",
            "P3": "8bh",
            "P4": "16bh",
        }
        assert (text.chains, text.metrics, text.settings) == (
            shipped().text.chains,
            shipped().text.metrics,
            shipped().text.settings,
        )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("first_response: 4bh,", "first_response: {within: 4bh, calendar: london},"),
        ("first_response: 4bh,", 'first_response: "4bh",'),
        ("first_response: 4bh,", "first_response: 4bh ,"),
        ("\n", "\r\n"),
        ("# yaml-language-server", "\ufeff# yaml-language-server"),
        ("name: Critical", "name: Kritisch \u00fc\u4e2d\U0001f600"),
    ],
    ids=[
        "with a calendar",
        "in quotes",
        "before a blank",
        "lines of Windows",
        "byte order mark",
        "letters of any length",
    ],
)
def test_the_target_is_replaced_wherever_it_stands(old: str, new: str) -> None:
    """In a mapping, in quotes, in files with other line ends."""
    text = (ROOT / "policy.yaml").read_text(encoding="utf-8")
    assert old in text
    ((_, policy),) = made("first_response.P2=90bm", policy_yaml=text.replace(old, new).encode())
    target = policy.text.priorities["P2"].targets[FIRST]
    assert (target.seconds, target.business) == (5400, True)
    assert target.calendar == ("london" if "calendar" in new else "")


@pytest.mark.parametrize(
    "edits",
    [
        (("first_response: 4bh,", "first_response: &four 4bh,"), ("first_response: 8bh,", "first_response: *four,")),
        (
            ("P2: {name: Critical, ", "P2: &two {name: Critical, "),
            ("P3: {name: Normal,      first_response: 8bh,  escalation: requested, clause: p3.target}", "P3: *two"),
        ),
    ],
    ids=["a target", "a priority"],
)  # fmt: skip
def test_a_target_that_stands_for_others_too_is_not_replaced(edits: tuple[tuple[str, str], ...]) -> None:
    """Replacing it would move another priority's as well, which nobody asked for."""
    text = (ROOT / "policy.yaml").read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    with pytest.raises(PolicyError, match="B704"):
        made("first_response.P2=90bm", policy_yaml=text.encode())


def test_what_repeats_another_target_can_be_replaced_alone() -> None:
    """An alias is replaced by what it is to be; what it repeated stays."""
    text = (ROOT / "policy.yaml").read_text(encoding="utf-8")
    text = text.replace("first_response: 4bh,", "first_response: &four 4bh,")
    text = text.replace("first_response: 8bh,", "first_response: *four,")
    ((_, policy),) = made("first_response.P3=90bm", policy_yaml=text.encode())
    assert [str(policy.text.priorities[p].targets[FIRST]) for p in ("P2", "P3")] == ["4bh", "90bm"]


def test_the_table_of_a_sweep_has_a_row_for_each_target() -> None:
    """Counts are those of the metric and priority; escalations and mail those of all tickets."""
    sweep = Sweep("resolution", "P1", ("1h", "4h"))
    summaries = []
    for missed in (3, 1):
        rows = [
            ticket(f"T{i}", "P1", clock("resolution", "missed_then_met" if i < missed else "met", i)) for i in range(4)
        ]
        rows += [ticket("open", "P1", clock("resolution", "running")), ticket("else", "P2", clock("resolution", "met"))]
        mail = [told("2016-03-07 12:00", "incident_manager", "urgent", 1) for _ in range(missed)]
        rows.append(ticket("mail", "P2", notifications=mail))
        summary = Summary(incidents())
        summary.add(table(incidents(), rows))
        summaries.append(summary.data())
    found: dict[str, Any] = table_of(sweep, summaries)
    assert found == {
        "metric": "resolution",
        "priority": "P1",
        "rows": [
            {"target": "1h", "met": 1, "missed": 3, "open": 1, "attained": 0.25}
            | {"escalations": 3, "notifications": {"incident_manager": 3}},
            {"target": "4h", "met": 3, "missed": 1, "open": 1, "attained": 0.75}
            | {"escalations": 1, "notifications": {"incident_manager": 1}},
        ],
    }


def test_a_sweep_of_tickets_that_nobody_has_attains_nothing() -> None:
    """Without a ticket that was met or missed there is no share."""
    data = Summary(edited(".")).data()
    (row,) = table_of(Sweep(FIRST, "P1", ("1h",)), [data])["rows"]
    assert (row["met"], row["missed"], row["attained"], row["notifications"]) == (0, 0, None, {})
