"""What this machine lends: the version of its time zone data, and a cache of public holidays."""

from __future__ import annotations

import json
import os
import re
import tempfile
import zoneinfo
from contextlib import suppress
from datetime import date
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from support_policy.clock.holidays import Holidays, public_holidays
from support_policy.policy.calendars import YEARS


@lru_cache(maxsize=1)
def tzdata_version() -> str:
    """The version of the zone data that `zoneinfo` reads here: the system's, else the tzdata package's."""
    for folder in map(Path, zoneinfo.TZPATH):
        if not (folder / "Europe" / "London").exists():
            continue
        for name in ("+VERSION", "tzdata.zi"):
            with suppress(OSError), (folder / name).open(encoding="utf-8") as file:
                found = re.search(r"\d{4}[a-z]+", file.readline())
                if found:
                    return f"{found.group()} (system)"
        return "unknown (system)"
    with suppress(metadata.PackageNotFoundError):
        return f"{metadata.version('tzdata')} (package)"
    return "unknown"


def cache_folder() -> Path:
    """Where computed holiday dates are kept between runs; it can be deleted at any time."""
    root = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(root).expanduser() / "support-policy"


def cached_holidays(country: str, subdivision: str | None, category: str) -> Holidays:
    """The public holidays of `YEARS`, from the cache where it has them. Raises LookupError for an unknown place."""
    version = metadata.version("holidays")
    name = "-".join(("holidays", version, country, subdivision or "", category, f"{YEARS[0]}-{YEARS[-1]}"))
    path = cache_folder() / (re.sub(r"[^A-Za-z0-9.-]", "_", name) + ".json")
    with suppress(OSError, ValueError, KeyError, TypeError):
        return _thawed(json.loads(path.read_text(encoding="utf-8")))
    found = public_holidays(country, subdivision, YEARS, category)
    with suppress(OSError):
        _write(path, json.dumps(_frozen(found)))
    return found


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Two processes may do this at once: each writes its own file, the rename is atomic.
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(part).replace(path)


def _frozen(found: Holidays) -> dict[str, Any]:
    return {
        "country": found.country,
        "subdivision": found.subdivision,
        "dates": {day.isoformat(): name for day, name in found.dates.items()},
        "workdays": [day.isoformat() for day in found.workdays],
        "library": found.library,
        "horizon": list(found.horizon),
        "substituted_until": found.substituted_until,
    }


def _thawed(data: dict[str, Any]) -> Holidays:
    return Holidays(
        data["country"],
        data["subdivision"],
        {date.fromisoformat(day): name for day, name in data["dates"].items()},
        tuple(map(date.fromisoformat, data["workdays"])),
        data["library"],
        (data["horizon"][0], data["horizon"][1]),
        data["substituted_until"],
    )
