"""A preview: what a policy would change if it were adopted now; nothing is changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from support_policy.batch.replay import Progress, no_progress
from support_policy.model.event import Due, instant
from support_policy.policy.calendars import HolidaySource
from support_policy.policy.compiled import Policy
from support_policy.service.watch.adopting import GRACE, Files, candidate, standing_from, unchanged
from support_policy.service.watch.desk import fold
from support_policy.service.watch.ports import Store, Work
from support_policy.service.watch.projecting import letters_of
from support_policy.service.watch.promises import Promised, promises
from support_policy.service.watch.standing import Change, changes
from support_policy.service.watch.versions import StoredShelf
from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.ticket.decide import draft_of
from support_policy.ticket.draft import Draft
from support_policy.ticket.evaluate import Run
from support_policy.ticket.state import TicketState

PAGE = 200
MOST_ROWS = 1000
MOST_TOLD = 1000
OTHERS = "others"


@dataclass(slots=True)
class Preview:
    """What a policy would change.

    `old` and `new` are versions (`name`, `version`, `digest`); `open_tickets` says whether the new one takes over what
    is open, `begins` when it would, `as_of` the instant the tickets are compared at. `looked` open tickets were looked
    at, `taken_over` would get the version, `changed` would have another part; `kinds` counts changes by kind; `missed`
    counts targets that would be missed at once; `told` (role, address) -> messages at once. `rows` are the first
    changes, `left_out` counts the others. `promises` is what new tickets get. `failed` are tickets that could not be
    decided, with the reason. `findings` are warnings and notes about the new policy.
    """

    old: dict[str, str]
    new: dict[str, str]
    open_tickets: str
    as_of: datetime
    begins: datetime
    same: bool = False
    looked: int = 0
    taken_over: int = 0
    changed: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    missed: int = 0
    told: Counter[tuple[str, str]] = field(default_factory=Counter)
    rows: list[Change] = field(default_factory=list)
    left_out: int = 0
    promises: list[Promised] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    failures: int = 0
    findings: tuple[Diagnostic, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The same as plain JSON data."""
        told = [{"role": role, "to": to or None, "messages": times} for (role, to), times in self.told.most_common()]
        return {
            "old": self.old,
            "new": self.new,
            "same": self.same,
            "open_tickets": self.open_tickets,
            "as_of": self.as_of.isoformat(),
            "in_force_from": self.begins.isoformat(),
            "looked_at": self.looked,
            "taken_over": self.taken_over,
            "changed": self.changed,
            "changes": dict(self.kinds.most_common()),
            "missed_at_once": self.missed,
            "told_at_once": told,
            "rows": [row.as_json() for row in self.rows],
            "rows_left_out": self.left_out,
            "promises": [row.as_json() for row in self.promises],
            "not_decided": [{"ticket": ticket, "problem": problem} for ticket, problem in self.failed],
            "not_decided_in_all": self.failures,
            "findings": [d.as_json() for d in self.findings],
        }


@dataclass(frozen=True, slots=True)
class Options:
    """How to preview: `rows` of the changes are kept."""

    rows: int = MOST_ROWS
    progress: Progress = no_progress


def preview(
    shelf: StoredShelf,
    store: Store,
    files: Files,
    holidays: HolidaySource,
    now: datetime,
    options: Options | None = None,
) -> Preview:
    """What would change if the policy of `files` were adopted at `now`. Raises `PolicyError` where it would be refused.

    Every open ticket is decided twice from a snapshot of the store: as of the instant the version would begin under the
    versions there are, and under the new one. A version that begins later is shown as if it began now.
    """
    options = options or Options()
    new = candidate(shelf, files, holidays)
    with store.look() as work:
        shelf.refresh(work)
        old, known = shelf.policy, shelf.versions
        # Never before the version that it follows.
        at = max(now + GRACE, instant(known[-1].row.in_force_from) + timedelta(seconds=1))
        begins = instant(new.row(len(known) + 1, now, "").in_force_from)
        made = Preview(_named(old), _named(new.policy), new.policy.text.open_tickets, at, begins)
        made.findings = new.policy.findings
        if unchanged(known, new) is not None:
            made.same = True
            return made
        policy = standing_from(new, known, at)
        made.promises = promises(old, policy, now.date())
        if policy.text.open_tickets == "retarget":
            both = Both(old, policy, at)
            for state in options.progress(_open(work), "tickets", None):
                _add(made, state, both, options)
    return made


def _named(policy: Policy) -> dict[str, str]:
    return {"name": str(policy.name), "version": str(policy.version), "digest": policy.digest}


def _open(work: Work) -> Iterator[TicketState]:
    """Every open ticket of a snapshot, a page at a time."""
    after = ""
    while heads := work.tickets.page({"open": True}, after, PAGE):
        after = heads[-1].ticket
        logs = work.tickets.logs([head.ticket for head in heads])
        for head in heads:
            yield fold(head.ticket, logs[head.ticket])


@dataclass(frozen=True, slots=True)
class Both:
    """The versions as they are, and with the new one, as of an instant."""

    old: Policy
    new: Policy
    at: datetime

    def decided(self, policy: Policy, state: TicketState) -> Draft:
        """Everything that has fallen due for a ticket by then, as the desk would decide it."""
        at = max(self.at, state.log[-1].recorded_at or self.at)
        return draft_of(policy, state, Due(at), at)


def _add(made: Preview, state: TicketState, both: Both, options: Options) -> None:
    made.looked += 1
    try:
        before, after = both.decided(both.old, state), both.decided(both.new, state)
        rows = list(changes(_result(both.old, before), _result(both.new, after), both.at))
        told = _letters(both.new, after) - _letters(both.old, before)
    except Exception as problem:  # noqa: BLE001 - one ticket that cannot be decided must not hide the others
        made.failures += 1
        if len(made.failed) < options.rows:
            said = problem.diagnostics[0].message if isinstance(problem, PolicyError) else str(problem)
            made.failed.append((state.ticket, f"{type(problem).__name__}: {said}"[:300]))
        return
    made.taken_over += after.state.digest != before.state.digest
    made.changed += bool(rows)
    for row in rows:
        made.kinds[row.kind] += 1
        made.missed += row.missed
        if len(made.rows) < options.rows:
            made.rows.append(row)
        else:
            made.left_out += 1
    for (_, role, to), times in told.items():
        who = (role, to) if (role, to) in made.told or len(made.told) < MOST_TOLD else (OTHERS, "")
        made.told[who] += times


def _result(policy: Policy, draft: Draft) -> tuple[Policy, TicketState]:
    return policy.governing(draft.state.digest, draft.state.begun), draft.state


def _letters(policy: Policy, draft: Draft) -> Counter[tuple[str, str, str]]:
    """The messages of a decision: (key, role, address)."""
    run = Run(policy, draft.state, draft.now)
    return Counter((one.key, one.role, one.recipient) for one in letters_of(run, draft.commands, "", "shadow"))
