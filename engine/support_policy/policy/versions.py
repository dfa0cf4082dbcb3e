"""The versions of a policy: in line, and whether one can take over tickets that began under the one before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support_policy.model.policy import PolicyText
from support_policy.model.workflow import Table
from support_policy.source.diagnostics import Diagnostic

if TYPE_CHECKING:
    from support_policy.policy.compiled import Policy


@dataclass(eq=False, slots=True)
class Line:
    """The versions of a policy that were loaded together, the oldest first; set once, when they are tied together."""

    versions: tuple[Policy, ...] = ()

    def index(self, digest: str) -> int:
        """The place of a version in the line; -1 where it has none."""
        return next((place for place, policy in enumerate(self.versions) if policy.digest == digest), -1)


def succession(old: PolicyText, life: Table, new: PolicyText, next_life: Table) -> Iterator[Diagnostic]:
    """Every reason why `new` cannot follow `old`: its order in time, and what open tickets would miss in it."""
    begins, began = new.effective_from, old.effective_from
    if begins is None or (began is not None and begins <= began):
        said = "a version that follows another needs a later `effective_from`"
        yield Diagnostic("P352", "error", said, new.span, f"the version before begins at {began or 'no given instant'}")
    if new.open_tickets != "retarget":
        return
    for what, had, has in (
        ("state", life.states, next_life.states),
        ("metric", old.metrics, new.metrics),
        ("escalation chain", old.chains, new.chains),
        ("priority", old.priorities, new.priorities),
    ):
        for name in had:
            if name not in has:
                said = f"open tickets are to be re-aimed, yet there is no {what} `{name}` any more"
                help = f"keep the {what}, or say `open_tickets: keep`"
                yield Diagnostic("P352", "error", said, new.span, help)
