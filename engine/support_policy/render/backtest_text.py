"""What a backtest found as text for a terminal: the answer first, then what changed and why, the tables, the rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap

from support_policy.render.backtest_answer import Opens, answer, groups, missed
from support_policy.render.backtest_html import read_lists
from support_policy.render.backtest_tables import escalations, notifications, priorities, swept
from support_policy.render.backtest_words import Data, counted, title_of
from support_policy.render.sentences import plain

MOST_GROUPS = 12
"""So many lines of the policy that changed something are told; the others are counted."""
MOST_KINDS = 4
"""So many kinds of change are told of each of them."""

_LEFT_OUT = ("Worked", "90 %", "Median", "Of what", "Addresses", "Measured", "Withdrawn", "Open", "Growth")
"""Columns that a narrow terminal does without, the first of them first; the report has them all."""


def backtest_text(summary: Data, opens: Opens | None = None, width: int = 0) -> str:
    """The summary, aligned; sentences longer than `width` characters are broken (0: none is)."""
    tables = [priorities(summary), escalations(summary), notifications(summary)]
    if summary["sweep"]:
        tables.insert(0, swept(summary))
    parts: list[list[str]] = [
        *(
            _folded(told, width)
            for told in (_head(summary), _answer(summary), _missed(summary, opens), _changed(summary))
        ),
        *(list(_table(table, width)) for table in tables),
        _folded(_read(summary), width),
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines).replace("\u00a0", " ")


def _folded(lines: Iterable[str], width: int) -> list[str]:
    """The lines, those that are longer than `width` broken under their beginning."""
    made: list[str] = []
    for line in lines:
        if 0 < width < len(line):
            indent = " " * (len(line) - len(line.lstrip()) + 2)
            made += wrap(line, max(width, 40), subsequent_indent=indent, break_on_hyphens=False)
        else:
            made.append(line)
    return made


def _head(summary: Data) -> Iterator[str]:
    yield f"{plain(summary['file'])}, as of {plain(summary['at'])}"
    yield f"policy   {_named(summary['policy'])}"
    if summary["against"]:
        same = summary["against"]["digest"] == summary["policy"]["digest"]
        yield f"against  {'the same policy' if same else _named(summary['against'])}"


def _named(policy: Data) -> str:
    return f"{title_of(policy)} ({plain(policy['digest'])[:12]})"


def _answer(summary: Data) -> Iterator[str]:
    found = answer(summary)
    yield found["lead"]
    yield from found["lines"]


def _missed(summary: Data, opens: Opens | None) -> Iterator[str]:
    if summary["difference"] is None:
        return
    for block in missed(summary, opens):
        yield block["head"]
        for found in block["rows"]:
            yield f"  {found['tickets']:>9}  {found['what']}"
            yield f"             {found['names']}"
            first = (found["commands"] or block["commands"]).partition("\n")[0]
            if first:
                yield f"             $ {first}"


def _changed(summary: Data) -> Iterator[str]:
    if summary["difference"] is None:
        return
    rows = groups(summary, None)
    if rows:
        yield "What changed, by the line of the policy that did it"
    for row in rows[:MOST_GROUPS]:
        yield "  " + "  ".join(part for part in (row["place"], row["name"], row["says"]) if part)
        for found in row["rows"][:MOST_KINDS]:
            first = found["names"].partition(" and ")[0].partition(", ")[0]
            yield f"    {found['tickets']:>9}  {found['what']}" + (f" (such as {first})" if first else "")
        if len(row["rows"]) > MOST_KINDS:
            more = counted(len(row["rows"]) - MOST_KINDS, "more kind")
            yield f"    {'':>9}  ... and {more} of change"
    if len(rows) > MOST_GROUPS:
        yield f"  ... and {len(rows) - MOST_GROUPS} more lines"


def _table(table: Data, width: int) -> Iterator[str]:
    """A table; columns that can be done without are left out until it fits."""
    if not table["rows"]:
        return
    heads: Sequence[Data] = table["heads"]
    lines = [[head["text"] for head in heads], *([cell["text"] for cell in row] for row in table["rows"])]
    widths = [max(len(line[at]) for line in lines) for at in range(len(heads))]
    kept = list(range(len(heads)))
    for name in _LEFT_OUT:
        if not 0 < width < sum(widths[at] for at in kept) + 2 * len(kept) - 2:
            break
        kept = [at for at in kept if heads[at]["text"] != name]
    yield from _folded([table["caption"]], width)
    for line in lines:
        cells = [line[at].ljust(widths[at]) if heads[at]["left"] else line[at].rjust(widths[at]) for at in kept]
        yield "  ".join(cells).rstrip()


def _read(summary: Data) -> Iterator[str]:
    rows, tickets = summary["rows"], summary["tickets"]
    yield f"rows     {rows['read']:>11,}  = {rows['used']:,} used + {rows['rejected']:,} rejected"
    yield f"tickets  {tickets['read']:>11,}  = {tickets['evaluated']:,} evaluated + {tickets['rejected']:,} rejected"
    yield f"decided  {tickets['by_columns']:>11,}  by columns, {tickets['by_rows']:,} one by one; both decide alike"
    for found in read_lists(summary):
        yield found["head"]
        for item in found["items"]:
            yield f"  {item['text']}"
            yield from (f"    {more}" for more in item["more"])
