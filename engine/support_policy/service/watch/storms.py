"""Storms: whom we have told enough is told the rest as one list.

A recipient is sent at most so many messages in so many minutes. What is more waits until it is as old as a digest may
be late, then all that waits becomes one digest: a letter that names them, stored in the transaction that lists them.
The first of a storm still go out at once: nobody knows yet that it is one, and they may be urgent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from support_policy.model.event import instant
from support_policy.render.sentences import plain
from support_policy.service.watch.ports import Work
from support_policy.service.watch.rows import Head, Letter
from support_policy.service.watch.settings_out import OutLimits

DIGEST = "digest"
"""The command of a letter that lists others."""
TO_CUSTOMERS = frozenset({"tell_customer", "reply", "receipt"})
"""The commands of letters to customers: each is sent by itself, whatever happens."""
MOST_LISTED = 2_000
_MINUTE = 60_000_000
_LONGEST = 160

Priorities = Callable[[], Sequence[str]]
"""The names of the priorities, the most urgent first."""


class Storms:
    """Decides which of the letters that were claimed for a recipient go out as they are.

    `whole` names recipients (channels of machines) that are sent every letter by itself.
    """

    def __init__(self, limits: OutLimits, priorities: Priorities, whole: frozenset[str] = frozenset()) -> None:
        self.limits, self.priorities, self.whole = limits, priorities, whole

    def folds(self, letter: Letter) -> bool:
        """Whether a letter may be listed in a digest: it is about one ticket, and to staff who read."""
        listed = bool(letter.ticket) and letter.command not in TO_CUSTOMERS and letter.command != DIGEST
        return listed and bool(self.limits.messages) and letter.recipient not in self.whole

    def admit(self, work: Work, claimed: Sequence[Letter], now: int) -> tuple[Letter, ...]:
        """Those of the claimed letters that go out now; the others are given free, to wait or as listed."""
        recipients = dict.fromkeys(letter.recipient for letter in claimed if self.folds(letter))
        kept_back: set[int] = set()
        for recipient in recipients:
            mine = [letter for letter in claimed if letter.recipient == recipient]
            kept_back |= self._hold_back(work, recipient, mine, now)
        return tuple(letter for letter in claimed if letter.id not in kept_back)

    def _hold_back(self, work: Work, recipient: str, mine: Sequence[Letter], now: int) -> set[int]:
        """The ids of those of a recipient's claimed letters that do not go out now."""
        claims = work.letters.in_hand(recipient, now)
        since = now - self.limits.minutes * _MINUTE
        own = [letter for letter in mine if self.folds(letter)]
        room = self.limits.messages - work.letters.sent_since(recipient, since) - (claims - len(own))
        fresh = [letter for letter in own if not _put_off(letter)]
        if len(own) <= room and len(fresh) == len(own):
            return set()
        others = [letter for letter in work.letters.waiting(recipient, now, MOST_LISTED) if self.folds(letter)]
        if len(own) + len(others) <= room:
            return set()
        at_once = {letter.id for letter in fresh[: max(0, room)]}
        over = [letter for letter in (*own, *others) if letter.id not in at_once][:MOST_LISTED]
        mine_over = {letter.id for letter in own} - at_once
        when = self._digest_at(work, recipient, over)
        if when > now:
            for letter in own:
                if letter.id in mine_over:
                    work.letters.update(replace(letter, next_at=when))
        elif len(over) > 1:
            self._list(work, recipient, over, now)
            for letter in own:
                # More than one digest lists: these wait for the next.
                if letter.id in mine_over - {one.id for one in over}:
                    work.letters.update(replace(letter, next_at=now + self.limits.digest_minutes * _MINUTE))
        else:
            return set()
        return mine_over

    def _digest_at(self, work: Work, recipient: str, over: Sequence[Letter]) -> int:
        last = work.letters.latest(recipient, DIGEST)
        begun = min(letter.created for letter in over)
        return max(begun, last or begun) + self.limits.digest_minutes * _MINUTE

    def _list(self, work: Work, recipient: str, over: Sequence[Letter], now: int) -> None:
        key = f"{DIGEST}/{min(letter.id for letter in over)}"
        heads = work.tickets.heads(sorted({letter.ticket for letter in over}), lock=False)
        subject, body = digest_text(over, heads, self.priorities())
        work.letters.add([Letter(key, recipient, over[0].role, "", DIGEST, subject, body, created=now, next_at=now)])
        (digest,) = work.letters.page({"key": key, "recipient": recipient}, 0, 1)
        for letter in over:
            work.letters.update(replace(letter, status="listed", listed_in=digest.id, error=""))


def _put_off(letter: Letter) -> bool:
    """Whether a letter has waited for a digest: it was never tried, and yet not sent when it was made."""
    return letter.attempts == 0 and letter.next_at > letter.created


def digest_text(letters: Sequence[Letter], heads: Mapping[str, Head], priorities: Sequence[str]) -> tuple[str, str]:
    """Subject and body of the one message that lists these, the most urgent first."""
    rank = {name: number for number, name in enumerate(priorities)}

    def urgency(letter: Letter) -> tuple[int, str, bool, int, int, int]:
        head = heads.get(letter.ticket)
        if head is None:
            return len(rank) + 1, "", True, 0, 0, letter.id
        due = head.due_at
        return (
            rank.get(head.priority, len(rank)),
            head.priority,
            due is None,
            due or 0,
            -head.escalation_level,
            letter.id,
        )

    ordered = sorted(letters, key=urgency)
    tickets = len({letter.ticket for letter in letters})
    first = instant(min(letter.created for letter in letters))
    top = heads.get(ordered[0].ticket)
    urgent = f", the most urgent: {ordered[0].ticket}" + (f" ({top.priority})" if top and top.priority else "")
    subject = f"{len(letters)} messages about {tickets} ticket{'s' if tickets > 1 else ''}{urgent}"
    lines = [
        f"These {len(letters)} messages, the first of {_shown(first.isoformat())}, are told as one list because there",
        "were many at once. The most urgent come first. Each line is one message: priority, ticket, what, due.",
        "",
        *(_line(letter, heads.get(letter.ticket)) for letter in ordered),
    ]
    return plain(subject, 200), "\n".join(lines) + "\n"


def _line(letter: Letter, head: Head | None) -> str:
    priority = head.priority if head and head.priority else "-"
    due = f", due {_shown(instant(head.due_at).isoformat())}" if head and head.due_at is not None else ""
    return f"{priority}  {letter.ticket}  {plain(' '.join(letter.subject.split()), _LONGEST)}{due}"


def _shown(iso: str) -> str:
    return f"{iso[:10]} {iso[11:16]} UTC"
