"""Letters that were given up: shown, and sent again when an operator says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from support_policy.model.event import micros
from support_policy.service.watch.ports import Store, Work
from support_policy.service.watch.rows import AuditRow, Letter
from support_policy.service.watch.writing import write

_PAGE = 500


def dead_letters(work: Work, after: int = 0, limit: int = 100) -> Sequence[Letter]:
    """Letters that were given up, by id, after an id."""
    return work.letters.page({"status": "dead"}, after, limit)


def listed_in(work: Work, digest: int) -> Sequence[Letter]:
    """The letters that a digest lists; what became of the digest became of them."""
    found: list[Letter] = []
    while page := work.letters.page({"listed_in": digest}, found[-1].id if found else 0, _PAGE):
        found += page
    return found


def resend(store: Store, ids: Sequence[int] | None, actor: str, now: datetime) -> tuple[int, ...]:
    """Have dead letters wait again, from the first try on; None: all of them. The ids of those that do.

    Left out are letters that are not dead, or that name nobody. Each is told to the audit trail with its `actor`.
    """
    if ids is not None:
        return write(store, lambda work: _again(work, [work.letters.get(id) for id in dict.fromkeys(ids)], actor, now))
    done: list[int] = []
    after = 0
    while True:
        last, again = write(store, partial(_page_again, after=after, actor=actor, now=now))
        done += again
        if last is None:
            return tuple(done)
        after = last


def _page_again(work: Work, after: int, actor: str, now: datetime) -> tuple[int | None, tuple[int, ...]]:
    page = dead_letters(work, after, _PAGE)
    return (page[-1].id if page else None), _again(work, page, actor, now)


def _again(work: Work, letters: Sequence[Letter | None], actor: str, now: datetime) -> tuple[int, ...]:
    done = []
    for letter in letters:
        if letter is None or letter.status != "dead" or not letter.recipient:
            continue
        work.letters.update(replace(letter, status="waiting", attempts=0, next_at=letter.created))
        detail = {"recipient": letter.recipient, "ticket": letter.ticket, "why": letter.error}
        work.register.audit(AuditRow(micros(now), "letter.resent", actor, str(letter.id), detail))
        done.append(letter.id)
    return tuple(done)
