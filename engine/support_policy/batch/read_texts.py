"""Columns of instants written as texts: those in the first of a mapping's formats, or in ISO 8601, taken apart at once.

A text is taken only where its fields stand between separators and are a day and a time that the calendar has: then
`strptime` and `fromisoformat` can but read the same. All others are for the row reader.
"""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from support_policy.batch.mapping import Instants
from support_policy.batch.read_raw import Numbers

_FIELDS = {"Y": r"\d{4}", "m": r"\d{1,2}", "d": r"\d{1,2}", "H": r"\d{1,2}", "M": r"\d{1,2}", "S": r"\d{1,2}"}
_ISO = (
    r"^(?P<Y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})[T ](?P<H>\d{2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:\.(?P<f>\d{6}))?)?"
    r"(?P<utc>Z|\+00:00)?$"
)


def pattern_of(instants: Instants) -> str:
    """The pattern of what can be taken apart at once; empty where nothing can."""
    if not instants.formats:
        return _ISO
    # A later format is tried only on what the first does not fit.
    parts = re.findall(r"%(.)|([^%])", instants.formats[0], re.DOTALL)
    named = [directive for directive, _ in parts if directive]
    digits = any(literal.isdigit() or not literal.isascii() for _, literal in parts if literal)
    touching = any(one and two for (one, _), (two, _) in pairwise(parts))
    if digits or touching or len(set(named)) < len(named) or not {"Y", "m", "d"} <= set(named) <= set(_FIELDS):
        return ""
    return "^" + "".join(f"(?P<{d}>{_FIELDS[d]})" if d else re.escape(literal) for d, literal in parts) + "$"


def taken_apart(texts: pa.Array, pattern: str) -> tuple[Numbers, Numbers, Numbers]:
    """The wall times of those texts that fit a pattern, in microseconds since 1970.

    Gives which texts (their places), the times, and whether each is said to be UTC.
    """
    found = pc.extract_regex(texts.cast(pa.large_string()), pattern)
    places = np.flatnonzero(found.is_valid().to_numpy(zero_copy_only=False))
    names = [field.name for field in found.type]
    found = found.take(pa.array(places))

    def number(name: str, otherwise: int = 0) -> Numbers:
        if name not in names:
            return np.full(len(places), otherwise, np.int64)
        digits = pc.struct_field(found, name)
        return np.asarray(pc.if_else(pc.equal(digits, ""), "0", digits).cast(pa.int64()).to_numpy())

    year, month, day = number("Y"), number("m"), number("d")
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    first = months.astype("datetime64[D]").astype(np.int64)
    length = (months + 1).astype("datetime64[D]").astype(np.int64) - first
    hour, minute, second = number("H"), number("M"), number("S")
    sound = (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= length)
    sound &= (hour <= 23) & (minute <= 59) & (second <= 59)
    seconds = ((first + day - 1) * 24 + hour) * 3600 + minute * 60 + second
    wall = seconds * 1_000_000 + number("f")
    utc = np.zeros(len(places), bool)
    if "utc" in names:
        utc = pc.not_equal(pc.struct_field(found, "utc"), "").to_numpy(zero_copy_only=False)
    return places[sound], wall[sound], utc[sound]
