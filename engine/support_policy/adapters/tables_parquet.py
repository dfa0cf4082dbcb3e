"""Tables in Parquet files, read in batches by pyarrow: an extra, imported only here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from support_policy.adapters.places import Place
from support_policy.adapters.tables import READ_ERRORS, open_bytes, unreadable
from support_policy.batch.mapping import TableMapping
from support_policy.batch.replay_rows import Row

BATCH = 4096


class ParquetTable:
    """A Parquet file. Only the columns that the mapping names are read."""

    def __init__(self, path: Place, mapping: TableMapping) -> None:
        self.path = path
        try:
            import pyarrow as pa
            import pyarrow.parquet as pq
        except ImportError:
            help = "pip install 'support-policy[parquet]'"
            raise unreadable(path, "M525", "Parquet needs pyarrow, which is not installed", help) from None
        self._pa, self.notes = pa, list[str]()
        try:
            self.file = pq.ParquetFile(self._source(path), pre_buffer=False)
        except (pa.ArrowException, *READ_ERRORS) as problem:
            said = f"cannot be read as Parquet: {str(problem).splitlines()[0]}"
            raise unreadable(path, "M522", said, "was it copied as a whole?") from None
        columns = tuple(self.file.schema_arrow.names)
        self.columns: tuple[str, ...] | None = columns
        self.total: int | None = self.file.metadata.num_rows
        wanted = {name for c in mapping.columns() for name in (str(c), str(c).partition(".")[0])}
        self.names = [name for name in columns if name in wanted]

    def opened(self, coded: list[str]) -> Any:
        """The file with some columns as dictionaries."""
        if not coded:
            return self.file
        from pyarrow.parquet import ParquetFile

        # What is read ahead would be kept until the end: all of the file.
        return ParquetFile(
            self._source(self.path), metadata=self.file.metadata, read_dictionary=coded, pre_buffer=False
        )

    def nested(self, mapping: TableMapping) -> bool:
        """Whether the mapping looks into values: then its columns are not the file's."""
        columns = self.columns or ()
        return bool(mapping.each) or any(c not in columns and c.partition(".")[0] in columns for c in mapping.columns())

    def _source(self, path: Place) -> Any:
        with path.open("rb") as file:
            plain = file.read(4) == b"PAR1"
        if plain:
            return str(path) if isinstance(path, Path) else path.open("rb")
        with open_bytes(path) as unzipped:
            return self._pa.BufferReader(unzipped.read())

    def rows(self) -> Iterator[Row]:
        """See `Table`."""
        from support_policy.batch.read_values import as_values

        done, total = 0, self.total or 0
        try:
            for batch in self.file.iter_batches(BATCH, columns=self.names):
                columns = [as_values(column) for column in batch.columns]
                for values in zip(*columns, strict=True) if columns else ((),) * batch.num_rows:
                    done += 1
                    yield Row(done, 0, dict(zip(self.names, values, strict=True)))
        except (self._pa.ArrowException, *READ_ERRORS) as problem:
            for number in range(done + 1, total + 1):
                yield Row(number, 0, {}, ("unreadable", in_short(problem)))


def in_short(problem: BaseException) -> str:
    """What a library says of a file that it cannot read, on one line."""
    return (str(problem).splitlines()[0] if str(problem) else type(problem).__name__)[:120]
