"""The .ics files of a policy: days off of calendars, and who is on duty; what is wrong with them becomes findings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

from support_policy.source.diagnostics import Findings, did_you_mean
from support_policy.source.nodes import shorten
from support_policy.source.span import Span
from support_policy.source.words import span_of

if TYPE_CHECKING:
    from support_policy.clock.ics import Entry
    from support_policy.clock.reading import Zone
    from support_policy.clock.rota import People

Stretch = tuple[int, int, tuple[str, ...]]
"""Who is on duty from an instant until another (microseconds of UTC since 1970)."""


class CalendarFiles:
    """Reads calendar files by name (relative to the policy's folder), each once for a zone."""

    def __init__(self, files: Mapping[str, bytes], findings: Findings) -> None:
        self.files, self.findings = files, findings
        self._read: dict[tuple[str, str], tuple[Entry, ...] | None] = {}

    def closed_days(self, name: str, zone: Zone, otherwise: Span) -> dict[date, str]:
        """Days off and why: the dates of all-day entries. Entries with times of day close nothing: a note says so."""
        off: dict[date, str] = {}
        timed = 0
        for entry in self._entries(name, zone, otherwise):
            if entry.first is None or entry.last is None:
                timed += 1
                continue
            for n in range((entry.last - entry.first).days + 1):
                day = entry.first + timedelta(days=n)
                off[day] = "; ".join(dict.fromkeys(filter(None, (off.get(day, ""), entry.summary))))
        if timed:
            said = f"`{shorten(name)}`: {timed:,} entries with times of day close nothing"
            self.findings.note("P365", span_of(name, otherwise), said, "only all-day entries are days off")
        return dict(sorted(off.items()))

    def duty(self, name: str, zone: Zone, otherwise: Span) -> tuple[Stretch, ...]:
        """Who is on duty when: each entry's SUMMARY where that is an address, else its ATTENDEEs."""
        found: list[Stretch] = []
        nobody: set[int] = set()
        for entry in self._entries(name, zone, otherwise):
            who: People = (entry.summary,) if re.fullmatch(r"[^@\s]+@[^@\s]+", entry.summary) else entry.attendees
            if who:
                found.append((entry.start, entry.end, who))
            elif entry.line not in nobody:
                nobody.add(entry.line)
                said = f"the entry `{shorten(entry.summary)}` says nobody's address"
                help = "write the address as its SUMMARY, or add an ATTENDEE"
                self.findings.error("P366", Span(str(name), entry.line), said, help)
        return tuple(found)

    def _entries(self, name: str, zone: Zone, otherwise: Span) -> tuple[Entry, ...]:
        key = (str(name), zone.key)
        if key not in self._read:
            self._read[key] = self._parse(name, zone, otherwise)
        return self._read[key] or ()

    def _parse(self, name: str, zone: Zone, otherwise: Span) -> tuple[Entry, ...] | None:
        from support_policy.clock.ics import IcsError, read_ics

        data = self.files.get(name)
        if data is None:
            help = did_you_mean(name, self.files) or "calendar files stand under rules/, such as `rules/closed.ics`"
            said = f"there is no calendar file `{shorten(name)}` in the policy"
            self.findings.error("P362", span_of(name, otherwise), said, help)
            return None
        try:
            entries = read_ics(data, zone)
        except IcsError as problem:
            self.findings.error("P363", Span(str(name), problem.line), shorten(str(problem), 200), problem.help)
            return None
        if not entries:
            said = f"the calendar file `{shorten(name)}` has no entries from 2000 to 2099"
            self.findings.warn("P364", span_of(name, otherwise), said)
        return entries
