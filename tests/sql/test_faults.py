"""What goes wrong in a database is said in the words of the ports, and nothing is half done."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from support_policy.adapters.sql.migrations import TABLE
from support_policy.adapters.sql.store import SqlStore, open_store
from support_policy.service.watch.ports import StoreBusy, StoreForeign, StoreFull, Work
from support_policy.service.watch.rows import AuditRow
from tests.sql.databases import Server
from tests.sql.made import AT, letter, made


def test_a_locked_database_is_busy(tmp_path: Path) -> None:
    """Who cannot write in time is told, readers go on, and later it works."""
    path = tmp_path / "store.db"
    store = open_store(f"sqlite:///{path}", busy_seconds=0.05)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match="the database cannot be used now: database is locked"), store.begin():
            pass
        with store.look() as work:
            assert work.tickets.overdue(AT * 2) == (0, None)
        other.execute("ROLLBACK")
    with store.begin() as work:
        work.tickets.save([made("T-1")])
    store.close()


def test_a_locked_ticket_is_busy_in_postgresql(postgres: Server) -> None:
    """Who waits for a lock waits no longer than is said."""
    url = postgres.new()
    one, other = open_store(url), open_store(url, busy_seconds=0.05)
    with one.begin() as work:
        work.tickets.save([made("T-1")])
    with one.begin() as work:
        work.tickets.heads(["T-1"], lock=True)
        with pytest.raises(StoreBusy, match="lock timeout"), other.begin() as second:
            second.tickets.heads(["T-1"], lock=True)
    with other.begin() as second:
        assert second.tickets.heads(["T-1"], lock=True)
    one.close()
    other.close()


def test_a_full_disk_changes_nothing(tmp_path: Path) -> None:
    """A decision that does not fit is refused whole; with room again, the same decision is stored."""
    store = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    limit(store, "(SELECT page_count FROM pragma_page_count)")
    big = made("T-1", records=3, letters=tuple(letter(f"k{n}", body="x" * 50_000) for n in range(9)))
    with (
        pytest.raises(StoreFull, match="the database cannot take more: database or disk is full"),
        store.begin() as work,
    ):
        work.tickets.save([big])
    with store.look() as work:
        assert not work.tickets.page({}, "", 9)
        assert not work.letters.page({}, 0, 9)
        assert work.tickets.logs(["T-1"]) == {"T-1": ()}
    limit(store, "1000000")
    with store.begin() as work:
        work.tickets.save([big])
    store.close()


def limit(store: SqlStore, pages: str) -> None:
    """Let the (only) connection of a store have no more pages than that."""
    with store.engine.connect() as connection:
        count = connection.execute(text(f"SELECT {pages}")).scalar()
        connection.execute(text(f"PRAGMA max_page_count = {count}"))


def test_a_restart_of_postgresql_is_survived(postgres: Server) -> None:
    """The call in flight is told and changed nothing; soon after, the same store works on new connections."""
    store = open_store(postgres.new())
    with store.begin() as work:
        work.tickets.save([made("T-1")])
    with pytest.raises(StoreBusy), store.begin() as work:
        restarted(postgres, work)
    with store.begin() as work:
        assert [head.ticket for head in work.tickets.page({}, "", 9)] == ["T-1"]
        work.tickets.save([made("T-2")])
    with pytest.raises(StoreBusy), store.look() as work:
        restarted(postgres, work)
    with store.look() as work:
        assert len(work.tickets.page({}, "", 9)) == 2
    store.close()


def restarted(postgres: Server, work: Work) -> None:
    """A transaction that a restart ends."""
    assert work.tickets.overdue(AT * 2)[1] == AT
    postgres.restart()
    work.tickets.heads(["T-1"], lock=False)


def test_a_server_that_is_not_there_is_busy(postgres: Server) -> None:
    """A wrong port, name or database is said, without the password."""
    with pytest.raises(StoreBusy, match="the database cannot be used now") as told:
        open_store("postgresql://me:secret@127.0.0.1:1/x", busy_seconds=0.1)
    assert "secret" not in str(told.value)
    with pytest.raises(StoreBusy, match='database "nowhere" does not exist'):
        open_store(postgres.url("nowhere"))


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """Somebody's file is not touched."""
    path = tmp_path / "notes.txt"
    path.write_text("Dear diary\n" * 400)
    with pytest.raises(StoreForeign, match="file is not a database"):
        open_store(f"sqlite:///{path}")
    assert path.read_text() == "Dear diary\n" * 400


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_database_of_something_else_is_refused(kind: str, postgres: Server, tmp_path: Path) -> None:
    """Tables that are not ours are left alone, and so is the schema of a newer program."""
    url = postgres.new(bare=True) if kind == "postgresql" else f"sqlite:///{tmp_path / 'store.db'}"
    execute(url, "CREATE TABLE invoices (id INTEGER)")
    with pytest.raises(StoreForeign, match="the database holds something else \\(a table `invoices`\\)"):
        open_store(url)
    execute(url, "DROP TABLE invoices")
    open_store(url).close()
    execute(url, f"UPDATE {TABLE} SET version_num = '9999'")  # noqa: S608 - the name is ours
    with pytest.raises(StoreForeign, match="has the schema 9999, and this program knows none newer than"):
        open_store(url)


def execute(url: str, statement: str) -> None:
    """Run a statement in a database, whatever it holds."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection, connection:
            connection.execute(statement)
        return
    import psycopg

    with psycopg.connect(url) as server:
        server.execute(statement.encode())


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("support.db", "this is no address of a database: write `sqlite:///support.db`"),
        ("postgresql://me:se:cret@host:x/y", "this is no address of a database"),
        ("mysql://me:secret@host/y", "`mysql` is no database that is known"),
    ],
)
def test_an_address_that_is_none_is_said(url: str, says: str) -> None:
    """What is no address of a database is refused in a sentence that holds no password."""
    with pytest.raises(ValueError, match=says) as told:
        open_store(url)
    assert "cret" not in str(told.value)


@pytest.mark.parametrize("table", ["events", "decisions", "audit"])
@pytest.mark.parametrize("what", ["DELETE FROM {}", "UPDATE {} SET at = 0"])
def test_the_log_is_only_appended_to(store_url: str, table: str, what: str) -> None:
    """The database itself refuses to change or drop what has been recorded."""
    store = open_store(store_url)
    with store.begin() as work:
        work.tickets.save([made("T-1")])
        work.register.audit(AuditRow(AT, "token.created"))
    with store.engine.connect() as connection, pytest.raises(DBAPIError, match=f"{table} are only appended to"):
        connection.execute(text(what.format(table)))
    store.close()


def test_a_new_database_is_its_owners_alone(tmp_path: Path) -> None:
    """What customers wrote is not for others on the machine, in the file or in those that SQLite lays beside it."""
    store = open_store(f"sqlite:///{tmp_path / 'made' / 'store.db'}")
    try:
        with store.begin() as work:
            work.tickets.next_number()
        modes = {path.name: path.stat().st_mode & 0o077 for path in (tmp_path / "made").iterdir()}
        assert modes
        assert set(modes.values()) == {0}
    finally:
        store.close()
