"""Agreement with the recorded answers of other calculators, where they lie beside the repository."""

from __future__ import annotations

import json
import os
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pytest

from support_policy.clock.calendar import BusinessCalendar

FOLDER = Path(__file__).parents[2].parent / "shared" / "vectors"
FILES = sorted(FOLDER.glob("*.jsonl"))
Fit = Literal["closing", "next_opening"]
METHODS = {
    "add": "due",
    "subtract": "before",
    "between": "worked",
    "prev_open": "previous_open",
    "prev_close": "previous_close",
}


@cache
def calendar_of(text: str, exact_fit: Fit = "closing") -> BusinessCalendar:
    return BusinessCalendar(**json.loads(text), exact_fit=exact_fit)


def vectors(path: Path) -> list[dict[str, Any]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [vector for vector in map(json.loads, lines) if vector.get("precision") != "ns"]


def answer(vector: dict[str, Any], exact_fit: Fit = "closing") -> Any:
    calendar = calendar_of(json.dumps(vector["calendar"], sort_keys=True), exact_fit)
    arguments: list[Any] = [datetime.fromisoformat(vector["start"])]
    if "end" in vector:
        arguments.append(datetime.fromisoformat(vector["end"]))
    if "seconds" in vector:
        arguments.append(vector["seconds"])
    found = getattr(calendar, METHODS.get(vector["op"], vector["op"]))(*arguments)
    return found.isoformat() if isinstance(found, datetime) else found


def expected(value: Any) -> Any:
    return datetime.fromisoformat(value).isoformat() if isinstance(value, str) else value


@pytest.fixture(autouse=True)
def _recorded() -> None:
    if not FILES:
        assert not os.environ.get("CI"), f"no recorded vectors at {FOLDER}"
        pytest.skip(f"no recorded vectors at {FOLDER}")


@pytest.mark.parametrize("path", FILES or [FOLDER], ids=lambda path: path.stem)
def test_recorded_answers_are_ours(path: Path) -> None:
    """Every recorded question gets the canonical answer, to the microsecond."""
    wrong = {
        vector["id"]: (wanted, found)
        for vector in vectors(path)
        if (wanted := expected(vector["canonical"] if "canonical" in vector else vector["expect"]))
        != (found := answer(vector))
    }
    assert wrong == {}


def test_the_other_reading_of_an_exact_fit_is_offered_too() -> None:
    """Where others move an exact fit to the next opening, so does `exact_fit="next_opening"`."""
    moved = [v for path in FILES for v in vectors(path) if v.get("convention") == "due-at-next-open"]
    assert moved
    assert {v["id"]: answer(v, "next_opening") for v in moved} == {v["id"]: expected(v["expect"]) for v in moved}
