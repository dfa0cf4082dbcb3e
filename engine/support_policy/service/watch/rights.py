"""What each scope of a token may do: one table, read by every edge that lets somebody in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Right = Literal["take", "see", "resend", "mails", "audit", "policy", "files", "change"]
"""`take` events in; `see` tickets, the agenda and letters; `resend` a letter; read `mails`, the `audit` trail, the
`policy` in force, its `files`; `change` it."""

SAYS: Mapping[Right, str] = {
    "take": "report events",
    "see": "read tickets, the agenda and messages",
    "resend": "send a message again that was given up",
    "mails": "read mails as they came in",
    "audit": "read the audit trail",
    "policy": "read which policy is in force",
    "files": "read the files of the policy",
    "change": "preview a new version of the policy, and adopt it",
}
"""Every right, in words."""

EVERYWHERE: frozenset[Right] = frozenset({"audit", "files", "change"})
"""What concerns every organization: a token that is limited to some has no such right."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a scope allows, and in which roles (`by` of an event) it may speak: the first where an event names none."""

    says: str
    rights: frozenset[Right]
    by: tuple[str, ...] = ()


SCOPES: Mapping[str, Scope] = {
    "intake": Scope(
        "a form, a gateway, a help desk's export: reports what customers and machines did, and reads nothing",
        frozenset({"take"}),
        ("customer", "automatic"),
    ),
    "engineer": Scope(
        "who works on tickets: reads them, and reports what an engineer did, or what a customer said to one",
        frozenset({"take", "see", "policy"}),
        ("engineer", "customer"),
    ),
    "manager": Scope(
        "who is responsible: also speaks for directors, sends messages again, changes the policy",
        frozenset({"take", "see", "resend", "mails", "policy", "files", "change"}),
        ("manager", "director", "engineer", "customer"),
    ),
    "auditor": Scope(
        "who checks: reads everything, reports nothing",
        frozenset({"see", "mails", "audit", "policy", "files"}),
    ),
}
"""Every scope a token may have; a token with several may do what any of them allows."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: `principal` (`token:ID`, `hook:NAME`), its scopes, and its organizations (none: all of them).

    A `trusted` caller may speak in any role and names none by itself: a source whose every message is signed.
    """

    principal: str
    scopes: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()
    name: str = ""
    trusted: bool = False

    def may(self, right: Right) -> bool:
        """Whether one of the scopes allows it, and the limit to organizations does not forbid it."""
        if self.organizations and right in EVERYWHERE:
            return False
        return any(right in SCOPES[scope].rights for scope in self.scopes)

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles this caller may speak in; the first is meant where an event names none."""
        return tuple(dict.fromkeys(role for name in SCOPES if name in self.scopes for role in SCOPES[name].by))

    def knows(self, organization: str) -> bool:
        """Whether tickets of an organization exist for this caller."""
        return not self.organizations or organization in self.organizations


def allowing(right: Right) -> Iterable[str]:
    """The scopes that have a right."""
    return [name for name, scope in SCOPES.items() if right in scope.rights]
