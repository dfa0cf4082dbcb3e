"""The words of a scenario file: a ticket as it goes, and what is expected of the policy at certain instants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from support_policy.source.nodes import Node, Scalar
from support_policy.source.span import NOWHERE, Span
from support_policy.source.words import Duration, Word

if TYPE_CHECKING:
    from support_policy.service.scenario_mail import Post


@dataclass(frozen=True, slots=True)
class When:
    """An instant as written: a base, and lengths of time added to it (sign 1 or -1) from left to right.

    `at` is naive where the base is a `wall` time, aware where it is an `instant`; `name` is what falls `due`.
    """

    text: str
    base: Literal["start", "wall", "instant", "due"]
    at: datetime | None = None
    name: str = ""
    offset: tuple[tuple[int, Duration], ...] = ()
    span: Span = field(default=NOWHERE, compare=False)

    @property
    def fixed(self) -> bool:
        """Whether it is the same instant whatever the policy says."""
        return self.base != "due" and not any(length.business for _, length in self.offset)


@dataclass(frozen=True, slots=True)
class Happening:
    """An event as written. `rest` are the keys that are facts, or what events of its type carry.

    With `mail`, the type is `mail`, and the policy says which events it is.
    """

    type: Word
    at: When
    recorded: When | None
    texts: Mapping[str, Word]
    rest: Mapping[Word, Node]
    fields: Node | None
    span: Span
    mail: Post | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """Someone who is to be told: a role; `to` and `message` only where they were written."""

    role: Word
    to: Word | None = None
    message: Word | None = None
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Claim:
    """One key of an expectation, with the value expected and where both are written."""

    key: Scalar
    node: Node
    value: Any


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is expected at an instant: `claims` by key, in the order written."""

    at: When
    claims: Mapping[str, Claim]
    span: Span


@dataclass(frozen=True, slots=True)
class Scenario:
    """One story: its events in the order in which they become known, its expectations in the order of time."""

    name: Word
    clauses: tuple[Word, ...]
    start: When
    ticket: str
    zone: Word | None
    events: tuple[Happening, ...]
    expect: tuple[Expectation, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """The scenarios of one file; `previous` are the folders of the versions before, the oldest first."""

    scenarios: tuple[Scenario, ...]
    zone: Word | None
    span: Span
    previous: tuple[Word, ...] = ()
