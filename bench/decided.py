"""Made-up histories, already events of the policy, decided as tables: no mapping, no summary.

python -m bench.decided IN.parquet [OUT.parquet]     prints {"events", "seconds": {"read", "decide", "write"}}
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import perf_counter

import pyarrow.parquet as pq

from support_policy import load_policy
from support_policy.adapters.bulk_out import parquet_out
from support_policy.batch.decide import decide_table
from support_policy.batch.schema import result_schema

REPOSITORY = Path(__file__).parents[1]
UNTIL = 1_832_976_000_000_000
"""2028-02-01 UTC, after everything that happens."""


def main(source: str, target: str = "/dev/null") -> None:
    """Decide the file, a row group (whole tickets) at a time."""
    policy = load_policy(REPOSITORY)
    file = pq.ParquetFile(source, read_dictionary=["type", "by"])
    spent = dict.fromkeys(("read", "decide", "write"), 0.0)
    decide_table(policy, file.read_row_group(0).slice(0, 1000), UNTIL)
    with parquet_out(target, result_schema(policy)) as write:
        for group in range(file.metadata.num_row_groups):
            begin = perf_counter()
            events = file.read_row_group(group, use_threads=False)
            read = perf_counter()
            found = decide_table(policy, events, UNTIL)
            decided = perf_counter()
            write(found)
            for name, seconds in zip(spent, (read - begin, decided - read, perf_counter() - decided), strict=True):
                spent[name] += seconds
    print(json.dumps({"events": file.metadata.num_rows, "seconds": spent}))


if __name__ == "__main__":
    main(*sys.argv[1:])
