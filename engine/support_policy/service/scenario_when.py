"""Instants as scenarios write them, read and resolved: `start`, `+2bh`, `2026-03-02 10:00`, `page.1.due -1s`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from support_policy.clock.wall import instants_of, local_of
from support_policy.policy.compiled import Policy
from support_policy.service.scenario import When
from support_policy.source.diagnostics import Findings
from support_policy.source.nodes import Node, Scalar, kind_of
from support_policy.source.shape import BAD, Schema, Shape
from support_policy.source.words import FAR_AWAY, FIRST_YEAR, LAST_YEAR, Duration, parse_duration, parse_instant, spell

_WALL = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
_ZONED = rf"{_WALL}(?:Z|[+-][0-9]{{2}}:?[0-9]{{2}})"
_STEP = r"[+-] *[0-9][0-9.]*[bhms](?:[0-9.bhms])*"
_NAME = r"[A-Za-z][A-Za-z0-9_-]*(?:/[^\s{}\[\],.:#]+)?(?:\.[A-Za-z0-9_-]+)?"
_WHEN = re.compile(rf"(?P<base>{_ZONED}|{_WALL}|start|(?P<name>{_NAME})\.due)?(?P<steps>(?: *{_STEP})*) *")
_HELP = "write `start`, `+2h`, `+2bh`, `2026-03-02 10:00`, or what falls due: `first_response.due`, also with `-1s`"


class Instants(Shape):
    """An instant of a scenario. Gives a `When`; with `whole` only a wall time, or an instant with its offset."""

    expected = "an instant such as `start`, `+2h`, `+2bh` or `2026-03-02 10:00`"

    def __init__(self, *, whole: bool = False) -> None:
        self.whole = whole
        if whole:
            self.expected = "a date and time such as `2026-03-02 10:00`"

    def read(self, node: Node, findings: Findings) -> Any:
        """See `Shape.read`."""
        if not isinstance(node, Scalar) or node.empty:
            return self.wrong(node, findings)
        found = parse_when(node.text)
        if isinstance(found, When) and self.whole and (found.base not in ("wall", "instant") or found.offset):
            found = "a scenario starts at a date and time: `2026-03-02 10:00`"
        if isinstance(found, str):
            findings.error("T601", node.span, f"expected {self.expected}, found {kind_of(node)}", found)
            return BAD
        return replace(found, span=node.span)

    def schema(self) -> Schema:
        """See `Shape.schema`."""
        # What an editor reads as a date is a text here.
        steps = rf"( *{_STEP})*"
        pattern = f"{_WALL}.*" if self.whole else rf"({_WALL}.*|start|{_NAME}\.due)?{steps}"
        examples = ["2026-03-02 10:00"] if self.whole else ["start", "+2h", "+2bh", "first_response.due"]
        return {"type": "string", "pattern": rf"^ *{pattern} *$", "minLength": 1, "examples": examples}


def parse_when(text: str) -> When | str:
    """An instant as written, or what to write instead."""
    word = text.strip()
    found = _WHEN.fullmatch(word[:200])
    if not found or not word:
        if re.fullmatch(r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?", word):
            return f"name the day too: `2026-03-02 {word}`"
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", word):
            return f"name the time of day too: `{word} 10:00`"
        length = parse_duration(word.lstrip("+- "))
        if word[:1] in ("+", "-") and isinstance(length, str):
            return length
        return f"did you mean `+{word}` (from the start)?" if isinstance(length, Duration) else _HELP
    steps: list[tuple[int, Duration]] = []
    for step in re.findall(r"[+-] *[0-9.bhms]+", found["steps"]):
        length = parse_duration(step[1:])
        if isinstance(length, str):
            return length
        steps.append((-1 if step[0] == "-" else 1, length))
    base = found["base"] or "start"
    if found["name"]:
        return When(word, "due", name=found["name"], offset=tuple(steps))
    if base == "start":
        return When(word, "start", offset=tuple(steps))
    if re.fullmatch(_ZONED, base):
        at = parse_instant(base)
        return at if isinstance(at, str) else When(word, "instant", at.astimezone(UTC), offset=tuple(steps))
    # The hour may stand without its zero, as people write it.
    day, time = base[:10], base[11:].zfill(len(base[11:]) + (base[11:].index(":") == 1))
    try:
        wall = datetime.fromisoformat(f"{day}T{time}")
    except ValueError:
        return "there is no such date or time of day"
    return When(word, "wall", wall, offset=tuple(steps)) if FIRST_YEAR <= wall.year <= LAST_YEAR else FAR_AWAY


@dataclass(frozen=True, slots=True)
class Place:
    """Where a scenario's ticket is served: the zone of its wall times, and the office whose business time counts."""

    policy: Policy
    zone: str
    office: str

    def base(self, when: When, findings: Findings) -> datetime | None:
        """The instant that a wall time, or one with its offset, names; None after a finding."""
        if when.base == "instant" or when.at is None:
            return when.at
        found = instants_of(self.zone, when.at)
        if len(found) == 1:
            return found[0]
        if not found:
            said = f"`{when.text}` never was in {self.zone}: the clocks go forward over it"
            findings.error("T602", when.span, said, "choose a time before or after the change")
            return None
        offsets = " or ".join(f"`{local_of(self.zone, at).isoformat()}`" for at in found)
        said = f"`{when.text}` came twice in {self.zone}: the clocks go back over it"
        findings.error("T603", when.span, said, f"write {offsets}")
        return None

    def moved(self, at: datetime, when: When) -> datetime | None:
        """`at` after the steps of `when`; None where the office never opens so long."""
        calendar = self.policy.calendar(self.office, business=True)
        moved: datetime | None = at
        for sign, length in when.offset:
            if moved is None:
                return None
            if not length.business:
                moved += timedelta(seconds=sign * length.seconds)
            elif sign > 0:
                moved = calendar.due(moved, length.seconds)
            else:
                moved = calendar.before(moved, length.seconds)
        return moved.astimezone(UTC) if moved else None

    def resolve(
        self, when: When, start: datetime, due: Callable[[str], datetime | str], findings: Findings
    ) -> datetime | str | None:
        """The instant of `when` in UTC; a text that says why there is none; None after a finding."""
        base: datetime | str | None = start
        if when.base == "due":
            base = due(when.name)
        elif when.base != "start":
            base = self.base(when, findings)
        if not isinstance(base, datetime):
            return base
        moved = self.moved(base, when)
        if moved is None:
            return f"the office {self.office} never has so much business time"
        return moved if FIRST_YEAR <= moved.year <= LAST_YEAR else FAR_AWAY

    def local(self, at: datetime) -> datetime:
        """An instant as the clocks of the zone show it."""
        return local_of(self.zone, at)

    def spelt(self, at: datetime) -> str:
        """An instant as a wall time of the zone; with its offset where the wall time alone could be another."""
        local = local_of(self.zone, at)
        wall = local.replace(tzinfo=None)
        if len(instants_of(self.zone, wall)) != 1:
            return local.isoformat(sep=" ")
        text = wall.isoformat(sep=" ", timespec="microseconds" if wall.microsecond else "seconds")
        return text.removesuffix(":00") if not wall.microsecond else text

    def like(self, when: When, at: datetime, start: datetime) -> str:
        """An instant in the manner in which `when` was written: counted from the start, or as a wall time."""
        seconds = (at - start).total_seconds()
        relative = when.base == "start" and seconds >= 0 and seconds == int(seconds)
        if not relative:
            return self.spelt(at)
        return f"+{spell(seconds)}" if seconds else "start"


def place_of(policy: Policy, zone: str, organization: str | None) -> Place:
    """The place of a ticket of an organization; `zone` empty: that of the office that serves it."""
    known = policy.text.organizations.get(organization or "")
    office = str((known.office if known else "") or policy.text.default_office)
    return Place(policy, zone or str(policy.text.offices[office].zone), office)
