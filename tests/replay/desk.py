"""Replays small invented exports in memory and on disk: shared by the tests of this folder."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from support_policy.adapters.tables import open_table
from support_policy.batch.mapping_text import read_mapping
from support_policy.batch.replay import Options, Replay, replay
from support_policy.bootstrap import load_policy
from support_policy.policy.compiled import Policy

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "replay"
NOW = datetime(2026, 4, 1, tzinfo=UTC)
AT = datetime(2026, 3, 10, tzinfo=UTC)

EVENTS = """
shape: events
ticket: ticket
at: at
instants: {formats: "%d/%m/%Y %H:%M", zone: UTC, epoch: seconds}
type:
  column: what
  values: {Opened: submitted, Answered: responded, Waiting: waiting_on_customer, Solved: resolved, Noise: ~}
by: {column: who, values: {agent: engineer, client: customer}, otherwise: missing}
facts: {organization: {constant: north}, subject: subject, stated_priority: {constant: plain}}
"""


@cache
def policy(desk: str = "orchard") -> Policy:
    """The policy of an invented desk."""
    return load_policy(FIXTURES / desk)


def replayed(path: Path, mapping: str, *, desk: str = "orchard", at: datetime | None = AT, **options: Any) -> Replay:
    """A file replayed by the text of a mapping."""
    made = read_mapping(mapping, "mapping.yaml")
    return replay(policy(desk), made, open_table(path, made), path.name, Options(now=NOW, at=at, **options))


def reasons(made: Replay) -> dict[str, int]:
    """How many rows were rejected, by reason."""
    return {found["reason"]: found["count"] for found in made.report["rows"]["reasons"]}


def balanced(made: Replay) -> bool:
    """Whether everything a report counts adds up."""
    rows, tickets, events = made.report["rows"], made.report["tickets"], made.report["events"]
    return (
        rows["read"] == rows["used"] + rows["rejected"]
        and rows["rejected"] == sum(found["count"] for found in rows["reasons"]) == len(made.rejects)
        and tickets["read"] == tickets["evaluated"] + tickets["rejected"]
        and tickets["rejected"] == sum(found["count"] for found in tickets["reasons"])
        and tickets["evaluated"] == sum(found["tickets"] for found in made.report["priorities"])
        and events["made"] == events["accepted"] + events["refused"] + events["left_out"]
        and len({reject.number for reject in made.rejects}) == len(made.rejects)
    )


Rows = Sequence[Mapping[str, Any]]


def as_csv(rows: Rows, delimiter: str = ",") -> bytes:
    """Rows as CSV."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def as_ndjson(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Rows as one JSON object a line."""
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def as_json(rows: Rows) -> bytes:
    """Rows as a JSON list."""
    return json.dumps(list(rows)).encode()


def as_parquet(rows: Rows) -> bytes:
    """Rows as Parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([dict(row) for row in rows]), out)
    return out.getvalue()


WRITERS: dict[str, Callable[[Rows], bytes]] = {
    "csv": as_csv,
    "ndjson": as_ndjson,
    "json": as_json,
    "parquet": as_parquet,
    "csv.gz": lambda rows: gzip.compress(as_csv(rows)),
    "ndjson.gz": lambda rows: gzip.compress(as_ndjson(rows)),
    "parquet.gz": lambda rows: gzip.compress(as_parquet(rows)),
}
"""File name ending -> the bytes of rows in that format."""


def written(folder: Path, name: str, data: bytes) -> Path:
    """A file in a folder."""
    path = folder / name
    path.write_bytes(data)
    return path
