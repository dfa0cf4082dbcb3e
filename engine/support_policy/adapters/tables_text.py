"""Tables written as text: CSV, one JSON object a line, a JSON document. A bad row is a row with a problem."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any

from support_policy.adapters.places import Place
from support_policy.adapters.tables import READ_ERRORS, SAMPLE, open_bytes, unreadable
from support_policy.batch.mapping import TableMapping
from support_policy.batch.mapping_values import lookup
from support_policy.batch.replay_rows import Row

MAX_FIELD = 1024 * 1024
MAX_LINE = 16 * 1024 * 1024
DELIMITERS = (",", ";", "\t", "|")


def open_text(path: Place, encoding: str) -> IO[str]:
    """The file's text; bytes that are not in its encoding come out as marks that no sound text holds."""
    marks = (
        "surrogateescape" if encoding.lower().replace("_", "-").startswith(("utf-8", "utf8", "ascii")) else "replace"
    )
    return io.TextIOWrapper(open_bytes(path), encoding=encoding, errors=marks, newline="")


class OpenQuoteError(Exception):
    """The file ended inside a quoted field: what stands there may be many rows, and none is sure."""


class _Lines:
    """The lines of a file; `ended` once no more could be given."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines, self.ended = lines, False

    def __iter__(self) -> Iterator[str]:
        yield from self._lines
        self.ended = True


def _damaged(number: int, line: int, problem: Exception) -> Row:
    return Row(number, line, {}, ("unreadable", f"{getattr(problem, 'strerror', None) or problem}"))


class CsvTable:
    """A CSV file with a header. Names that stand twice become `name#2`."""

    total: int | None = None

    def __init__(self, path: Place, mapping: TableMapping, encoding: str) -> None:
        self.path, self.encoding = path, encoding
        self.notes: list[str] = []
        self.skip, self.delimiter = _dialect(self._start(), mapping)
        csv.field_size_limit(MAX_FIELD)
        header = next((fields for _, fields in self._records() if isinstance(fields, list)), None)
        if not header:
            raise unreadable(path, "M521", "the file has no header", "the first line names the columns")
        self.names = self._named(header, mapping)
        self.columns: tuple[str, ...] | None = self.names

    def _start(self) -> str:
        try:
            with open_text(self.path, self.encoding) as file:
                return file.read(SAMPLE // 4)
        except READ_ERRORS:
            return ""

    def _named(self, header: list[str], mapping: TableMapping) -> tuple[str, ...]:
        seen: dict[str, int] = {}
        names = []
        for text in header:
            name = text.strip().lstrip("\ufeff")
            seen[name] = seen.get(name, 0) + 1
            names.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
        twice = [column for column in mapping.columns() if seen.get(column, 0) > 1]
        self.notes += [
            f"the column `{c}` stands {seen[c]} times: the first is read; `{c}#2` is the second" for c in twice
        ]
        return tuple(names)

    def _records(self) -> Iterator[tuple[int, list[str] | Exception]]:
        try:
            with open_text(self.path, self.encoding) as file:
                for _ in range(self.skip):
                    file.readline()
                yield from csv_records(file, self.delimiter, self.skip)
        except READ_ERRORS as problem:
            yield 0, problem

    def rows(self) -> Iterator[Row]:
        """See `Table`."""
        records = self._records()
        for _, fields in records:
            if isinstance(fields, list):
                break
        for number, (line, fields) in enumerate(records, 1):
            yield csv_row(number, line, fields, self.names)


def csv_records(lines: Iterable[str], delimiter: str, before: int) -> Iterator[tuple[int, list[str] | Exception]]:
    """Every record with the line it begins on, or what went wrong; blank lines are no records.

    `before` is how many lines stand before the first of `lines`.
    """
    given = _Lines(iter(lines))
    reader = csv.reader(given, delimiter=delimiter)
    while True:
        line = reader.line_num + before + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            yield line, problem
            continue
        if given.ended:  # the reader asks for more within a record only while a quote is open
            said = f"a quote is left open: the file ends inside it, in line {reader.line_num + before}"
            yield line, OpenQuoteError(said)
        elif fields:
            yield line, fields


def csv_row(number: int, line: int, fields: list[str] | Exception, columns: tuple[str, ...]) -> Row:
    """A record as a row, or as the problem that it is."""
    if isinstance(fields, list):
        if len(fields) == len(columns):
            return Row(number, line, dict(zip(columns, fields, strict=True)))
        return Row(number, line, {}, ("ragged", f"{len(fields)} fields, where the header has {len(columns)}"))
    if isinstance(fields, OpenQuoteError):
        return Row(number, line, {}, ("ragged", str(fields)))
    if isinstance(fields, csv.Error):
        said = f"a field of more than {MAX_FIELD:,} characters; is a quote left open?"
        return Row(number, line, {}, ("too_large", said if "limit" in str(fields) else str(fields)))
    return _damaged(number, line, fields)


def _dialect(start: str, mapping: TableMapping) -> tuple[int, str]:
    """How many lines stand before the header (Excel's `sep=;`), and the delimiter."""
    said = re.match(r"\ufeff?sep=(.)\r?\n", start)
    if said:
        return 1, mapping.delimiter or said[1]
    if mapping.delimiter:
        return 0, mapping.delimiter
    wanted = {str(column).partition("#")[0] for column in mapping.columns()}

    def fit(delimiter: str) -> tuple[int, int]:
        try:
            header = next(csv.reader(io.StringIO(start.lstrip("\ufeff\r\n"), newline=""), delimiter=delimiter), [])
        except csv.Error:
            header = []
        return len(wanted & {name.strip() for name in header}), len(header)

    return 0, max(DELIMITERS, key=fit)


class LinesTable:
    """One JSON object a line. Blank lines are no rows."""

    columns: tuple[str, ...] | None = None
    total: int | None = None

    def __init__(self, path: Place, encoding: str) -> None:
        self.path, self.encoding = path, encoding
        self.notes: list[str] = []

    def rows(self) -> Iterator[Row]:
        """See `Table`."""
        number = line = 0
        try:
            with open_text(self.path, self.encoding) as file:
                while text := file.readline(MAX_LINE):
                    line += 1
                    if not text.strip(" \t\r\n\0\ufeff"):
                        continue
                    number += 1
                    if len(text) >= MAX_LINE and not text.endswith("\n"):
                        while (rest := file.readline(MAX_LINE)) and not rest.endswith("\n"):
                            pass
                        yield Row(number, line, {}, ("too_large", f"a line of more than {MAX_LINE:,} characters"))
                    else:
                        yield _object(number, line, text)
        except READ_ERRORS as problem:
            yield _damaged(number + 1, line + 1, problem)


def _object(number: int, line: int, text: str) -> Row:
    try:
        value = json.loads(text.lstrip("\ufeff"))
    except RecursionError:
        return Row(number, line, {}, ("json", "nested too deeply"))
    except json.JSONDecodeError as problem:
        return Row(number, line, {}, ("json", f"{problem.msg}, at character {problem.colno}"))
    except ValueError:  # the only other one: Python refuses to read thousands of digits
        return Row(number, line, {}, ("json", "a number is too long"))
    return _row(number, line, value)


_KINDS: Mapping[type, str] = {
    list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number", type(None): "null"
}  # fmt: skip


def _row(number: int, line: int, value: Any) -> Row:
    if not isinstance(value, dict):
        return Row(number, line, {}, ("json", f"{_KINDS[type(value)]}, not an object"))
    return Row(number, line, value)


class JsonTable:
    """A JSON document: a list of objects, or an object that holds one under the mapping's `records`."""

    columns: tuple[str, ...] | None = None

    def __init__(self, path: Place, mapping: TableMapping, encoding: str) -> None:
        self.path = path
        self.notes: list[str] = []
        self._lines: LinesTable | None = None
        self._items: list[Any] = []
        self.total: int | None = None
        try:
            with open_text(path, encoding) as file:
                data = json.loads(file.read().lstrip("\ufeff"))
        except READ_ERRORS as problem:
            raise unreadable(path, "M522", f"cannot be read: {problem}", "was it copied as a whole?") from None
        except RecursionError:
            raise unreadable(path, "M522", "is nested too deeply") from None
        except ValueError as problem:
            if str(problem).startswith("Extra data") and not mapping.format:
                self._lines = LinesTable(path, encoding)
                return
            said = f"is not JSON: {problem}"
            raise unreadable(path, "M522", said, "for one object a line: `format: ndjson`") from None
        self._items = self._list(data, mapping)
        self.total = len(self._items)

    def _list(self, data: Any, mapping: TableMapping) -> list[Any]:
        found = lookup(data, mapping.records) if mapping.records and isinstance(data, Mapping) else data
        if isinstance(found, list):
            return found
        if isinstance(data, Mapping):
            lists = [str(name) for name, value in data.items() if isinstance(value, list)]
            help = f"`records: {lists[0]}`" if lists else "the rows are a list of objects"
            if not mapping.records and not lists:
                return [data]
            where = f"under `{mapping.records}`" if mapping.records else "at the top"
            raise unreadable(self.path, "M527", f"there is no list {where}", help)
        raise unreadable(self.path, "M527", "the file is no list of objects", "one object a row")

    def rows(self) -> Iterator[Row]:
        """See `Table`."""
        if self._lines is not None:
            yield from self._lines.rows()
        for number, value in enumerate(self._items, 1):
            yield _row(number, 0, value)
