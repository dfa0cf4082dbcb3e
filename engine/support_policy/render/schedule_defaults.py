"""The text of a schedule's message for which a policy has no template: plain text, its columns aligned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from support_policy.model.policy import Schedule
from support_policy.render.message_defaults import Text, Values, line
from support_policy.render.sentences import day, listed, sentence, spaced
from support_policy.render.template_words import shown

_WIDTHS = {"subject": 60, "organization": 30, "team": 20}
"""The longest that a column may be, where it is not as long as its longest word."""


def recurring(schedule: Schedule, values: Values) -> Text:
    """The text of a schedule: its heading, what it says, its list, its report."""
    name = sentence(" ".join(spaced(schedule.name).replace("-", " ").split()))
    about = line(values["organization"])
    subject = f"{line(values['policy'])}: {name[:1].lower()}{name[1:]}" + (f", {about}" if about else "")
    parts = [line(values["says"], 1000) or f"It is time for: {spaced(schedule.name)}.", *_late(values)]
    if schedule.reports and values["period_begin"]:
        parts += _report(values)
    if schedule.lists is not None and values["as_of"]:
        subject += "" if schedule.reports else f" ({_tickets(values['count'])})"
        parts += _list(values, "Now: " if schedule.reports else "")
    return subject, "\n\n".join(part for part in (*parts, shown(values["at"])) if part) + "\n"


def _late(values: Values) -> Iterator[str]:
    due, made = values["at"], values["as_of"]
    if made and (made - due).total_seconds() > 60:
        yield f"This was to be told on {shown(due)}, and is as of {shown(made)}."


def _list(values: Values, now: str) -> Iterator[str]:
    rows, count = values["tickets"] or (), values["count"]
    if not rows:
        yield sentence(f"{now}{_tickets(0)}.")
        return
    standing = values["standing"]
    some = f", the first {len(rows)} of them listed" if len(rows) < count else ""
    yield sentence(f"{now}{_tickets(count)}{some}.")
    if now or some:
        yield _table(
            {
                "priority": [line(row["priority"]) for row in standing],
                "tickets": [str(row["count"]) for row in standing],
                "missed a target": [str(row["missed"]) for row in standing],
                "oldest": [
                    f"{line(row['oldest'])}, {day(row['oldest_at'], year=True)}, {row['oldest_at']:%H:%M}"
                    for row in standing
                ],
            },
            right=("tickets", "missed a target"),
        )
    columns: dict[str, Sequence[str]] = {
        "ticket": [line(row["ticket"]) for row in rows],
        "organization": () if values["organization"] else [line(row["organization"]) for row in rows],
        "priority": [line(row["priority"]) for row in rows],
        "state": [line(row["state_name"]) for row in rows],
        "for": [_age(row["state_age"].seconds) for row in rows],
        "age": [_age(row["age"].seconds) for row in rows],
        "due": [f"{day(row['due_at'])}, {row['due_at']:%H:%M}" if row["due_at"] else "" for row in rows],
        "missed": [str(row["missed"] or "") for row in rows],
        "team": [line(row["team"]) for row in rows],
        "subject": [line(row["subject"]) for row in rows],
    }
    yield _table(columns, right=("for", "age", "missed"))


def _report(values: Values) -> Iterator[str]:
    yield f"From {shown(values['period_begin'])} to {shown(values['period_end'])}:"
    results = values["results"] or ()
    yield (
        _table(
            {
                "target": [spaced(row["metric"]) for row in results],
                "priority": [line(row["priority"]) for row in results],
                "met": [_number(row["met"], row) for row in results],
                "missed": [_number(row["missed"], row) for row in results],
                "share met": [line(row["share"]) for row in results],
                "corrected": [str(row["corrected"] or "") for row in results],
                "no target": [str(row["stopped"] or "") for row in results],
            },
            right=("met", "missed", "share met", "corrected", "no target"),
        )
        or "No target was met or missed."
    )
    reached = values["escalations"] or ()
    yield (
        _table(
            {
                "escalation": [spaced(row["chain"]) for row in reached],
                "level": [str(row["level"]) for row in reached],
                "times": [str(row["count"]) for row in reached],
            },
            right=("level", "times"),
        )
        or "Nothing was escalated."
    )
    asked = values["requests"]
    if any(asked.values()):
        yield f"Requests for escalation: {listed(f'{asked[name]} {name}' for name in asked if asked[name])}."
    begun = values["begun"] or ()
    if begun:
        each = listed(f"{row['count']} {line(row['priority']) or 'without priority'}" for row in begun)
        yield f"New tickets: {sum(row['count'] for row in begun)} ({each})."


def _number(count: int, row: Mapping[str, Any]) -> str:
    # A metric without a target has no verdicts.
    return str(count) if row["met"] or row["missed"] else ""


def _tickets(count: int) -> str:
    return "no tickets" if not count else f"{count:,} ticket" + ("s" if count != 1 else "")


def _age(seconds: int) -> str:
    """A length in a narrow column: `3 d 4 h`, `4 h 05`, `12 min`."""
    minutes = seconds // 60
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60:02}" if hours else f"{minutes} min"


def _table(columns: Mapping[str, Sequence[str]], right: Iterable[str] = ()) -> str:
    """Columns under their names, those with nothing in them left out; empty without rows."""
    kept = {
        name: [_cut(cell, _WIDTHS.get(name, 120)) for cell in cells] for name, cells in columns.items() if any(cells)
    }
    if not kept:
        return ""
    widths = {name: max(len(name), *map(len, cells)) for name, cells in kept.items()}
    rows = [
        dict(zip(kept, kept, strict=True)),
        *(dict(zip(kept, row, strict=True)) for row in zip(*kept.values(), strict=True)),
    ]
    flush = set(right)
    return "\n".join(
        "  ".join(
            cell.rjust(widths[name]) if name in flush else cell.ljust(widths[name]) for name, cell in row.items()
        ).rstrip()
        for row in rows
    )


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 3] + "..."
