"""Exports that cannot be used: every problem at once, each with its place, and no traceback whatever is given."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import support_policy
from support_policy.service.zendesk import import_zendesk
from support_policy.service.zendesk_codes import CODES
from support_policy.service.zendesk_json import MAX_ITEMS
from support_policy.source.diagnostics import Diagnostic, PolicyError
from tests.zendesk.exports import WEEK, imported, metric, problems, problems_of, schedule, sla, when

DAY = 1440
MONDAY = (DAY + 540, DAY + 1020)


@pytest.mark.parametrize(
    ("policy", "code", "path", "said"),
    [
        ([], "Z602", "$.sla_policies[0]", "expected an object, found a list"),
        (sla(metric(), title=None), "Z603", "$.sla_policies[0]", "`title` is missing"),
        (sla(metric(), title=4), "Z602", "$.sla_policies[0].title", "expected a text, found `4`"),
        (sla(metric(), filter=None), "Z603", "$.sla_policies[0]", "`filter` is missing"),
        (sla(metric(), filter={}), "Z603", "$.sla_policies[0].filter", "`all` is missing"),
        (sla(metric(), filter=[]), "Z602", "$.sla_policies[0].filter", "expected an object"),
        (sla(metric(), filter={"all": {}}), "Z602", "$.sla_policies[0].filter.all", "expected a list"),
        (sla(metric(), all=["x"]), "Z602", "$.sla_policies[0].filter.all[0]", "expected an object"),
        (sla(metric(), all=[{"operator": "is"}]), "Z603", "$.sla_policies[0].filter.all[0]", "`field` is missing"),
        (sla(metric(), any=[{"field": "type"}]), "Z603", "$.sla_policies[0].filter.any[0]", "`operator` is missing"),
        (sla(metric(), all=[when("type", "is", {})]), "Z602", "$.sla_policies[0].filter.all[0].value", "an object"),
        (sla(metric(), all=[when("type", "is", [[]])]), "Z602", "$.sla_policies[0].filter.all[0].value", "a list"),
        (sla(metric(), policy_metrics=None), "Z603", "$.sla_policies[0]", "`policy_metrics` is missing"),
        (sla(metric(), policy_metrics={}), "Z602", "$.sla_policies[0].policy_metrics", "expected a list"),
        (sla(metric(), position="first"), "Z602", "$.sla_policies[0].position", "expected a whole number"),
        (sla(metric(), position=True), "Z602", "$.sla_policies[0].position", "found `true`"),
        (sla(metric(), id={}, position=1), "Z602", "$.sla_policies[0].id", "expected an identifier"),
        (sla(metric(priority="urgnt")), "Z604", "$.sla_policies[0].policy_metrics[0].priority", "no priority `urgnt`"),
        (sla(metric(priority=None)), "Z603", "$.sla_policies[0].policy_metrics[0]", "`priority` is missing"),
        (sla(metric(metric=None)), "Z603", "$.sla_policies[0].policy_metrics[0]", "`metric` is missing"),
        (sla(metric(business_hours=None)), "Z603", "$.sla_policies[0].policy_metrics[0]", "`business_hours`"),
        (
            sla(metric(business_hours=1)),
            "Z602",
            "$.sla_policies[0].policy_metrics[0].business_hours",
            "`true` or `false`",
        ),
        (sla(metric(target=None)), "Z603", "$.sla_policies[0].policy_metrics[0]", "`target` is missing"),
        (sla(metric(target="60")), "Z602", "$.sla_policies[0].policy_metrics[0].target", "expected a whole number"),
        (sla(metric(target=1.5)), "Z602", "$.sla_policies[0].policy_metrics[0].target", "found `1.5`"),
        (sla(metric(target=0)), "Z605", "$.sla_policies[0].policy_metrics[0].target", "a target of 0"),
        (sla(metric(target=-30)), "Z605", "$.sla_policies[0].policy_metrics[0].target", "a target of -30"),
        (sla(metric(target=10**30)), "Z605", "$.sla_policies[0].policy_metrics[0].target", "longer than ten years"),
        (
            sla(metric(target=60, target_in_seconds=60)),
            "Z605",
            "$.sla_policies[0].policy_metrics[0].target_in_seconds",
            "60 seconds are not the 60 minutes",
        ),
        (sla(metric(), metric()), "Z606", "$.sla_policies[0].policy_metrics[1]", "is given twice"),
    ],
)
def test_a_policy_with_a_fault_is_refused_at_its_place(policy: Any, code: str, path: str, said: str) -> None:
    """One fault is one finding, with the JSON path of the smallest value to blame."""
    (finding,) = problems(policy)
    assert (finding.code, finding.span.file) == (code, "policies.json")
    assert finding.message.startswith(f"`{path}`: ")
    assert said in finding.message


@pytest.mark.parametrize(
    ("given_", "code", "path", "said"),
    [
        (schedule(MONDAY, zone="Pacific Time"), "Z608", "$.schedules[0].time_zone", "no time zone `Pacific Time`"),
        (schedule(MONDAY, time_zone=None), "Z603", "$.schedules[0]", "`time_zone` is missing"),
        (schedule(MONDAY, name=None), "Z603", "$.schedules[0]", "`name` is missing"),
        (schedule(MONDAY, intervals="always"), "Z602", "$.schedules[0].intervals", "expected a list"),
        (schedule(MONDAY, intervals=[9]), "Z602", "$.schedules[0].intervals[0]", "expected an object"),
        (schedule((540, 540)), "Z607", "$.schedules[0].intervals[0]", "540 to 540 ends before it begins"),
        (schedule((1020, 540)), "Z607", "$.schedules[0].intervals[0]", "ends before it begins"),
        (schedule((-60, 540)), "Z607", "$.schedules[0].intervals[0]", "runs over the week"),
        (schedule((10000, 10081)), "Z607", "$.schedules[0].intervals[0]", "runs over the week"),
        (schedule((10000, 10**40)), "Z607", "$.schedules[0].intervals[0]", "runs over the week"),
        (schedule(MONDAY, (DAY, DAY + 541)), "Z607", "$.schedules[0].intervals[0]", "overlaps another"),
        (schedule(MONDAY, MONDAY), "Z607", "$.schedules[0].intervals[1]", "Mon 09:00 to Mon 17:00 overlaps"),
        (schedule(*((n * 20, n * 20 + 9) for n in range(30))), "Z607", "$.schedules[0].intervals", "opens 30 times"),
        (
            schedule(MONDAY, holidays=[{"name": "x", "start_date": "2026-02-30", "end_date": "2026-03-01"}]),
            "Z609",
            "$.schedules[0].holidays[0].start_date",
            "`2026-02-30` is no date",
        ),
        (
            schedule(MONDAY, holidays=[{"name": "x", "start_date": "2026-03-02", "end_date": "2026-03-01"}]),
            "Z609",
            "$.schedules[0].holidays[0]",
            "2026-03-02 to 2026-03-01 is no holiday",
        ),
        (
            schedule(MONDAY, holidays=[{"name": "x", "start_date": "2026-03-02"}]),
            "Z603",
            "$.schedules[0].holidays[0]",
            "`end_date` is missing",
        ),
        (schedule(MONDAY, holidays=["x"]), "Z602", "$.schedules[0].holidays[0]", "expected an object"),
    ],
)
def test_a_schedule_with_a_fault_is_refused_at_its_place(given_: Any, code: str, path: str, said: str) -> None:
    """Hours, zones and dates that cannot be are told, and nothing is guessed."""
    (finding,) = problems(sla(metric()), schedules=[given_])
    assert (finding.code, finding.span.file) == (code, "schedules.json")
    assert finding.message.startswith(f"`{path}`: ")
    assert said in finding.message


@pytest.mark.parametrize(
    ("data", "code", "line", "column"),
    [
        (b"", "J102", 1, 1),
        (b'{"sla_policies": [\n  {"id": 1;}\n]}', "J102", 2, 11),
        (b'{"sla_policies": [], "sla_policies": []}', "J103", 1, 1),
        (b'{"sla_policies": [\xff]}', "J101", 1, 19),
        (b"[" * 100_000, "J102", 1, 1),
        (b'{"sla_policy": {"id": NaN}}', "J103", 1, 1),
        (b"7", "Z601", 1, 1),
        (b"[]", "Z601", 1, 1),
        (b"null", "Z601", 1, 1),
        (b'{"tickets": []}', "Z601", 1, 1),
        (b'{"sla_polices": []}', "Z601", 1, 1),
        (b'{"sla_policies": []}', "Z610", 1, 1),
        (b'{"schedules": []}', "Z610", 1, 1),
        (b'{"sla_policies": {}}', "Z602", 1, 18),
        (b'{"sla_policies":\n [null]}', "Z602", 2, 3),
    ],
)
def test_a_file_that_is_no_export_is_refused(data: bytes, code: str, line: int, column: int) -> None:
    """Damaged JSON and JSON of another kind are told with line and column."""
    finding = problems_of(data)[0]
    assert (finding.code, finding.span.file, finding.span.line, finding.span.column) == (
        code,
        "export.json",
        line,
        column,
    )


def test_a_misspelt_list_gets_the_nearest_name() -> None:
    """The help names the key that was meant."""
    assert problems_of(b'{"sla_polices": []}')[0].help == "did you mean `sla_policies`?"


def test_a_misspelt_zone_and_priority_get_the_nearest_name() -> None:
    """The help names what was probably meant."""
    found = problems(sla(metric(priority="urgnt")), schedules=[schedule(MONDAY, zone="Londn")])
    assert [finding.help for finding in found] == ["did you mean `urgent`?", "did you mean `London`?"]


def test_two_policies_at_one_position_are_refused() -> None:
    """Nobody can say which of the two comes first; the finding names both."""
    (finding,) = problems(sla(metric(), position=3), sla(metric(), id=2, position=3))
    assert (finding.code, "`$.sla_policies[1].position`" in finding.message) == ("Z606", True)
    assert [what for what, _ in finding.related] == ["first given here"]


def test_one_policy_in_two_versions_is_refused() -> None:
    """The same id with other content is two exports of different days."""
    (finding,) = problems(sla(metric()), more={"sla_policy": sla(metric(target=90), position=9)})
    assert (finding.code, "SLA policy 1 is given twice, and differs" in finding.message) == ("Z606", True)


def test_every_problem_of_every_file_is_told_at_once() -> None:
    """Reading goes on after a fault, through all policies, schedules and files."""
    policies = [sla(metric(target=0), metric(priority="x")), sla(title=None, id=2)]
    found = problems(*policies, schedules=[schedule(MONDAY, zone="x")], other={"tickets": []})
    assert sorted(finding.code for finding in found) == ["Z601", "Z603", "Z604", "Z605", "Z608"]


def test_a_list_of_thousands_is_refused() -> None:
    """More policies than a person keeps are one finding, not thousands."""
    data = json.dumps({"sla_policies": [sla(metric())] * (MAX_ITEMS + 1)}).encode()
    assert [finding.code for finding in problems_of(data)] == ["Z611"]


def test_more_rules_than_a_file_can_hold_are_refused() -> None:
    """An import never writes what could not be read again."""
    targets = [metric(priority=p, target=n) for n, p in enumerate(("urgent", "high", "normal", "low"), 1)]
    tests = [when("current_tags", "includes", "a b c d"), when("type", "is", "task"), when("via_id", "is", 4)]
    (finding,) = problems(*(sla(*targets, all=tests, id=id) for id in range(1, 700)))
    assert (finding.code, "rules/targets.yaml" in finding.message) == ("Z611", True)


def test_hundreds_of_faults_end_with_a_word_that_there_are_more() -> None:
    """A report of faults has an end."""
    found = problems(*(sla(metric(target=0), id=id) for id in range(1, 400)))
    assert found[-1].code == "Y115" or any(finding.code == "Y115" for finding in found)


BITS = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 20000) | st.sampled_from(["", "urgent", "is", "2026-01-01", "\u202e#"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["all", "field", "name"]), inner),
    max_leaves=5,
)


@given(st.data())
def test_whatever_one_value_becomes_the_answer_is_a_policy_or_findings(data: st.DataObject) -> None:
    """An export with any one value replaced is imported, or refused with findings that have a place."""
    whole: Any = {
        "sla_policies": [
            sla(metric(), all=[when("type", "is", "task")], metric_settings={"next_reply_time": {"a": True}})
        ],
        "schedules": [schedule(*WEEK, holidays=[{"name": "x", "start_date": "2026-01-01", "end_date": "2026-01-02"}])],
    }
    places: list[tuple[Any, Any]] = []

    def walk(value: Any) -> None:
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            places.append((value, key))
            if isinstance(inner, dict | list):
                walk(inner)

    walk(whole)
    holder, key = data.draw(st.sampled_from(places))
    holder[key] = data.draw(BITS)
    refused: tuple[Diagnostic, ...] = ()
    files: Mapping[str, str] = {}
    try:
        files = import_zendesk({"x.json": json.dumps(whole).encode()}).files
    except PolicyError as problem:
        refused = problem.diagnostics
    assert all(finding.span.file == "x.json" and finding.message for finding in refused)
    assert bool(refused) != ("policy.yaml" in files)


def test_titles_cannot_break_out_of_their_line() -> None:
    """Line ends, quotes and control characters in foreign text stay text, in every file."""
    hostile = "Gold\nrules: []\n# \u202e\x1b[31m | `x` <b> '\": {"
    made = imported(sla(metric(), all=[when("type", "is", "task")], title=hostile, description=hostile))
    for text in made.files.values():
        assert not re.search("[\u202e\x1b]", text)
        assert "\nrules: []" not in text


def test_every_code_is_described_and_used() -> None:
    """Each code of this family stands in the table once, and somewhere in the code."""
    service = Path(support_policy.__file__).parent / "service"
    sources = [p.read_text(encoding="utf-8") for p in service.glob("zendesk*.py") if "codes" not in p.stem]
    assert {code for text in sources for code in re.findall(r'"(Z[0-9]{3})"', text)} == set(CODES)
