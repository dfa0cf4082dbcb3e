"""Parts of a large table kept in files of a temporary folder, which is gone in the end, whatever happens."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import pyarrow as pa

from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.source.span import Span


class FolderSpill:
    """Parts as Arrow files, made when there is something to keep. `parent`: where (None: the system's place).

    A context: what it kept is removed at its end. Writing and reading raise `PolicyError` when there is no room.
    """

    def __init__(self, parent: str | Path | None = None) -> None:
        self._parent = parent
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._open: dict[int, tuple[Path, Any, Any]] = {}
        self._rows: dict[int, int] = {}
        self._inner: FolderSpill | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove all that was kept."""
        if self._inner is not None:
            self._inner.close()
        for _, sink, writer in self._open.values():
            with suppress(OSError, pa.ArrowException):
                writer.close()
            with suppress(OSError, pa.ArrowException):
                sink.close()
        self._open.clear()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def add(self, part: int, table: pa.Table) -> None:
        """See `Spill`."""
        try:
            if part not in self._open:
                self._open[part] = self._begun(part, table.schema)
                self._rows[part] = 0
            self._open[part][2].write_table(table.combine_chunks())
        except OSError as problem:
            raise self._full(problem) from None
        self._rows[part] += table.num_rows

    def taken(self) -> Iterator[tuple[int, int, Iterator[pa.RecordBatch]]]:
        """See `Spill`."""
        try:
            for _, sink, writer in self._open.values():
                writer.close()
                sink.close()
        except OSError as problem:
            raise self._full(problem) from None
        kept = {part: path for part, (path, _, _) in self._open.items()}
        self._open.clear()
        for part in sorted(kept):
            yield part, self._rows[part], self._read(kept[part])
            kept[part].unlink(missing_ok=True)

    def inner(self) -> FolderSpill:
        """See `Spill`."""
        if self._inner is not None:
            self._inner.close()
        self._inner = FolderSpill(self._folder.name if self._folder else self._parent)
        return self._inner

    def _begun(self, part: int, schema: pa.Schema) -> tuple[Path, Any, Any]:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(
                prefix="support-policy-", dir=self._parent, ignore_cleanup_errors=True
            )
        path = Path(self._folder.name) / f"{part}.arrows"
        sink = pa.OSFile(str(path), "wb")
        options = pa.ipc.IpcWriteOptions(compression="lz4", emit_dictionary_deltas=True, unify_dictionaries=False)
        return path, sink, pa.ipc.new_stream(sink, schema, options=options)

    def _read(self, path: Path) -> Iterator[pa.RecordBatch]:
        try:
            with pa.OSFile(str(path), "rb") as file, pa.ipc.open_stream(file) as stream:
                yield from stream
        except OSError as problem:
            raise self._full(problem) from None

    def _full(self, problem: OSError) -> PolicyError:
        where = self._folder.name if self._folder else str(self._parent or tempfile.gettempdir())
        said = f"parts of a large file cannot be kept here: {problem.strerror or problem}"
        help = "make room, or name another folder in TMPDIR"
        return PolicyError([Diagnostic("M528", "error", said, Span(where), help)])
