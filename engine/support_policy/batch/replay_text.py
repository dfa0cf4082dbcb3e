"""A replay's report as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

from support_policy.batch.mapping_values import shown
from support_policy.batch.replay_report import hours


def text_of(report: Mapping[str, Any], width: int = 0) -> str:
    """The report, aligned; lines longer than `width` characters are broken (0: none is)."""
    parts = [
        _head(report),
        _priorities(report),
        _escalations(report),
        _slowest(report),
        _compared(report),
        _rejects(report),
    ]
    return "\n\n".join("\n".join(_folded(lines, width)) for lines in map(list, parts) if lines)


def _folded(lines: Iterable[str], width: int) -> Iterator[str]:
    for line in lines:
        if 0 < width < len(line):
            indent = " " * (len(line) - len(line.lstrip()) + 2)
            yield from wrap(line, max(width, 40), subsequent_indent=indent, break_on_hyphens=False)
        else:
            yield line


def _head(report: Mapping[str, Any]) -> Iterator[str]:
    policy, rows, tickets, events = report["policy"], report["rows"], report["tickets"], report["events"]
    yield f"{shown(report['file'])}, as of {report['at']}"
    yield f"policy {shown(policy['name'])} {shown(policy['version'])} ({policy['digest'][:12]})"
    yield ""
    left_out = f", {events['left_out']:,} after that instant" if events["left_out"] else ""
    yield from _table(
        [
            ["rows", _n(rows["read"]), f"= {rows['used']:,} used + {rows['rejected']:,} rejected"],
            [
                "tickets",
                _n(tickets["read"]),
                f"= {tickets['evaluated']:,} evaluated + {tickets['rejected']:,} rejected",
            ],
            [
                "events",
                _n(events["made"]),
                f"= {events['accepted']:,} accepted + {events['refused']:,} refused{left_out}",
            ],
        ],
        "lrl",
    )
    for note in report["notes"]:
        yield f"note: {shown(note)}"


def _priorities(report: Mapping[str, Any]) -> Iterator[str]:
    every = [target for found in report["priorities"] for target in found["targets"]]
    rare = [verdict for verdict in ("withdrawn", "measured") if any(target[verdict] for target in every)]
    verdicts = ["met", "missed", "open", *rare]
    lines = [["", "target", *verdicts, "% met", "median", "90 %"]]
    for found in report["priorities"]:
        lines.append([f"{found['priority']}: {found['tickets']:,}", *[""] * (len(lines[0]) - 1)])
        for target in found["targets"]:
            judged = target["met"] + target["missed"]
            share = f"{100 * target['met'] / judged:.1f}" if judged else "-"
            spread = [hours(target["median_seconds"]), hours(target["p90_seconds"])]
            counts = [_n(target[verdict]) for verdict in verdicts]
            lines.append([f"  {target['metric']}", target["target"] or "-", *counts, share, *spread])
    yield "Tickets by the priority in force at the end, and their targets."
    yield "Times are those the clocks counted."
    yield from _table(lines, "l" + "r" * (len(lines[0]) - 1))
    if "measured" in rare:
        yield "measured: the clock came to its end without a target"


def _escalations(report: Mapping[str, Any]) -> Iterator[str]:
    lines = [
        [found["priority"], row["chain"], str(row["level"]), _n(row["tickets"]), _n(row["fired"])]
        for found in report["priorities"]
        for row in found["escalations"]
    ]
    if lines:
        yield "Escalations that would have fired"
        yield from _table([["priority", "chain", "level", "tickets", "times"], *lines], "llrrr")


def _slowest(report: Mapping[str, Any]) -> Iterator[str]:
    lines = [
        [found["priority"], row["metric"], shown(row["ticket"]), hours(row["worked_seconds"]), row["status"]]
        for found in report["priorities"]
        for row in found["slowest"]
    ]
    if lines:
        yield "Slowest tickets"
        yield from _table(lines, "lllrl")


def _compared(report: Mapping[str, Any]) -> Iterator[str]:
    for found in report["compare"]:
        if "due" in found:
            due = found["due"]
            yield f"Due times of {found['metric']}, ours and the export's"
            yield f"  {due['agree']:,} agree (within {due['within_seconds']} s)"
            yield f"  ours earlier {due['ours_earlier']:,}, later {due['ours_later']:,}"
            yield f"  only ours {due['only_ours']:,}, only theirs {due['only_theirs']:,}, neither {due['neither']:,}"
            for row in found["examples"]:
                yield f"  {shown(row['ticket'])}: ours {row['ours']}, theirs {row['theirs']}"
        if "verdict" in found:
            verdict = found["verdict"]
            yield f"Verdicts on {found['metric']}: {verdict['agree']:,} agree, {verdict['differ']:,} differ"
            yield from (f"  ours {p['ours']}, theirs {p['theirs']}: {p['count']:,}" for p in verdict["pairs"])


def _rejects(report: Mapping[str, Any]) -> Iterator[str]:
    rows, tickets, events = report["rows"], report["tickets"], report["events"]
    if rows["reasons"]:
        yield f"Rejected rows: {rows['rejected']:,}"
        for found in rows["reasons"]:
            yield f"  {found['count']:>7,}  {found['reason']}: {found['says']}"
            for row in found["rows"]:
                where = f"row {row['row']}" + (f" (line {row['line']})" if row["line"] else "")
                what = ", ".join(shown(part) for part in (row["ticket"], row["detail"]) if part)
                more = f" (and {row['count'] - 1:,} alike)" if row["count"] > 1 else ""
                yield f"           {where}: {what}{more}"
            others = found["count"] - sum(row["count"] for row in found["rows"])
            if others:
                yield f"           ... and {others:,} more"
    if tickets["reasons"]:
        yield f"Rejected tickets: {tickets['rejected']:,}"
        for found in tickets["reasons"]:
            yield f"  {found['count']:>7,}  {found['says']}: {_named(found['tickets'])}"
    if events["refusals"]:
        yield f"Events the policy's workflow refused: {events['refused']:,}"
        for found in events["refusals"][:12]:
            yield f"  {found['count']:>7,}  {shown(found['why'])} ({_named(found['tickets'])})"
    if rows["remarks"]:
        yield "Rows that were used, of which"
        for found in rows["remarks"]:
            tickets = f" (tickets: {found['tickets']:,})" if found["tickets"] else ""
            yield f"  {found['count']:>7,}  {found['says']}{tickets}"


def _named(tickets: Sequence[str]) -> str:
    return ", ".join(map(shown, tickets))


def _n(number: int) -> str:
    return f"{number:,}"


def _table(lines: Sequence[Sequence[str]], aligned: str) -> Iterator[str]:
    widths = [max(len(line[i]) for line in lines) for i in range(len(aligned))]
    for line in lines:
        cells = [c.rjust(w) if a == "r" else c.ljust(w) for c, w, a in zip(line, widths, aligned, strict=True)]
        yield "  ".join(cells).rstrip()
