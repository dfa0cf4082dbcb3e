"""A backtest on Spark: each ticket of a history decided under a policy, by the function that decides it anywhere else.

    spark-submit backtest_spark.py HISTORY.parquet RESULTS.parquet --policy DIR --mapping M.yaml --at 2026-04-01T00:00Z

`decided` is a pure function of Arrow tables, so Spark's `mapInArrow` runs it as it is. The workers need the package
(`pip install 'support-policy[batch]'`) in the version that the driver has. pyspark is needed by `main` alone; its
`mapInArrow` asks for pandas, too (`pip install 'pyspark[sql]'`).

All rows of a ticket must meet in one partition, for one ticket is one decision. `repartition(N, key)` sees to that:
Spark sends rows with equal keys to one partition. It does not keep the order of rows, on which the mapping may lean (of
two rows of one instant the first one counts), so each row is numbered before, and a partition sorts by that number.
(`groupBy(key).applyInArrow` brings a ticket's rows together, too, but calls Python once for each ticket, and what is
decided by columns is fast because thousands of tickets go together.)

The key is the name as it is read, without blanks around it: `7` and ` 7` are one ticket. A partition is decided in
memory: N is such that each has some hundred thousand rows.

What comes out has one row a ticket (`support_policy.batch.schema.result_schema`), for Spark's SQL to ask:

    SELECT priority, `first_response.status`, count(*) FROM results GROUP BY ALL
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import datetime

import pyarrow as pa

from support_policy import Policy, load_policy
from support_policy.adapters.tables import load_mapping
from support_policy.batch.decide import decide_table
from support_policy.batch.mapping import TableMapping
from support_policy.batch.raw import ROW
from support_policy.batch.read import read_table
from support_policy.batch.schema import result_schema
from support_policy.model.event import micros

ROWS = 400_000
"""Rows of a partition."""


def decided(
    batches: Iterator[pa.RecordBatch], policy: Policy, mapping: TableMapping, until: int
) -> Iterator[pa.RecordBatch]:
    """The tickets of a partition, decided as of `until` (microseconds since 1970).

    The rows hold the file's columns and their number, `__row`. Rows that cannot be used are left out here;
    `read_table(...).rejects` has them, with a reason for each.
    """
    rows = [batch for batch in batches if batch.num_rows]
    if not rows:
        return
    raw = pa.Table.from_batches(rows).sort_by(ROW)
    results = decide_table(policy, read_table(policy, mapping, raw, until).events, until)
    yield from results.cast(plain_schema(policy)).to_batches()


def plain_schema(policy: Policy) -> pa.Schema:
    """The columns of the results in types that Spark has: a text instead of a dictionary of texts."""
    return pa.schema(
        [
            (field.name, field.type.value_type if pa.types.is_dictionary(field.type) else field.type)
            for field in result_schema(policy)
        ]
    )


def main() -> None:
    """Read a Parquet file, decide its tickets on all workers, write the results."""
    from pyspark.sql import SparkSession
    from pyspark.sql import functions as f
    from pyspark.sql.pandas.types import from_arrow_schema

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("history")
    parser.add_argument("results")
    for name in ("--policy", "--mapping", "--at"):
        parser.add_argument(name, required=True)
    given = parser.parse_args()
    policy, mapping = load_policy(given.policy), load_mapping(given.mapping)
    until = micros(datetime.fromisoformat(given.at))

    made = SparkSession.builder.appName("support-policy").config("spark.sql.session.timeZone", "UTC")
    # Without this Spark writes instants in a form of its own, from before Parquet had one.
    spark = made.config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS").getOrCreate()
    history = spark.read.parquet(given.history)
    wanted = {name for column in mapping.columns() for name in (str(column), column.partition(".")[0])}
    rows = history.select(*(f.col(f"`{name}`") for name in history.columns if name in wanted))
    rows = rows.withColumn(ROW, f.monotonically_increasing_id())
    together = rows.repartition(max(1, rows.count() // ROWS), f.trim(f.col(f"`{mapping.ticket}`").cast("string")))
    results = together.mapInArrow(
        lambda batches: decided(batches, policy, mapping, until), from_arrow_schema(plain_schema(policy))
    )
    results.write.mode("overwrite").parquet(given.results)


if __name__ == "__main__":
    main()
