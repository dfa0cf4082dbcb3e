"""The files of another system's export, read whole; and a new folder of texts."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from support_policy.adapters.files import shown
from support_policy.source.diagnostics import Diagnostic, Findings, PolicyError
from support_policy.source.span import Span

MAX_EXPORT = 16 * 1024 * 1024
"""A configuration of more bytes than this is none."""


def read_exports(paths: Iterable[str]) -> dict[str, bytes]:
    """The bytes of every file (`-`: standard input), by the name given.

    Raises `PolicyError` with every file that cannot be read.
    """
    findings = Findings()
    files: dict[str, bytes] = {}
    for path in paths:
        name = "<stdin>" if path == "-" else shown(path)
        try:
            data = _read(path)
        except (OSError, ValueError) as problem:
            said = getattr(problem, "strerror", None) or str(problem)
            findings.error("J104", Span(name), f"cannot be read: {said}", "name files of JSON")
            continue
        if len(data) > MAX_EXPORT:
            said = f"the file has more than {MAX_EXPORT:,} bytes"
            findings.error("J101", Span(name), said, "export policies and schedules alone")
        files[name] = data
    findings.raise_errors()
    return files


def _read(path: str) -> bytes:
    if path == "-":
        return sys.stdin.buffer.read(MAX_EXPORT + 1)
    with Path(path).open("rb") as file:
        return file.read(MAX_EXPORT + 1)


def claim_folder(path: str | Path) -> Path:
    """A folder that is new or empty. Raises `PolicyError` for any other."""
    folder = Path(path)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        said = "there is something here already" if folder.is_dir() else "this is a file"
        raise PolicyError([Diagnostic("P343", "error", said, Span(str(folder)), "name a new or empty folder")])
    return folder


def write_folder(folder: Path, files: Mapping[str, str]) -> list[str]:
    """Write the texts below `folder`; gives the paths. Raises OSError."""
    written = []
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        written.append(path.as_posix())
    return written
