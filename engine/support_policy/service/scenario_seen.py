"""What can be seen of a ticket at an instant, in the words of expectations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from support_policy.model.event import Because, Command, Event, instant
from support_policy.service.scenario_names import ASKED
from support_policy.service.scenario_text import NONE
from support_policy.ticket.agenda import Kind, Timer, agenda
from support_policy.ticket.draft import Draft
from support_policy.ticket.evaluate import Evaluation, Run, report
from support_policy.ticket.explain_tale import told as retold
from support_policy.ticket.state import key_of

SINGLE = ("state", "priority", "stated_priority", "assessed_priority", "escalation_level", "clarification_advised")
"""What has one value at an instant."""
_SPOKEN = {"tell_customer": "customer"}
"""Who is told by a command that lists nobody."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Someone was told something: `source` says by what (`automatic.1`)."""

    role: str
    to: str
    at: datetime
    source: str
    command: Command = field(compare=False)
    run: Run = field(compare=False, repr=False)

    @property
    def texts(self) -> tuple[str, ...]:
        """What was said, made when it is asked for: most expectations do not ask."""
        return message_of(self.run, self.command)

    def says(self, message: str) -> bool:
        """Whether `message` stands in what was said, line breaks and runs of spaces aside."""
        return any(" ".join(message.split()) in " ".join(text.split()) for text in self.texts)


class Seen:
    """A ticket as `run` has decided it at `at`."""

    def __init__(self, at: datetime, run: Run) -> None:
        self.at, self.run = at, run

    @cached_property
    def report(self) -> Evaluation:
        """What `evaluate` says."""
        return report(self.run)

    def single(self, key: str) -> str | int | bool:
        """The value of one of `SINGLE`."""
        value: Any = self.report[key]  # type: ignore[literal-required]
        return NONE if value is None else value

    @cached_property
    def targets(self) -> Mapping[str, str]:
        """The status of every metric that has a clock."""
        return {key_of(row["metric"], row.get("team", "")): str(row["status"]) for row in self.report["targets"]}

    @cached_property
    def due(self) -> Mapping[str, datetime]:
        """Everything that is pending, with its instant; the earliest where it is pending more than once."""
        found: dict[str, datetime] = {}
        for timer in agenda(self.run.governing, self.run.state):
            name = timer_name(timer)
            if name:
                found.setdefault(name, instant(timer.due))
        return found

    @cached_property
    def fired(self) -> Mapping[str, Event]:
        """Every level and timer that has fired, with the record of its first firing."""
        found: dict[str, Event] = {}
        for record in records(self.run.state.log):
            name = firing_name(record)
            if name:
                found.setdefault(name, record)
        return found

    @cached_property
    def breached(self) -> Mapping[str, Event]:
        """Every metric whose target was missed, with the record of its first miss."""
        found: dict[str, Event] = {}
        for record in records(self.run.state.log):
            if record.type == "target_breached":
                found.setdefault(key_of(record.data["metric"], record.data.get("team", "")), record)
        return found

    @cached_property
    def notices(self) -> tuple[Notice, ...]:
        """Everyone told so far."""
        return tuple(notice for command in self.run.commands for notice in _notices(self.run, command))

    @cached_property
    def reasons(self) -> Mapping[str, Because]:
        """The reasons so far, by name."""
        return {reason.rule: reason for reason in self.run.reasons.values() if reason.held}

    @cached_property
    def rules(self) -> tuple[str, ...]:
        """The rules that hold now, of the sets that decide something by themselves."""
        policy = self.run.governing
        draft = Draft(policy, self.run.state, self.at)
        sets = [(name, policy.rules[name]) for name in ASKED if name in policy.rules]
        return tuple(str(rules.words[index].id) for name, rules in sets for index in draft.ask(name))

    @cached_property
    def refused(self) -> Mapping[str, Event]:
        """The events refused, as the ticket is told now."""
        found: dict[str, Event] = {}
        for event in retold(self.run.state.log):
            if event.outcome == "refused":
                found.setdefault(event.type, event)
        return found


def records(log: tuple[Event, ...]) -> Iterator[Event]:
    """The engine's records of a log, those of retellings included."""
    for event in log:
        if event.engine and event.type == "refolded":
            yield from (record for record in event.data["events"] if record.engine)
        elif event.engine:
            yield event


def timer_name(timer: Timer) -> str:
    """What a pending instant is called: a metric, `chain.level`, `timer.id`; empty for what has no name here.

    Where each team has a clock of its own, its metric and its chain are `metric/team`, `chain/team.level`.
    """
    match timer.kind:
        case Kind.TARGET:
            return timer.name
        case Kind.LEVEL:
            return f"{timer.name}.{timer.level}"
        case Kind.STATE:
            return f"timer.{timer.name}"
        case _:
            return ""


def firing_name(record: Event) -> str:
    """What fired by a record: `chain.level`, `timer.id`; empty for other records."""
    if record.type == "level_fired":
        return f"{key_of(record.data['chain'], record.data.get('team', ''))}.{record.data['level']}"
    return f"timer.{record.data['timer']}" if record.type == "timer_fired" else ""


def _notices(run: Run, command: Command) -> Iterator[Notice]:
    about = command.about
    told = command.notify or (((_SPOKEN[command.name], ""),) if command.name in _SPOKEN else ())
    if about.get("chain"):
        chain = key_of(about["chain"], about.get("team", ""))
        source = f"{chain}.{about['level']}" if about.get("level") else chain
    elif about.get("timer"):
        source = f"timer.{about['timer']}"
    else:
        source = str(about.get("rule") or command.name)
    for role, to in told:
        yield Notice(role, to, command.at, source, command, run)


def message_of(run: Run, command: Command) -> tuple[str, ...]:
    """What a command says to whom it tells: subject and body where a template makes them, else the policy's words."""
    # The library of templates is slow to load: most expectations do not ask what was said.
    from support_policy.render import messages

    made = messages.message_of(run.governing, run, command)
    says = command.about.get("says")
    if made is not None:
        return (str(made.subject), str(made.body))
    return (str(says),) if says else ()
