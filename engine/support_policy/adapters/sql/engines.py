"""Connections to each kind of database, as this service needs them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock, get_ident
from time import monotonic, sleep
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.pool import StaticPool

from support_policy.service.watch.ports import StoreBusy

SNAPSHOT: Mapping[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""How PostgreSQL lets all that one transaction reads be of one instant; a transaction of SQLite always is."""
CONNECTIONS = 30
"""So many a process opens at most."""
_TRUSTED_SECONDS = 1.0
"""A connection that was used so lately is not tried before it is used again."""
_PRAGMAS = ("synchronous=FULL", "wal_autocheckpoint=20000", "cache_size=-65536", "temp_store=MEMORY")
"""Every commit is on the disk. What is written ahead grows to 80 MB before it is moved: moving it is what costs."""


class Turns:
    """Lets threads in one after another, in the order in which they came.

    SQLite lets one write at a time, and whoever waits there looks again now and then: a worker that begins its next
    transaction at once would keep all others out for as long as it has work. `patience` is in seconds.
    """

    def __init__(self, patience: float) -> None:
        self.patience = patience
        self._lock = Lock()
        self._line: deque[Event] = deque()
        self._taken = False
        self._inside = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """One turn. Raises `StoreBusy`, and RuntimeError in a thread that has one: it would wait for itself."""
        if self._inside == get_ident():
            raise RuntimeError("a transaction is open in this thread: it would wait for itself")
        self._wait()
        self._inside = get_ident()
        try:
            yield
        finally:
            self._inside = 0
            self._next()

    def _wait(self) -> None:
        with self._lock:
            if not self._taken:
                self._taken = True
                return
            mine = Event()
            self._line.append(mine)
        if mine.wait(self.patience):
            return
        with self._lock:
            if not mine.is_set():
                self._line.remove(mine)
                raise StoreBusy("the database cannot be used now: others write for too long")

    def _next(self) -> None:
        with self._lock:
            if self._line:
                self._line.popleft().set()
            else:
                self._taken = False


def read_url(url: str) -> URL:
    """The address of a database. Raises ValueError that says what is wrong, without its password."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise ValueError(
            "this is no address of a database: write `sqlite:///support.db` or `postgresql://...`"
        ) from None
    backend = address.drivername.split("+")[0]
    if backend in ("postgresql", "postgres"):
        return address.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise ValueError(f"`{backend}` is no database that is known: write `sqlite:///...` or `postgresql://...`")
    if address.host:
        raise ValueError("the path of a file stands after three slashes: write `sqlite:///support.db`")
    return address.set(drivername="sqlite")


def alone(address: URL) -> bool:
    """Whether it is a database in memory, which lives as long as its one connection."""
    return address.get_backend_name() == "sqlite" and address.database in (None, "", ":memory:")


def missing_file(url: str) -> str:
    """The file of an embedded database, where there is none yet, or an empty one; else empty.

    Raises ValueError as `read_url` does.
    """
    address = read_url(url)
    if address.get_backend_name() != "sqlite" or alone(address):
        return ""
    path = Path(address.database or "")
    return "" if path.exists() and not (path.is_file() and not path.stat().st_size) else address.database or ""


def engine_for(address: URL, busy_seconds: float) -> Engine:
    """Connections to a database; who finds it locked waits for `busy_seconds`."""
    sized: dict[str, Any] = {"pool_size": 10, "max_overflow": CONNECTIONS - 10, "pool_timeout": busy_seconds}
    if address.get_backend_name() == "postgresql":
        return _postgres(address, busy_seconds, sized)
    if alone(address):
        sized = {"poolclass": StaticPool}
    elif address.database:
        path = Path(address.database)
        path.parent.mkdir(parents=True, exist_ok=True)
        # It holds what customers wrote: its owner alone reads it, and the files that SQLite lays beside it likewise.
        path.touch(0o600)
    arguments = {"timeout": busy_seconds, "check_same_thread": False}
    engine = create_engine(address, connect_args=arguments, **sized)
    event.listen(engine, "connect", lambda connection, _record: _prepare(connection, busy_seconds))
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, busy_seconds: float) -> None:
    # The driver begins no transaction by itself: `_begin` says which kind.
    connection.isolation_level = None
    _keep_log(connection, busy_seconds)
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _keep_log(connection: Any, busy_seconds: float) -> None:
    """Write ahead, so that readers wait for no writer. Of several who turn it on at once SQLite refuses all but one."""
    import sqlite3

    until = monotonic() + busy_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError as problem:
            if "locked" not in str(problem) or monotonic() > until:
                raise
            sleep(0.01)
        else:
            return


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgres(address: URL, busy_seconds: float, sized: Mapping[str, Any]) -> Engine:
    query = {"connect_timeout": str(max(2, int(busy_seconds))), "application_name": "support-policy", **address.query}
    engine = create_engine(address.set(query=query), isolation_level="READ COMMITTED", **sized)
    milliseconds = int(busy_seconds * 1000)

    def prepare(connection: Any, _record: Any) -> None:
        connection.execute(f"SET lock_timeout = {milliseconds}")
        connection.commit()

    def used(_connection: Any, record: Any) -> None:
        record.info["used"] = monotonic()

    def tried(connection: Any, record: Any, _proxy: Any) -> None:
        if monotonic() - record.info.get("used", 0.0) < _TRUSTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except Exception as problem:
            # The server has gone meanwhile: another connection is made.
            raise DisconnectionError from problem

    event.listen(engine, "connect", prepare)
    event.listen(engine, "checkin", used)
    event.listen(engine, "checkout", tried)
    return engine
