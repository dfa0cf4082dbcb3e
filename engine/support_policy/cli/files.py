"""Files that a verb writes: beside their final name until they are whole, and never over what is read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote, urlsplit

from support_policy.source.diagnostics import Diagnostic, PolicyError
from support_policy.source.span import Span


def distinct(paths: Mapping[str, str | None], read: Mapping[str, str] = MappingProxyType({})) -> None:
    """What is read must not be written over, nor one output by the other; by option. Raises `PolicyError`.

    `read` are other files that are read: their real paths, and how each is called.
    """
    seen = dict(read)
    for option, path in paths.items():
        place = local(path)
        if not place or Path(place).is_char_device():
            continue
        before = seen.setdefault(os.path.realpath(place), option)
        if before != option:
            said = f"`{option}` names the same file as `{before}`"
            raise PolicyError([Diagnostic("M528", "error", said, Span(str(path)), "name another file")])


def local(path: str | None) -> str | None:
    """The path of a file that a URL names, where it names one of this machine; a path as it is; None for others."""
    if not path or "://" not in path:
        return path
    parts = urlsplit(path)
    if parts.scheme.lower() == "sqlite":  # a path begins after three slashes
        return parts.path[1:]
    return unquote(parts.path) if parts.scheme.lower() in ("file", "local") else None


def writable(files: Iterable[str | None], folders: Iterable[str | None] = ()) -> None:
    """Raises `PolicyError` for files and folders that cannot be written: better before a long run than after it."""
    for path in filter(None, folders):
        if Path(path).exists() and not Path(path).is_dir():
            raise PolicyError([Diagnostic("M528", "error", "is no folder", Span(path), "name another place")])
    for path in filter(None, chain(files, folders)):
        place = Path(os.path.realpath(path))
        while not place.exists():
            place = place.parent
        if not os.access(place, os.W_OK) or (place.is_file() and str(place) != os.path.realpath(path)):
            help = "name another place, or make this one yours to write"
            raise PolicyError([Diagnostic("M528", "error", "cannot be written", Span(path), help)])


@contextmanager
def none_left(paths: Iterable[str | None]) -> Iterator[None]:
    """At the end nothing of what was to stand at these paths is left beside them, wherever a signal struck."""
    try:
        yield
    finally:
        for path in paths:
            if path and "://" not in path:
                for place in {path, os.path.realpath(path)}:
                    with suppress(OSError):  # where nothing can be removed, nothing could be written
                        Path(_beside(place)).unlink(missing_ok=True)


def _beside(path: str | Path) -> str:
    """Where a file stands until it is whole."""
    return f"{path}.{os.getpid()}.part"


@contextmanager
def whole(path: str) -> Iterator[Path]:
    """Where to write what will stand at `path` once all of it is written. Raises `PolicyError` for an OSError."""
    # A device or a pipe is written to; a file put in the place of /dev/null would be everybody's trouble.
    special = Path(path).exists() and not Path(path).is_file()
    target = Path(path if special else os.path.realpath(path))  # what a link leads to is replaced, the link stays
    part = target if special else Path(_beside(target))
    try:
        yield part
        if not special:
            part.replace(target)
    except BrokenPipeError:
        raise
    except OSError as problem:
        said = f"cannot be written: {problem.strerror or problem}"
        help = "name a file in a folder that exists"
        raise PolicyError([Diagnostic("M528", "error", said, Span(path), help)]) from None
    finally:
        if not special:
            with suppress(OSError):
                part.unlink(missing_ok=True)


@contextmanager
def written(path: str | None, newline: str) -> Iterator[Any]:
    """A text file to write to, beside its final name until all is written; None when nobody asked for one."""
    if path is None:
        yield None
        return
    with whole(path) as part, part.open("w", encoding="utf-8", newline=newline) as file:
        yield file
