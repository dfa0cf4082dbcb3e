"""What may fall due of a ticket, in the order in which it happens at one instant (`agenda.Timer`)."""

from __future__ import annotations

from dataclasses import dataclass

from support_policy.batch.histories.lower import Lowered
from support_policy.batch.histories.state import Ints, Tickets
from support_policy.ticket.agenda import Kind


@dataclass(frozen=True)
class Slot:
    """A kind of pending instant, of a metric, chain or timer by number; `level` counts from 0."""

    kind: Kind
    number: int
    level: int
    pending: Ints


def slots(lowered: Lowered, state: Tickets) -> tuple[Slot, ...]:
    """Every slot; their arrays are those of the state."""
    by_metric = sorted(range(len(state.clocks)), key=lambda number: str(lowered.metrics[number].name))
    by_chain = sorted(range(len(state.runs)), key=lambda number: str(lowered.chains[number].name))
    by_timer = sorted(range(len(state.timers)), key=lambda number: str(lowered.timers[number].words.id))
    made = [
        Slot(Kind.PAUSE_LIMIT, number, 0, state.clocks[number].limit)
        for number in by_metric
        if any(pause.most for pause in lowered.metrics[number].pause)
    ]
    made += [Slot(Kind.TARGET, number, 0, state.clocks[number].due) for number in by_metric]
    for number in by_chain:
        runs = state.runs[number]
        made += [Slot(Kind.LEVEL, number, level, runs.pending[level]) for level in range(runs.levels)]
    for number in by_chain:
        words = lowered.chains[number].acknowledge
        if words is not None and words.lasts is not None:
            made.append(Slot(Kind.ACKNOWLEDGED, number, 0, state.runs[number].over_due))
    made += [Slot(Kind.STATE, number, 0, state.timers[number]) for number in by_timer]
    return tuple(made)
