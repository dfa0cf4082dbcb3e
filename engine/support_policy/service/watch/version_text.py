"""What is kept of a version beside its files: the holidays it was compiled with, and the digest of each of its parts.

A digest covers the resolved holiday dates, and a library of holidays changes with its releases. So a version that is
adopted keeps what the library said then, and is compiled with just that ever after, on whatever machine.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from support_policy.clock.holidays_kept import holidays_of, kept_holidays
from support_policy.policy.calendars import YEARS, HolidaySource
from support_policy.policy.compiled import Policy

if TYPE_CHECKING:
    from support_policy.clock.holidays import Holidays

Place = tuple[str, str | None, str]
"""A country, a subdivision, a category of holidays."""


@dataclass(slots=True)
class Recorder:
    """A source of holidays that remembers what it was asked, and what it answered."""

    source: HolidaySource
    heard: dict[Place, Holidays] = field(default_factory=dict)

    def __call__(self, country: str, subdivision: str | None, category: str) -> Holidays:
        """What the source says. Raises LookupError for an unknown place."""
        found = self.source(country, subdivision, category)
        self.heard[country, subdivision, category] = found
        return found


@dataclass(frozen=True, slots=True)
class Kept:
    """What was kept of a version beside its files; `parts` are the digests of its parts, by their names."""

    heard: Mapping[Place, Holidays]
    parts: Mapping[str, str]

    def source(self, country: str, subdivision: str | None, category: str) -> Holidays:
        """The holidays as they were known when the version was adopted. Raises LookupError for any other place."""
        found = self.heard.get((country, subdivision, category))
        if found is None:
            raise LookupError(f"its holidays were not kept ({category})")
        return found


def pack(policy: Policy, heard: Mapping[Place, Holidays]) -> bytes:
    """What is to be kept beside the files of a policy: JSON, compressed; the same for the same."""
    places = [[*place, kept_holidays(found)] for place, found in heard.items()]
    said = json.dumps({"holidays": places, "parts": policy.digest_parts()}, ensure_ascii=False, separators=(",", ":"))
    return gzip.compress(said.encode(), mtime=0)


def unpack(data: bytes) -> Kept:
    """What `pack` made. Raises ValueError for anything else."""
    try:
        said: Any = json.loads(gzip.decompress(data)) if data else {"holidays": [], "parts": {}}
        heard = {(country, part, kind): holidays_of(one, YEARS) for country, part, kind, one in said["holidays"]}
        return Kept(heard, dict(said["parts"]))
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise ValueError(f"the holidays kept with it cannot be read ({type(problem).__name__})") from None
