"""A backtest in parts: a pure function of each, whose findings add up to those of the whole in any order."""

from __future__ import annotations

import pickle
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support_policy.adapters.bulk_in import open_bulk
from support_policy.adapters.files import read_files
from support_policy.adapters.tables import load_mapping
from support_policy.adapters.workers import done_here
from support_policy.batch.backtest import CHANGES, HISTORY, OLD, REJECTS, TICKETS, Found, Job, alike, fitting, kernel
from support_policy.batch.backtest_summary import summary_of
from support_policy.batch.event_rows import conformed, event_schema, event_table
from support_policy.batch.rowwise import histories
from support_policy.bootstrap import compile_files, load_policy
from support_policy.model.event import micros
from tests.batch.histories_told import HARBOUR
from tests.replay.desk import AT

MAPPING = load_mapping(HARBOUR / "mapping.yaml")
NEW = load_policy(HARBOUR)
OLD_POLICY = compile_files({
    name: data.replace(b"first_response: 4bh", b"first_response: 2bh") for name, data in read_files(HARBOUR).items()
})  # fmt: skip
EVERY = frozenset((TICKETS, OLD, CHANGES, HISTORY, REJECTS))
JOB = Job(NEW, MAPPING, micros(AT), OLD_POLICY, (OLD_POLICY,), EVERY, examples=True)


@pytest.fixture(scope="module")
def raw() -> pa.Table:
    """The export of the harbour."""
    bulk = open_bulk(HARBOUR / "tickets.csv", MAPPING)
    return pa.Table.from_batches(bulk.batches(), bulk.schema)


def merged(parts: list[pa.Table]) -> dict[str, Any]:
    """The summary of parts, each done from bytes and merged from bytes, as processes send them."""
    found = Found.nothing(JOB)
    for part in parts:
        found.merge(pickle.loads(pickle.dumps(kernel(pickle.loads(pickle.dumps(JOB)), part).found)))  # noqa: S301
    variants = [one.data() for one in found.variants]
    return {**summary_of(JOB, found, "x.csv"), "variants": variants, "examples": sorted(found.examples)}


@settings(max_examples=25)
@given(st.data())
def test_parts_in_any_order_find_what_the_whole_does(raw: pa.Table, data: st.DataObject) -> None:
    """However the rows are parted by ticket, and in whatever order parts are done, the same is found."""
    names = raw[MAPPING.ticket].to_pylist()
    places = data.draw(st.lists(st.integers(0, 3), min_size=len(set(names)), max_size=len(set(names))))
    part_of = dict(zip(dict.fromkeys(names), places, strict=True))
    wanted = data.draw(st.permutations(range(4)))
    parts = [raw.filter(pa.array([part_of[name] == part for name in names])) for part in wanted]
    assert merged([part for part in parts if part.num_rows]) == merged([raw])


def test_a_part_gives_the_tables_that_are_wanted(raw: pa.Table) -> None:
    """Every table is given by its name, and none that was not asked for."""
    assert kernel(JOB, raw).tables.keys() == EVERY
    assert kernel(Job(NEW, MAPPING, micros(AT)), raw).tables == {}
    (done,) = done_here(JOB, [raw])
    assert done.tables[TICKETS].equals(kernel(JOB, raw).tables[TICKETS])


def test_events_survive_their_table(raw: pa.Table) -> None:
    """Histories told from a table of events, and made a table again, are the same; missing columns are nulls."""
    events = kernel(JOB, raw).tables[HISTORY]
    told = [(history.ticket, event) for history in histories(events) for event in history.events]
    again = conformed(event_table(NEW, told), event_schema(NEW))
    assert again.equals(conformed(events, event_schema(NEW)))


def test_policies_that_read_rows_alike() -> None:
    """A target changes nothing of what rows say; a fact that is not declared does, and is left out of the mapping."""
    assert alike(NEW, OLD_POLICY)
    other = load_policy(HARBOUR.parent / "orchard")
    assert not alike(NEW, other)
    assert set(fitting(MAPPING, other).facts) == set(MAPPING.facts) & set(other.facts)
    assert fitting(MAPPING, NEW) == MAPPING
