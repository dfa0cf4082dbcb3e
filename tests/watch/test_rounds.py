"""Rounds: every task has its turn, one that fails does not end the others, and a stop is obeyed."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Thread

from support_policy.service.watch.ports import StoreBusy
from support_policy.service.watch.rounds import Rounds, Task
from tests.watch.house import Ears, HandClock


def test_a_task_that_fails_is_tried_again_and_the_others_go_on() -> None:
    """What failed is said with its reason, and that it works again is said too."""
    ears, done = Ears(), []
    rounds: Rounds

    def failing(_now: datetime) -> int:
        done.append("failing")
        if len([one for one in done if one == "failing"]) < 3:
            raise StoreBusy("the database is locked")
        return 0

    def fine(_now: datetime) -> int:
        done.append("fine")
        if done.count("failing") >= 3 and done.count("fine") > 3:
            rounds.stop()
        return 0

    tasks = [Task("deciding", failing, every=0.001), Task("sending", fine, every=0.001)]
    rounds = Rounds(tasks, HandClock(), ears)
    rounds.run()
    assert done.count("failing") >= 3
    assert [(event, about.get("why")) for _, event, about in ears.said][:2] == [
        ("deciding failed", "the database is locked"),
        ("deciding failed", "the database is locked"),
    ]
    assert "deciding works again" in [event for _, event, _ in ears.said]


def test_a_wait_is_cut_short_when_there_is_something_to_do() -> None:
    """A process that waits for the next instant is woken by an event that brings a nearer one."""
    asked: list[datetime] = []
    rounds: Rounds

    def step(now: datetime) -> int:
        asked.append(now)
        if len(asked) > 1:
            rounds.stop()
        return 0

    rounds = Rounds([Task("deciding", step, every=3600)], HandClock(), Ears())
    thread = Thread(target=rounds.run)
    thread.start()
    while not asked:
        pass
    rounds.wake()
    thread.join(timeout=10)
    assert not thread.is_alive()
    assert len(asked) == 2


def test_a_clock_that_jumps_is_said() -> None:
    """The time of this machine is what everything hangs on: a leap of it is no secret."""
    ears, clock = Ears(), HandClock()
    rounds: Rounds
    leaps = iter((timedelta(hours=1), timedelta(hours=-2)))

    def step(_now: datetime) -> int:
        leap = next(leaps, None)
        if leap is None:
            rounds.stop()
        else:
            clock.at += leap
        return 0

    rounds = Rounds([Task("deciding", step, every=0.001)], clock, ears)
    rounds.run()
    assert [event for _, event, _ in ears.said] == ["the clock jumped ahead", "the clock jumped back"]
