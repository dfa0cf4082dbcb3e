"""Where instants fall on a time line, which of them are named on its axis, and where labels find room."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from support_policy.render.sentences import MONTHS, clock, day
from support_policy.render.timeline import Lane, Mark

_MINUTES = (5, 10, 15, 30, 60, 120, 180, 240, 360, 720)
_DAYS = (1, 2, 7, 14)
_MONTHS = (1, 2, 3, 6, 12, 24, 60)
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear scale of elapsed time (a day with a change of the clocks is longer or shorter) over `width` units."""

    first: datetime
    last: datetime
    width: float

    @property
    def seconds(self) -> float:
        """How long a time is in view."""
        return self.last.timestamp() - self.first.timestamp()

    def x(self, at: datetime) -> float:
        """Where an instant falls, from 0 to `width`."""
        return (at.timestamp() - self.first.timestamp()) / self.seconds * self.width

    def time(self, x: float) -> datetime:
        """The instant that falls at `x`, in the drawing's zone."""
        return datetime.fromtimestamp(self.first.timestamp() + x / self.width * self.seconds, self.first.tzinfo)

    def stamp(self, at: datetime) -> str:
        """An instant in as few words as tell it apart in view: `12:00`, `Mon 12:00`, `2 Mar 12:00`."""
        if self.first.date() == self.last.date():
            return clock(at)
        if self.seconds <= 6 * 86_400:
            return f"{day(at)[:3]} {clock(at)}"
        year = f" {at.year}" if self.first.year != self.last.year and self.seconds > 300 * 86_400 else ""
        return f"{at.day} {MONTHS[at.month - 1]}{year} {clock(at)}"


@dataclass(frozen=True, slots=True)
class Tick:
    """A named instant of the axis; `row` 0 holds times (or dates), `row` 1 the dates that times belong to."""

    at: datetime
    label: str
    row: Literal[0, 1] = 0


def ticks(scale: Scale, room: float) -> list[Tick]:
    """The names of the axis: round local times, at least `room` units apart."""
    for minutes in _MINUTES:
        if scale.width * minutes * 60 / scale.seconds >= room:
            times = [Tick(at, clock(at)) for at in _times(scale, minutes)]
            return [*times, *_dates(scale, room)]
    for days in _DAYS:
        if scale.width * days * 86_400 / scale.seconds >= room:
            return [Tick(at, day(at)) for at in _midnights(scale) if _on(at, days)]
    months = next((m for m in _MONTHS if scale.width * m * 2_600_000 / scale.seconds >= room), _MONTHS[-1])
    return [
        Tick(at, f"{MONTHS[at.month - 1]} {at.year}")
        for at in _midnights(scale)
        if at.day == 1 and (at.year * 12 + at.month - 1) % months == 0
    ]


def _on(at: datetime, days: int) -> bool:
    """Days by twos from the first of 1970, weeks from Mondays."""
    return (at.toordinal() - (1 if days % 7 == 0 else 0)) % days == 0


def _midnights(scale: Scale) -> Iterator[datetime]:
    at = scale.first.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    while at.timestamp() <= scale.last.timestamp():
        if at.timestamp() >= scale.first.timestamp():
            yield at
        at += timedelta(days=1)


def _times(scale: Scale, minutes: int) -> Iterator[datetime]:
    before = scale.first.timestamp() - 1
    midnight = scale.first.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    while midnight.timestamp() <= scale.last.timestamp():
        for n in range(0, 1440, minutes):
            # A time that the clocks skip stands for the instant at which they jump: one name is enough.
            at = datetime.fromtimestamp((midnight + timedelta(minutes=n)).timestamp(), midnight.tzinfo)
            if before < at.timestamp() <= scale.last.timestamp() and at.timestamp() >= scale.first.timestamp():
                yield at
                before = at.timestamp()
        midnight += timedelta(days=1)


def _dates(scale: Scale, room: float) -> Iterator[Tick]:
    """The date of the left edge, and of every midnight that has room for it."""
    midnights = list(_midnights(scale))
    if not midnights or scale.x(midnights[0]) >= room * 1.2:
        yield Tick(scale.first, day(scale.first), 1)
    last = -room * 2
    for at in midnights:
        if scale.x(at) - last >= room * 1.2:
            yield Tick(at, day(at), 1)
            last = scale.x(at)


# -- labels --------------------------------------------------------------------------------------------------------

MOST_ROWS = 7


@dataclass(frozen=True, slots=True)
class Label:
    """A mark with its words: `x` is the mark; the text takes `begin` to `end` in `row` (0: beside the mark)."""

    mark: Mark
    text: str
    x: float
    begin: float
    end: float
    row: int


@dataclass(frozen=True, slots=True)
class Room:
    """Sizes for placing labels: half a mark, the gap beside it, and how wide a text is."""

    half: float
    gap: float
    each: float

    def width(self, text: str) -> float:
        """How wide a text is, at most."""
        return len(text) * self.each


def labels(scale: Scale, lane: Lane, room: Room, now: datetime | None = None) -> tuple[list[Label], int]:
    """The labels of a lane with their places, and how many rows below the line they take.

    No label lies on a line, a mark, another label, the leader between a mark and its label, or the line of `now`.
    Each is tried to the right of its mark, then to the left, then a row further down. Labels that find no room are
    left out.
    """
    lines = [(scale.x(s.begin), scale.x(s.end)) for s in lane.stretches]
    marks = _together(scale, lane.marks)
    taken = {row: [] if now is None else [_around(scale.x(now), room.half / 3)] for row in range(MOST_ROWS + 1)}
    taken[0] += [*lines, *(_around(x, room.half) for x, _, _ in marks)]
    # Where marks crowd at the left edge the rightmost goes first, at the right edge the leftmost.
    tries = [_placed(scale.width, order, room, taken) for order in (marks[::-1], marks)]
    made = min(tries, key=lambda labels: (-len(labels), max((label.row for label in labels), default=0)))
    made.sort(key=lambda label: label.x)
    return made, max((label.row for label in made), default=0)


def _around(x: float, half: float) -> Span:
    return x - half, x + half


def _placed(
    width: float, marks: Sequence[tuple[float, Mark, str]], room: Room, before: Mapping[int, list[Span]]
) -> list[Label]:
    """The labels for which there is room, placed in this order."""
    taken = {row: list(spans) for row, spans in before.items()}
    made: list[Label] = []
    for x, mark, text in marks:
        found = _place(width, (x, room.width(text)), room, taken)
        if found is None:
            continue
        row, begin, end = found
        made.append(Label(mark, text, x, begin, end, row))
        taken[row].append((begin, end))
        for above in range(1, row):
            taken[above].append((x, x))
    return made


def _together(scale: Scale, marks: Sequence[Mark]) -> list[tuple[float, Mark, str]]:
    """The marks from left to right; those at one point share a label."""
    found: list[tuple[float, Mark, list[str]]] = []
    for mark in sorted(marks, key=lambda m: m.at.timestamp()):
        x = scale.x(mark.at)
        if found and found[-1][1].at == mark.at:
            found[-1][2].append(mark.word)
        else:
            found.append((x, mark, [mark.word]))
    return [(x, mark, f"{_words(words)} {scale.stamp(mark.at)}") for x, mark, words in found]


def _words(words: list[str]) -> str:
    return ", ".join(words) if len(words) <= 3 else f"{', '.join(words[:2])} and {len(words) - 2} more"


def _place(
    width: float, mark: tuple[float, float], room: Room, taken: Mapping[int, list[Span]]
) -> tuple[int, float, float] | None:
    x, wide = mark
    # Beside its mark, with no other between them.
    for begin, reach in ((x + room.half + room.gap, x + room.half), (x - room.half - room.gap - wide, x - room.half)):
        end = begin + wide
        if begin >= 0 and end <= width and _free(taken, 0, (min(begin, reach), max(end, reach))):
            return 0, begin, end
    # Below, it begins or ends at the mark; a little aside only where something stands beside the mark in every row.
    for aside in (0.0, room.gap):
        for row in range(1, MOST_ROWS + 1):
            if not all(_free(taken, above, (x, x)) for above in range(1, row)):
                break
            for begin in (x + aside, x - aside - wide):
                if begin >= 0 and begin + wide <= width and _free(taken, row, (begin, begin + wide), room.gap / 2):
                    return row, begin, begin + wide
    return None


def _free(taken: Mapping[int, list[Span]], row: int, span: Span, gap: float = 0.0) -> bool:
    return all(end + gap <= span[0] or span[1] + gap <= begin for begin, end in taken.get(row, ()))
