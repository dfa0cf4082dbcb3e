"""Tables in Parquet files, read in batches by pyarrow: an extra, imported only here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from support_policy.adapters.tables import READ_ERRORS, open_bytes, unreadable
from support_policy.batch.mapping import TableMapping
from support_policy.batch.replay_rows import Row

BATCH = 4096


class ParquetTable:
    """A Parquet file. Only the columns that the mapping names are read."""

    def __init__(self, path: Path, mapping: TableMapping) -> None:
        try:
            import pyarrow as pa
            import pyarrow.parquet as pq
        except ImportError:
            help = "pip install 'support-policy[parquet]'"
            raise unreadable(path, "M525", "Parquet needs pyarrow, which is not installed", help) from None
        self._pa, self.notes = pa, list[str]()
        try:
            self._file = pq.ParquetFile(self._source(path))
        except (pa.ArrowException, *READ_ERRORS) as problem:
            said = f"cannot be read as Parquet: {str(problem).splitlines()[0]}"
            raise unreadable(path, "M522", said, "was it copied as a whole?") from None
        columns = tuple(self._file.schema_arrow.names)
        self.columns: tuple[str, ...] | None = columns
        self.total: int | None = self._file.metadata.num_rows
        wanted = {name for c in mapping.columns() for name in (str(c), str(c).partition(".")[0])}
        self._names = [name for name in columns if name in wanted]

    def _source(self, path: Path) -> Any:
        with path.open("rb") as file:
            if file.read(4) == b"PAR1":
                return str(path)
        with open_bytes(path) as unzipped:
            return self._pa.BufferReader(unzipped.read())

    def rows(self) -> Iterator[Row]:
        """See `Table`."""
        from support_policy.batch.read_values import as_values

        done, total = 0, self.total or 0
        try:
            for batch in self._file.iter_batches(BATCH, columns=self._names):
                columns = [as_values(column) for column in batch.columns]
                for values in zip(*columns, strict=True) if columns else ((),) * batch.num_rows:
                    done += 1
                    yield Row(done, 0, dict(zip(self._names, values, strict=True)))
        except (self._pa.ArrowException, *READ_ERRORS) as problem:
            said = str(problem).splitlines()[0] if str(problem) else type(problem).__name__
            for number in range(done + 1, total + 1):
                yield Row(number, 0, {}, ("unreadable", said[:120]))
