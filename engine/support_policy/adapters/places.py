"""Places of files: paths of this machine, and URLs of object stores through fsspec."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from support_policy.source.diagnostics import Diagnostic, PolicyError, did_you_mean
from support_policy.source.span import Span

_URL = re.compile(r"([a-z][a-z0-9+.-]*)://", re.ASCII | re.IGNORECASE)
_DRIVERS = {
    "s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs", "abfss": "adlfs", "az": "adlfs",
    "adl": "adlfs", "http": "aiohttp", "https": "aiohttp", "sftp": "paramiko", "ssh": "paramiko", "hdfs": "pyarrow",
    "oss": "ossfs", "webdav": "webdav4", "memory": "fsspec",
}  # fmt: skip
"""The package that reaches a kind of store."""


def is_url(path: str | Path) -> bool:
    """Whether a path names an object of a store rather than a file of this machine."""
    return bool(_URL.match(str(path)))


class StorePath:
    """An object of a store, opened as `Path` opens a file: problems of the store are OSErrors."""

    def __init__(self, url: str) -> None:
        self.url, self.store, self.inner = url, *_reached(url)
        self.suffixes = PurePosixPath(self.inner).suffixes

    def __str__(self) -> str:
        return self.url

    def is_fifo(self) -> bool:
        """Whether it can be read but once: never."""
        return False

    def open(self, mode: str) -> Any:
        """The object's bytes, buffered. Raises OSError."""
        with store_problems():
            file = self.store.open(self.inner, mode)
            return io.BufferedReader(file) if mode == "rb" else file

    def size(self) -> int | None:
        """How many bytes it has, if the store says so."""
        with store_problems():
            found = self.store.size(self.inner)
        return None if found is None else int(found)


Place = Path | StorePath


def placed(path: str | Path) -> Place:
    """Where a path leads. Raises `PolicyError` when a store's driver is missing or not known."""
    found = _URL.match(str(path))
    if not found:
        return Path(path)
    if found[1].lower() in ("file", "local"):
        return Path(unquote(urlsplit(str(path)).path))
    return StorePath(str(path))


def beside(path: Path) -> tuple[Path, Path]:
    """Where a file of this machine is to stand, and where it stands until it is whole: the same for what is no file."""
    # A device is written to; a file put in the place of /dev/null would be everybody's trouble.
    if path.exists() and not path.is_file():
        return path, path
    target = os.path.realpath(path)  # what a link leads to is replaced, the link stays
    return Path(target), Path(f"{target}.{os.getpid()}.part")


@contextmanager
def store_problems() -> Iterator[None]:
    """Errors of a store's driver become OSErrors, whatever it calls them."""
    try:
        yield
    except (OSError, PolicyError):
        raise
    except Exception as problem:  # each driver has its own
        said = str(problem).strip().splitlines()
        raise OSError(f"{type(problem).__name__}: {said[0] if said else 'no more is said'}"[:300]) from problem


def _reached(url: str) -> tuple[Any, str]:
    protocol = url.partition("://")[0].lower()
    driver = _DRIVERS.get(protocol)
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        help = f"pip install {' '.join(dict.fromkeys(('fsspec', driver or 'fsspec')))}"
        raise _unreached(url, "M525", f"`{protocol}://` needs fsspec, which is not installed", help) from None
    try:
        store, inner = url_to_fs(url)
    except ImportError:
        said = f"`{protocol}://` needs {driver or 'a driver'}, which is not installed"
        raise _unreached(url, "M525", said, f"pip install {driver}" if driver else "") from None
    except ValueError as problem:
        if driver:
            said = f"`{protocol}://` needs {driver}, which is not installed"
            raise _unreached(url, "M525", said, f"pip install {driver}") from None
        known = did_you_mean(protocol, _DRIVERS)
        said = str(problem) if "rotocol" not in str(problem) else f"no kind of store is named `{protocol}`"
        raise _unreached(url, "M522", said, known) from None
    except Exception as problem:  # noqa: BLE001 - each driver has its own
        why = str(problem).strip().splitlines() or [type(problem).__name__]
        raise _unreached(url, "M522", f"cannot be reached: {why[0]}") from None
    return store, inner


def _unreached(url: str, code: str, said: str, help: str = "") -> PolicyError:
    return PolicyError([Diagnostic(code, "error", said, Span(url), help)])


def size_of(path: Place) -> int | None:
    """How many bytes a file has; None where that cannot be told."""
    try:
        return path.stat().st_size if isinstance(path, Path) else path.size()
    except OSError:
        return None
