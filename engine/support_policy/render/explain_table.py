"""How a due time adds up, as a table: stretch by stretch, with what counts and what does not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from support_policy.render.explain_page import Page
from support_policy.render.sentences import clock, day, folded, hours, length, moment, off_hours, remark, spaced
from support_policy.ticket.explain_sum import Row, fold
from support_policy.ticket.explain_words import Promise


def promised(promise: Promise) -> str:
    """A length of time, as the policy writes it, and by which calendar where that does not go without saying."""
    by = f" by the calendar {spaced(promise.calendar)}" if promise.calendar else ""
    return f"{length(promise.seconds, business=promise.business)} ({promise.text}){by}"


def adding_up(page: Page, rows: Sequence[Row], promise: Promise | None, due: datetime | None, *, adds_up: bool) -> None:
    """The rows of a sum, one a line, long ones folded; nothing without a promise."""
    if not rows or promise is None:
        return
    another = "as recorded then; counted by today's calendar the sum is another one"
    page.fact("adds up", "" if adds_up else another)
    kept = fold(rows)
    last = max((n for n, row in enumerate(kept) if row.kind == "counted"), default=-1)
    for n, row in enumerate(kept):
        if row.kind == "counted":
            told = [remark(part, business=promise.business) for part in row.parts]
            told += ["= due"] if n == last and due is not None and row.end == due else []
            page.say(
                f"{_stretch(row)}  {hours(row.seconds):>7} {hours(row.total):>8}  {'; '.join(told)}".rstrip(),
                indent=4,
                hang=43,
            )
        elif row.kind == "folded":
            page.say(f"{folded(row, business=promise.business)}", indent=4, hang=4, style="dim")
            page.keep(f"    {'':<26}{'':>9} {hours(row.total):>8}", "dim")
        else:
            page.say(off_hours(row), indent=16, hang=2, style="dim")
    if due is not None and kept and kept[-1].kind != "counted":
        page.say(f"= due {moment(due, year=True)}", indent=16)


def _stretch(row: Row) -> str:
    ends = clock(row.end)
    if row.end.date() != row.begin.date():
        ends = (
            "24:00" if ends == "00:00" and (row.end.date() - row.begin.date()).days == 1 else f"{ends} {day(row.end)}"
        )
    return f"{day(row.begin):<10}  {clock(row.begin)} - {ends}"
