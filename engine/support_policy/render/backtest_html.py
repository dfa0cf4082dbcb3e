"""The report of a backtest as one HTML page that needs nothing but itself: offline, printed, without scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, StrictUndefined
from jinja2.environment import Template

from support_policy.render.backtest_answer import answer, groups, missed
from support_policy.render.backtest_charts import SWEEP
from support_policy.render.backtest_page import PAGE, SCRIPT, STYLE
from support_policy.render.backtest_tables import (
    escalations,
    months,
    notifications,
    organizations,
    priorities,
    swept,
)
from support_policy.render.backtest_words import Data, as_of, cleaned, counted, number, title_of, titles_of
from support_policy.render.sentences import listed, plain

Charts = Mapping[str, Mapping[str, str]]
"""The SVG of each chart by its name and by the theme's."""
Opens = Callable[[str], str]
"""The command line that opens a ticket in `explain`."""


def report_html(summary: Data, charts: Charts, opens: Opens | None = None) -> str:
    """The page (UTF-8 text): the answer, what changed and why, charts, tables. The same input gives the same text.

    `charts` are SVG texts as `chart_svg.dressed` makes them; they alone are put in as they are.
    """
    given, summary = summary, cleaned(summary)
    policy, against = summary["policy"], summary["against"]
    compared = titles_of(against, policy) if against else title_of(policy)
    sections = [section for section in _sections(summary, charts, _by_shown(given, opens)) if section]
    return _template().render(
        title=f"Backtest: {compared}",
        under=f"{plain(summary['file'])}, as of {as_of(summary['at'])}",
        answer=answer(summary),
        sections=sections,
        style=STYLE,
        script=SCRIPT,
        foot="Each ticket was decided as the engine decides it live; nothing is estimated.",
    )


def _by_shown(given: Data, opens: Opens | None) -> Opens | None:
    """What opens a ticket by the name that is shown, which may be less than its own."""
    if opens is None or given["difference"] is None:
        return opens
    found = [*given["difference"]["groups"], *given["difference"]["missed"]]
    named = {plain(name): name for row in found for name in row["examples"]}
    return lambda name: opens(named.get(name, name))


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(PAGE)


def _section(id: str, name: str, head: str = "", **parts: Any) -> dict[str, Any]:
    """A section; one without content is left out."""
    made = {"lines": [], "charts": [], "rules": [], "tables": [], "facts": [], "lists": [], **parts}
    return {"id": id, "name": name, "head": head or name, **made} if any(made.values()) else {}


def _sections(summary: Data, charts: Charts, opens: Opens | None) -> Iterable[dict[str, Any]]:
    if summary["difference"] is not None:
        rows = missed(summary, opens)
        lines = [] if rows else ["No ticket misses a target that it did not miss before."]
        yield _section("missed", "Missed", "Which tickets would have missed a target", rules=rows, lines=lines)
        yield _section(
            "changed", "What changed", "What changed, by the line of the policy", rules=groups(summary, opens)
        )
    yield _section("charts", "Charts", charts=[drawn for name, drawn in charts.items() if name != SWEEP])
    if summary["sweep"]:
        drawn = [charts[SWEEP]] if SWEEP in charts else []
        yield _section("sweep", "Sweep", "The whole range of a target", charts=drawn, tables=[swept(summary)])
    yield _section("priorities", "Priorities", "By priority", tables=_filled(priorities(summary)))
    escalated = [table for table in (escalations(summary), notifications(summary)) if table["rows"]]
    yield _section("mail", "Escalations", "Escalations and messages", tables=escalated)
    yield _section("organizations", "Organizations", "By organization", tables=_filled(organizations(summary)))
    yield _section("months", "Months", "By month of opening", tables=_filled(months(summary)))
    yield _evaluated(summary)
    yield _section("policies", "Policies", facts=list(_policies(summary)))


def _filled(table: dict[str, Any]) -> list[dict[str, Any]]:
    return [table] if table["rows"] else []


# -- what was read -------------------------------------------------------------------------------------------------


def _evaluated(summary: Data) -> dict[str, Any]:
    rows, tickets = summary["rows"], summary["tickets"]
    facts = [
        ("Rows", f"{rows['read']:,} read: {rows['used']:,} used, {rows['rejected']:,} rejected"),
        ("Tickets", f"{tickets['read']:,} read: {tickets['evaluated']:,} evaluated, {tickets['rejected']:,} rejected"),
        ("Decided", f"{tickets['by_columns']:,} by columns, {tickets['by_rows']:,} one by one; both decide alike"),
    ]
    if tickets["unknown_organization"]:
        facts.append(("Unknown organization", counted(tickets["unknown_organization"], "ticket")))
    return _section("rows", "Rows", "What was read", facts=facts, lists=read_lists(summary))


def read_lists(summary: Data) -> list[dict[str, Any]]:
    """What is to be said of the rows and tickets that were read: lists with a `head` and `items`, none empty."""
    rows, tickets = summary["rows"], summary["tickets"]
    lists = [
        {"head": "Rows that were rejected", "items": [_reason(found) for found in rows["reasons"]]},
        {"head": "Tickets that were rejected", "items": [_rejected(found) for found in tickets["reasons"]]},
        {"head": "Rows that were used, of which", "items": [_remark(found) for found in rows["remarks"]]},
        {"head": "Notes", "items": [{"text": plain(note), "more": []} for note in summary["notes"]]},
    ]
    return [found for found in lists if found["items"]]


def _reason(found: Data) -> dict[str, Any]:
    more = []
    for row in found["rows"]:
        place = f"row {row['row']:,}" + (f" (line {row['line']:,})" if row.get("line") else "")
        what = ", ".join(plain(part, 120) for part in (row.get("ticket"), row.get("detail")) if part)
        alike = f" (and {row['count'] - 1:,} alike)" if row.get("count", 1) > 1 else ""
        more.append(f"{place}: {what}{alike}" if what else f"{place}{alike}")
    others = found["count"] - sum(row.get("count", 1) for row in found["rows"])
    if others > 0:
        more.append(f"and {others:,} more")
    return {"text": f"{number(found['count'])} {plain(found['reason'])}: {plain(found['says'])}", "more": more}


def _rejected(found: Data) -> dict[str, Any]:
    names = [plain(name, 80) for name in found["tickets"]]
    rest = found["count"] - len(names)
    more = listed([*names, *([f"{rest:,} more"] if rest > 0 else [])]) if names else ""
    return {"text": f"{number(found['count'])}: {plain(found['says'])}", "more": [more] if more else []}


def _remark(found: Data) -> dict[str, Any]:
    told = f" ({counted(found['tickets'], 'ticket')})" if found.get("tickets") else ""
    return {"text": f"{number(found['count'])} {plain(found['says'])}{told}", "more": []}


def _policies(summary: Data) -> Iterable[tuple[str, str]]:
    for name, policy in (("Policy", summary["policy"]), ("Against", summary["against"])):
        if policy:
            yield name, title_of(policy)
            yield f"{name}: digest", plain(policy["digest"])
    yield "History", plain(summary["file"])
    yield "Mapping", f"{plain(summary['mapping'])} ({plain(summary['shape'])})"
    yield "As of", plain(summary["at"])
