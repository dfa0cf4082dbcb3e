"""Files of rows: CSV, NDJSON, JSON and Parquet, plain or compressed by gzip, opened for a mapping."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import Any, Final

from support_policy.adapters.places import Place, placed
from support_policy.batch.mapping import TableMapping
from support_policy.batch.mapping_text import read_mapping
from support_policy.batch.replay_rows import Table
from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.source.span import Span
from support_policy.source.yaml import MAX_BYTES

SAMPLE = 64 * 1024
READ_ERRORS: Final = (OSError, EOFError, zlib.error)
"""What a damaged file raises while it is read (`gzip.BadGzipFile` is an OSError)."""
_BY_NAME = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "json",
    ".parquet": "parquet",
}
_FOREIGN = {
    b"PK\x03\x04": ("a zip archive or a workbook", "unpack it, or save the sheet as CSV"),
    b"BZh": ("compressed by bzip2", "compress it by gzip, or not at all"),
    b"\xfd7zXZ": ("compressed by xz", "compress it by gzip, or not at all"),
    b"\x28\xb5\x2f\xfd": ("compressed by zstd", "compress it by gzip, or not at all"),
    b"\xd0\xcf\x11\xe0": ("an old Excel workbook", "save the sheet as CSV"),
}
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def unreadable(path: Place, code: str, said: str, help: str = "") -> PolicyError:
    """The error of a file that cannot be used at all."""
    return PolicyError([Diagnostic(code, "error", said, Span(str(path)), help)])


def open_bytes(path: Place) -> Any:
    """The file's bytes, decompressed. Raises OSError."""
    file: Any = path.open("rb")
    try:
        zipped = file.peek(2)[:2] == b"\x1f\x8b"
    except BaseException:
        file.close()
        raise
    if not zipped:
        return file
    unzipped = gzip.GzipFile(fileobj=file, mode="rb")
    unzipped.myfileobj = file  # which is closed with it
    return unzipped


def open_table(path: str | Path, mapping: TableMapping) -> Table:
    """The rows of a file, or of an object of a store that a URL names.

    Raises `PolicyError` when it is missing, empty, damaged at its start, or of another kind.
    """
    place = placed(path)
    sample = _sample(place)
    for mark, (what, help) in _FOREIGN.items():
        if sample.startswith(mark):
            raise unreadable(place, "M523", f"the file is {what}", help)
    if not sample.strip(b" \t\r\n\0"):
        raise unreadable(place, "M521", "the file is empty", "export it again")
    format = mapping.format or _guess(place, sample)
    if format == "parquet":
        from support_policy.adapters.tables_parquet import ParquetTable

        return ParquetTable(place, mapping)
    if sample.startswith(b"PAR1"):
        raise unreadable(place, "M523", f"the file is Parquet, not {format}", "`format: parquet`")
    from support_policy.adapters.tables_text import CsvTable, JsonTable, LinesTable

    encoding = _encoding(sample, mapping)
    if format == "csv":
        return CsvTable(place, mapping, encoding)
    return LinesTable(place, encoding) if format == "ndjson" else JsonTable(place, mapping, encoding)


def _sample(path: Place) -> bytes:
    if str(path) == "-" or path.is_fifo():
        help = "save it to a file: `... > export.csv`"
        raise unreadable(path, "M522", "is a pipe, and an export is read more than once", help)
    try:
        with open_bytes(path) as file:
            # Through read1, what can be decompressed is given even when the file ends too early.
            return bytes(file.read1(SAMPLE))
    except IsADirectoryError:
        raise unreadable(path, "M522", "is a folder", "name one file") from None
    except FileNotFoundError:
        raise unreadable(path, "M522", "does not exist") from None
    except READ_ERRORS as problem:
        said = f"cannot be read: {getattr(problem, 'strerror', None) or problem}"
        here = isinstance(path, Path)
        help = "was it copied as a whole?" if here else "are the address, its region and your credentials right?"
        if here and isinstance(problem, PermissionError):
            help = "may you read it?"
        raise unreadable(path, "M522", said, help) from None


def _guess(path: Place, sample: bytes) -> str:
    """The format, by the file's name, else by how it begins."""
    names = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    named = _BY_NAME.get(names[-1]) if names else None
    start = sample.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0")[:1]
    if named in ("json", "ndjson") and start == b"[":
        return "json"
    if named:
        return named
    if sample.startswith(b"PAR1"):
        return "parquet"
    return "json" if start == b"[" else "ndjson" if start == b"{" else "csv"


def _encoding(sample: bytes, mapping: TableMapping) -> str:
    """The encoding: a byte order mark's, the mapping's, UTF-16 where every other byte is zero, else UTF-8."""
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding
    if mapping.encoding:
        return mapping.encoding
    start = sample[:400]
    if len(start) > 8 and start[1::2].count(0) > 0.9 * len(start[1::2]):
        return "utf-16-le"
    if len(start) > 8 and start[::2].count(0) > 0.9 * len(start[::2]):
        return "utf-16-be"
    return "utf-8"


def load_mapping(path: str | Path) -> TableMapping:
    """The mapping in a file. Raises `PolicyError` with every problem found."""
    path = Path(path)
    try:
        with path.open("rb") as file:
            # One byte past the limit is enough to be told that the file is too large.
            data = file.read(MAX_BYTES + 1)
    except OSError as problem:
        raise unreadable(
            path, "M522", f"cannot be read: {problem.strerror or problem}", "name a mapping file: `--mapping M.yaml`"
        ) from None
    return read_mapping(data, str(path))
