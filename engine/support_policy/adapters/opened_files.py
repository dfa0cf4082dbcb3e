"""Tickets that have only just been submitted, from a Parquet file to a Parquet file: read, promised, written.

Memory is bounded by a few batches, whatever the file's size. With two threads, one reads and one writes, and whichever
has less to do decides: Arrow and NumPy do nearly all of it outside Python's lock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Thread
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from support_policy.adapters.bulk_out import parquet_out
from support_policy.adapters.places import placed, store_problems
from support_policy.adapters.tables import READ_ERRORS
from support_policy.adapters.tables_parquet import in_short
from support_policy.batch.opened import CHUNK, Promises
from support_policy.batch.schema import DATA, FACT
from support_policy.policy.compiled import Policy
from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.source.span import Span

ROW_GROUP = 4 * CHUNK
_AHEAD = 3
"""Batches that wait to be decided before whoever reads decides too."""
_MOST = 8
"""Batches under way between reading and writing."""


@dataclass(frozen=True, slots=True)
class Promised:
    """How many tickets there were, and how many of them were decided one by one."""

    tickets: int
    by_rows: int


def decide_opened(
    policy: Policy,
    source: str | Path,
    target: str | Path,
    threads: int = 1,
    progress: Callable[[int, int], object] | None = None,
) -> Promised:
    """Promise every ticket of a Parquet file (see `promise_table`) into another, which is there when it is whole.

    Paths may be URLs of object stores. `threads` is 1 or 2; `progress` is told how many tickets of how many are done.
    Raises `PolicyError` for what cannot be read, written or understood.
    """
    with _parquet(str(source)) as file:
        schema = file.schema_arrow
        used = [n for n in schema.names if n in ("ticket", "at", "type", "by") or n.startswith((FACT, DATA))]
        makers = [Promises(policy, schema) for _ in range(max(1, min(threads, 2)))]
        made_of = makers[0].schema
        total, done = file.metadata.num_rows, 0
        batches = file.iter_batches(CHUNK, columns=used, use_threads=False)
        with parquet_out(target, made_of, ROW_GROUP, **_how(made_of)) as write:
            two = len(makers) > 1
            decided = Together(makers[0], makers[1], batches).made() if two else map(makers[0].batch, batches)
            for table in _groups(decided, made_of):
                write(table)
                done += table.num_rows
                if progress:
                    progress(done, total)
    return Promised(done, sum(promises.by_rows for promises in makers))


def _groups(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    """So many batches together as make a row group."""
    some: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        some.append(batch)
        rows += batch.num_rows
        if rows >= ROW_GROUP:
            yield pa.Table.from_batches(some, schema)
            some, rows = [], 0
    if some:
        yield pa.Table.from_batches(some, schema)


def _how(schema: pa.Schema) -> dict[str, Any]:
    """How columns are written, by what takes least time: names alone are packed, for codes and instants gain little."""
    coded = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    instants = [field.name for field in schema if pa.types.is_timestamp(field.type)]
    packed = {name: "snappy" if name == "ticket" else "none" for name in schema.names}
    return {"use_dictionary": coded, "compression": packed, "write_statistics": instants}


@contextmanager
def _parquet(path: str) -> Iterator[pq.ParquetFile]:
    """A Parquet file, its texts read as dictionaries. Raises `PolicyError`."""
    try:
        place = placed(path)
        with store_problems(), place.open("rb") as opened:
            source: Any = str(place) if isinstance(place, Path) else opened
            schema = pq.read_schema(source)
            texts = [f.name for f in schema if f.name != "ticket" and _is_text(f.type)]
            yield pq.ParquetFile(source, read_dictionary=texts, pre_buffer=False)
    except (pa.ArrowException, *READ_ERRORS) as problem:
        said = f"cannot be read as Parquet: {in_short(problem)}"
        raise PolicyError([Diagnostic("M522", "error", said, Span(path), "was it copied as a whole?")]) from None


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind))


@dataclass(slots=True)
class _Work:
    """A batch on its way."""

    raw: pa.RecordBatch
    taken: bool = False
    made: pa.RecordBatch | None = None


class Together:
    """Batches decided by two threads: that of `made`, which hands them on in order, and one that reads them.

    Who reads decides when enough waits to be decided, the newest first; who hands on decides what comes next when
    nobody has begun it. So neither waits for the other as long as there is something to do.
    """

    def __init__(self, reading: Promises, handing: Promises, batches: Iterable[pa.RecordBatch]) -> None:
        self._reading, self._handing, self._batches = reading, handing, batches
        self._way: deque[_Work] = deque()
        self._turn = Condition()
        self._ended = self._stopped = False
        self._problem: BaseException | None = None

    def made(self) -> Iterator[pa.RecordBatch]:
        """The batches decided, in their order. Raises what reading or deciding raised."""
        reader = Thread(target=self._read, name="reader", daemon=True)
        reader.start()
        try:
            while (made := self._next()) is not None:
                yield made
        finally:
            with self._turn:
                self._stopped = True
                self._turn.notify_all()
            reader.join()

    def _next(self) -> pa.RecordBatch | None:
        with self._turn:
            self._turn.wait_for(lambda: self._way or self._ended)
            if not self._way:
                if self._problem is not None:
                    raise self._problem
                return None
            work = self._way[0]
            mine, work.taken = not work.taken, True
        if mine:
            work.made = self._handing.batch(work.raw)
        with self._turn:
            self._turn.wait_for(lambda: work.made is not None or self._ended)
            if work.made is None:
                raise self._problem or RuntimeError("a batch was given up")
            self._way.popleft()
            self._turn.notify_all()
        return work.made

    def _read(self) -> None:
        try:
            for raw in self._batches:
                with self._turn:
                    self._way.append(_Work(raw))
                    self._turn.notify_all()
                while self._help():
                    pass
                if self._stopped:
                    break
        except BaseException as problem:  # noqa: BLE001 - it is raised where the batches are wanted
            self._problem = problem
        finally:
            with self._turn:
                self._ended = True
                self._turn.notify_all()

    def _help(self) -> bool:
        """Decide a batch, or wait, while enough is under way; whether there was a need to."""
        with self._turn:
            waiting = [work for work in self._way if not work.taken]
            if self._stopped or (len(waiting) < _AHEAD and len(self._way) < _MOST):
                return False
            if not waiting:
                self._turn.wait_for(lambda: len(self._way) < _MOST or self._stopped)
                return True
            work = waiting[-1]
            work.taken = True
        made = self._reading.batch(work.raw)
        with self._turn:
            work.made = made
            self._turn.notify_all()
        return True
