"""A calendar that is open when any of several is: the union of their intervals, and all the laws of business time."""

from __future__ import annotations

import copy
import pickle
from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from support_policy.clock.calendar import BusinessCalendar
from support_policy.clock.union import UnionCalendar
from tests.clock.test_laws import YEAR, calendars, durations, instants
from tests.clock.test_walk import calendar_of, walkers
from tests.clock.walk import DAY, STEP, Walker, utc

HOURS = {day: [("09:00", "17:00")] for day in ("mon", "tue", "wed", "thu", "fri")}
ALL_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SYDNEY = BusinessCalendar(timezone="Australia/Sydney", hours=HOURS, holidays={date(2026, 1, 26): "Australia Day"})
LONDON = BusinessCalendar(timezone="Europe/London", hours=HOURS, holidays={date(2026, 12, 25): "Christmas Day"})
DENVER = BusinessCalendar(timezone="America/Denver", hours=HOURS, holidays=[date(2026, 12, 25)])
SUN = UnionCalendar({"sydney": SYDNEY, "london": LONDON, "denver": DENVER}, timezone="UTC")


def at(text: str) -> datetime:
    """An instant of UTC in 2026, as "03-07 22:00"."""
    return datetime.fromisoformat(f"2026-{text}+00:00")


@st.composite
def exclusions(draw: st.DrawFn) -> list[tuple[datetime, datetime]]:
    begins = draw(st.lists(instants, max_size=2))
    zero = datetime(1970, 1, 1, tzinfo=UTC)
    found = [zero + timedelta(microseconds=us) for us in begins]
    return [(a, a + timedelta(hours=draw(st.integers(0, 100)))) for a in found]


@st.composite
def unions(draw: st.DrawFn) -> UnionCalendar:
    members: dict[str, BusinessCalendar] = dict(enumerate(draw(st.lists(calendars(), min_size=1, max_size=3))))  # type: ignore[arg-type]
    made = UnionCalendar(members, timezone=draw(st.sampled_from([None, "UTC", "Pacific/Apia"])))
    if draw(st.booleans()):
        made = UnionCalendar({"inner": made, **members}, exclusions=draw(exclusions()))
    return made


@given(unions(), instants, st.integers(0, 60 * 24))
def test_it_is_the_union_of_its_members(c: UnionCalendar, t: int, hours: int) -> None:
    """Between any two instants its intervals are those of the members, merged, less its own exclusions."""
    end = t + hours * 3600 * 1_000_000
    cut = c._parts[2]
    edges = {t, end, *(e for pair in cut for e in pair)}
    for member in c.members.values():
        edges |= {edge for pair in member._table.intervals(t, end) for edge in pair}
    ordered = sorted(edge for edge in edges if t <= edge <= end)
    pieces = [
        (a, b)
        for a, b in pairwise(ordered)
        if any(m._table.is_open(a) for m in c.members.values()) and not any(x <= a < y for x, y in cut)
    ]
    expected: list[tuple[int, int]] = []
    for a, b in pieces:
        if expected and expected[-1][1] == a:
            expected[-1] = (expected[-1][0], b)
        else:
            expected.append((a, b))
    assert list(c._table.intervals(t, end)) == expected
    assert c.worked_us(t, end) == sum(b - a for a, b in expected)


@given(unions(), instants, durations)
def test_due_and_before_are_inverse_to_worked(c: UnionCalendar, t: int, d: int) -> None:
    """A due time is the earliest, and a start the latest, with the duration worked between."""
    due, start = c.due_us(t, d), c.before_us(t, d)
    assume(due is not None and start is not None)
    assert due is not None
    assert start is not None
    assert (c.worked_us(t, due), c.worked_us(t, due - 1)) == (d, d - 1)
    assert (c.worked_us(start, t), c.worked_us(start + 1, t)) == (d, d - 1)
    assert c.before_us(due, d) == c.due_us(t, 0)
    assert c.due_us(start, d) == c.before_us(t, 0)


@given(unions(), instants, instants, durations)
def test_columns_give_the_same_answers(c: UnionCalendar, a: int, b: int, d: int) -> None:
    """Two bisections in the flat columns are the table's answers."""
    opens, closes, sums = c.columns_us(min(a, b), max(a, b))

    def sum_at(t: int) -> int:
        i = bisect_right(opens, t) - 1
        return min(t, closes[i]) - opens[i] + sums[i]

    assert sum_at(b) - sum_at(a) == c.worked_us(a, b)
    target = sum_at(a) + d
    if target <= sums[-1]:
        i = bisect_left(sums, target) - 1
        assert opens[i] + target - sums[i] == c.due_us(a, d)


@given(unions(), instants)
def test_boundaries_are_strictly_ordered(c: UnionCalendar, t: int) -> None:
    """Next is after, previous is at or before, and nothing lies between."""
    table = c._table
    for following, preceding, opens in (
        (table.next_open, table.previous_open, True),
        (table.next_close, table.previous_close, False),
    ):
        after, before = following(t), preceding(t)
        if after is not None:
            assert after > t
            assert preceding(after) == after
            assert preceding(after - 1) == before
            assert (table.is_open(after), table.is_open(after - 1)) == (opens, not opens)
        if before is not None:
            assert before <= t
            assert following(before) == after


@given(calendars(), instants, durations)
def test_a_union_of_one_is_that_one(c: BusinessCalendar, t: int, d: int) -> None:
    """Alone, once or twice, in whatever zone it is shown, a member is the union."""
    for one in (UnionCalendar({"a": c}, timezone="Asia/Tokyo"), UnionCalendar({"a": c, "b": c})):
        assert one.due_us(t, d) == c.due_us(t, d)
        assert one.before_us(t, d) == c.before_us(t, d)
        assert one.worked_us(t, t + YEAR) == c.worked_us(t, t + YEAR)
        assert one._table.next_open(t) == c._table.next_open(t)
        assert one._table.previous_close(t) == c._table.previous_close(t)


@given(walkers(), walkers(), st.integers(0, 8 * 288 - 1), st.integers(0, 8 * 288 - 1))
def test_it_is_what_a_walk_along_two_walls_finds(
    one: tuple[Walker, date], two: tuple[Walker, date], first: int, second: int
) -> None:
    """Open time and due times agree with counting the steps at which either clock on the wall says open."""
    day = one[1]
    start, end = utc(day) - 4 * DAY, utc(day) + 4 * DAY
    steps = [(at, a or b) for (at, a), (_, b) in zip(one[0].steps(start, end), two[0].steps(start, end), strict=True)]
    union = UnionCalendar({"one": calendar_of(one[0]), "two": calendar_of(two[0])}, timezone="UTC")
    runs = [list(run) for opened, run in groupby(steps, lambda step: step[1]) if opened]
    assert list(union.intervals(start, end)) == [(run[0][0], run[-1][0] + STEP) for run in runs]
    low, high = sorted((start + first * STEP, start + second * STEP))
    opened = [at for at, is_open in steps if is_open and low <= at < high]
    assert union.worked(low, high) == len(opened) * 300
    if opened:
        assert union.due(low, len(opened) * 300) == opened[-1] + STEP
        assert union.before(high, len(opened) * 300) == opened[0]


def test_offices_follow_the_sun() -> None:
    """Three offices keep the clock running through the day but for the gaps between them."""
    found = list(SUN.intervals(at("03-05 00:00"), at("03-06 00:00")))
    assert found == [
        (at("03-05 00:00"), at("03-05 06:00")),
        (at("03-05 09:00"), at("03-06 00:00")),
    ]
    # Sydney's summer time ends on 5 April, Denver's begins on 8 March, London's on 29 March.
    found = list(SUN.intervals(at("04-09 00:00"), at("04-10 00:00")))
    assert found == [(at("04-09 00:00"), at("04-09 07:00")), (at("04-09 08:00"), at("04-10 00:00"))]


def test_an_answer_is_shown_in_the_zone_of_the_union() -> None:
    """The zone of results is the union's own, by default the first member's."""
    assert SUN.timezone == "UTC"
    assert UnionCalendar({"denver": DENVER, "london": LONDON}).timezone == "America/Denver"
    due = UnionCalendar({"denver": DENVER, "london": LONDON}).due(at("03-05 08:00"), 3600)
    assert due is not None
    assert due.isoformat() == "2026-03-05T03:00:00-07:00"


@pytest.mark.parametrize(
    ("day", "kind", "intervals", "name"),
    [
        ("2026-03-05", "hours", (("00:00", "06:00"), ("09:00", "24:00")), ""),
        ("2026-03-07", "closed", (), ""),
        ("2026-12-25", "hours", (("00:00", "06:00"),), ""),
        ("2026-01-26", "hours", (("09:00", "24:00"),), ""),
    ],
)
def test_a_day_says_what_is_open(day: str, kind: str, intervals: tuple[tuple[str, str], ...], name: str) -> None:
    """A day of the union lists when any member is open, by the wall clock of the union."""
    found = SUN.day(day)
    assert (found.kind, found.intervals, found.name) == (kind, intervals, name)


def test_a_day_closed_by_holidays_names_them() -> None:
    """Where nobody works, the holidays of those that keep one are named with the member."""
    both = UnionCalendar({"london": LONDON, "denver": DENVER})
    found = both.day("2026-12-25")
    assert (found.kind, found.name) == ("holiday", "london: Christmas Day; denver")


ALWAYS = BusinessCalendar.always("Europe/London")
NEVER = BusinessCalendar(timezone="UTC", hours={})
MORNINGS = BusinessCalendar(timezone="Europe/London", hours={day: [("00:00", "12:00")] for day in ALL_WEEK})
EVENINGS = BusinessCalendar(timezone="Europe/London", hours={day: [("12:00", "24:00")] for day in ALL_WEEK})
ODD_EVENINGS = BusinessCalendar(timezone="Europe/Paris", hours={day: [("13:00", "01:00")] for day in ALL_WEEK})


@pytest.mark.parametrize(
    "members", [[ALWAYS], [ALWAYS, NEVER], [ALWAYS, SYDNEY], [MORNINGS, EVENINGS], [MORNINGS, ODD_EVENINGS]]
)
def test_what_members_leave_open_together_never_closes(members: list[BusinessCalendar]) -> None:
    """Hours that leave no gap between them are one opening without end, whatever the zones."""
    union = UnionCalendar({str(n): member for n, member in enumerate(members)})
    assert union.is_open(at("03-29 01:30"))
    assert union.next_close(at("03-29 01:30")) is None
    assert union.worked(at("03-01 00:00"), at("04-01 00:00")) == 31 * 86400


def test_what_never_opens_is_never_due() -> None:
    """A union of calendars that never open never opens."""
    union = UnionCalendar({"a": NEVER, "b": NEVER})
    assert union.next_open(at("03-01 00:00")) is None
    assert union.due(at("03-01 00:00"), 1) is None


def test_an_exclusion_of_the_union_closes_it() -> None:
    """Announced maintenance of the union is no open time, though its members know nothing of it."""
    window = (at("03-05 10:00"), at("03-05 12:00"))
    union = UnionCalendar({"london": LONDON, "denver": DENVER}, exclusions=[window])
    assert union.due(at("03-05 09:00"), 2 * 3600) == at("03-05 13:00")
    assert LONDON.due(at("03-05 09:00"), 2 * 3600) == at("03-05 11:00")


def test_a_closing_may_be_due_at_the_next_opening() -> None:
    """`exact_fit` is the union's own."""
    union = UnionCalendar({"london": LONDON}, exact_fit="next_opening")
    assert union.due(at("03-05 09:00"), 8 * 3600) == at("03-06 09:00")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"members": {}}, "no calendars"),
        ({"members": {"a": LONDON}, "timezone": "Europe/Londn"}, "Europe/London"),
        ({"members": {"a": LONDON}, "exact_fit": "closin"}, "closing"),
        ({"members": {"a": LONDON}, "exclusions": [(at("03-05 10:00"), at("03-05 09:00"))]}, "before it starts"),
    ],
)
def test_a_union_that_makes_no_sense_is_refused(arguments: dict, said: str) -> None:
    """Bad arguments are ValueErrors that name the remedy."""
    with pytest.raises(ValueError, match=said):
        UnionCalendar(**arguments)


def test_a_union_is_a_value() -> None:
    """It cannot be changed, and copies and pickles answer alike."""
    for twin in (copy.copy(SUN), copy.deepcopy(SUN), pickle.loads(pickle.dumps(SUN))):  # noqa: S301 - ours
        assert twin.due(at("03-05 08:00"), 36_000) == SUN.due(at("03-05 08:00"), 36_000)
    with pytest.raises(AttributeError, match="immutable"):
        SUN._zone = None  # type: ignore[assignment]
    assert repr(SUN) == "UnionCalendar(sydney london denver, timezone='UTC')"
    assert list(SUN.members) == ["sydney", "london", "denver"]
    assert UnionCalendar.always("UTC").next_close(at("03-05 08:00")) is None
