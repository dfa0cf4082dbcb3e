"""The logs of every ticket of a store, in parts, for backtests: facts alone, each ticket whole in one part."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, func, select

from support_policy.adapters.sql.tables import events
from support_policy.batch.stored import STORED

FETCHED = 5000
"""So many records are fetched at once."""


class SqlLogs:
    """The facts that a store keeps, as of the transaction of `connection`."""

    def __init__(self, connection: Connection, rows: int = 200_000) -> None:
        self.connection, self.rows = connection, rows

    def total(self) -> int:
        """How many facts there are."""
        return int(self.connection.execute(select(func.count()).where(events.c.engine.is_(False))).scalar_one())

    def last(self, now: int) -> int | None:
        """The last instant of a fact that is not after `now` (microseconds since 1970)."""
        found = select(func.max(events.c.at)).where(events.c.engine.is_(False), events.c.at <= now)
        at: int | None = self.connection.execute(found).scalar_one()
        return at

    def parts(self) -> Iterator[Any]:
        """Tables (`batch.stored.STORED`) of about so many rows: by ticket, each one's in the order of its log."""
        import pyarrow as pa

        query = (
            select(events.c.ticket, events.c.number, events.c.body)
            .where(events.c.engine.is_(False))
            .order_by(events.c.ticket, events.c.number)
        )
        found = self.connection.execution_options(yield_per=FETCHED).execute(query)
        rows: list[tuple[str, int, str]] = []
        for row in found:
            if len(rows) >= self.rows and row.ticket != rows[-1][0]:
                yield _table(pa, rows)
                rows = []
            rows.append((row.ticket, row.number, row.body))
        if rows:
            yield _table(pa, rows)


def _table(pa: Any, rows: list[tuple[str, int, str]]) -> Any:
    return pa.table(dict(zip(STORED.names, map(list, zip(*rows, strict=True)), strict=True)), schema=STORED)
