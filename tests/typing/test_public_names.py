"""The public names as an embedder's type checker sees them: `make lint` checks the types, a run checks the values."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, assert_type

import pytest

import support_policy
from support_policy import (
    Because,
    BusinessCalendar,
    Command,
    Decision,
    Diagnostic,
    Due,
    Evaluation,
    Event,
    Policy,
    PolicyError,
    TicketState,
    decide,
    evaluate,
    evolve,
    load_policy,
    new_ticket,
)
from tests.ticket.histories import ROOT

AT = datetime.fromisoformat("2026-03-02T10:00:00-08:00")


def test_deciding_is_typed() -> None:
    """Policy, state, event and decision have the types that their documentation names."""
    policy = load_policy(ROOT)
    assert_type(policy, Policy)
    assert_type(policy.digest, str)
    assert_type(policy.versions, Mapping[str, str])
    state = new_ticket("VS-1")
    assert_type(state, TicketState)
    event = Event("submitted", AT, fields={"organization": "acme", "stated_priority": "P1"})
    decision = decide(policy, state, event, AT)
    assert_type(decision, Decision)
    assert_type(decision.events, tuple[Event, ...])
    assert_type(decision.commands, tuple[Command, ...])
    assert_type(decision.because, tuple[Because, ...])
    for record in decision.events:
        state = evolve(state, Event.from_json(record.as_json()))
    fired = decide(policy, state, Due(AT + timedelta(hours=3)), AT + timedelta(hours=3)).commands[0]
    assert_type(fired.key, str)
    assert_type(fired.notify, tuple[tuple[str, str], ...])
    assert_type(fired.as_json(), dict[str, Any])
    assert fired.key == "VS-1/automatic/1/1"


def test_evaluating_is_typed() -> None:
    """`evaluate` gives a dictionary whose keys a type checker knows; its instants may be given as text or datetime."""
    policy = load_policy(str(ROOT))
    made = evaluate(policy, {"ticket": "A", "events": []}, at=AT)
    assert_type(made, Evaluation)
    assert_type(made["priority"], str | None)
    assert_type(made["escalation_level"], int)
    assert made == evaluate(policy, {"ticket": "A", "events": []}, at=AT.isoformat())


def test_errors_are_typed(tmp_path: Path) -> None:
    """`PolicyError` is a ValueError whose diagnostics name file, line, column and code."""
    with pytest.raises(PolicyError) as caught:
        load_policy(tmp_path)
    assert isinstance(caught.value, ValueError)
    first = caught.value.diagnostics[0]
    assert_type(first, Diagnostic)
    assert_type((first.span.file, first.span.line, first.span.column), tuple[str, int, int])
    assert (first.code, first.severity) == ("P340", "error")


def test_business_time_is_typed() -> None:
    """A calendar's questions take and give aware datetimes and seconds; where it never opens, None."""
    calendar = BusinessCalendar(
        timezone="Europe/London",
        hours={"mon": [("09:00", "17:00")]},
        holidays=[date(2026, 12, 28)],
        shifts={date(2026, 12, 30): [("10:00", "12:00")]},
        breaks={date(2026, 12, 30): [("11:00", "11:30")]},
        exact_fit="next_opening",
        overnight_holiday="owned",
    )
    assert_type(calendar.due(AT, 3600), datetime | None)
    assert_type(calendar.before(AT, 1.5), datetime | None)
    assert_type(calendar.worked(AT, AT), float)
    assert_type(calendar.is_open(AT), bool)
    for ask in (calendar.next_open, calendar.next_close, calendar.previous_open, calendar.previous_close):
        assert_type(ask(AT), datetime | None)
    assert_type(calendar.roll_forward(AT), datetime | None)
    assert_type(calendar.roll_back(AT), datetime | None)
    assert BusinessCalendar(timezone="UTC", hours={}).due(AT, 1) is None


@pytest.mark.parametrize("name", support_policy.__all__)
def test_every_public_name_is_documented(name: str) -> None:
    """Every public name, and every public method of a public class, has a docstring of its own."""
    thing = getattr(support_policy, name)
    assert thing.__doc__
    assert not thing.__doc__.startswith(f"{name}("), "made by @dataclass"
    if inspect.isclass(thing):
        for part, value in vars(thing).items():
            if not part.startswith("_") and (inspect.isfunction(value) or isinstance(value, property | classmethod)):
                assert value.__doc__, f"{name}.{part}"


def test_every_public_name_is_listed() -> None:
    """`dir` lists every public name, the package has a version, and ships its types."""
    assert set(support_policy.__all__) <= set(dir(support_policy))
    assert support_policy.__version__ in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert Path(str(support_policy.__file__)).with_name("py.typed").is_file()


def test_threads_share_a_policy() -> None:
    """One policy, freshly loaded, decides the same in eight threads at once."""
    policy = load_policy(ROOT)
    history = {
        "ticket": "A",
        "events": [{"at": AT.isoformat(), "type": "submitted", "fields": {"organization": "acme", "emergency": True}}],
    }
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: evaluate(policy, history, AT + timedelta(days=3)), range(64)))
    assert all(each == made[0] for each in made)
