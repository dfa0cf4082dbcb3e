"""CSV files as raw batches: pyarrow reads what it surely reads as Python's reader does, that one reads the rest.

A file is taken in pieces that end where a record does. In a piece whose quotes all stand at the edges of fields, each
second quote closes what the one before it opened: so the records, and the lines they begin on, are known from the
places of quotes and line ends alone. Any other piece (quotes inside a field, ragged rows, bytes of another encoding,
single carriage returns) is read record by record.
"""

from __future__ import annotations

import codecs
import gzip
import io
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc

from support_policy.adapters.tables import READ_ERRORS, SAMPLE, open_bytes
from support_policy.adapters.tables_text import MAX_FIELD, CsvTable, csv_records, csv_row
from support_policy.batch.mapping import TableMapping
from support_policy.batch.raw import plain_batch, raw_batch, raw_schema
from support_policy.batch.replay_rows import Row

PIECE = 4 * 1024 * 1024
OPEN = 4 * PIECE
"""A record that is longer than this is read by the other reader, which knows when to give up."""
ROWS = 64 * 1024
_QUOTE, _LINE, _RETURN = 34, 10, 13


class CsvBatches:
    """A CSV file; the columns that the mapping names, as texts."""

    def __init__(self, table: CsvTable, mapping: TableMapping) -> None:
        self._table, self.notes = table, table.notes
        places = {name: index for index, name in enumerate(table.names)}
        wanted = [name for name in map(str, mapping.columns()) if name in places]
        self._places = [places[name] for name in wanted]
        self._fields = [pa.field(name, pa.string()) for name in wanted]
        self.schema = raw_schema(self._fields)
        self._delimiter = table.delimiter.encode()
        self._ascii = table.encoding.lower().startswith("ascii")

    def batches(self) -> Iterator[pa.RecordBatch]:
        """See `Bulk`."""
        with _Text(self._table) as text:
            yield from self._by_records(text, header=True)
            while text.fill(PIECE):
                piece = self._piece(text)
                if piece and not piece.size and not text.ended and len(text.data) < OPEN:
                    text.fill(len(text.data) + PIECE)  # not one record ends in what is here
                    continue
                made = self._by_columns(text, piece) if piece and piece.size else None
                if made is None:
                    yield from self._by_records(text)
                elif made.num_rows:
                    yield made
            if text.problem is not None:
                yield self._made([csv_row(text.rows + 1, 0, text.problem, self._table.names)])

    def _piece(self, text: _Text) -> _Piece | None:
        if len(self._delimiter) > 1 or self._delimiter in b'"\r\n' or (self._ascii and not text.data.isascii()):
            return None
        if text.data.startswith(codecs.BOM_UTF8):  # here it is part of a field, and pyarrow would drop it
            return None
        return _piece(text.data, self._delimiter[0], ended=text.ended)

    def _by_columns(self, text: _Text, piece: _Piece) -> pa.RecordBatch | None:
        """The piece, read by pyarrow; None when that finds anything odd in it."""
        rows, places = len(piece.lines), self._places or [0]
        arrays = [pa.array([], pa.string())] * len(self._fields)
        if rows:
            names = [str(index) for index in range(len(self._table.names))]
            wanted = [names[place] for place in places]
            try:
                table = pc.read_csv(
                    pa.py_buffer(memoryview(text.data)[: piece.size]),
                    pc.ReadOptions(column_names=names, block_size=piece.size + 1),
                    pc.ParseOptions(delimiter=self._table.delimiter, newlines_in_values=piece.quoted),
                    pc.ConvertOptions(include_columns=wanted, column_types=dict.fromkeys(wanted, pa.string())),
                )
            except pa.ArrowInvalid:
                return None
            if table.num_rows != rows:
                return None
            arrays = [column.combine_chunks() for column in table.columns][: len(self._fields)]
        first = text.rows + 1
        batch = plain_batch(arrays, self._fields, range(first, first + rows), piece.lines + (text.line + 1))
        text.take(piece.size, piece.ends, rows)
        return batch

    def _by_records(self, text: _Text, *, header: bool = False) -> Iterator[pa.RecordBatch]:
        """The piece, read by Python's reader up to a record that ends where the piece does; or the header alone."""
        lines = _Lines(text, "ascii" if self._ascii else "utf-8", SAMPLE if header else OPEN)
        skipped = sum(1 for _ in islice(lines, self._table.skip)) if header else 0
        rows: list[Row] = []
        try:
            for line, fields in csv_records(lines, self._table.delimiter, text.line + skipped):
                if not header:
                    rows.append(csv_row(text.rows + 1, line, fields, self._table.names))
                    text.rows += 1
                elif isinstance(fields, list):
                    break
                if len(rows) >= ROWS:
                    yield self._made(rows)
                    rows = []
                if lines.exhausted and not header:
                    break
        except READ_ERRORS as problem:
            text.rows += 1
            rows.append(csv_row(text.rows, 0, problem, self._table.names))
        text.line += lines.taken
        text.data = lines.rest() + text.data
        if rows:
            yield self._made(rows)

    def _made(self, rows: list[Row]) -> pa.RecordBatch:
        return raw_batch(rows, {f.name: [row.values.get(f.name) for row in rows] for f in self._fields}, self._fields)


class _Text:
    """The file's text as UTF-8 (or as it is, when it claims to be), from where reading has come to.

    `line` and `rows` are how many were read. `problem` is what the file ended by when it is damaged; then what stands
    after the last whole line is dropped.
    """

    def __init__(self, table: CsvTable) -> None:
        self._pieces = _bytes(table)
        self.data, self.ended, self.line, self.rows = b"", False, 0, 0
        self.problem: Exception | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pieces.close()

    def fill(self, size: int) -> bool:
        """Hold so many bytes, or all that are left; False when there are none."""
        if len(self.data) >= size or self.ended:
            return bool(self.data)
        parts, held = [self.data], len(self.data)
        try:
            for part in self._pieces:
                parts.append(part)
                held += len(part)
                if held >= size:
                    break
            else:
                self.ended = True
        except READ_ERRORS as problem:
            self.problem, self.ended = problem, True
        self.data = b"".join(parts)
        if self.problem is not None:
            self.data = self.data[: _whole(self.data)]
        return bool(self.data)

    def take(self, size: int, lines: int, rows: int) -> None:
        """Go on behind what was read."""
        self.data = self.data[size:]
        self.line += lines
        self.rows += rows

    def block(self, most: int) -> list[bytes]:
        """Whole lines, taken: of `most` bytes, or one. None when there are no more. Raises what the file ended by."""
        while self.fill(PIECE):
            size = _whole(self.data[:most]) or (len(self.data) if self.ended else _whole(self.data))
            if size:
                lines = self.data[:size].splitlines(keepends=True)
                self.data = self.data[size:]
                return lines
            self.fill(len(self.data) + PIECE)
        if self.problem is not None:
            problem, self.problem = self.problem, None
            raise problem
        return []


class _Lines:
    """Lines, decoded as they are asked for; `taken` so many."""

    def __init__(self, text: _Text, encoding: str, most: int) -> None:
        self._text, self._encoding, self._most, self.taken = text, encoding, most, 0
        self._block: list[bytes] = []
        self._at = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self.exhausted:
            self._block, self._at = self._text.block(self._most), 0
            if not self._block:
                raise StopIteration
        self._at += 1
        self.taken += 1
        return self._block[self._at - 1].decode(self._encoding, "surrogateescape")

    @property
    def exhausted(self) -> bool:
        """Whether the next line is not here yet."""
        return self._at == len(self._block)

    def rest(self) -> bytes:
        """The lines that are here and were not asked for."""
        return b"".join(self._block[self._at :])


def _whole(data: bytes) -> int:
    """How far whole lines go; a carriage return at the very end may be half of a line's end."""
    return max(data.rfind(b"\n"), data.rfind(b"\r", 0, len(data) - 1)) + 1


def _bytes(table: CsvTable) -> Generator[bytes, None, None]:
    """The file in parts: decompressed, without its mark, as UTF-8. Raises `READ_ERRORS`."""
    name = table.encoding.lower().replace("_", "-")
    plain = name.startswith(("utf-8", "utf8", "ascii"))
    decoder = None if plain else codecs.getincrementaldecoder(table.encoding)(errors="replace")
    with open_bytes(table.path) as file:
        # As much at once as text is read by: so a damaged file gives as much as it gives to other readers.
        size = io.DEFAULT_BUFFER_SIZE if isinstance(file, gzip.GzipFile) else PIECE
        first = True
        while part := file.read1(size):
            if first and name.endswith("-sig"):
                part = part.removeprefix(codecs.BOM_UTF8)
            first = False
            yield decoder.decode(part).encode("utf-8", "replace") if decoder else part
        if decoder:
            yield decoder.decode(b"", final=True).encode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class _Piece:
    """Records from the beginning of the text that surely are: `size` bytes with `ends` ends of lines.

    `lines` are, for each that is not blank, the ends of lines before it; `quoted`: there are quotes.
    """

    size: int
    ends: int
    lines: Any
    quoted: bool


def _piece(data: bytes, delimiter: int, *, ended: bool) -> _Piece | None:
    """The records at the beginning of the data; None when they cannot be told by quotes and line ends alone."""
    whole = data if not ended or data.endswith(b"\n") else data + b"\n"
    text = np.frombuffer(whole, np.uint8)
    newlines = np.flatnonzero(text == _LINE)
    quotes = np.flatnonzero(text == _QUOTE) if b'"' in whole else np.zeros(0, np.int64)
    ends = newlines[np.searchsorted(quotes, newlines) % 2 == 0] if quotes.size else newlines
    if not ends.size:
        return _Piece(0, 0, ends, quoted=True)
    cut = int(ends[-1]) + 1
    quotes = quotes[: np.searchsorted(quotes, cut)]
    returns = np.flatnonzero(text[:cut] == _RETURN) if b"\r" in whole else quotes[:0]
    if not (text[returns + 1] == _LINE).all() or not _at_edges(text, quotes, delimiter):
        return None
    starts = np.concatenate((np.zeros(1, np.int64), ends[:-1] + 1))
    sizes = ends - starts
    if sizes.max() > MAX_FIELD:
        return None
    blank = (sizes == 0) | ((sizes == 1) & (text[starts] == _RETURN))
    lines = np.searchsorted(newlines, starts) if quotes.size else np.arange(len(starts))
    counted = int(np.searchsorted(newlines, cut))
    return _Piece(min(cut, len(data)), counted, lines[~blank].astype(np.int64), quoted=bool(quotes.size))


def _at_edges(text: Any, quotes: Any, delimiter: int) -> bool:
    """Whether each odd quote begins a field and each even one ends it; two together stand for one inside a field."""
    if not quotes.size:
        return True
    opening, closing = quotes[0::2], quotes[1::2]
    before = np.where(opening == 0, _LINE, text[opening - 1])
    after = text[closing + 1]
    begins = (before == delimiter) | (before == _LINE) | (before == _QUOTE)
    finishes = (after == delimiter) | (after == _LINE) | (after == _RETURN) | (after == _QUOTE)
    return bool(begins.all() and finishes.all())
