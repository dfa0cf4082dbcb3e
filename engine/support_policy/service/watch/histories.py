"""What is asked of all tickets at once, answered from tickets that were decided here and are kept nowhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from support_policy.model.event import micros
from support_policy.service.watch.projecting import head_of
from support_policy.service.watch.reports import Recorded, Which
from support_policy.service.watch.rows import Head
from support_policy.ticket.evaluate import Run


class Decided:
    """The `Reports` of decided histories, for previews: see `ports.Reports`."""

    def __init__(self, runs: Iterable[Run]) -> None:
        self._known = [(head_of(run.governing, run.state), run.state.log) for run in runs]

    def listed(self, which: Which) -> Iterator[Head]:
        """See `Reports.listed`."""
        heads = (head for head, _ in self._known if suits(head, which))
        yield from sorted(heads, key=lambda head: (head.begun, head.ticket))

    def recorded(self, types: Sequence[str], since: int, until: int) -> Iterator[Recorded]:
        """See `Reports.recorded`."""
        for head, log in self._known:
            for event in log:
                learned = micros(event.recorded_at or event.at)
                if event.engine and event.type in types and since < learned <= until:
                    yield Recorded(head.ticket, head.organization, head.priority, event)

    def begun(self, since: int, until: int) -> Mapping[tuple[str, str], int]:
        """See `Reports.begun`."""
        return Counter((head.organization, head.priority) for head, _ in self._known if since < head.begun <= until)


def suits(head: Head, which: Which) -> bool:
    """Whether a ticket is one of those asked for."""
    return (
        head.open
        and (not which.states or head.state in which.states)
        and (not which.priorities or head.priority in which.priorities)
        and (not which.organizations or head.organization in which.organizations)
        and (not which.teams or head.team in which.teams)
        and (which.breached is None or (head.breaches > 0) is which.breached)
        and (which.since is None or head.since <= which.since)
        and (which.begun is None or head.begun <= which.begun)
    )
