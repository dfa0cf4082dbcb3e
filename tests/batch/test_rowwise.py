"""Tables of events decided by the engine: each row of the result is what `evaluate` says of the ticket."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_policy.batch.decide import decide_table
from support_policy.batch.rowwise import decide_rows
from support_policy.batch.schema import CODED, flat_metrics, result_schema
from support_policy.model.event import micros
from support_policy.policy.compiled import Policy
from support_policy.ticket.history import read_history
from tests.batch.compare import assert_evaluated, assert_same, differing
from tests.batch.decided import MONDAY, after, row, told
from tests.batch.histories import canonical, happened, invented, tables
from tests.batch.stories import DAY, Stories, dice_of
from tests.batch.varied import EDITS, FOLDERS, ROOT, VARIANTS, edited, named
from tests.ticket.histories import policy as assuming
from tests.whole.search import SLOW

SHIPPED = named("shipped")
EMERGENCY = "+0s submitted by=customer / organization=acme stated_priority=P1 environment=production site_status=down"


@pytest.mark.parametrize("name", FOLDERS)
def test_rows_are_what_evaluate_says(name: str) -> None:
    """Of many invented tickets under a policy each row is what `evaluate` says of the ticket."""
    assert_evaluated(named(name), *invented(named(name), 120, 7))


@SLOW
@given(st.data())
@pytest.mark.parametrize("name", FOLDERS)
def test_any_ticket_is_what_evaluate_says(name: str, data: st.DataObject) -> None:
    """Whatever happens to a ticket, and whenever it is decided, its row is what `evaluate` says."""
    assert_evaluated(named(name), *data.draw(tables(named(name), 1)))


@pytest.mark.parametrize("path", sorted((ROOT / "examples" / "tickets").glob("*.json")), ids=lambda path: path.stem)
def test_the_example_tickets(path: Any) -> None:
    """The tickets that the project shows are decided alike, at any of their hours."""
    history = read_history(SHIPPED, json.loads(path.read_bytes()))
    story = [happened(event) for event in history.events]
    for hours in (0, 1, 2, 3, 8, 1000):
        assert_evaluated(SHIPPED, canonical(SHIPPED, {history.ticket: story}), story[0].at + after(f"+{hours}h"))


FORMS: dict[str, Callable[[pa.Table], pa.Table]] = {
    "plain texts": lambda table: table,
    "large texts": lambda table: cast(table, pa.large_string()),
    "dictionaries": lambda table: cast(table, CODED),
    "small dictionaries": lambda table: cast(
        table.drop_columns("ticket"), pa.dictionary(pa.int8(), pa.string())
    ).append_column("ticket", table["ticket"]),
    "columns in another order": lambda table: table.select(table.column_names[::-1]),
    "pieces": lambda table: pa.concat_tables([table.slice(n, 7) for n in range(0, table.num_rows, 7)]),
    "pieces with dictionaries of their own": lambda table: pa.concat_tables(
        [cast(table.slice(n, 11), CODED) for n in range(0, table.num_rows, 11)]
    ),
    "pieces of nothing": lambda table: pa.concat_tables([table.slice(0, 0), table, table.slice(0, 0)]),
    "a slice": lambda table: pa.concat_tables([table.slice(0, 3), table]).combine_chunks().slice(3),
    "dealt out otherwise": lambda table: table.take(pa.array(dealt(table))),
}


def cast(table: pa.Table, kind: pa.DataType) -> pa.Table:
    """The table with every column of texts as another kind of texts."""
    texts = [name for name in table.column_names if table[name].type == pa.string()]
    return pa.table({name: table[name].cast(kind) if name in texts else table[name] for name in table.column_names})


def dealt(table: pa.Table) -> list[int]:
    """The rows of a table in another order, that of each ticket's own rows kept."""
    tickets = table["ticket"].to_pylist()
    order = list(dict.fromkeys(reversed(tickets)))
    return sorted(range(len(tickets)), key=lambda row: (order.index(tickets[row]), row))


@pytest.mark.parametrize("decide", [decide_rows, decide_table])
@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
def test_the_form_of_a_table_is_no_matter(
    form: Callable[[pa.Table], pa.Table], decide: Callable[[Policy, pa.Table, int], pa.Table]
) -> None:
    """Whatever kind of texts, pieces or order a table has, its tickets have the same results."""
    dice, maker = dice_of(3), Stories(SHIPPED)
    made = {f"T-{number}": maker.story(dice) for number in range(40)}
    until = max(event.at for story in made.values() for event in story)
    plain = canonical(SHIPPED, made, dice_of(4), plain=True)
    found = decide(SHIPPED, form(plain), until)
    assert found.schema == result_schema(SHIPPED)
    assert not differing(found.sort_by("ticket"), decide_rows(SHIPPED, plain, until).sort_by("ticket"))


@pytest.mark.parametrize("decide", [decide_rows, decide_table])
def test_tickets_stand_in_the_order_in_which_they_first_appear(
    decide: Callable[[Policy, pa.Table, int], pa.Table],
) -> None:
    """The first row of a ticket in the table of events gives it its place among the results, whoever decides it."""
    stories = {name: told(EMERGENCY, "+1h responded by=engineer") for name in "CAB"}
    stories |= {name: told("+1h responded by=engineer") for name in "FDE"}
    events = canonical(SHIPPED, stories, dice_of(1))
    first = list(dict.fromkeys(events["ticket"].to_pylist()))
    assert decide(SHIPPED, events, MONDAY + DAY)["ticket"].to_pylist() == first


def test_a_line_of_versions() -> None:
    """Where versions were loaded together, each ticket is decided by the one that governs it."""
    dated = [("policy.yaml", "effective_from: 2026-01-01", "effective_from: 2026-10-28")]
    following = edited((*dated, *EDITS["P3 within six hours"])).after([SHIPPED])
    events, _ = invented(following, 80, 5)
    until = micros(datetime(2027, 6, 1, tzinfo=UTC))
    assert_same(following, events, until)
    seconds = decide_table(following, events, until)["first_response.target_seconds"].to_pylist()
    assert {6 * 3600, 8 * 3600} <= set(seconds)


ERRORS: dict[str, tuple[tuple[str, ...], str | None, str | None, tuple[int, int, int]]] = {
    "it begins": ((EMERGENCY,), None, None, (1, 0, 0)),
    "nothing that begins it": (
        ("+0s responded by=engineer", "+1h resolved"),
        "never_began",
        "`responded` is not allowed while the ticket is new; it is from: open, awaiting clarification, waiting for the customer, resolved",  # noqa: E501
        (2, 2, 0),
    ),
    "nothing yet": (("+2000h submitted / organization=acme",), "never_began", "it never left the state new", (0, 0, 1)),
    "no such event": ((EMERGENCY, "+1h solved"), "not_decided", "`solved` is no event type", (2, 0, 0)),
    "no such value": ((EMERGENCY, "+1h updated / kind=joke"), "not_decided", "`kind` cannot be `joke`", (2, 0, 0)),
    "no such priority": ((EMERGENCY, "+1h priority_changed to=P9 reason=x"), "not_decided", "P9", (2, 0, 0)),
    "unusable, but later": ((EMERGENCY, "+2000h solved"), None, None, (1, 0, 1)),
    "learned later": ((EMERGENCY, "+1h responded learned=+2000h"), None, None, (1, 0, 1)),
    "refused": ((EMERGENCY, "+1h reopened", "+2h closed", "+3h resolved"), None, None, (4, 2, 0)),
}


@pytest.mark.parametrize(("lines", "error", "detail", "counts"), ERRORS.values(), ids=list(ERRORS))
def test_what_cannot_be_decided_is_said(
    lines: tuple[str, ...], error: str | None, detail: str | None, counts: tuple[int, int, int]
) -> None:
    """A ticket that never began, or cannot be decided, has its reason, its counts, its name and nothing else."""
    made = row(SHIPPED, *lines)
    assert made["error"] == error
    assert (made["events"], made["refused"], made["left_out"]) == counts
    if error:
        assert detail
        assert detail in made.pop("detail")
        said = {name for name, value in made.items() if value is not None}
        assert said == {"ticket", "events", "refused", "left_out", "decided_by", "error"}


P3_TO_P1 = ("+0s submitted / organization=acme stated_priority=P3", "+1h priority_changed to=P1 reason=x by=engineer")
RULED = "plans and rules of targets"
LINES: dict[str, tuple[str, tuple[str, ...], str | None]] = {
    "the table of priorities": ("a target of no time at all", P3_TO_P1[:1], "priorities.P3.first_response"),
    "another priority": ("priority_change_open_target: from_change", P3_TO_P1, "priorities.P1.first_response"),
    "kept": ("priority_change_open_target: keep", P3_TO_P1, "priorities.P3.first_response"),
    "a plan": (RULED, P3_TO_P1, "plans.standard.P1"),
    "a plan that promises nothing": (RULED, P3_TO_P1[:1], None),
    "a plan that nobody bought": (RULED, ("+0s submitted / stated_priority=P3",), "priorities.P3.first_response"),
    "a rule": (RULED, ("+0s submitted / organization=acme stated_priority=P3 channel=phone",), "targets.phoned"),
    "a rule that promises nothing": (RULED, (f"{P3_TO_P1[0]} environment=development",), None),
    "a rule, no longer": (
        RULED,
        ("+0s submitted / organization=acme stated_priority=P1 channel=phone", "+10m updated / channel=email"),
        "plans.standard.P1",
    ),
    "a rule, from then on": (RULED, (P3_TO_P1[0], "+10m updated / channel=phone"), "targets.phoned"),
}


@pytest.mark.parametrize(("variant", "lines", "line"), LINES.values(), ids=list(LINES))
def test_a_target_says_which_line_of_the_policy_it_is(variant: str, lines: tuple[str, ...], line: str | None) -> None:
    """A target follows from a plan, from its priority or from a rule; one that is kept, from what it did before."""
    assert row(VARIANTS[variant](), *lines)["first_response.set_by"] == line


def promised(policy: Policy, line: str, metric: str) -> set[int]:
    """The seconds that a line of the policy promises for a metric."""
    kind, name, *rest = line.split(".")
    text = policy.text
    if kind == "priorities":
        assert rest == [metric]
        return {text.priorities[name].targets[metric].seconds}
    if kind == "plans":
        target = text.plans[name].entries[rest[0]].targets[metric]
        return {target.seconds} if target else set()
    (index,) = [index for index, rule in enumerate(policy.rules["targets"].words) if rule.id == name]
    return {c.target.seconds for c in policy.choices[index] if c.metric == metric and c.target}


@pytest.mark.parametrize("name", [*FOLDERS, RULED, "priority_change_open_target: keep", "a metric keeps its target"])
def test_the_line_promises_the_target(name: str) -> None:
    """Whatever happened to a ticket, the line that is named promises exactly so many seconds; no target, no line."""
    policy = named(name) if name in FOLDERS else VARIANTS[name]()
    for made in decide_rows(policy, *invented(policy, 150, 11)).to_pylist():
        clocks = [
            (metric.name, made[f"{metric.name}.target_seconds"], made[f"{metric.name}.set_by"])
            for metric in flat_metrics(policy)
        ]
        clocks += [(c["metric"], c["target_seconds"], c["set_by"]) for c in made.get("teams") or ()]
        for metric, seconds, line in clocks:
            assert (seconds is None) == (line is None)
            assert line is None or seconds in promised(policy, line, metric)


def notified(*lines: str, policy: Policy = SHIPPED, seen: str = "+1000h") -> list[tuple[Any, ...]]:
    """(minutes, command, chain, level, cycle, cause, role, people) of whom a ticket tells."""
    names = ("command", "chain", "level", "cycle", "cause", "role", "people")
    items = row(policy, *lines, seen=seen)["notifications"]
    return [(round((i["at"].timestamp() * 1e6 - MONDAY) / 6e7), *(i[name] for name in names)) for i in items]


def test_who_is_told() -> None:
    """Each role that a command tells is one notification, with how many addresses fill it."""
    asked = "+1h escalation_requested by=customer"
    assert notified(
        EMERGENCY, asked, "+90m escalation_declined by=manager reason=soon", "+4h resolved", seen="+5h"
    ) == [
        (60, "notify", "requested", 1, 1, "requested", "support_manager", 1),
        (90, "tell_customer", "", 0, 0, "", "customer", 1),
        (120, "notify", "automatic", 1, 1, "due", "support_manager", 1),
        (180, "notify", "automatic", 2, 1, "due", "directors", 2),
    ]


def test_nobody_fills_a_role() -> None:
    """A role that nobody fills is told of, too: to no people."""
    policy = named("data_company")
    opened = "+0s submitted by=customer / stated_priority=P1"
    assert [told[-2:] for told in notified(opened, policy=assuming(), seen="+1h")][:1] == [("support_engineer", 1)]
    assert all(told[-1] == 0 for told in notified(opened, policy=policy) if told[-2] == "support_engineer")
