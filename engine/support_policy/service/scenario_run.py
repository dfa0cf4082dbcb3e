"""Running scenarios: events get their instants, the policy decides, every expectation is held against what is seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from support_policy.model.event import Event
from support_policy.policy.compiled import Policy
from support_policy.service.scenario import Claim, Expectation, Happening, Scenario, ScenarioFile, When
from support_policy.service.scenario_compare import compare
from support_policy.service.scenario_look import Look, Miss
from support_policy.service.scenario_mail import Post, taken_in
from support_policy.service.scenario_names import Check, organization_of
from support_policy.service.scenario_seen import Seen
from support_policy.service.scenario_tale import tale
from support_policy.service.scenario_text import read_scenarios
from support_policy.service.scenario_walk import Walk
from support_policy.service.scenario_when import Place, place_of
from support_policy.source.diagnostics import Findings, PolicyError
from support_policy.source.span import Span
from support_policy.ticket.history import History


@dataclass(frozen=True, slots=True)
class Failure:
    """One key of an expectation that does not hold; `at` says at which instant, `key` is `at` where that has none."""

    key: str
    span: Span
    at: str
    miss: Miss
    instant: datetime | None = None
    claim: Claim | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a scenario: nothing failed, or what did, with the ticket's story (marked at the failures)."""

    scenario: Scenario
    failures: tuple[Failure, ...] = ()
    tale: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every expectation holds."""
        return not self.failures


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of the scenarios of a file, in its order."""

    file: str
    outcomes: tuple[Outcome, ...]

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The scenarios that failed."""
        return tuple(outcome for outcome in self.outcomes if not outcome.passed)


def run_file(policy: Policy, data: bytes | str, file: str, only: str = "") -> FileOutcome:
    """Run the scenarios of a file whose name contains `only`, in any case. Raises `PolicyError` with every problem."""
    read = read_scenarios(data, file)
    findings = Findings()
    check = Check(policy, findings)
    check.file(read)
    drafts = [(scenario, check.events(scenario)) for scenario in read.scenarios]
    findings.raise_errors()
    outcomes = [
        _Story(policy, read, scenario, events, findings).outcome()
        for scenario, events in drafts
        if only.lower() in scenario.name.lower()
    ]
    findings.raise_errors()
    return FileOutcome(file, tuple(outcomes))


class _Unreachable(Exception):
    """An instant of the story is none, so that the story cannot be told."""

    def __init__(self, when: When, why: str) -> None:
        super().__init__(why)
        self.when, self.why = when, why


class _Story:
    """One scenario on its way: what is written wrongly goes to `findings`, what does not hold becomes a failure."""

    def __init__(
        self, policy: Policy, file: ScenarioFile, scenario: Scenario, events: list[Event | Post], findings: Findings
    ) -> None:
        self.policy, self.scenario, self.drafts, self.findings = policy, scenario, events, findings
        self.place: Place = place_of(policy, scenario.zone or file.zone or "", _customer(policy, events))
        self.start: datetime | None = None

    def outcome(self) -> Outcome:
        """Tell the story, and hold every expectation against it."""
        self.start = self.place.base(self.scenario.start, self.findings)
        if self.start is None:
            return Outcome(self.scenario)
        try:
            walk = Walk(self.policy, self._history(self.start))
            failures = self._failures(walk, self.start)
            marked = {failure.instant for failure in failures if failure.instant}
            return Outcome(self.scenario, tuple(failures), tale(walk, self.place, marked) if failures else ())
        except _Unreachable as problem:
            return Outcome(self.scenario, (self._unreachable(problem.when, problem.why),))
        except PolicyError as problem:
            for found in problem.diagnostics:
                self.findings.add(replace(found, span=self.scenario.span))
            return Outcome(self.scenario)

    def _unreachable(self, when: When, why: str) -> Failure:
        name = f"`{when.name}` never falls due here, because {why}" if when.base == "due" else why
        return Failure("at", when.span, when.text, Miss(when.text, "no such instant", [name]))

    def _history(self, start: datetime) -> History:
        """The events with their instants; an instant that falls due is sought in the story so far."""
        events: list[Event] = []
        known: datetime = start
        fixed = True
        for happening, draft in zip(self.scenario.events, self.drafts, strict=True):
            walk = Walk(self.policy, History(self.scenario.ticket, tuple(events)))
            at = self._instant(happening.at, start, walk)
            recorded = self._instant(happening.recorded, start, walk) if happening.recorded else None
            if at is None or (happening.recorded and recorded is None):
                continue
            arrives = recorded or at
            fixed = _fixed(happening)
            if recorded is not None and recorded < at:
                said = f"`{happening.type}` is recorded before it happens"
                self.findings.error("T605", (happening.recorded or happening.at).span, said, "leave `recorded` out")
            elif arrives < known:
                self._disorder(happening.at, "an event above becomes known later than this one", static=fixed)
            known = max(known, arrives)
            if isinstance(draft, Post):
                events += taken_in(self.policy, draft, walk.at(arrives).run.state, at, recorded)
            else:
                events.append(replace(draft, at=at, recorded_at=recorded))
        return History(self.scenario.ticket, tuple(events))

    def _disorder(self, when: When, said: str, *, static: bool) -> None:
        if not static:
            raise _Unreachable(when, f"`{when.text}` is out of order: {said}")
        help = "put them in order; what is learned later has `recorded`"
        self.findings.error("T605", when.span, f"out of order: {said}", help)

    def _instant(self, when: When, start: datetime, walk: Walk) -> datetime | None:
        """The instant of `when`; None after a finding. Raises `_Unreachable`."""
        at = self.place.resolve(when, start, walk.due, self.findings)
        if isinstance(at, str):
            raise _Unreachable(when, at)
        if at is None or at >= start:
            return at
        if not when.fixed:
            raise _Unreachable(when, f"`{when.text}` is before the start")
        self.findings.error("T604", when.span, f"`{when.text}` is before the start", "let the scenario start earlier")
        return None

    def _failures(self, walk: Walk, start: datetime) -> list[Failure]:
        failures: list[Failure] = []
        before: Seen | None = None
        last: Seen | None = None
        static = True
        for expectation in self.scenario.expect:
            try:
                at = self._instant(expectation.at, start, walk)
                if at is None:
                    continue
                static = expectation.at.fixed
                if last is not None and at < last.at:
                    self._disorder(expectation.at, "the expectation above lies later", static=static)
                    continue
            except _Unreachable as problem:
                failures.append(self._unreachable(problem.when, problem.why))
                continue
            seen = walk.at(at)
            if last is not None and last.at < at:
                before = last
            look = Look(self.place, start, seen, before, walk, self.findings)
            failures += self._missed(expectation, look)
            last = seen
        return failures

    def _missed(self, expectation: Expectation, look: Look) -> list[Failure]:
        at = look.place.spelt(look.seen.at)
        claims: Mapping[str, Claim] = expectation.claims
        found = [(name, claim, compare(name, claim, look)) for name, claim in claims.items()]
        return [
            Failure(name, claim.key.span, at, miss, look.seen.at, claim)
            for name, claim, miss in found
            if miss is not None
        ]


def _customer(policy: Policy, events: list[Event | Post]) -> str | None:
    """The organization that a story begins with: an event names it, or a mail comes from it."""
    first = next(iter(events), None)
    if isinstance(first, Post):
        return policy.organization_of(first.sender)
    return organization_of(event for event in events if isinstance(event, Event))


def _fixed(happening: Happening) -> bool:
    return happening.at.fixed and (happening.recorded is None or happening.recorded.fixed)
