"""The events that timers and levels have happen by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from support_policy.batch.histories.lower import Lowered


@dataclass(frozen=True)
class ByItself:
    """An event of a timer (`place` holds its number) or of a level (the chain's number, the level's from 0)."""

    type: str
    carries: Mapping[str, str]
    place: tuple[int, int]
    timer: bool


def by_themselves(lowered: Lowered) -> list[ByItself]:
    """Every such event; not those that hand a ticket to a team or join another, which are left to the rows."""
    made = [
        ByItself(str(timed.words.do), {**_texts(timed.words.carries), "timer": str(timed.words.id)}, (number, 0), True)
        for number, timed in enumerate(lowered.timers)
        if timed.words.do
    ]
    for number, chain in enumerate(lowered.chains):
        for level in chain.levels:
            if level.do:
                carries = {**_texts(level.carries), "level": f"{chain.name}.{level.number}"}
                made.append(ByItself(str(level.do), carries, (number, level.number - 1), False))
    return [
        event
        for event in made
        if event.type in lowered.types and not {"team", "from_submitted_at"}.intersection(event.carries)
    ]


def _texts(carries: Mapping[str, str]) -> dict[str, str]:
    return {str(name): str(value) for name, value in carries.items()}
