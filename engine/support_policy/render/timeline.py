"""A ticket's decisions on a time line: lanes of lines and marks, with the hours in which the office is open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from support_policy.model.event import Event
from support_policy.render.sentences import (
    length,
    level_verdict,
    moment,
    plain,
    sentence,
    spaced,
    verdict,
)
from support_policy.render.sentences_runs import metric_title, run_of, runs
from support_policy.ticket.evaluate import Run
from support_policy.ticket.explain import explain
from support_policy.ticket.explain_sum import Row
from support_policy.ticket.explain_words import Explanation, LevelWhy, RequestWhy, TargetWhy

MarkKind = Literal[
    "event", "refused", "due", "met", "missed", "late", "fired", "planned", "withdrawn", "stopped", "paused"
]
Tone = Literal["plain", "good", "bad", "warn"]

WORDS: Mapping[MarkKind, str] = {
    "event": "happened", "refused": "not allowed or undone", "due": "due", "met": "met", "missed": "missed",
    "late": "done late", "fired": "told", "planned": "to be told", "withdrawn": "withdrawn", "stopped": "stopped",
    "paused": "paused",
}  # fmt: skip
"""What each mark means, for legends."""

WHOLE_DAYS = timedelta(days=21)
"""Over a longer time than this, whole days with open hours are shaded rather than the hours."""
NO_SHADE = timedelta(days=800)
"""Over a longer time than this nothing is shaded: single days cannot be seen."""
_NUMBER = re.compile(r"(?:, level \d+| \(run \d+\))$")
_TARGET = re.compile(r" \((?!run )[^()]*\)$")


@dataclass(frozen=True, slots=True)
class Mark:
    """A point in time on a lane; `word` says what happens there."""

    at: datetime
    kind: MarkKind
    word: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A line on a lane: the clock runs, stands `still` (paused, stopped), has time left (`ahead`), or runs `late`."""

    begin: datetime
    end: datetime
    kind: Literal["run", "still", "ahead", "late"]


@dataclass(frozen=True, slots=True)
class Lane:
    """One milestone or clock: its name, how it stands in a word (`status`) and in a sentence (`says`)."""

    name: str
    status: str
    says: str
    tone: Tone
    stretches: tuple[Stretch, ...]
    marks: tuple[Mark, ...]

    def times(self) -> list[str]:
        """What its marks say, in full; what `says` has said already is left out."""
        told = [(mark.word, moment(mark.at, year=True)) for mark in self.marks]
        return [f"{word} {at}" for word, at in told if at not in self.says]

    @property
    def short(self) -> tuple[str, str]:
        """Its name for narrow places, which may be cut, and behind it the number of its level or run, which may not."""
        name = _TARGET.sub("", self.name)
        found = _NUMBER.search(name)
        return (name[: found.start()], found.group()) if found else (name, "")


@dataclass(frozen=True, slots=True)
class Timeline:
    """A drawing of a ticket from `first` to `last` (None: there is nothing), in the zone of the office that serves it.

    `open` are the stretches to shade (whole days where `whole_days`); `now` is the instant `at`, where it is in view.
    """

    ticket: str
    says: str
    zone: str
    first: datetime | None
    last: datetime | None
    now: datetime | None
    at: datetime
    open: tuple[tuple[datetime, datetime], ...]
    whole_days: bool
    lanes: tuple[Lane, ...]

    def as_json(self) -> dict[str, Any]:
        """The drawing as plain JSON data; instants are ISO 8601."""
        made: dict[str, Any] = _plain(asdict(self))
        return made


def timeline(made: Run, why: Explanation | None = None) -> Timeline:
    """The time line of a decided history; `why` is its explanation where that has been made already."""
    why = why or explain(made)
    lanes = tuple(_lanes(why))
    instants = [at for lane in lanes for at in _instants(lane)]
    first, last, now = _range(why, lanes, instants)
    priority = f"{plain(why.priority.in_force)} {plain(why.priority.label)}".strip() or "no priority yet"
    whose = plain(why.organization_label or why.organization)
    says = ", ".join(part for part in (whose, priority, plain(why.state)) if part)
    whole = first is not None and last is not None and last - first > WHOLE_DAYS
    return Timeline(
        ticket=plain(why.ticket),
        says=says,
        zone=why.zone,
        first=first,
        last=last,
        now=now,
        at=why.at.replace(microsecond=0),
        open=_open(made, first, last),
        whole_days=whole,
        lanes=lanes,
    )


def _instants(lane: Lane) -> Iterator[datetime]:
    for stretch in lane.stretches:
        yield from (stretch.begin, stretch.end)
    for mark in lane.marks:
        yield mark.at


def _range(
    why: Explanation, lanes: tuple[Lane, ...], instants: list[datetime]
) -> tuple[datetime | None, datetime | None, datetime | None]:
    """What is in view, with a margin; now is in view while something still runs, or where it is near."""
    if not instants:
        return None, None, None
    first, last = min(instants, key=_utc), max(instants, key=_utc)
    live = any(lane.status in ("running", "paused", "missed", "planned", "measured so far") for lane in lanes)
    span = _utc(last) - _utc(first)
    in_view = live or _utc(why.at) <= _utc(last) + span / 4
    if in_view:
        last = max(last, why.at, key=_utc)
    margin = timedelta(seconds=max((_utc(last) - _utc(first)) * 0.04, 300))
    # Wall-clock arithmetic would move the ends across a change of the clocks.
    return _later(first, -margin), _later(last, margin), why.at if in_view else None


def _utc(at: datetime) -> float:
    return at.timestamp()


def _later(at: datetime, by: timedelta) -> datetime:
    return datetime.fromtimestamp(at.timestamp() + by.total_seconds(), at.tzinfo)


def _open(made: Run, first: datetime | None, last: datetime | None) -> tuple[tuple[datetime, datetime], ...]:
    if first is None or last is None or last - first > NO_SHADE:
        return ()
    intervals = made.policy.calendar(made.state.office, business=True).intervals(first, last)
    if last - first <= WHOLE_DAYS:
        return tuple(intervals)
    found: list[tuple[datetime, datetime]] = []
    for opens, _ in intervals:
        day = opens.replace(hour=0, minute=0, second=0, microsecond=0)
        begin, end = max(day, first, key=_utc), min(day + timedelta(days=1), last, key=_utc)
        if found and _utc(found[-1][1]) >= _utc(begin):
            found[-1] = (found[-1][0], max(end, found[-1][1], key=_utc))
        else:
            found.append((begin, end))
    return tuple(found)


# -- lanes ---------------------------------------------------------------------------------------------------------


def _lanes(why: Explanation) -> Iterator[Lane]:
    facts = [event for event in why.events if not event.engine or event.outcome]
    if facts:
        marks = tuple(Mark(e.at, "refused" if e.outcome == "refused" else "event", _event(e)) for e in facts)
        yield Lane("What happened", f"{len(facts)} event{'' if len(facts) == 1 else 's'}", "", "plain", (), marks)
    for target in why.targets:
        yield _target(why, target)
    for level in why.levels:
        yield _level(why, level)


def _event(event: Event) -> str:
    to = event.data.get("to") if event.type == "priority_changed" else None
    said = f"{spaced(event.type)} to {plain(to, 20)}" if to else spaced(event.type)
    return f"{said}: not allowed" if event.outcome == "refused" else said


_STATUS: Mapping[str, tuple[str, Tone]] = {
    "met": ("met", "good"),
    "breached": ("missed", "bad"),
    "missed_then_met": ("missed, done late", "bad"),
    "paused": ("paused", "warn"),
    "running": ("running", "plain"),
    "withdrawn": ("withdrawn", "plain"),
}


def _target(why: Explanation, target: TargetWhy) -> Lane:
    end = target.stopped_at or why.at
    name = sentence(metric_title(target))
    if target.promise is None:
        status = "measured" if target.stopped_at else "measured so far"
        marks = (Mark(target.stopped_at, "stopped", "stopped"),) if target.stopped_at else ()
        if target.paused_since and not target.stopped_at:
            status, marks = "paused", (Mark(target.paused_since, "paused", "paused"),)
        return Lane(name, status, _says(target), "plain", tuple(_lines(target.rows, end, None)), marks)
    status, tone = _STATUS.get(target.status, (target.status, "plain"))
    name = f"{name} ({length(target.promise.seconds)})"
    lines = [*_lines(target.rows, end, target.due_at)]
    if target.missed_at and target.due_at and end > target.due_at:
        lines.append(Stretch(target.due_at, end, "late"))
    return Lane(name, status, _says(target), tone, tuple(lines), tuple(_target_marks(target)))


def _says(target: TargetWhy) -> str:
    return "; ".join(filter(None, [sentence(verdict(target)), runs(target.earlier, target.status)]))


def _target_marks(target: TargetWhy) -> Iterator[Mark]:
    if target.due_at and target.missed_at == target.due_at:
        yield Mark(target.due_at, "missed", "due, missed")
    elif target.due_at:
        yield Mark(target.due_at, "due", "due")
        if target.missed_at:
            yield Mark(target.missed_at, "missed", "missed")
    if target.paused_since:
        yield Mark(target.paused_since, "paused", "paused")
    if target.stopped_at:
        kinds: Mapping[str, MarkKind] = {"met": "met", "missed_then_met": "late", "withdrawn": "withdrawn"}
        kind = kinds.get(target.status, "stopped")
        yield Mark(target.stopped_at, kind, WORDS[kind])


def _lines(rows: tuple[Row, ...], end: datetime, due: datetime | None) -> Iterator[Stretch]:
    """The lines of a sum: runs of what counts and what is closed, pauses apart; what lies beyond `end` is ahead."""
    for row in _joined(rows):
        kind: Literal["run", "still"] = "still" if row.kind in ("paused", "stopped") else "run"
        if row.begin < end:
            yield Stretch(row.begin, min(row.end, end), kind)
        if row.end > end and due is not None:
            yield Stretch(max(row.begin, end), row.end, "ahead")


def _joined(rows: tuple[Row, ...]) -> list[Row]:
    found: list[Row] = []
    for row in rows:
        still = row.kind in ("paused", "stopped")
        if found and still == (found[-1].kind in ("paused", "stopped")):
            found[-1] = Row(found[-1].kind, found[-1].begin, row.end, 0, 0)
        else:
            found.append(row)
    return found


def _level(why: Explanation, level: LevelWhy) -> Lane:
    status: Mapping[str, tuple[str, Tone]] = {
        "fired": ("told", "warn"), "planned": ("planned", "plain"), "withdrawn": ("withdrawn", "plain"),
    }  # fmt: skip
    word, tone = status.get(level.status, (level.status, "plain"))
    if level.voided:
        word, tone = "told, then undone", "warn"
    end = level.withdrawn_at or level.fired_at or why.at
    lines = list(_lines(level.rows, end, None if level.withdrawn_at else level.due_at))
    if level.fired_at and level.due_at and level.fired_at > level.due_at:
        lines.append(Stretch(level.due_at, level.fired_at, "late"))
    team = f" of {plain(level.team)}" if level.team else ""
    name = f"{sentence(spaced(level.chain))}{team}, level {level.level}"
    asked = [request for request in why.requests if request.chain == level.chain and level.level == 1]
    marks = [*_level_marks(level), *(mark for request in asked[-1:] for mark in _answer(request))]
    said = ": ".join(filter(None, [run_of(level), level_verdict(level)]))
    return Lane(name, word, sentence(said), tone, tuple(lines), tuple(marks))


def _level_marks(level: LevelWhy) -> Iterator[Mark]:
    if level.voided_fired_at:
        yield Mark(level.voided_fired_at, "refused", "told, undone")
    elif level.fired_at:
        if level.due_at and level.due_at != level.fired_at:
            yield Mark(level.due_at, "due", "due")
        yield Mark(level.fired_at, "fired", "told")
    elif level.withdrawn_at:
        yield Mark(level.withdrawn_at, "withdrawn", "withdrawn")
    elif level.due_at:
        yield Mark(level.due_at, "planned", "to be told")


def _answer(request: RequestWhy) -> Iterator[Mark]:
    if request.answered_at:
        yield Mark(request.answered_at, "event", request.answer if request.answer != "ended" else "ended unanswered")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else value
