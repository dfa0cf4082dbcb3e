"""A policy ready to decide: text checked and compiled, with its digest. Immutable; the same text, the same policy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from support_policy.kernel.facts import check_fact
from support_policy.kernel.workflow import compile_workflow
from support_policy.model.condition import Variable
from support_policy.model.event import Event, micros
from support_policy.model.mail import Give, Ignore, SetFact
from support_policy.model.policy import PolicyText
from support_policy.model.promise import Level
from support_policy.model.workflow import StateTimer, Table, Workflow
from support_policy.policy.addresses import Addresses
from support_policy.policy.calendar_files import CalendarFiles
from support_policy.policy.calendar_maker import CalendarMaker
from support_policy.policy.calendars import Calendars, CalendarTime, HolidaySource, OfficeTime
from support_policy.policy.checks import Checker
from support_policy.policy.checks_schedules import check_happens
from support_policy.policy.choices import Choice, choice
from support_policy.policy.digest import digest, digest_parts
from support_policy.policy.directory import Directory, make_directory
from support_policy.policy.intake import act
from support_policy.policy.names import LIFECYCLE, variables_for
from support_policy.policy.read import Draft, read_policy
from support_policy.policy.rules import Rules
from support_policy.policy.versions import Line, succession
from support_policy.source.diagnostics import Diagnostic, Findings, PolicyError
from support_policy.source.span import Span

if TYPE_CHECKING:
    from support_policy.clock.calendar import BusinessCalendar


@dataclass(frozen=True, eq=False)
class Policy:
    """A checked and compiled policy.

    `name`, `version` (the author's label), `digest` (SHA-256 in hexadecimal over the canonical policy with its
    directory and resolved holiday dates), `versions` (of tzdata and holidays), `findings` (warnings and notes; never
    errors). Made by `load_policy`. The other attributes are the engine's own and may change.
    """

    name: str
    version: str
    digest: str
    versions: Mapping[str, str]
    findings: tuple[Diagnostic, ...]
    text: PolicyText
    workflows: Mapping[str, Workflow]
    tables: Mapping[str, Table]
    rules: Mapping[str, Rules]
    offices: Mapping[str, OfficeTime]
    calendars: Mapping[str, CalendarTime]
    """Every calendar by name: offices, calendars, `always`."""
    directory: Directory
    line: Line = field(default_factory=Line)

    @cached_property
    def life(self) -> Table:
        """The workflow that is the life of a ticket."""
        return self.tables[LIFECYCLE]

    @cached_property
    def event_types(self) -> tuple[str, ...]:
        """The event types a ticket may receive: the workflows' triggers, `chain.level` aside."""
        every = dict.fromkeys(t for table in self.tables.values() for t in table.triggers if "." not in t)
        return tuple(every)

    @cached_property
    def facts(self) -> Mapping[str, Variable]:
        """The facts that events may set, `organization` and `stated_priority` among them."""
        options = {"stated_priority": tuple(self.text.priorities)}
        known = variables_for("priority", self.text.facts, options)
        return {
            name: v
            for name, v in known.items()
            if name in self.text.facts or name in ("organization", "stated_priority")
        }

    def time(self, calendar: str) -> CalendarTime:
        """What is known of a calendar (an office, a calendar, `always`); any other name is the default office."""
        return self.calendars.get(calendar) or self.calendars[self.text.default_office]

    def calendar(self, name: str, *, business: bool) -> BusinessCalendar:
        """The business time of a calendar (see `time`), or the wall clock in its zone.

        Announced maintenance of the calendar is closed time; the wall clock stops for that of `always` alone.
        """
        time = self.time(name)
        return time.business if business else time.always

    def setting(self, name: str) -> Any:
        """The value of an assumption."""
        return self.text.settings[name].value

    def holds(self, assumption: str) -> bool:
        """Whether a yes/no assumption is `yes`; the empty name always holds."""
        return not assumption or self.text.settings[assumption].value is True

    @cached_property
    def choices(self) -> tuple[tuple[Choice, ...], ...]:
        """What each rule of the set `targets` chooses, by its index."""
        rules = self.rules.get("targets")
        return tuple(tuple(map(choice, rule.actions)) for rule in rules.words) if rules else ()

    @cached_property
    def intake(self) -> tuple[tuple[SetFact | Give | Ignore, ...], ...]:
        """What each rule of the set `intake` does, by its index."""
        rules = self.rules.get("intake")
        return tuple(tuple(act(action, self.text) for action in rule.actions) for rule in rules.words) if rules else ()

    @cached_property
    def timers(self) -> Mapping[str, tuple[Table, StateTimer]]:
        """Every workflow's timers, by id."""
        every = ((table, timer) for table in self.tables.values() for some in table.timers.values() for timer in some)
        return {timer.id: (table, timer) for table, timer in every}

    @cached_property
    def _asked(self) -> frozenset[str]:
        from support_policy.kernel.rows import names_in

        return frozenset(
            str(n) for rules in self.rules.values() for rule in rules.words for n in names_in(rule.condition)
        )

    def asks(self, variable: str) -> bool:
        """Whether any rule asks for a variable."""
        return variable in self._asked

    def timer(self, id: str) -> tuple[Table, StateTimer]:
        """A timer with its workflow."""
        return self.timers[id]

    @property
    def successor(self) -> Policy | None:
        """The version that comes after this one, where several were loaded together."""
        place = self.line.index(self.digest)
        return self.line.versions[place + 1] if 0 <= place < len(self.line.versions) - 1 else None

    def governing(self, digest: str, begun: int | None, first: Event | None = None) -> Policy:
        """The version that governs a ticket.

        That of `digest`, if it has one; else the latest whose `effective_from` is not after it began (`begun`, in
        microseconds since 1970), or after the event with which it does.
        """
        versions = self.line.versions
        if not versions:
            return self
        if digest:
            return next((policy for policy in versions if policy.digest == digest), self)
        at = begun if begun is not None else micros(first.at) if first is not None else None
        if at is None:
            return self
        started = [p for p in versions if p.text.effective_from is None or micros(p.text.effective_from) <= at]
        return (started or [versions[0]])[-1]

    def after(self, previous: Sequence[Policy]) -> Policy:
        """This policy as the version that comes after `previous` (the oldest first).

        Raises `PolicyError` where a version that takes over open tickets lacks what they hang on.
        """
        line = Line()
        versions = [replace(policy, line=line) for policy in (*previous, self)]
        pairs = ((old.text, old.life, new.text, new.life) for old, new in pairwise(versions))
        found = [problem for pair in pairs for problem in succession(*pair)]
        if found:
            raise PolicyError(found)
        line.versions = tuple(versions)
        return versions[-1]

    def digest_parts(self) -> dict[str, str]:
        """The digest of each part of what the policy says, by its name: words, workflows, days off, duty."""
        return digest_parts(self.text, self.workflows, _days_off(self.calendars), self.directory.stretches)

    def level(self, chain: str, number: int) -> Level:
        """A level of a chain, by its number from 1."""
        return self.text.chains[chain].levels[number - 1]

    def recipients(
        self, organization: str | None, roles: Iterable[str], at: datetime | None, team: str = ""
    ) -> tuple[tuple[str, str], ...]:
        """(role, address) for everyone who fills one of `roles` at an instant; see `Directory.recipients`."""
        return self.directory.recipients(organization, roles, at, team)

    def plan_of(self, organization: str | None, at: datetime) -> str | None:
        """The plan of an organization at an instant; see `Directory.plan_of`."""
        return self.directory.plan_of(organization, at)

    def under_contract(self, organization: str | None, at: datetime) -> bool:
        """Whether an organization has a contract at an instant; see `Directory.under_contract`."""
        return self.directory.under_contract(organization, at)

    @cached_property
    def _addresses(self) -> Addresses:
        return Addresses(self.text, self.directory)

    def organization_of(self, address: str) -> str | None:
        """The organization that an address writes for; see `Addresses.organization_of`."""
        return self._addresses.organization_of(address)

    def actor_of(self, address: str, at: datetime) -> str:
        """Who of the house an address is at an instant (empty: nobody of it); see `Addresses.actor_of`."""
        return self._addresses.actor_of(address, at)

    def check_fact(self, name: str, value: object) -> str | None:
        """What is wrong with a value of a declared fact, or None."""
        return check_fact(self.facts[name], value)


def _days_off(calendars: Mapping[str, CalendarTime]) -> dict[str, Mapping[date, str]]:
    return {name: time.holidays for name, time in calendars.items() if isinstance(time, OfficeTime)}


Check = Callable[[Draft, Findings], None]
"""A check of what a policy says, by a part of the program that this one does not know."""


def compile_policy(
    files: Mapping[str, bytes], holidays: HolidaySource, tzdata: str, also: Iterable[Check] = ()
) -> Policy:
    """The policy that `files` say (names relative to the folder), with `tzdata` the version of the zone data in use.

    `also` are checks to make beside those of the policy's own. Raises `PolicyError` with every problem found.
    """
    findings = Findings()
    draft = read_policy(files, findings)
    if draft is None:
        if not findings.errors:
            findings.error(
                "P340", Span("policy.yaml"), "there is no policy.yaml", "`support-policy init DIR` makes one"
            )
        raise _refused(findings)
    tables = _tables(draft, findings)
    Checker(draft, tables, findings).run()
    for check in also:
        check(draft, findings)
    calendar_files = CalendarFiles(draft.calendar_files, findings)
    calendars = CalendarMaker(draft.text, holidays, calendar_files, findings).make()
    directory = make_directory(draft.text, calendars, calendar_files, findings)
    if findings.errors:
        raise _refused(findings)
    check_happens(draft.text, calendars, findings)
    return _policy(draft, tables, calendars, directory, tzdata, findings)


def _refused(findings: Findings) -> PolicyError:
    # Notes are for a policy that can be used; beside errors they would only be in the way.
    return PolicyError(d for d in findings.sorted() if d.severity != "note")


def _tables(draft: Draft, findings: Findings) -> dict[str, Table]:
    tables: dict[str, Table] = {}
    for name, machine in draft.workflows.items():
        if name in draft.torn:
            continue  # with parts missing, what looks wrong is mostly what is missing
        found = Findings()
        table = compile_workflow(machine, found)
        for finding in found:
            # Only the life of a ticket needs an end; escalation merely says how far things have gone.
            if finding.code != "W211" or name == LIFECYCLE:
                findings.add(finding)
        if table is not None:
            tables[name] = table
    return tables


def _policy(
    draft: Draft,
    tables: Mapping[str, Table],
    calendars: Calendars,
    directory: Directory,
    tzdata: str,
    findings: Findings,
) -> Policy:
    text = draft.text
    priorities = tuple(text.priorities)
    options = dict.fromkeys(("stated_priority", "assessed_priority", "priority"), priorities)
    options |= {"office": tuple(text.offices), "state": tuple(tables[LIFECYCLE].states)}
    rules = {
        name: Rules(
            rule_set.rules,
            rule_set.hit,
            variables_for(name, text.facts, options, text.metrics, text.events.values(), text.requested),
        )
        for name, rule_set in text.rule_sets.items()
    }
    days = _days_off(calendars.named)
    return Policy(
        name=text.name,
        version=text.version,
        digest=digest(text, draft.workflows, days, directory.stretches),
        versions={"tzdata": tzdata, "holidays": calendars.library},
        findings=findings.sorted(),
        text=text,
        workflows=draft.workflows,
        tables=tables,
        rules=rules,
        offices=calendars.offices,
        calendars=calendars.named,
        directory=directory,
    )
