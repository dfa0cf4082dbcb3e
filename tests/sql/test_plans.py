"""What is asked over and over is found by an index, however much is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import event

from support_policy.adapters.sql.store import SqlStore, SqlWork, open_store


@pytest.fixture
def store() -> Iterator[SqlStore]:
    """A store whose plans can be read."""
    made = open_store("sqlite://")
    yield made
    made.close()


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda work: work.tickets.due(5, 50), "agenda_wake"),
        (lambda work: work.tickets.overdue(5), "agenda_wake"),
        (lambda work: work.tickets.pending(5, 50), "agenda_wake"),
        (lambda work: work.tickets.stuck(), "agenda_stuck"),
        (lambda work: work.tickets.stuck_since(), "agenda_stuck"),
        (lambda work: work.tickets.behind(2, 5, 50, lock=True), "tickets_open_looked_at"),
        (lambda work: work.letters.sent_since("a@x", 5), "letters_recipient"),
        (lambda work: work.letters.backlog(), "letters_status (status=?)"),
        (lambda work: work.register.last_audit("alarm", "overdue"), "audit_subject"),
        (lambda work: work.register.forget_answers(5, 50), "answers_created"),
    ],
)
def test_what_is_asked_in_every_round_is_asked_of_an_index(
    store: SqlStore, ask: Callable[[SqlWork], object], index: str
) -> None:
    """No round of a worker, a sender or the watchdog reads a table through, or sorts what waits."""
    plans: list[str] = []

    def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        if statement.startswith(("SELECT", "DELETE")):
            plans.extend(row[3] for row in cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

    with store.begin() as work:
        event.listen(store.engine, "before_cursor_execute", explain)
        ask(work)
    assert any(index in plan for plan in plans), plans
    assert "USE TEMP B-TREE FOR ORDER BY" not in plans
