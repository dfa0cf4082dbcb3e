"""The law of letters, over random histories: nothing is lost, whatever fails, whoever is killed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support_policy.service.watch.mail_names import own_id
from support_policy.service.watch.ports import NotNow, StoreBusy, Undeliverable, Unreachable, Work
from support_policy.service.watch.rows import Letter
from support_policy.service.watch.settings_out import OutLimits
from support_policy.service.watch.storms import TO_CUSTOMERS
from tests.watch.letters import DOMAIN, LetterStore, Post, SetClock, a_letter, a_sender, all_letters, put

LIMITS = OutLimits(
    messages=3, minutes=10, digest_minutes=2, attempts=6, lease=60, batch=4, first_wait=1, longest_wait=30
)
OUTCOMES = ("taken", "taken", "taken", "later", "refused", "down", "fault", "killed before", "killed after")
WHO = ("manager@a.example", "director@a.example")
KINDS = ("notify", "notify", "notify", "reply", "triage")


class Killed(BaseException):
    """The end of a worker."""


@dataclass
class Mortal:
    """A store as one worker sees it: once the worker is dead, it does nothing more there."""

    store: LetterStore
    dead: bool = False

    @contextmanager
    def begin(self) -> Iterator[Work]:
        if self.dead:
            raise Killed
        with self.store.begin() as work:
            yield work

    look = begin

    def close(self) -> None:
        """The world's store outlives the worker."""


@dataclass
class World:
    """Workers that send into one world, and die."""

    store: LetterStore = field(default_factory=LetterStore)
    clock: SetClock = field(default_factory=SetClock)
    got: list[tuple[str, Letter]] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    number: int = 0

    def work(self, name: str) -> None:
        """One step of a worker, which may die in it."""
        mortal = Mortal(self.store)
        post = Post()

        def answer(letter: Letter) -> None:
            outcome = self.outcomes.pop() if self.outcomes else "taken"
            self.clock.later(1)
            if outcome == "killed after":
                self.got.append((own_id(letter.key, letter.recipient, DOMAIN), letter))
            if outcome.startswith("killed"):
                mortal.dead = True
                raise Killed
            if outcome != "taken":
                raise {
                    "later": NotNow("450", 5),
                    "refused": Undeliverable("550"),
                    "down": Unreachable("down"),
                    "fault": ZeroDivisionError("0"),
                }[outcome]

        post.answer = answer
        with suppress(Killed, StoreBusy):
            a_sender(mortal, self.clock, LIMITS, {"mail": post}, worker=name).step(self.clock.now())
        self.got += post.taken

    def add(self, count: int, who: str, kind: str) -> None:
        """New letters."""
        self.store.busy = 0
        for _ in range(count):
            self.number += 1
            put(self.store, a_letter(self.number, self.clock.now(), who, command=kind))


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(1, 9), st.sampled_from(WHO), st.sampled_from(KINDS)),
        st.tuples(st.just("work"), st.sampled_from(("worker-1", "worker-2"))),
        st.tuples(st.just("later"), st.sampled_from((1, 30, 61, 130, 700))),
        st.tuples(st.just("busy"), st.integers(1, 2)),
    ),
    max_size=40,
)


@pytest.mark.fuzz
@settings(deadline=None)
@given(STEPS, st.lists(st.sampled_from(OUTCOMES), max_size=60))
def test_every_letter_ends_in_exactly_one_way(steps: list[tuple[object, ...]], outcomes: list[str]) -> None:
    """Each letter is in the end sent, dead, or named once in one digest that was sent or is dead."""
    world = World(outcomes=list(outcomes))
    for step in steps:
        match step:
            case ("add", int() as count, str() as who, str() as kind):
                world.add(count, who, kind)
            case ("work", str() as name):
                world.work(name)
            case ("later", int() as seconds):
                world.clock.later(seconds)
            case ("busy", int() as times):
                world.store.busy = times
    world.store.busy = 0
    rounds = 0
    while any(letter.status == "waiting" for letter in all_letters(world.store)):
        world.work("worker-3")
        world.clock.later(61)
        rounds += 1
        assert rounds < 1000
    _holds(world)


def _holds(world: World) -> None:
    letters = {letter.id: letter for letter in all_letters(world.store)}
    got = Counter(id for id, _ in world.got)
    names = {own_id(letter.key, letter.recipient, DOMAIN): letter for letter in letters.values()}
    assert len(names) == len(letters)
    assert set(got) <= set(names)
    assert sum(letter.command != "digest" for letter in letters.values()) == world.number
    for name, letter in names.items():
        assert letter.status in {"sent", "dead", "listed"}
        assert (letter.listed_in is not None) == (letter.status == "listed")
        if letter.status == "sent":
            assert got[name]
        if letter.status == "dead":
            assert letter.error
        if letter.status == "listed":
            assert letter.command not in TO_CUSTOMERS | {"digest"}
            digest = letters[letter.listed_in or 0]
            assert (digest.command, digest.recipient) == ("digest", letter.recipient)
            assert digest.status in {"sent", "dead"}
            told = [line for line in digest.body.splitlines() if line.split()[1:2] == [letter.ticket]]
            assert len(told) == 1
    for _, letter in world.got:
        # What a receiver is told under one name is one text.
        kept = letters[letter.id]
        assert (kept.subject, kept.body) == (letter.subject, letter.body)


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(1, 4))
def test_no_recipient_is_told_more_than_the_limit(count: int, workers: int) -> None:
    """Without failures, no ten minutes see more than the limit and a digest for every two of them."""
    world = World()
    world.add(count, WHO[0], "notify")
    for minute in range(20):
        for number in range(workers):
            world.work(f"worker-{number}")
        if minute % 3 == 0:
            world.add(2, WHO[0], "notify")
        world.clock.later(60)
    at = [letter.sent_at for letter in all_letters(world.store) if letter.sent_at is not None]
    assert max(sum(start <= one < start + 600_000_000 for one in at) for start in at) <= 3 + 5
