"""What every store must do with letters, mails, versions and the register."""

from __future__ import annotations

from dataclasses import replace

import pytest

from support_policy.service.watch.ports import Store, StoreConflict
from support_policy.service.watch.rows import Answered, AuditRow, TokenRow, VersionRow
from tests.sql.contract_tickets import ODD
from tests.sql.made import AT, SECOND, letter, mail

MINUTE = 60 * SECOND


class LettersContract:
    """What is to go out."""

    def test_a_letter_is_kept_whole(self, store: Store) -> None:
        """Everything a letter says is read back, whatever characters it is in."""
        one = letter(subject=ODD, body=f"{ODD}\n", headers={"X-Odd": ODD}, problem=ODD, decision="T-1.1")
        with store.begin() as work:
            work.letters.add([one])
        with store.look() as work:
            (kept,) = work.letters.page({"ticket": "T-1"}, 0, 10)
            assert kept == replace(one, id=kept.id)
            assert work.letters.get(kept.id) == kept
            assert work.letters.get(kept.id + 1) is None

    def test_a_key_is_used_once(self, store: Store) -> None:
        """A letter under a key and to a recipient that were used before is ignored; to another it is not."""
        with store.begin() as work:
            work.letters.add([letter(), letter(body="again"), letter(recipient="joe@acme.example")])
            work.letters.add([letter(body="and again")])
        with store.look() as work:
            assert [(one.recipient[:3], one.body) for one in work.letters.page({}, 0, 10)] == [
                ("jan", "There."),
                ("joe", "There."),
            ]

    def test_a_claimed_letter_comes_free_when_the_lease_is_over(self, store: Store) -> None:
        """The oldest whose time has come are claimed by one alone, who gives them back by its silence."""
        with store.begin() as work:
            work.letters.add([letter(f"k{n}", next_at=AT + n * SECOND) for n in (3, 1, 2, 60)])
        with store.begin() as work:
            assert [one.key for one in work.letters.claim(AT + 9 * SECOND, AT + MINUTE, "one", 2)] == ["k1", "k2"]
        with store.begin() as work:
            assert [one.key for one in work.letters.claim(AT + 9 * SECOND, AT + MINUTE, "two", 9)] == ["k3"]
            assert work.letters.claim(AT + 9 * SECOND, AT + MINUTE, "two", 9) == []
        with store.begin() as work:
            again = work.letters.claim(AT + MINUTE, AT + 2 * MINUTE, "three", 9)
            assert sorted(one.key for one in again) == ["k1", "k2", "k3", "k60"]

    def test_what_became_of_a_letter_is_kept(self, store: Store) -> None:
        """One that was sent is not claimed again; one that could not be is free for its next time."""
        with store.begin() as work:
            work.letters.add([letter("k1"), letter("k2"), letter("k3", status="shadow"), letter("k4", status="dead")])
            first, second = work.letters.claim(AT, AT + MINUTE, "one", 9)
            work.letters.update(replace(first, status="sent", sent_at=AT + 5))
            work.letters.update(replace(second, attempts=1, next_at=AT + SECOND, error="later"))
        with store.begin() as work:
            assert [one.key for one in work.letters.claim(AT + SECOND, AT + MINUTE, "two", 9)] == ["k2"]
            assert work.letters.backlog() == {"waiting": 1, "dead": 1}
            assert work.letters.sent_since("jane@acme.example", AT) == 1
            assert work.letters.sent_since("jane@acme.example", AT + 6) == 0
            assert [one.key for one in work.letters.page({"status": ["dead", "shadow"]}, 0, 9)] == ["k3", "k4"]

    def test_the_next_letter_is_known(self, store: Store) -> None:
        """When there is something to send again is asked of the store."""
        with store.begin() as work:
            assert work.letters.next_at() is None
            work.letters.add([letter("k1", next_at=AT + 7), letter("k2", next_at=AT, status="dead")])
            assert work.letters.next_at() == AT + 7


class PartsContract:
    """Versions, mails and the register."""

    def test_versions_are_kept_in_order(self, store: Store) -> None:
        """A version is read back with its files; its number and its digest are taken once."""
        one = VersionRow(1, "d1", "n", "1", AT, AT, "cli", retarget=False, files={"policy.yaml": b"\xff\x00"})
        two = replace(one, number=2, digest="d2", retarget=True, holidays=b"\x00")
        with store.begin() as work:
            assert work.versions.newest() == 0
            work.versions.add(one)
            work.versions.add(two)
        for clash in (replace(two, digest="d3"), replace(two, number=3)):
            with pytest.raises(StoreConflict), store.begin() as work:
                work.versions.add(clash)
        with store.look() as work:
            assert work.versions.all() == [one, two]
            assert work.versions.newest() == 2

    def test_mails_are_kept_raw(self, store: Store) -> None:
        """A mail's bytes are read back as they came, and the mail is found by its id, its status and its ticket."""
        with store.begin() as work:
            first = work.mails.add(mail(subject=ODD, sender=ODD, problem=ODD))
            second = work.mails.add(mail("<2@acme.example>", status="kept", ticket=""))
        with store.look() as work:
            whole = mail(subject=ODD, sender=ODD, problem=ODD, id=first)
            whole = replace(whole, size=len(whole.raw))
            assert work.mails.get(first) == whole
            # A list of mails may be long, and each of them too.
            assert work.mails.page({}, 0, 1) == [replace(whole, raw=b"")]
            assert work.mails.get(second + 1) is None
            assert [one.id for one in work.mails.page({"status": "kept"}, 0, 9)] == [second]
            assert [one.id for one in work.mails.page({}, first, 9)] == [second]
            assert work.mails.seen("<2@acme.example>")
            assert not work.mails.seen("<3@acme.example>")

    def test_a_message_belongs_to_one_ticket(self, store: Store) -> None:
        """The ticket of the message named last is found; who belonged first stays; any id will do."""
        long = "<" + "\u20ac" * 3000 + "@acme.example>"
        with store.begin() as work:
            for name, ticket in (("<1@a>", "T-1"), ("<2@a>", "T-2"), ("<1@a>", "T-3"), (long, "T-4"), (ODD, "T-5")):
                work.mails.belongs(name, ticket)
        with store.look() as work:
            of = work.mails.ticket_of
            assert [of(["<2@a>", "<1@a>"]), of(["<1@a>", "<9@a>", "<2@a>", "<8@a>"])] == ["T-1", "T-2"]
            assert [of([]), of(["<9@a>"]), of([long]), of([ODD]), of([f"<{'x' * 3000}@a>"])] == [
                "",
                "",
                "T-4",
                "T-5",
                "",
            ]

    def test_tokens_are_kept_and_changed(self, store: Store) -> None:
        """A token is found by its id, and what became of it is kept."""
        one = TokenRow("t1", "the help desk", "$argon2$", ("intake",), ("acme",), AT, expires=AT + 1)
        with store.begin() as work:
            work.register.put_token(one)
            work.register.put_token(replace(one, id="t0", created=AT + 1, organizations=()))
            work.register.put_token(replace(one, revoked=AT))
        with store.look() as work:
            assert [row.id for row in work.register.tokens()] == ["t1", "t0"]
            assert work.register.token("t1") == replace(one, revoked=AT)
            assert work.register.token("t2") is None

    def test_an_answer_is_given_again(self, store: Store) -> None:
        """A key of a principal has one answer until it is forgotten."""
        one = Answered("token:1", ODD, "hash", 201, ODD, AT)
        with store.begin() as work:
            work.register.answer(one)
            work.register.answer(replace(one, principal="token:2", created=AT + 5))
        with pytest.raises(StoreConflict), store.begin() as work:
            work.register.answer(replace(one, body="other"))
        with store.begin() as work:
            assert work.register.answered("token:1", ODD) == one
            assert work.register.answered("token:1", "x" * 9000) is None
            assert [work.register.forget_answers(AT + 5, 1) for _ in range(2)] == [1, 0]
            assert work.register.answered("token:1", ODD) is None
            assert work.register.answered("token:2", ODD) is not None

    def test_the_audit_trail_is_read_by_name(self, store: Store) -> None:
        """A name gives its rows and those below it, and the latest about a subject is found."""
        told = ("alarm.raised", "alarm", "alarms.raised", "alarm.cleared", "call.refused", "alarm_x")
        with store.begin() as work:
            for number, what in enumerate(told):
                work.register.audit(AuditRow(AT + number, what, ODD, "overdue", {"count": number, "text": ODD}))
        with store.look() as work:
            found = work.register.audit_page("", 0, 99)
            assert [(row.what, row.actor, row.detail["text"]) for row in found] == [(what, ODD, ODD) for what in told]
            alarms = work.register.audit_page("alarm", found[0].id, 99)
            assert [row.what for row in alarms] == ["alarm", "alarm.cleared"]
            last = work.register.last_audit("alarm", "overdue")
            assert last is not None
            assert (last.what, last.at) == ("alarm.cleared", AT + 3)
            assert work.register.last_audit("alarm", "stuck") is None

    def test_a_run_of_a_schedule_is_claimed_once(self, store: Store) -> None:
        """The first transaction gets it; the last run is known."""
        with store.begin() as work:
            assert work.register.last_run("weekly") is None
            assert work.register.ran("weekly", AT)
            assert work.register.ran("weekly", AT + 9)
        with store.begin() as work:
            assert not work.register.ran("weekly", AT)
            assert work.register.ran("daily", AT)
            assert work.register.last_run("weekly") == AT + 9

    def test_workers_say_that_they_live(self, store: Store) -> None:
        """A worker's last word is known, and those who have been silent are left out."""
        with store.begin() as work:
            work.register.beat("a", AT, {"host": "h"})
            work.register.beat("b", AT, {})
            work.register.beat("a", AT + 5, {"host": ODD})
        with store.look() as work:
            assert work.register.workers(AT + 1) == {"a": {"at": AT + 5, "host": ODD}}
            assert set(work.register.workers(AT)) == {"a", "b"}
        with store.begin() as work:
            work.register.forget_workers(AT + 1)
            assert set(work.register.workers(0)) == {"a"}
