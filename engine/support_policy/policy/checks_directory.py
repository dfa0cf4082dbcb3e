"""Cross-checks of the directory: organizations, contracts, dated roles, stand-ins, rotas."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from support_policy.clock.hours import Hours, merged
from support_policy.clock.reading import WEEKDAYS, week
from support_policy.clock.zone import DAY
from support_policy.model.directory import Contract, Dated, Organization, RotaText, StandIn
from support_policy.policy.directory import applies, everyone
from support_policy.source.diagnostics import did_you_mean, nearest
from support_policy.source.nodes import shorten
from support_policy.source.shape import BAD
from support_policy.source.span import Span
from support_policy.source.words import span_of

if TYPE_CHECKING:
    from support_policy.policy.checks import Checker

_REACHABLE = re.compile(r"[^@\s]+@[^@\s]+|channel:[A-Za-z][A-Za-z0-9_-]{0,63}")
_LATER = "choose dates that follow one another: `until` is inclusive"


def _told(checker: Checker, plans: set[str]) -> set[str]:
    """The roles that are told by timers, and by the chains that an organization with these plans may have."""
    text = checker.text
    chains = {str(name) for priority in text.priorities.values() for name in priority.escalation}
    for name, plan in text.plans.items():
        if name in plans:
            chains |= {str(c) for entry in plan.entries.values() if entry is not BAD for c in entry.escalation or ()}
    rules = text.rule_sets.get("targets")
    for action in (action for rule in rules.rules for action in rule.actions) if rules else ():
        if action.name == "use_chain" and action.params is not BAD:
            chains.add(str(action.params.get("chain", "")))
    told = {str(role) for c in text.chains.values() if c.name in chains for level in c.levels for role in level.notify}
    timers = (timer for machine in checker.draft.workflows.values() for timer in machine.timers)
    return told | {str(role) for timer in timers for role in timer.notify}


def check_directory(checker: Checker) -> None:
    """Every check of the directory; what is found goes to the checker's findings."""
    text = checker.text
    of_teams = {str(role) for team in text.teams.values() for role in team.roles or ()}
    for organization in text.organizations.values():
        if organization.office:
            checker.known(organization.office, "office", organization.span)
        _contracts(checker, organization)
        _plans(checker, organization)
        told = _told(checker, {str(organization.plan), *(str(contract.plan) for contract in organization.contracts)})
        _roles(checker, organization, told)
        if organization.roles is BAD:
            continue
        filled = {str(role) for role in (*organization.roles, *text.rotas, *of_teams)}
        for role in sorted(told & set(checker.roles) - filled):
            said = f"nobody fills the role `{role}` for `{organization.name}`"
            checker.findings.warn("P315", organization.span, said, f"add `{role}:` to its `roles`")
    if text.unknown_organization:
        _roles(checker, text.unknown_organization, _told(checker, set()))
    if text.organizations and not text.unknown_organization and checker.draft.whole:
        said = "no `unknown_organization` in the directory: nobody is told of tickets of unknown organizations"
        checker.findings.note("P319", next(iter(text.organizations.values())).span, said)
    _reachable(checker)
    _stand_ins(checker)
    told = _told(checker, set(text.plans))
    for name, rota in text.rotas.items():
        _rota(checker, rota)
        if name in told:
            _rota_gaps(checker, rota)


def _dates(checker: Checker, entries: Iterable[Dated | Contract | StandIn]) -> list[Dated | Contract | StandIn]:
    """The entries whose dates can be used, the earliest first; reversed dates are told."""
    found = []
    for entry in entries:
        if BAD in (entry.first, entry.last):
            continue
        if entry.first and entry.last and entry.last < entry.first:
            said = f"{entry.first} to {entry.last} is no range of dates"
            checker.findings.error("P303", entry.span, said, "`from` comes first; `until` is inclusive")
            continue
        found.append(entry)
    return sorted(found, key=lambda entry: entry.first or date.min)


def _contracts(checker: Checker, organization: Organization) -> None:
    known = _dates(checker, organization.contracts)
    for first, second in pairwise(known):
        if first.last is None or (second.first or date.min) <= first.last:
            said = f"two contracts of `{organization.name}` hold on {second.first or first.last or 'every date'}"
            related = (("the other contract", first.span),)
            checker.findings.error("P369", second.span, said, _LATER, related=related)


def _plans(checker: Checker, organization: Organization) -> None:
    """Without `plans:` a plan is a word for rules alone; with it, every plan is declared."""
    plans = checker.declared.names.get("plan", ())
    for plan in (organization.plan, *(contract.plan for contract in organization.contracts)):
        if plans and plan and not checker.declared.has("plan", plan):
            said = f"no plan `{shorten(plan)}` is declared under `plans`"
            help = did_you_mean(plan, plans)
            if not help.startswith("did you mean"):
                help = f"declare it, if it is one: `{shorten(plan)}: {{}}`"
            checker.findings.warn("P375", span_of(plan, organization.span), said, help)


def _roles(checker: Checker, organization: Organization, told: set[str]) -> None:
    """Days on which nobody fills a role: between dated entries, and, where somebody is to be told, before and after."""
    whose = f" for `{organization.name}`" if organization.name else " for unknown organizations"
    for role, entries in (organization.roles or {}).items():
        if entries is BAD:
            continue
        known = _dates(checker, entries)
        if not known or len(known) < len(entries) or role in checker.text.rotas:
            continue
        for last, following, span in _gaps(known):
            said = f"nobody fills the role `{role}`{whose} from {last} to {following}"
            checker.findings.note("P367", span, said, "let the next entry begin the day after")
        ends = [f"before {known[0].first}"] if known[0].first else []
        if all(entry.last for entry in known):
            ends.append(f"after {max(entry.last for entry in known if entry.last)}")
        if ends and role in told:
            said = f"nobody fills the role `{role}`{whose} {' and '.join(ends)}"
            checker.findings.note("P368", known[-1].span, said, "leave out the outer dates of its entries")


def _gaps(known: Sequence[Dated | Contract | StandIn]) -> Iterable[tuple[date, date, Span]]:
    """(first day, last day) without any entry between two entries, and where the later of them stands."""
    reached = known[0].last
    for entry in known[1:]:
        if reached is None:
            return
        if entry.first and entry.first - reached > timedelta(days=1):
            yield reached + timedelta(days=1), entry.first - timedelta(days=1), entry.span
        reached = None if entry.last is None else max(reached, entry.last)


def _stand_ins(checker: Checker) -> None:
    text = checker.text
    known = [
        one for one in _dates(checker, text.stand_ins) if isinstance(one, StandIn) and BAD not in (one.absent, one.by)
    ]
    if checker.draft.whole and not any(rota.ics for rota in text.rotas.values()):
        people = _people(checker)
        for one in known:
            if one.absent not in people:
                close = nearest(one.absent, people)
                said = f"nobody in the directory has the address `{shorten(one.absent)}`"
                help = f"did you mean `{close}`?" if close else ""
                checker.findings.warn("P374", span_of(one.absent, one.span), said, help)
    if _circle(known):
        for day in sorted({one.first or date.min for one in known}):
            circle = _circle([one for one in known if applies(one, day)])
            if circle:
                people_of = " for ".join(f"`{shorten(one.absent)}`" for one in [*circle, circle[0]][::-1])
                when = "" if day == date.min else f" on {day}"
                said = f"stand-ins go in a circle{when}: {shorten(people_of, 200)}"
                checker.findings.error("P372", circle[-1].span, said, "let somebody who is there stand in")
                return


def _circle(stand_ins: Sequence[StandIn]) -> list[StandIn]:
    """Stand-ins each of whom is replaced by the next, and the last by the first; empty when there are none."""
    of: dict[str, list[StandIn]] = {}
    for one in stand_ins:
        of.setdefault(str(one.absent), []).append(one)
    done: set[str] = set()
    for start, replaced in of.items():
        path: list[StandIn] = []
        pending: list[tuple[StandIn, str] | None] = [(one, str(by)) for one in replaced for by in one.by]
        on_path = [start]
        while pending:
            step = pending.pop()
            if step is None:
                done.add(on_path.pop())
                path.pop()
                continue
            one, by = step
            if by in on_path:
                return [*path[on_path.index(by) :], one]
            if by in done or by not in of:
                continue
            path.append(one)
            on_path.append(by)
            pending.append(None)
            pending += [(other, str(further)) for other in of[by] for further in other.by]
        done.add(start)
    return []


def _people(checker: Checker) -> set[str]:
    """Every address that the directory names."""
    return {str(address) for address in _addresses(checker)}


def _addresses(checker: Checker) -> Iterator[str]:
    """Every address as it is written; those of calendar files aside."""
    text = checker.text
    customers = (*text.organizations.values(), *filter(None, [text.unknown_organization]))
    filled = [roles for roles in (*(c.roles for c in customers), *(t.roles for t in text.teams.values())) if roles]
    entries = (entry for roles in filled for role in roles.values() for entry in role)
    yield from (address for entry in entries for address in entry.to)
    for rota in text.rotas.values():
        yield from everyone(rota, ())
    yield from (by for one in text.stand_ins for by in one.by)


def _reachable(checker: Checker) -> None:
    """Each address is one, or a channel; told once, where it first stands."""
    told: set[str] = set()
    for address in _addresses(checker):
        if address is not BAD and address not in told and not _REACHABLE.fullmatch(address):
            told.add(str(address))
            said = f"`{shorten(address)}` is no address, and no channel: nobody can be reached there"
            help = "write `name@host`, or `channel:NAME` for a channel that the service knows"
            checker.findings.warn("P392", span_of(address, checker.text.span), said, help)


def _rota(checker: Checker, rota: RotaText) -> None:
    findings = checker.findings
    kinds = [name for name in ("rotate", "weekly", "ics") if getattr(rota, name) is BAD or getattr(rota, name)]
    if not kinds:
        help = "`rotate` with `handover` and `starts`, or `weekly`, or `ics`"
        findings.error("P370", rota.span, f"the rota `{rota.name}` does not say who is on duty", help)
    elif len(kinds) > 1:
        said = f"`{kinds[1]}` cannot stand beside `{kinds[0]}` in the rota `{rota.name}`"
        findings.error("P304", rota.span, said, "keep one of them; `overrides` and `otherwise` may stand beside it")
    for name, example in (("handover", "`handover: mon 09:00`"), ("starts", "`starts: 2026-01-05`")):
        given = getattr(rota, name)
        if kinds == ["rotate"] and given is None:
            findings.error("S206", rota.span, f"`{name}` is missing here", example)
        elif kinds and "rotate" not in kinds and given is not None:
            findings.error("P304", rota.span, f"`{name}` says nothing without `rotate`", f"remove `{name}`")
    _overrides(checker, rota)


def _overrides(checker: Checker, rota: RotaText) -> None:
    known = []
    for one in rota.overrides:
        if BAD in (one.first, one.last):
            continue
        if one.last <= one.first:
            said = f"the override ends at {one.last} before it begins at {one.first}"
            checker.findings.error("P303", one.span, said, "`from` comes first")
            continue
        known.append(one)
        if rota.starts and one.last.date() < rota.starts - timedelta(days=rota.starts.weekday()):
            said = f"the override is over before the rota `{rota.name}` begins on {rota.starts}"
            checker.findings.warn("P371", one.span, said, "look at its year")
    for first, second in pairwise(sorted(known, key=lambda one: one.first)):
        if second.first < first.last:
            related = (("the other override", first.span),)
            said = f"two overrides of `{rota.name}` hold at {second.first}"
            checker.findings.error("P369", second.span, said, "let one end where the next begins", related=related)


def _rota_gaps(checker: Checker, rota: RotaText) -> None:
    """Hours at which a rota that a chain or a timer tells has nobody on duty."""
    if rota.otherwise is BAD or rota.otherwise:
        return
    if rota.weekly:
        pairs = {day: [p for entry in rota.weekly for p in entry.hours.get(day, ())] for day in WEEKDAYS}
        plain = Hours(tuple(tuple(merged(stretches)) for stretches in week(pairs))).plain
        if all(open_ >= DAY for open_ in plain):
            return
        days = ", ".join(day for day, open_ in zip(WEEKDAYS, plain, strict=True) if open_ < DAY)
        said = f"at some hours of {days} nobody is on duty in the rota `{rota.name}`"
    elif rota.ics:
        said = f"between the entries of `{shorten(rota.ics)}` nobody is on duty in the rota `{rota.name}`"
    else:
        return
    checker.findings.note("P368", rota.span, said, "`otherwise: ADDRESS` says who is on duty then")
