"""Results as a Parquet file, local or in a store: written beside its name, and renamed when it is whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from support_policy.adapters.places import Place, StorePath, beside, placed, store_problems
from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.source.span import Span

ROW_GROUP = 128 * 1024
LOOKED_FOR = ("ticket", "at", "opened_at", "organization", "priority", "what", "rule")


@contextmanager
def parquet_out(
    path: str | Path, schema: pa.Schema, row_group: int = ROW_GROUP, **how: Any
) -> Iterator[Callable[[pa.Table], None]]:
    """Gives what appends a table of the schema; the file is there when the context ends well, else nothing is.

    `row_group` is how many rows stand together at most, `how` what else Arrow's writer is told of encodings. Raises
    `PolicyError` when it cannot be written.
    """
    place, part = _beside(path)
    with _said(str(path)), store_problems():
        opened = place.store.open if isinstance(place, StorePath) else open
        file: Any = opened(part, "wb")
    writer = None
    try:
        with _said(str(path)), store_problems():
            writer = pq.ParquetWriter(file, schema, **how)

        def write(table: pa.Table) -> None:
            with _said(str(path)), store_problems():
                writer.write_table(table, row_group_size=row_group)

        yield write
        with _said(str(path)), store_problems():
            writer.close()
            file.close()
            if isinstance(place, StorePath):
                place.store.mv(part, place.inner)
            elif part != str(place):
                Path(part).replace(place)
    except BaseException:
        _forget(place, part, writer, file)
        raise


def _beside(path: str | Path) -> tuple[Place, str]:
    """Where a file is to stand, and where it stands until it is whole."""
    place = placed(path)
    if isinstance(place, StorePath):
        return place, f"{place.inner}.{os.getpid()}.part"
    target, part = beside(place)
    return target, str(part)


def _written(schema: pa.Schema) -> dict[str, Any]:
    """What is worth its time: dictionaries of what is coded, the bounds of what rows are looked for by."""
    coded = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    return {"use_dictionary": coded, "write_statistics": [name for name in LOOKED_FOR if name in schema.names]}


def _forget(place: Place, part: str, writer: Any, file: Any) -> None:
    """Leave nothing of a file that is not whole. What fails here has failed before."""
    for close in (getattr(writer, "close", None), file.close):
        with suppress(Exception):
            if close:
                close()
    with suppress(Exception):
        if isinstance(place, StorePath):
            place.store.rm(part)
        elif part != str(place):
            Path(part).unlink(missing_ok=True)


@contextmanager
def _said(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        said = f"cannot be written: {(problem.strerror or str(problem)).splitlines()[0]}"
        help = "name a file in a place that exists and may be written to"
        raise PolicyError([Diagnostic("M528", "error", said, Span(path), help)]) from None
