"""Bulk: any file gives the same rows in batches as it gives one by one."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support_policy.adapters.bulk_in import open_bulk
from support_policy.adapters.tables import load_mapping, open_table
from support_policy.batch.mapping import TableMapping
from support_policy.batch.mapping_text import read_mapping
from support_policy.batch.mapping_values import lookup
from support_policy.batch.read_raw import rows_of
from support_policy.batch.replay_parts import parted
from tests.replay.desk import EVENTS, FIXTURES, WRITERS, as_csv, written

HEAD = "ticket,at,what,who,subject\n"
ROW = "A,2/3/2026 09:00,Opened,client,Pears\n"
Told = list[tuple[int, int, tuple[str, str], dict[str, Any]]]


def mapped(more: str = "") -> TableMapping:
    """The mapping of the invented exports."""
    return read_mapping(EVENTS + more, "mapping.yaml")


def one_by_one(path: Path | str, mapping: TableMapping) -> Told:
    """What the row tables give of the columns that a mapping names."""
    rows = parted(open_table(path, mapping).rows(), mapping.each)
    return [(r.number, r.line, r.problem, {} if r.problem[0] else seen(r.values, mapping)) for r in rows]


def seen(values: Any, mapping: TableMapping) -> dict[str, Any]:
    """What a row has in the mapping's columns."""
    found = {str(column): lookup(values, column) for column in mapping.columns()}
    return {column: sound(value) for column, value in found.items() if value is not None}


def sound(value: Any) -> Any:
    """A value with the mark of what is no text in place of bytes that are none."""
    return value.encode("utf-8", "replace").decode().replace("?", "\ufffd") if isinstance(value, str) else value


def in_bulk(path: Path | str, mapping: TableMapping) -> Told:
    """What the batches give."""
    bulk = open_bulk(path, mapping)
    raw = pa.Table.from_batches(bulk.batches(), bulk.schema)
    rows = rows_of(raw, mapping, np.arange(raw.num_rows))
    assert all(batch.schema.equals(bulk.schema, check_metadata=True) for batch in bulk.batches())
    return [
        (
            r.number,
            r.line,
            (r.problem[0], sound(r.problem[1])),
            {c: sound(v) for c, v in r.values.items() if v is not None and not r.problem[0]},
        )
        for r in rows
    ]


def agree(path: Path | str, mapping: TableMapping) -> Told:
    """Both ways give the same; and that."""
    wanted = [(n, line, (p[0], sound(p[1])), values) for n, line, p, values in one_by_one(path, mapping)]
    assert in_bulk(path, mapping) == wanted
    return wanted


@pytest.mark.parametrize("name", ["harbour/tickets.csv", "orchard/events.ndjson"])
def test_the_fixtures_read_alike(name: str) -> None:
    """The exports of invented desks give the same rows, numbers and lines in both ways."""
    path = FIXTURES / name
    assert len(agree(path, load_mapping(path.parent / "mapping.yaml"))) > 5


@pytest.mark.parametrize(
    "text",
    [
        HEAD + ROW,
        HEAD + ROW.rstrip("\n"),
        HEAD,
        HEAD.rstrip("\n"),
        HEAD + "\n\n" + ROW + "\n" + ROW,
        (HEAD + ROW + "\n" + ROW).replace("\n", "\r\n"),
        (HEAD + ROW + ROW).replace("\n", "\r"),
        HEAD + ROW + ROW.replace("\n", "\r") + ROW,
        "\n\n" + HEAD + ROW,
        HEAD + 'A,2/3/2026 09:00,Opened,client,"Pears, and\nplums"\n' + ROW,
        HEAD + 'A,2/3/2026 09:00,Opened,client,"Pears, and\r\n\r\n""plums"""\n' + ROW,
        HEAD + '"A","2/3/2026 09:00","Opened","client",""\n' + ROW,
        HEAD + 'A,2/3/2026 09:00,Opened,client,5" pots\n' + ROW,
        HEAD + 'A,2/3/2026 09:00,Opened,client,5" pots, 6" pots\n' + ROW,
        HEAD + 'A,2/3/2026 09:00,Opened,client,"a"b\n' + ROW,
        HEAD + 'A,2/3/2026 09:00,Opened,client,"a"b"c"\n' + ROW,
        HEAD + 'A,2/3/2026 09:00,Opened,client, "a"\n' + ROW,
        HEAD + 'A,2/3/2026 09:00,Opened,client,""""\n' + ROW,
        HEAD + ROW + 'B,2/3/2026 09:00,Opened,client,"open\n' + ROW + ROW,
        HEAD + "A,2/3/2026 09:00\n" + ROW,
        HEAD + "A,2/3/2026 09:00,Opened,client,a,b\n" + ROW,
        HEAD + "A\0,2/3/2026 09:00,Opened,client,\n" + ROW,
        HEAD + " A , 2/3/2026 09:00 ,Opened,client,  \n" + ROW,
        HEAD + "   \n" + ROW,
        HEAD + f"A,2/3/2026 09:00,Opened,client,{'x' * 2_000_000}\n" + ROW,
        HEAD + f'A,2/3/2026 09:00,Opened,client,"{"x" * 2_000_000}"\n' + ROW,
        "sep=;\n" + (HEAD + ROW).replace(",", ";"),
        "sep=;\r\n" + (HEAD + ROW).replace(",", ";").replace("\n", "\r\n"),
        HEAD.replace("who,subject", "who,who,subject,subject") + ROW.replace("client", "client,agent,x"),
        (HEAD + ROW).replace(",", "\t"),
        HEAD + "Ä,2/3/2026 09:00,Opened,client,日本\u2028語\n" + ROW,
        "ticket\nA\n\nB\n" + '""\n',
        HEAD + 'NULL,NA,null,"NA",\n',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_odd_texts_read_alike(tmp_path: Path, text: str, encoding: str) -> None:
    """Blank lines, quotes in any place, ragged rows and every line end: rows, rejects and lines are the same."""
    agree(written(tmp_path, "x.csv", text.encode(encoding)), mapped())


@pytest.mark.parametrize("more", ["", "encoding: ascii\n", "encoding: cp1252\n", "encoding: latin-1\n"])
def test_bytes_of_another_encoding_are_marked_alike(tmp_path: Path, more: str) -> None:
    """What is not in the file's encoding is marked where it stands, and its neighbours are not touched."""
    data = (HEAD + ROW + "Ä,2/3/2026 09:00,Opened,client,\x81ü\n" + ROW).encode("latin-1")
    assert len(agree(written(tmp_path, "x.csv", data), mapped(more))) == 3


@pytest.mark.parametrize("name", list(WRITERS))
def test_every_format_reads_alike(tmp_path: Path, name: str) -> None:
    """The same rows are given in batches from CSV, NDJSON, JSON and Parquet, compressed or not."""
    rows = [
        {"ticket": f"T{n % 7}", "at": f"{1 + n % 28}/3/2026 09:00", "what": "Opened", "who": "client", "subject": ""}
        for n in range(900)
    ]
    assert len(agree(written(tmp_path, f"x.{name}", WRITERS[name](rows)), mapped())) == 900


def test_what_a_truncated_gzip_still_gives_reads_alike(tmp_path: Path) -> None:
    """The rows before the damage are given, then the damage as a row of its own."""
    rows = [
        {"ticket": f"T{n}", "at": "2/3/2026 09:00", "what": "Opened", "who": "x", "subject": str(n * 7919 % 10007)}
        for n in range(3000)
    ]
    data = gzip.compress(as_csv(rows))
    for share in (3, 2, 1.2):
        told = agree(written(tmp_path, "x.csv.gz", data[: int(len(data) / share)]), mapped())
        assert told[-1][2][0] == "unreadable"


def test_a_damaged_parquet_page_loses_as_much_as_row_by_row(tmp_path: Path) -> None:
    """Rows that can no longer be read are named one by one, and no more of them than without batches."""
    many = [
        {"ticket": f"T{n}", "at": "2/3/2026 09:00", "what": "Opened", "who": "x", "subject": f"{n}" * 9}
        for n in range(30_000)
    ]
    path = tmp_path / "x.parquet"
    pq.write_table(pa.Table.from_pylist(many), path, row_group_size=8000)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2000] = bytes(2000)
    told = agree(written(tmp_path, "x.parquet", bytes(data)), mapped())
    assert len(told) == 30_000
    assert told[-1][2][0] == "unreadable"
    assert told[0][2][0] == ""


PIECES = st.lists(
    st.sampled_from([*'AB,,,,\n\n"\r é\0\ufeff', '""', '","', '"\n', '\n"', "\r\n", ROW, ROW]),
    max_size=60,
)


@settings(deadline=None)
@given(pieces=PIECES, ended=st.booleans())
def test_any_text_reads_alike(tmp_path_factory: pytest.TempPathFactory, pieces: list[str], ended: bool) -> None:
    """Whatever stands in a file: rows, rejects, numbers and lines are the same."""
    text = HEAD + "".join(pieces) + ("\n" if ended else "")
    agree(written(tmp_path_factory.mktemp("any"), "x.csv", text.encode()), mapped())
