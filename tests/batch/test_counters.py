"""The parts a summary is made of: exact quantiles of counted values, wall times of many zones, codes of texts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from statistics import median as exact

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_policy.batch.coded import Coded, Zones, coded, combined, hours_of_week, months
from support_policy.batch.counters import GRAINS, Distinct, median, ninetieth, whole
from support_policy.model.event import micros
from tests.batch.results import shipped

VALUES = st.integers(0, 50) | st.integers(0, 2**52)
COUNTED = st.lists(st.tuples(st.integers(0, 3) | st.integers(0, 2**20), VALUES), max_size=60)


@given(COUNTED, COUNTED, st.integers(0, 60))
def test_quantiles_of_counted_values_are_those_of_the_values(
    ours: list[tuple[int, int]], theirs: list[tuple[int, int]], cut: int
) -> None:
    """Whatever the values, however they were added: median and ninetieth are those of the sorted list."""
    mine, other = Distinct(), Distinct()
    for made, pairs in ((mine, ours[:cut]), (mine, ours[cut:]), (other, theirs)):
        made.add(*(np.array([pair[i] for pair in pairs], np.int64) for i in (0, 1)))
    size = max([group for group, _ in (*ours, *theirs)], default=0) + 1
    mine.merge(other, np.arange(size))
    for group in {group for group, _ in (*ours, *theirs)} | {7}:
        values = sorted(value / 1_000_000 for of, value in (*ours, *theirs) if of == group)
        found = mine.of(group)
        assert median(*found) == (whole(exact(values)) if values else None)
        assert ninetieth(*found) == (whole(values[min(len(values) - 1, len(values) * 9 // 10)]) if values else None)
    every = sorted(value for _, value in (*ours, *theirs))
    assert np.repeat(*mine.of_all(range(size))).tolist() == every


@given(st.lists(st.integers(0, 30), max_size=20), st.lists(st.integers(0, 30), max_size=20), st.integers(1, 40))
def test_giving_up_depends_on_what_is_counted_alone(ours: list[int], theirs: list[int], most: int) -> None:
    """More distinct values than are kept, however coarse: nothing is, whichever part had how many of them."""
    mine, other = Distinct(most), Distinct(most)
    for made, values in ((mine, ours), (other, theirs)):
        made.add(np.zeros(len(values), np.int64), np.array(values, np.int64) * 60_000_000)
    mine.merge(other, np.arange(1))
    assert len(mine.of(0)[0]) == (0 if len({*ours, *theirs}) > most else len({*ours, *theirs}))
    assert mine.given_up == (len({*ours, *theirs}) > most)


TIMES = st.lists(st.integers(0, 300_000_000), max_size=20)


@given(TIMES, TIMES, st.integers(1, 40))
def test_times_are_cut_where_there_are_too_many(ours: list[int], theirs: list[int], most: int) -> None:
    """Of too many distinct times all are cut to the second, then to the minute, whichever part had how many of them."""
    mine, other = Distinct(most), Distinct(most)
    for made, values in ((mine, ours), (other, theirs)):
        made.add(np.zeros(len(values), np.int64), np.array(values, np.int64))
    mine.merge(other, np.arange(1))
    cut = [{value - value % grain for value in (*ours, *theirs)} for grain in GRAINS]
    kept = next((values for values in cut if len(values) <= most), set())
    assert mine.of(0)[0].tolist() == sorted(kept)
    assert sum(mine.of(0)[1]) == (len(ours) + len(theirs) if kept else 0)


@given(
    st.lists(
        st.tuples(
            st.datetimes(datetime(1990, 1, 1), datetime(2120, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
            st.sampled_from(["london", "los_angeles", "shanghai", "", "nobody's"]),
        ),
        max_size=20,
    )
)
def test_wall_times_are_those_of_each_office(instants: list[tuple[datetime, str]]) -> None:
    """Each instant is shown as the zone of its office shows it, an unknown office's as that of the default one."""
    policy = shipped()
    offices = coded(pa.array([office for _, office in instants], pa.string()))
    local = Zones(policy).local(np.array([micros(at) for at, _ in instants], np.int64), offices)
    expected = [at.astimezone(policy.calendar(office, business=False).zone) for at, office in instants]
    walls = [datetime(1970, 1, 1) + timedelta(microseconds=us) for us in local.tolist()]  # noqa: DTZ001 - wall times
    assert walls == [at.replace(tzinfo=None, fold=0) for at in expected]
    assert hours_of_week(local).tolist() == [at.weekday() * 24 + at.hour for at in expected]
    found = months(local)
    assert [found.names[code] for code in found.codes] == [f"{at:%Y-%m}" for at in expected]


TEXTS = st.lists(st.sampled_from(["a", "b", "", "ü", None]), max_size=12)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())], ids=str)
@given(TEXTS, TEXTS, st.data())
def test_codes_stand_for_the_texts_of_a_column(
    kind: pa.DataType, first: list[str | None], second: list[str | None], data: st.DataObject
) -> None:
    """Plain or of a dictionary, in however many chunks: null and the empty text are one, and every name occurs."""
    found = coded(pa.chunked_array([pa.array(first, kind), pa.array(second, kind)]))
    texts = [text or "" for text in (*first, *second)]
    assert [found.names[code] for code in found.codes] == texts
    assert sorted(found.names) == sorted(set(texts))
    some = data.draw(st.lists(st.integers(0, len(texts) - 1))) if texts else []
    taken: Coded = found.take(np.array(some, np.int64))
    assert [taken.names[code] for code in taken.codes] == [texts[row] for row in some]
    assert set(taken.names) == {texts[row] for row in some}


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 100_000), st.integers(0, 1)), min_size=1, max_size=30))
def test_rows_that_agree_in_every_column_have_one_code(rows: list[tuple[int, int, int]]) -> None:
    """And each code has a row that stands for it."""
    columns = [np.array([row[i] for row in rows], np.int64) for i in range(3)]
    codes, first = combined([(column, int(column.max()) + 1) for column in columns])
    assert [rows[first[code]] for code in codes] == rows
    assert len(first) == len(set(rows))
