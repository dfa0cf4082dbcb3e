"""The store: transactions on a database, each whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from sqlalchemy import Connection, Engine

from support_policy.adapters.sql.engines import SNAPSHOT, Turns, alone, engine_for, read_url
from support_policy.adapters.sql.faults import in_our_words
from support_policy.adapters.sql.letters import SqlLetters
from support_policy.adapters.sql.mails import SqlMails
from support_policy.adapters.sql.migrating import migrate
from support_policy.adapters.sql.register import SqlRegister
from support_policy.adapters.sql.reports import SqlReports
from support_policy.adapters.sql.tickets import SqlTickets
from support_policy.adapters.sql.versions import SqlVersions

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
        asked = len(self.after)
        try:
            with in_our_words(), self.connection.begin_nested():
                yield
        except BaseException:
            del self.after[asked:]
            raise

    def afterwards(self, do: Callable[[], None]) -> None:
        """See the port."""
        self.after.append(do)


class SqlStore:
    """See `ports.Store`."""

    def __init__(self, engine: Engine, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self.engine = engine
        self._writer = engine.execution_options(writes=True)
        self._reader = engine.execution_options(**SNAPSHOT) if engine.dialect.name == "postgresql" else engine
        turns = Turns(busy_seconds) if engine.dialect.name == "sqlite" else None
        self._writes: Callable[[], AbstractContextManager[None]] = turns.one if turns else nullcontext
        # A database in memory is one connection: who reads waits too.
        self._reads = self._writes if alone(engine.url) else nullcontext

    @contextmanager
    def begin(self) -> Iterator[SqlWork]:
        """See the port."""
        with self._writes(), in_our_words(), self._writer.connect() as connection:
            work = SqlWork(connection)
            with connection.begin():
                yield work
        for do in work.after:
            do()

    @contextmanager
    def look(self) -> Iterator[SqlWork]:
        """See the port."""
        with self._reads(), in_our_words(), self._reader.connect() as connection, connection.begin():
            yield SqlWork(connection)

    def close(self) -> None:
        """See the port."""
        self.engine.dispose()


def open_store(url: str, *, busy_seconds: float = BUSY_SECONDS) -> SqlStore:
    """The store at `url`: `sqlite:///PATH`, `sqlite://` (in memory) or `postgresql://USER:PASSWORD@HOST/NAME`.

    Makes or migrates what is to be there. Raises ValueError for what is no such address, `StoreForeign` for a database
    that is not ours to use, and `StoreBusy` or `StoreFull`.
    """
    address = read_url(url)
    store = SqlStore(engine_for(address, busy_seconds), busy_seconds=busy_seconds)
    try:
        with in_our_words():
            migrate(store.engine)
    except BaseException:
        store.close()
        raise
    return store
