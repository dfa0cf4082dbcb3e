"""What this machine lends: the version of its time zone data, and a cache of public holidays."""

from __future__ import annotations

import gc
import json
import os
import re
import warnings
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

from support_policy.clock.holidays import Holidays, public_holidays
from support_policy.clock.holidays_kept import holidays_of, kept_holidays
from support_policy.clock.zone import zone_data_folders
from support_policy.policy.calendars import YEARS

MAX_BYTES = 4 * 1024 * 1024


def settle_memory() -> None:
    """For a process that runs for long: what is loaded stays, and garbage is looked for less often.

    Deciding makes thousands of small objects that die at once; by the defaults, a third of the time of a re-aim goes
    into walking over those that live.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@lru_cache(maxsize=1)
def tzdata_version() -> str:
    """The version of the zone data in use here: the system's, else the tzdata package's."""
    for folder in map(Path, zone_data_folders()):
        if not (folder / "Europe" / "London").exists():
            continue
        for name in ("+VERSION", "tzdata.zi"):
            with suppress(OSError, ValueError), (folder / name).open(encoding="utf-8") as file:
                found = re.search(r"\d{4}[a-z]+", file.readline(200))
                if found:
                    return f"{found.group()} (system)"
        return "unknown (system)"
    version = installed_version("tzdata")
    return f"{version} (package)" if version else "unknown"


@lru_cache(maxsize=8)
def installed_version(package: str) -> str:
    """The version of an installed package that is a distribution of the same name; "" where there is none."""
    spec = PathFinder.find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        # Its records stand beside it and are named by the version; `importlib.metadata` takes 30 ms to say the same.
        found = list(Path(folder).parent.glob(f"{package}-*.dist-info"))
        if len(found) == 1:
            return found[0].stem.removeprefix(f"{package}-")
    from importlib import metadata

    with suppress(metadata.PackageNotFoundError):
        return metadata.version(package)
    return ""


def cache_folder() -> Path | None:
    """Where computed holiday dates are kept between runs, if anywhere; it can be deleted at any time."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache")
    with suppress(RuntimeError):  # no home is known
        root = root.expanduser()
    return root / "support-policy" if root.is_absolute() else None


def cached_holidays(country: str, subdivision: str | None, category: str) -> Holidays:
    """The public holidays of `YEARS`, from the cache where it has them. Raises LookupError for an unknown place."""
    library = installed_version("holidays")
    path = _path(library, country, subdivision, category)
    if path is not None:
        # Whatever is wrong with a file of the cache, the answer is computed anew.
        with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
            found = holidays_of(_read(path), YEARS)
            if (found.country, found.subdivision, found.library) == (country, subdivision, library):
                return found
    found = _asked(country, subdivision, category)
    if path is not None:
        with suppress(OSError):
            _write(path, json.dumps(kept_holidays(found)).encode())
    return found


def _asked(country: str, subdivision: str | None, category: str) -> Holidays:
    """What the library knows. Where it warns that it knows some years only, they are the horizon."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        found = public_holidays(country, subdivision, YEARS, category)
    first, last = found.horizon
    for warning in heard:
        told = re.search(r"from (\d{4}) to (\d{4})", str(warning.message))
        if told:
            first, last = max(first, int(told[1])), min(last, int(told[2]))
    return replace(found, horizon=(first, last))


def _path(library: str, country: str, subdivision: str | None, category: str) -> Path | None:
    folder = cache_folder()
    if not library or folder is None:
        return None
    name = "-".join(("holidays", library, country, subdivision or "", category, f"{YEARS[0]}-{YEARS[-1]}"))
    return folder / (re.sub(r"[^A-Za-z0-9.-]", "_", name)[:200] + ".cache")


def _read(path: Path) -> Any:
    """What a file of the cache says: a checksum on its first line, JSON below. Raises ValueError or OSError."""
    if not path.is_file():  # a pipe would keep us waiting
        raise OSError
    with path.open("rb") as file:
        checksum, _, text = file.read(MAX_BYTES).partition(b"\n")
    if checksum != _checksum(text):
        raise ValueError
    return json.loads(text)


def _checksum(text: bytes) -> bytes:
    return sha256(text).hexdigest().encode()


def _write(path: Path, text: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Two processes may do this at once: each writes a file of its own, the rename is atomic.
    part = path.with_name(f".{os.getpid()}-{os.urandom(6).hex()}.part")
    try:
        part.write_bytes(_checksum(text) + b"\n" + text)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
