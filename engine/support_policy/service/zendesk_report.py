"""IMPORTED.md: what was made of a Zendesk export, and what could not be carried over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from support_policy.service.zendesk_json import clean
from support_policy.service.zendesk_metrics import EVENTS
from support_policy.service.zendesk_model import Gap, SlaPolicy


def report_text(
    seen: Mapping[str, str], became: Sequence[tuple[SlaPolicy, str]], gaps: Sequence[Gap], remarks: Sequence[str]
) -> str:
    """The report as Markdown; `became` says of every policy, in order, what it is now."""
    lines = ["# Imported from Zendesk", "", "Read were:", ""]
    lines += [f"- {_code(file)}: {said}" for file, said in seen.items()]
    lines += ["", "## What the SLA policies became", "", "| | SLA policy | here |", "|---|---|---|"]
    lines += [f"| {number} | {_cell(policy.title)} | {said} |" for number, (policy, said) in enumerate(became, 1)]
    lines += ["", f"## Not carried over: {len(gaps) or 'nothing'}", *([""] if gaps else [])]
    for number, gap in enumerate(gaps, 1):
        lines += gap_lines(number, gap)
    if remarks:
        lines += ["", "## Good to know", ""]
        lines += [f"- {remark}" for remark in remarks]
    lines += ["", "## What to report of a ticket", "", "| in Zendesk | event |", "|---|---|"]
    lines += [f"| {what} | {event} |" for what, event in EVENTS]
    return "\n".join(lines) + "\n"


def gap_lines(number: int, gap: Gap) -> list[str]:
    """One entry of the list: where, what, why, what to do instead."""
    return [
        f"{number}. {_text(gap.what)}",
        f"   - where: {_code(gap.place.file)}, {_code(str(gap.place))}",
        f"   - why: {_text(gap.why)}",
        f"   - instead: {_text(gap.instead)}",
    ]


def _code(text: str) -> str:
    return f"`{clean(text).replace('`', chr(39))}`"


def _text(text: str) -> str:
    return clean(text, 600).replace("<", "&lt;")


def _cell(text: str) -> str:
    return clean(text).replace("|", "\\|").replace("<", "&lt;") or "(no title)"
