"""The example for Spark: its function decides partitions as one table is decided, without Spark."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from support_policy.adapters.bulk_in import open_bulk
from support_policy.adapters.tables import load_mapping
from support_policy.batch.decide import decide_table
from support_policy.batch.partition import part_of
from support_policy.batch.raw import DETAIL, LINE, PROBLEM
from support_policy.batch.read import read_table
from support_policy.batch.schema import result_schema
from support_policy.model.event import micros
from tests.replay.desk import AT, FIXTURES, policy

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "spark" / "backtest_spark.py"


@pytest.fixture(scope="module")
def example() -> Any:
    """The example as a module."""
    assert "pyspark" not in sys.modules
    spec = importlib.util.spec_from_file_location("backtest_spark", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("desk", "name"), [("harbour", "tickets.csv"), ("orchard", "events.ndjson")])
@pytest.mark.parametrize("count", [1, 3])
def test_partitions_are_decided_as_one_table_is(example: Any, desk: str, name: str, count: int) -> None:
    """However the rows of a partition were shuffled, its tickets are decided as they are all together."""
    path = FIXTURES / desk / name
    mapping, until = load_mapping(path.parent / "mapping.yaml"), micros(AT)
    bulk = open_bulk(path, mapping)
    raw = pa.Table.from_batches(bulk.batches(), bulk.schema)
    wanted = decide_table(policy(desk), read_table(policy(desk), mapping, raw, until).events, until)
    homes = part_of(raw.column(mapping.ticket), raw.schema.field(mapping.ticket), count)
    found = []
    for home in range(count):
        mine = raw.drop_columns([LINE, PROBLEM, DETAIL]).filter(pa.array(homes == home))
        shuffled = mine.take(pa.array(range(mine.num_rows)[::-1], pa.int64())).to_batches(2)
        found += list(example.decided(iter(shuffled), policy(desk), mapping, until))
    schema = example.plain_schema(policy(desk))
    assert pa.Table.from_batches(found, schema).sort_by("ticket") == wanted.cast(schema).sort_by("ticket")
    assert wanted.num_rows > 3


def test_a_partition_without_rows_has_no_results(example: Any) -> None:
    """Spark hands out empty partitions, too."""
    mapping = load_mapping(FIXTURES / "harbour" / "mapping.yaml")
    empty = pa.RecordBatch.from_pylist([], pa.schema([("__row", pa.int64())]))
    for batches in ([], [empty]):
        assert list(example.decided(iter(batches), policy("harbour"), mapping, 0)) == []


def test_the_columns_have_types_that_spark_has(example: Any) -> None:
    """The names and their order are those of the results everywhere else; none is a dictionary."""
    schema = example.plain_schema(policy("harbour"))
    assert schema.names == result_schema(policy("harbour")).names
    assert not any(pa.types.is_dictionary(field.type) for field in schema)
