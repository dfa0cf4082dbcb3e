"""What went wrong in a database, in the words of the ports."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from support_policy.service.watch.ports import StoreBusy, StoreConflict, StoreFull

_FULL = ("53100", "53200")
"""PostgreSQL: the disk is full, out of memory."""
_UNWRITTEN = ("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_SHMSIZE")
"""SQLite: the disk is full; a quota is used up, or the medium takes no more."""


@contextmanager
def in_our_words() -> Iterator[None]:
    """Raises `StoreBusy`, `StoreConflict` or `StoreFull` for what the database says; anything else as it is."""
    try:
        yield
    except (DBAPIError, PoolTimeout) as problem:
        raise _fault(problem) from problem


def _fault(problem: SQLAlchemyError) -> Exception:
    if isinstance(problem, PoolTimeout):
        return StoreBusy("too much is asked of the database at once")
    if not isinstance(problem, DBAPIError):
        return problem
    said = " ".join(str(problem.orig).split())[:300]
    state = getattr(problem.orig, "sqlstate", None) or ""
    name = getattr(problem.orig, "sqlite_errorname", "")
    if "is full" in said or state in _FULL or name in _UNWRITTEN:
        return StoreFull(f"the database cannot take more: {said}")
    if isinstance(problem, IntegrityError) or state.startswith("40"):
        return StoreConflict(said)
    busy = problem.connection_invalidated or state[:2] in ("08", "53", "55", "57")
    # What breaks a limit of the database (class 54, such as a text too long for an index) does so for ever.
    if busy or (isinstance(problem, OperationalError) and state[:2] != "54"):
        return StoreBusy(f"the database cannot be used now: {said}")
    return problem
