"""The sender: what becomes of a letter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

import pytest

from support_policy.model.event import micros
from support_policy.service.watch.dead_letters import dead_letters, resend
from support_policy.service.watch.mail_names import own_id
from support_policy.service.watch.outgoing import way_of
from support_policy.service.watch.ports import NotNow, StoreBusy, Undeliverable, Unreachable
from support_policy.service.watch.rows import Letter
from support_policy.service.watch.settings_out import OutLimits
from tests.watch.letters import (
    DOMAIN,
    MANAGER,
    PATIENT,
    START,
    LetterStore,
    Post,
    SetClock,
    Silent,
    a_letter,
    a_sender,
    all_letters,
    put,
)


def raising(*problems: Exception) -> Callable[[Letter], None]:
    """Raise these, one a call, and then no more."""
    left = list(problems)

    def answer(_: Letter) -> None:
        if left:
            raise left.pop(0)

    return answer


def test_a_letter_goes_out_once_under_a_name_made_of_its_key_and_recipient() -> None:
    """A waiting letter is delivered under its stable Message-ID, stored as sent, and not claimed again."""
    store, clock, post = LetterStore(), SetClock(), Post()
    put(store, a_letter(1))
    sender = a_sender(store, clock, PATIENT, {"mail": post})
    assert sender.step(clock.now()) == 1
    assert sender.step(clock.later(3600)) == 0
    name = sha256(f"VS-1/unresolved/1/1|{MANAGER}".encode()).hexdigest()[:32]
    assert [id for id, _ in post.taken] == [f"<{name}@{DOMAIN}>"]
    (letter,) = all_letters(store)
    assert (letter.status, letter.attempts, letter.sent_at, letter.error) == ("sent", 1, micros(START), "")


def test_an_answer_finds_its_ticket_before_the_mail_is_out() -> None:
    """The ids of a mail and of its thread belong to the ticket by the time that the mail is handed over."""
    store, clock = LetterStore(), SetClock()
    known: list[dict[str, str]] = []
    both = a_letter(1), a_letter(2, recipient="channel:ops")
    names = [own_id(one.key, one.recipient, DOMAIN) for one in both]
    names += [f"<ticket.{one.ticket}@{DOMAIN}>" for one in both]
    post = Post(lambda _: known.append(store.threads(*names)))
    put(store, *both)
    a_sender(store, clock, PATIENT, {"mail": post, "channel:ops": Post()}).step(clock.now())
    assert known == [{post.taken[0][0]: "VS-1", f"<ticket.VS-1@{DOMAIN}>": "VS-1"}]


@pytest.mark.parametrize(
    ("problem", "status", "wait", "error"),
    [
        (Undeliverable("550 no such user"), "dead", None, "550 no such user"),
        (NotNow("450 greylisted"), "waiting", (5, 10), "450 greylisted"),
        (NotNow("429 slow down", after=120), "waiting", (120, 120), "429 slow down"),
        (NotNow("503 for ever", after=1e12), "waiting", (86_400, 86_400), "503 for ever"),
        (Unreachable("no route"), "waiting", (5, 10), "no route"),
        (KeyError("to"), "waiting", (5, 10), "KeyError: 'to'"),
        (RuntimeError(""), "waiting", (5, 10), "RuntimeError:"),
    ],
)
def test_what_a_failure_makes_of_a_letter(
    problem: Exception, status: str, wait: tuple[float, float] | None, error: str
) -> None:
    """A refused letter is dead at once; any other failure has it wait, no shorter than the other side asked for."""
    store, clock = LetterStore(), SetClock()
    put(store, a_letter(1))
    assert a_sender(store, clock, PATIENT, {"mail": Post(raising(problem))}).step(clock.now()) == 1
    (letter,) = all_letters(store)
    assert (letter.status, letter.error, letter.attempts) == (status, error, 1)
    if wait:
        assert wait[0] <= (letter.next_at - micros(START)) / 1e6 <= wait[1]


@pytest.mark.parametrize("recipient", ["channel:nowhere", "nobody", "a@b@c", "two words@host"])
def test_a_letter_that_no_messenger_serves_is_dead_and_says_so(recipient: str) -> None:
    """A channel that the settings do not have, and what is no address, are not tried."""
    store, clock, post = LetterStore(), SetClock(), Post()
    put(store, a_letter(1, recipient=recipient))
    a_sender(store, clock, PATIENT, {"mail": post}).step(clock.now())
    (letter,) = all_letters(store)
    assert letter.status == "dead"
    assert "channel" in letter.error
    assert post.asked == 0


def test_waits_double_and_end() -> None:
    """Each wait lies between half of a doubling span and the whole; the last failure says how often it was tried."""
    store, clock = LetterStore(), SetClock()
    limits = OutLimits(messages=0, first_wait=10, longest_wait=60, attempts=6)
    put(store, a_letter(1))
    sender = a_sender(store, clock, limits, {"mail": Post(raising(*[NotNow("busy")] * 99))})
    waits = []
    while (letter := all_letters(store)[0]).status == "waiting":
        sender.step(clock.now())
        after = all_letters(store)[0].next_at
        if after > letter.next_at:
            waits.append((after - micros(clock.now())) / 1e6)
            clock.later(waits[-1])
    assert all(span / 2 <= wait <= span for span, wait in zip([10, 20, 40, 60, 60], waits, strict=True))
    assert letter.error == "given up after 6 tries: busy"
    assert [(row.what, row.subject, row.detail["why"]) for row in store.audits()] == [
        ("letter.dead", "1", letter.error)
    ]


def test_an_old_letter_is_given_up_but_not_for_our_own_absence() -> None:
    """A letter that is too old is still tried a few times: the service may have been down for days."""
    store, clock = LetterStore(), SetClock()
    limits = replace(PATIENT, days=3, least=3)
    put(store, a_letter(1))
    clock.later(5 * 86_400)
    sender = a_sender(store, clock, limits, {"mail": Post(raising(*[NotNow("busy")] * 9))})
    for _ in range(9):
        sender.step(clock.now())
        clock.later(600)
    (letter,) = all_letters(store)
    assert (letter.status, letter.attempts, letter.error) == ("dead", 3, "given up after 3 days: busy")


def test_a_server_that_is_down_is_asked_once_a_step_and_holds_up_no_other_way() -> None:
    """After `Unreachable` the letters of that messenger wait unasked; those of another go out."""
    store, clock = LetterStore(), SetClock()
    mail, ops = Post(raising(*[Unreachable("refused")] * 9)), Post()
    put(store, *(a_letter(n) for n in range(5)), a_letter(9, recipient="channel:ops"))
    ears = Silent()
    sender = a_sender(store, clock, PATIENT, {"mail": mail, "channel:ops": ops}, ears=ears)
    assert sender.step(clock.now()) == 6
    assert (mail.asked, len(ops.taken)) == (1, 1)
    assert {(one.status, one.attempts) for one in all_letters(store)[:5]} == {("waiting", 1)}
    assert ears.counted == [("mail", "later")] * 5 + [("channel:ops", "sent")]


def test_a_killed_worker_is_taken_over_and_the_receiver_knows_the_letter() -> None:
    """Killed between delivery and mark, a letter goes out again when the lease lapses, with the same Message-ID."""
    store, clock, post = LetterStore(), SetClock(), Post()
    put(store, a_letter(1))
    post.answer = lambda _: setattr(store, "busy", 1)
    with pytest.raises(StoreBusy):
        a_sender(store, clock, PATIENT, {"mail": post}).step(clock.now())
    post.answer = lambda _: None
    other = a_sender(store, clock, PATIENT, {"mail": post}, worker="worker-2")
    assert other.step(clock.later(PATIENT.lease - 1)) == 0
    assert other.step(clock.later(2)) == 1
    assert len(post.taken) == 2
    assert len({id for id, _ in post.taken}) == 1
    assert all_letters(store)[0].status == "sent"


def test_what_could_not_be_stored_is_stored_by_the_next_step() -> None:
    """A store that is locked at the wrong moment costs no second delivery while the worker lives."""
    store, clock, post = LetterStore(), SetClock(), Post()
    put(store, a_letter(1), a_letter(2))
    post.answer = lambda _: setattr(store, "busy", 1)
    sender = a_sender(store, clock, PATIENT, {"mail": post})
    with pytest.raises(StoreBusy):
        sender.step(clock.now())
    post.answer = lambda _: None
    assert sender.step(clock.later(1)) == 1
    assert [letter.ticket for _, letter in post.taken] == ["VS-1", "VS-2"]
    assert {one.status for one in all_letters(store)} == {"sent"}


def test_what_another_worker_has_done_meanwhile_stays() -> None:
    """A worker whose lease lapsed while the server stalled does not unsay that another has sent the letter."""
    store, clock, fast, ears = LetterStore(), SetClock(), Post(), Silent()
    put(store, a_letter(1))
    other = a_sender(store, clock, PATIENT, {"mail": fast}, worker="worker-2")

    def stall(_: Letter) -> None:
        other.step(clock.later(PATIENT.lease + 1))
        raise NotNow("timed out")

    a_sender(store, clock, PATIENT, {"mail": Post(stall)}, ears=ears).step(START)
    assert all_letters(store)[0].status == "sent"
    assert [event for _, event, _ in ears.said] == ["another worker had the letter too"]


@pytest.mark.parametrize("why", ["lease", "stopping"])
def test_letters_that_a_worker_does_not_get_to_are_given_free(why: str) -> None:
    """No delivery begins that might outlast the lease, or after the service was told to stop; others take the rest."""
    store, clock = LetterStore(), SetClock()
    put(store, *(a_letter(n) for n in range(3)))
    slow = Post()
    sender = a_sender(store, clock, PATIENT, {"mail": slow})

    def answer(_: Letter) -> None:
        if why == "lease":
            clock.later(PATIENT.lease * 0.7)
        else:
            sender.stopping = True

    slow.answer = answer
    assert sender.step(START) == 1
    other = Post()
    assert a_sender(store, clock, PATIENT, {"mail": other}, worker="worker-2").step(clock.now()) == 2
    assert [letter.ticket for _, letter in other.taken] == ["VS-1", "VS-2"]
    assert {one.attempts for one in all_letters(store)} == {1}


def test_dead_letters_are_sent_again_when_told_so() -> None:
    """`resend` has dead letters wait as new, some or all, leaves out the others, and tells the audit trail."""
    store, clock, post = LetterStore(), SetClock(), Post(raising(*[Undeliverable("550 unknown")] * 3))
    put(store, *(a_letter(n) for n in range(4)), a_letter(9, recipient="", status="dead", error="nobody"))
    sender = a_sender(store, clock, PATIENT, {"mail": post})
    sender.step(clock.now())
    with store.look() as work:
        dead = [letter.id for letter in dead_letters(work)]
    assert dead == [1, 2, 3, 5]
    assert resend(store, [2, 4, 5, 77, 2], "token:7", clock.now()) == (2,)
    assert resend(store, None, "token:7", clock.now()) == (1, 3)
    told = [(row.what, row.actor, row.subject) for row in store.audits("letter.resent")]
    assert told == [("letter.resent", "token:7", id) for id in ("2", "1", "3")]
    assert sender.step(clock.now()) == 3
    assert [one.status for one in all_letters(store)] == ["sent"] * 4 + ["dead"]


@pytest.mark.parametrize(
    ("recipient", "way"),
    [("a@b.example", "mail"), ("ä@b.example", "mail"), ("channel:ops", "channel:ops"), ("a", ""), ("", "")],
)
def test_the_way_of_a_recipient(recipient: str, way: str) -> None:
    """An address goes by mail, a channel by its own messenger."""
    assert way_of(recipient) == way
