"""Instants of foreign exports: how they may be written, and what is never guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from support_policy.batch.mapping import Instants
from support_policy.batch.mapping_values import Unusable, Values
from support_policy.model.event import instant

ISO = Instants(zone="Europe/London")
MIXED = Instants(formats=("%d/%m/%Y %H:%M", "%d %b %Y", "%Y%m%d"), zone="America/New_York", epoch="milliseconds")


@pytest.mark.parametrize(
    ("how", "written", "meant"),
    [
        (ISO, "2026-03-02T10:00:00-08:00", "2026-03-02T18:00:00+00:00"),
        (ISO, "2026-03-02T10:00:00Z", "2026-03-02T10:00:00+00:00"),
        (ISO, "2026-03-02 10:00:00 UTC", "2026-03-02T10:00:00+00:00"),
        (ISO, "2026-03-02 10:00:00 +0100", "2026-03-02T09:00:00+00:00"),
        (ISO, "2026-03-02T10:00:00.123+0000", "2026-03-02T10:00:00.123000+00:00"),
        (ISO, "2026-07-02T10:00", "2026-07-02T09:00:00+00:00"),
        (ISO, "2026-07-02", "2026-07-01T23:00:00+00:00"),
        (ISO, " 2026-03-02 10:00 ", "2026-03-02T10:00:00+00:00"),
        (ISO, "2026-03-29 01:30", "2026-03-29T01:30:00+00:00"),
        (ISO, "2026-10-25 01:30", "2026-10-25T00:30:00+00:00"),
        (ISO, datetime(2026, 7, 2, 10, 0), "2026-07-02T09:00:00+00:00"),  # noqa: DTZ001 - as Parquet gives it
        (ISO, datetime(2026, 7, 2, 10, 0, tzinfo=UTC), "2026-07-02T10:00:00+00:00"),
        (ISO, date(2026, 3, 2), "2026-03-02T00:00:00+00:00"),
        (MIXED, "2/3/2026 9:05", "2026-03-02T14:05:00+00:00"),
        (MIXED, "02 Mar 2026", "2026-03-02T05:00:00+00:00"),
        (MIXED, "20260302", "2026-03-02T05:00:00+00:00"),
        (MIXED, "1772445600000", "2026-03-02T10:00:00+00:00"),
        (MIXED, 1772445600000, "2026-03-02T10:00:00+00:00"),
        (MIXED, 1772445600000.0, "2026-03-02T10:00:00+00:00"),
        (Instants(epoch="seconds"), "1772445600.5", "2026-03-02T10:00:00.500000+00:00"),
        (Instants(epoch="microseconds"), 1772445600000000, "2026-03-02T10:00:00+00:00"),
    ],
)
def test_an_instant_is_read_as_it_is_meant(how: Instants, written: object, meant: str) -> None:
    """ISO 8601, the formats the mapping lists, and numbers whose unit it names, placed in its zone."""
    us = Values(frozenset({""}), how).instant({"at": written}, "at")
    assert us is not None
    assert instant(us) == datetime.fromisoformat(meant)


@pytest.mark.parametrize(
    ("how", "written", "word"),
    [
        (Instants(), "2026-03-02T10:00:00", "zone"),
        (Instants(), "1772445600", "epoch"),
        (Instants(), "2/3/2026 10:00", "formats"),
        (MIXED, "13/13/2026 10:00", "formats"),
        (MIXED, "1772445600", "earliest"),
        (ISO, "1900-01-01T00:00:00Z", "earliest"),
        (ISO, "0000-00-00 00:00:00", "no such day"),
        (ISO, "9999-12-31T23:59:59Z", "future"),
        (ISO, "2026-02-30", "no such day"),
        (ISO, "soon", "ISO 8601"),
        (ISO, True, "no instant"),
        (ISO, float("inf"), "no instant"),
        (ISO, [1], "a list"),
    ],
)
def test_what_is_no_instant_is_refused_with_a_reason(how: Instants, written: object, word: str) -> None:
    """Nothing is guessed: the reason says what the mapping could add."""
    with pytest.raises(Unusable) as raised:
        Values(frozenset({""}), how).instant({"at": written}, "at")
    assert word in raised.value.detail
