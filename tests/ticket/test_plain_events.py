"""Facts handed to `decide` as plain data, in the form histories hold them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from support_policy import Event, PolicyError, decide, new_ticket
from tests.ticket.histories import P1, policy, ticket

AT = datetime(2026, 3, 2, 18, tzinfo=UTC)


def test_a_fact_may_be_plain_data() -> None:
    """Plain data decides as the event it says."""
    fields = {"organization": "acme", **P1}
    said = {"at": "2026-03-02T10:00:00-08:00", "type": "submitted", "by": "customer", "fields": fields}
    event = Event("submitted", AT, by="customer", fields=fields)
    assert decide(policy(), new_ticket("A"), said, AT) == decide(policy(), new_ticket("A"), event, AT)


def test_plain_data_that_is_no_event_is_told() -> None:
    """Every problem of plain data is a diagnostic, with the nearest right name."""
    with pytest.raises(PolicyError) as caught:
        decide(policy(), new_ticket("A"), {"at": "2026-03-02", "type": "submited", "feilds": {}}, AT)
    assert {d.code for d in caught.value.diagnostics} == {"E402", "E411"}
    with pytest.raises(PolicyError) as caught:
        decide(policy(), new_ticket("A"), {"at": AT, "type": "submited"}, AT)
    assert [d.help for d in caught.value.diagnostics] == ["did you mean `submitted`?"]


def test_a_planned_level_lists_who_would_be_told() -> None:
    """A level still to come lists its roles and addresses; one that is withdrawn told nobody."""
    seen = ticket("acme", "03-02 10:00", P1).seen("+1h")
    assert [told["role"] for told in seen.level("automatic", 1)["notify"]] == ["support_manager"]
    done = ticket("acme", "03-02 10:00", P1).then("+1h", "resolved").seen("+2h")
    assert done.level("automatic", 1)["notify"] == []
