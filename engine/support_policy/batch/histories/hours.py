"""By whose hours something is counted, for many tickets at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from support_policy.batch.histories.cohort import Cohort
from support_policy.batch.histories.state import Ints
from support_policy.model.calendars import LOCAL
from support_policy.model.promise import CalendarChoice, chosen

NOT_SAID, OFFICE = -2, -1


def code_of(cohort: Cohort, name: str) -> int:
    """A calendar by number; OFFICE for that of whichever office serves the ticket, NOT_SAID for no name."""
    if not name:
        return NOT_SAID
    return OFFICE if name == LOCAL else cohort.lowered.calendar_code[str(name)]


def by_priority(cohort: Cohort, choice: CalendarChoice) -> NDArray[np.int32]:
    """By priority, and for none: the calendar that a choice names."""
    named = [code_of(cohort, chosen(choice, priority)) for priority in cohort.lowered.priorities]
    return np.array([*named, NOT_SAID], np.int32)


def or_office(cohort: Cohort, calendar: NDArray[np.int32], tickets: Ints) -> NDArray[np.int32]:
    """Calendars, with that of the office for what is not said, or said to be the office's."""
    office = cohort.state.office[tickets]
    office = np.where(office >= 0, office, cohort.customers.default)
    return np.where(calendar < 0, office, calendar).astype(np.int32)
