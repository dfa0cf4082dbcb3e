"""The calendar's answers, theme by theme: the tables stand in `cases.yaml`."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.clock.corpus import Case, cases

CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_calendar_answers_as_the_corpus_says(case: Case) -> None:
    """Each question of the corpus gets its answer, an instant in the calendar's own zone."""
    answer = getattr(case.calendar, case.ask)(*case.arguments)
    assert type(answer) is type(case.answer)
    if isinstance(answer, datetime) and isinstance(case.answer, datetime):
        assert answer.isoformat() == case.answer.isoformat()
        assert str(answer.tzinfo) == case.calendar.timezone
    else:
        assert answer == case.answer


def test_the_corpus_asks_everything_and_nothing_twice() -> None:
    """Every method has cases of its own, and each case a name of its own."""
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))
    assert {case.ask for case in CASES} == {
        *("due", "before", "worked", "is_open", "next_open", "next_close"),
        *("previous_open", "previous_close", "roll_forward", "roll_back"),
    }
