"""Storms: whom we have told enough is told the rest as one list, and nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from support_policy.model.event import micros
from support_policy.service.watch.dead_letters import listed_in
from support_policy.service.watch.ports import NotNow, Undeliverable
from support_policy.service.watch.rows import Head, Letter
from support_policy.service.watch.settings_out import OutLimits
from support_policy.service.watch.storms import digest_text
from tests.watch.letters import (
    MANAGER,
    START,
    LetterStore,
    Post,
    SetClock,
    a_letter,
    a_sender,
    all_letters,
    put,
)

LIMITS = OutLimits(messages=5, minutes=60, digest_minutes=5)


def settle(store: LetterStore, clock: SetClock, post: Post, minutes: int = 30, **other: object) -> None:
    """Let a worker send, minute by minute."""
    sender = a_sender(store, clock, LIMITS, {"mail": post, "channel:ops": post}, **other)
    for _ in range(minutes):
        while sender.step(clock.now()):
            pass
        clock.later(60)


def test_five_hundred_escalations_to_one_manager_are_five_and_a_list_of_the_others() -> None:
    """The first few of a storm go out at once; five minutes later one message lists all others, each once."""
    store, clock, post = (
        LetterStore([Head(f"VS-{n}", 1, "d", "open", True, priority="P1") for n in range(500)]),
        SetClock(),
        Post(),
    )
    put(store, *(a_letter(n) for n in range(500)))
    settle(store, clock, post)
    singles, digest = [letter for _, letter in post.taken[:5]], post.taken[5][1]
    assert len(post.taken) == 6
    assert [letter.ticket for letter in singles] == [f"VS-{n}" for n in range(5)]
    assert (digest.command, digest.recipient, digest.ticket) == ("digest", MANAGER, "")
    assert digest.sent_at is None
    assert digest.created == micros(START + timedelta(minutes=5))
    assert digest.subject.startswith("495 messages about 495 tickets")
    assert [line.split()[1] for line in digest.body.splitlines()[3:]] == [f"VS-{n}" for n in range(5, 500)]
    listed = [one for one in all_letters(store) if one.status == "listed"]
    assert len(listed) == 495
    assert {one.listed_in for one in listed} == {digest.id}
    with store.look() as work:
        assert [one.id for one in listed_in(work, digest.id)] == [one.id for one in listed]


def test_digests_are_some_minutes_apart() -> None:
    """In a long storm no letter waits longer than five minutes for a list, and no list follows another sooner."""
    store, clock, post = LetterStore(), SetClock(), Post()
    sender = a_sender(store, clock, LIMITS, {"mail": post})
    for minute in range(20):
        put(store, *(a_letter(minute * 10 + n, clock.now()) for n in range(10)))
        while sender.step(clock.now()):
            pass
        clock.later(60)
    settle(store, clock, post, 10)
    digests = [letter for _, letter in post.taken if letter.command == "digest"]
    assert [(one.created - micros(START)) // 60_000_000 for one in digests] == [5, 11, 17, 23]
    with store.look() as work:
        assert sum(len(listed_in(work, one.id)) for one in digests) == 195
    clock.later(3600)
    put(store, a_letter(900, clock.now()))
    sender.step(clock.now())
    assert post.taken[-1][1].ticket == "VS-900"


@pytest.mark.parametrize(
    "other",
    [
        {"command": "tell_customer"},
        {"command": "reply"},
        {"command": "receipt"},
        {"ticket": "", "command": "report"},
        {"recipient": "channel:ops"},
    ],
)
def test_what_is_never_folded(other: dict[str, Any]) -> None:
    """Letters to customers, reports, and channels of machines are sent one by one, however many they are."""
    store, clock, post = LetterStore(), SetClock(), Post()
    put(store, *(replace(a_letter(n), **other) for n in range(30)))
    settle(store, clock, post, 1, whole=frozenset({"channel:ops"}))
    assert len(post.taken) == 30


def test_a_customer_is_not_kept_waiting_by_a_storm_to_the_same_address() -> None:
    """Of an address that is staff's and a customer's, only the letters to staff are listed."""
    store, clock, post = LetterStore(), SetClock(), Post()
    put(store, *(a_letter(n) for n in range(20)), a_letter(50, command="reply"))
    settle(store, clock, post, 1)
    assert [letter.ticket for _, letter in post.taken] == [*(f"VS-{n}" for n in range(4)), "VS-50"]
    settle(store, clock, post, 10)
    assert [letter.ticket for _, letter in post.taken][5:] == [""]
    assert sum(one.status == "listed" for one in all_letters(store)) == 16


def test_a_single_letter_over_the_limit_is_sent_as_it_is() -> None:
    """A list of one would say less than the letter; it only comes later."""
    store, clock, post = LetterStore(), SetClock(), Post()
    put(store, *(a_letter(n) for n in range(6)))
    settle(store, clock, post, 4)
    assert len(post.taken) == 5
    settle(store, clock, post, 4)
    assert [letter.command for _, letter in post.taken] == ["notify"] * 6


def test_what_waited_while_the_service_was_down_is_listed_at_once() -> None:
    """Letters that are older than a digest may be late do not wait once more."""
    store, clock, post = LetterStore(), SetClock(), Post()
    put(store, *(a_letter(n) for n in range(100)))
    clock.later(3600)
    settle(store, clock, post, 1)
    assert [letter.command for _, letter in post.taken] == ["notify"] * 5 + ["digest"]


def test_another_recipient_is_not_concerned() -> None:
    """The limit is one recipient's own."""
    store, clock, post = LetterStore(), SetClock(), Post()
    put(store, *(a_letter(n) for n in range(60)), a_letter(99, recipient="director@support.example"))
    settle(store, clock, post, 1)
    assert sum(letter.recipient != MANAGER for _, letter in post.taken) == 1


def test_a_digest_that_fails_is_tried_again_as_it_was() -> None:
    """A list that a server will not take now comes again with the same name and text; the letters stay listed in it."""
    store, clock, tries = LetterStore(), SetClock(), []

    def answer(letter: Letter) -> None:
        if letter.command == "digest":
            tries.append((letter.id, letter.key, letter.body))
            if len(tries) < 3:
                raise NotNow("450 later")

    post = Post(answer)
    put(store, *(a_letter(n) for n in range(40)))
    settle(store, clock, post)
    assert len(tries) == 3
    assert len(set(tries)) == 1
    assert [letter.command for _, letter in post.taken].count("digest") == 1
    assert {one.listed_in for one in all_letters(store) if one.status == "listed"} == {tries[0][0]}


def test_a_digest_that_is_refused_is_a_dead_letter_that_still_lists_all() -> None:
    """The list of dead letters shows the digest, whose text names every letter; re-sent, it goes out whole."""
    store, clock = LetterStore(), SetClock()

    def answer(letter: Letter) -> None:
        if letter.command == "digest":
            raise Undeliverable("552 too large")

    put(store, *(a_letter(n) for n in range(40)))
    settle(store, clock, Post(answer))
    (digest,) = [one for one in all_letters(store) if one.command == "digest"]
    assert (digest.status, digest.error, len(digest.body.splitlines())) == ("dead", "552 too large", 38)


def test_two_workers_keep_one_limit() -> None:
    """What another worker has in hand for a recipient counts as sent."""
    store, clock, post = LetterStore(), SetClock(), Post()
    put(store, *(a_letter(n) for n in range(100)))
    other = a_sender(store, clock, LIMITS, {"mail": post}, worker="worker-2")
    entered: list[bool] = []

    def answer(_: Letter) -> None:
        if not entered:
            entered.append(True)
            while other.step(clock.now()):
                pass

    post.answer = answer
    settle(store, clock, post, 1)
    assert len(post.taken) == 5
    settle(store, clock, post, 10)
    assert [letter.command for _, letter in post.taken[5:]] == ["digest"]


def test_a_digest_lists_the_most_urgent_first() -> None:
    """By the policy's order of priorities, then by what is due first; an unknown ticket comes last."""
    heads = {
        name: Head(name, 1, "d", "open", True, priority=priority, due_at=due and micros(START + timedelta(hours=due)))
        for name, priority, due in [("VS-1", "low", 1), ("VS-2", "top", 9), ("VS-3", "top", 2), ("VS-4", "top", None)]
    }
    letters = [replace(a_letter(n, subject=f"About\n{n}"), id=n) for n in (5, 1, 2, 3, 4)]
    subject, body = digest_text(letters, heads, ("top", "low"))
    assert subject == "5 messages about 5 tickets, the most urgent: VS-3 (top)"
    assert body.splitlines()[3:] == [
        "top  VS-3  About 3, due 2026-03-02 11:00 UTC",
        "top  VS-2  About 2, due 2026-03-02 18:00 UTC",
        "top  VS-4  About 4",
        "low  VS-1  About 1, due 2026-03-02 10:00 UTC",
        "-  VS-5  About 5",
    ]
