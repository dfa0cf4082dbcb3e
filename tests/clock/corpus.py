"""Reads `cases.yaml`: every scalar is text until the place it stands in says what it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from support_policy.clock.calendar import BusinessCalendar

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Case:
    """One question to a calendar, with its answer."""

    name: str
    calendar: BusinessCalendar
    ask: str
    arguments: tuple[Any, ...]
    answer: datetime | float | bool | None


def cases() -> list[Case]:
    """All cases of the corpus; those of one theme share a calendar."""
    text = (HERE / "cases.yaml").read_text(encoding="utf-8")
    themes = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - makes nothing but text, lists and mappings
    return [case for theme in themes for case in _cases(theme)]


def _cases(theme: dict[str, Any]) -> list[Case]:
    calendar = BusinessCalendar(**_arguments(theme["calendar"]))
    return [
        Case(f"{theme['theme']}: {case['says']}", calendar, case["ask"], _asked(case), _answer(case["answer"]))
        for case in theme["cases"]
    ]


def _arguments(text: dict[str, Any]) -> dict[str, Any]:
    arguments = dict(text)
    for name in ("hours", "shifts", "breaks"):
        arguments[name] = {day: [pair.split("-") for pair in pairs] for day, pairs in text.get(name, {}).items()}
    arguments["exclusions"] = [
        tuple(datetime.fromisoformat(end) for end in pair.split("/")) for pair in text.get("exclusions", [])
    ]
    return arguments


def _asked(case: dict[str, str]) -> tuple[Any, ...]:
    at = datetime.fromisoformat(case["at"])
    if "to" in case:
        return at, datetime.fromisoformat(case["to"])
    return (at, number(case["seconds"])) if "seconds" in case else (at,)


def _answer(text: str) -> datetime | float | bool | None:
    words = {"never": None, "true": True, "false": False}
    if text in words:
        return words[text]
    return datetime.fromisoformat(text) if "T" in text else number(text)


def number(text: str) -> float:
    """A duration: whole unless written with a point."""
    return float(text) if "." in text else int(text)
