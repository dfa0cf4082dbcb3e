"""A small policy with calendars, maintenance, contracts, dated roles, stand-ins, rotas and calendar files."""

from __future__ import annotations

from support_policy.policy.compiled import Policy
from support_policy.source.diagnostics import Diagnostic, PolicyError
from tests.policy.small import SMALL, compiled

CALENDARS = """\
  sydney: {zone: Australia/Sydney}
  denver: {zone: America/Denver}
calendars:
  sun: {any_of: [sydney, london, denver], zone: UTC}
  both: {any_of: [sun, extended]}
  extended: {zone: Europe/London, hours: {mon-sun: 07:00-22:00}, closed_days: rules/closed.ics}
maintenance:
  - {from: 2026-03-07T22:00:00Z, to: 2026-03-08T04:00:00Z, announced: 2026-03-01T09:00:00Z, notice: 72h, calendars: [sun], why: Upgrade}
  - {from: 2026-03-10T10:00:00Z, to: 2026-03-10T12:00:00Z}
"""  # noqa: E501 - a line of YAML
ORGANIZATIONS = """\
organizations:
  acme:
    office: london
    contracts:
      - {plan: business, from: 2026-01-01, until: 2026-03-31}
      - {plan: basic, from: 2026-05-01}
    roles:
      manager: m@acme.example
      directors:
        - {to: [d1@acme.example, d2@acme.example], until: 2026-03-31}
        - {to: d3@acme.example, from: 2026-04-01}
  globex:
    office: denver
    plan: gold
    roles:
      manager: [m@globex.example, n@globex.example]
stand_ins:
  - {for: m@acme.example, by: b@acme.example, from: 2026-07-01, until: 2026-07-14}
  - {for: b@acme.example, by: [c@acme.example, d1@acme.example], from: 2026-07-10, until: 2026-07-20}
rotas:
  directors:
    zone: Europe/London
    rotate: [first@x.example, [second@x.example, third@x.example]]
    handover: mon 09:00
    starts: 2026-01-05
    overrides:
      - {from: 2026-02-02T09:00:00Z, to: 2026-02-03T09:00:00Z, who: fourth@x.example}
  shift:
    zone: Europe/London
    weekly: {mon-fri 07:00-15:00: early@x.example, mon-fri 15:00-23:00: late@x.example}
    otherwise: night@x.example
  duty: {ics: rules/duty.ics}
"""
CLOSED = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example//calendar//EN
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20260805
DTEND;VALUE=DATE:20260807
SUMMARY:Company days
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART;VALUE=DATE:20260606
RRULE:FREQ=YEARLY;UNTIL=20280606
SUMMARY:Founders' day
END:VEVENT
END:VCALENDAR
"""
DUTY = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example//calendar//EN
BEGIN:VEVENT
UID:1
DTSTART:20260105T080000
DTEND:20260105T180000
RRULE:FREQ=DAILY;BYDAY=MO,WE;UNTIL=20261231T000000
SUMMARY:a@x.example
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART;TZID=America/Denver:20260106T080000
DURATION:PT10H
RRULE:FREQ=WEEKLY;COUNT=20
SUMMARY:On duty
ATTENDEE;CN=Somebody:mailto:b@x.example
END:VEVENT
END:VCALENDAR
"""
_DIRECTORY = SMALL["rules/directory.yaml"]
_BEGIN, _END = _DIRECTORY.index("organizations:"), _DIRECTORY.index("unknown_organization:")
WIDE = {
    **SMALL,
    "policy.yaml": SMALL["policy.yaml"].replace("default_office: london\n", f"{CALENDARS}default_office: london\n"),
    "rules/directory.yaml": _DIRECTORY[:_BEGIN] + ORGANIZATIONS + _DIRECTORY[_END:],
    "rules/closed.ics": CLOSED,
    "rules/duty.ics": DUTY,
}


def wide(*changes: tuple[str, str, str]) -> dict[str, bytes]:
    """The wide policy, each (file, text, other text) replaced."""
    files = dict(WIDE)
    for file, old, new in changes:
        assert files[file].count(old) == 1, f"{old!r} must stand once in {file}"
        files[file] = files[file].replace(old, new)
    return {name: text.encode() for name, text in files.items()}


def policy_of(*changes: tuple[str, str, str]) -> Policy:
    """The wide policy, changed."""
    return compiled(wide(*changes))


def found_in(files: dict[str, bytes]) -> tuple[Diagnostic, ...]:
    """Everything that is found in a policy, notes among it."""
    try:
        return compiled(files).findings
    except PolicyError as problem:
        return problem.diagnostics
