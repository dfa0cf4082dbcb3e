"""The watchdog: what is due and has not happened is said, once, and unsaid when it has."""

from __future__ import annotations

from datetime import timedelta

from support_policy.service.watch.watchdog import Watchdog
from tests.watch.house import House, house


def _alarms(desk: House) -> list[tuple[str, str]]:
    with desk.store.look() as work:
        return [(row.what, row.subject) for row in work.register.audit_page("alarm", 0, 100)]


def test_an_alarm_is_raised_once_and_cleared_once_whoever_looks() -> None:
    """Due and unfired for longer than the limit: an alarm, a metric and a log line; none of it twice."""
    with house() as desk:
        dogs = [Watchdog(desk.store, desk.ears, desk.ears, timedelta(seconds=60)) for _ in range(2)]
        name = desk.submit()
        desk.clock.tick(hours=2, seconds=30)
        dogs[0].step(desk.clock.now())
        assert _alarms(desk) == []
        desk.clock.tick(seconds=60)
        for dog in (*dogs, *dogs):
            (overdue, *_) = dog.step(desk.clock.now())
            assert (overdue.name, overdue.count, overdue.example) == ("overdue", 1, name)
        assert _alarms(desk) == [("alarm.raised", "overdue")]
        assert desk.ears.gauges["overdue"] == 1
        assert [event for level, event, _ in desk.ears.said if level == "error"] == [
            "alarm.raised: what is due has not been decided"
        ]
        desk.work()
        for dog in (*dogs, *dogs):
            dog.step(desk.clock.now())
        assert _alarms(desk)[1] == ("alarm.cleared", "overdue")
        assert desk.ears.gauges["overdue"] == 0


def test_an_alarm_may_come_back() -> None:
    """What was cleared and is wrong again is said again."""
    with house() as desk:
        dog = Watchdog(desk.store, desk.ears, desk.ears, timedelta(seconds=60))
        for _ in range(3):
            desk.submit()
            desk.clock.tick(hours=24)
            dog.step(desk.clock.now())
            desk.work()
            dog.step(desk.clock.now())
        overdue = [what for what, subject in _alarms(desk) if subject == "overdue"]
        assert overdue == ["alarm.raised", "alarm.cleared"] * 3
