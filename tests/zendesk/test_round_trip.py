"""A promise kept in Zendesk and the same promise as the shipped policy fall due at the same instants."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from hypothesis import given
from hypothesis import strategies as st

from support_policy import Policy, evaluate, load_policy
from support_policy.bootstrap import compile_files
from support_policy.clock.holidays import public_holidays
from support_policy.service.zendesk import import_zendesk
from tests.cli.command import ROOT
from tests.zendesk.test_golden import export_of, policy_files

YEARS = range(2025, 2029)
PRIORITIES = {"P1": "urgent", "P2": "high", "P3": "normal", "P4": "low"}
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1)).map(lambda t: t.replace(tzinfo=UTC))  # noqa: DTZ001


@lru_cache(maxsize=1)
def policies() -> tuple[Policy, Policy]:
    """The shipped policy, and the same promise imported: the case `simple` with California's holidays as Zendesk's."""
    days = public_holidays("US", "CA", YEARS).dates
    holidays = [{"name": name, "start_date": str(day), "end_date": str(day)} for day, name in days.items()]
    files = {path.name: path.read_bytes() for path in export_of("simple").iterdir()}
    files["holidays.json"] = json.dumps({"holidays": holidays, "count": len(holidays)}).encode()
    made = import_zendesk(files)
    assert made.gaps == ()
    return load_policy(ROOT), compile_files(policy_files(made))


def first_reply(policy: Policy, metric: str, priority: str, at: datetime, replied: datetime | None) -> object:
    """When the first reply is due, what became of it and how long it took, for an organization in Los Angeles."""
    fields = {"organization": "acme", "stated_priority": priority}
    events = [{"at": at.isoformat(), "type": "submitted", "by": "customer", "fields": fields}]
    if replied:
        events.append({"at": replied.isoformat(), "type": "responded", "by": "engineer"})
    told = evaluate(policy, {"ticket": "A", "events": events}, at + timedelta(days=60))
    (row,) = [row for row in told["targets"] if row["metric"] == metric]
    return [row[key] for key in ("target_seconds", "due_at", "status", "stopped_at", "worked_seconds")]


@given(INSTANTS, st.sampled_from(list(PRIORITIES)), st.none() | st.timedeltas(timedelta(0), timedelta(days=9)))
def test_an_imported_promise_is_the_promise(at: datetime, priority: str, later: timedelta | None) -> None:
    """For any submission, priority and reply, due time, verdict and time worked are those of the shipped policy."""
    ours, theirs = policies()
    replied = None if later is None else at + later
    expected = first_reply(ours, "first_response", priority, at, replied)
    assert first_reply(theirs, "first_reply_time", PRIORITIES[priority], at, replied) == expected
