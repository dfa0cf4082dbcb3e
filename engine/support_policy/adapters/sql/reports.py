"""What is asked of all tickets at once, in SQL: by index, and row by row."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, literal_column, select

from support_policy.adapters.sql.common import Part
from support_policy.adapters.sql.tables import events, tickets
from support_policy.adapters.sql.tickets import HEAD, head_of_row
from support_policy.model.event import Event
from support_policy.service.watch.reports import Recorded, Which
from support_policy.service.watch.rows import Head

_AT_ONCE = 1000
"""So many rows are held at a time."""


class SqlReports(Part):
    """See `ports.Reports`."""

    def listed(self, which: Which) -> Iterator[Head]:
        """See the port."""
        # Said as the partial indexes say it, or they would not serve.
        query = select(*(tickets.c[name] for name in HEAD)).where(literal_column("tickets.open"))
        named = {
            tickets.c.state: which.states,
            tickets.c.priority: which.priorities,
            tickets.c.organization: which.organizations,
            tickets.c.team: which.teams,
        }
        for column, values in named.items():
            if values:
                query = query.where(column.in_(values))
        if which.breached is not None:
            query = query.where(tickets.c.breaches > 0 if which.breached else tickets.c.breaches == 0)
        if which.since is not None:
            query = query.where(tickets.c.since <= which.since)
        if which.begun is not None:
            query = query.where(tickets.c.begun <= which.begun)
        yield from map(head_of_row, self._rows(query))

    def recorded(self, types: Sequence[str], since: int, until: int) -> Iterator[Recorded]:
        """See the port."""
        query = (
            select(tickets.c.ticket, tickets.c.organization, tickets.c.priority, events.c.body)
            .join(tickets, tickets.c.ticket == events.c.ticket)
            .where(events.c.summed_at > since, events.c.summed_at <= until, events.c.type.in_(types))
        )
        for ticket, organization, priority, body in self._rows(query):
            yield Recorded(ticket, organization, priority, Event.from_json(json.loads(body)))

    def begun(self, since: int, until: int) -> Mapping[tuple[str, str], int]:
        """See the port."""
        columns = (tickets.c.organization, tickets.c.priority)
        query = (
            select(*columns, func.count()).where(tickets.c.begun > since, tickets.c.begun <= until).group_by(*columns)
        )
        return {(organization, priority): count for organization, priority, count in self.connection.execute(query)}

    def _rows(self, query: Select[Any]) -> Iterator[Any]:
        with self.connection.execution_options(yield_per=_AT_ONCE).execute(query) as found:
            yield from found
