"""The words of the directory: customers, their contracts and people, stand-ins, rotas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime

from support_policy.model.calendars import Hours
from support_policy.source.record import record
from support_policy.source.span import NOWHERE, Span


def _span() -> Span:
    return field(default=NOWHERE, compare=False)


@record
class Dated:
    """Addresses that fill a role from a date until another (both inclusive; None: without beginning or end)."""

    to: tuple[str, ...]
    first: date | None = None
    last: date | None = None
    span: Span = _span()


@record
class Contract:
    """A plan that an organization has bought, from a date until another (inclusive; None: without beginning or end)."""

    plan: str
    first: date | None = None
    last: date | None = None
    span: Span = _span()


@record
class Organization:
    """A customer: the office that serves it, its plan or its contracts, and who fills each role for it, and when.

    Who writes from one of its `domains` (or below one), or from one of its `addresses`, is of this organization.
    """

    name: str
    label: str
    office: str
    plan: str
    roles: Mapping[str, tuple[Dated, ...]]
    contracts: tuple[Contract, ...] = ()
    domains: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    span: Span = _span()


@record
class Team:
    """A team that tickets are handed to, and who fills each role for what it has, and when."""

    name: str
    label: str
    roles: Mapping[str, tuple[Dated, ...]]
    span: Span = _span()


@record
class StandIn:
    """`by` is told in place of `absent`, from a date until another (inclusive; None: without beginning or end)."""

    absent: str
    by: tuple[str, ...]
    first: date | None = None
    last: date | None = None
    span: Span = _span()


@record
class Override:
    """Who is on duty between two instants, whatever a rota says otherwise."""

    first: datetime
    last: datetime
    who: tuple[str, ...]
    span: Span = _span()


@record
class GridEntry:
    """Who is on duty at some hours of the week."""

    hours: Mapping[str, Hours]
    who: tuple[str, ...]
    span: Span = _span()


@record
class RotaText:
    """A role filled in turns.

    One of `rotate` (a week each from `handover`, a weekday and a second of the day, in the week of `starts`), `weekly`
    and `ics` (a file of the policy: what it says counts, not its name) says who is on duty; wall times are those of
    `zone` (empty: the default office's).
    """

    name: str
    zone: str = ""
    rotate: tuple[tuple[str, ...], ...] = ()
    handover: tuple[int, int] | None = None
    starts: date | None = None
    weekly: tuple[GridEntry, ...] = ()
    ics: str = field(default="", compare=False)
    overrides: tuple[Override, ...] = ()
    otherwise: tuple[str, ...] = ()
    span: Span = _span()
