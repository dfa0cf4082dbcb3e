"""Adopting a policy while the service runs: checked first, put in force at an instant, refused without harm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from support_policy.model.event import instant, micros
from support_policy.policy.calendars import HolidaySource
from support_policy.policy.compiled import Policy
from support_policy.render.sentences import moment_there
from support_policy.service.watch.ports import Clock, Store, Work
from support_policy.service.watch.rows import AuditRow, VersionRow
from support_policy.service.watch.version_text import Recorder, pack
from support_policy.service.watch.versions import Stored, StoredShelf, tied
from support_policy.service.watch.writing import write
from support_policy.source.diagnostics import Diagnostic, PolicyError

GRACE = timedelta(seconds=1)
"""How long after its adoption a version begins, at the earliest.

A ticket that begins is governed by the version in force at that instant, and every process must agree on which that is.
A transaction asks for the newest number before it decides (`StoredShelf.refresh`), with a `now` that was read before it
began, and an adoption waits for those that have asked (`Versions.hold`) before it reads the clock. So one that does not
see the new version decides about instants before the adoption's, and one that does knows the whole line. What remains
are clocks of other machines that are ahead: the grace is for those.
"""
MAX_TOLD = 20
"""How many problems of a refused policy the audit trail keeps."""

Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Adopted:
    """What became of a policy that was to be adopted.

    `adopted`: it is version `number`, in force from `begins`; `unchanged`: the newest version is the same, and stays;
    `refused`: `diagnostics` say why, and `number` (0 for none) is the version that keeps running. Warnings of a policy
    that is usable are in `diagnostics` too. `notes` are sentences for whoever asked.
    """

    outcome: Literal["adopted", "unchanged", "refused"]
    number: int
    digest: str = ""
    version: str = ""
    begins: datetime | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The same as plain JSON data."""
        return {
            "outcome": self.outcome,
            "number": self.number,
            "version": self.version,
            "digest": self.digest,
            "in_force_from": self.begins.isoformat() if self.begins else None,
            "notes": list(self.notes),
            "findings": [d.as_json() for d in self.diagnostics],
        }


@dataclass(frozen=True, slots=True)
class Candidate:
    """A policy that could be adopted: its files, the same compiled, and what is kept of its holidays."""

    files: Files
    policy: Policy
    kept: bytes

    def row(self, number: int, now: datetime, by: str) -> VersionRow:
        """The version it would be, adopted at `now`."""
        text = self.policy.text
        return VersionRow(
            number=number,
            digest=self.policy.digest,
            name=str(self.policy.name),
            version=str(self.policy.version),
            in_force_from=self._begins(number, now),
            adopted_at=micros(now),
            adopted_by=by,
            retarget=text.open_tickets == "retarget",
            files=dict(self.files),
            holidays=self.kept,
        )

    def _begins(self, number: int, now: datetime) -> int:
        own = self.policy.text.effective_from
        if number == 1:
            return micros(own) if own else 0
        soonest = micros(now + GRACE)
        return max(micros(own), soonest) if own else soonest


def candidate(shelf: StoredShelf, files: Files, holidays: HolidaySource) -> Candidate:
    """A policy compiled and checked, with the holidays as they are known today. Raises `PolicyError`."""
    heard = Recorder(holidays)
    policy = shelf.compile(files, heard)
    return Candidate(files, policy, pack(policy, heard.heard))


@dataclass(frozen=True, slots=True)
class Adopting:
    """Adopts policies into a store, and on the shelf of this process. `holidays` are those known today."""

    shelf: StoredShelf
    store: Store
    clock: Clock
    holidays: HolidaySource

    def reload(self, read: Callable[[], Files], by: str, *, again: bool = True) -> Adopted:
        """Adopt the policy that `read` gives; what it cannot read refuses the policy too. See `adopt`."""
        try:
            files = read()
        except PolicyError as problem:
            return self.refuse(problem.diagnostics, by)
        return self.adopt(files, by, again=again)

    def refuse(self, diagnostics: tuple[Diagnostic, ...], by: str) -> Adopted:
        """A policy that could not even be read is refused: the old one keeps running, and the audit trail says so."""
        return write(self.store, lambda work: self._refuse(work, diagnostics, by))

    def adopt(self, files: Files, by: str, *, again: bool = True) -> Adopted:
        """Check a policy and put it in force as the next version; the first begins as it says itself, or always has.

        A later one begins when it says, at the earliest `GRACE` from now. `again` False (a start of the service rather
        than somebody's wish) keeps the newest version without a complaint where only the holidays of this machine's
        library are those of an earlier one. Raises what the store raises, nothing being changed.
        """
        try:
            new = candidate(self.shelf, files, self.holidays)
        except PolicyError as problem:
            return self.refuse(problem.diagnostics, by)
        made, version = write(self.store, lambda work: self._adopt(work, new, by, again=again))
        if version is not None:
            self.shelf.take(version)
        return made

    def _adopt(self, work: Work, new: Candidate, by: str, *, again: bool) -> tuple[Adopted, Stored | None]:
        work.versions.hold()
        self.shelf.refresh(work)
        known = self.shelf.versions
        same = unchanged(known, new, again=again)
        if same is not None:
            return same, None
        number = len(known) + 1
        # Read behind whatever the transaction had to wait for; see `GRACE`.
        now = self.clock.now()
        row = new.row(number, now, by)
        version = Stored(row, new.policy, new.policy.digest)
        try:
            check_succession(known, version)
        except PolicyError as problem:
            return self._refuse(work, problem.diagnostics, by, new), None
        work.versions.add(row)
        old = known[-1].row if known else None
        begins = instant(row.in_force_from) if row.in_force_from else None
        detail = {
            "number": number,
            "version": row.version,
            "old": old.digest if old else "",
            "new": row.digest,
            "in_force_from": begins.isoformat() if begins else None,
            "open_tickets": new.policy.text.open_tickets,
        }
        work.register.audit(AuditRow(micros(now), "policy.adopted", by, str(number), detail))
        notes = tuple(_notes(new, row, known))
        return Adopted("adopted", number, row.digest, row.version, begins, new.policy.findings, notes), version

    def _refuse(
        self, work: Work, diagnostics: tuple[Diagnostic, ...], by: str, new: Candidate | None = None
    ) -> Adopted:
        now, number = micros(self.clock.now()), work.versions.newest()
        digest, version = (new.policy.digest, str(new.policy.version)) if new else ("", "")
        told = [f"{d.span}: {d.code}: {d.message}" for d in diagnostics[:MAX_TOLD]]
        detail = {"keeps": number, "digest": digest, "version": version, "found": len(diagnostics), "problems": told}
        work.register.audit(AuditRow(now, "policy.refused", by, str(number), detail))
        return Adopted("refused", number, digest, version, None, diagnostics)


def unchanged(known: tuple[Stored, ...], new: Candidate, *, again: bool = True) -> Adopted | None:
    """Whether there is nothing to adopt, because the newest version is what the candidate is."""
    newest = known[-1] if known else None
    if newest is None:
        return None
    row, digest = newest.row, new.policy.digest
    notes: tuple[str, ...] = ()
    if digest not in (row.digest, newest.reads):
        # Two machines with other releases of the library of holidays must not take turns at adopting.
        if again or not in_force_before(known, digest) or dict(row.files) != dict(new.files):
            return None
        notes = (f"version {row.number} stays in force; this machine's library of holidays is that of an earlier one",)
    begins = instant(row.in_force_from) if row.in_force_from else None
    return Adopted("unchanged", row.number, row.digest, row.version, begins, new.policy.findings, notes)


def in_force_before(known: tuple[Stored, ...], digest: str) -> Stored | None:
    """The version of a digest, where there is one."""
    return next((one for one in known if digest in (one.row.digest, one.reads)), None)


def check_succession(known: tuple[Stored, ...], new: Stored) -> Policy:
    """The new version, tied to those before it. Raises `PolicyError` where it cannot follow them."""
    policy = new.policy
    before = in_force_before(known, policy.digest)
    if before is not None:
        said = (
            f"this is version {before.row.number} (`{before.row.version}`) again, and tickets are governed by that one"
        )
        span = policy.text.span
        help = f"give it a new label: `version: {before.row.version} again`, or any other that was not used"
        raise PolicyError([Diagnostic("P357", "error", said, span, help)])
    return tied((*known, new))


def _notes(new: Candidate, row: VersionRow, known: tuple[Stored, ...]) -> list[str]:
    """What is to be said of a version that was adopted."""
    if not known:
        return []
    own, begins = new.policy.text.effective_from, instant(row.in_force_from)
    notes = []
    if own is None:
        notes.append(f"it says no `effective_from`: it is in force from {moment_there(begins)}, when it was adopted")
    elif own < begins:
        notes.append(f"its `effective_from` is past: it is in force from {moment_there(begins)}, when it was adopted")
    else:
        notes.append(f"it is in force from its `effective_from`, {moment_there(own)}")
    if dict(known[-1].row.files) == dict(row.files):
        notes.append("its files are those of the version before; the library of holidays knows other dates now")
    if row.retarget:
        notes.append("open tickets are re-aimed once it is in force (`open_tickets: retarget`)")
    else:
        notes.append("open tickets stay with the version they began under (`open_tickets: keep`)")
    return notes


def standing_from(new: Candidate, known: tuple[Stored, ...], begins: datetime) -> Policy:
    """A candidate as if it were in force from `begins`, tied to the versions before it. Raises `PolicyError`."""
    row = replace(new.row(len(known) + 1, begins, ""), in_force_from=micros(begins))
    return check_succession(known, Stored(row, new.policy, new.policy.digest))
