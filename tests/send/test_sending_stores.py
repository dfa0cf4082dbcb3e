"""The sender on real stores: alone, and four at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from threading import Thread

import pytest

from support_policy.adapters.send.smtp import SmtpMessenger
from support_policy.adapters.sql.store import SqlStore, open_store
from support_policy.model.event import micros
from support_policy.service.watch.dead_letters import dead_letters, listed_in, resend
from support_policy.service.watch.mail_names import own_id
from support_policy.service.watch.mail_threads import thread_id
from support_policy.service.watch.ports import Undeliverable
from support_policy.service.watch.rows import Letter
from support_policy.service.watch.settings_out import OutLimits
from tests.send.servers import Mailbox, mail_server, smtp_out
from tests.watch.letters import DOMAIN, MANAGER, START, Post, SetClock, a_letter, a_sender

LIMITS = OutLimits(messages=5, minutes=60, digest_minutes=5)


@pytest.fixture
def store(store_url: str) -> Iterator[SqlStore]:
    """An empty store of every kind."""
    made = open_store(store_url)
    yield made
    made.close()


def every(store: SqlStore) -> list[Letter]:
    """Every letter, by id."""
    with store.look() as work:
        return list(work.letters.page({}, 0, 10_000))


def test_a_storm_over_a_real_server(store: SqlStore) -> None:
    """Five hundred escalations to one manager are six mails in his mailbox, and every letter is sent or listed."""
    clock, mailbox = SetClock(), Mailbox()
    with store.begin() as work:
        work.letters.add([a_letter(n) for n in range(500)])
    with mail_server(mailbox) as port:
        messenger = SmtpMessenger(smtp_out(port))
        sender = a_sender(store, clock, LIMITS, {"mail": messenger})
        for _ in range(7):
            while sender.step(clock.now()):
                pass
            clock.later(60)
        messenger.close()
    assert len(mailbox.mails) == 6
    assert mailbox.mails[5]["Subject"] == "495 messages about 495 tickets, the most urgent: VS-5"
    assert Counter(letter.status for letter in every(store)) == {"sent": 6, "listed": 495}
    (digest,) = [letter for letter in every(store) if letter.command == "digest"]
    with store.look() as work:
        assert len(listed_in(work, digest.id)) == 495
        assert work.mails.ticket_of([own_id("VS-3/unresolved/1/1", MANAGER, DOMAIN)]) == "VS-3"
        assert work.mails.ticket_of([thread_id("VS-4", DOMAIN)]) == "VS-4"


def test_dead_and_sent_again(store: SqlStore) -> None:
    """A dead letter is listed, sent again on demand, and both stand in the audit trail."""
    clock, post = SetClock(), Post()

    def refuse(_: Letter) -> None:
        raise Undeliverable("550 no such user")

    with store.begin() as work:
        work.letters.add([a_letter(n) for n in range(3)])
    post.answer = refuse
    sender = a_sender(store, clock, LIMITS, {"mail": post})
    sender.step(clock.now())
    with store.look() as work:
        assert [letter.error for letter in dead_letters(work)] == ["550 no such user"] * 3
    post.answer = lambda _: None
    assert len(resend(store, None, "token:7", clock.now())) == 3
    assert sender.step(clock.now()) == 3
    assert {letter.status for letter in every(store)} == {"sent"}
    with store.look() as work:
        assert Counter(row.what for row in work.register.audit_page("letter", 0, 100)) == {
            "letter.dead": 3,
            "letter.resent": 3,
        }


def test_who_has_a_letter_in_hand_is_waited_for(store: SqlStore) -> None:
    """A claimed letter comes free when its lease ends; until then there is nothing to do."""
    now = micros(START)
    with store.begin() as work:
        work.letters.add([a_letter(1)])
        assert len(work.letters.claim(now, now + 300_000_000, "worker-1", 10)) == 1
    with store.look() as work:
        assert work.letters.next_at() == now + 300_000_000
    with store.begin() as work:
        assert work.letters.in_hand(MANAGER, now) == 1
        assert work.letters.in_hand(MANAGER, now + 300_000_000) == 0
        assert not work.letters.waiting(MANAGER, now, 10)
        assert len(work.letters.waiting(MANAGER, now + 300_000_000, 10)) == 1
        assert work.letters.latest(MANAGER, "digest") is None


def test_four_workers_at_once_keep_one_limit_and_lose_nothing(shared_url: str) -> None:
    """Four senders that race for a storm send no letter twice, no more than the limit, and one list a turn."""
    store, clock = open_store(shared_url), SetClock()
    posts = [Post() for _ in range(4)]
    limits = replace(LIMITS, batch=20)
    with store.begin() as work:
        work.letters.add([a_letter(n, recipient=f"m{n % 2}@support.example") for n in range(200)])

    def run(number: int) -> None:
        sender = a_sender(store, clock, limits, {"mail": posts[number]}, worker=f"worker-{number}")
        while sender.step(clock.now()):
            pass

    for _ in range(2):
        threads = [Thread(target=run, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        clock.later(360)
    letters = every(store)
    store.close()
    taken = Counter(id for post in posts for id, _ in post.taken)
    assert set(taken.values()) == {1}
    for to in ("m0@support.example", "m1@support.example"):
        mine = [letter for letter in letters if letter.recipient == to]
        singles = sum(letter.status == "sent" and letter.command == "notify" for letter in mine)
        digests = [letter for letter in mine if letter.command == "digest"]
        assert singles <= 5
        assert singles + sum(letter.status == "listed" for letter in mine) == 100
        assert [digest.status for digest in digests] == ["sent"] * len(digests)
        assert len(digests) == 1
