"""A small language for histories: `ticket("acme", "03-02 10:00", P1).then("+30m", "responded").seen("+3h")`.

Instants are local to the office that serves the organization, `MM-DD HH:MM` in 2026 (`YYYY-MM-DD HH:MM` otherwise), or
`+2h`, `+90m`, `+30s` on the wall clock from submission. 2026-03-02 is a Monday.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from support_policy.adapters.files import read_files
from support_policy.bootstrap import compile_files
from support_policy.policy.compiled import Policy
from support_policy.ticket.evaluate import Evaluation, evaluate

ROOT = Path(__file__).resolve().parents[2]
ZONES = {"globex": ZoneInfo("Europe/London"), "initech": ZoneInfo("Asia/Shanghai")}
LOS_ANGELES = ZoneInfo("America/Los_Angeles")

P1 = {"stated_priority": "P1", "environment": "production", "site_status": "down"}
P2 = {"stated_priority": "P2", "environment": "production", "site_status": "degraded"}
P3 = {"stated_priority": "P3", "kind": "problem"}
P4 = {"stated_priority": "P4", "kind": "enhancement"}
PRIORITIES = {"P1": P1, "P2": P2, "P3": P3, "P4": P4}

UNITS = {"h": "hours", "m": "minutes", "s": "seconds"}


@cache
def shipped() -> Mapping[str, bytes]:
    """The files of the shipped policy."""
    return read_files(ROOT)


@cache
def policy(**lines: str) -> Policy:
    """The shipped policy, with the one line of each named assumption overruled."""
    files = dict(shipped())
    text = files["policy.yaml"].decode()
    for name, value in lines.items():
        text, found = re.subn(rf"(?m)^  {name}: \S+", f"  {name}: {value}", text)
        assert found == 1, f"`{name}` stands on {found} lines"
    return compile_files({**files, "policy.yaml": text.encode()})


def edited(*changes: tuple[str, str, str]) -> Policy:
    """The shipped policy with (file, old text, new text) replaced; each old text stands there once."""
    files = dict(shipped())
    for file, old, new in changes:
        text = files[file].decode()
        assert text.count(old) == 1, f"`{old}` stands {text.count(old)} times in {file}"
        files[file] = text.replace(old, new).encode()
    return compile_files(files)


@dataclass(frozen=True)
class Ticket:
    """A history in the making; every method returns a new one."""

    zone: ZoneInfo
    start: datetime
    events: tuple[dict[str, Any], ...]

    def instant(self, at: str) -> datetime:
        """`+2h` from submission, or a local date and time."""
        relative = re.fullmatch(r"\+(\d+)([hms])", at)
        if relative:
            return self.start + timedelta(**{UNITS[relative[2]]: int(relative[1])})
        return local(at, self.zone)

    def then(self, at: str, type: str, /, by: str = "", *, learned: str = "", **more: Any) -> Ticket:
        """Something happens; `learned` is when it becomes known. Keys other than facts are those of events."""
        event: dict[str, Any] = {"at": self.instant(at).isoformat(), "type": type}
        if by:
            event["by"] = by
        if learned:
            event["recorded_at"] = self.instant(learned).isoformat()
        keys = {"to", "reason", "via", "team", "id", "into", "from", "from_submitted_at", "actor", "on_behalf_of"}
        event |= {key: value for key, value in more.items() if key in keys}
        fields = {key: value for key, value in more.items() if key not in keys}
        if fields:
            event["fields"] = fields
        return replace(self, events=(*self.events, event))

    def history(self) -> dict[str, Any]:
        """The history as `evaluate` reads it."""
        return {"ticket": "VS-1", "events": [dict(event) for event in self.events]}

    def seen(self, at: str, under: Policy | None = None) -> Seen:
        """The ticket evaluated as of an instant."""
        return Seen(evaluate(under or policy(), self.history(), self.instant(at)), self.zone)


@dataclass(frozen=True)
class Seen:
    """What `evaluate` says, with short ways to look at it."""

    data: Evaluation
    zone: ZoneInfo

    def target(self, metric: str = "first_response") -> dict[str, Any]:
        """The row of a metric, its instants in the short form."""
        (row,) = (row for row in self.data["targets"] if row["metric"] == metric)
        return {key: self.short(value) if key.endswith("_at") else value for key, value in row.items()}

    @property
    def response(self) -> str:
        """The status of the first response."""
        return str(self.target()["status"])

    @property
    def resolution(self) -> str:
        """The status of the resolution."""
        return str(self.target("resolution")["status"])

    def level(self, chain: str, number: int) -> dict[str, Any]:
        """The row of a level, its instants in the short form."""
        (row,) = (row for row in self.data["escalations"] if (row["chain"], row["level"]) == (chain, number))
        return {key: self.short(value) if key.endswith("_at") else value for key, value in row.items()}

    @property
    def levels(self) -> dict[tuple[str, int], str]:
        """The status of every level."""
        return {(row["chain"], row["level"]): row["status"] for row in self.data["escalations"]}

    @property
    def fired(self) -> list[tuple[str, int, str, str]]:
        """(chain, level, fired_at, cause) of every firing recorded, in the order of the log."""
        records = [e for e in self.data["events"] if e["type"] == "level_fired"]
        return [(e["chain"], e["level"], self.short(e["at"]) or "", e["cause"]) for e in records]

    def records(self, *types: str) -> list[dict[str, Any]]:
        """The events of these types."""
        return [event for event in self.data["events"] if event["type"] in types]

    def commands(self, *names: str) -> list[dict[str, Any]]:
        """The commands of these names."""
        return [command for command in self.data["commands"] if command["command"] in names]

    @property
    def refused(self) -> list[tuple[str, str]]:
        """(type, why) of every event that the workflow did not allow."""
        return [(e["type"], e["why"]) for e in self.data["events"] if e.get("outcome") == "refused"]

    @property
    def reasons(self) -> set[str]:
        """The rules, lines and assumptions that the evaluation names."""
        return {row["rule"] for row in self.data["because"]}

    @property
    def clauses(self) -> set[str]:
        """The clauses that the evaluation cites."""
        return {row["clause"] for row in self.data["because"] if row["clause"]}

    def short(self, instant: str | None) -> str | None:
        """An instant as `MM-DD HH:MM`, with seconds where there are any."""
        if instant is None:
            return None
        moment = datetime.fromisoformat(instant).astimezone(self.zone)
        return f"{moment:%m-%d %H:%M:%S}" if moment.second else f"{moment:%m-%d %H:%M}"


def ticket(organization: str | None, at: str, facts: Mapping[str, Any] | None = None, **more: Any) -> Ticket:
    """A ticket submitted at an instant with facts."""
    zone = ZONES.get(organization or "", LOS_ANGELES)
    start = local(at, zone)
    fields = {"organization": organization} if organization else {}
    submitted = {"at": start.isoformat(), "type": "submitted", "fields": {**fields, **(facts or {})}, **more}
    return Ticket(zone, start, (submitted,))


def local(at: str, zone: ZoneInfo) -> datetime:
    """`MM-DD HH:MM[:SS]` in 2026, or with another year before it, as an instant in UTC."""
    text = at if re.match(r"\d{4}-", at) else f"2026-{at}"
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def without(data: Any, *keys: str) -> Iterator[Any]:
    """Rows of JSON data without some of their keys."""
    for row in data:
        yield {key: value for key, value in row.items() if key not in keys}
