"""Policies of this machine: its files, its holidays, its time zones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from support_policy.adapters.files import located, read_files
from support_policy.adapters.machine import cached_holidays, tzdata_version
from support_policy.policy.calendars import HolidaySource
from support_policy.policy.compiled import Policy, compile_policy
from support_policy.policy.read import Draft
from support_policy.source.diagnostics import Findings, PolicyError


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
    """The policy that `files` say, by name relative to its folder; `holidays` from elsewhere. Raises `PolicyError`."""
    return compile_policy(files, holidays, tzdata_version(), (_check_templates,))


def _check_templates(draft: Draft, findings: Findings) -> None:
    if draft.text.templates:
        # The library is slow to load: a policy without templates does without it.
        from support_policy.render.template_check import check_templates

        check_templates(draft.text, draft.declared, findings)
