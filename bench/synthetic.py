"""Made-up tickets for benchmarks, as Parquet: the same seed, the same rows; texts of few values are dictionaries.

`opened`: one row a ticket of the shipped policy, as it is submitted. `histories`: the events of such tickets, in the
order in which they happen within each row group.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

SEED = 5
GROUP = 1_000_000
"""Rows of a row group."""
FIRST, YEARS = 1_767_225_600_000_000, 2
"""From 2026-01-01 UTC, in microseconds, for so many years."""
DAY = 86_400_000_000
SECOND = 1_000_000

Choices = dict[str | None, int]
Random = np.random.Generator
TEXTS: dict[str, Choices] = {
    "fact.organization": {"acme": 40, "globex": 32, "initech": 25, "stranger": 3},
    "fact.stated_priority": {"P1": 10, "P2": 20, "P3": 40, "P4": 10, None: 20},
    "fact.environment": {"production": 60, "development": 30, None: 10},
    "fact.site_status": {"up": 65, "degraded": 20, "down": 5, None: 10},
    "fact.kind": {"problem": 50, "question": 25, "installation": 5, "configuration": 5, "enhancement": 10, None: 5},
}
FLAGS = ("fact.emergency", "fact.launch_affected", "fact.schedule_affected")
"""True for one ticket in ten, not said of as many."""
AT = pa.timestamp("us", tz="UTC")

PATHS: dict[tuple[tuple[str, str], ...], int] = {
    (("submitted", "customer"), ("responded", "engineer"), ("resolved", "engineer"), ("closed", "engineer")): 50,
    (
        ("submitted", "customer"),
        ("clarification_requested", "engineer"),
        ("clarified", "customer"),
        ("responded", "engineer"),
        ("resolved", "engineer"),
        ("closed", "engineer"),
    ): 20,
    (
        ("submitted", "customer"),
        ("responded", "engineer"),
        ("priority_changed", "engineer"),
        ("waiting_on_customer", "engineer"),
        ("customer_replied", "customer"),
        ("resolved", "engineer"),
        ("reopened", "customer"),
        ("resolved", "engineer"),
    ): 15,
    (
        ("submitted", "customer"),
        ("assigned", "manager"),
        ("escalation_requested", "customer"),
        ("escalation_accepted", "manager"),
        ("responded", "engineer"),
        ("resolved", "engineer"),
    ): 10,
    (("submitted", "customer"), ("withdrawn", "customer")): 5,
}
"""What happens to tickets, and to how many of a hundred."""


def coded(random: Random, choices: Choices, n: int) -> pa.DictionaryArray:
    """A column of texts."""
    words = [word for word in choices if word is not None]
    odds = np.array(list(choices.values()), float)
    codes = random.choice(len(choices), n, p=odds / odds.sum()).astype(np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes == len(words)), pa.array(words))


def flags(random: Random, n: int) -> pa.BooleanArray:
    """A column of yes and no."""
    drawn = random.integers(0, 10, n)
    return pa.array(drawn == 0, mask=drawn == 1)


def facts(random: Random, n: int) -> dict[str, pa.Array]:
    """The columns of facts."""
    texts = {name: coded(random, choices, n) for name, choices in TEXTS.items()}
    return texts | {name: flags(random, n) for name in FLAGS}


def submissions(random: Random, n: int, part: int, parts: int) -> npt.NDArray[np.int64]:
    """Instants within a part of all time, in order: twice as many in the UTC day's busy half as in the other."""
    days = 365 * YEARS * DAY
    begin, end = FIRST + days * part // parts, FIRST + days * (part + 1) // parts
    at = random.integers(begin, end, n)
    quiet = (at % DAY < DAY // 2) & (random.random(n) < 1 / 3)
    return np.sort(np.where(quiet, at + DAY // 2, at))


def opened(n: int) -> Iterator[pa.Table]:
    """`n` tickets, a row group at a time."""
    random = np.random.default_rng(SEED)
    parts = max(1, -(-n // GROUP))
    for part in range(parts):
        first, last = n * part // parts, n * (part + 1) // parts
        names = pa.array(np.char.add("VS-", np.char.zfill(np.arange(first, last).astype("U8"), 8)))
        at = pa.array(submissions(random, last - first, part, parts)).cast(AT)
        yield pa.table({"ticket": names, "at": at, **facts(random, last - first)})


def histories(n: int) -> Iterator[pa.Table]:
    """Tickets with about `n` events together, a row group of whole tickets at a time."""
    random = np.random.default_rng(SEED)
    odds = np.array(list(PATHS.values()), float) / sum(PATHS.values())
    lengths = np.array([len(path) for path in PATHS])
    parts, made = max(1, -(-n // GROUP)), 0
    for part in range(parts):
        tickets = round(n * (part + 1) / parts / (odds @ lengths)) - made
        yield _events(random, random.choice(len(PATHS), tickets, p=odds), made, (part, parts))
        made += tickets


def _events(random: Random, path: npt.NDArray[np.int64], made: int, part: tuple[int, int]) -> pa.Table:
    kinds = list(dict.fromkeys(event for events in PATHS for event in events))
    codes = [np.array([kinds.index(event) for event in events]) for events in PATHS]
    lengths = np.array([len(events) for events in codes])[path]
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    ticket = np.repeat(np.arange(len(path)), lengths)
    step = np.arange(len(ticket)) - starts[ticket]
    kind = np.concatenate([codes[number] for number in path.tolist()])
    # From one event to the next it takes three hours on average.
    gaps = np.where(step == 0, 0, random.exponential(3 * 3600, len(ticket)) + 1)
    passed = np.cumsum(gaps)
    at = submissions(random, len(path), *part)[ticket] + ((passed - passed[starts[ticket]]) * SECOND).astype(np.int64)
    order = np.lexsort((step, at))
    ticket, step, kind, at = ticket[order], step[order], kind[order], at[order]
    given = facts(random, len(path))
    row = pa.array(ticket, mask=step != 0)
    names = pa.array(np.char.add("VS-", np.char.zfill((made + np.arange(len(path))).astype("U8"), 8)))
    types, by = [type for type, _ in kinds], [by for _, by in kinds]
    changes = np.array([type == "priority_changed" for type in types])[kind]
    to = random.integers(0, 4, len(ticket)).astype(np.int32)
    return pa.table({
        "ticket": names.take(pa.array(ticket)),
        "at": pa.array(at).cast(AT),
        "type": _words(types, kind),
        "by": _words(by, kind),
        **{name: column.take(row) for name, column in given.items()},
        "data.to": pa.DictionaryArray.from_arrays(pa.array(to, mask=~changes), pa.array(["P1", "P2", "P3", "P4"])),
        "data.reason": pa.DictionaryArray.from_arrays(
            pa.array(np.zeros(len(ticket), np.int32), mask=~changes), pa.array(["settled with the customer"])
        ),
    })  # fmt: skip


def _words(words: list[str], codes: npt.NDArray[np.int64]) -> pa.DictionaryArray:
    distinct = list(dict.fromkeys(words))
    numbers = np.array([distinct.index(word) for word in words], np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(numbers[codes]), pa.array(distinct))


def write(what: Callable[[int], Iterator[pa.Table]], n: int, path: Path) -> Path:
    """A file of made-up rows, unless it is there."""
    if not path.exists():
        made = path.with_suffix(".part")
        tables = what(n)
        first = next(tables)
        coded = [field.name for field in first.schema if pa.types.is_dictionary(field.type)]
        with pq.ParquetWriter(made, first.schema, use_dictionary=coded) as writer:
            writer.write_table(first, row_group_size=GROUP)
            for table in tables:
                writer.write_table(table, row_group_size=GROUP)
        made.rename(path)
    return path


if __name__ == "__main__":
    # python -m bench.synthetic opened|histories ROWS FILE
    write({"opened": opened, "histories": histories}[sys.argv[1]], int(sys.argv[2]), Path(sys.argv[3]))
