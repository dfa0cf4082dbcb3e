"""What went wrong in a database, in the words of the ports."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DatabaseError, DBAPIError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from support_policy.service.watch.ports import StoreBusy, StoreConflict, StoreForeign, StoreFull

_FULL = "53100"
"""PostgreSQL: the disk is full."""
_UNWRITTEN = ("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_SHMSIZE")
"""SQLite: the disk is full; a quota is used up, or the medium takes no more."""
_BUSY = ("08", "53", "55", "57", "58")
"""PostgreSQL: no connection, too little of something, locked by others, an operator's doing, the system failed."""


@contextmanager
def in_our_words() -> Iterator[None]:
    """Raises a fault of the ports for what the database says; anything else as it is."""
    try:
        yield
    except (DBAPIError, PoolTimeout) as problem:
        raise _fault(problem) from problem


def _fault(problem: SQLAlchemyError) -> Exception:
    if not isinstance(problem, DBAPIError):
        return StoreBusy("too much is asked of the database at once")
    said, state = _said(problem.orig), getattr(problem.orig, "sqlstate", None) or ""
    if "is full" in said or state == _FULL or getattr(problem.orig, "sqlite_errorname", "") in _UNWRITTEN:
        return StoreFull(f"the database cannot take more: {said}")
    if isinstance(problem, IntegrityError) or state.startswith("40"):
        return StoreConflict(said)
    busy = problem.connection_invalidated or state[:2] in _BUSY
    # What breaks a limit of the database (class 54, such as a text too long for an index) does so for ever.
    if busy or (isinstance(problem, OperationalError) and state[:2] != "54"):
        return StoreBusy(f"the database cannot be used now: {said}")
    if type(problem) is DatabaseError:
        # So SQLite names a file that is no database, and one that is damaged.
        return StoreForeign(f"the database cannot be used: {said}")
    return problem


def _said(problem: object) -> str:
    """What the database said, without the values it said it of: they may be secrets."""
    first = getattr(getattr(problem, "diag", None), "message_primary", None)
    return " ".join(str(first or problem).split())[:300]
