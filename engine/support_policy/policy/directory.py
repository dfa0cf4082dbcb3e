"""The directory, compiled: who fills a role for a customer at an instant, and under which contract the customer is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from support_policy.clock.reading import Zone, zone_named
from support_policy.model.calendars import ALWAYS
from support_policy.model.directory import Contract, Dated, Organization, RotaText, StandIn
from support_policy.model.policy import PolicyText
from support_policy.policy.calendar_files import CalendarFiles, Stretch
from support_policy.policy.calendar_maker import zone_of
from support_policy.policy.calendars import Calendars
from support_policy.source.diagnostics import Findings
from support_policy.source.shape import BAD

if TYPE_CHECKING:
    from support_policy.clock.rota import Duty, Rota

_ZERO = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, eq=False)
class Directory:
    """Answers from the directory of one policy."""

    text: PolicyText
    rotas: Mapping[str, Rota]
    zones: Mapping[str, Zone]
    """The zone of each office, by name; of the default office, by the empty name."""
    stretches: Mapping[str, tuple[Stretch, ...]] = field(default_factory=dict)
    """What the calendar files of rotas say, by rota: part of what a policy says."""

    def recipients(
        self, organization: str | None, roles: Iterable[str], at: datetime | None, team: str = ""
    ) -> tuple[tuple[str, str], ...]:
        """(role, address) for everyone who fills one of `roles` for an organization at an instant.

        A role that the `team` fills, which has the ticket, is the team's; any other that of the organization.
        Dated entries count on the dates of the office that serves the organization; a role that it does not fill then
        is filled by the rota of that name. Whoever is away is replaced by the stand-in. The address is empty when
        nobody fills a role. Without an instant (None): everyone who fills it at some time, nobody replaced.
        """
        known = self.text.organizations.get(organization or "") or self.text.unknown_organization
        told: list[tuple[str, str]] = []
        for role in roles:
            people = dict.fromkeys(
                person
                for address in self._of_team(team, role, at) or self._filling(known, role, at)
                for person in (self._present(str(address), at) if at else [str(address)])
            )
            told += [(str(role), person) for person in people] or [(str(role), "")]
        return tuple(told)

    def plan_of(self, organization: str | None, at: datetime) -> str | None:
        """The plan of an organization at an instant; None for an unknown one, or without a plan then."""
        known = self.text.organizations.get(organization or "")
        if known is None:
            return None
        if not known.contracts:
            return str(known.plan) or None
        contract = self._contract(known, at)
        return str(contract.plan) if contract else None

    def under_contract(self, organization: str | None, at: datetime) -> bool:
        """Whether an organization of the directory has a contract at an instant; without `contracts` it always has."""
        known = self.text.organizations.get(organization or "")
        return known is not None and (not known.contracts or self._contract(known, at) is not None)

    def _contract(self, known: Organization, at: datetime) -> Contract | None:
        day = self.date_at(known.office, at)
        return next((contract for contract in known.contracts if applies(contract, day)), None)

    def _of_team(self, team: str, role: str, at: datetime | None) -> tuple[str, ...]:
        known = self.text.teams.get(team)
        entries = known.roles.get(role, ()) if known else ()
        if at:
            entries = tuple(entry for entry in entries if applies(entry, self.date_at("", at)))
        return tuple(address for entry in entries for address in entry.to)

    def _filling(self, known: Organization | None, role: str, at: datetime | None) -> tuple[str, ...]:
        entries = known.roles.get(role, ()) if known else ()
        if known and at and any(entry.first or entry.last for entry in entries):
            day = self.date_at(known.office, at)
            entries = tuple(entry for entry in entries if applies(entry, day))
        if entries:
            return tuple(address for entry in entries for address in entry.to)
        if role not in self.rotas:
            return ()
        return self.rotas[role].on_duty(at) if at else everyone(self.text.rotas[role], self.stretches.get(role, ()))

    def _present(self, address: str, at: datetime) -> list[str]:
        """Who is told in place of an address: itself, its stand-ins, or theirs."""
        if not self.text.stand_ins:
            return [address]
        day = self.date_at("", at)
        found: list[str] = []
        seen: set[str] = set()
        pending = [address]
        while pending:
            person = pending.pop(0)
            if person in seen:
                continue
            seen.add(person)
            by = [by for one in self.text.stand_ins if one.absent == person and applies(one, day) for by in one.by]
            if by:
                pending = [*by, *pending]
            else:
                found.append(str(person))
        return found or [address]

    def date_at(self, office: str, at: datetime) -> date:
        """The date at an instant where an office is (empty: the default office)."""
        return at.astimezone(self.zones.get(office) or self.zones[""]).date()


def applies(entry: Dated | Contract | StandIn, day: date) -> bool:
    """Whether a dated entry holds on a date."""
    return (entry.first is None or entry.first <= day) and (entry.last is None or day <= entry.last)


def everyone(rota: RotaText, stretches: Iterable[Stretch]) -> tuple[str, ...]:
    """Everyone whom a rota names."""
    groups = [*rota.rotate, *(entry.who for entry in rota.weekly), *(who for _, _, who in stretches)]
    groups += [*(override.who for override in rota.overrides), rota.otherwise]
    return tuple(dict.fromkeys(person for group in groups for person in group))


def make_directory(text: PolicyText, calendars: Calendars, files: CalendarFiles, findings: Findings) -> Directory:
    """The directory of a policy; what is wrong with rotas that cannot be made is in `findings`."""
    default = calendars.named.get(ALWAYS)
    # Without any office the policy is refused, and its zone plays no part.
    zones: dict[str, Zone] = {"": zone_named(default.zone if default else "UTC")}
    zones |= {name: zone_named(time.zone) for name, time in calendars.offices.items()}
    rotas: dict[str, Rota] = {}
    stretches: dict[str, tuple[Stretch, ...]] = {}
    for name, rota in text.rotas.items():
        zone = zones[""] if rota.zone == "" else zone_of(rota.zone, rota.span, findings)
        if zone is None or any(getattr(rota, part) is BAD for part in ("ics", "overrides", "otherwise")):
            continue
        if rota.ics:
            stretches[name] = files.duty(rota.ics, zone, rota.span)
        duty = _duty(rota, zone, stretches.get(name, ()))
        if duty is not None:
            rotas[name] = _rota(rota, duty)
    return Directory(text, rotas, zones, stretches)


def _duty(rota: RotaText, zone: Zone, stretches: tuple[Stretch, ...]) -> Duty | None:
    from support_policy.clock.rota import Roster, Rotation, WeekGrid

    if rota.ics:
        return Roster(stretches)
    if rota.weekly:
        return WeekGrid(zone, [(entry.hours, _people(entry.who)) for entry in rota.weekly])
    if rota.rotate and rota.handover and rota.starts:
        return Rotation(zone, [_people(turn) for turn in rota.rotate], *rota.handover, rota.starts)
    return None


def _rota(rota: RotaText, duty: Duty) -> Rota:
    from support_policy.clock.rota import Roster, Rota

    spans = [
        ((one.first - _ZERO) // _MICROSECOND, (one.last - _ZERO) // _MICROSECOND, _people(one.who))
        for one in rota.overrides
        if BAD not in (one.first, one.last, one.who)
    ]
    return Rota(duty, Roster(spans), _people(rota.otherwise))


def _people(addresses: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(str, addresses))
