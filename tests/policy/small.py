"""A small policy whose every line a test can spoil, and the two ways to read it."""

from __future__ import annotations

from datetime import date
from types import MappingProxyType

from support_policy.clock.holidays import Holidays, UnknownPlaceError
from support_policy.policy.compiled import Policy, compile_policy
from support_policy.source.diagnostics import Diagnostic, PolicyError

POLICY = """\
policy: Small
version: 1
business_hours: {mon-fri: 09:00-17:00}
offices:
  london: {zone: Europe/London, holidays: GB/ENG}
  paris: {zone: Europe/Paris}
default_office: london
special_days:
  - {date: 2026-12-24, office: london, hours: 09:00-13:00, why: Christmas Eve}
priorities:
  P1: {name: Urgent, first_response: 2bh, escalation: [automatic, requested]}
  P2: {name: Normal, first_response: 8bh, escalation: requested}
metrics:
  first_response:
    start: submitted
    stop:
      - {event: responded, by: [engineer, manager]}
      - {event: resolved, if: resolution_is_response}
  resolution:
    start: submitted
    stop: resolved
    pause: {while: waiting, if: waiting_pauses}
escalation:
  automatic:
    counts: resolution
    levels:
      - {after: 2bh, notify: manager, clause: c1}
      - {after: 3bh, notify: [manager, directors], then: reviewed}
  requested:
    on: asked
    accept: accepted
    until: resolved
    notify: manager
    remind: 1bh
schedules:
  digest: {cron: 0 9 * * mon-fri, notify: manager, only_when_open: yes}
assumptions:
  priority_in_force: stated
  nothing_assessable: P2
  resolution_is_response: yes
  waiting_pauses: no
  caught_up_after: 60s
"""
RULES = """\
rule_set: priority
hit_policy: first
rules:
  - id: down
    clause: c2
    conditions:
      all:
        - {name: site, operator: equal_to, value: down}
        - {name: users, operator: greater_than, value: 10}
    actions: [{name: assess, params: {priority: P1}}]
  - id: rest
    conditions: {name: site, operator: equal_to, value: up}
    actions: [{name: assess, params: {priority: P2}}]
"""
DIRECTORY = """\
facts:
  site: {one_of: [up, down]}
  users: number
  note: text
organizations:
  acme:
    office: london
    roles: {manager: m@acme.example, directors: [d@acme.example]}
unknown_organization: {roles: {manager: m@example.org, directors: d@example.org}}
clauses:
  c1: {says: One}
  c2: {says: Two}
"""
WORKFLOW = """\
workflow: request
initial: new
states:
  - new
  - open
  - waiting
  - {name: resolved, final: yes}
transitions:
  - {trigger: submitted, source: new, dest: open}
  - {trigger: responded, source: open, dest: =}
  - {trigger: waiting_on_customer, source: open, dest: waiting}
  - {trigger: asked, source: "*", dest: =}
  - {trigger: accepted, source: "*", dest: =, conditions: is-open}
  - {trigger: reviewed, source: "*", dest: =}
  - {trigger: automatic.1, source: "*", dest: =}
  - {trigger: resolved, source: [open, waiting], dest: resolved}
"""
GUARDS = """\
rule_set: guards
rules:
  - id: is-open
    conditions: {name: open_request, operator: is_true}
"""
SMALL = {
    "policy.yaml": POLICY,
    "rules/priority.yaml": RULES,
    "rules/directory.yaml": DIRECTORY,
    "rules/guards.yaml": GUARDS,
    "workflows/request.yaml": WORKFLOW,
}


def bank_holidays(country: str, subdivision: str | None, category: str) -> Holidays:
    """A library that knows one holiday of one country."""
    if country != "GB":
        raise UnknownPlaceError("country", country, "a code", "GB" if country.upper() in {"UK", "GP"} else "")
    days = {date(2026, 12, 25): "Christmas Day"}
    return Holidays(country, subdivision, MappingProxyType(days), (), "1", (1900, 2200), None)


def compiled(files: dict[str, bytes]) -> Policy:
    """The policy of some files."""
    return compile_policy(files, bank_holidays, "test")


def spoilt(file: str, old: str, new: str) -> dict[str, bytes]:
    """The small policy with one piece of text replaced."""
    assert SMALL[file].count(old) == 1, f"{old!r} must stand once in {file}"
    return {name: (text.replace(old, new) if name == file else text).encode() for name, text in SMALL.items()}


def findings(files: dict[str, bytes]) -> tuple[Diagnostic, ...]:
    """Everything that is found in a policy, whether it can be used or not; notes aside."""
    try:
        found = compiled(files).findings
    except PolicyError as problem:
        found = problem.diagnostics
    return tuple(d for d in found if d.severity != "note")
