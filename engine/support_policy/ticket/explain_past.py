"""What a ticket was at a point of its telling: decisions of the past are explained by what was so then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from support_policy.model.event import Event
from support_policy.ticket.evolve import evolve
from support_policy.ticket.state import TicketState


class Past:
    """The states of a ticket between the events of a telling (see `explain_tale.told`), without their logs."""

    def __init__(self, ticket: str, events: Sequence[Event]) -> None:
        state = TicketState(ticket=ticket)
        self._before: dict[int, TicketState] = {}
        for event in events:
            self._before[id(event)] = state
            # A log in every state would take the square of its length.
            state = replace(evolve(state, event), log=(), ids={})

    def before(self, event: Event) -> TicketState:
        """The ticket just before one of the events, which is the very object that the telling holds."""
        return self._before[id(event)]
