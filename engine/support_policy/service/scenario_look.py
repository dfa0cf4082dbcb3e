"""What a claim of an expectation is held against, and how it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from support_policy.render.sentences import length, moment
from support_policy.service.scenario_edit import Edit
from support_policy.service.scenario_seen import Seen
from support_policy.service.scenario_walk import Walk
from support_policy.service.scenario_when import Place
from support_policy.source.diagnostics import Findings


@dataclass(slots=True)
class Miss:
    """How a claim fails: what was expected and what was found, as written in a scenario; the nearest miss in words.

    `edit` is what would make the claim true; None where nothing that may be written would.
    """

    expected: str
    found: str
    why: list[str] = field(default_factory=list)
    edit: Edit | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What a claim is held against: what is seen now, what was seen by the expectation before, and the whole story."""

    place: Place
    start: datetime
    seen: Seen
    before: Seen | None
    walk: Walk
    findings: Findings

    def gap(self, at: datetime, expected: datetime) -> str:
        """An instant, and how far it lies from the one expected: `on Mon 2 Mar, 13:00, 1 h later than expected`."""
        seconds = (at - expected).total_seconds()
        far = f", {length(seconds)} {'later' if seconds > 0 else 'earlier'} than expected" if seconds else ""
        return f"on {self.spoken(at)}{far}"

    def spoken(self, at: datetime) -> str:
        """An instant for people, in the zone of the scenario."""
        return moment(self.place.local(at))

    def changes(self, value: Callable[[Seen], object], wanted: object) -> str:
        """When, nearest to this instant, something was or becomes as expected."""
        earlier = later = None
        for step in self.walk.steps():
            if step.at > self.seen.at:
                if value(step) == wanted:
                    later = step.at
                    break
            else:
                earlier = True if value(step) == wanted else earlier
        if later is not None:
            return f"it becomes so {self.gap(later, self.seen.at)}"
        if earlier:
            since = self._since(value, value(self.seen))
            return f"it was so before, until {self.spoken(since)}" if since else "it was so before"
        return "it never becomes so"

    def _since(self, value: Callable[[Seen], object], now: object) -> datetime | None:
        """Since when it has been as it is now."""
        since = None
        for step in self.walk.steps():
            if step.at > self.seen.at:
                break
            since = (since or step.at) if value(step) == now else None
        return since


def written(value: object) -> str:
    """A single value as a scenario writes it."""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def in_brackets(words: Iterable[str]) -> str:
    """A list as a scenario writes it."""
    return f"[{', '.join(words)}]"


def in_braces(entries: Mapping[str, object]) -> str:
    """A mapping as a scenario writes it."""
    return f"{{{', '.join(f'{name}: {value}' for name, value in entries.items())}}}"
