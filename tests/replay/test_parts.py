"""Rows with lists inside: parted into rows of their own by `each`, or looked through by a path."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support_policy.batch.mapping_values import lookup
from support_policy.batch.replay_parts import parted
from support_policy.batch.replay_rows import Row
from support_policy.source.diagnostics import PolicyError
from tests.replay.desk import as_csv, as_ndjson, as_parquet, balanced, reasons, replayed, written

NESTED = """
shape: events
each: history
ticket: key
at: history.at
submitted: {at: created, by: customer}
by: {column: history.who, values: {agent: engineer}, otherwise: customer}
facts: {organization: {constant: north}, stated_priority: {constant: plain}}
events:
  - {when: {history.what: answered}, event: responded}
  - {when: {history.what: solved}, event: resolved}
  - {when: {history.what: viewed}, event: ~}
"""


def entry(at: str, what: str) -> dict[str, str]:
    """An element of an invented history."""
    return {"at": f"2026-03-02T{at}:00Z", "what": what, "who": "agent"}


ISSUES: list[dict[str, Any]] = [
    {"key": "A", "created": "2026-03-02T09:00:00Z", "history": [entry("10:00", "answered"), entry("11:00", "solved")]},
    {"key": "B", "created": "2026-03-02T09:00:00Z", "history": []},
    {"key": "C", "created": "2026-03-02T09:00:00Z", "history": [entry("09:30", "viewed")]},
]


@pytest.mark.parametrize("write", [as_ndjson, as_parquet])
def test_each_element_of_a_list_is_a_row_of_its_own(tmp_path: Path, write: Any) -> None:
    """Every element counts as a row, a row with an empty list as one; a ticket begins though nothing happened to it."""
    ending = "parquet" if write is as_parquet else "ndjson"
    made = replayed(written(tmp_path, f"x.{ending}", write(ISSUES)), NESTED)
    assert balanced(made)
    assert made.rejects == []
    assert made.report["rows"]["read"] == 4
    assert made.report["tickets"]["evaluated"] == 3
    first, resolution = made.report["priorities"][1]["targets"]
    assert (first["met"], first["missed"], first["median_seconds"]) == (1, 2, 3600)
    assert (resolution["met"], resolution["open"] + resolution["missed"]) == (1, 2)


def test_lists_within_lists_are_parted_from_the_outside() -> None:
    """`each: [a, a.b]` gives a row for every element of every inner list, with all that stands around it."""
    values: dict[str, Any] = {"k": 1, "a": [{"t": 1, "b": [{"x": 1}, {"x": 2}]}, {"t": 2, "b": []}, {"t": 3}]}
    rows = list(parted([Row(1, 7, values)], ("a", "a.b")))
    assert [(r.number, r.line, lookup(r.values, "a.t"), lookup(r.values, "a.b.x")) for r in rows] == [
        (1, 7, 1, 1),
        (2, 7, 1, 2),
        (3, 7, 2, None),
        (4, 7, 3, None),
    ]
    assert values["a"][0]["b"] == [{"x": 1}, {"x": 2}]


def test_each_that_names_no_list_rejects_the_row(tmp_path: Path) -> None:
    """A value that is no list cannot be parted; the row is counted and named, its neighbours keep their numbers."""
    rows: list[dict[str, Any]] = [{**ISSUES[0], "history": "none"}, *ISSUES[1:]]
    made = replayed(written(tmp_path, "x.ndjson", as_ndjson(rows)), NESTED)
    assert balanced(made)
    assert reasons(made) == {"bad_value": 1}
    assert made.rejects[0].number == 1
    assert "`history`, named by `each`, is not a list" in made.rejects[0].detail


def test_each_must_be_a_column_of_the_file(tmp_path: Path) -> None:
    """A list that a header does not have is an error of the mapping, at its place."""
    path = written(tmp_path, "x.csv", as_csv([{"key": "A", "created": "2026-03-02T09:00:00Z"}]))
    with pytest.raises(PolicyError, match=r"mapping.yaml:3:7: error\[M520\]: `x.csv` has no column `history`"):
        replayed(path, NESTED)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("labels.name", ["bug", "vip"]),
        ("labels.0.name", "bug"),
        ("labels.5.name", None),
        ("labels.colour", []),
        ("deep.labels.name", ["x"]),
        ("labels.name.more", []),
    ],
)
def test_a_path_looks_into_every_element_of_a_list(path: str, found: Any) -> None:
    """A name on the way through a list gathers from all elements, a number picks one."""
    row = {"labels": [{"name": "bug"}, {"name": "vip"}, 3], "deep": {"labels": [{"name": "x"}, {}]}}
    assert lookup(row, path) == found


LABELLED = """
shape: events
ticket: key
at: at
only: {labels.name: vip}
events: [{when: {what: opened}, event: submitted}, {when: {what: [done, ~]}, event: resolved}]
facts: {organization: {constant: north}, stated_priority: {constant: plain}}
"""


def test_a_list_fits_when_one_of_its_elements_does(tmp_path: Path) -> None:
    """`only` and `when` over a list ask for any element; an empty list is a missing value."""
    rows: list[dict[str, Any]] = [
        {"key": "A", "at": "2026-03-02T09:00:00Z", "what": "opened", "labels": [{"name": "bug"}, {"name": "VIP"}]},
        {"key": "A", "at": "2026-03-02T10:00:00Z", "what": [], "labels": [{"name": "vip"}]},
        {"key": "B", "at": "2026-03-02T09:00:00Z", "what": "opened", "labels": []},
    ]
    made = replayed(written(tmp_path, "x.ndjson", as_ndjson(rows)), LABELLED)
    assert balanced(made)
    assert made.rejects == []
    assert (made.report["tickets"]["evaluated"], made.report["events"]["accepted"]) == (1, 2)


@pytest.mark.parametrize(
    ("subject", "hint"), [({"name": "x"}, "`subject.name`"), ([{"name": "x"}], "`subject.0` is its first")]
)
def test_what_is_no_single_value_says_which_path_to_write(tmp_path: Path, subject: Any, hint: str) -> None:
    """A nested value where a single one is wanted is refused with the path that leads to one."""
    text = LABELLED.replace("only: {labels.name: vip}", "").replace("facts: {", "facts: {subject: subject, ")
    row = {"key": "A", "at": "2026-03-02T09:00:00Z", "what": "opened", "subject": subject}
    path = tmp_path / "x.json"
    path.write_text(json.dumps([row]), encoding="utf-8")
    made = replayed(path, text)
    assert reasons(made) == {"bad_value": 1}
    assert hint in made.rejects[0].detail
