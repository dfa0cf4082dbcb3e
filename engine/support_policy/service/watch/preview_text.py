"""A preview as text for people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from support_policy.render.sentences import moment_there, plain, spaced
from support_policy.service.watch.preview import Preview

MOST_ROWS = 20
MOST_TOLD = 10
_KEPT = "open tickets stay with the version they began under (`open_tickets: keep`)"


def preview_text(made: Preview, rows: int = MOST_ROWS) -> str:
    """What would change, in lines; of the changed tickets the first `rows` changes are listed."""
    return "\n".join(_lines(made, rows)) + "\n"


def _lines(made: Preview, rows: int) -> Iterator[str]:
    old, new = plain(made.old["version"]), plain(made.new["version"])
    if made.same:
        yield f"version {old} is in force already: nothing would change"
        return
    yield f"from version {old} to version {new}, which would be in force from {moment_there(made.begins)}"
    yield from _promises(made)
    yield ""
    if made.open_tickets == "keep":
        yield f"Open tickets: none would change; {_KEPT}."
        return
    yield from _open_tickets(made)
    yield from _changes(made, rows)
    yield from _told(made)
    if made.failures:
        yield ""
        yield f"Not decided: {_count(made.failures, 'ticket')}"
        yield from (f"  {plain(ticket)}: {plain(problem)}" for ticket, problem in made.failed[:rows])


def _promises(made: Preview) -> Iterator[str]:
    """The targets of new tickets, old beside new, and all else that differs."""
    yield ""
    yield "New tickets:"
    wide = max((len(spaced(row.what)) for row in made.promises), default=0)
    for row in made.promises:
        said = f"{plain(row.old or 'none')} -> {plain(row.new or 'none')}" if row.changed else plain(row.old or "none")
        yield f"  {'*' if row.changed else ' '} {spaced(row.what):{wide}}  {said}"
    if not any(row.changed for row in made.promises):
        yield "    nothing that is promised differs"


def _open_tickets(made: Preview) -> Iterator[str]:
    yield f"Open tickets, as of {moment_there(made.as_of)}: {made.looked:,}"
    yield f"  taken over by the new version  {made.taken_over:,}"
    yield f"  changed by it                  {made.changed:,}"
    yield f"  targets missed at once         {made.missed:,}"


def _changes(made: Preview, rows: int) -> Iterator[str]:
    if not made.kinds:
        return
    yield ""
    yield "Changes: " + ", ".join(f"{kind} {times:,}" for kind, times in made.kinds.most_common())
    for row in made.rows[:rows]:
        missed = "  (missed at once)" if row.missed else ""
        what = row.what if row.what == row.kind else f"{row.kind} of {row.what}"
        yield f"  {plain(row.ticket)}  {spaced(what)}: {_value(row.old)} -> {_value(row.new)}{missed}"
    others = sum(made.kinds.values()) - len(made.rows[:rows])
    if others:
        yield f"  and {_count(others, 'other change')}"


def _value(text: str | None) -> str:
    try:
        return moment_there(datetime.fromisoformat(text)) if text and "T" in text else plain(text or "none")
    except ValueError:
        return plain(text or "none")


def _told(made: Preview) -> Iterator[str]:
    yield ""
    if not made.told:
        yield "Told at once: nobody"
        return
    yield f"Told at once: {_count(sum(made.told.values()), 'message')}"
    for (role, to), times in made.told.most_common(MOST_TOLD):
        yield f"  {plain(to or '(nobody fills the role)')} ({spaced(role)})  {times:,}"
    if len(made.told) > MOST_TOLD:
        yield f"  and {_count(len(made.told) - MOST_TOLD, 'other address', 'other addresses')}"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
