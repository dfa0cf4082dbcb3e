"""Small exports with a fault each, and the verb `backtest` run on them: shared by the tests of the verb."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.replay.desk import EVENTS, FIXTURES, as_csv, as_parquet

HARBOUR, ORCHARD = FIXTURES / "harbour", FIXTURES / "orchard"
AT = "2026-03-10T00:00:00Z"
ROWS = [
    {"ticket": "A", "at": "2/3/2026 09:00", "what": "Opened", "who": "client", "subject": "Pears"},
    {"ticket": "A", "at": "2/3/2026 10:00", "what": "Answered", "who": "agent", "subject": ""},
    {"ticket": "B", "at": "3/3/2026 09:00", "what": "Opened", "who": "client", "subject": "Plums"},
]
SOUND = as_csv(ROWS)
FORMATLESS = EVENTS.replace('{formats: "%d/%m/%Y %H:%M", zone: UTC, epoch: seconds}', "{epoch: seconds}")
FILE_ORDER = f"{EVENTS}order: file\n"
TICKETS = """
shape: tickets
ticket: ticket
submitted: opened
instants: {zone: UTC}
milestones: [{at: solved, event: resolved, by: engineer}]
facts: {organization: {constant: north}, stated_priority: {constant: plain}}
"""


def line(*more: str) -> bytes:
    """The sound rows, and others after them."""
    return SOUND + "".join(f"{row}\r\n" for row in more).encode()


def truncated() -> bytes:
    """A Parquet file that ends too early."""
    data = as_parquet(ROWS * 500)
    return data[: len(data) // 2]


def damaged() -> bytes:
    """A Parquet file with its footer, and other bytes where its values should be."""
    data = bytearray(as_parquet([{**row, "subject": f"{row['subject']} {n}"} for n in range(500) for row in ROWS]))
    data[4:400] = bytes(396)
    return bytes(data)


APPLES = "C,3/3/2026 09:00,Opened,client,\u00c4pfel\r\n".encode("latin-1")
CUT = b'{"ticket": "A", "at": "2/3/2026 09:00", "what": "Opened"}\n{"ticket": \n'
FAULTS: dict[str, tuple[str, str, bytes, dict[str, int]]] = {
    # name: mapping, file name, bytes, rejected rows by reason
    "an instant without a time zone": (
        FORMATLESS, "x.csv", line("A,2026-03-04T10:00:00,Answered,agent,"), {"bad_instant": 4}
    ),
    "one format among others": (EVENTS, "x.csv", line("A,04-03-2026 10h00,Answered,agent,"), {"bad_instant": 1}),
    "events out of order, where the file's counts": (
        FILE_ORDER, "x.csv", line("A,2/3/2026 09:30,Answered,agent,"), {"out_of_order": 1}
    ),
    "events out of order, where the instants count": (EVENTS, "x.csv", line("A,2/3/2026 09:30,Answered,agent,"), {}),
    "an unknown priority": (
        EVENTS.replace("{constant: plain}", "{column: subject, values: {Pears: plain, Plums: plain}}"),
        "x.csv",
        line("C,3/3/2026 09:00,Opened,client,Quinces"),
        {"unknown_value": 1},
    ),
    "a duplicate": (EVENTS, "x.csv", line("A,2/3/2026 10:00,Answered,agent,"), {"duplicate": 1}),
    "a date in the future": (EVENTS, "x.csv", line("A,2/3/2099 10:00,Answered,agent,"), {"future": 1}),
    "resolved before opened": (
        TICKETS,
        "x.csv",
        b"ticket,opened,solved\nA,2026-03-02 09:00,2026-03-02 10:00\nB,2026-03-02 09:00,2026-03-01 10:00\n",
        {"before_submission": 1},
    ),
    "more fields than the header has": (EVENTS, "x.csv", line("A,2/3/2026 10:00,Answered,agent,a,b"), {"ragged": 1}),
    "another encoding": (EVENTS, "x.csv", SOUND + APPLES, {"encoding": 1}),
    "another encoding that nobody reads": (
        EVENTS.replace("subject: subject, ", ""),
        "x.csv",
        SOUND + APPLES,
        {},
    ),
    "a NUL": (EVENTS, "x.csv", line("A\0,2/3/2026 10:00,Answered,agent,"), {"encoding": 1}),
    "no JSON": (EVENTS, "x.ndjson", CUT, {"json": 1}),
    "a ticket that nothing begins": (EVENTS, "x.csv", line("C,2/3/2026 10:00,Answered,agent,"), {"never_began": 1}),
    "damage inside a Parquet file": (EVENTS, "x.parquet", damaged(), {"unreadable": 1500}),
}  # fmt: skip
"""Files with a fault in their rows: each is counted by its reason, and the run goes on."""

UNREADABLE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    # name: file name, bytes, word of the message
    "a truncated Parquet file": ("x.parquet", truncated, "cannot be read as Parquet"),
    "an empty file": ("x.csv", bytes, "the file is empty"),
    "a workbook": ("x.csv", lambda: b"PK\x03\x04" + bytes(40), "a zip archive or a workbook"),
    "a file without the columns": ("x.csv", lambda: b"a,b\n1,2\n", "has no column `ticket`"),
}
"""Files that cannot be read at all: exit 2, and what is the matter."""


def written(folder: Path, mapping: str, name: str, data: bytes) -> list[str]:
    """The beginning of a command for a file and a mapping written to a folder."""
    (folder / "mapping.yaml").write_text(mapping, encoding="utf-8")
    (folder / name).write_bytes(data)
    return [
        "backtest",
        str(folder / name),
        "--mapping",
        str(folder / "mapping.yaml"),
        "--policy",
        str(ORCHARD),
        "--at",
        AT,
    ]


def harbour(*more: str) -> list[str]:
    """A command for the desk `harbour`."""
    mapping, file = str(HARBOUR / "mapping.yaml"), str(HARBOUR / "tickets.csv")
    return ["backtest", file, "--mapping", mapping, "--policy", str(HARBOUR), "--at", AT, *more]
