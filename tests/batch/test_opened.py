"""Tickets promised in bulk the moment they are submitted: what the engine says of each of them, whatever the policy."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from support_policy.adapters.bulk_out import parquet_out
from support_policy.adapters.opened_files import Promised, decide_opened
from support_policy.adapters.places import placed
from support_policy.batch.columns.calendar import NEVER, CalendarColumns
from support_policy.batch.columns.grid import LEFT_OUT, DueGrid
from support_policy.batch.opened import Promises, promise_schema, promise_table
from support_policy.batch.schema import INSTANT
from support_policy.bootstrap import compile_files
from support_policy.clock.calendar import BusinessCalendar
from support_policy.model.event import micros
from support_policy.source.diagnostics import PolicyError
from tests.batch.stories import dice_of
from tests.batch.submissions import DAY, HOUR, START, assert_promised, instants, submitted
from tests.batch.test_column_calendars import any_calendar
from tests.batch.varied import FOLDERS, VARIANTS, named
from tests.language.desk import desk
from tests.policy.small import compiled
from tests.policy.wide import wide
from tests.ticket.histories import edited
from tests.ticket.histories import policy as assuming
from tests.whole.described import Policy
from tests.whole.policies import files, policies
from tests.whole.search import SLOW


@pytest.mark.parametrize("name", FOLDERS)
def test_many_tickets(name: str) -> None:
    """Around openings, closings, holidays and changes of the clocks each ticket is promised what the engine says."""
    assert_promised(named(name), submitted(named(name), 400, 1))


@pytest.mark.parametrize("name", FOLDERS)
def test_columns_decide_them(name: str) -> None:
    """Of the policies that there are, no ticket needs to be decided by itself."""
    tickets = submitted(named(name), 400, 2)
    promises = Promises(named(name), tickets.schema)
    assert promises.table(tickets).num_rows == 400
    assert promises.by_rows == 0


@pytest.mark.parametrize("fits", ["at_closing", "next_opening"])
def test_a_length_that_ends_at_closing(fits: str) -> None:
    """Both readings of a length that is used up exactly at closing are the engine's."""
    assert_promised(assuming(due_at_closing_time=fits), submitted(named("shipped"), 600, 3))


@pytest.mark.parametrize("name", VARIANTS)
def test_every_line_of_a_policy(name: str) -> None:
    """With any line of the shipped policy changed, each ticket is promised what the engine says."""
    policy = VARIANTS[name]()
    assert_promised(policy, submitted(policy, 60, len(name)))


@pytest.mark.parametrize("name", FOLDERS)
def test_what_else_the_first_event_says(name: str) -> None:
    """Its type, who gave it and what it carries count as for the engine; what does not begin a ticket is said."""
    found = assert_promised(named(name), submitted(named(name), 200, 4, more=True))
    assert set(found["error"].to_pylist()) == {None, "never_began", "not_decided"}


@SLOW
@given(policies(), st.integers(0, 2**32))
def test_policies_that_nobody_wrote(described: Policy, seed: int) -> None:
    """Whatever a policy says, each ticket is promised what the engine says."""
    written = files(described)
    note("\n".join(f"--- {name}\n{text.decode()}" for name, text in written.items()))
    policy = compile_files(written)
    assert_promised(policy, submitted(policy, 30, seed))


def test_contracts_count_on_their_dates() -> None:
    """A plan that holds until a date holds until the office's midnight."""
    policy = compiled(wide())
    days = [datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 31, 23, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)]
    at = [micros(day) + k * HOUR + us for day in days for k in range(-3, 4) for us in (-1, 0, 1)]
    tickets = pa.table({
        "ticket": [f"VS-{number}" for number in range(len(at))],
        "at": pa.array(at, INSTANT),
        "fact.organization": ["acme"] * len(at),
    })  # fmt: skip
    assert_promised(policy, tickets)


def test_a_rule_may_ask_whether_the_office_is_open() -> None:
    """What a rule makes of an office that is closed at the submission is made of each ticket."""
    by_night = "  - id: by-night\n    conditions: {not: {name: office_open, operator: is_true}}\n"
    policy = desk(targets=by_night + "    actions: [{name: set_target, params: {metric: reply, within: 30m}}]\n")
    found = assert_promised(policy, submitted(policy, 200, 5))
    assert len(set(found["reply.due_at"].to_pylist())) > 10


def test_versions_loaded_together() -> None:
    """Each ticket is promised what the version says that was in force when it was submitted."""
    old = named("shipped")
    new = edited(
        ("policy.yaml", "effective_from: 2026-01-01T00:00:00-08:00", "effective_from: 2026-11-03T10:00:00Z"),
        ("policy.yaml", "  nothing_stated: assessed", "  nothing_stated: P2"),
        ("rules/priority.yaml", "id: everything-else", "id: anything-else"),
    )
    both = new.after([old])
    assert_promised(both, submitted(both, 100, 6))


def test_chunks_of_any_size() -> None:
    """Tickets in batches and slices, with dictionaries of their own, are promised the same."""
    tickets = submitted(named("shipped"), 300, 7)
    whole = promise_table(named("shipped"), tickets)
    promises = Promises(named("shipped"), tickets.schema)
    parts = [promises.table(tickets.slice(start, 37)) for start in range(0, 300, 37)]
    assert pa.concat_tables(parts).equals(whole)
    lone = [promises.table(pa.Table.from_pylist([row], tickets.schema)) for row in tickets.slice(0, 20).to_pylist()]
    assert pa.concat_tables(lone).equals(whole.slice(0, 20))
    assert promise_table(named("shipped"), tickets.slice(0, 0)).schema == promise_schema(
        named("shipped"), tickets.schema
    )


def test_instants_that_nobody_understands() -> None:
    """A missing instant, or one far away, is said; the tickets beside it are decided."""
    at = pa.array([None, START, micros(datetime(1850, 1, 1, tzinfo=UTC)), 7_300_000_000_000_000, -1], INSTANT)
    found = promise_table(named("shipped"), pa.table({"ticket": list("abcde"), "at": at}))
    assert found["error"].to_pylist() == ["not_decided", None, "not_decided", "not_decided", None]
    assert found["priority"].to_pylist() == [None, "P3", None, None, "P3"]


@pytest.mark.parametrize(
    ("names", "code", "said"),
    [
        (("ticket", "att"), "M520", "no column `at`"),
        (("ticket", "at", "fact.site_state"), "M511", "`fact.site_state` is of no fact"),
    ],
)
def test_tables_that_no_policy_can_read(names: tuple[str, ...], code: str, said: str) -> None:
    """A column that is missing, or that no policy knows, is named, with the nearest right name."""
    kinds = {"at": INSTANT}
    tickets = pa.table({name: pa.nulls(1, kinds.get(name, pa.string())) for name in names})
    with pytest.raises(PolicyError) as caught:
        promise_table(named("shipped"), tickets)
    (found,) = caught.value.diagnostics
    assert (found.code, said in found.message, bool(found.help)) == (code, True, True)


def test_instants_without_a_zone_are_refused() -> None:
    """What has no offset from UTC is no instant."""
    tickets = pa.table({"ticket": ["a"], "at": pa.array([0], pa.timestamp("us"))})
    with pytest.raises(PolicyError, match="offset from UTC"):
        promise_table(named("shipped"), tickets)


@given(any_calendar, st.lists(st.integers(1, 400), min_size=1, max_size=3), st.integers(0, 2**32))
def test_cells_say_what_the_calendar_says(calendar: BusinessCalendar, quarters: list[int], seed: int) -> None:
    """Where a cell of the grid knows what is due, it is what the calendar says, at its edges and within."""
    lengths = [quarter * HOUR // 4 for quarter in quarters]
    table = CalendarColumns(calendar)
    grid = DueGrid([(calendar, length) for length in lengths], [table] * len(lengths))
    assert grid.cover(START, START + 20 * DAY)
    dice = dice_of(seed)
    near = [int(edge) + by for edge in dice.choices(grid.edges.tolist(), k=60) for by in (-1, 0, 1, HOUR // 7)]
    at = np.array([t for t in near if START <= t <= START + 20 * DAY], np.int64)
    cells = grid.cell(at)
    for row, length in enumerate(lengths):
        said = grid.flat.take(cells + row * grid.cells)
        known = said != LEFT_OUT
        found = np.where(said >= 0, said + at, -said)[known]
        assert found.tolist() == table.due(at[known], length).tolist()
        assert NEVER not in found


def test_offices_open_at_full_hours_need_no_bisection() -> None:
    """For the shipped policy, whatever its lengths, no cell is left out."""
    policy = named("shipped")
    steps = [(policy.calendar(o, business=True), h * HOUR) for o in policy.offices for h in (1, 2, 3, 4, 8, 16, 40)]
    grid = DueGrid(steps, [CalendarColumns(calendar) for calendar, _ in steps])
    assert grid.cover(START, START + 900 * DAY)
    assert grid.whole
    assert grid.width == HOUR


@pytest.mark.parametrize("threads", [1, 2])
def test_from_file_to_file(tmp_path: Path, threads: int) -> None:
    """A Parquet file is promised as a table is, by one thread or two; progress is told."""
    policy = named("shipped")
    at = pa.array(sorted(instants(policy, 200_000, dice_of(8))), INSTANT)
    names = pa.array([f"VS-{number}" for number in range(len(at))])
    tickets = pa.table({"ticket": names, "at": at, "fact.stated_priority": pa.array(["P1", "P2", None, "P4"] * 50_000)})
    pq.write_table(tickets, tmp_path / "in.parquet", row_group_size=30_000)
    told: list[tuple[int, int]] = []
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    made = decide_opened(policy, source, target, threads, lambda done, total: told.append((done, total)))
    assert made == Promised(200_000, 0)
    assert told[-1] == (200_000, 200_000)
    found = pq.read_table(tmp_path / "out.parquet")
    assert found.equals(promise_table(policy, tickets).cast(found.schema))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.parquet", "out.parquet"]


@pytest.mark.parametrize("threads", [1, 2])
def test_a_file_that_breaks_off_leaves_nothing(tmp_path: Path, threads: int) -> None:
    """A damaged file is named, and no half of an answer is left behind."""
    policy = named("shipped")
    names = pa.array([f"VS-{number}" for number in range(300_000)])
    tickets = pa.table({"ticket": names, "at": pa.array(range(300_000), INSTANT)})
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    pq.write_table(tickets, source, row_group_size=100_000, compression="zstd")
    data = bytearray(source.read_bytes())
    place = pq.ParquetFile(source).metadata.row_group(2).column(0).data_page_offset + 40
    data[place : place + 4000] = bytes(4000)
    source.write_bytes(bytes(data))
    with pytest.raises(PolicyError, match="cannot be read as Parquet"):
        decide_opened(policy, source, target, threads)
    assert [path.name for path in tmp_path.iterdir()] == ["in.parquet"]
    with pytest.raises(PolicyError, match="M522"):
        decide_opened(policy, tmp_path / "none.parquet", target, threads)


def test_objects_of_a_store(tmp_path: Path) -> None:
    """Source and target may be objects of a store."""
    policy, tickets = named("shipped"), submitted(named("shipped"), 300, 9)
    with parquet_out("memory://opened/in.parquet", tickets.schema) as write:
        write(tickets)
    assert decide_opened(policy, "memory://opened/in.parquet", "memory://opened/out.parquet", 2).tickets == 300
    assert decide_opened(policy, "memory://opened/in.parquet", tmp_path / "out.parquet").tickets == 300
    with placed("memory://opened/out.parquet").open("rb") as file:
        assert pq.read_table(file).equals(pq.read_table(tmp_path / "out.parquet"))
