"""What a workflow's diagram shows: arrows merged, events that change nothing set apart, names made harmless."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from support_policy.model.workflow import Edge, Table

MANY = 4
"""An event that leads to one place from this many states is drawn once, from a box that names them all."""

EXCEPTIONS = 2
"""How many states "every state but ..." may except."""

_BIDI = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Arrow:
    """One line from box to box, with everything that leads along it."""

    source: str
    dest: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """One box: a state, or (`several`) a gathering of states that share arrows."""

    key: str
    title: str
    stays: tuple[str, ...] = ()
    final: bool = False
    several: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """Boxes and arrows to draw, and `notes`: sentences that replace arrows found in all the states."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    notes: tuple[str, ...]


def harmless(text: str) -> str:
    """`text` without characters that XML forbids or that reorder what is read; line breaks become spaces."""
    return "".join(" " if c.isspace() else "\ufffd" if _forbidden(c) else c for c in text if c not in _BIDI)


def _forbidden(c: str) -> bool:
    return unicodedata.category(c) in {"Cc", "Cs"} or c in "\ufffe\uffff"


def title_of(table: Table, state: str) -> str:
    """What people call `state`."""
    return harmless(table.states[state].label).strip() or harmless(state)


def labelled(trigger: str, edges: Sequence[Edge]) -> Iterator[tuple[str, Edge]]:
    """The edges that can be taken, each with its words: the trigger, and the rules it hangs on."""
    for n, edge in enumerate(edges):
        rules = [*edge.conditions, *(f"not {name}" for name in edge.unless)]
        yield harmless(trigger + (" if " + " and ".join(rules) if rules else " otherwise" if n else "")), edge
        if not rules:
            return


def merged(table: Table) -> tuple[Arrow, ...]:
    """Every move of `table` that can be taken, one arrow for each (state, next state), in order of declaration."""
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for source in table.states:
        for trigger in table.triggers:
            for label, edge in labelled(trigger, table.moves.get((source, trigger), ())):
                if label not in found[source, edge.dest]:
                    found[source, edge.dest].append(label)
        for label, dest in _timed(table, source):
            found[source, dest].append(label)
    return tuple(Arrow(source, dest, tuple(labels)) for (source, dest), labels in found.items())


def _timed(table: Table, state: str) -> Iterator[tuple[str, str]]:
    """What happens by itself when a state lasts, each with where it leads."""
    for timer in table.timers.get(state, ()):
        every = "every" if timer.repeat > 1 else "after"
        what = [timer.do] if timer.do else [f"tell {', '.join(timer.notify)}"]
        words = f"{every} {timer.after}: {what[0]}" + (f" if {timer.guard}" if timer.guard else "")
        edges = table.moves.get((state, timer.do), ()) if timer.do else ()
        yield harmless(words), edges[0].dest if edges else state


def picture(table: Table) -> Picture:
    """What to draw of `table`: `merged`, with what is the same in many states said once."""
    places: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    stays: defaultdict[str, list[str]] = defaultdict(list)
    for arrow in merged(table):
        for label in arrow.labels:
            if arrow.source == arrow.dest:
                stays[label].append(arrow.source)
            else:
                places[label, arrow.dest].append(arrow.source)
    lines: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    gatherings: dict[str, Box] = {}
    for (label, dest), sources in places.items():
        if len(sources) < MANY:
            for source in sources:
                lines[source, dest].append(label)
            continue
        title = _gathering(table, sources, dest)
        box = gatherings.setdefault(title, Box(f"several {len(gatherings)}", title, several=True))
        lines[box.key, dest].append(label)
    notes, own = _stays(table, stays)
    boxes = [Box(s, title_of(table, s), tuple(own.get(s, ())), state.final) for s, state in table.states.items()]
    arrows = tuple(Arrow(source, dest, tuple(labels)) for (source, dest), labels in lines.items())
    return Picture((*boxes, *gatherings.values()), arrows, notes)


def _gathering(table: Table, sources: Sequence[str], dest: str) -> str:
    extent = _extent(table, sources, dest)
    return f"any {extent}" if extent else ", ".join(title_of(table, s) for s in sources)


def _extent(table: Table, states: Sequence[str], dest: str = "") -> str:
    """`states` in words, such as `unfinished state but “new”`, if they are nearly all there are besides `dest`."""
    found: list[tuple[int, str]] = []
    unfinished = [s for s, state in table.states.items() if not state.final]
    for kind, group in (("state", list(table.states)), ("unfinished state", unfinished)):
        missing = [f"“{title_of(table, s)}”" for s in group if s not in states and s != dest]
        if len(missing) <= EXCEPTIONS and set(states) <= set(group):
            other = "other " if dest in group else ""
            found.append((len(missing), other + kind + (" but " + " and ".join(missing) if missing else "")))
    return min(found, key=lambda pair: pair[0])[1] if found else ""


def _stays(table: Table, stays: Mapping[str, Sequence[str]]) -> tuple[tuple[str, ...], Mapping[str, list[str]]]:
    """What leaves a state as it is: sentences for what holds nearly everywhere, and the rest by state."""
    own: defaultdict[str, list[str]] = defaultdict(list)
    shared: defaultdict[str, list[str]] = defaultdict(list)
    for label, states in stays.items():
        where = _extent(table, states) if len(states) >= MANY else ""
        if where:
            shared[where].append(label)
        else:
            for state in states:
                own[state].append(label)
    notes = tuple(f"In every {where}, without leaving it: {', '.join(labels)}" for where, labels in shared.items())
    return notes, own
