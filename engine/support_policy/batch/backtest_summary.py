"""What a backtest found, as one object of plain JSON data: what its text, its report and `--json` all show."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from support_policy.batch.backtest import Found, Job
from support_policy.batch.replay_report import EXAMPLES
from support_policy.model.event import instant
from support_policy.policy.compiled import Policy
from support_policy.source.nodes import shorten


def summary_of(job: Job, found: Found, file: str, notes: Iterable[str] = ()) -> dict[str, Any]:
    """The summary of a history named `file`; `notes` are what is to be said of it as a whole."""
    strangers = found.new.unknown_organizations
    decided = {"by_columns": found.decided["columns"], "by_rows": found.decided["rows"]}
    tickets = {**decided, "unknown_organization": strangers.total()}
    return {
        "file": file,
        "mapping": str(job.mapping.name) if job.mapping else None,
        "shape": str(job.mapping.shape) if job.mapping else "store",
        "at": instant(job.until).isoformat(),
        "policy": _named(job.policy),
        "against": _named(job.against) if job.against else None,
        "rows": found.rows.data(),
        "tickets": found.rows.tickets(found.new.tickets, tickets),
        "new": found.new.data(),
        "old": found.old.data() if found.old else None,
        "difference": found.difference.data() if found.difference else None,
        "sweep": None,
        "notes": [*notes, *found.new.notes, *_notes(job, found)],
    }


def _named(policy: Policy) -> dict[str, str]:
    return {"name": policy.name, "version": policy.version, "digest": policy.digest}


def _notes(job: Job, found: Found) -> Iterable[str]:
    if job.against is not None and job.against.digest == job.policy.digest:
        yield "it is the same policy twice: both have the same digest"
    strangers = found.new.unknown_organizations
    if strangers:
        named = ", ".join(f"`{shorten(name)}` {count:,}" for name, count in strangers.most_common(EXAMPLES))
        more = ", ..." if len(strangers) > EXAMPLES else ""
        office = job.policy.text.default_office
        said = f"tickets whose organization the directory does not know, on the clock of `{office}`"
        yield f"{said}: {strangers.total():,} ({named}{more})"
    for why, count in found.by_rows_because.most_common(EXAMPLES):
        yield f"decided one by one, because {why}: {count:,}"
    if found.only_old_rejects:
        yield f"rows that only the policy before the change does not take: {found.only_old_rejects:,}"
    if found.difference is not None and found.difference.not_compared:
        yield f"tickets that only one of the policies could decide, not compared: {found.difference.not_compared:,}"
