"""The store: transactions on a database, each whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from threading import RLock
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import StaticPool

from support_policy.adapters.sql.faults import in_our_words
from support_policy.adapters.sql.letters import SqlLetters
from support_policy.adapters.sql.others import SqlMails, SqlRegister, SqlVersions
from support_policy.adapters.sql.reports import SqlReports
from support_policy.adapters.sql.tables import metadata
from support_policy.adapters.sql.tickets import SqlTickets

BUSY_SECONDS = 10.0
"""So long a writer waits for others before it gives up."""


class SqlWork:
    """See `ports.Work`."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.tickets = SqlTickets(connection)
        self.reports = SqlReports(connection)
        self.letters = SqlLetters(connection)
        self.versions = SqlVersions(connection)
        self.mails = SqlMails(connection)
        self.register = SqlRegister(connection)
        self.after: list[Callable[[], None]] = []

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """See the port."""
        with in_our_words(), self.connection.begin_nested():
            yield

    def afterwards(self, do: Callable[[], None]) -> None:
        """See the port."""
        self.after.append(do)


class SqlStore:
    """See `ports.Store`."""

    def __init__(self, engine: Engine, *, alone: bool = False) -> None:
        self.engine = engine
        # A database in memory is one connection, which threads take in turn.
        self._turn: AbstractContextManager[Any] = RLock() if alone else nullcontext()

    @contextmanager
    def begin(self) -> Iterator[SqlWork]:
        """See the port."""
        with self._turn, in_our_words():
            with self.engine.connect() as connection:
                connection.execution_options(writes=True)
                work = SqlWork(connection)
                with connection.begin():
                    yield work
            for do in work.after:
                do()

    @contextmanager
    def look(self) -> Iterator[SqlWork]:
        """See the port."""
        with self._turn, in_our_words(), self.engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                # All that is read is of one moment; SQLite has it so anyway.
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield SqlWork(connection)

    def close(self) -> None:
        """See the port."""
        self.engine.dispose()


def open_store(url: str, *, busy_seconds: float = BUSY_SECONDS) -> SqlStore:
    """The store at `url`: `sqlite:///PATH`, `sqlite://` (in memory) or `postgresql://USER:PASSWORD@HOST/NAME`.

    Makes or migrates what is to be there. Raises ValueError for what is no such address, and `StoreBusy`.
    """
    address = read_url(url)
    alone = address.get_backend_name() == "sqlite" and address.database in (None, "", ":memory:")
    store = SqlStore(_engine(address, busy_seconds, alone=alone), alone=alone)
    try:
        with in_our_words():
            metadata.create_all(store.engine)
    except BaseException:
        store.close()
        raise
    return store


def read_url(url: str) -> URL:
    """The address of a database. Raises ValueError that says what is wrong, without its password."""
    try:
        address = make_url(url)
    except ArgumentError:
        raise ValueError(
            "this is no address of a database: write `sqlite:///support.db` or `postgresql://...`"
        ) from None
    backend = address.drivername.split("+")[0]
    if backend in ("postgresql", "postgres"):
        return address.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise ValueError(f"`{backend}` is no database that is known: write `sqlite:///...` or `postgresql://...`")
    return address


def _engine(address: URL, busy_seconds: float, *, alone: bool) -> Engine:
    if address.get_backend_name() == "postgresql":
        return create_engine(address, pool_pre_ping=True, pool_size=10, max_overflow=20, pool_timeout=busy_seconds)
    more: dict[str, Any] = {"poolclass": StaticPool} if alone else {}
    if not alone and address.database:
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    arguments = {"timeout": busy_seconds, "check_same_thread": False}
    engine = create_engine(address, connect_args=arguments, **more)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: Any) -> None:
    # The driver begins no transaction by itself: `_begin` says which kind.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "wal_autocheckpoint=4000"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
