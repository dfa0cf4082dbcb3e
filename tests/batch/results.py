"""Small tables of results, made by hand: shared by the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from support_policy.adapters.files import read_files
from support_policy.batch.schema import result_schema
from support_policy.bootstrap import load_policy
from support_policy.bootstrap.policies import compile_files
from support_policy.policy.compiled import Policy

ROOT = Path(__file__).resolve().parents[2]
Row = dict[str, Any]


@cache
def shipped() -> Policy:
    """The shipped policy."""
    return load_policy(ROOT)


@cache
def incidents() -> Policy:
    """The policy of the incident desk."""
    return load_policy(ROOT / "examples" / "incidents")


@cache
def edited(folder: str, *edits: tuple[str, str]) -> Policy:
    """The policy of a folder of the project with texts of its files replaced by others; each occurs."""
    files = dict(read_files(ROOT / folder))
    for old, new in edits:
        names = [name for name, data in files.items() if old.encode() in data]
        assert names, old
        files |= {name: files[name].replace(old.encode(), new.encode()) for name in names}
    return compile_files(files)


def at(text: str) -> datetime:
    """A time of day in UTC: `2026-03-02 09:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def clock(metric: str, status: str, hours: float | None = None, **more: Any) -> Row:
    """What is said of a metric; `hours` were worked. It has ended unless it is running, paused or breached."""
    ended = status not in ("running", "paused", "breached")
    said = {"status": status, "worked_seconds": (hours or 0.0) * 3600, "run": 1, "started_at": at("2026-03-02 17:00")}
    if ended:
        said["stopped_at"] = at("2026-03-03 17:00")
    return {f"{metric}.{name}": value for name, value in {**said, **more}.items()}


def level(chain: str, number: int, fired: str = "") -> Row:
    """What is said of a level: planned, or fired at an instant."""
    said = {"status": "fired", "fired_at": at(fired), "cause": "due"} if fired else {"status": "planned"}
    return {f"{chain}.cycle": 1, **{f"{chain}.{number}.{name}": value for name, value in said.items()}}


def told(when: str, role: str, chain: str = "", number: int = 0, **more: Any) -> Row:
    """A notification of one address."""
    said = {"command": "notify", "chain": chain, "level": number, "cycle": 1, "cause": "due", "people": 1}
    return {"at": at(when), "role": role, **said, **more}


def ticket(name: str, priority: str, *parts: Mapping[str, Any], **more: Any) -> Row:
    """A ticket; `parts` are what `clock` and `level` give."""
    said: Row = {
        "opened_at": at("2026-03-02 17:00"),
        "state": "open",
        "events": 1,
        "decided_by": "rows",
        "refused": 0,
        "left_out": 0,
        "notifications": [],
    }
    for part in parts:
        said |= part
    return {"ticket": name, "priority": priority, **said, **more}


def table(policy: Policy, rows: Iterable[Row]) -> pa.Table:
    """Rows as results of a policy; what they leave out is null."""
    schema = result_schema(policy)
    made = list(rows)
    unknown = {name for row in made for name in row} - set(schema.names)
    assert not unknown, unknown
    return pa.table([pa.array([row.get(f.name) for row in made], f.type) for f in schema], schema=schema)
