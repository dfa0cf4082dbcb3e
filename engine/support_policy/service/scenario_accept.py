"""Taking what is found for what is expected: only values of failing keys are rewritten, and the file is run again."""

from __future__ import annotations

from dataclasses import dataclass

from support_policy.policy.compiled import Policy
from support_policy.service.scenario_edit import Page, diff
from support_policy.service.scenario_run import FileOutcome, Outcome, run_file
from support_policy.source.diagnostics import PolicyError

_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A file as it would be: its bytes, what changes in it, and the scenarios that would still fail, with the reason.

    `data` is None where there is nothing to write.
    """

    file: str
    data: bytes | None
    changes: tuple[str, ...]
    left: tuple[tuple[str, str], ...]


def propose(policy: Policy, data: bytes, ran: FileOutcome) -> Proposal:
    """What accepting the failures of a file would make of it; it is run again, and must then hold."""
    mark, text = (_MARK, data[len(_MARK) :]) if data.startswith(_MARK) else (b"", data)
    left = [(str(o.scenario.name), why) for o in ran.failed if (why := _stuck(o))]
    stuck = {name for name, _ in left}
    wanted = [outcome for outcome in ran.failed if outcome.scenario.name not in stuck]
    old = text.decode("utf-8")
    # One scenario after the other: what cannot be rewritten in one of them is no reason to leave the others.
    good = [outcome for outcome in wanted if _holds(policy, old, ran.file, [outcome])]
    left += [(str(o.scenario.name), "its text cannot be rewritten so that it holds") for o in wanted if o not in good]
    if not good or not _holds(policy, old, ran.file, good):
        return Proposal(ran.file, None, (), tuple(left))
    new = _edited(old, good)
    return Proposal(ran.file, mark + new.encode("utf-8"), tuple(diff(ran.file, old, new)), tuple(left))


def _stuck(outcome: Outcome) -> str:
    """Why a scenario's failures cannot be accepted; empty when they can."""
    for failure in outcome.failures:
        if failure.claim is None or failure.miss.edit is None:
            return failure.miss.why[0]
        if failure.key in ("because", "not_because") and len(failure.miss.edit.drop) == len(failure.claim.value):
            return f"`{failure.key}` would expect nothing any more: take it out by hand"
    return ""


def _edited(text: str, outcomes: list[Outcome]) -> str:
    page = Page(text)
    for outcome in outcomes:
        for failure in outcome.failures:
            if failure.claim is not None and failure.miss.edit is not None:
                listed = isinstance(failure.claim.value, tuple)
                page.edit(failure.claim.key, failure.claim.node, failure.miss.edit, listed=listed)
    return page.edited()


def _holds(policy: Policy, text: str, file: str, outcomes: list[Outcome]) -> bool:
    """Whether the scenarios of `outcomes` pass once rewritten, and no other fails that passed before."""
    failing = {outcome.scenario.name for outcome in run_file(policy, text, file).failed}
    try:
        again = run_file(policy, _edited(text, outcomes), file)
    except PolicyError:
        return False
    return {o.scenario.name for o in again.failed} <= failing - {o.scenario.name for o in outcomes}
