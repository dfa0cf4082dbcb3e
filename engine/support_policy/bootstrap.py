"""Chooses the real parts: the files, the holidays, the clock of this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from support_policy.adapters.files import located, read_files
from support_policy.adapters.machine import cached_holidays, tzdata_version
from support_policy.policy.calendars import HolidaySource
from support_policy.policy.compiled import Policy, compile_policy
from support_policy.policy.read import Draft
from support_policy.source.diagnostics import Findings, PolicyError

if TYPE_CHECKING:
    from support_policy.service.watch.adopting import Adopted, Adopting
    from support_policy.service.watch.ports import Clock, Store


def load_policy(path: str | Path = ".", previous: Sequence[str | Path] = ()) -> Policy:
    """The policy in a folder (or of a policy.yaml): policy.yaml, rules/ and workflows/.

    `previous` are the versions before it, the oldest first: a ticket is then governed by the one in force when it
    began, until a later one takes it over (`open_tickets: retarget`). Raises `PolicyError`, whose `diagnostics` list
    every problem with file, line and column.
    """
    older = [_load(one) for one in previous]
    newest = _load(path)
    try:
        return newest.after(older) if older else newest
    except PolicyError as problem:
        raise PolicyError(located(problem.diagnostics, path)) from None


def _load(path: str | Path) -> Policy:
    files = read_files(path)
    try:
        return compile_files(files)
    except PolicyError as problem:
        raise PolicyError(located(problem.diagnostics, path)) from None


def compile_files(files: Mapping[str, bytes], holidays: HolidaySource = cached_holidays) -> Policy:
    """The policy that `files` say, by name relative to its folder. Raises `PolicyError`."""
    return compile_policy(files, holidays, tzdata_version(), (_check_templates,))


def adopting(store: Store, clock: Clock) -> Adopting:
    """What adopts policies into a store, with its shelf loaded. Raises `ShelfError`, and what the store raises."""
    from support_policy.service.watch.adopting import Adopting
    from support_policy.service.watch.versions import StoredShelf

    with store.look() as work:
        shelf = StoredShelf.load(work, compile_files)
    return Adopting(shelf, store, clock, cached_holidays)


def reload(adopting: Adopting, path: str | Path, by: str, *, again: bool = True) -> Adopted:
    """Read the policy in a folder (or of a policy.yaml) and adopt it; see `Adopting.adopt`.

    Findings name files as seen from where the user stands. `again` False at the start of the service.
    """
    try:
        files = read_files(path)
    except PolicyError as problem:
        return adopting.refuse(problem.diagnostics, by)
    made = adopting.adopt(files, by, again=again)
    return replace(made, diagnostics=located(made.diagnostics, path))


def _check_templates(draft: Draft, findings: Findings) -> None:
    if draft.text.templates:
        # The library is slow to load: a policy without templates does without it.
        from support_policy.render.template_check import check_templates

        check_templates(draft.text, draft.declared, findings)
