"""Cross-checks of offices and calendars: names, unions, special days, maintenance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support_policy.model.calendars import ALWAYS, LOCAL, Joint
from support_policy.source.diagnostics import did_you_mean
from support_policy.source.nodes import shorten
from support_policy.source.span import Span
from support_policy.source.words import span_of

if TYPE_CHECKING:
    from support_policy.policy.checks import Checker


def check_calendars(checker: Checker) -> None:
    """Every check of calendars; what is found goes to the checker's findings."""
    _offices(checker)
    _names(checker)
    _unions(checker)
    _circles(checker)
    _maintenance(checker)


def _offices(checker: Checker) -> None:
    text, declared, findings = checker.text, checker.declared, checker.findings
    if not declared.names["office"] and "office" not in declared.holes:
        help = "`offices: {main: {zone: Europe/London}}`"
        findings.error("P311", text.span, "no office is declared", help)
        return
    if text.default_office:
        checker.known(text.default_office, "office", text.span)
    for day in text.special_days:
        if isinstance(text.calendars.get(day.office), Joint) or day.office == ALWAYS:
            said = f"`{day.office}` has no days of its own"
            help = "name an office, or a calendar with hours of its own"
            findings.error("P310", span_of(day.office, day.span), said, help)
        elif day.office and not declared.has("office", day.office):
            _known(checker, day.office, "office", day.span)


def _names(checker: Checker) -> None:
    offices = {str(name): name for name in checker.text.offices}
    for table in (checker.draft.offices, checker.draft.calendars):
        for name in table:
            span = span_of(name, checker.text.span)
            if name in (LOCAL, ALWAYS):
                said = f"the name `{name}` is taken: every policy has a calendar called so"
                checker.findings.error("P360", span, said, "choose another name")
            elif table is checker.draft.calendars and name in offices:
                said = f"`{name}` is the name of an office"
                related = (("declared here", span_of(_written(checker.draft.offices, name), checker.text.span)),)
                checker.findings.error(
                    "P360", span, said, "an office is a calendar: choose another name", related=related
                )


def _written(table: tuple[str, ...], name: str) -> str:
    return next(word for word in table if word == name)


def _known(checker: Checker, word: str, what: str, otherwise: Span, *, always: bool = False) -> bool:
    """Whether a calendar is declared (`always` may be named only where it makes sense)."""
    if checker.declared.has("calendar", word) and (always or word != ALWAYS):
        return True
    names = [name for name in checker.declared.names["calendar"] if always or name != ALWAYS]
    if word in (LOCAL, ALWAYS):
        said = f"`{word}` cannot be named here"
        help = "expected one of " + ", ".join(f"`{name}`" for name in names[:12])
    else:
        said, help = f"there is no {what} `{shorten(word)}`", did_you_mean(word, names)
    checker.findings.error("P310", span_of(word, otherwise), said, help)
    return False


def _unions(checker: Checker) -> None:
    for calendar in checker.text.calendars.values():
        if isinstance(calendar, Joint):
            for member in calendar.any_of:
                _known(checker, member, "calendar", calendar.span)


def _circles(checker: Checker) -> None:
    """Each circle is told once, at the name that closes it."""
    joint = {str(name): c for name, c in checker.text.calendars.items() if isinstance(c, Joint)}
    done: set[str] = set()
    told: set[str] = set()
    for start, calendar in joint.items():
        path: list[str] = []
        pending: list[tuple[str, bool, Span]] = [(start, False, calendar.span)]
        while pending:
            name, leaving, span = pending.pop()
            if leaving:
                path.pop()
                done.add(name)
            elif name in path:
                circle = [*path[path.index(name) :], name]
                if not told.intersection(circle):
                    way = shorten(" in ".join(f"`{n}`" for n in circle[::-1]), 200)
                    said = f"the calendar `{name}` contains itself: {way}"
                    checker.findings.error("P361", span, said, "leave one of them out")
                told.update(circle)
            elif name not in done and name in joint:
                path.append(name)
                pending.append((name, True, span))
                members = [str(member) for member in joint[name].any_of]
                spans = [span_of(member, joint[name].span) for member in joint[name].any_of]
                pending += [(m, False, s) for m, s in reversed(list(zip(members, spans, strict=True)))]


def _maintenance(checker: Checker) -> None:
    for window in checker.text.maintenance:
        for name in window.calendars:
            _known(checker, name, "calendar", window.span, always=True)
        if window.void and window.announced is not None:
            notice = f"less than {window.notice} before" if window.notice else "after"
            said = f"the window is void: it was announced at {window.announced.isoformat()}, {notice} it begins"
            checker.findings.note("P373", window.span, said, "its time counts")
