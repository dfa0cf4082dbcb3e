"""Scenario files on disk: found, read, written beside and put in their place at once."""

from __future__ import annotations

import os
from pathlib import Path

from support_policy.adapters.files import MAIN, shown
from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.source.span import Span
from support_policy.source.yaml import MAX_BYTES

FOLDER = "tests/scenarios"
"""Where the scenarios of a policy are kept, beside its policy.yaml."""
MAX_FILES = 1_000
_SUFFIXES = (".yaml", ".yml")


def policy_of(path: Path) -> Path:
    """The nearest folder upwards from a scenario file or folder that holds a policy.yaml; else the present folder."""
    place = Path(os.path.abspath(path))  # noqa: PTH100 - links are followed by nobody who looks at the path
    for folder in (place, *place.parents):
        if (folder / MAIN).is_file():
            return Path(os.path.relpath(folder))
    return Path()


def scenario_files(path: Path) -> list[Path]:
    """The scenario files of a path: the file, or every .yaml below the folder. Raises `PolicyError` for none."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        said = f"`{shown(path)}` does not exist"
        raise _refused("T610", path, said, f"scenarios are kept in {FOLDER}/ beside policy.yaml")
    found = sorted(
        Path(parent, name)
        for parent, _, names in os.walk(path)
        for name in names
        if name.endswith(_SUFFIXES) and not name.startswith(".")
    )
    if not found:
        raise _refused("T610", path, "there are no scenarios in this folder", "scenario files end in .yaml")
    if len(found) > MAX_FILES:
        said = f"there are {len(found):,} files; at most {MAX_FILES:,} are read"
        raise _refused("T611", path, said, "name a folder further down")
    return found


def read_scenario(path: Path) -> bytes:
    """The bytes of a scenario file (one past the limit of a policy's file is enough to see that it is too large).

    Raises `PolicyError`.
    """
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as problem:
        said = f"cannot be read: {problem.strerror or problem}"
        raise _refused("T611", path, said, "look at its permissions") from None


def replace_file(path: Path, data: bytes) -> None:
    """Put `data` in the place of a file at once, or leave it as it is; its permissions stay. Raises `PolicyError`."""
    target = Path(os.path.realpath(path))
    try:
        if target.exists() and not target.is_file():
            # A device or a pipe is written to; a file put in the place of /dev/null would be everybody's trouble.
            target.write_bytes(data)
            return
        part = _beside(target, data)
        try:
            part.chmod(target.stat().st_mode & 0o7777 if target.exists() else 0o666 & ~_umask())
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as problem:
        raise _unwritable(path, problem) from None


def new_file(path: Path, data: bytes) -> None:
    """Write a file that is not there yet, at once. Raises `PolicyError`; nothing is ever overwritten."""
    try:
        part = _beside(path, data)
        try:
            part.chmod(0o666 & ~_umask())
            os.link(part, path)  # fails where something is there by now
        finally:
            part.unlink(missing_ok=True)
    except FileExistsError:
        raise _refused("T616", path, "there is a file already", "name a new file") from None
    except OSError as problem:
        raise _unwritable(path, problem) from None


def _beside(path: Path, data: bytes) -> Path:
    from tempfile import NamedTemporaryFile  # late: a check writes nothing

    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", suffix=".part", delete=False) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return Path(file.name)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _unwritable(path: Path, problem: OSError) -> PolicyError:
    said = f"cannot be written: {problem.strerror or problem}"
    return _refused("T612", path, said, "name a file in a folder that exists and may be written to")


def _refused(code: str, path: Path, said: str, help: str) -> PolicyError:
    return PolicyError([Diagnostic(code, "error", said, Span(shown(path)), help)])
