"""Parts: every row once, tickets whole, the file's order kept, and nothing left on disk."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support_policy.adapters.spill import FolderSpill
from support_policy.batch.mapping_values import plain_text
from support_policy.batch.name_hashes import text_hashes
from support_policy.batch.partition import Sizes, cuts_between, part_of, parted_by_ticket
from support_policy.batch.raw import json_field, to_json, values_of

SMALL = Sizes(whole=10, part=5)


def rows(tickets: list[Any], kind: pa.DataType | None = None, size: int = 7) -> list[pa.RecordBatch]:
    """Numbered rows of tickets, in batches."""
    table = pa.table({"ticket": pa.array(tickets, kind), "n": pa.array(range(len(tickets)), pa.int64())})
    return list(table.to_batches(size))


def parts(batches: list[pa.RecordBatch], folder: Path, **how: Any) -> list[list[tuple[Any, int]]]:
    """The parts as (ticket, number); what was spilled is gone."""
    with FolderSpill(folder) as spill:
        found = parted_by_ticket(batches, "ticket", spill, **how)
        made = [list(zip(*(t.column(c).to_pylist() for c in ("ticket", "n")), strict=True)) for t in found]
    assert list(folder.iterdir()) == []
    return made


NAMES = st.sampled_from(["A", "B", "C 1", " A", "A ", "Ä", "", "\ufeffA", *(f"T{n}" for n in range(30)), "x" * 40])


@settings(deadline=None)
@given(
    tickets=st.lists(st.none() | NAMES, max_size=80),
    kind=st.sampled_from([pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())]),
    size=st.integers(1, 20),
    whole=st.sampled_from([0, 10, 1000]),
)
def test_parts_hold_every_row_once_and_tickets_whole(
    tmp_path_factory: pytest.TempPathFactory, tickets: list[str | None], kind: pa.DataType, size: int, whole: int
) -> None:
    """However the rows come, each is in one part, with all rows of its ticket, in the order it came."""
    made = parts(rows(tickets, kind, size), tmp_path_factory.mktemp("spill"), sizes=Sizes(whole, 5))
    assert sorted(n for part in made for _, n in part) == list(range(len(tickets)))
    homes: dict[str, set[int]] = defaultdict(set)
    for index, part in enumerate(made):
        assert [n for _, n in part] == sorted(n for _, n in part)
        for ticket, _ in part:
            homes[plain_text(ticket or "", "ticket")].add(index)
    homes.pop("", None)  # which is no name
    assert all(len(found) == 1 for found in homes.values())


@settings(deadline=None)
@given(
    groups=st.lists(st.lists(st.none() | st.integers(0, 4), max_size=12), max_size=8),
    size=st.integers(1, 20),
    part=st.integers(1, 30),
    kind=st.sampled_from([pa.string(), pa.dictionary(pa.int32(), pa.string())]),
)
def test_tickets_that_do_not_reach_far_are_cut_apart(
    tmp_path_factory: pytest.TempPathFactory, groups: list[list[int | None]], size: int, part: int, kind: pa.DataType
) -> None:
    """Where rows can be cut between tickets nothing is spilled: they keep their order, and tickets are whole."""
    # Each ticket is within its group, and written in two ways.
    tickets = [
        None if n is None else f" T{group}-{n}"[at % 2 :]
        for group, found in enumerate(groups)
        for at, n in enumerate(found)
    ]
    batches = rows(tickets, kind, size)
    cuts = cuts_between(batches, "ticket", Sizes(part + len(tickets), part))
    assert cuts is not None
    made = parts(batches, tmp_path_factory.mktemp("spill"), cuts=cuts)
    assert [n for found in made for _, n in found] == list(range(len(tickets)))
    assert all(part <= len(found) for found in made[:-1])
    homes: dict[str, set[int]] = defaultdict(set)
    for index, found in enumerate(made):
        for name, _ in found:
            homes[(name or "").strip()].add(index)
    homes.pop("", None)
    assert all(len(found) == 1 for found in homes.values())


def test_tickets_that_reach_far_are_not_cut() -> None:
    """A ticket with rows all over the file leaves no place for a cut."""
    assert cuts_between(rows(["A", "B", "C", "D", "A"] * 5), "ticket", Sizes(10, 3)) is None
    assert cuts_between(rows(["A", "B", "C", "D", "A"] * 5), "ticket", Sizes(100, 3)) == []
    assert cuts_between(rows(["A", "B"] * 50), "ticket", Sizes(10, 3)) is None
    assert cuts_between([], "ticket") == []


def test_few_rows_are_one_part_as_they_are(tmp_path: Path) -> None:
    """Up to a number of rows nothing is moved, and nothing is written."""
    assert parts(rows(["B", "A", "B"]), tmp_path, sizes=SMALL) == [[("B", 0), ("A", 1), ("B", 2)]]
    assert parts([], tmp_path) == []


def test_many_rows_are_parted_by_their_tickets(tmp_path: Path) -> None:
    """More rows make more parts, none much larger than asked for."""
    made = parts(rows([f"T{n % 500}" for n in range(2000)]), tmp_path, total=2000, sizes=Sizes(whole=300, part=100))
    assert len(made) >= 15
    assert max(map(len, made)) <= 300


def test_a_ticket_larger_than_a_part_stays_whole(tmp_path: Path) -> None:
    """Parting again cannot help against one ticket: it is given as it is."""
    made = parts(rows(["A"] * 50 + ["B"] * 3), tmp_path, sizes=SMALL)
    assert sorted(map(len, made)) in ([3, 50], [53])


@pytest.mark.parametrize(
    "written",
    [
        [1, "1", " 1", "1 ", 1.0, "\ufeff1"],
        [True, "true", " true\t"],
        ["Ä", " Ä\u00a0"],
        [12345678901234567890, "12345678901234567890"],
    ],
)
def test_a_ticket_written_in_other_ways_is_the_same(written: list[Any]) -> None:
    """Values that read as one name land together, whatever types they have."""
    field = json_field("ticket")
    column = pa.chunked_array([pa.array([to_json(value) for value in written], pa.string())])
    assert len(set(part_of(column, field, 1000).tolist())) == 1


@pytest.mark.parametrize(
    "column",
    [
        pa.array([7, 12, 7, None], pa.int32()),
        pa.array([7.0, 12.0, 7.0, None]),
        pa.array(["7", " 12", "7 ", None]),
        pa.array(["7", "12", "7", None], pa.large_string()),
        pa.array(["7", "12", "7", None]).dictionary_encode(),
        pa.array(["8", "7", "12", "7", None])[1:],
        pa.array([Decimal(7), Decimal(12), Decimal(7), None]),
        pa.array([b"7", b"12", b"7", None]),
    ],
)
def test_every_type_of_column_gives_the_same_parts(column: pa.Array) -> None:
    """The part follows from the name alone: a text, a number or a code of it give the same."""
    texts = pa.chunked_array([pa.array(["7", "12", "7", None])])
    wanted = part_of(texts, pa.field("ticket", pa.string()), 1000).tolist()
    assert part_of(pa.chunked_array([column]), pa.field("ticket", column.type), 1000).tolist() == wanted


@given(texts=st.lists(st.text(max_size=30), max_size=20))
def test_a_hash_follows_from_the_text_alone(texts: list[str]) -> None:
    """Neither neighbours nor slices change it, and other texts have other hashes."""
    alone = {text: int(text_hashes(pa.array([text]))[0]) for text in texts}
    assert text_hashes(pa.array(texts, pa.string())).tolist() == [alone[text] for text in texts]
    assert text_hashes(pa.array(["", *texts], pa.string())[1:]).tolist() == [alone[text] for text in texts]
    assert len(set(alone.values())) == len(alone)


def test_hashes_spread_names_that_look_alike() -> None:
    """Numbered names fill the parts evenly, wherever in the name the number stands."""
    for name in ("INC{:07d}", "{:08d}@example.com/desk/tickets", "{}", "00000000-0000-0000-0000-{:012d}"):
        column = pa.chunked_array([pa.array([name.format(n) for n in range(20_000)])])
        for salt in range(3):
            counts = [0] * 20
            for part in part_of(column, pa.field("ticket", pa.string()), 20, salt).tolist():
                counts[part] += 1
            assert min(counts) > 850
            assert max(counts) < 1150


def test_rows_without_a_ticket_are_dealt_out(tmp_path: Path) -> None:
    """Many rows that cannot be read do not make one part too large."""
    made = parts(rows([None] * 2000), tmp_path, total=2000, sizes=Sizes(whole=300, part=100))
    assert max(map(len, made)) <= 110


def test_columns_of_codes_are_parted_like_texts(tmp_path: Path) -> None:
    """Each batch may have a dictionary of its own: the texts stay what they are."""
    batches = [
        pa.record_batch({"ticket": pa.array([f"T{n % 7}"]), "n": [n], "word": pa.array([f"w{n}"]).dictionary_encode()})
        for n in range(60)
    ]
    with FolderSpill(tmp_path) as spill:
        found = [row for t in parted_by_ticket(batches, "ticket", spill, 60, SMALL) for row in t.to_pylist()]
    assert sorted(row["n"] for row in found) == list(range(60))
    assert all(row["word"] == f"w{row['n']}" and row["ticket"] == f"T{row['n'] % 7}" for row in found)


def test_what_was_spilled_is_gone_after_an_error(tmp_path: Path) -> None:
    """An interruption in the middle leaves no folder behind."""

    def interrupted() -> None:
        with FolderSpill(tmp_path) as spill:
            for _ in parted_by_ticket(rows([f"T{n}" for n in range(99)]), "ticket", spill, sizes=SMALL):
                assert list(tmp_path.iterdir()) != []
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_json_values_come_back_as_they_were() -> None:
    """A value of a row survives being a text of JSON: instants, days and halves of characters too."""
    values = ["a", 1, 1.5, True, None, ["x", {"y": 1}], {"a": None}, "\ud800", datetime(2026, 3, 2, tzinfo=UTC)]
    values.append(datetime(2026, 3, 2, tzinfo=UTC).date())
    assert values_of(pa.array([to_json(value) for value in values], pa.string()), json_field("x")) == values
