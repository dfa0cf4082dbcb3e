"""Foreign histories read by column say what they say row by row."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_policy.adapters.tables import load_mapping, open_table
from support_policy.batch.mapping_text import read_mapping
from support_policy.batch.read import read_table
from support_policy.batch.read_latest import latest
from support_policy.batch.replay import Options, replay
from support_policy.batch.replay_rows import Row
from support_policy.bootstrap import load_policy
from support_policy.model.event import micros
from tests.batch.reading import assert_alike, raw_of
from tests.replay.desk import AT, EVENTS, FIXTURES, NOW, policy
from tests.replay.test_shapes import SHAPES, SNAPSHOTS, TICKETS

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "incidents"
LOG = ROOT.parent / "shared" / "data" / "servicenow-incidents"
UNTIL = micros(AT)


@pytest.mark.parametrize(("file", "tenths"), [("incident_event_log.csv.gz", 1), ("events.parquet", 10)])
def test_a_real_log_reads_alike_both_ways(file: str, tenths: int) -> None:
    """Every event, rejected row and remark of the real log is the same by column and row by row, in either form."""
    if not (LOG / file).exists():
        if os.environ.get("CI"):
            pytest.fail(f"the incident log is not at {LOG}")
        pytest.skip(f"the incident log is not at {LOG}")
    mapping = load_mapping(EXAMPLE / "mapping.yaml")
    columns = mapping.columns()
    rows = [
        Row(row.number, row.line, {name: row.values.get(name) for name in columns}, row.problem)
        for row in open_table(LOG / file, mapping).rows()
        if int(row.values["number"][-1]) < tenths
    ]
    read = assert_alike(load_policy(EXAMPLE), mapping, raw_of(rows), rows, micros(datetime(2017, 2, 1, tzinfo=UTC)))
    assert read.rows == 141_712 if tenths == 10 else read.rows > 10_000
    assert read.by_rows < 20


@pytest.mark.parametrize("desk", ["harbour", "orchard"])
@pytest.mark.parametrize("typed", [False, True])
def test_the_invented_desks_read_alike_both_ways(desk: str, typed: bool) -> None:
    """The desks' files, with all that is wrong in them, are the same by column and row by row."""
    path = FIXTURES / desk / {"harbour": "tickets.csv", "orchard": "events.ndjson"}[desk]
    mapping = load_mapping(FIXTURES / desk / "mapping.yaml")
    rows = list(open_table(path, mapping).rows())
    if not typed:
        rows = [Row(r.number, r.line, _flat(r.values, list(mapping.columns())), r.problem) for r in rows]
    elif desk == "orchard":
        rows = [row for row in rows if not isinstance(row.values.get("occurred"), str)]
    assert_alike(policy(desk), mapping, raw_of(rows), rows, UNTIL)


def _flat(values: Any, columns: list[str]) -> dict[str, Any]:
    from support_policy.batch.mapping_values import lookup

    return {name: None if (v := lookup(values, name)) is None else str(v) for name in columns}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_reads_alike_both_ways(shape: str) -> None:
    """Sound rows of every shape need no reading row by row, and say the same."""
    text, rows = SHAPES[shape]
    mapping = read_mapping(text, "mapping.yaml")
    lines = [Row(n, n + 1, row) for n, row in enumerate(rows, 1)]
    assert assert_alike(policy(), mapping, raw_of(lines), lines, UNTIL).by_rows == 0


# What a cell may hold: sound values, and all that is wrong with foreign files.
GOOD = ["2/3/2026 09:00", "2/3/2026 09:00", "2/3/2026 10:30", "3/3/2026 12:00", "2026-03-04T08:00:00Z"]
INSTANTS = st.sampled_from(
    [*GOOD, *GOOD, "2026-03-04 08:00 +02:00", "9/3/2026 23:00", "12/3/2026 10:00", "1772442000", "", None, "yesterday",
     "31/2/2026 09:00", "1/1/1980 00:00", " 2/3/2026 09:00 ", "2026-03-04T08:00", "\ufeff2/3/2026 10:30",
     "2099-01-01T00:00:00Z"]
)  # fmt: skip
NAMES = st.sampled_from(["A", "A", "A", "B", "B", "C", " C", "", None, "N\0L", "\ufffd", "x" * 201, "Ä"])
WORDS = st.sampled_from(["yes", "no", "0", "3", "12", "x", "", None, "mo", "N\0L", "\ufffd", " jo "])


def _table(draw: Any, columns: dict[str, Any]) -> list[Row]:
    rows = []
    problem = st.sampled_from([("", "")] * 15 + [("ragged", "3 fields, where the header has 4")])
    for number in range(1, draw(st.integers(0, 12)) + 1):
        values = {name: draw(cells) for name, cells in columns.items()}
        wrong = draw(problem)
        rows.append(Row(number, number + 1, {} if wrong[0] else values, wrong))
    return rows


mapping_of = cache(read_mapping)


def _alike(text: str, rows: list[Row], types: dict[str, pa.DataType] | None = None) -> None:
    mapping = mapping_of(text, "mapping.yaml")
    full = {name: None for row in rows for name in row.values}
    raw = raw_of([Row(r.number, r.line, {**full, **r.values}, r.problem) for r in rows], types)
    for name in _dictionaries(raw):
        raw = raw.set_column(raw.column_names.index(name), name, raw[name].dictionary_encode())
    assert_alike(policy(), mapping, raw, rows, UNTIL)


def _dictionaries(raw: pa.Table) -> list[str]:
    """Every other column of texts comes as a dictionary."""
    return [name for name in raw.column_names[::2] if pa.types.is_string(raw[name].type) and not name.startswith("__")]


EXTRA = st.sampled_from(["", "id: n\n", "sequence: n\n", "order: file\n", "id: n\norder: file\n"])
ONLY = st.sampled_from(["", "only: {kind: [a, ~]}\n"])
KIND = st.sampled_from(["a", "b", "A ", "", None, "N\0L"])
NUMBERS = st.sampled_from(["1", "2", "3", "5", "x", "", None, "1", "2"])
FOLLOWED = "facts: {organization: {constant: north}, frost_night: {column: frost, follow: yes}, subject: subject"
FROST = st.sampled_from(["yes", "no", "", None, "perhaps"])


@given(st.data())
def test_events_read_alike_both_ways(data: st.DataObject) -> None:
    """Rows that are events say the same by column and row by row, whatever is wrong with them."""
    submitted = data.draw(st.sampled_from(["", "submitted: opened\n", "submitted: {by: {column: who}}\n"]))
    text = EVENTS.replace("facts: {organization: {constant: north}, subject: subject", FOLLOWED)
    cases = """
events:
  - {when: {kind: b, frost: "*"}, event: {event: assigned, to: who}}
  - {when: {kind: b}, event: [customer_replied, {event: responded, by: {column: who}, reason: subject}]}
  - {when: {kind: ~, what: Noise}, event: ~}
"""
    more = data.draw(st.sampled_from(["", cases, cases + "unmatched: ignore\n", "unmatched: ignore\n"]))
    mapping = text + submitted + data.draw(EXTRA) + data.draw(ONLY) + more
    whats = st.sampled_from(["Opened", "Answered", "Waiting", "Solved", "Noise", "Mystery", "", None])
    columns = {"ticket": NAMES, "at": INSTANTS, "opened": INSTANTS, "what": whats, "frost": FROST, "n": NUMBERS}
    columns |= {"who": st.sampled_from(["agent", "client", "?", None]), "subject": WORDS, "kind": KIND}
    _alike(mapping, _table(data.draw, columns))


@given(st.data())
def test_events_taken_as_they_are_read_alike_both_ways(data: st.DataObject) -> None:
    """Types and roles that are the policy's own words, or are not, say the same by column and row by row."""
    mapping = """
shape: events
ticket: ticket
at: at
type: type
by: {column: who}
facts: {subject: subject, stated_priority: {column: prio}, frost_night: {column: frost, follow: yes}}
"""
    types = st.sampled_from(["submitted", "responded", "resolved", "sneezed", None])
    columns = {"ticket": st.integers(1, 3), "type": types, "prio": st.sampled_from(["frost", "plain", "x", None])}
    columns |= {"who": st.sampled_from(["engineer", "customer", "pope", None]), "subject": WORDS, "frost": FROST}
    hours = st.integers(0, 9).map(lambda h: datetime(2026, 3, 6, tzinfo=UTC) + timedelta(hours=12 * h))
    rows = _table(data.draw, {**columns, "at": st.one_of(st.none(), hours)})
    unit = data.draw(st.sampled_from(["s", "ms", "us", "ns"]))
    _alike(mapping, rows, {"at": pa.timestamp(unit, "UTC"), "ticket": pa.int64()})


@given(st.data())
def test_snapshots_read_alike_both_ways(data: st.DataObject) -> None:
    """Rows that are snapshots say the same by column and row by row, whatever is wrong with them."""
    text = SNAPSHOTS.replace("facts: {organization: {constant: north}", FOLLOWED)
    when = data.draw(st.sampled_from(["changes", "increases", "appears"]))
    carry = data.draw(st.sampled_from(["to", "nothing", "text"]))
    changes = f"""
changes:
  - {{column: prio, event: priority_changed, values: {{1: frost, 2: plain, 9: icy}}, reason: {{column: why}}}}
  - {{column: owner, event: assigned, when: {when}, carry: {carry}, by: {{column: why, values: {{x: engineer}}}}}}
"""
    moves = "  change:\n    - {from: Solved, to: Answered, event: [reopened, {event: responded, text: why}]}\n"
    text = text.replace("submitted: {at: opened, by: customer}", data.draw(st.sampled_from(
        ["submitted: {at: opened, by: customer}", "submitted: {by: {column: why}}", "by: customer"]
    )))  # fmt: skip
    text = text.replace("by: customer\nby: engineer", "by: engineer")
    compare = "compare: {first_response: {due: due, verdict: {column: sla, values: {in: met}}}}\n"
    mapping = text + data.draw(st.sampled_from(["", moves])) + changes + data.draw(EXTRA) + data.draw(ONLY)
    mapping += data.draw(st.sampled_from(["", compare]))
    states = st.sampled_from(["New", "Answered", "Waiting", "Solved", "solved", "Lost", "", None])
    columns = {"ticket": NAMES, "opened": INSTANTS, "changed": INSTANTS, "status": states, "frost": FROST, "n": NUMBERS}
    columns |= {
        "prio": st.sampled_from(["1", "2", "2", "9", "7", None]),
        "owner": WORDS,
        "subject": WORDS,
        "kind": KIND,
    }
    columns |= {
        "why": st.sampled_from(["x", "because", "", None]),
        "due": INSTANTS,
        "sla": st.sampled_from(["in", "?", ""]),
    }
    _alike(mapping, _table(data.draw, columns))


@given(st.data())
def test_tickets_read_alike_both_ways(data: st.DataObject) -> None:
    """Rows that are tickets say the same by column and row by row, whatever is wrong with them."""
    more = "  - {after: took, unit: hours, event: {event: responded, by: {column: who}}}\n  - {at: seen, event: ~}\n"
    mapping = TICKETS + data.draw(st.sampled_from(["", more])) + data.draw(ONLY)
    mapping += data.draw(st.sampled_from(["", "compare: {resolution: due}\n"]))
    columns = {"ticket": NAMES, **dict.fromkeys(("opened", "answered", "waiting", "solved", "due", "seen"), INSTANTS)}
    columns |= {"took": st.sampled_from(["1", "1.5", "999999999", "x", "", None]), "kind": KIND}
    columns |= {"who": st.sampled_from(["engineer", "pope", None])}
    _alike(mapping, _table(data.draw, columns))


@pytest.mark.parametrize(
    ("desk", "file"), [("harbour", "tickets.csv"), ("orchard", "events.ndjson"), ("orchard", "silent.csv")]
)
def test_what_is_counted_is_what_a_replay_counts(desk: str, file: str, tmp_path: Path) -> None:
    """Once the tickets that no policy could begin are left out, rows, rejects and remarks are those of `replay`."""
    path, text = FIXTURES / desk / file, (FIXTURES / desk / "mapping.yaml").read_text(encoding="utf-8")
    if not path.exists():
        # B never begins; of A's rows one says nothing, one comes late in the file, one leaves a gap behind it.
        path, text = tmp_path / file, EVENTS + "sequence: n\n"
        path.write_text(
            "ticket,at,what,who,subject,n\nA,2/3/2026 09:00,Opened,client,Pears,1\nB,2/3/2026 09:00,Waiting,agent,,1\n"
            "A,2/3/2026 12:00,Answered,agent,,5\nA,2/3/2026 10:00,Waiting,agent,,2\nA,2/3/2026 11:00,Noise,agent,,3\n"
            "B,2/3/2026 10:00,Answered,agent,,2\nC,12/3/2026 10:00,Opened,client,Plums,1\n",
            encoding="utf-8",
        )
    mapping = mapping_of(text, "mapping.yaml")
    replayed = replay(policy(desk), mapping, open_table(path, mapping), path.name, Options(now=NOW, at=AT))
    read = read_table(policy(desk), mapping, raw_of(list(open_table(path, mapping).rows())), UNTIL)
    undecided = [r for r in replayed.rejects if r.reason in ("never_began", "not_decided")]
    assert bool(undecided) == (desk == "orchard")
    read.leave_out({reject.ticket: (reject.reason, reject.detail) for reject in undecided})
    assert read.rejects == replayed.rejects
    counted = replayed.report["rows"]
    assert (read.rows, len(read.rejects)) == (counted["read"], counted["rejected"])
    assert read.used.num_rows + read.ignored == counted["used"]
    rows, tickets = read.remarks()
    assert rows == {found["remark"]: found["count"] for found in counted["remarks"]}
    assert tickets == {found["remark"]: found["tickets"] for found in counted["remarks"] if found["tickets"]}
    assert read.tickets.num_rows == replayed.report["tickets"]["evaluated"]


LISTS = """
shape: events
ticket: key
at: changes.when
each: changes
type: {column: changes.what, values: {Opened: submitted, Answered: responded}}
facts: {subject: title, stated_priority: {constant: plain}}
"""


def test_rows_that_hold_lists_are_read_row_by_row() -> None:
    """A list that the mapping parts into rows, or one that it does not expect, is read as `replay` reads it."""
    changes = [{"when": "2026-03-02T09:00:00Z", "what": "Opened"}, {"when": "2026-03-02T10:00:00Z", "what": "Answered"}]
    rows = [Row(1, 1, {"key": "A", "title": "Pears", "changes": changes}), Row(2, 2, {"key": "B", "changes": []})]
    assert assert_alike(policy(), mapping_of(LISTS, "mapping.yaml"), raw_of(rows), rows, UNTIL).by_rows == 1
    rows = [Row(1, 1, {**SHAPES["events"][1][0], "subject": ["Pears"]})]
    read = assert_alike(policy(), mapping_of(EVENTS, "mapping.yaml"), raw_of(rows), rows, UNTIL)
    assert [reject.reason for reject in read.rejects] == ["bad_value"]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_part_without_rows_is_no_events(shape: str) -> None:
    """A part that is empty, or lacks every column of the file, gives what the row reader gives."""
    mapping = mapping_of(SHAPES[shape][0], "mapping.yaml")
    assert assert_alike(policy(), mapping, raw_of([]), [], UNTIL).rows == 0
    rows = [Row(1, 1, {}), Row(2, 2, {})]
    assert len(assert_alike(policy(), mapping, raw_of(rows), rows, UNTIL).rejects) == 2


def test_the_last_instant_is_that_of_a_row_that_can_be_used() -> None:
    """However many later rows cannot be used, the last instant is found before them; one known before may be later."""
    mapping = mapping_of(EVENTS, "mapping.yaml")
    sound = [Row(n, n, row) for n, row in enumerate(SHAPES["events"][1], 1)]
    later = [Row(n, n, {**sound[0].values, "at": "9/3/2026 10:00", "what": "?"}) for n in range(10, 110)]
    last = micros(datetime(2026, 3, 4, 16, tzinfo=UTC))
    for rows in (sound, [*sound, *later], [*sound, *later[:50]]):
        assert latest(policy(), mapping, raw_of(rows), UNTIL) == last
        assert latest(policy(), mapping, raw_of(rows), UNTIL, last + 1) == last + 1
    assert latest(policy(), mapping, raw_of(later), UNTIL) is None
