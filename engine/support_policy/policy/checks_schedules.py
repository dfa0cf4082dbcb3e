"""Checks of schedules: names, cron expressions, who is told, and whether they ever happen."""

from __future__ import annotations

from datetime import UTC, datetime

from support_policy.clock.schedule import cron_problem, upcoming
from support_policy.model.policy import PolicyText, Schedule, Selection
from support_policy.policy.calendars import Calendars
from support_policy.policy.checks_base import Names
from support_policy.source.diagnostics import Findings
from support_policy.source.nodes import shorten
from support_policy.source.shape import BAD
from support_policy.source.words import span_of

_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)
"""From when on a policy without `effective_from` is asked whether its schedules happen."""


def check_schedules(names: Names) -> None:
    """Everything that plain comparison finds in the schedules."""
    for schedule in names.text.schedules.values():
        wrong = schedule.cron and cron_problem(schedule.cron)
        if wrong:
            span = span_of(schedule.cron, schedule.span)
            help = "such as `0 9 * * mon-fri`: at 09:00 on weekdays"
            names.findings.error("P323", span, f"`{schedule.cron[:60]}` is no cron expression: {wrong}", help)
        if schedule.office:
            names.known(schedule.office, "calendar", schedule.span)
        if schedule.notify is not BAD:
            for role in schedule.notify:
                _role(names, schedule, role)
        if schedule.lists is not None and schedule.lists is not BAD:
            _lists(names, schedule.lists)


def _role(names: Names, schedule: Schedule, role: str) -> None:
    names.role(role, schedule.span)
    filled = names.roles.get(str(role), [])
    everywhere = ("unknown_organization", "rotas")
    if filled and not schedule.per and not any(by in everywhere for by in filled) and names.draft.whole:
        said = f"nobody fills the role `{role}` for all organizations at once"
        help = "say `per: organization` or `per: recipient`; or list it under `unknown_organization`, or make it a rota"
        names.findings.warn("P326", span_of(role, schedule.span), said, help)


def _lists(names: Names, lists: Selection) -> None:
    for word in lists.priority if lists.priority is not BAD else ():
        names.known(word, "priority", lists.span)
    if "role" not in names.declared.holes:
        # What could not be read of the directory may hold any name.
        for word in lists.organization if lists.organization is not BAD else ():
            names.offered(word, names.text.organizations, "organization", lists.span)
        for word in lists.team if lists.team is not BAD else ():
            names.offered(word, names.text.teams, "team", lists.span)
    for word in lists.state if lists.state is not BAD else ():
        known = names.known(word, "state", lists.span)
        state = names.life.states.get(word) if known and names.life else None
        if state is not None and state.final:
            said = f"in the state `{shorten(word)}` a ticket is over, and only open tickets are listed"
            names.findings.error("P327", span_of(word, lists.span), said, "name states that are not final")


def check_happens(text: PolicyText, calendars: Calendars, findings: Findings) -> None:
    """Schedules that never happen, because the office is closed whenever they would."""
    for schedule in text.schedules.values():
        time = calendars.named.get(schedule.office or text.default_office)
        if not schedule.only_when_open or time is None:
            continue
        start = text.effective_from or _SOME_DAY
        if next(upcoming(schedule.cron, time.business, start, only_when_open=True), None) is None:
            office = schedule.office or text.default_office
            said = f"the schedule `{schedule.name}` never happens: `{office}` is closed whenever it would"
            help = "choose another time, or remove `only_when_open`"
            findings.warn("P324", span_of(schedule.cron, schedule.span), said, help)
