"""Backtests of what the service itself keeps: the logs of its tickets, read back to the facts that came in."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from support_policy.adapters.sql.logs import SqlLogs
from support_policy.adapters.sql.store import SqlStore, open_store
from support_policy.batch.decide import decide_table
from support_policy.batch.event_rows import event_table
from support_policy.batch.stored import read_stored
from support_policy.cli import main
from support_policy.model.event import Event, instant, micros
from tests.ticket.histories import policy
from tests.watch.house import NINE, P1, P3, House, house

ROOT = Path(__file__).parents[2]


def lived(at: House) -> None:
    """Three tickets: one that escalates, one answered in time, one answered in time as was learned too late."""
    first, second = at.submit(P1), at.submit(P3)
    at.until(NINE + timedelta(hours=1))
    at.event(second, "responded", by="engineer")
    third = at.submit(P1)
    at.until(NINE + timedelta(hours=5))
    at.event(third, "responded", NINE + timedelta(hours=2), by="engineer")
    at.event(first, "resolved", by="engineer")


def parts_of(store: SqlStore, rows: int) -> list[pa.Table]:
    """The facts of a store, in parts of about so many rows."""
    with store.look() as work:
        return list(SqlLogs(work.connection, rows).parts())


def test_what_is_decided_anew_is_what_the_service_decided(store_url: str) -> None:
    """Every kind of store gives its tickets' facts alone, and the same policy makes of them what the service made."""
    with house(store_url) as at:
        lived(at)
        store, now = open_store(store_url) if store_url != "sqlite://" else at.store, at.clock.now()
        assert isinstance(store, SqlStore)
        (part,) = parts_of(store, 1000)
        read = read_stored(policy(), part, micros(now))
        assert (read.rejects, read.events.num_rows) == ([], 6)
        found = decide_table(policy(), read.events, micros(now)).to_pylist()
        assert [row["ticket"] for row in found] == sorted(row["ticket"] for row in found)
        for row in found:
            head = at.head(row["ticket"])
            told = (row["state"], row["priority"], row["escalation_level"], row["organization"])
            assert told == (head.state, head.priority, head.escalation_level, head.organization)
            fired = sum(event.type == "level_fired" for event in at.log(row["ticket"]))
            assert fired == sum(row[f"{chain}.status"] == "fired" for chain in ("automatic.1", "automatic.2"))
        if store is not at.store:
            store.close()


def test_a_ticket_is_whole_in_one_part(store_url: str) -> None:
    """However small the parts, no ticket is parted, and all parts together hold every fact once."""
    with house(store_url) as at:
        lived(at)
        assert isinstance(at.store, SqlStore)
        whole, parts = parts_of(at.store, 1000), parts_of(at.store, 1)
        assert len(parts) == 3
        assert pa.concat_tables(parts).equals(pa.concat_tables(whole))
        with at.store.look() as work:
            logs = SqlLogs(work.connection)
            assert (logs.total(), logs.last(micros(NINE))) == (6, micros(NINE))
            assert logs.last(micros(NINE) - 1) is None


def test_what_was_told_under_another_version() -> None:
    """Facts that the policy does not declare are left out; an event of a type that it does not know is rejected."""
    bodies = [
        '{"at":"2026-03-02T10:00:00+00:00","type":"submitted","fields":{"organization":"acme","colour":"red"}}',
        '{"at":"2026-03-02T11:00:00+00:00","type":"respondd","by":"engineer"}',
    ]
    raw = pa.table({"ticket": ["T-1", "T-1"], "number": [1, 4], "body": bodies})
    read = read_stored(policy(), raw, micros(NINE + timedelta(days=365)))
    assert read.events["type"].to_pylist() == ["submitted"]
    assert [name for name in read.events.column_names if name.startswith("fact.")] == ["fact.organization"]
    (reject,) = read.rejects
    assert (reject.number, reject.ticket, reject.reason) == (4, "T-1", "policy")
    assert "responded" in reject.detail


def test_what_came_later_is_not_known_yet(store_url: str) -> None:
    """As of an instant, what came after it is rejected as lying in the future, as that of an export is."""
    with house(store_url) as at:
        lived(at)
        assert isinstance(at.store, SqlStore)
        (part,) = parts_of(at.store, 1000)
        read = read_stored(policy(), part, micros(NINE))
        assert [reject.reason for reject in read.rejects] == ["future"] * (6 - read.events.num_rows)
        assert read_stored(policy(), part, micros(NINE) - 1).events.num_rows == 0


def test_what_events_carry_keeps_its_kind() -> None:
    """What events carry stays a number, a truth or a list where all of a name are; else it is text."""
    at = instant(0)
    carried = [{"n": 3, "b": True, "l": ("x", "y"), "m": 1}, {"n": 2.5, "m": "z"}]
    table = event_table(policy(), [("VS-1", Event("updated", at, data=data)) for data in carried])
    assert [table[f"data.{name}"].to_pylist() for name in "nblm"] == [
        [3.0, 2.5],
        [True, None],
        [["x", "y"], None],
        ["1", "z"],
    ]


def test_an_empty_file_is_no_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file in which the service has kept nothing is told as empty, and stays so."""
    file = tmp_path / "empty.db"
    file.touch()
    assert main(["backtest", f"sqlite:///{file}", "--policy", str(ROOT)]) == 2
    assert f"`{file}` is empty" in capsys.readouterr().err
    assert file.stat().st_size == 0
