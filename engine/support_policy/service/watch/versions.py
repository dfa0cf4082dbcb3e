"""The shelf: the versions of the policy that a process decides with, compiled from what the store keeps of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from threading import Lock

from support_policy.model.event import instant
from support_policy.policy.calendars import HolidaySource
from support_policy.policy.compiled import Policy
from support_policy.service.watch.ports import Work
from support_policy.service.watch.rows import VersionRow
from support_policy.service.watch.version_text import unpack
from support_policy.source.diagnostics import Diagnostic, PolicyError

Compile = Callable[[Mapping[str, bytes], HolidaySource], Policy]
"""The policy that files say, by their names, with a source of holidays. Raises `PolicyError`."""


class ShelfError(Exception):
    """A version of the policy that the store keeps cannot be used by this program; `diagnostics` say why."""

    def __init__(self, said: str, diagnostics: Iterable[Diagnostic] = ()) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n".join((said, *map(str, self.diagnostics))))


@dataclass(frozen=True, slots=True)
class Stored:
    """A version as it was stored, and compiled; not yet tied to the others.

    `reads` is the digest that this program finds in it: another than the stored one where it reads the text otherwise
    than the program that adopted it, and `differs` then names the parts.
    """

    row: VersionRow
    policy: Policy
    reads: str
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Held:
    versions: tuple[Stored, ...]
    policy: Policy


class StoredShelf:
    """The versions of the policy, as the store keeps them. Threads may share it; what it gives never changes."""

    def __init__(self, compile: Compile) -> None:
        self.compile = compile
        self._held: _Held | None = None
        self._lock = Lock()

    @classmethod
    def load(cls, work: Work, compile: Compile) -> StoredShelf:
        """A shelf with every version of the store; empty where there is none yet. Raises `ShelfError`."""
        shelf = cls(compile)
        shelf.refresh(work)
        return shelf

    @property
    def policy(self) -> Policy:
        """The newest version, tied to those before it. Raises `ShelfError` where there is none."""
        if self._held is None:
            raise ShelfError("the store has no policy yet")
        return self._held.policy

    @property
    def number(self) -> int:
        """The number of the newest version; 0 where there is none."""
        return self._held.versions[-1].row.number if self._held else 0

    @property
    def versions(self) -> tuple[Stored, ...]:
        """Every version, the oldest first."""
        return self._held.versions if self._held else ()

    @property
    def differences(self) -> tuple[str, ...]:
        """What is to be said of versions that this program reads otherwise than the one that adopted them."""
        return tuple(
            f"version {one.row.number} of the policy ({one.row.version}) has another digest as this program reads it: "
            f"different are its {' and '.join(one.differs)}"
            for one in self.versions
            if one.differs
        )

    def refresh(self, work: Work) -> bool:
        """Take in what has been adopted meanwhile; whether there was anything. Raises `ShelfError`.

        Called in every transaction that decides, before it does: see `adopting.GRACE`.
        """
        if work.versions.newest() <= self.number:
            return False
        with self._lock:
            known = self.versions
            rows = [row for row in work.versions.all() if row.number > len(known)]
            if rows:
                self._hold((*known, *(stored(row, self.compile) for row in rows)))
        return True

    def take(self, version: Stored) -> None:
        """A version that this process has adopted itself, and stored: it need not be compiled again."""
        with self._lock:
            if version.row.number == self.number + 1:
                self._hold((*self.versions, version))

    def _hold(self, versions: tuple[Stored, ...]) -> None:
        try:
            self._held = _Held(versions, tied(versions))
        except PolicyError as problem:
            raise ShelfError(
                "the versions of the policy in the store do not follow one another", problem.diagnostics
            ) from None


def tied(versions: Iterable[Stored]) -> Policy:
    """The newest of some versions (at least one), tied to those before it. Raises `PolicyError`; see `Policy.after`."""
    *older, newest = (in_force(one.policy, one.row) for one in versions)
    return newest.after(older)


def in_force(policy: Policy, row: VersionRow) -> Policy:
    """A policy as what it is in the line: it begins when it was put in force, under the digest it was stored with."""
    text = policy.text
    if row.number > 1:
        # The digest stays that of the author's words. The first version begins as it says, or has always been.
        text = replace(text, effective_from=instant(row.in_force_from))
    return replace(policy, text=text, digest=row.digest)


def stored(row: VersionRow, compile: Compile) -> Stored:
    """A version compiled with the holidays that were known when it was adopted. Raises `ShelfError`."""
    what = f"version {row.number} of the policy ({row.version}), as the store keeps it, cannot be used by this program"
    try:
        kept = unpack(row.holidays)
        policy = compile(row.files, kept.source)
    except PolicyError as problem:
        raise ShelfError(what, problem.diagnostics) from None
    except ValueError as problem:
        raise ShelfError(f"{what}: {problem}") from None
    if policy.digest == row.digest:
        return Stored(row, policy, policy.digest)
    parts = policy.digest_parts()
    differs = tuple(name for name, digest in parts.items() if kept.parts.get(name) != digest)
    return Stored(row, policy, policy.digest, differs or tuple(parts))
